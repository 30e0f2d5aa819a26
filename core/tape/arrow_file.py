"""An Arrow IPC stream that is appended to, one whole batch at a time.

A batch is written in one go; when the disk refuses (full, too large, gone), what was written of it is cut off
again, so that the file ends with a whole batch in any case. A running sha256 saves reading it all again.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

from core import platform
from core.tape.frames import END_OF_STREAM, encode_batch, schema_bytes
from core.tape.manifest import TapeFile


class ArrowAppender:
    """Creates `path`. Every call may raise `OSError`; after one raised, nothing more is written."""

    def __init__(self, path: Path, schema: Any, compression: str = "zstd") -> None:
        self.batches = 0
        self.bytes = 0
        self._schema = schema
        self._compression = compression
        self._sha256 = hashlib.sha256()
        self._path = path
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, platform.PRIVATE_FILE)
        self._is_open = True
        self._write(schema_bytes(schema))

    def append(self, columns: Sequence[Any]) -> tuple[int, int, int]:
        """(offset, bytes, crc32) of the batch, which is with the system when this returns."""
        frame = encode_batch(self._schema, columns, self.batches, self._compression)
        offset = self.bytes
        self._write(frame)
        self.batches += 1
        return offset, len(frame), crc32(frame)

    def sync(self) -> None:
        """Return when it is on the disk."""
        os.fsync(self._handle)

    def finish(self) -> TapeFile:
        """Mark the end of the stream, see it to the disk and close."""
        self._write(END_OF_STREAM)
        self.sync()
        self.close()
        return TapeFile(self.bytes, self._sha256.hexdigest())

    def close(self) -> None:
        """Leave the file as it is."""
        if self._is_open:
            self._is_open = False
            os.close(self._handle)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._handle, view) :]
        except OSError:
            os.ftruncate(self._handle, self.bytes)
            raise
        self.bytes += len(data)
        self._sha256.update(data)
