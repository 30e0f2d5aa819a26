"""Tape files (`NAME.tape` directories) as recorded tapes: the same events, order and units as their sources.

One tape alone goes straight into columns. With other recordings, or when an increment became finer while it
was recorded, it is one file of many to the builder. Instruments that no event names are kept.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

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
    NARROW_OF,
    SUFFIX,
    UNIT_END,
    VALUES_OF,
    TapeFormatError,
    TapeKind,
)
from core.tape.keyframes import Keyframe
from core.tape.reader import TapeReader
from core.tape.rows import TapeRows, join_rows

_KINDS: Final = {kind: EventKind(name) for kind, name in BLOCK_NAMES.items()}


class TapeFile:
    """A tape that was read whole. Raises `TapeError` for one that is damaged or longer than memory allows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with TapeReader(path) as reader:
                self.manifest = reader.manifest
                self.notes = tuple(reader.notes)
                if reader.event_count > TAPE_EVENTS_MAX:
                    raise TapeError(
                        f"{path.name}: {reader.event_count:,} events, at most {TAPE_EVENTS_MAX:,} are played "
                        "from memory: record or import shorter tapes"
                    )
                parts = list(reader.rows())
                self._keyframes, _ = reader.keyframes()
        except TapeFormatError as error:
            raise TapeError(f"{error}: tapedeckd data verify {path.name} tells more") from error
        everything = join_rows(parts) if parts else TapeRows.empty(0)
        is_gap = everything.kind == TapeKind.GAP
        self.gaps = self._gaps(everything.take(np.flatnonzero(is_gap)))
        self.rows = everything.take(np.flatnonzero(~is_gap)) if is_gap.any() else everything

    def _gaps(self, rows: TapeRows) -> tuple[Gap, ...]:
        names = self.manifest.exchanges
        return tuple(
            Gap(names[number], since_ns, time_ns, messages)
            for number, since_ns, time_ns, messages in zip(
                rows.instrument.tolist(), rows.event_ns.tolist(), rows.time_ns.tolist(),
                rows.values[0].tolist(), strict=True,
            )
        )  # fmt: skip

    @property
    def is_plain(self) -> bool:
        """Every instrument has one number, so its events count in one increment."""
        keys = [each.key for each in self.manifest.instruments]
        return len(set(keys)) == len(keys)

    # ---- one file among others ---------------------------------------------------------------------------
    def file_events(self) -> FileEvents:
        """As the builder merges it with others."""
        file = FileEvents(self.path.name, list(self.manifest.instruments))
        file.records = Counter(self.manifest.records)
        file.unused = Counter(self.manifest.unused)
        file.rejections = list(self.rejections())
        rows = self.rows
        exchanges = [each.key.exchange for each in self.manifest.instruments]
        number_of = {name: number for number, name in enumerate(self.manifest.exchanges)}
        exchange_of = np.array([number_of[name] for name in exchanges], np.int64)
        unit = np.zeros(len(rows), np.int64)
        for number in range(len(self.manifest.exchanges)):
            at = np.flatnonzero(exchange_of[rows.instrument] == number)
            ends = rows.unit[at] == UNIT_END
            unit[at] = np.cumsum(ends) - ends  # those that ended before
        for kind, of_builder in _KINDS.items():
            at = np.flatnonzero(rows.kind == kind)
            if len(at):
                file.chunks.append(
                    EventChunk(of_builder, _chunk_columns(rows, kind, at), rows.time_ns[at], at, unit[at], at)
                )
        return file

    def rejections(self) -> tuple[Rejection, ...]:
        """What the import left out."""
        return tuple(Rejection(**each) for each in self.manifest.rejections)

    # ---- alone -------------------------------------------------------------------------------------------
    def recorded(self, title: str) -> RecordedTape:
        """The tape as it was written, with its keyframes; only for one that `is_plain`."""
        assert self.is_plain
        instruments = self.manifest.instruments
        listed = sorted(range(len(instruments)), key=lambda number: instruments[number].key)
        by_exchange: dict[str, list[int]] = {}
        for number in listed:
            by_exchange.setdefault(instruments[number].key.exchange, []).append(number)
        exchange_of = np.zeros(len(listed), np.int64)
        id_of = np.zeros(len(listed), np.uint32)
        for place, numbers in enumerate(by_exchange.values()):
            exchange_of[numbers] = place
            id_of[numbers] = np.arange(len(numbers))
        exchange = exchange_of[self.rows.instrument]
        tapes, kept = [], []
        for place, (name, numbers) in enumerate(by_exchange.items()):
            at = np.flatnonzero(exchange == place)
            if len(at):
                defined = tuple(instruments[number] for number in numbers)
                tapes.append(self._exchange(name, defined, at, id_of))
                kept.append(numbers)
        if not tapes:
            raise TapeError(f"{self.path.name}: nothing to play, it has no events: record or import again")
        return RecordedTape(
            title,
            (self.path.name,),
            tuple(tapes),
            min(int(tape.time_ns[0]) for tape in tapes),
            max(int(tape.time_ns[-1]) for tape in tapes),
            self._counts(),
            gaps=self.gaps,
            keyframes=self._laid_out(self._keyframes, kept),
        )

    def _exchange(self, name: str, instruments: tuple[Instrument, ...], at: Any, id_of: Any) -> ExchangeTape:
        rows = self.rows if len(at) == len(self.rows) else self.rows.take(at)
        blocks: dict[str, Any] = {}
        orders: list[Any] = []
        for kind, block_name in BLOCK_NAMES.items():
            order = np.flatnonzero(rows.kind == kind)
            orders.append(order if len(order) else None)
            if len(order):
                events = rows.events(kind, order)
                columns = {name: getattr(events, name) for name in (*VALUES_OF[kind], *NARROW_OF[kind])}
                blocks[block_name] = type(events)(
                    instrument=id_of[events.instrument],
                    event_ns=events.event_ns,
                    recv_ns=events.recv_ns,
                    **columns,
                )
        ends = np.flatnonzero(rows.unit == UNIT_END) + 1
        if not len(ends) or ends[-1] != len(rows):  # the recording ends within a message
            ends = np.append(ends, len(rows))
        return ExchangeTape(name, instruments, rows.time_ns, ends, EventBlock(**blocks), tuple(orders))

    def _counts(self) -> TapeCounts:
        manifest = self.manifest
        return TapeCounts(
            dict(manifest.records), dict(manifest.unused), self.rejections(), self.rows.counts()
        )

    def _laid_out(self, keyframes: Sequence[Keyframe], numbers: list[list[int]]) -> TapeKeyframes | None:
        """Columns of every exchange in the order of its instruments."""
        inside = [each for each in keyframes if each.events <= len(self.rows) + len(self.gaps)]
        count = len(self.manifest.instruments)
        if not inside:
            return None
        tables = np.stack([_table(each, count) for each in inside])
        times = np.array([each.time_ns for each in inside], np.int64)
        return TapeKeyframes(times, tuple(np.ascontiguousarray(tables[:, :, listed]) for listed in numbers))


def _table(keyframe: Keyframe, count: int) -> Any:
    """Shape (FIELD_COUNT, count): by the tape's numbers, null where the keyframe has none."""
    table = np.full((FIELD_COUNT, count), NULL, np.int64)
    known = keyframe.instrument < count
    table[:, keyframe.instrument[known]] = keyframe.values[:, known]
    return table


def _chunk_columns(rows: TapeRows, kind: TapeKind, at: Any) -> dict[str, Any]:
    events = rows.events(kind, at)
    names = ("event_ns", *VALUES_OF[kind], *NARROW_OF[kind])
    columns = {name: getattr(events, name) for name in names}
    return {"instrument": events.instrument.astype(np.int64), **columns}


def is_tape(path: Path) -> bool:
    """Whether `path` is a tape's directory."""
    return path.is_dir() and path.name.endswith(SUFFIX)
