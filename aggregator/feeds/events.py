"""A block of market events on their way to the bus, and the operations feeds need on it.

A block holds events of one exchange in order: columns per kind, and positions where there are several kinds.
Blocks are cut into views; no column is ever written after it was handed on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.wire.raw_events import (
    KINDS_OF_EVENTS,
    BarEvents,
    DepthEvents,
    EventsT,
    QuoteEvents,
    SessionEvents,
    TradeEvents,
)

KIND_NAMES: Final = tuple(name for name, _ in KINDS_OF_EVENTS)
_COLUMNS: Final = {
    kind: tuple(column.name for column in fields(kind) if column.name not in ("position", "message"))
    for _, kind in KINDS_OF_EVENTS
}


@dataclass(frozen=True, slots=True)
class EventBlock:
    """Events of one exchange in their order; `position` is set when they are of several kinds."""

    quotes: QuoteEvents | None = None
    trades: TradeEvents | None = None
    depth: DepthEvents | None = None
    bars: BarEvents | None = None
    sessions: SessionEvents | None = None

    @property
    def event_count(self) -> int:
        return sum(len(events.instrument) for _, events in self.kinds())

    def kinds(self) -> Iterator[tuple[str, Any]]:
        """(name, events) of the kinds that are present, in wire order."""
        for name in KIND_NAMES:
            events = getattr(self, name)
            if events is not None:
                yield name, events

    def received_at(self, recv_ns: int) -> "EventBlock":
        """The same events as seen by this host at `recv_ns`."""
        stamped: dict[str, Any] = {}
        for name, events in self.kinds():
            kind = type(events)
            columns = {column: getattr(events, column) for column in _COLUMNS[kind]}
            columns["recv_ns"] = np.full(len(events.instrument), recv_ns)
            stamped[name] = kind(**columns, position=events.position)
        return EventBlock(**stamped)

    def single_events(self) -> "list[EventBlock]":
        """One block an event, in order."""
        singles: list[tuple[int, EventBlock]] = []
        for name, events in self.kinds():
            places: Sequence[int] = range(len(events.instrument))
            if events.position is not None:
                places = events.position.tolist()
            for row, place in enumerate(places):
                singles.append((place, EventBlock(**{name: slice_events(events, row, row + 1, None)})))
        singles.sort(key=lambda single: single[0])
        return [block for _, block in singles]


def slice_events(events: EventsT, first: int, last: int, positions: NDArray[np.uint16] | None) -> EventsT:
    """Rows [first, last) of a block as views, with other positions."""
    kind = type(events)
    columns = {name: getattr(events, name)[first:last] for name in _COLUMNS[kind]}
    return kind(**columns, position=positions)


def join_events(parts: Sequence[EventsT]) -> EventsT:
    """Events of one kind after each other, without positions."""
    if len(parts) == 1:
        return parts[0]
    kind = type(parts[0])
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS[kind]
    }
    return kind(**columns)
