"""A DBN file (versions 1 to 3, plain or zstd) as blocks of records, grouped by type, in one pass.

A block is some megabytes whatever the file's size. Records that are cut off, impossibly short or of another
version are refused with their number; nothing after such a record is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import databento_dbn
import numpy as np
from numpy.typing import NDArray

from core.backtest.importing.refused import ImportRefused
from core.backtest.importing.steady_file import Unpacked
from core.market.dbn_layout import RECORD_BYTES_MIN

DBN_MAGIC: Final = b"DBN"
VERSION_MAX: Final = 3
BLOCK_BYTES: Final = 2 << 20  # of records; larger ones leave the processor's caches
HEADER_BYTES_MAX: Final = 64 << 20
DEFINITION: Final = 0x13
MAPPING: Final = 0x16
SHORTEST: Final = {DEFINITION: (360, 400, 520), MAPPING: (80, 176, 176)}  # bytes by version
TS_OUT_BYTES: Final = 8  # the gateway's time, behind every record of a file that says so
_WORD: Final = 8

U8 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Run:
    """Records of one type and length. `data` is one row a record, `number` counts from 0 in the file."""

    rtype: int
    data: U8  # shape (records, length)
    number: NDArray[np.int64]

    def view(self, layout: np.dtype[np.void], file: Path) -> NDArray[np.void]:
        """The records laid out. Raises `ImportRefused` when they are shorter than their type."""
        length = self.data.shape[1]
        if length < layout.itemsize:
            raise ImportRefused(
                file,
                f"has {length} bytes, its type {self.rtype:#04x} has {layout.itemsize}: "
                "the file is damaged, get it again",
                int(self.number[0]),
            )
        if length == layout.itemsize:
            return self.data.view(layout)[:, 0]
        return np.ascontiguousarray(self.data[:, : layout.itemsize]).view(layout)[:, 0]


class DbnStream:
    """An opened file; `metadata` is databento_dbn's. Raises `ImportRefused`, `OSError`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = Unpacked(path)
        try:
            self.version, self.metadata = self._header()
        except BaseException:
            self.close()
            raise
        self.records = 0  # handed on so far

    @property
    def offset(self) -> int:
        """Bytes of the packed file read so far."""
        return self._file.offset

    def close(self) -> None:
        self._file.close()

    def runs(self) -> Iterator[Run]:
        """Every record, once; those of one type in the order of the file."""
        rest = b""
        for block in self._file.blocks(BLOCK_BYTES):
            data = np.frombuffer(rest + block if rest else block, np.uint8)
            used, runs = self._split(data)
            yield from runs
            rest = data[used:].tobytes()
        if rest:
            length = rest[0] * 4
            raise ImportRefused(
                self._path,
                f"cut off ({len(rest)} of {length} bytes): the file is incomplete, get it again",
                self.records,
            )

    def decoded(self, run: Run) -> list[Any]:
        """Records of a rare type through databento_dbn, which knows the versions.

        Its panic over a record that is too short for its type is none that can be caught: looked at before.
        """
        least = SHORTEST[run.rtype][self.version - 1] + (TS_OUT_BYTES if self.metadata.ts_out else 0)
        if run.data.shape[1] < least:
            raise ImportRefused(
                self._path,
                f"has {run.data.shape[1]} bytes, its type {run.rtype:#04x} has {least}: "
                "the file is damaged, get it again",
                int(run.number[0]),
            )
        decoder = databento_dbn.DBNDecoder(
            has_metadata=False, ts_out=bool(self.metadata.ts_out), input_version=self.version
        )
        try:
            decoder.write(run.data.tobytes())
            records = decoder.decode()
        except databento_dbn.DBNError as error:
            said = f"cannot be read ({error}): get the file again"
            raise ImportRefused(self._path, said, int(run.number[0])) from error
        if len(records) != len(run.number):
            said = "has an impossible length: the file is damaged, get it again"
            raise ImportRefused(self._path, said, int(run.number[0]))
        return list(records)

    def _header(self) -> tuple[int, Any]:
        head = self._read_exactly(8)
        if not head:
            raise ImportRefused(self._path, "empty: give a file with market data")
        if head[:3] != DBN_MAGIC:
            raise ImportRefused(
                self._path, f"not DBN (begins with {head[:4]!r}): give a .dbn or .dbn.zst file"
            )
        length = int.from_bytes(head[4:8], "little")
        if len(head) < 8 or length > HEADER_BYTES_MAX or not 1 <= head[3] <= VERSION_MAX:
            if len(head) == 8 and not 1 <= head[3] <= VERSION_MAX:
                said = f"DBN version {head[3]}, this reads 1 to {VERSION_MAX}: convert the file"
            else:
                said = "its header is cut off or damaged: get the file again"
            raise ImportRefused(self._path, said)
        body = self._read_exactly(length)
        if len(body) < length:
            raise ImportRefused(self._path, "cut off in its header: get the file again")
        try:
            return head[3], databento_dbn.Metadata.decode(head + body)
        except (databento_dbn.DBNError, ValueError) as error:
            raise ImportRefused(
                self._path, f"its header cannot be read ({error}): get the file again"
            ) from error

    def _read_exactly(self, count: int) -> bytes:
        parts: list[bytes] = []
        while count and (part := self._file.read(count)):
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _split(self, data: U8) -> tuple[int, list[Run]]:
        """(bytes of whole records, their runs)."""
        if len(data) < 2:
            return 0, []
        length = int(data[0]) * 4
        count = len(data) // length if length >= RECORD_BYTES_MIN else 0
        if count:
            rows = data[: count * length].reshape(count, length)
            heads = rows[:, :2].copy().view(np.uint16)[:, 0]
            if (heads == heads[0]).all():  # a file of one schema: nothing is copied
                return count * length, [Run(int(data[1]), rows, self._numbers(count))]
        return self._walk(data)

    def _walk(self, data: U8) -> tuple[int, list[Run]]:
        """Records of several types: found one after the other, gathered by type."""
        raw = data.tobytes()
        offsets: list[int] = []
        offset, end = 0, len(raw)
        while offset < end:
            length = raw[offset] * 4
            if length < RECORD_BYTES_MIN:
                said = f"claims a length of {length} bytes: the file is damaged, get it again"
                raise ImportRefused(self._path, said, self.records + len(offsets))
            if offset + length > end:
                break
            offsets.append(offset)
            offset += length
        at = np.array(offsets, np.int64)
        number = self._numbers(len(at))
        if not len(at):
            return offset, []
        kinds = data[at].astype(np.uint16) << 8 | data[at + 1]
        return offset, [
            Run(
                int(kind) & 255, _gather(data, at[kinds == kind], (int(kind) >> 8) * 4), number[kinds == kind]
            )
            for kind in np.unique(kinds)
        ]

    def _numbers(self, count: int) -> NDArray[np.int64]:
        first = self.records
        self.records += count
        return np.arange(first, first + count)


def _gather(data: U8, at: NDArray[np.int64], length: int) -> U8:
    """Rows of `length` bytes at the offsets `at`; by words of 8 bytes where they lie so."""
    if length % _WORD == 0 and not (at % _WORD).any():
        words = data[: len(data) // _WORD * _WORD].view(np.uint64)
        gathered: U8 = words[(at // _WORD)[:, None] + np.arange(length // _WORD)].view(np.uint8)
    else:
        gathered = data[at[:, None] + np.arange(length)]
    return gathered
