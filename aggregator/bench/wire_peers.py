"""Other ways to send the same hundred rows, each encoded, decoded and applied as one would.

FlatBuffers with a table per row (what its tutorial and generated code lead to), Protobuf with a message per
row and with packed columns, msgspec's MessagePack tuples. Rows are applied to plain lists, which is the
fastest target for values that arrive one by one; columns to NumPy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

import flatbuffers
import flatbuffers.number_types as number_types
import flatbuffers.table
import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from numpy.typing import NDArray

from core.market.fields import FIELD_COUNT, NULL, Field

Apply = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Peer:
    """`message` for the same rows, how it is made, how it is applied, and the table that came out."""

    name: str
    message: bytes
    encode: Callable[[], bytes]
    apply: Apply
    table: Callable[[], NDArray[np.int64]]


def peers(
    rows: NDArray[np.intp], fields: tuple[Field, ...], values: NDArray[np.int64]
) -> dict[str, Peer | None]:
    """Peers by name; None where a peer is not installed. `values` is int64 (len(fields), len(rows))."""
    made: dict[str, Peer | None] = {
        "table_per_row": _table_per_row(rows, fields, values),
        "protobuf_rows": _protobuf_rows(rows, fields, values),
        "protobuf_columns": _protobuf_columns(rows, fields, values),
        "msgspec_tuples": _msgspec(rows, fields, values) if find_spec("msgspec") else None,
    }
    return made


def _lists(row_count: int) -> list[list[int]]:
    return [[NULL] * row_count for _ in range(FIELD_COUNT)]


def _table(columns: list[list[int]]) -> Callable[[], NDArray[np.int64]]:
    return lambda: np.array(columns, np.int64)


def _table_per_row(rows: NDArray[np.intp], fields: tuple[Field, ...], values: NDArray[np.int64]) -> Peer:
    """table Row { row: uint; a: long; ... } in a vector, read as flatc's code reads it."""
    records = list(zip(rows.tolist(), *values.tolist(), strict=True))
    row_flags, value_flags = number_types.Uint32Flags, number_types.Int64Flags

    def encode() -> bytes:
        builder = flatbuffers.Builder(64 * 1024)
        ends = []
        for record in records:
            builder.StartObject(len(record))
            for slot, value in enumerate(record[1:], 1):
                builder.PrependInt64Slot(slot, value, 0)
            builder.PrependUint32Slot(0, record[0], 0)
            ends.append(builder.EndObject())
        builder.StartVector(4, len(ends), 4)
        for end in reversed(ends):
            builder.PrependUOffsetTRelative(end)
        listed = builder.EndVector()
        builder.StartObject(1)
        builder.PrependUOffsetTRelativeSlot(0, listed, 0)
        builder.Finish(builder.EndObject())
        return bytes(builder.Output())

    class Row:
        __slots__ = ("_tab",)

        def __init__(self, buffer: bytes, position: int) -> None:
            self._tab = flatbuffers.table.Table(buffer, position)

        def row(self) -> int:
            o = number_types.UOffsetTFlags.py_type(self._tab.Offset(4))
            return self._tab.Get(row_flags, o + self._tab.Pos) if o else 0

        def value(self, offset: int) -> int:
            o = number_types.UOffsetTFlags.py_type(self._tab.Offset(offset))
            return self._tab.Get(value_flags, o + self._tab.Pos) if o else 0

    columns = _lists(int(rows.max()) + 1)
    places = [(4 + 2 * slot, columns[field]) for slot, field in enumerate(fields, 1)]

    def apply(data: bytes) -> None:
        root = flatbuffers.table.Table(data, flatbuffers.encode.Get(flatbuffers.packer.uoffset, data, 0))
        listed = root.Vector(root.Offset(4))
        for index in range(root.VectorLen(root.Offset(4))):
            record = Row(data, root.Indirect(listed + 4 * index))
            row = record.row()
            for offset, column in places:
                column[row] = record.value(offset)

    return Peer("table_per_row", encode(), encode, apply, _table(columns))


