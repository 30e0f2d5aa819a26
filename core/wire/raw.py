"""RawBatch, the messages between feeds and ingest: everything a feed or the ingest needs of them.

Event columns are in raw_events.py, one message at a time in raw_codec.py, many at a time in raw_bulk.py.
The layout of the message is core/wire/schema/raw.fbs.
"""

from core.wire.raw_bulk import decode_many, encode_singles
from core.wire.raw_codec import EVENTS_MAX, decode_raw, encode_raw
from core.wire.raw_events import (
    NO_FLAGS,
    UNTOLD,
    BarEvents,
    DepthEvents,
    DepthFlag,
    Events,
    QuoteEvents,
    RawBatch,
    RawColumns,
    RawFlag,
    RawHeader,
    SessionEvents,
    TradeEvents,
    TradeFlag,
)

__all__ = [
    "EVENTS_MAX",
    "NO_FLAGS",
    "UNTOLD",
    "BarEvents",
    "DepthEvents",
    "DepthFlag",
    "Events",
    "QuoteEvents",
    "RawBatch",
    "RawColumns",
    "RawFlag",
    "RawHeader",
    "SessionEvents",
    "TradeEvents",
    "TradeFlag",
    "decode_many",
    "decode_raw",
    "encode_raw",
    "encode_singles",
]
