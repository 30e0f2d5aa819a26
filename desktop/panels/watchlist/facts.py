"""What is known of the quotes a watchlist shows, gathered from desk and hold for `panels/states.py`."""

from datetime import tzinfo
from typing import Final

import numpy as np

from core.market.fields import NULL, Field
from desktop.desk import BoolRows, Desk, QuoteHold
from desktop.panels.states import QuoteFacts

DOWN_ROWS_NONE: Final = 0


def facts_of(
    desk: Desk,
    hold: QuoteHold | None,
    states: tuple[BoolRows, BoolRows, BoolRows] | None,
    since_ms: int,
    now_ms: int,
    zone: tzinfo,
) -> QuoteFacts:
    """`states` are those the grid shows, None before any; `since_ms`: when the list was chosen."""
    waiting_ms = now_ms - since_ms
    link, clock = desk.link(now_ms), desk.clock.read(now_ms)
    if hold is None:
        known = desk.quotes.directory_version > 0
        return QuoteFacts(link, clock, None, waiting_ms, directory_known=known, zone=zone)
    reading = hold.reading(now_ms)
    stale, late, halted = states or hold.row_states(now_ms)
    since_us = hold.table.column(Field.EVENT_US)[halted] if halted.any() else np.zeros(0, np.int64)
    since_us = since_us[since_us != NULL]
    down = any(source.down for source in reading.late_sources)
    return QuoteFacts(
        link,
        clock,
        reading,
        waiting_ms,
        rows=len(stale),
        stale_rows=int(stale.sum()),
        late_rows=int(late.sum()),
        down_rows=int(stale.sum()) if down else DOWN_ROWS_NONE,
        halted_rows=int(halted.sum()),
        halted_since_us=int(since_us.min()) if len(since_us) else 0,
        zone=zone,
    )
