"""Snapshot: a group's instruments, layout and every value, with the (epoch, sequence) folded in.

One byte says how the rest is packed (0 plain, 1 zstd). Every offset, length and text is checked and the
unpacked size is bounded: bad bytes raise `WireError`. Instruments are made only when the reader does not
know the layout yet, since that is most of the work.
"""

from dataclasses import dataclass
from typing import Any, Final

import flatbuffers
import numpy as np
from numpy.typing import NDArray

from core.market.fields import FIELD_COUNT, NULL
from core.market.groups import GROUP_ROWS_MAX
from core.market.instruments import IncrementError, Instrument, InstrumentKey
from core.wire.delta_encode import fixed_bases
from core.wire.errors import WireError
from core.wire.flat import TableShape, check_frame, seal, texts, vector
from core.wire.generated.snapshot import Snapshot as SnapshotCode
from core.wire.packing import packed, unpacked

code: Any = SnapshotCode  # generated code has no types
IDENTIFIER: Final = b"TDS1"
# 1,000 rows of 64 fields, bases and values, and their names are 1.1 MB.
BYTES_MAX: Final = 4 * 1024 * 1024
SOURCES_MAX: Final = 256
NAME_BYTES_MAX: Final = 256
INFERRED, UNKNOWN = 1, 2

_U8: Final = np.dtype("u1")
_U32: Final = np.dtype("<u4")
_I64: Final = np.dtype("<i8")
_SHAPE: Final = TableShape("Snapshot", "QQQIIIIIIIIIIIIIIqq")
(
    _SOURCES, _STATES, _LATE, _SOURCE_OF_ROW, _SYMBOLS, _PRICE_DECIMALS, _SIZE_DECIMALS, _TICKS, _FLAGS,
    _FIELDS, _BASES, _VALUES, _RECV_OLDEST, _SENT,
) = range(5, 19)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """`bases` and `values` are int64 (FIELD_COUNT, rows), NULL for null in `values` and never in `bases`.

    `sources` are exchange names by source number, `source_of_row` u8 (rows,). Decoded with a known layout,
    `instruments` is empty: the reader has them.
    """

    group: int
    epoch: int
    sequence: int
    layout: int
    instruments: tuple[Instrument, ...]
    sources: tuple[str, ...]
    source_states: NDArray[np.uint8]
    source_late_ms: NDArray[np.uint32]
    source_of_row: NDArray[np.uint8]
    bases: NDArray[np.int64]
    values: NDArray[np.int64]
    recv_oldest_ns: int
    sent_ns: int


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """A sealed message, packed from `ZSTD_FROM_BYTES` on."""
    instruments = snapshot.instruments
    row_count = len(instruments)
    assert snapshot.values.shape == snapshot.bases.shape == (FIELD_COUNT, row_count)
    builder = flatbuffers.Builder(1024 + row_count * (FIELD_COUNT * 16 + 48))
    builder.ForceDefaults(True)
    numbers = (
        (code.AddValues, np.asarray(snapshot.values, np.int64).reshape(-1)),
        (code.AddBases, fixed_bases(np.asarray(snapshot.bases, np.int64)).reshape(-1)),
        (code.AddFields, np.arange(FIELD_COUNT, dtype=np.uint8)),
        (code.AddInstrumentFlags, np.array([_flags(i) for i in instruments], np.uint8)),
        (code.AddTickCounts, np.array([i.tick_counts for i in instruments], np.int64)),
        (code.AddSizeDecimals, np.array([i.size_decimals for i in instruments], np.uint8)),
        (code.AddPriceDecimals, np.array([i.price_decimals for i in instruments], np.uint8)),
        (code.AddSourceOfRow, np.asarray(snapshot.source_of_row, np.uint8)),
        (code.AddSourceLateMs, np.asarray(snapshot.source_late_ms, np.uint32)),
        (code.AddSourceStates, np.asarray(snapshot.source_states, np.uint8)),
    )
    vectors = [(add, builder.CreateNumpyVector(np.ascontiguousarray(column))) for add, column in numbers]
    symbols = _build_texts(builder, [instrument.key.symbol for instrument in instruments])
    sources = _build_texts(builder, snapshot.sources)
    code.Start(builder)
    code.AddGroup(builder, snapshot.group)
    code.AddEpoch(builder, snapshot.epoch)
    code.AddSequence(builder, snapshot.sequence)
    code.AddRecvOldestNs(builder, snapshot.recv_oldest_ns)
    code.AddSentNs(builder, snapshot.sent_ns)
    code.AddLayout(builder, snapshot.layout)
    code.AddRowCount(builder, row_count)
    for add, end in vectors:
        add(builder, end)
    code.AddSymbols(builder, symbols)
    code.AddSources(builder, sources)
    builder.Finish(code.End(builder), file_identifier=IDENTIFIER)
    return packed(seal(builder.Output()))


def _flags(instrument: Instrument) -> int:
    return (INFERRED if instrument.inferred else 0) | (0 if instrument.known else UNKNOWN)


