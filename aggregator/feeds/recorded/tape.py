"""A recorded tape in memory: typed event columns per exchange, in the order and times of the recording.

It keeps every event that its files hold and the pipeline knows, and says what it rejected and left unused,
by name. It never rounds, repairs or reorders events of equal time, and never reads a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.events import KIND_NAMES, EventBlock, slice_events
from core.market.instruments import Instrument

# About 0.1 KB an event in memory and twice that while loading: a full tape takes 1 to 2 GB.
TAPE_EVENTS_MAX: Final = 10_000_000
# A message of the source is not cut unless it is longer than this: 4,096 depth rows are 0.2 MB, well under
# the bus's 1 MB.
UNIT_EVENTS_MAX: Final = 4_096

Ints = NDArray[np.int64]


class TapeError(ValueError):
    """A file cannot be played. One line: which file, which row or byte, what was wrong, what to do."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Rows that were left out because no event could hold them exactly."""

    file: str
    reason: str
    count: int
    first_row: int  # 0-based row or record number within the file

    def __str__(self) -> str:
        return f"{self.file}: {self.count:,} rejected, {self.reason} (first: row {self.first_row:,})"


@dataclass(frozen=True, slots=True)
class TapeCounts:
    """What was read, what became of it. `records` and `unused` are by the names of the source's kinds."""

    records: Mapping[str, int] = field(default_factory=dict)
    unused: Mapping[str, int] = field(default_factory=dict)
    rejections: tuple[Rejection, ...] = ()
    events: Mapping[str, int] = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        return sum(rejection.count for rejection in self.rejections)


@dataclass(frozen=True, slots=True)
class ExchangeTape:
    """Every event of one exchange.

    Ids are indices into `instruments`. `time_ns[rank]` is when event `rank` is played, ascending; the order
    arrays hold each kind's ranks. `unit_ends` are the ranks after which a message of the source ended.
    """

    exchange: str
    instruments: tuple[Instrument, ...]
    time_ns: Ints
    unit_ends: Ints
    block: EventBlock
    orders: tuple[NDArray[np.int64] | None, ...]  # in the order of EventBlock's fields

    @property
    def event_count(self) -> int:
        return len(self.time_ns)

    def rank_at(self, tape_ns: int) -> int:
        """Number of events played up to and including `tape_ns`."""
        return int(self.time_ns.searchsorted(tape_ns, "right"))

    def cut(self, begin: int, end: int, events_max: int) -> int:
        """Where a batch from rank `begin` ends: at most `events_max` on, at the end of a source message."""
        if end - begin <= events_max:
            return end
        units = self.unit_ends
        index = int(units.searchsorted(begin + events_max, "right")) - 1
        if index < 0 or units[index] <= begin:  # one message of the source is longer than a batch
            index += 1
        return min(int(units[index]), end, begin + max(events_max, UNIT_EVENTS_MAX))

    def events(self, begin: int, end: int) -> EventBlock:
        """Events of the ranks [begin, end) as views, with positions when they are of several kinds."""
        taken: dict[str, Any] = {}
        for name, order in zip(KIND_NAMES, self.orders, strict=True):
            if order is None:
                continue
            first, last = int(order.searchsorted(begin)), int(order.searchsorted(end))
            if first == last:
                continue
            columns = getattr(self.block, name)
            positions = None if last - first == end - begin else (order[first:last] - begin).astype(np.uint16)
            taken[name] = slice_events(columns, first, last, positions)
        return EventBlock(**taken)


@dataclass(frozen=True, slots=True)
class Gap:
    """The recorder missed events of an exchange after `since_ns`; what follows `time_ns` is whole again."""

    exchange: str
    since_ns: int
    time_ns: int
    messages: int  # how many were missed; 0: unknown


@dataclass(frozen=True, slots=True)
class TapeKeyframes:
    """Quote tables that the tape brings with it.

    `values[exchange]` has shape (keyframes, FIELD_COUNT, instruments): every event of that exchange up to and
    including `time_ns[keyframe]` (ascending), folded as the pipeline folds. Between two lie at most 10 s of
    playing time, or at most 2,048 events and 10 s.
    """

    time_ns: Ints
    values: tuple[Ints, ...]

    def at(self, tape_ns: int) -> int | None:
        """The last keyframe that has nothing after `tape_ns`; None: none, begin with the first event."""
        place = int(self.time_ns.searchsorted(tape_ns, "right")) - 1
        return place if place >= 0 else None


@dataclass(frozen=True, slots=True)
class RecordedTape:
    """All files of one replay. `begin_ns`..`end_ns` is the span of playing times."""

    title: str
    files: tuple[str, ...]
    exchanges: tuple[ExchangeTape, ...]
    begin_ns: int
    end_ns: int
    counts: TapeCounts
    notes: tuple[str, ...] = ()  # what a person should know of its files: an end that was cut off, a zone
    gaps: tuple[Gap, ...] = ()
    keyframes: TapeKeyframes | None = None  # only of a tape file that is played alone

    @property
    def event_count(self) -> int:
        return sum(tape.event_count for tape in self.exchanges)

    @property
    def instrument_count(self) -> int:
        return sum(len(tape.instruments) for tape in self.exchanges)
