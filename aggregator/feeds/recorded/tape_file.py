"""Tape files (`NAME.tape` directories) as recorded tapes: the same events, order and units as their sources.

One tape alone goes batch by batch into columns. With other recordings, or when an increment became finer
while it was recorded, it is one file of many to the builder. Instruments that no event names are kept.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.events import EventBlock
from aggregator.feeds.recorded.builder import EventChunk, EventKind, FileEvents
from aggregator.feeds.recorded.tape import (
    TAPE_EVENTS_MAX,
    ExchangeTape,
    Gap,
    RecordedTape,
    Rejection,
    TapeCounts,
    TapeError,
    TapeKeyframes,
)
from core.market.fields import FIELD_COUNT, NULL
from core.market.instruments import Instrument
from core.tape.format import (
    BLOCK_NAMES,
    EVENT_CLASSES,
    NARROW_OF,
    SUFFIX,
    UNIT_END,
    VALUES_OF,
    TapeFormatError,
    TapeKind,
)
from core.tape.keyframes import Keyframe
from core.tape.reader import TapeReader
from core.tape.rows import TapeRows, add_counts, join_rows

Ints = NDArray[np.int64]

_KINDS: Final = {kind: EventKind(name) for kind, name in BLOCK_NAMES.items()}


class TapeFile:
    """A tape on disk. Raises `TapeError` for one that is damaged or longer than memory allows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.gaps: tuple[Gap, ...] = ()  # known once the events were read
        try:
            with TapeReader(path) as reader:
                self.manifest = reader.manifest
                self.notes = (*reader.manifest.notes, *reader.notes)
                if reader.event_count > TAPE_EVENTS_MAX:
                    raise TapeError(
                        f"{path.name}: {reader.event_count:,} events, at most {TAPE_EVENTS_MAX:,} are played "
                        "from memory: record or import shorter tapes"
                    )
        except TapeFormatError as error:
            raise TapeError(str(error)) from error

    @property
    def is_plain(self) -> bool:
        """Every instrument has one number, so its events count in one increment."""
        keys = [each.key for each in self.manifest.instruments]
        return len(set(keys)) == len(keys)

    def rejections(self) -> tuple[Rejection, ...]:
        """What the import left out."""
        return tuple(Rejection(**each) for each in self.manifest.rejections)

    def _batches(self) -> Iterator[TapeRows]:
        """Every event in order, without the marks of gaps, which are noted."""
        names, gaps = self.manifest.exchanges, []
        try:
            with TapeReader(self.path) as reader:
                for rows in reader.rows():
                    is_gap = rows.kind == TapeKind.GAP
                    if not is_gap.any():
                        yield rows
                        continue
                    marks = rows.take(np.flatnonzero(is_gap))
                    spans = zip(marks.event_ns.tolist(), marks.time_ns.tolist(), strict=True)
                    for number, (since_ns, time_ns), missed in zip(
                        marks.instrument.tolist(), spans, marks.values[0].tolist(), strict=True
                    ):
                        gaps.append(Gap(names[number], since_ns, time_ns, missed))
                    yield rows.take(np.flatnonzero(~is_gap))
        except TapeFormatError as error:
            raise TapeError(f"{error}: tapedeckd data verify {self.path.name} tells more") from error
        self.gaps = tuple(gaps)

    # ---- one file among others ---------------------------------------------------------------------------
    def file_events(self) -> FileEvents:
        """As the builder merges it with others."""
        file = FileEvents(self.path.name, list(self.manifest.instruments))
        file.records = Counter(self.manifest.records)
        file.unused = Counter(self.manifest.unused)
        file.rejections = list(self.rejections())
        rows = join_rows([*self._batches(), TapeRows.empty(0)])
        unit = self._unit_numbers(rows)
        for kind, of_builder in _KINDS.items():
            at = np.flatnonzero(rows.kind == kind)
            if len(at):
                columns = _event_columns(rows, kind, at)
                columns["instrument"] = columns["instrument"].astype(np.int64)
                del columns["recv_ns"]
                file.chunks.append(EventChunk(of_builder, columns, rows.time_ns[at], at, unit[at], at))
        return file

    def _unit_numbers(self, rows: TapeRows) -> Ints:
        """Messages of the source, counted for each exchange."""
        number_of = {name: number for number, name in enumerate(self.manifest.exchanges)}
        exchange_of = np.array([number_of[each.key.exchange] for each in self.manifest.instruments], np.int64)
        unit = np.zeros(len(rows), np.int64)
        for number in number_of.values():
            at = np.flatnonzero(exchange_of[rows.instrument] == number)
            ends = rows.unit[at] == UNIT_END
            unit[at] = np.cumsum(ends) - ends  # those that ended before
        return unit

    # ---- alone -------------------------------------------------------------------------------------------
    def recorded(self, title: str) -> RecordedTape:
        """The tape as it was written, with its keyframes; only for one that `is_plain`."""
        assert self.is_plain
        numbers = self._numbers_by_exchange()
        exchange_of = np.zeros(len(self.manifest.instruments), np.int64)
        id_of = np.zeros(len(self.manifest.instruments), np.uint32)
        for place, listed in enumerate(numbers.values()):
            exchange_of[listed] = place
            id_of[listed] = np.arange(len(listed))
        columns = [_ExchangeColumns(id_of) for _ in numbers]
        counts: dict[str, int] = {}
        for rows in self._batches():
            add_counts(counts, rows.counts())
            exchange = exchange_of[rows.instrument]
            for place in np.unique(exchange).tolist():
                columns[place].add(rows.take(np.flatnonzero(exchange == place)))
        found = [each for each in zip(numbers.items(), columns, strict=True) if each[1].count]
        if not found:
            raise TapeError(f"{self.path.name}: nothing to play, it has no events: record or import again")
        tapes = tuple(
            part.tape(name, tuple(self.manifest.instruments[number] for number in listed))
            for (name, listed), part in found
        )
        manifest = self.manifest
        return RecordedTape(
            title,
            (self.path.name,),
            tapes,
            min(int(tape.time_ns[0]) for tape in tapes),
            max(int(tape.time_ns[-1]) for tape in tapes),
            TapeCounts(dict(manifest.records), dict(manifest.unused), self.rejections(), counts),
            notes=self.notes,
            gaps=self.gaps,
            keyframes=self._keyframes(sum(counts.values()), [listed for (_, listed), _ in found]),
        )

    def _numbers_by_exchange(self) -> dict[str, list[int]]:
        """The tape's numbers of each exchange's instruments, sorted by key."""
        instruments = self.manifest.instruments
        found: dict[str, list[int]] = {}
        for number in sorted(range(len(instruments)), key=lambda number: instruments[number].key):
            found.setdefault(instruments[number].key.exchange, []).append(number)
        return found

    def _keyframes(self, events: int, numbers: list[list[int]]) -> TapeKeyframes | None:
        """Columns of every exchange in the order of its instruments; None when there are none."""
        with TapeReader(self.path) as reader:
            keyframes, wrong = reader.keyframes()
        if wrong and self.manifest.is_complete:
            return None  # better all of them, made anew, than the first few
        inside = [each for each in keyframes if each.events <= events + len(self.gaps)]
        if not inside:
            return None
        count = len(self.manifest.instruments)
        tables = np.stack([_table(each, count) for each in inside])
        times = np.array([each.time_ns for each in inside], np.int64)
        return TapeKeyframes(times, tuple(np.ascontiguousarray(tables[:, :, listed]) for listed in numbers))


