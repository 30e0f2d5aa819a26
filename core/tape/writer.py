"""Writes a tape, batch by batch, such that it can be read to its last whole batch at any moment.

Order of writing: the manifest names an instrument before an event refers to it, a batch goes to the events
before the index tells of it. Nothing is held back between two calls. Times never go back; the caller sees to
that. A writer that failed once writes nothing more.
"""

import errno
import hashlib
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core import platform
from core.market.fields import FIELD_COUNT
from core.tape.arrow_file import ArrowAppender
from core.tape.format import (
    BATCH_EVENTS_MAX,
    EVENT_SCHEMA,
    EVENTS,
    INDEX,
    INDEX_SCHEMA,
    KEYFRAMES,
    SUFFIX,
)
from core.tape.index import BatchEntry, index_columns
from core.tape.keyframes import KEYFRAME_SCHEMA, keyframe_columns
from core.tape.manifest import Manifest, TapeFile, write_manifest
from core.tape.rows import TapeRows, add_counts, columns_of

_PART: Final = ".part"
_HASH_STEP_BYTES: Final = 1 << 20


class TapeWriter:
    """Makes `directory`, or nothing, and writes into it. Raises `OSError`: disk full, name taken."""

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self.directory = directory
        self.manifest = replace(manifest, is_complete=False, files={}, begin_ns=0, end_ns=0, events={})
        self.counts: dict[str, int] = {}
        self.event_count = 0
        self.begin_ns = 0
        self.last_ns = -1
        self._entries: list[BatchEntry] = []
        directory.mkdir(mode=platform.PRIVATE_DIRECTORY)
        with ExitStack() as opened:
            opened.callback(shutil.rmtree, directory, ignore_errors=True)
            write_manifest(directory, self.manifest)
            self._events = ArrowAppender(directory / EVENTS, EVENT_SCHEMA)
            opened.callback(self._events.close)
            self._index = ArrowAppender(directory / INDEX, INDEX_SCHEMA)
            opened.callback(self._index.close)
            self._keyframes = ArrowAppender(directory / KEYFRAMES, KEYFRAME_SCHEMA)
            opened.pop_all()

    @property
    def bytes(self) -> int:
        """Written so far, of the large files."""
        return self._events.bytes + self._keyframes.bytes + self._index.bytes

    def define(self, manifest: Manifest) -> None:
        """Replace what the manifest says (instruments are only appended)."""
        assert manifest.instruments[: len(self.manifest.instruments)] == self.manifest.instruments
        write_manifest(self.directory, manifest)
        self.manifest = manifest

    def append(self, rows: TapeRows) -> None:
        """Write rows, at most `BATCH_EVENTS_MAX` a batch; all of them are with the system afterwards."""
        for first in range(0, len(rows), BATCH_EVENTS_MAX):
            part = rows.take(slice(first, first + BATCH_EVENTS_MAX))
            assert part.is_ordered
            assert int(part.time_ns[0]) >= self.last_ns, "time went back"
            begin_ns, last_ns = int(part.time_ns[0]), int(part.time_ns[-1])
            offset, byte_count, crc = self._events.append(columns_of(part))
            entry = BatchEntry(offset, byte_count, begin_ns, last_ns, len(part), crc)
            self._index.append(index_columns([entry]))
            self._entries.append(entry)
            self.begin_ns = self.begin_ns if self.event_count else begin_ns
            self.last_ns = last_ns
            self.event_count += len(part)
            add_counts(self.counts, part.counts())

    def add_keyframe(
        self, time_ns: int, events: int, instrument: NDArray[np.integer], values: NDArray[np.int64]
    ) -> None:
        """The quote table after the first `events` rows of the tape, all up to `time_ns`, it included.

        `values` has shape (FIELD_COUNT, instruments).
        """
        assert values.shape == (FIELD_COUNT, len(instrument))
        if len(instrument):
            self._keyframes.append(keyframe_columns(time_ns, events, instrument, values))

    def sync(self) -> None:
        """Return when everything is on the disk."""
        for each in (self._events, self._index, self._keyframes):
            each.sync()

    def complete(self) -> Manifest:
        """End every file, note their checksums, and say that the tape is whole."""
        files = {
            EVENTS: self._events.finish(),
            KEYFRAMES: self._keyframes.finish(),
            INDEX: self._whole_index(),
        }
        manifest = replace(
            self.manifest,
            is_complete=True,
            begin_ns=self.begin_ns,
            end_ns=max(self.last_ns, 0),
            events=dict(self.counts),
            files=files,
            batches=len(self._entries),
        )
        write_manifest(self.directory, manifest)
        self.manifest = manifest
        return manifest

    def _whole_index(self) -> TapeFile:
        """Replace the index of many small batches by one, which is read a hundred times faster."""
        self._index.close()
        path = self.directory / INDEX
        beside = path.with_name(f".{INDEX}")
        whole = ArrowAppender(beside, INDEX_SCHEMA)
        try:
            whole.append(index_columns(self._entries))
            digest = whole.finish()
            beside.replace(path)
        except OSError:
            whole.close()
            beside.unlink(missing_ok=True)
            raise
        return digest

    def close(self) -> None:
        """Leave everything as it is: what is there stays readable."""
        for each in (self._events, self._index, self._keyframes):
            each.close()

    def note_stop(self, why: str) -> None:
        """Say in the manifest why the recording ended early. Raises `OSError`."""
        self.manifest = replace(self.manifest, stopped=why)
        write_manifest(self.directory, self.manifest)


def write_whole(directory: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make a tape beside `directory`, then give it its name: all of it or nothing appears.

    Raises `FileExistsError` when the name is taken.
    """
    if directory.exists():
        raise FileExistsError(errno.EEXIST, "there is a tape of that name", str(directory))
    directory.parent.mkdir(parents=True, exist_ok=True, mode=platform.PRIVATE_DIRECTORY)
    beside = directory.with_name(f".{directory.name}.{token_hex(4)}{_PART}")
    try:
        write(beside)
        # A directory is replaced only if it is empty: two imports of one name cannot mix.
        beside.rename(directory)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def file_sha256(path: Path) -> str:
    """Raises `OSError`."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_STEP_BYTES):
            found.update(block)
    return found.hexdigest()


def tape_directory(parent: Path, name: str) -> Path:
    """Where the tape `name` lies."""
    return parent / (name if name.endswith(SUFFIX) else f"{name}{SUFFIX}")
