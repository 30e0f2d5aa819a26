"""Bars as columns: what a series, a page of history and an update of it are made of.

The rules of a bar (docs/bars.md says them to traders):
- it is made of every trade, never of conflated quotes; trades flagged HISTORY do not count;
- a time bar holds the trades whose event time lies in [key, end); its open is the earliest by event time, its
  close the latest, of equal times the first and the last that arrived: the order of arrival between times
  does not matter, so a late trade amends the bar it belongs to, also after that was closed (CHANGED);
- a trade taken back (TradeFlag.CANCEL) leaves volume and count of its bar; prices stay as printed (CHANGED);
- an interval without trades has no bar; bars of trades and of volume are cut in order of arrival, begin anew
  with each trading day, and a trade is never split between two of them;
- bars by the day begin with the exchange's trading day, all others at whole multiples of UTC;
- an instrument that never traded has bars of its quotes' mids (QUOTE_MID), at one more decimal and without
  volume, until its first trade begins another series;
- what may lack trades (the first bar after a start, a lost connection) says so (INCOMPLETE).
"""

from dataclasses import dataclass, fields
from enum import IntFlag
from typing import Any

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]


class BarFlag(IntFlag):
    """What is to be known of a bar."""

    CLOSED = 1
    QUOTE_MID = 2
    INCOMPLETE = 4  # trades of it may be missing
    CHANGED = 8  # by a late or cancelled trade, after it had closed
    OF_BARS = 16  # made of the source's own bars, not of trades


@dataclass(frozen=True, slots=True)
class BarColumns:
    """Bars of one series by ascending key; all arrays of equal length.

    `key` is the begin of the interval in ns, or the bar's number (from 0) in a series of trades or volume.
    Prices are counts of 10^-price_decimals, `volume` of 10^-size_decimals or null.
    """

    key: I64
    first_ns: I64
    last_ns: I64
    open: I64
    high: I64
    low: I64
    close: I64
    volume: I64
    trades: I64
    flags: U8

    def __len__(self) -> int:
        return len(self.key)

    def take(self, rows: Any) -> "BarColumns":
        """The bars that an index array, mask or slice picks."""
        return BarColumns(*(getattr(self, column)[rows] for column in COLUMNS))


COLUMNS = tuple(column.name for column in fields(BarColumns))


def no_bars() -> BarColumns:
    """A series without a bar."""
    none = np.zeros(0, np.int64)
    return BarColumns(none, none, none, none, none, none, none, none, none, np.zeros(0, np.uint8))


def join_bars(parts: "list[BarColumns]") -> BarColumns:
    """Bars after each other; the caller keeps the keys ascending."""
    if not parts:
        return no_bars()
    return BarColumns(*(np.concatenate([getattr(part, column) for part in parts]) for column in COLUMNS))
