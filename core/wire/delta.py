"""Delta: what changed in a group since the last one, decoded into a quote table.

Reading is hand-written for speed and checks every offset, length, row and field before the first write: bad
bytes raise `WireError` and leave the table as it was. Nothing is formatted or kept here. The layout of the
message is core/wire/schema/delta.fbs; writing it is core/wire/delta_encode.py.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.market.fields import FIELD_COUNT, KINDS, NULL, Kind
from core.market.quote_table import QuoteTable
from core.wire.delta_encode import DeltaHeader, encode_delta, fixed_bases
from core.wire.errors import WireError
from core.wire.flat import CRC_BYTES, U32, TableShape, check_frame, vector

__all__ = [
    "Delta", "DeltaHeader", "apply_delta", "apply_opened", "decode_delta_header", "encode_delta",
    "fixed_bases", "open_delta",
]  # fmt: skip

IDENTIFIER: Final = b"TDD1"
BLOCKS_MAX: Final = 64
# 1,000 rows x 64 fields twice over; blocks may share vectors, so the message's size alone is no bound.
CELLS_MAX: Final = 131_072
SOURCES_MAX: Final = 256
# Field numbers are bytes; a list with more entries names some twice.
FIELDS_MAX: Final = 256

_DELTA: Final = TableShape("Delta", "QQQIBBHqqqqIII")
_BLOCK: Final = TableShape("Block", "IIIIIIIIII")
_SOURCE_STATES, _SOURCE_LATE_MS, _BLOCKS = 11, 12, 13

_I64: Final = np.dtype("<i8")
_U8: Final = np.dtype("u1")
_U32: Final = np.dtype("<u4")
_U16: Final = np.dtype("<u2")
_INTP: Final = np.dtype(np.intp)
# slot of the field list (the values follow it), item bytes, dtype, null
_WIDTHS: Final = tuple(
    (slot, dtype.itemsize, dtype, int(np.iinfo(dtype).min))
    for slot, dtype in ((2, np.dtype("i1")), (4, np.dtype("<i2")), (6, np.dtype("<i4")), (8, _I64))
)
_u32: Final = U32.unpack_from
_KNOWN_FIELDS: Final = bytes(range(FIELD_COUNT))
_ROW_NUMBERS: Final = bytes(range(256))
_NO_ROWS: Final = np.zeros(0, np.intp)
_NO_VALUES: Final = np.zeros(0, np.int64)
_NO_STATES: Final = np.zeros(0, _U8)
_NO_LATE: Final = np.zeros(0, _U32)
_TIME_FIELDS: Final = frozenset(field for field in range(FIELD_COUNT) if KINDS[field] is Kind.TIME_US)
COLUMNS_CACHED_MAX: Final = 256

# Where each field's column starts in the flat table, shape (n, 1); which of them are times.
Columns = tuple[NDArray[np.intp], tuple[int, ...]]
_columns_cache: dict[tuple[bytes, int], Columns] = {}


class Delta(NamedTuple):
    """A checked header with its message: `blocks` is where the block list lies, 0 in an idle header."""

    header: DeltaHeader
    data: bytes
    blocks: int

    @property
    def is_idle(self) -> bool:
        return self.blocks == 0


def open_delta(data: bytes) -> Delta:
    """Check crc and header. Raises `WireError`; the blocks are checked by `apply_opened`."""
    root, end = check_frame(data, IDENTIFIER)
    slots, places = _DELTA.read(data, root, end)
    states_offset, late_offset, blocks_offset = slots[_SOURCE_STATES:]
    states, late = _NO_STATES, _NO_LATE
    if states_offset or late_offset:
        at = root + places[_SOURCE_STATES] + states_offset
        late_at = root + places[_SOURCE_LATE_MS] + late_offset
        if at > end - 4 or late_at > end - 4 or not states_offset or not late_offset:
            raise WireError("source states lie outside the message")
        count = _u32(data, at)[0]
        if count != _u32(data, late_at)[0] or count > SOURCES_MAX:
            raise WireError(f"{count} source states, or another number of source_late_ms")
        if at + 4 + count > end or late_at + 4 + 4 * count > end:
            raise WireError(f"{count} source states pass the end")
        states = np.frombuffer(data, _U8, count, at + 4)
        late = np.frombuffer(data, _U32, count, late_at + 4)
    header = DeltaHeader._make((*slots[:_SOURCE_STATES], states, late))
    return Delta(header, data, root + places[_BLOCKS] + blocks_offset if blocks_offset else 0)


def decode_delta_header(data: bytes) -> DeltaHeader:
    """The header alone, crc checked. Raises `WireError`."""
    return open_delta(data).header


def apply_delta(
    data: bytes, table: QuoteTable, bases: NDArray[np.int64], layout: int, row_count: int
) -> DeltaHeader:
    """Decode and fold in, or raise `WireError` with the table untouched.

    `bases` is int64 (FIELD_COUNT, >= row_count) as `fixed_bases` makes it; `layout` its version.
    """
    delta = open_delta(data)
    if delta.header.layout != layout:
        raise WireError(f"delta of layout {delta.header.layout}, the table has {layout}")
    apply_opened(delta, table, bases, row_count)
    return delta.header


def apply_opened(delta: Delta, table: QuoteTable, bases: NDArray[np.int64], row_count: int) -> None:
    """Fold an opened delta into `table`, stamping the rows it names. Raises `WireError` before any write."""
    header, data, blocks = delta
    if blocks == 0:
        return
    end = len(data) - CRC_BYTES
    first, count = vector(data, blocks, end, 4, "blocks")
    if count > BLOCKS_MAX:
        raise WireError(f"{count} blocks, {BLOCKS_MAX} at most")
    cells = _Cells([], [], [], [])
    row_limit = min(row_count, table.row_count)
    budget = CELLS_MAX
    for at in range(first, first + 4 * count, 4):
        budget -= _read_block(data, at + _u32(data, at)[0], end, row_limit, cells)
        if budget < 0:
            raise WireError(f"more than {CELLS_MAX} cells")
    _write(cells, table, bases, header.event_base_us)


class _Cells(NamedTuple):
    """Checked columns, not yet written."""

    blocks: list[tuple[NDArray[np.intp], bytes]]  # rows; fields of the narrow columns, in their order
    narrow: list[NDArray[Any]]  # column values, one array a width
    nulls: list[tuple[int, int]]  # (index in `narrow`, the null of that width), where one may be
    wide: list[tuple[NDArray[np.intp], bytes, NDArray[Any], int]]  # rows, fields, values, narrow cells before


def _read_block(data: bytes, position: int, end: int, row_limit: int, cells: _Cells) -> int:
    """Check one block and add it to `cells`; returns how many values it holds.

    The hot path: vectors are checked in place, since a call for each would cost a fifth of the whole decode.
    """
    slots, places = _BLOCK.read(data, position, end)
    last = end - 4
    at = position + places[0] + slots[0]
    if slots[1] or not slots[0]:
        rows = _read_rows16(data, position, end, row_limit, slots, places)
    elif at > last or at + 4 + (row_count := _u32(data, at)[0]) > end:
        raise WireError("a row list passes the end")
    elif row_limit < 256 and data[at + 4 : at + 4 + row_count].translate(None, _ROW_NUMBERS[:row_limit]):
        raise WireError(f"a row outside of {row_limit}")
    else:
        rows = np.frombuffer(data, _U8, row_count, at + 4).astype(_INTP)
    row_count, total, known = len(rows), 0, b""
    for slot, item_bytes, dtype, null in _WIDTHS:
        offset = slots[slot]
        if not offset:
            continue
        at = position + places[slot] + offset
        begin = position + places[slot + 1] + slots[slot + 1]
        if at > last or begin > last or not slots[slot + 1]:
            raise WireError("a column lies outside the message")
        field_count, count = _u32(data, at)[0], _u32(data, begin)[0]
        at, begin = at + 4, begin + 4
        stop = begin + count * item_bytes
        if (
            count != field_count * row_count
            or field_count > FIELDS_MAX
            or at + field_count > end
            or stop > end
        ):
            raise WireError(f"{count} values for {field_count} fields of {row_count} rows")
        total += count
        fields = data[at : at + field_count]
        values = np.frombuffer(data, dtype, count, begin)
        if fields.translate(None, _KNOWN_FIELDS):
            fields, values = _only_known(fields, values, row_count)
        if item_bytes == 8:
            cells.wide.append((rows, fields, values, sum(map(len, cells.narrow))))
            continue
        known += fields
        # A null's top byte is 0x80, few others are: looking for it costs a third of comparing all.
        if 0x80 in data[begin + item_bytes - 1 : stop : item_bytes]:
            cells.nulls.append((len(cells.narrow), null))
        cells.narrow.append(values)
    cells.blocks.append((rows, known))
    return total


def _read_rows16(
    data: bytes, position: int, end: int, row_limit: int, slots: tuple[int, ...], places: tuple[int, ...]
) -> NDArray[np.intp]:
    """The row list of a group of more than 256 rows."""
    if slots[0] or not slots[1]:
        raise WireError("a block needs exactly one row list")
    first, count = vector(data, position + places[1] + slots[1], end, 2, "rows16")
    rows = np.frombuffer(data, _U16, count, first).astype(_INTP)
    if count and int(rows.max()) >= row_limit:
        raise WireError(f"row {int(rows.max())} of {row_limit}")
    return rows


def _write(cells: _Cells, table: QuoteTable, bases: NDArray[np.int64], event_base_us: int) -> None:
    """Everything is checked: scatter all narrow columns in one assignment, and the 64-bit ones."""
    blocks, narrow, nulls, wide = cells
    capacity, flat = table.capacity, table.flat
    places, values = _NO_ROWS, _NO_VALUES
    if narrow:
        values = np.concatenate(narrow, dtype=_I64)
        spans, begin = [], 0
        for rows, fields in blocks:
            starts, times = _columns(fields, capacity)
            spans.append((starts + rows).reshape(-1))
            row_count = len(rows)
            for column in times:
                values[begin + column * row_count : begin + (column + 1) * row_count] += event_base_us
            begin += row_count * len(fields)
        places = spans[0] if len(spans) == 1 else np.concatenate(spans)
        values += _same_width(bases, capacity).take(places)
        for part, null in nulls:
            begin = sum(map(len, narrow[:part]))
            values[begin : begin + len(narrow[part])][narrow[part] == null] = NULL
    done = 0
    for rows, fields, wide_values, narrow_before in wide:  # where blocks overlap, the last one wins
        flat[places[done:narrow_before]] = values[done:narrow_before]
        flat[(_columns(fields, capacity)[0] + rows).reshape(-1)] = wide_values
        done = narrow_before
    if done:
        places, values = places[done:], values[done:]
    flat[places] = values
    for rows, _ in blocks:
        table.touch(rows)


def _only_known(fields: bytes, part: NDArray[Any], row_count: int) -> tuple[bytes, NDArray[Any]]:
    """Leave out the columns of fields that this reader does not know."""
    keep = np.frombuffer(fields, np.uint8) < FIELD_COUNT
    columns = part.reshape(len(fields), row_count)[keep]
    return bytes(field for field in fields if field < FIELD_COUNT), columns.ravel()


def _columns(fields: bytes, capacity: int) -> Columns:
    """(start of each field's column in the flat table, shape (n, 1); which of them are times)."""
    key = fields, capacity
    found = _columns_cache.get(key)
    if found is None:
        starts = np.array(list(fields), np.uint8).astype(np.intp)[:, None] * capacity
        found = starts, tuple(i for i, field in enumerate(fields) if field in _TIME_FIELDS)
        if len(_columns_cache) >= COLUMNS_CACHED_MAX:
            _columns_cache.clear()
        if len(fields) <= FIELDS_MAX:
            _columns_cache[key] = found
    return found


def _same_width(bases: NDArray[np.int64], capacity: int) -> NDArray[np.int64]:
    """Bases that the flat places of the table index too; free unless the table has spare rows."""
    if bases.shape[1] == capacity:
        return bases.reshape(-1)
    wider = np.zeros((FIELD_COUNT, capacity), np.int64)
    shared = min(capacity, bases.shape[1])
    wider[:, :shared] = bases[:, :shared]
    return wider.reshape(-1)
