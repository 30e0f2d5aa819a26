"""Writing deltas: the narrowest width per column, columns of one width in one vector.

Values travel as offsets from the bases of the layout, times as offsets from the header's `event_base_us`,
so that most columns need one or two bytes a row. The encoder never rounds: what no narrow width holds goes
as 64 bits, absolute. The FlatBuffer is laid out by hand, front to back, since flatbuffers' Builder costs
three times as much; a test reads it with the generated code. Reading is core/wire/delta.py.
"""

from bisect import bisect_left
from collections.abc import Sequence
from struct import Struct
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.market.fields import KINDS, NULL, Field, Kind
from core.wire.flat import U32, seal

Rows = NDArray[np.integer]
BlockColumns = tuple[Rows, Sequence[Field], NDArray[np.int64]]

ROWS8_MAX: Final = 256
_WIDTHS: Final = tuple(np.dtype(name) for name in ("i1", "<i2", "<i4", "<i8"))
_NULLS: Final = tuple(-(2 ** (bits - 1)) for bits in (8, 16, 32, 64))
# How far from its base a column of each width may go: its minimum is null. 64-bit columns have no base.
_REACH: Final = tuple(-null - 1 for null in _NULLS[:3])
_TIME_FIELDS: Final = frozenset(field for field, kind in enumerate(KINDS) if kind is Kind.TIME_US)

# The head of every delta: root offset, identifier, vtable, then the table at byte 40 with its fields in slot
# order, which aligns them all and is the order that readers want.
_TABLE_AT: Final = 40
_TABLE: Final = Struct("<i4xQQQIBBHqqqqIII")
_PLACES: Final = (8, 16, 24, 32, 36, 37, 38, 40, 48, 56, 64, 72, 76, 80)
_STATES_AT, _LATE_AT, _BLOCKS_AT = (_TABLE_AT + place for place in _PLACES[11:])
_VTABLE: Final = Struct("<16H")
_HEAD: Final = U32.pack(_TABLE_AT) + b"TDD1" + _VTABLE.pack(32, _TABLE.size, *_PLACES)
_IDLE_HEAD: Final = U32.pack(_TABLE_AT) + b"TDD1" + _VTABLE.pack(32, _TABLE.size, *_PLACES[:-1], 0)
_BLOCK_SLOTS: Final = 10
_BLOCK_VTABLE: Final = Struct(f"<{2 + _BLOCK_SLOTS}H")


class DeltaHeader(NamedTuple):
    """What every delta says of itself. A named tuple, since it is made on the hot path and never changes.

    `source_states` u8 (SourceState) and `source_late_ms` u32 are by source number; times in the units of
    their names; `recv_oldest_ns` is 0 when idle.
    """

    group: int
    epoch: int
    sequence: int
    layout: int
    cadence_ms: int
    degradation: int
    rows_left: int
    event_base_us: int
    recv_oldest_ns: int
    recv_newest_ns: int
    sent_ns: int
    source_states: NDArray[np.uint8]
    source_late_ms: NDArray[np.uint32]


