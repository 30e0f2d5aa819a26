"""RawBatch: market events from feed to ingest, one message at a time.

Encoding goes through the generated code, decoding is hand-written and checks every offset and length: bad
bytes raise `WireError`. Decoded columns are views of the message, read-only, and keep it alive. A drained
backlog is read by `decode_many` (core/wire/raw_bulk.py), far faster than one by one.
"""

from typing import Any, Final, cast

import flatbuffers
import numpy as np

from core.market.fields import SourceState
from core.wire.errors import WireError
from core.wire.flat import TableShape, check_frame, seal, vector
from core.wire.generated.raw import Bars, Depth, Quotes, Sessions, Trades
from core.wire.generated.raw import RawBatch as RawBatchCode
from core.wire.raw_events import (
    KINDS_OF_EVENTS,
    Events,
    RawBatch,
    RawFlag,
    RawHeader,
    wire_columns,
)

IDENTIFIER: Final = b"TDR1"
# Positions are 16 bits; feeds flush at 256.
EVENTS_MAX: Final = 65_535

BATCH: Final = TableShape("RawBatch", "QQIBBIIIIII")
FIRST_KIND_SLOT: Final = 6
# per kind: attribute, class, its table, its columns in slot order, its generated code
KINDS: Final = tuple(
    (name, kind, TableShape(kind.__name__, "I" * len(wire_columns(kind))), wire_columns(kind), code)
    for (name, kind), code in zip(KINDS_OF_EVENTS, (Quotes, Trades, Depth, Bars, Sessions), strict=True)
)
batch_code: Any = RawBatchCode  # generated code has no types
_ADD_KIND: Final = (
    batch_code.AddQuotes, batch_code.AddTrades, batch_code.AddDepth, batch_code.AddBars,
    batch_code.AddSessions,
)  # fmt: skip
_REQUIRED: Final = frozenset(("instrument", "event_ns", "recv_ns"))
_SOURCE_STATES: Final = {int(state): state for state in SourceState}


def encode_raw(batch: RawBatch) -> bytes:
    """A sealed message. Columns of a kind have one length, at most `EVENTS_MAX`; empty kinds are left out."""
    found = [(slot, kind, getattr(batch, kind[0])) for slot, kind in enumerate(KINDS)]
    present = [item for item in found if item[2] is not None and len(item[2].instrument)]
    builder = flatbuffers.Builder(256 + sum(80 * len(events.instrument) for _, _, events in present))
    # Defaults are written too: equal layouts let `decode_many` read a backlog as one array.
    builder.ForceDefaults(True)
    ends = [(slot, _build_kind(builder, kind, events)) for slot, kind, events in present]
    header = batch.header
    batch_code.Start(builder)
    batch_code.AddEpoch(builder, header.epoch)
    batch_code.AddSequence(builder, header.sequence)
    batch_code.AddDefinitionsVersion(builder, header.definitions_version)
    batch_code.AddLateMs(builder, header.late_ms)
    for slot, end in ends:
        _ADD_KIND[slot](builder, end)
    batch_code.AddFlags(builder, int(header.flags))
    batch_code.AddSourceState(builder, int(header.source_state))
    builder.Finish(batch_code.End(builder), file_identifier=IDENTIFIER)
    return seal(builder.Output())


def _build_kind(builder: Any, kind: Any, events: Events) -> int:
    name, _, _, columns, code = kind
    length = len(events.instrument)
    assert length <= EVENTS_MAX, f"{length} {name} in one message"
    vectors = []
    for column in columns:
        values = getattr(events, column.name)
        if values is None:
            continue
        assert len(values) == length, f"{name}.{column.name}: {len(values)} of {length}"
        packed = np.ascontiguousarray(values, dtype=column.dtype)
        vectors.append((column.name, builder.CreateNumpyVector(packed)))
    code.Start(builder)
    for column_name, end in vectors:
        getattr(code, "Add" + "".join(part.title() for part in column_name.split("_")))(builder, end)
    return int(code.End(builder))


def decode_raw(data: bytes) -> RawBatch:
    """Check and read one message. Raises `WireError`.

    A column that the writer did not know is filled with null; unknown slots are skipped; an unknown source
    state counts as DOWN.
    """
    root, end = check_frame(data, IDENTIFIER)
    slots, places = BATCH.read(data, root, end)
    kinds: list[Events | None] = []
    for index in range(len(KINDS)):
        slot = FIRST_KIND_SLOT + index
        offset = slots[slot]
        kinds.append(_read_kind(data, root + places[slot] + offset, end, index) if offset else None)
    return RawBatch(read_header(slots), *cast(Any, kinds))


def read_header(slots: tuple[int, ...]) -> RawHeader:
    """The header from the table's slots."""
    epoch, sequence, version, flags, state, late_ms = slots[:FIRST_KIND_SLOT]
    source_state = _SOURCE_STATES.get(state, SourceState.DOWN)
    return RawHeader(epoch, sequence, version, RawFlag(flags), source_state, late_ms)


def locate_columns(data: bytes, position: int, end: int, index: int) -> tuple[int, list[tuple[str, int]]]:
    """(events, [(column, first byte)...]) of the kind's table at `position`; every length checked."""
    name, _, shape, columns, _ = KINDS[index]
    slots, places = shape.read(data, position, end)
    length, found = -1, []
    for slot, column in enumerate(columns):
        if not slots[slot]:
            if column.name in _REQUIRED:
                raise WireError(f"{name} without {column.name}")
            continue
        at = position + places[slot] + slots[slot]
        first, count = vector(data, at, end, column.dtype.itemsize, column.name)
        if length < 0:
            length = count
        if count != length:
            raise WireError(f"{name}.{column.name}: {count} values of {length} events")
        found.append((column.name, first))
    if length > EVENTS_MAX:
        raise WireError(f"{length} {name} in one message, {EVENTS_MAX} at most")
    return length, found


def _read_kind(data: bytes, position: int, end: int, index: int) -> Events:
    _, kind, _, columns, _ = KINDS[index]
    length, found = locate_columns(data, position, end, index)
    places = dict(found)
    values: dict[str, Any] = {}
    for column in columns:
        first = places.get(column.name)
        if first is not None:
            values[column.name] = np.frombuffer(data, column.dtype, length, first)
        elif column.name != "position":
            values[column.name] = np.full(length, column.filler, column.dtype)
    return kind(**values)
