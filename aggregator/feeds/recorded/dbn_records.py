"""How records are found in the bytes of a DBN file, grouped by type and length.

Raises `TapeError` where a length cannot be or a record is cut off; the layouts are core/market/dbn_layout.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.recorded.tape import TapeError
from core.market.dbn_layout import RECORD_BYTES_MIN


@dataclass(frozen=True, slots=True)
class RecordRun:
    """Records of one type and length: byte offsets and record numbers, ascending."""

    rtype: int
    length: int
    offsets: NDArray[np.int64]
    numbers: NDArray[np.int64]

    def view(self, data: NDArray[np.uint8], layout: np.dtype[np.void], file: str) -> NDArray[np.void]:
        """The records laid out. Raises `TapeError` when they are shorter than their type."""
        if self.length < layout.itemsize:
            raise TapeError(
                f"{file}: record {self.numbers[0]:,} at byte {self.offsets[0]:,} has {self.length} bytes, "
                f"its type {self.rtype:#04x} has {layout.itemsize}: the file is damaged, get it again"
            )
        step = layout.itemsize
        first, count = int(self.offsets[0]), len(self.offsets)
        if count == 1 or (np.diff(self.offsets) == self.length).all():
            rows = data[first : first + count * self.length].reshape(count, self.length)[:, :step]
        else:
            rows = data[self.offsets[:, None] + np.arange(step)]
        return np.ascontiguousarray(rows).view(layout)[:, 0]


def find_records(data: NDArray[np.uint8], begin: int, file: str) -> list[RecordRun]:
    """All records from byte `begin` on, grouped by type and length, in order of first appearance.

    Raises `TapeError` for a length that cannot be and for a record that is cut off.
    """
    uniform = _uniform_run(data, begin)
    if uniform is not None:
        return [uniform]
    found: dict[tuple[int, int], list[int]] = {}
    numbers: dict[tuple[int, int], list[int]] = {}
    for number, (offset, length, rtype) in enumerate(_walk(data, begin, file)):
        found.setdefault((rtype, length), []).append(offset)
        numbers.setdefault((rtype, length), []).append(number)
    return [
        RecordRun(rtype, length, np.array(offsets, np.int64), np.array(numbers[rtype, length], np.int64))
        for (rtype, length), offsets in found.items()
    ]


def _uniform_run(data: NDArray[np.uint8], begin: int) -> RecordRun | None:
    """The run when every record has the first one's length and type, which whole-schema files do."""
    left = len(data) - begin
    if left < RECORD_BYTES_MIN:
        return None
    length, rtype = int(data[begin]) * 4, int(data[begin + 1])
    if length < RECORD_BYTES_MIN or left % length:
        return None
    heads = data[begin:].reshape(-1, length)[:, :2]
    if (heads != heads[0]).any():
        return None
    count = left // length
    return RecordRun(rtype, length, begin + length * np.arange(count, dtype=np.int64), np.arange(count))


def _walk(data: NDArray[np.uint8], begin: int, file: str) -> Iterator[tuple[int, int, int]]:
    raw = data.tobytes()
    offset, end, number = begin, len(raw), 0
    while offset < end:
        length = raw[offset] * 4
        if length < RECORD_BYTES_MIN:
            raise TapeError(
                f"{file}: record {number:,} at byte {offset:,} claims a length of {length} bytes: "
                "the file is damaged, get it again"
            )
        if offset + length > end:
            raise TapeError(
                f"{file}: record {number:,} at byte {offset:,} is cut off "
                f"({end - offset} of {length} bytes): the file is incomplete, get it again"
            )
        yield offset, length, raw[offset + 1]
        offset += length
        number += 1
