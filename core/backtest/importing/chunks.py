"""What readers hand on: columns of trades, quotes and the source's own bars, by group.

A group is one instrument of one kind of source in one file. Prices and sizes are int64 counts of the file's
increments, times ns since 1970 UTC, rows count from 0 in the file. Nothing is sorted or left out here but
what the readers say they leave out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]

DAY_NS: Final = 86_400 * 10**9
# The better source comes first: bars and means of a session are made of one.
TRADE_SOURCES: Final = (
    "trades",
    "mbo",
    "tbbo",
    "mbp-1",
    "mbp-10",
    "bars-1s",
    "bars-1m",
    "bars",
    "bars-1h",
    "bars-1d",
)
BAR_SOURCES: Final = {10**9: "bars-1s", 60 * 10**9: "bars-1m", 3_600 * 10**9: "bars-1h", DAY_NS: "bars-1d"}
QUOTE_SOURCES: Final = ("mbp-1", "mbp-10", "quotes", "tbbo", "bbo")


@dataclass(frozen=True, slots=True)
class Group:
    """Who a group's rows belong to.

    `symbol` is empty where only definitions tell it: then (`dataset`, `publisher`, `instrument_id`) do.
    `interval_ns` is the length of the source's own bars, 0 for trades and quotes. `closes`: bars of a day
    that were stamped by their close, so that their interval is the one before it. `dated`: bars of a day
    whose times are dates alone, at 00:00 UTC: those of their sessions.
    """

    source: str
    exchange: str = ""
    symbol: str = ""
    dataset: str = ""
    publisher: int = 0
    instrument_id: int = 0
    interval_ns: int = 0
    closes: bool = False
    dated: bool = False


@dataclass(frozen=True, slots=True)
class Trades:
    """`size` may be null: not told."""

    group: I32
    event_ns: I64
    price: I64
    size: I64
    row: I64


@dataclass(frozen=True, slots=True)
class Quotes:
    """Two-sided, not crossed."""

    group: I32
    event_ns: I64
    bid: I64
    ask: I64
    row: I64


@dataclass(frozen=True, slots=True)
class SourceBars:
    """Bars as the source made them; `volume` may be null."""

    group: I32
    open_ns: I64
    open: I64
    high: I64
    low: I64
    close: I64
    volume: I64
    row: I64


Chunk = Trades | Quotes | SourceBars


@dataclass(frozen=True, slots=True)
class Increments:
    """Decimals of every price and size that a reader hands on."""

    price_decimals: int
    size_decimals: int


class Reader(Protocol):
    """A file being read. `groups` grows while it is read; `offset` is how much of its bytes is behind."""

    groups: list[Group]

    @property
    def increments(self) -> Increments: ...
    @property
    def offset(self) -> int: ...
    def chunks(self) -> Iterator[Chunk]: ...