def _message_classes(fields: tuple[Field, ...]) -> tuple[Any, Any]:
    """(Rows { repeated Row }, Columns { repeated sint64 ... }) made at run time, upb underneath."""
    file = descriptor_pb2.FileDescriptorProto(name="bench_wire.proto", package="bench_wire", syntax="proto3")
    kinds = descriptor_pb2.FieldDescriptorProto
    row = file.message_type.add(name="Row")
    row.field.add(name="row", number=1, type=kinds.TYPE_UINT32, label=kinds.LABEL_OPTIONAL)
    columns = file.message_type.add(name="Columns")
    columns.field.add(name="row", number=1, type=kinds.TYPE_UINT32, label=kinds.LABEL_REPEATED)
    for number, field in enumerate(fields, 2):
        name = field.name.lower()
        row.field.add(name=name, number=number, type=kinds.TYPE_SINT64, label=kinds.LABEL_OPTIONAL)
        columns.field.add(name=name, number=number, type=kinds.TYPE_SINT64, label=kinds.LABEL_REPEATED)
    rows = file.message_type.add(name="Rows")
    rows.field.add(
        name="rows",
        number=1,
        type=kinds.TYPE_MESSAGE,
        type_name=".bench_wire.Row",
        label=kinds.LABEL_REPEATED,
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    names = ("bench_wire.Rows", "bench_wire.Columns")
    found = [message_factory.GetMessageClass(pool.FindMessageTypeByName(name)) for name in names]
    return found[0], found[1]


def _protobuf_rows(rows: NDArray[np.intp], fields: tuple[Field, ...], values: NDArray[np.int64]) -> Peer:
    rows_class, _ = _message_classes(fields)
    names = ("row", *(field.name.lower() for field in fields))
    records = [
        dict(zip(names, record, strict=True)) for record in zip(rows.tolist(), *values.tolist(), strict=True)
    ]

    def encode() -> bytes:
        message = rows_class()
        for record in records:
            message.rows.add(**record)
        return bytes(message.SerializeToString())

    columns = _lists(int(rows.max()) + 1)
    # Written out, as a person would: getattr by name would cost the peer a third more.
    body = "\n".join(f"        c{int(field)}[k] = r.{field.name.lower()}" for field in fields)
    source = f"def apply(data):\n    for r in parse(data).rows:\n        k = r.row\n{body}\n"
    scope: dict[str, Any] = {"parse": rows_class.FromString, **{f"c{n}": c for n, c in enumerate(columns)}}
    exec(source, scope)
    return Peer("protobuf_rows", encode(), encode, scope["apply"], _table(columns))


def _protobuf_columns(rows: NDArray[np.intp], fields: tuple[Field, ...], values: NDArray[np.int64]) -> Peer:
    _, columns_class = _message_classes(fields)
    names = [field.name.lower() for field in fields]

    def encode() -> bytes:
        message = columns_class()
        message.row.extend(rows.tolist())
        for name, column in zip(names, values, strict=True):
            getattr(message, name).extend(column.tolist())
        return bytes(message.SerializeToString())

    table = np.full((FIELD_COUNT, int(rows.max()) + 1), NULL, np.int64)

    def apply(data: bytes) -> None:
        message = columns_class.FromString(data)
        chosen = np.array(message.row, np.intp)
        for name, field in zip(names, fields, strict=True):
            table[field][chosen] = np.array(getattr(message, name), np.int64)

    return Peer("protobuf_columns", encode(), encode, apply, lambda: table)


def _msgspec(rows: NDArray[np.intp], fields: tuple[Field, ...], values: NDArray[np.int64]) -> Peer:
    import msgspec

    records = list(zip(rows.tolist(), *values.tolist(), strict=True))
    encoder = msgspec.msgpack.Encoder()
    decoder = msgspec.msgpack.Decoder(list[tuple.__class_getitem__((int,) * (len(fields) + 1))])  # type: ignore[misc]
    columns = _lists(int(rows.max()) + 1)
    body = "\n".join(f"        c{int(field)}[k] = r[{slot}]" for slot, field in enumerate(fields, 1))
    scope: dict[str, Any] = {"decode": decoder.decode, **{f"c{n}": c for n, c in enumerate(columns)}}
    exec(f"def apply(data):\n    for r in decode(data):\n        k = r[0]\n{body}\n", scope)
    return Peer(
        "msgspec_tuples",
        encoder.encode(records),
        lambda: encoder.encode(records),
        scope["apply"],
        _table(columns),
    )


PEER_NAMES: Final = ("table_per_row", "protobuf_rows", "protobuf_columns", "msgspec_tuples")
