"""The index: where every batch of the events lies, what times it spans, and its checksum.

It is written along with the events and only saves looking: `scan` finds the same from the events alone, batch
by batch, and finds the batches behind a damaged one as well.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from core.tape.format import EVENT_SCHEMA, INDEX, INDEX_SCHEMA
from core.tape.frames import BatchError, Buffer, FileBytes, FrameKind, decode_batch, frame_at, next_frame

_TIME: Final = 0  # column of EVENT_SCHEMA


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """Bytes [offset, offset + bytes) of the events. `damage` says why it cannot be read."""

    offset: int
    bytes: int
    first_ns: int
    last_ns: int
    events: int
    crc32: int
    damage: str = ""

    @property
    def end(self) -> int:
        return self.offset + self.bytes


@dataclass(frozen=True, slots=True)
class Scan:
    """What the events file holds from one byte on. `end` is where its last whole batch ends."""

    entries: tuple[BatchEntry, ...]
    end: int
    has_end_mark: bool


def index_columns(entries: Sequence[BatchEntry]) -> list[NDArray[Any]]:
    """In the order of `INDEX_SCHEMA`."""
    names = ("offset", "bytes", "first_ns", "last_ns", "events")
    columns: list[NDArray[Any]] = [np.array([getattr(e, name) for e in entries], np.int64) for name in names]
    return [*columns, np.array([each.crc32 for each in entries], np.uint32)]


def read_index(directory: Path) -> tuple[list[BatchEntry], str]:
    """Entries up to the first that cannot be read, and what is wrong with the file; empty: nothing."""
    path = directory / INDEX
    shown = f"{directory.name}/{INDEX}"
    entries: list[BatchEntry] = []
    try:
        with closing(FileBytes(path)) as data:
            frame = frame_at(data, 0)
            if frame.kind is not FrameKind.SCHEMA:
                return [], f"{shown}: does not begin as an index"
            while True:
                frame = frame_at(data, frame.end)
                if frame.kind is FrameKind.END or frame.offset == len(data):
                    return entries, ""
                if frame.kind is not FrameKind.BATCH:
                    return entries, f"{shown}: ends within an entry at byte {frame.offset:,}"
                _, columns = decode_batch(INDEX_SCHEMA, data[frame.offset : frame.end])
                entries += [BatchEntry(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]
    except BatchError as error:
        return entries, f"{shown}: damaged ({error})"
    except FileNotFoundError:
        return [], f"{shown}: missing"
    except OSError as error:
        return [], f"{shown}: cannot be read ({error.strerror})"


def scan(data: Buffer, offset: int) -> Scan:
    """Every batch of the events from `offset` on, decoded and checked."""
    entries: list[BatchEntry] = []
    while True:
        frame = frame_at(data, offset)
        if frame.kind is FrameKind.END:
            return Scan(tuple(entries), offset, True)
        # Damage may be in a length: then the next batch seems to begin within this one.
        found = None
        what = "its frame cannot be read"
        if frame.kind is FrameKind.BATCH:
            entry = _entry(data[offset : frame.end], offset)
            if entry.damage or frame_at(data, frame.end).kind is FrameKind.DAMAGED:
                found = next_frame(data, offset + 1)
            if found is None or (not entry.damage and found >= frame.end) or found == len(data):
                entries.append(entry)
                offset = frame.end
                continue
            what = entry.damage or what
        # The end of an interrupted recording, or is there a batch further on?
        found = found or next_frame(data, offset + 1)
        if found == len(data):
            return Scan(tuple(entries), offset, False)
        entries.append(BatchEntry(offset, found - offset, 0, 0, 0, 0, what))
        offset = found


def _entry(frame: bytes, offset: int) -> BatchEntry:
    crc = crc32(frame)
    try:
        _, columns = decode_batch(EVENT_SCHEMA, frame)
    except BatchError as error:
        return BatchEntry(offset, len(frame), 0, 0, 0, crc, str(error))
    time_ns = columns[_TIME]
    if not len(time_ns):
        return BatchEntry(offset, len(frame), 0, 0, 0, crc, "no events")
    return BatchEntry(offset, len(frame), int(time_ns[0]), int(time_ns[-1]), len(time_ns), crc)
