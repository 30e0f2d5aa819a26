"""The byte layout of DBN records, as NumPy record types.

Only the market records are laid out here: they are the same in DBN 1, 2 and 3. Everything else (definitions,
symbol mappings, status) goes through databento_dbn's own decoder, which knows the versions.
Source: databento_dbn's record structs; tests compare every field with its decoding.
"""

from typing import Final

import numpy as np

RECORD_BYTES_MIN: Final = 16
UNDEF_PRICE: Final = 2**63 - 1
UNDEF_TIME: Final = 2**64 - 1
UNDEF_SIZE: Final = 2**32 - 1
LEVELS_MAX: Final = 10

F_LAST: Final = 128  # last record of the venue's message for this instrument
F_TOB: Final = 64
F_SNAPSHOT: Final = 32

_HEADER: Final = (
    ("length", "u1"), ("rtype", "u1"), ("publisher_id", "<u2"), ("instrument_id", "<u4"), ("ts_event", "<u8"),
)  # fmt: skip
_TRADE: Final = (
    *_HEADER, ("price", "<i8"), ("size", "<u4"), ("action", "u1"), ("side", "u1"), ("flags", "u1"),
    ("depth", "u1"), ("ts_recv", "<u8"), ("ts_in_delta", "<i4"), ("sequence", "<u4"),
)  # fmt: skip
_LEVEL: Final = np.dtype(
    [("bid_px", "<i8"), ("ask_px", "<i8"), ("bid_sz", "<u4"), ("ask_sz", "<u4"), ("counts", "<u4", (2,))]
)
TRADE: Final = np.dtype(list(_TRADE))
# MBP-1, TBBO, BBO and their consolidated cousins differ only in fields that are not read here.
TOP: Final = np.dtype([*_TRADE, ("levels", _LEVEL, (1,))])
BOOK: Final = np.dtype([*_TRADE, ("levels", _LEVEL, (LEVELS_MAX,))])
ORDER: Final = np.dtype(
    [
        *_HEADER, ("order_id", "<u8"), ("price", "<i8"), ("size", "<u4"), ("flags", "u1"),
        ("channel_id", "u1"), ("action", "u1"), ("side", "u1"), ("ts_recv", "<u8"), ("ts_in_delta", "<i4"),
        ("sequence", "<u4"),
    ]
)  # fmt: skip
BAR: Final = np.dtype(
    [*_HEADER, ("open", "<i8"), ("high", "<i8"), ("low", "<i8"), ("close", "<i8"), ("volume", "<u8")]
)
assert (TRADE.itemsize, TOP.itemsize, BOOK.itemsize, ORDER.itemsize, BAR.itemsize) == (48, 80, 368, 56, 56)
