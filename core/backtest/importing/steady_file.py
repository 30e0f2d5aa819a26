"""A file that is read on after a passing failure of the disk or the network it lies on.

Reading is tried again with growing waits, from the place reached; what does not pass is raised. Unpacking of
zstd and gzip is bounded: no more than is asked for is held, however well a file was packed.
"""

import errno
import hashlib
import io
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

import pyarrow as pa

from core.backoff import Backoff
from core.backtest.importing.refused import ImportRefused

ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
GZIP_MAGIC: Final = b"\x1f\x8b"
TRIES_MAX: Final = 6
BACKOFF: Final = Backoff(first_ms=50, max_ms=2_000)
HASH_STEP_BYTES: Final = 1 << 20
# What a network drive or a busy disk says while it comes back; a full disk is not among them.
PASSING: Final = frozenset(
    {errno.EIO, errno.EAGAIN, errno.EINTR, errno.EBUSY, errno.ETIMEDOUT, errno.ESTALE, errno.ENETDOWN,
     errno.ENETUNREACH, errno.ECONNRESET, errno.EHOSTDOWN, errno.EHOSTUNREACH}
)  # fmt: skip

Outcome = TypeVar("Outcome")


def steadily(work: Callable[[], Outcome], sleep: Callable[[float], None] = time.sleep) -> Outcome:
    """`work()`, tried again while it fails in passing. Raises the last `OSError`."""
    random = Random(0)
    for attempt in range(TRIES_MAX):
        try:
            return work()
        except OSError as error:
            if error.errno not in PASSING or attempt == TRIES_MAX - 1:
                raise
            sleep(BACKOFF.delay_ms(attempt, random) / 1_000)
    raise AssertionError("the last try returns or raises")


class SteadyFile(io.RawIOBase):
    """Bytes of a file from its begin on; every read may wait and try again. Raises `OSError`."""

    def __init__(self, path: Path, sleep: Callable[[float], None] = time.sleep) -> None:
        self._path, self._sleep = path, sleep
        self._handle: int | None = None
        self.offset = 0  # bytes read so far

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = steadily(lambda: self._at_offset(len(view)), self._sleep)
        view[: len(data)] = data
        self.offset += len(data)
        return len(data)

    def close(self) -> None:
        self._let_go()
        super().close()

    def _at_offset(self, count: int) -> bytes:
        try:
            if self._handle is None:
                self._handle = os.open(self._path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
                os.lseek(self._handle, self.offset, os.SEEK_SET)
            return os.read(self._handle, count)
        except OSError:
            self._let_go()  # a handle of a drive that was away stays bad
            raise

    def _let_go(self) -> None:
        if self._handle is not None:
            handle, self._handle = self._handle, None
            os.close(handle)


class Unpacked:
    """The plain bytes of a file. `offset` is how far the packed file has been read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = SteadyFile(path)
        kind = {ZSTD_MAGIC: "zstd"}.get(head := first_bytes(path, 4)) or (
            "gzip" if head[:2] == GZIP_MAGIC else None
        )
        plain = pa.PythonFile(self._file, mode="r")
        self._stream = plain if kind is None else pa.CompressedInputStream(plain, kind)

    @property
    def offset(self) -> int:
        return self._file.offset

    def read(self, count: int) -> bytes:
        """Up to `count` bytes, none at the end. Raises `ImportRefused` for a damaged or cut-off file."""
        try:
            data: bytes = self._stream.read(count)
        except OSError as error:
            if error.errno:
                raise
            said = str(error).splitlines()[0]
            if "Truncated" in said:
                said = f"cut off after {self.offset:,} bytes (its last frame is not ended)"
            else:
                said = f"damaged near byte {self.offset:,} ({said})"
            raise ImportRefused(self._path, f"{said}: get the file again") from error
        return data

    def blocks(self, count: int) -> Iterator[bytes]:
        """All of it, `count` bytes at a time; the next block is unpacked while this one is used."""
        with ThreadPoolExecutor(1, "unpack") as ahead:
            coming = ahead.submit(self.read, count)
            while block := coming.result():
                coming = ahead.submit(self.read, count)
                yield block

    def close(self) -> None:
        self._stream.close()
        self._file.close()

    def __enter__(self) -> "Unpacked":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def first_bytes(path: Path, count: int) -> bytes:
    """The begin of a file. Raises `OSError`."""
    with SteadyFile(path) as file:
        return file.read(count) or b""


def sha256_of(path: Path, told: Callable[[int], None] = lambda _: None) -> str:
    """Hash of a file; `told` gets the number of bytes of every step. Raises `OSError`."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(HASH_STEP_BYTES))
    with SteadyFile(path) as file:
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
            told(count)
    return digest.hexdigest()
