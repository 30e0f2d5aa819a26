"""What was known of an instrument before a pipeline heard of it: a session's tape up to the sought point.

Asked once a bar series is served, never per event. Everything is in order of arrival and precedes what the
pipeline itself hears; prices and sizes count the instrument's own increments.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.market.bars import I64, BarColumns
from core.market.instruments import InstrumentKey
from core.market.trades import TradeColumns


class Backfill(Protocol):
    """None: nothing of that kind. Answers may be views; they are not changed."""

    @property
    def gaps(self) -> Mapping[str, Sequence[tuple[int, int]]]:
        """By exchange: from and to which event time (ns) events are missing from what is told and heard."""
        ...

    def trades(self, key: InstrumentKey) -> TradeColumns | None:
        """Every trade so far."""
        ...

    def bars(self, key: InstrumentKey) -> tuple[int, BarColumns] | None:
        """Length in ns of the source's own bars, and those so far; `key` is the open of each."""
        ...

    def quotes(self, key: InstrumentKey) -> tuple[I64, I64, I64] | None:
        """event_ns, best bid and ask (null: no such side) of every quote so far."""
        ...
