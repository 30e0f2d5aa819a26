"""An append-only log of events of many instruments, as int64 columns, to find those of one in fast.

Written in chunks. A full chunk is sorted by row, events of one row as they came, so that those of a row are a
slice of it: one chunk, a millisecond, at a `tidy`, or when it is read before its turn came. Bounded: the
oldest chunk is handed to `on_evicted` and forgotten. No Python runs per event.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.trades import I64

CHUNK_EVENTS: Final = 65_536
_ROW_16_MAX: Final = 65_535

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class SealedChunk:
    """Events sorted by row; `data` has shape (columns, events), `places` says where each was in the chunk."""

    begin: int  # number of its first event since the log began
    rows: NDArray[np.int32]
    places: NDArray[np.uint32]
    data: I64

    def span(self, row: int) -> slice:
        first, stop = np.searchsorted(self.rows, (row, row + 1)).tolist()
        return slice(first, stop)


@dataclass(frozen=True, slots=True)
class _FullChunk:
    """As the events came."""

    begin: int
    rows: NDArray[np.int32]
    data: I64


class RowLog:
    """`position` counts every event ever appended; `since` takes one that was read before."""

    def __init__(
        self,
        columns: int,
        chunks_max: int,
        on_evicted: Callable[[SealedChunk], None],
        chunk_events: int = CHUNK_EVENTS,
    ) -> None:
        self._columns = columns
        self._chunks_max = chunks_max
        self._on_evicted = on_evicted
        self._chunk_events = chunk_events
        self._full: list[SealedChunk | _FullChunk] = []
        self.evicted = 0  # events, since it was cleared
        self._begin = 0  # position of the open chunk
        self._count = 0  # events in the open chunk
        self._rows = np.zeros(0, np.int32)
        self._data = np.zeros((columns, 0), np.int64)

    @property
    def position(self) -> int:
        return self._begin + self._count

    def __len__(self) -> int:
        """Events that are kept."""
        return self.position - (self._full[0].begin if self._full else self._begin)

    def append(self, rows: Rows, *columns: NDArray[np.integer]) -> None:
        """Events in order of arrival, as equal-length columns; copied."""
        done, count = 0, rows.shape[0]
        while done < count:
            if self._count == self._rows.shape[0]:
                self._make_room(count - done)
            taken = min(count - done, self._rows.shape[0] - self._count)
            place = slice(self._count, self._count + taken)
            self._rows[place] = rows[done : done + taken]
            for number, column in enumerate(columns):
                self._data[number, place] = column[done : done + taken]
            self._count += taken
            done += taken

    def events(self, row: int) -> I64:
        """Everything kept of a row, shape (columns, events), in order of arrival. May be views."""
        parts = [chunk.data[:, chunk.span(row)] for chunk in self._sealed_after(0)]
        parts.append(self._open_events(row, 0))
        return _joined(parts)

    def since(self, row: int, position: int) -> I64:
        """What came of a row at `position` and after."""
        if position >= self._begin:
            return self._open_events(row, position - self._begin)
        parts = []
        for chunk in self._sealed_after(position):
            span = chunk.span(row)
            later = chunk.places[span] >= max(0, position - chunk.begin)
            parts.append(chunk.data[:, span][:, later])
        parts.append(self._open_events(row, 0))
        return _joined(parts)

    def change(self, row: int, change: Callable[[I64], None]) -> None:
        """Let `change` write to the kept events of a row: an array of shape (columns, events) at a time."""
        for chunk in self._sealed_after(0):
            change(chunk.data[:, chunk.span(row)])
        mine = np.flatnonzero(self._rows[: self._count] == row)
        events = self._data[:, mine]
        change(events)
        self._data[:, mine] = events

    def tidy(self) -> None:
        """Sort one full chunk: who reads a long log first would wait 50 ms for all of them."""
        for number in range(len(self._full) - 1, -1, -1):
            chunk = self._full[number]
            if isinstance(chunk, _FullChunk):
                self._full[number] = _sealed(chunk)
                return

    def clear(self) -> None:
        """Forget everything; positions go on."""
        self._begin += self._count
        self._full.clear()
        self._count = self.evicted = 0

    # ---- chunks ------------------------------------------------------------------------------------------
    def _open_events(self, row: int, first: int) -> I64:
        mine = np.flatnonzero(self._rows[first : self._count] == row)
        return self._data[:, mine + first]

    def _make_room(self, wanted: int) -> None:
        """Grow the open chunk; a full one is sealed. A quiet scope keeps little."""
        if self._count < self._chunk_events:
            size = min(self._chunk_events, max(1_024, 4 * self._count, wanted))
            rows, data = np.zeros(size, np.int32), np.zeros((self._columns, size), np.int64)
            rows[: self._count], data[:, : self._count] = self._rows, self._data
            self._rows, self._data = rows, data
            return
        self._full.append(_FullChunk(self._begin, self._rows, self._data))
        self._begin += self._count
        self._count = 0
        self._rows, self._data = np.empty_like(self._rows), np.empty_like(self._data)
        if len(self._full) >= self._chunks_max:
            self.evicted += self._chunk_events
            self._on_evicted(_sealed(self._full.pop(0)))

    def _sealed_after(self, position: int) -> Iterator[SealedChunk]:
        """Full chunks with events at `position` or after, sorted."""
        for number, chunk in enumerate(self._full):
            if chunk.begin + self._chunk_events > position:
                sealed = self._full[number] = _sealed(chunk)
                yield sealed


def _sealed(chunk: "SealedChunk | _FullChunk") -> SealedChunk:
    if isinstance(chunk, SealedChunk):
        return chunk
    rows = chunk.rows
    # 16 bits are sorted by radix, ten times as fast.
    keys = rows.astype(np.uint16) if int(rows.max()) <= _ROW_16_MAX else rows
    places = np.argsort(keys, kind="stable")
    return SealedChunk(chunk.begin, rows[places], places.astype(np.uint32), chunk.data.take(places, axis=1))


def _joined(parts: list[I64]) -> I64:
    kept = [part for part in parts if part.shape[1]]
    if len(kept) == 1:
        return kept[0]
    return np.concatenate(kept, axis=1) if kept else parts[-1]