def fixed_bases(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Bases for a layout from the values at hand, int64 (FIELD_COUNT, rows).

    Null counts as 0; times and codes have no base of their own (times use the header's `event_base_us`).
    """
    bases = np.where(values == NULL, 0, values)
    for field, kind in enumerate(KINDS):
        if kind in (Kind.TIME_US, Kind.CODE):
            bases[field] = 0
    return np.ascontiguousarray(bases)


def encode_delta(header: DeltaHeader, blocks: Sequence[BlockColumns], bases: NDArray[np.int64]) -> bytes:
    """A sealed message. No blocks, or only empty ones: an idle header.

    A block is (rows, fields, values): rows ascending and shared by the columns, values int64
    (len(fields), len(rows)) with NULL for null. `bases` is what `fixed_bases` made for the layout.
    """
    filled = _merged([block for block in blocks if len(block[0]) and len(block[1])])
    buffer = bytearray(_HEAD if filled else _IDLE_HEAD)
    buffer += _TABLE.pack(_TABLE_AT - 8, *header[:11], 0, 0, 0)
    _append(buffer, _STATES_AT, np.asarray(header.source_states, np.uint8))
    _append(buffer, _LATE_AT, np.asarray(header.source_late_ms, np.dtype("<u4")))
    if filled:
        listed = _append(buffer, _BLOCKS_AT, np.zeros(len(filled), np.dtype("<u4")))
        for entry, block in enumerate(filled):
            _append_block(buffer, listed + 4 * entry, block, bases, header.event_base_us)
    buffer += bytes(-len(buffer) % 8)
    return seal(buffer)


def _append(buffer: bytearray, offset_at: int, values: NDArray[Any]) -> int:
    """Append an aligned vector and point the offset at `offset_at` to it; returns where its items are."""
    size = values.dtype.itemsize
    buffer += bytes(-(len(buffer) + 4) % max(size, 4))
    at = len(buffer)
    U32.pack_into(buffer, offset_at, at - offset_at)
    buffer += U32.pack(values.size)
    buffer += values.tobytes()
    return at + 4


def _merged(blocks: Sequence[BlockColumns]) -> list[BlockColumns]:
    """Neighbours with equal rows as one block, the later field winning: readers work a third less."""
    merged: list[BlockColumns] = []
    for rows, fields, values in blocks:
        if merged and np.array_equal(merged[-1][0], rows):
            _, earlier, earlier_values = merged[-1]
            kept = [index for index, field in enumerate(earlier) if field not in fields]
            values = np.concatenate((earlier_values[kept], values))
            fields = (*(earlier[index] for index in kept), *fields)
            merged[-1] = rows, fields, values
        else:
            merged.append((rows, fields, values))
    return merged


def _append_block(
    buffer: bytearray, offset_at: int, block: BlockColumns, bases: NDArray[np.int64], event_base_us: int
) -> None:
    """Append one block with its vectors behind it, and point the offset at `offset_at` to it."""
    rows, fields, values = block
    assert values.shape == (len(fields), len(rows)), (values.shape, len(fields), len(rows))
    row_count = bases.shape[1]
    row_slot, row_type = (0, np.uint8) if row_count <= ROWS8_MAX else (1, np.dtype("<u2"))
    vectors: list[tuple[int, NDArray[Any]]] = [(row_slot, np.asarray(rows, row_type))]
    for width, numbers, columns in _narrowed(rows, fields, values, bases, event_base_us):
        vectors += ((2 + 2 * width, np.array(numbers, np.uint8)), (3 + 2 * width, columns))
    places = [0] * _BLOCK_SLOTS
    for index, (slot, _) in enumerate(vectors):
        places[slot] = 4 + 4 * index
    buffer += bytes(-len(buffer) % 4)
    table_size = 4 + 4 * len(vectors)
    buffer += _BLOCK_VTABLE.pack(_BLOCK_VTABLE.size, table_size, *places)
    at = len(buffer)
    U32.pack_into(buffer, offset_at, at - offset_at)
    buffer += U32.pack(_BLOCK_VTABLE.size)
    buffer += bytes(table_size - 4)
    for slot, vector in vectors:
        _append(buffer, at + places[slot], vector)


def _narrowed(
    rows: Rows,
    fields: Sequence[Field],
    values: NDArray[np.int64],
    bases: NDArray[np.int64],
    event_base_us: int,
) -> list[tuple[int, list[int], NDArray[Any]]]:
    """(width 0..3, its fields, their columns packed) for each width in use, narrowest first."""
    starts = np.array(fields, np.intp)[:, None] * bases.shape[1]
    origin = bases.reshape(-1).take(starts + rows)
    for column, field in enumerate(fields):
        if field in _TIME_FIELDS:
            origin[column] = event_base_us
    offsets = values - origin
    # A difference that wrapped around 64 bits looks narrow and is not.
    wrapped = (values < origin) != (offsets < 0)
    is_null = values == NULL
    has_null = bool(is_null.any())
    if has_null:
        offsets[is_null] = 0
        wrapped &= ~is_null
    too_far = wrapped.any(axis=1).tolist() if wrapped.any() else [False] * len(fields)
    by_width: list[list[int]] = [[], [], [], []]
    lowest, highest = offsets.min(axis=1).tolist(), offsets.max(axis=1).tolist()
    for column, (low, high, is_far) in enumerate(zip(lowest, highest, too_far, strict=True)):
        width = 3 if is_far else bisect_left(_REACH, max(high, -low))
        by_width[width].append(column)
    packed = []
    for width, chosen in enumerate(by_width):
        if not chosen:
            continue
        columns = (values if width == 3 else offsets)[chosen].astype(_WIDTHS[width])
        if has_null and width < 3:
            columns[is_null[chosen]] = _NULLS[width]
        packed.append((width, [int(fields[column]) for column in chosen], columns))
    return packed
