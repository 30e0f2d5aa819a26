"""The newest values of one exchange: what a feed repeats when somebody missed some of it.

Folds with the pipeline's own `Folder`, so that an aggregator that takes the state ends with the same table as
one that saw every event. Blocks are folded lazily, many at once.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.events import KIND_NAMES, EventBlock, join_events
from aggregator.pipeline import fold
from aggregator.pipeline.instruments import count_finer
from core.clock import NS_PER_US
from core.market.fields import NULL, Field
from core.market.instruments import Instrument
from core.market.quote_table import QuoteTable
from core.wire.raw_events import UNTOLD, QuoteEvents, SessionEvents, TradeEvents, TradeFlag

# Folding 16k events at once costs about 1 ms; more only takes memory.
UNFOLDED_EVENTS_MAX: Final = 16_384
STATE_ROWS_PER_BLOCK: Final = 256
_QUOTE: Final = (Field.BID, Field.BID_SIZE, Field.ASK, Field.ASK_SIZE)
_FIGURES: Final = (Field.OPEN, Field.HIGH, Field.LOW, Field.REFERENCE, Field.VOLUME)


class NewestValues:
    """Rows are the feed's instrument ids."""

    def __init__(self, instrument_count: int) -> None:
        self._table = QuoteTable(instrument_count)
        self._folder = fold.Folder(self._table)
        self._blocks: list[EventBlock] = []
        self._waiting = 0

    @classmethod
    def of(cls, values: NDArray[np.int64]) -> "NewestValues":
        """Begin with a table's values, shape (FIELD_COUNT, instruments)."""
        newest = cls(0)
        newest._table = QuoteTable(values.shape[1])
        newest._table.values[:] = values
        newest._folder = fold.Folder(newest._table)
        return newest

    @property
    def has_values(self) -> bool:
        """Anything was noted."""
        return bool((self.table.values[Field.EVENT_US] != NULL).any())

    @property
    def table(self) -> QuoteTable:
        """Everything noted so far, folded."""
        self._fold_waiting()
        return self._table

    def define(self, before: Sequence[Instrument], now: Sequence[Instrument]) -> int:
        """Rows for further instruments, values in finer increments; how many did not fit and are null."""
        self._fold_waiting()
        self._table.grow(len(now))
        changed = [row for row, (old, new) in enumerate(zip(before, now, strict=False)) if old != new]
        return sum(count_finer(self._table, row, before[row], now[row]) for row in changed)

    def note(self, block: EventBlock) -> None:
        """Take over the values of a published block."""
        self._blocks.append(block)
        self._waiting += block.event_count
        if self._waiting >= UNFOLDED_EVENTS_MAX:
            self._fold_waiting()

    def state(self, recv_ns: int) -> list[EventBlock]:
        """Blocks that rebuild the table from nothing: quote, last trade as history, session figures."""
        values = self.table.values
        seen = np.flatnonzero(values[Field.EVENT_US] != NULL)
        return [
            _state_block(values, seen[first : first + STATE_ROWS_PER_BLOCK], recv_ns)
            for first in range(0, len(seen), STATE_ROWS_PER_BLOCK)
        ]

    def _fold_waiting(self) -> None:
        if not self._blocks:
            return
        blocks, self._blocks, self._waiting = self._blocks, [], 0
        joined: dict[str, Any] = {}
        for name in KIND_NAMES:
            if name == "depth":  # books are not part of the table
                continue
            parts = [(number, getattr(block, name)) for number, block in enumerate(blocks)]
            parts = [(number, events) for number, events in parts if events is not None]
            if parts:
                order = np.concatenate([_order(number, events) for number, events in parts])
                joined[name] = _fold_columns(name, join_events([events for _, events in parts]), order)
        if joined:
            self._folder.fold(fold.Events(**joined))


def _order(number: int, events: Any) -> NDArray[np.int64]:
    within = np.arange(len(events.instrument)) if events.position is None else events.position
    return (number << 16) + within.astype(np.int64)


def _fold_columns(name: str, events: Any, order: NDArray[np.int64]) -> Any:
    rows = events.instrument.astype(np.intp)
    times = {"rows": rows, "event_ns": events.event_ns, "recv_ns": events.recv_ns}
    if name == "quotes":
        four = {side: getattr(events, side) for side in ("bid", "bid_size", "ask", "ask_size")}
        return fold.Quotes(**times, **four)
    if name == "trades":
        return fold.Trades(**times, order=order, price=events.price, size=events.size, flags=events.flags)
    if name == "bars":
        five = {part: getattr(events, part) for part in ("open", "high", "low", "close", "volume")}
        return fold.Bars(**times, order=order, interval_ns=events.interval_ns, **five)
    figures = {part: getattr(events, part) for part in ("open", "high", "low", "reference", "volume")}
    return fold.Sessions(**times, order=order, **figures, trading_state=events.trading_state)


def _state_block(values: NDArray[np.int64], rows: NDArray[np.intp], recv_ns: int) -> EventBlock:
    event_ns = values[Field.EVENT_US] * NS_PER_US
    quotes = rows[(values[np.array(_QUOTE)[:, None], rows] != NULL).any(axis=0)]
    trades = rows[values[Field.LAST, rows] != NULL]
    bid, bid_size, ask, ask_size = (values[field, quotes] for field in _QUOTE)
    opened, high, low, reference, volume = (values[field, rows] for field in _FIGURES)
    trading_state = values[Field.TRADING_STATE, rows]
    ends = np.cumsum([len(quotes), len(trades), len(rows)])
    places = np.arange(ends[-1], dtype=np.uint16)

    def times(at: NDArray[np.intp]) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
        return at.astype(np.uint32), event_ns[at], np.full(len(at), recv_ns)

    history = np.full(len(trades), int(TradeFlag.HISTORY), np.uint8)
    return EventBlock(
        quotes=None
        if not len(quotes)
        else QuoteEvents(*times(quotes), bid, bid_size, ask, ask_size, places[: ends[0]]),
        trades=None
        if not len(trades)
        else TradeEvents(
            *times(trades),
            values[Field.LAST, trades],
            values[Field.LAST_SIZE, trades],
            history,
            places[ends[0] : ends[1]],
        ),
        sessions=SessionEvents(
            *times(rows),
            opened,
            high,
            low,
            reference,
            volume,
            np.where(trading_state == NULL, UNTOLD, trading_state).astype(np.uint8),
            places[ends[1] :],
        ),
    )
