"""Trades of one instrument as columns, in order of arrival: what bars are made of.

All arrays of one object have equal length. Prices and sizes count the instrument's increments, a size may be
null (not told); times are the market's, ns since 1970. Nothing here is sorted: a late trade stays late.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class TradeColumns:
    """Trades; `flags` are TradeFlag."""

    event_ns: I64
    price: I64
    size: I64
    flags: U8

    def __len__(self) -> int:
        return len(self.event_ns)

    def take(self, rows: Any) -> "TradeColumns":
        """The trades that an index array, mask or slice picks."""
        return TradeColumns(self.event_ns[rows], self.price[rows], self.size[rows], self.flags[rows])


_TRADE_COLUMNS = tuple(column.name for column in fields(TradeColumns))


def no_trades() -> TradeColumns:
    none = np.zeros(0, np.int64)
    return TradeColumns(none, none, none, np.zeros(0, np.uint8))


def join_trades(parts: list[TradeColumns]) -> TradeColumns:
    """Trades after each other, as they arrived."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return no_trades()
    return TradeColumns(*(np.concatenate([getattr(part, name) for part in parts]) for name in _TRADE_COLUMNS))
