"""The columns of a quote table, their kinds and the null value.

A field's number is its place on the wire and in `QuoteTable.values`; numbers are never reused and new
fields are appended, so an older reader skips what it does not know. Prices and sizes are int64 counts of
the instrument's increment, times are microseconds since 1970, codes are small enumerations.
"""

from enum import IntEnum
from typing import Final

import numpy as np

NULL: Final = int(np.iinfo(np.int64).min)


class Kind(IntEnum):
    """What a column counts, hence how it is based on the wire and printed."""

    PRICE = 0  # counts of 10^-price_decimals
    SIZE = 1  # counts of 10^-size_decimals
    TIME_US = 2
    CODE = 3


class Field(IntEnum):
    """Columns in wire order."""

    LAST = 0
    LAST_SIZE = 1
    BID = 2
    BID_SIZE = 3
    ASK = 4
    ASK_SIZE = 5
    OPEN = 6
    HIGH = 7
    LOW = 8
    VOLUME = 9  # since the session began
    REFERENCE = 10  # what the change is measured from: previous close, else the session's first trade
    EVENT_US = 11  # the market's time of the row's last event
    TRADING_STATE = 12  # TradingState


class TradingState(IntEnum):
    """Whether the venue trades the instrument."""

    TRADING = 0
    HALTED = 1
    CLOSED = 2


class SourceState(IntEnum):
    """How an exchange's feed is doing, as carried by every delta header."""

    OK = 0
    LATE = 1
    DOWN = 2
    HALTED = 3


FIELD_COUNT: Final = len(Field)
KINDS: Final[tuple[Kind, ...]] = (
    Kind.PRICE, Kind.SIZE, Kind.PRICE, Kind.SIZE, Kind.PRICE, Kind.SIZE, Kind.PRICE, Kind.PRICE, Kind.PRICE,
    Kind.SIZE, Kind.PRICE, Kind.TIME_US, Kind.CODE,
)  # fmt: skip
PRICE_FIELDS: Final = tuple(f for f in Field if KINDS[f] is Kind.PRICE)
SIZE_FIELDS: Final = tuple(f for f in Field if KINDS[f] is Kind.SIZE)

# Fields that move together share one row list on the wire.
QUOTE_FIELDS: Final = (Field.BID, Field.BID_SIZE, Field.ASK, Field.ASK_SIZE, Field.EVENT_US)
TRADE_FIELDS: Final = (Field.LAST, Field.LAST_SIZE, Field.HIGH, Field.LOW, Field.VOLUME, Field.EVENT_US)
SESSION_FIELDS: Final = (Field.OPEN, Field.REFERENCE, Field.TRADING_STATE)

assert len(KINDS) == FIELD_COUNT
