"""Reads a tape, whatever ended its writer, and says what is missing.

Opening reads the manifest and the index and looks at the end of the events; no event is decoded unless the
index has to be made again. A batch is checked when it is read: what is damaged raises, naming file, batch and
byte, and the batches after it can still be read one by one.
"""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zlib import crc32

import numpy as np

from core.tape.format import EVENT_SCHEMA, EVENTS, TapeDamaged, TapeFormatError, TapeKind
from core.tape.frames import BatchError, FileBytes, FrameKind, decode_batch, frame_at, schema_bytes
from core.tape.index import BatchEntry, read_index, scan
from core.tape.keyframes import Keyframe, read_keyframes
from core.tape.manifest import Manifest, read_manifest
from core.tape.rows import TapeRows, rows_of


class TapeReader:
    """Open it with `with`. `notes` are what a person should know, one line each.

    `batches` are those that are there in whole, in order; `is_whole` is False when the writer did not come to
    its end or the end was cut off.
    """

    def __init__(self, directory: Path) -> None:
        """Raises `TapeFormatError` when this is no tape of ours, or its events cannot be read at all."""
        self.directory = directory
        self.manifest: Manifest = read_manifest(directory)
        self.notes: list[str] = []
        self.batches: tuple[BatchEntry, ...] = ()
        self.is_whole = False
        self._shown = f"{directory.name}/{EVENTS}"
        try:
            self._data = FileBytes(directory / EVENTS)
        except FileNotFoundError as error:
            raise TapeFormatError(f"{self._shown}: missing: restore it from a copy") from error
        except OSError as error:
            raise TapeFormatError(f"{self._shown}: cannot be read ({error.strerror})") from error
        try:
            self._look_over()
        except BaseException:
            self.close()
            raise

    # ---- life --------------------------------------------------------------------------------------------
    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Rows that were read stay valid."""
        self._data.close()

    # ---- what there is -----------------------------------------------------------------------------------
    @property
    def event_count(self) -> int:
        return sum(entry.events for entry in self.batches)

    @property
    def begin_ns(self) -> int:
        """0 without events."""
        return next((entry.first_ns for entry in self.batches if entry.events), 0)

    @property
    def end_ns(self) -> int:
        return next((entry.last_ns for entry in reversed(self.batches) if entry.events), 0)

    def read(self, number: int) -> TapeRows:
        """A batch. Raises `TapeDamaged`."""
        entry = self.batches[number]
        frame = self._data[entry.offset : entry.end]
        what = entry.damage
        if not what and crc32(frame) != entry.crc32:
            what = "crc32 differs from the index"
        if not what:
            try:
                _, columns = decode_batch(EVENT_SCHEMA, frame, is_checked=True)
            except BatchError as error:
                what = str(error)
            else:
                what = self._impossible(entry, columns)
        if what:
            raise TapeDamaged(self._shown, number, entry.offset, what)
        return rows_of(columns)

    def rows(self) -> Iterator[TapeRows]:
        """Every batch in order. Raises `TapeDamaged` at the first that cannot be read."""
        for number in range(len(self.batches)):
            yield self.read(number)

    def keyframes(self) -> tuple[list[Keyframe], str]:
        """Those that are there in whole, and what is wrong with the file; empty: nothing."""
        return read_keyframes(self.directory)

    def batch_at(self, time_ns: int) -> int:
        """The first batch that has an event at or after `time_ns`; their number when there is none."""
        for number, entry in enumerate(self.batches):
            if entry.events and entry.last_ns >= time_ns:
                return number
        return len(self.batches)

    # ---- looking it over ---------------------------------------------------------------------------------
    def _look_over(self) -> None:
        data = self._data
        size = len(data)
        begin = frame_at(data, 0)
        if begin.kind is FrameKind.CUT:
            self.notes.append(f"{self._shown}: cut off before its first batch")
            return
        if begin.kind is not FrameKind.SCHEMA or data[: begin.end] != schema_bytes(EVENT_SCHEMA):
            raise TapeFormatError(f"{self._shown}: does not begin as a tape's events: restore it from a copy")
        indexed, wrong = read_index(self.directory)
        entries = self._believable(indexed, begin.end)
        if wrong:
            self.notes.append(f"{wrong}: made again from the events")
        elif len(entries) < len(indexed):
            self.notes.append(f"{self._shown}: ends before batch {len(entries):,} of {len(indexed):,}")
        end = entries[-1].end if entries else begin.end
        rest = scan(data, end)
        self.batches = (*entries, *rest.entries)
        left = size - rest.end
        self.is_whole = self.manifest.is_complete and rest.has_end_mark
        self._note_end(left, rest.has_end_mark)

    def _note_end(self, left_bytes: int, has_end_mark: bool) -> None:
        if not has_end_mark:
            what = f"{left_bytes:,} bytes after the last whole batch are left out" if left_bytes else ""
            kind = "cut off" if self.manifest.is_complete else "interrupted recording"
            self.notes.append(f"{self._shown}: {kind}" + (f": {what}" if what else ""))
        elif not self.manifest.is_complete:
            self.notes.append(f"{self.directory.name}: all batches are there, but its end was not noted")

    def _believable(self, indexed: list[BatchEntry], begin: int) -> list[BatchEntry]:
        """The entries whose places follow each other and lie within the file, from the first on."""
        kept: list[BatchEntry] = []
        size = len(self._data)
        for entry in indexed:
            if entry.offset != begin or entry.bytes <= 0 or entry.end > size or entry.events <= 0:
                break
            kept.append(entry)
            begin = entry.end
        return kept

    def _impossible(self, entry: BatchEntry, columns: list[Any]) -> str:
        """What a batch with the right checksum still cannot be; empty: nothing."""
        time_ns, kind, instrument = columns[:3]
        if len(time_ns) != entry.events or not len(time_ns):
            return f"{len(time_ns):,} events, the index says {entry.events:,}"
        if int(kind.max()) > max(TapeKind):
            return f"event kind {int(kind.max())} is not known to this build"
        is_gap = kind == TapeKind.GAP
        limit = np.where(is_gap, len(self.manifest.exchanges), len(self.manifest.instruments))
        if (instrument >= limit).any():
            return "an instrument that the manifest does not name"
        return ""
