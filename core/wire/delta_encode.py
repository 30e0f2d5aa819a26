"""Writing deltas: the narrowest width per column, columns of one width in one vector.

Values travel as offsets from the bases of the layout, times as offsets from the header's `event_base_us`,
so that most columns need one or two bytes a row. The encoder never rounds: what no narrow width holds goes
as 64 bits, absolute. Called with checked columns; reading them back is core/wire/delta.py.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import flatbuffers
import numpy as np
from numpy.typing import NDArray

from core.market.fields import KINDS, NULL, Field, Kind
from core.wire.flat import seal
from core.wire.generated.delta import Block, Delta

Rows = NDArray[np.integer]
BlockColumns = tuple[Rows, Sequence[Field], NDArray[np.int64]]

ROWS8_MAX: Final = 256
_IDENTIFIER: Final = b"TDD1"
_WIDTHS: Final = (np.dtype("i1"), np.dtype("<i2"), np.dtype("<i4"), np.dtype("<i8"))
_NULLS: Final = tuple(-(2 ** (bits - 1)) for bits in (8, 16, 32, 64))
_LIMITS: Final = tuple((null + 1, -null - 1) for null in _NULLS)
_IS_TIME: Final = np.array([kind is Kind.TIME_US for kind in KINDS])
# Generated code has no types.
block_code: Any = Block
delta_code: Any = Delta
_ADD_FIELDS: Final = (
    block_code.AddFields8, block_code.AddFields16, block_code.AddFields32, block_code.AddFields64,
)  # fmt: skip
_ADD_VALUES: Final = (
    block_code.AddValues8, block_code.AddValues16, block_code.AddValues32, block_code.AddValues64,
)  # fmt: skip


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
    cells = sum(len(rows) * (1 + 4 * len(fields)) for rows, fields, _ in filled)
    builder = flatbuffers.Builder(512 + cells)
    # Defaults are written too: one vtable for all headers, which readers check once.
    builder.ForceDefaults(True)
    ends = [_build_block(builder, block, bases, header.event_base_us) for block in filled]
    listed = 0
    if ends:
        delta_code.StartBlocksVector(builder, len(ends))
        for end in reversed(ends):
            builder.PrependUOffsetTRelative(end)
        listed = builder.EndVector()
    states = builder.CreateNumpyVector(np.asarray(header.source_states, np.uint8))
    late = builder.CreateNumpyVector(np.asarray(header.source_late_ms, np.uint32))
    delta_code.Start(builder)
    delta_code.AddGroup(builder, header.group)
    delta_code.AddEpoch(builder, header.epoch)
    delta_code.AddSequence(builder, header.sequence)
    delta_code.AddEventBaseUs(builder, header.event_base_us)
    delta_code.AddRecvOldestNs(builder, header.recv_oldest_ns)
    delta_code.AddRecvNewestNs(builder, header.recv_newest_ns)
    delta_code.AddSentNs(builder, header.sent_ns)
    delta_code.AddLayout(builder, header.layout)
    delta_code.AddSourceStates(builder, states)
    delta_code.AddSourceLateMs(builder, late)
    if listed:
        delta_code.AddBlocks(builder, listed)
    delta_code.AddRowsLeft(builder, header.rows_left)
    delta_code.AddCadenceMs(builder, header.cadence_ms)
    delta_code.AddDegradation(builder, header.degradation)
    builder.Finish(delta_code.End(builder), file_identifier=_IDENTIFIER)
    return seal(builder.Output())


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


def _build_block(builder: Any, block: BlockColumns, bases: NDArray[np.int64], event_base_us: int) -> int:
    rows, fields, values = block
    assert values.shape == (len(fields), len(rows)), (values.shape, len(fields), len(rows))
    numbers = np.array(fields, np.uint8)
    narrow, width = _narrowed(numbers, np.asarray(rows), values, bases, event_base_us)
    vectors = []
    for index, dtype in enumerate(_WIDTHS):
        chosen = width == index
        if not chosen.any():
            continue
        columns = values[chosen] if index == 3 else narrow[chosen]
        packed = columns.astype(dtype)
        if index < 3:
            packed[values[chosen] == NULL] = _NULLS[index]
        vectors.append(
            (index, builder.CreateNumpyVector(numbers[chosen]), builder.CreateNumpyVector(packed.reshape(-1)))
        )
    few = bases.shape[1] <= ROWS8_MAX
    row_list = builder.CreateNumpyVector(np.asarray(rows, np.uint8 if few else np.uint16))
    block_code.Start(builder)
    (block_code.AddRows8 if few else block_code.AddRows16)(builder, row_list)
    for index, field_list, column in vectors:
        _ADD_FIELDS[index](builder, field_list)
        _ADD_VALUES[index](builder, column)
    return int(block_code.End(builder))


def _narrowed(
    numbers: NDArray[np.uint8],
    rows: Rows,
    values: NDArray[np.int64],
    bases: NDArray[np.int64],
    event_base_us: int,
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """(offsets with null as 0, index of the narrowest width of each column)."""
    origin = np.where(_IS_TIME[numbers][:, None], event_base_us, bases[numbers[:, None], rows])
    is_null = values == NULL
    offsets = np.where(is_null, 0, values - origin)
    low, high = offsets.min(axis=1), offsets.max(axis=1)
    width = np.full(len(numbers), 3, np.intp)
    for index in (2, 1, 0):
        lowest, highest = _LIMITS[index]
        width[(low >= lowest) & (high <= highest)] = index
    # A difference that wrapped around 64 bits looks narrow and is not.
    wrapped = ((values < origin) != (offsets < 0)) & ~is_null
    width[wrapped.any(axis=1)] = 3
    return offsets, width
