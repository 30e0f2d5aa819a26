"""Arrow IPC streams by their frames: where each message begins and ends, without trusting any length.

A frame is `ff ff ff ff`, the length of its metadata, the metadata (a FlatBuffers `Message`), the body. Every
record batch here carries its number and a crc32 of its columns, so a batch can be checked on its own, also
after what stood before it was lost.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

CONTINUATION: Final = b"\xff\xff\xff\xff"
END_OF_STREAM: Final = CONTINUATION + b"\0\0\0\0"
ALIGNMENT: Final = 8
METADATA_BYTES_MAX: Final = 1 << 20
FRAME_BYTES_MAX: Final = 256 << 20

_SCHEMA_TYPE, _BATCH_TYPE = 1, 3
_U32: Final = struct.Struct("<I")
_I32: Final = struct.Struct("<i")
_U16: Final = struct.Struct("<H")
_I64: Final = struct.Struct("<q")
_NUMBER: Final = b"batch"
_CRC: Final = b"crc32"

_READ_STEP: Final = 1 << 20


class FileBytes:
    """A file as far as it went when opened, read piece by piece: it may grow or shrink meanwhile."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError`."""
        self._file = path.open("rb", buffering=0)
        self._size = self._file.seek(0, 2)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, span: slice) -> bytes:
        begin, end, _ = span.indices(self._size)
        self._file.seek(begin)
        parts = []
        while begin < end:
            part = self._file.read(end - begin)
            if not part:
                break
            parts.append(part)
            begin += len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def find(self, sought: bytes, offset: int) -> int:
        """Where `sought` first is at or after `offset`; -1: nowhere."""
        while offset < self._size:
            found = self[offset : offset + _READ_STEP].find(sought)
            if found >= 0:
                return offset + found
            offset += _READ_STEP - len(sought) + 1
        return -1

    def close(self) -> None:
        self._file.close()


Buffer = bytes | FileBytes


class FrameKind(Enum):
    SCHEMA = 1
    BATCH = 2
    END = 3  # the end-of-stream mark
    CUT = 4  # the file ends within the frame, or right before it
    DAMAGED = 5  # these bytes begin no frame


@dataclass(frozen=True, slots=True)
class Frame:
    """Bytes [offset, end) of the file."""

    kind: FrameKind
    offset: int
    end: int


class BatchError(ValueError):
    """The bytes of a frame do not give the batch that was written."""


def frame_at(data: Buffer, offset: int) -> Frame:
    """The frame that begins at `offset`."""
    size = len(data)
    left = size - offset
    head = data[offset : offset + 8]
    if not CONTINUATION.startswith(head[:4]):
        return Frame(FrameKind.DAMAGED, offset, offset)
    if left < 8:
        return Frame(FrameKind.CUT, offset, size)
    (length,) = _U32.unpack_from(head, 4)
    if length == 0:
        return Frame(FrameKind.END, offset, offset + 8)
    if length > METADATA_BYTES_MAX or length % ALIGNMENT:
        return Frame(FrameKind.DAMAGED, offset, offset)
    if left < 8 + length:
        return Frame(FrameKind.CUT, offset, size)
    found = _message(data[offset + 8 : offset + 8 + length])
    if found is None:
        return Frame(FrameKind.DAMAGED, offset, offset)
    kind, body_bytes = found
    end = offset + 8 + length + body_bytes
    if end > size:
        return Frame(FrameKind.CUT, offset, size)
    return Frame(kind, offset, end)


def next_frame(data: Buffer, offset: int) -> int:
    """The next place at or after `offset` where a whole record batch seems to begin; the size if none."""
    size = len(data)
    at = data.find(CONTINUATION, offset)
    while at >= 0:
        kind = frame_at(data, at).kind if at % ALIGNMENT == 0 else FrameKind.DAMAGED
        if kind is FrameKind.BATCH or (kind is FrameKind.END and at + len(END_OF_STREAM) == size):
            return at
        at = data.find(CONTINUATION, at + 1)
    return size


def _message(metadata: bytes) -> tuple[FrameKind, int] | None:
    """Kind and body length of a `Message`; None when it is none of ours."""
    try:
        (root,) = _U32.unpack_from(metadata)
        (back,) = _I32.unpack_from(metadata, root)
        vtable = root - back
        if vtable < 0:
            return None
        (vtable_bytes,) = _U16.unpack_from(metadata, vtable)
        slots = metadata[vtable + 4 : vtable + vtable_bytes].ljust(8, b"\0")  # the last ones may be left out
        _, header_type, _, body = struct.unpack_from("<4H", slots)
        kind_number = metadata[root + header_type] if header_type else 0
        body_bytes = _I64.unpack_from(metadata, root + body)[0] if body else 0
    except (struct.error, IndexError):
        return None
    kind = {_SCHEMA_TYPE: FrameKind.SCHEMA, _BATCH_TYPE: FrameKind.BATCH}.get(kind_number)
    if kind is None or not 0 <= body_bytes <= FRAME_BYTES_MAX or body_bytes % ALIGNMENT:
        return None
    return kind, body_bytes


# ---- batches -----------------------------------------------------------------------------------------
def schema_bytes(schema: Any) -> bytes:
    """The frame that a stream of this schema begins with."""
    return bytes(schema.serialize().to_pybytes())


def encode_batch(schema: Any, columns: Sequence[Any], number: int, compression: str = "zstd") -> bytes:
    """The frame of one record batch, with its number and the crc32 of its columns."""
    marks = {_NUMBER: b"%d" % number, _CRC: b"%d" % _columns_crc(columns)}
    arrays = [_array(kind.type, column) for kind, column in zip(schema, columns, strict=True)]
    batch = pa.record_batch(arrays, schema=schema)
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    writer = pa.ipc.new_stream(sink, schema, options=options)
    writer.write_batch(batch, custom_metadata=marks)
    written = sink.getvalue().to_pybytes()
    return bytes(written[len(schema_bytes(schema)) :])


def _array(kind: Any, column: NDArray[Any]) -> Any:
    """A view of the column. `pa.array` would do, but imports pandas where there is one: a second of CPU."""
    assert kind.to_pandas_dtype() == column.dtype
    return pa.Array.from_buffers(kind, len(column), [None, pa.py_buffer(np.ascontiguousarray(column))])


def decode_batch(schema: Any, frame: bytes, *, is_checked: bool = False) -> tuple[int, list[Any]]:
    """(number, columns) of a frame. Raises `BatchError`; `is_checked`: a crc32 of the frame was right."""
    source = pa.BufferReader(schema_bytes(schema) + frame)
    try:
        read = pa.ipc.open_stream(source).read_next_batch_with_custom_metadata()
        read.batch.validate(full=True)
        columns = [_column(column) for column in read.batch.columns]
        marks = read.custom_metadata or {}
        number, told = int(marks[_NUMBER]), int(marks[_CRC])
    except (pa.ArrowException, OSError, StopIteration, KeyError, ValueError, MemoryError) as error:
        said = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise BatchError(said) from error
    if not is_checked and _columns_crc(columns) != told:
        raise BatchError("crc32 of its columns differs")
    return number, columns


def _column(array: Any) -> NDArray[Any]:
    """A view of the array. `to_numpy` imports pandas as well."""
    if array.null_count:
        raise BatchError("a column has nulls")
    found: NDArray[Any] = np.frombuffer(array.buffers()[1], array.type.to_pandas_dtype())
    return found[array.offset : array.offset + len(array)]


def _columns_crc(columns: Sequence[Any]) -> int:
    found = 0
    for column in columns:
        found = crc32(np.ascontiguousarray(column).data.cast("B"), found)
    return found
