"""BarBlock: bars of one instrument at one interval, as an update or as a page of history.

Written by hand, front to back, since a chart's update is one bar and flatbuffers' Builder would cost ten
times as much; a test reads it with the generated code. Reading checks every offset, length, text, the
interval and the order of the keys: bad bytes raise `WireError`, what is returned is whole. Columns of a
decoded block are read-only views of the message.
"""

from dataclasses import dataclass
from functools import lru_cache
from struct import Struct
from typing import Any, Final

import numpy as np

from core.market.bars import COLUMNS, BarColumns, no_bars
from core.market.intervals import Interval, IntervalError, IntervalUnit
from core.wire.errors import WireError
from core.wire.flat import U32, TableShape, check_frame, seal, vector
from core.wire.packing import packed, unpacked

IDENTIFIER: Final = b"TDB1"
PAGE_BARS_MAX: Final = 5_000
# 5,000 bars are 365 KB.
BYTES_MAX: Final = 1024 * 1024
ERROR_BYTES_MAX: Final = 1_024
DECIMALS_MAX: Final = 18
HISTORY, HAS_EARLIER = 1, 2

_U8: Final = np.dtype("u1")
_I64: Final = np.dtype("<i8")
_LONGS: Final = COLUMNS[:-1]  # all but the flags
_SHAPE: Final = TableShape("BarBlock", "QIQBQBBBQqqq" + "I" * (1 + len(COLUMNS)))
_ERROR_SLOT: Final = 12
_KEY_SLOT: Final = 13
_WHAT: Final = "a block of bars"

# Root offset, identifier, vtable, then the table at byte 64 with its fields in slot order, all aligned.
_TABLE_AT: Final = 64
_TABLE: Final = Struct("<i4xQI4xQB7xQBBB5xQqqq11I")
_PLACES: Final = (8, 16, 24, 32, 40, 48, 49, 50, 56, 64, 72, 80, *range(88, 132, 4))
_VTABLE: Final = Struct("<25H")
_COLUMNS_AT: Final = _TABLE_AT + _TABLE.size + (-_TABLE.size) % 8
_UNITS: Final = {int(unit): unit for unit in IntervalUnit}
assert _PLACES[-1] + 4 == _TABLE.size


@dataclass(frozen=True, slots=True, eq=False)
class BarBlock:
    """Bars and what they belong to; prices and volume count 10^-decimals, times are ns since 1970.

    `sequence` is that of the update, in a page (`is_history`) of the last update folded in. `bars_total` is 0
    in an update, `recv_oldest_ns` 0 when no trade is told first. With an `error` there are no bars to come.
    """

    epoch: int
    version: int
    sequence: int
    interval: Interval
    price_decimals: int
    size_decimals: int
    is_history: bool
    has_earlier: bool
    bars_total: int
    market_ns: int
    recv_oldest_ns: int
    sent_ns: int
    error: str
    bars: BarColumns


def encode_bars(block: BarBlock) -> bytes:
    """A message, packed when it is large. At most `PAGE_BARS_MAX` bars by ascending key."""
    bars, count = block.bars, len(block.bars.key)
    assert count <= PAGE_BARS_MAX, f"{count} bars in one message"
    text = block.error.encode()[:ERROR_BYTES_MAX].decode(errors="ignore").encode() if block.error else b""
    column_bytes = 8 + 8 * count
    end = _COLUMNS_AT + len(_LONGS) * column_bytes
    # A vector's length lies before its items and both are aligned: four bytes of nothing, then the length.
    first_length = _COLUMNS_AT + 4 - _TABLE_AT - _PLACES[_KEY_SLOT]
    step = column_bytes - 4  # the offset is from its own place, and those are four bytes apart
    offsets = tuple(range(first_length, first_length + len(_LONGS) * step, step)) if count else _NO_OFFSETS
    flags_length = end - _TABLE_AT - _PLACES[-1] if count else 0
    text_at = _text_at(count)
    buffer = bytearray(_head(count > 0, bool(text)))
    buffer += _TABLE.pack(
        _TABLE_AT - 8, block.epoch, block.version, block.sequence, int(block.interval.unit),
        block.interval.count, block.price_decimals, block.size_decimals,
        (HISTORY if block.is_history else 0) | (HAS_EARLIER if block.has_earlier else 0), block.bars_total,
        block.market_ns, block.recv_oldest_ns, block.sent_ns,
        text_at - _TABLE_AT - _PLACES[_ERROR_SLOT] if text else 0, *offsets, flags_length,
    )  # fmt: skip
    buffer += bytes(_COLUMNS_AT - _TABLE_AT - _TABLE.size)
    if count:
        columns = np.empty((len(_LONGS), 1 + count), _I64)
        columns[:, 0] = count << 32
        for place, column in enumerate(_LONGS):
            columns[place, 1:] = getattr(bars, column)
        buffer += columns.tobytes()
        buffer += U32.pack(count)
        buffer += np.asarray(bars.flags, _U8).tobytes()
    if text:
        buffer += bytes(text_at - len(buffer))
        buffer += U32.pack(len(text)) + text + b"\x00"
    buffer += bytes(-len(buffer) % 8)
    return packed(seal(buffer))


