"""Market events as columns: what one raw message, or a drained backlog of them, holds.

One dataclass per kind; all arrays of one object have equal length. Prices and sizes are int64 counts of the
instrument's increment with `NULL` for null, times are nanoseconds, `instrument` is the id that the feed's
Definitions gave. Nothing here reads or writes bytes.
"""

from dataclasses import dataclass, fields
from enum import IntFlag
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.market.fields import NULL, SourceState

I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

# `SessionEvents.trading_state` when the venue did not tell.
UNTOLD: Final = 255


class RawFlag(IntFlag):
    """What a raw message is part of."""

    STATE = 1  # a whole state, not news: newest values of every instrument
    FIRST = 2  # first message of that state
    LAST = 4


NO_FLAGS: Final = RawFlag(0)


class TradeFlag(IntFlag):
    """Who took, and whether the trade is news."""

    BUYER_TAKES = 1
    SELLER_TAKES = 2
    HISTORY = 4  # sets last, is not counted in volume
    CANCEL = 8  # takes back an earlier trade of this time, price and size


class DepthFlag(IntFlag):
    """Side of the book and how to read the row."""

    BID = 1
    ASK = 2
    SNAPSHOT = 4
    CLEAR = 8  # clear the book before this row
    ORDER = 16  # `reference` is an order id


@dataclass(frozen=True, slots=True)
class RawHeader:
    """Header of a raw message. `sequence` grows by one with every message of the feed that carries events."""

    epoch: int
    sequence: int
    definitions_version: int
    flags: RawFlag = NO_FLAGS
    source_state: SourceState = SourceState.OK
    late_ms: int = 0


@dataclass(frozen=True, slots=True)
class QuoteEvents:
    """Best bid and ask; a null price is a side without orders.

    `position` restores the order between kinds within a message. `message` is set by `decode_many` only: the
    index of the message that each event came in.
    """

    instrument: U32
    event_ns: I64
    recv_ns: I64
    bid: I64
    bid_size: I64
    ask: I64
    ask_size: I64
    position: U16 | None = None
    message: U32 | None = None


@dataclass(frozen=True, slots=True)
class TradeEvents:
    """Trades; `flags` are TradeFlag."""

    instrument: U32
    event_ns: I64
    recv_ns: I64
    price: I64
    size: I64
    flags: U8
    position: U16 | None = None
    message: U32 | None = None


@dataclass(frozen=True, slots=True)
class DepthEvents:
    """Changes of a book, by level or by order; `flags` are DepthFlag, `action` as in raw.fbs."""

    instrument: U32
    event_ns: I64
    recv_ns: I64
    price: I64
    size: I64
    flags: U8
    action: U8
    reference: U64
    position: U16 | None = None
    message: U32 | None = None


@dataclass(frozen=True, slots=True)
class BarEvents:
    """Bars as a venue or a recording gives them; `event_ns` is the open of the interval."""

    instrument: U32
    event_ns: I64
    recv_ns: I64
    interval_ns: I64
    open: I64
    high: I64
    low: I64
    close: I64
    volume: I64
    position: U16 | None = None
    message: U32 | None = None


@dataclass(frozen=True, slots=True)
class SessionEvents:
    """Absolute session figures; null, and `UNTOLD` as trading state, where the venue did not tell."""

    instrument: U32
    event_ns: I64
    recv_ns: I64
    open: I64
    high: I64
    low: I64
    reference: I64
    volume: I64
    trading_state: U8
    position: U16 | None = None
    message: U32 | None = None


Events = QuoteEvents | TradeEvents | DepthEvents | BarEvents | SessionEvents
EventsT = TypeVar("EventsT", QuoteEvents, TradeEvents, DepthEvents, BarEvents, SessionEvents)


@dataclass(frozen=True, slots=True)
class RawBatch:
    """One message: its header and up to five kinds of events. A header alone is an idle header."""

    header: RawHeader
    quotes: QuoteEvents | None = None
    trades: TradeEvents | None = None
    depth: DepthEvents | None = None
    bars: BarEvents | None = None
    sessions: SessionEvents | None = None


@dataclass(frozen=True, slots=True)
class RawColumns:
    """A drained backlog: header columns by message index, and one set of event columns per kind.

    Headers of messages that could not be read are 0. Events keep the order of their messages; `position` and
    `message` are always set.
    """

    epoch: U64
    sequence: U64
    definitions_version: U32
    flags: U8
    source_state: U8
    late_ms: U32
    quotes: QuoteEvents | None = None
    trades: TradeEvents | None = None
    depth: DepthEvents | None = None
    bars: BarEvents | None = None
    sessions: SessionEvents | None = None


# Kinds in slot order of RawBatch: attribute, class.
KINDS_OF_EVENTS: Final[tuple[tuple[str, type[Events]], ...]] = (
    ("quotes", QuoteEvents),
    ("trades", TradeEvents),
    ("depth", DepthEvents),
    ("bars", BarEvents),
    ("sessions", SessionEvents),
)
_OTHER_TYPES: Final = {
    "instrument": "<u4", "position": "<u2", "flags": "u1", "action": "u1", "trading_state": "u1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class WireColumn:
    """One column of a kind. `filler` stands in where the writer did not know the column."""

    name: str
    dtype: np.dtype[np.generic]
    filler: int


def wire_columns(kind: type[Events]) -> tuple[WireColumn, ...]:
    """Columns of a kind in the slot order of its table."""
    names = [field.name for field in fields(kind) if field.name not in ("instrument", "position", "message")]
    columns = []
    for name in ("instrument", "position", *names):
        if name == "reference" and kind is DepthEvents:
            columns.append(WireColumn(name, np.dtype("<u8"), 0))
        elif name in _OTHER_TYPES:
            untold = UNTOLD if name == "trading_state" else 0
            columns.append(WireColumn(name, np.dtype(_OTHER_TYPES[name]), untold))
        else:
            columns.append(WireColumn(name, np.dtype("<i8"), NULL))
    return tuple(columns)
