"""A tape in memory to a tape file: all of it, or nothing under that name.

Events of all exchanges are merged by time (ties: exchange by exchange, each in its own order) and written in
batches; the table is folded along for the keyframes.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.events import slice_events
from aggregator.feeds.recorded.tape import RecordedTape
from aggregator.recording.keyframed import KeyframedWriter
from core.tape.format import BATCH_EVENTS_MAX, BLOCK_NAMES, UNIT_END
from core.tape.manifest import Manifest, TapeSource
from core.tape.rows import TapeRows
from core.tape.writer import TapeWriter, write_whole


def write_tape(
    tape: RecordedTape, directory: Path, *, sources: Sequence[TapeSource] = (), recorded_ns: int = 0
) -> Manifest:
    """Write `tape` as `directory`. Raises `OSError` (`FileExistsError`: the name is taken)."""
    manifests: list[Manifest] = []

    def write(place: Path) -> None:
        writer = TapeWriter(place, tape_manifest(tape, sources, recorded_ns))
        try:
            _write_events(writer, tape)
            manifests.append(writer.complete())
        finally:
            writer.close()

    write_whole(directory, write)
    return manifests[0]


def tape_manifest(tape: RecordedTape, sources: Sequence[TapeSource], recorded_ns: int) -> Manifest:
    """What the file says of the tape, before its events are counted."""
    counts = tape.counts
    return Manifest(
        title=tape.title,
        instruments=tuple(each for exchange in tape.exchanges for each in exchange.instruments),
        exchanges=tuple(exchange.exchange for exchange in tape.exchanges),
        sources=tuple(sources),
        records=dict(counts.records),
        unused=dict(counts.unused),
        rejections=tuple(
            {"file": each.file, "reason": each.reason, "count": each.count, "first_row": each.first_row}
            for each in counts.rejections
        ),
        notes=tape.notes,
        recorded_ns=recorded_ns,
    )


def _write_events(writer: TapeWriter, tape: RecordedTape) -> None:
    merge = _Merge(tape)
    keyframed = KeyframedWriter(writer)
    for begin in range(0, len(merge.time_ns), BATCH_EVENTS_MAX):
        keyframed.append(merge.rows(begin, min(begin + BATCH_EVENTS_MAX, len(merge.time_ns))))


class _Merge:
    """All exchanges of a tape as one sequence of rows."""

    def __init__(self, tape: RecordedTape) -> None:
        times = [exchange.time_ns for exchange in tape.exchanges]
        number = np.repeat(np.arange(len(times), dtype=np.uint16), [len(each) for each in times])
        order = np.argsort(np.concatenate(times), kind="stable")
        self.time_ns: NDArray[np.int64] = np.concatenate(times)[order]
        self._exchange = number[order]
        self._tape = tape
        self._ranks = [0] * len(times)
        self._first_number = np.cumsum([0, *(len(each.instruments) for each in tape.exchanges)])

    def rows(self, begin: int, end: int) -> TapeRows:
        """Events [begin, end); to be called in order, without gaps."""
        rows = TapeRows.empty(end - begin)
        rows.time_ns[:] = self.time_ns[begin:end]
        for number, exchange in enumerate(self._tape.exchanges):
            places = np.flatnonzero(self._exchange[begin:end] == number)
            if not len(places):
                continue
            first = self._ranks[number]
            last = self._ranks[number] = first + len(places)
            units = exchange.unit_ends
            ends = units[units.searchsorted(first, "right") : units.searchsorted(last, "right")]
            rows.unit[places[ends - 1 - first]] = UNIT_END
            for (kind, name), order in zip(BLOCK_NAMES.items(), exchange.orders, strict=True):
                if order is None:
                    continue
                low, high = int(order.searchsorted(first)), int(order.searchsorted(last))
                if low == high:
                    continue
                events = slice_events(getattr(exchange.block, name), low, high, None)
                at = places[order[low:high] - first]
                rows.put(kind, events, at, events.instrument + np.uint32(self._first_number[number]))
        return rows