def _build_texts(builder: Any, names: "tuple[str, ...] | list[str]") -> int:
    ends = [builder.CreateString(name) for name in names]
    builder.StartVector(4, len(ends), 4)
    for end in reversed(ends):
        builder.PrependUOffsetTRelative(end)
    return int(builder.EndVector())


def decode_snapshot(data: bytes, known_layout: tuple[int, int] | None = None) -> Snapshot:
    """Check and read a snapshot. Raises `WireError`.

    With `known_layout` (epoch, layout) equal to the message's, `instruments` comes back empty. Fields that
    this reader does not know are skipped, fields that the writer did not know are null.
    """
    buffer = unpacked(data, BYTES_MAX, "a snapshot")
    root, end = check_frame(buffer, IDENTIFIER)
    slots, places = _SHAPE.read(buffer, root, end)
    group, epoch, sequence, layout, row_count = slots[:5]
    if not 1 <= row_count <= GROUP_ROWS_MAX:
        raise WireError(f"{row_count} rows, 1 to {GROUP_ROWS_MAX} are possible")
    reader = _Columns(buffer, root, end, slots, places)
    at = reader.at(_SOURCES, "sources")
    sources = texts(buffer, at, end, items_max=SOURCES_MAX, bytes_max=NAME_BYTES_MAX, what="sources")
    states = reader.column(_STATES, _U8, len(sources), "source_states")
    late = reader.column(_LATE, _U32, len(sources), "source_late_ms")
    source_of_row = reader.column(_SOURCE_OF_ROW, _U8, row_count, "source_of_row")
    if int(source_of_row.max()) >= len(sources):
        raise WireError(f"source {int(source_of_row.max())} of {len(sources)}")
    fields = reader.column(_FIELDS, _U8, None, "fields")
    bases = _by_field(fields, reader.column(_BASES, _I64, len(fields) * row_count, "bases"), row_count)
    values = _by_field(fields, reader.column(_VALUES, _I64, len(fields) * row_count, "values"), row_count)
    instruments: tuple[Instrument, ...] = ()
    if known_layout != (epoch, layout):
        instruments = _instruments(reader, row_count, sources, source_of_row)
    return Snapshot(
        group, epoch, sequence, layout, instruments, sources, states, late, source_of_row, fixed_bases(bases),
        values, slots[_RECV_OLDEST], slots[_SENT],
    )  # fmt: skip


class _Columns:
    """Checked access to the vectors of one snapshot table."""

    __slots__ = ("data", "end", "places", "root", "slots")

    def __init__(
        self, data: bytes, root: int, end: int, slots: tuple[int, ...], places: tuple[int, ...]
    ) -> None:
        self.data, self.root, self.end, self.slots, self.places = data, root, end, slots, places

    def at(self, slot: int, what: str) -> int:
        if not self.slots[slot]:
            raise WireError(f"a snapshot without {what}")
        return self.root + self.places[slot] + self.slots[slot]

    def column(self, slot: int, dtype: np.dtype[np.generic], length: int | None, what: str) -> NDArray[Any]:
        first, count = vector(self.data, self.at(slot, what), self.end, dtype.itemsize, what)
        if length is not None and count != length:
            raise WireError(f"{what}: {count} items, {length} expected")
        return np.frombuffer(self.data, dtype, count, first)


def _by_field(fields: NDArray[np.uint8], columns: NDArray[np.int64], row_count: int) -> NDArray[np.int64]:
    """Columns in the order of `Field`; null where the message has none."""
    ordered = np.full((FIELD_COUNT, row_count), NULL, np.int64)
    keep = fields < FIELD_COUNT
    ordered[fields[keep]] = columns.reshape(len(fields), row_count)[keep]
    return ordered


def _instruments(
    reader: _Columns, row_count: int, sources: tuple[str, ...], source_of_row: NDArray[np.uint8]
) -> tuple[Instrument, ...]:
    at = reader.at(_SYMBOLS, "symbols")
    symbols = texts(
        reader.data, at, reader.end, items_max=GROUP_ROWS_MAX, bytes_max=NAME_BYTES_MAX, what="symbols"
    )
    if len(symbols) != row_count:
        raise WireError(f"{len(symbols)} symbols of {row_count} rows")
    columns = zip(
        symbols,
        source_of_row.tolist(),
        reader.column(_PRICE_DECIMALS, _U8, row_count, "price_decimals").tolist(),
        reader.column(_SIZE_DECIMALS, _U8, row_count, "size_decimals").tolist(),
        reader.column(_TICKS, _I64, row_count, "tick_counts").tolist(),
        reader.column(_FLAGS, _U8, row_count, "instrument_flags").tolist(),
        strict=True,
    )
    try:
        return tuple(
            Instrument(
                InstrumentKey(sources[source], symbol), price_decimals, size_decimals, tick,
                inferred=bool(flags & INFERRED), known=not flags & UNKNOWN,
            )
            for symbol, source, price_decimals, size_decimals, tick, flags in columns
        )  # fmt: skip
    except IncrementError as error:
        raise WireError(str(error)) from error