_NO_OFFSETS: Final = (0,) * len(_LONGS)


def _text_at(count: int) -> int:
    end = _COLUMNS_AT + (len(_LONGS) * (8 + 8 * count) + 4 + count if count else 0)
    return end + -end % 4


@lru_cache
def _head(has_bars: bool, has_text: bool) -> bytes:
    """What comes before the table: a slot that has nothing is absent."""
    places = list(_PLACES)
    if not has_text:
        places[_ERROR_SLOT] = 0
    if not has_bars:
        places[_KEY_SLOT:] = [0] * len(COLUMNS)
    head = U32.pack(_TABLE_AT) + IDENTIFIER + _VTABLE.pack(_VTABLE.size, _TABLE.size, *places)
    return head + bytes(_TABLE_AT - len(head))


def decode_bars(data: bytes) -> BarBlock:
    """Check and read a block. Raises `WireError`."""
    buffer = unpacked(data, BYTES_MAX, _WHAT)
    root, end = check_frame(buffer, IDENTIFIER)
    slots, places = _SHAPE.read(buffer, root, end)
    epoch, version, sequence, unit, interval_count, price_decimals, size_decimals, flags = slots[:8]
    if unit not in _UNITS:
        raise WireError(f"interval unit {unit} is unknown")
    if price_decimals > DECIMALS_MAX or size_decimals > DECIMALS_MAX:
        raise WireError(f"{price_decimals} and {size_decimals} decimals, {DECIMALS_MAX} at most")
    return BarBlock(
        epoch, version, sequence, _interval(unit, interval_count), price_decimals, size_decimals,
        bool(flags & HISTORY), bool(flags & HAS_EARLIER), slots[8], slots[9], slots[10], slots[11],
        _text(buffer, root, end, slots, places) if slots[_ERROR_SLOT] else "",
        _columns(buffer, root, end, slots, places) if slots[_KEY_SLOT] else no_bars(),
    )  # fmt: skip


@lru_cache
def _interval(unit: int, count: int) -> Interval:
    try:
        return Interval(_UNITS[unit], count)
    except IntervalError as error:
        raise WireError(str(error)) from error


def _text(data: bytes, root: int, end: int, slots: tuple[int, ...], places: tuple[int, ...]) -> str:
    first, size = vector(data, root + places[_ERROR_SLOT] + slots[_ERROR_SLOT], end, 1, "error")
    if size > ERROR_BYTES_MAX:
        raise WireError(f"error: a text of {size} bytes, {ERROR_BYTES_MAX} at most")
    try:
        return data[first : first + size].decode()
    except UnicodeDecodeError as error:
        raise WireError("error: text is not UTF-8") from error


def _columns(data: bytes, root: int, end: int, slots: tuple[int, ...], places: tuple[int, ...]) -> BarColumns:
    length = -1
    columns: list[Any] = []
    for slot, name in enumerate(COLUMNS, _KEY_SLOT):
        if not slots[slot]:
            raise WireError(f"bars without {name}")
        dtype = _U8 if name == "flags" else _I64
        first, count = vector(data, root + places[slot] + slots[slot], end, dtype.itemsize, name)
        if length < 0:
            length = count
        if count != length:
            raise WireError(f"{name}: {count} values of {length} bars")
        columns.append(np.frombuffer(data, dtype, count, first))
    if length > PAGE_BARS_MAX:
        raise WireError(f"{length} bars in one message, {PAGE_BARS_MAX} at most")
    key = columns[0]
    if length and (key[0] < 0 or not (key[1:] > key[:-1]).all()):
        raise WireError("keys of bars do not ascend from 0 on")
    return BarColumns(*columns)
