"""What a session's pipeline is told of an instrument's past: the tape's events up to the point sought.

Answers are columns of the tape or copies of their rows; nothing after the point is ever in them.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aggregator.replay.index import TapeIndex
from core.market.bars import I64, BarColumns, BarFlag
from core.market.instruments import InstrumentKey
from core.market.trades import TradeColumns

_TRADE: Final = ("event_ns", "price", "size", "flags")
_QUOTE: Final = ("event_ns", "bid", "ask")
_BAR: Final = ("event_ns", "interval_ns", "open", "high", "low", "close", "volume")


class TapeBackfill:
    """`ranks` are the numbers of events of each exchange that precede what the pipeline will hear."""

    def __init__(self, index: TapeIndex, ranks: Sequence[int]) -> None:
        self._index = index
        self._ranks = tuple(ranks)
        self.gaps: dict[str, list[tuple[int, int]]] = {}
        for gap in index.tape.gaps:
            self.gaps.setdefault(gap.exchange, []).append((gap.since_ns, gap.time_ns))

    def trades(self, key: InstrumentKey) -> TradeColumns | None:
        """Every trade so far, in the order of the tape."""
        columns = self._columns(key, "trades", _TRADE)
        if columns is None or not len(columns[0]):
            return None
        event_ns, price, size, flags = columns
        return TradeColumns(event_ns, price, size, flags)

    def quotes(self, key: InstrumentKey) -> tuple[I64, I64, I64] | None:
        """event_ns, bid, ask of every quote so far."""
        columns = self._columns(key, "quotes", _QUOTE)
        return None if columns is None or not len(columns[0]) else (columns[0], columns[1], columns[2])

    def bars(self, key: InstrumentKey) -> tuple[int, BarColumns] | None:
        """The recording's own bars so far, of its shortest interval; the last of a key counts."""
        columns = self._columns(key, "bars", _BAR)
        if columns is None or not len(columns[0]):
            return None
        event_ns, interval_ns, opened, high, low, close, volume = columns
        shortest = int(interval_ns.min())
        kept = np.flatnonzero(interval_ns == shortest)[::-1]
        keys, newest = np.unique(event_ns[kept], return_index=True)
        rows = kept[newest]
        flags = np.full(len(rows), int(BarFlag.OF_BARS | BarFlag.CLOSED), np.uint8)
        none = np.zeros(len(rows), np.int64)
        four = (opened[rows], high[rows], low[rows], close[rows])
        return shortest, BarColumns(keys, keys, keys + shortest - 1, *four, volume[rows], none, flags)

    def _columns(
        self, key: InstrumentKey, kind: str, names: tuple[str, ...]
    ) -> tuple[NDArray[Any], ...] | None:
        place = self._index.place(key)
        if place is None:
            return None
        return self._index.columns(place, kind, names, self._ranks[place[0]])