class _ExchangeColumns:
    """Events of one exchange while they are read. `id_of` maps the tape's numbers to the exchange's ids."""

    def __init__(self, id_of: NDArray[np.uint32]) -> None:
        self.count = 0
        self._id_of = id_of
        self._time_ns: list[Ints] = []
        self._unit_ends: list[Ints] = []
        self._orders: dict[TapeKind, list[Ints]] = {kind: [] for kind in BLOCK_NAMES}
        self._parts: dict[TapeKind, list[dict[str, Any]]] = {kind: [] for kind in BLOCK_NAMES}

    def add(self, rows: TapeRows) -> None:
        self._time_ns.append(rows.time_ns)
        self._unit_ends.append(np.flatnonzero(rows.unit == UNIT_END) + 1 + self.count)
        for kind in BLOCK_NAMES:
            at = np.flatnonzero(rows.kind == kind)
            if len(at):
                columns = _event_columns(rows, kind, at)
                columns["instrument"] = self._id_of[columns["instrument"]]
                self._orders[kind].append(at + self.count)
                self._parts[kind].append(columns)
        self.count += len(rows)

    def tape(self, exchange: str, instruments: tuple[Instrument, ...]) -> ExchangeTape:
        """Everything added, in one piece; what was collected is given up meanwhile, to save memory."""
        blocks: dict[str, Any] = {}
        orders: list[Ints | None] = []
        for kind, name in BLOCK_NAMES.items():
            parts = self._parts.pop(kind)
            orders.append(np.concatenate(self._orders.pop(kind)) if parts else None)
            if parts:
                names = tuple(parts[0])
                columns = {each: np.concatenate([part.pop(each) for part in parts]) for each in names}
                blocks[name] = EVENT_CLASSES[kind](**columns)
        ends = np.concatenate(self._unit_ends)
        if not len(ends) or ends[-1] != self.count:  # the recording ends within a message
            ends = np.append(ends, self.count)
        time_ns = np.concatenate(self._time_ns)
        return ExchangeTape(exchange, instruments, time_ns, ends, EventBlock(**blocks), tuple(orders))


def _table(keyframe: Keyframe, count: int) -> Ints:
    """Shape (FIELD_COUNT, count): by the tape's numbers, null where the keyframe has none."""
    table = np.full((FIELD_COUNT, count), NULL, np.int64)
    known = keyframe.instrument < count
    table[:, keyframe.instrument[known]] = keyframe.values[:, known]
    return table


def _event_columns(rows: TapeRows, kind: TapeKind, at: NDArray[np.intp]) -> dict[str, Any]:
    events = rows.events(kind, at)
    names = ("instrument", "event_ns", "recv_ns", *VALUES_OF[kind], *NARROW_OF[kind])
    return {name: getattr(events, name) for name in names}


def is_tape(path: Path) -> bool:
    """Whether `path` is a tape's directory."""
    return path.is_dir() and path.name.endswith(SUFFIX)
