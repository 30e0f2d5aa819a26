"""What a tape is on disk: the names in a `NAME.tape` directory, the wide event schema, what can be wrong.

One table holds events of all kinds in the order they are played; what a kind has no column for is 0.
Times are ns since 1970, prices and sizes int64 counts of the instrument's increment, `NULL` for null.
"""

from dataclasses import fields
from enum import IntEnum
from typing import Any, Final

import pyarrow as pa

from core.wire.raw_events import BarEvents, DepthEvents, QuoteEvents, SessionEvents, TradeEvents

SUFFIX: Final = ".tape"
MANIFEST: Final = "tape.json"
EVENTS: Final = "events.arrows"
KEYFRAMES: Final = "keyframes.arrows"
INDEX: Final = "index.arrows"
LOCK: Final = "lock"  # held while a recorder writes

VERSION: Final = 1
BATCH_EVENTS_MAX: Final = 65_536
KEYFRAME_INTERVAL_NS: Final = 10_000_000_000
INSTRUMENTS_MAX: Final = 200_000
VALUE_COLUMNS: Final = 6
UNIT_END: Final = 1  # in `unit`: a message of the source ends with this event


class TapeKind(IntEnum):
    """The `kind` column. The first five are the kinds of raw events."""

    QUOTE = 0
    TRADE = 1
    DEPTH = 2
    BAR = 3
    SESSION = 4
    GAP = 5  # events of an exchange (its number in `instrument`) are missing from here on


class TapeFormatError(ValueError):
    """A tape cannot be used. One line: which file, which batch and byte, what is wrong, what to do."""


class TapeDamaged(TapeFormatError):
    """One batch of a tape does not hold what was written."""

    def __init__(self, file: str, batch: int, byte: int, what: str) -> None:
        self.file, self.batch, self.byte, self.what = file, batch, byte, what
        super().__init__(f"{file}: batch {batch:,} at byte {byte:,} is damaged ({what})")


# Kind -> its event class, and the class's columns in the order of the value columns v0 to v5.
EVENT_CLASSES: Final[dict[TapeKind, type[Any]]] = {
    TapeKind.QUOTE: QuoteEvents,
    TapeKind.TRADE: TradeEvents,
    TapeKind.DEPTH: DepthEvents,
    TapeKind.BAR: BarEvents,
    TapeKind.SESSION: SessionEvents,
}
BLOCK_NAMES: Final = {
    TapeKind.QUOTE: "quotes",
    TapeKind.TRADE: "trades",
    TapeKind.DEPTH: "depth",
    TapeKind.BAR: "bars",
    TapeKind.SESSION: "sessions",
}
VALUES_OF: Final[dict[TapeKind, tuple[str, ...]]] = {
    TapeKind.QUOTE: ("bid", "bid_size", "ask", "ask_size"),
    TapeKind.TRADE: ("price", "size"),
    TapeKind.DEPTH: ("price", "size"),
    TapeKind.BAR: ("interval_ns", "open", "high", "low", "close", "volume"),
    TapeKind.SESSION: ("open", "high", "low", "reference", "volume"),
}
# Narrow columns: attribute of the event class -> column of the tape.
NARROW_OF: Final[dict[TapeKind, dict[str, str]]] = {
    TapeKind.QUOTE: {},
    TapeKind.TRADE: {"flags": "flags"},
    TapeKind.DEPTH: {"flags": "flags", "action": "action", "reference": "reference"},
    TapeKind.BAR: {},
    TapeKind.SESSION: {"trading_state": "flags"},
}
GAP_NAME: Final = "gaps"  # in counts by kind

EVENT_SCHEMA: Final = pa.schema(
    [
        ("time_ns", pa.int64()),
        ("kind", pa.uint8()),
        ("instrument", pa.uint32()),
        ("event_ns", pa.int64()),
        ("recv_ns", pa.int64()),
        *((f"v{number}", pa.int64()) for number in range(VALUE_COLUMNS)),
        ("flags", pa.uint8()),
        ("action", pa.uint8()),
        ("reference", pa.uint64()),
        ("unit", pa.uint8()),
    ]
)
INDEX_SCHEMA: Final = pa.schema(
    [
        ("offset", pa.int64()),
        ("bytes", pa.int64()),
        ("first_ns", pa.int64()),
        ("last_ns", pa.int64()),
        ("events", pa.int64()),
        ("crc32", pa.uint32()),
    ]
)

for _kind, _class in EVENT_CLASSES.items():
    _told = {field.name for field in fields(_class)} - {
        "instrument",
        "event_ns",
        "recv_ns",
        "position",
        "message",
    }
    assert _told == {*VALUES_OF[_kind], *NARROW_OF[_kind]}, f"{_kind.name} has columns that a tape would lose"
