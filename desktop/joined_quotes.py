"""One table over several groups, in the order a person wants: a list longer than a group, or sorted by hand.

Groups come in their own order and hold 1,000 rows at most. This fills `desk.QuoteHold` from as many as a list
needs: rows that changed are copied when a frame asks, so that nothing is done for a window nobody sees. While
a changed list waits for its new groups, the hold it had goes on to fill the rows they share. Never paints.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from core.market.groups import GROUP_ROWS_MAX, key_order
from core.market.instruments import Instrument, InstrumentKey
from core.market.quote_table import QuoteTable
from desktop.desk import BoolRows, LateSource, QuoteHold, QuotePhase, QuoteReading, Quotes

LIST_ROWS_MAX: Final = 10_000
PREVIOUS_MAX: Final = 32  # groups kept over quick changes of one list
Rows = NDArray[np.intp]


def hold_quotes(
    quotes: Quotes,
    keys: Sequence[InstrumentKey],
    on_data: Callable[[], None],
    known: Mapping[InstrumentKey, Instrument],
    previous: QuoteHold | None = None,
) -> QuoteHold:
    """A hold on `keys`, each once, row by row in this order; `previous` of the same scope is taken over.

    `known` has what the directory tells of them.
    """
    assert 0 < len(keys) <= LIST_ROWS_MAX
    ordered = sorted(keys, key=key_order)
    shared = previous is not None and not set(ordered).isdisjoint(i.key for i in previous.instruments)
    is_sorted = ordered == list(keys)
    if len(ordered) <= GROUP_ROWS_MAX and is_sorted and not shared:
        hold = quotes.hold(keys, on_data)
        if previous is not None:
            previous.close()
        return hold
    groups = split(ordered) if is_sorted else split_by_name(ordered)
    return JoinedHold(keys, [quotes.hold(group, on_data) for group in groups], known, previous)


def split(ordered: Sequence[InstrumentKey]) -> list[Sequence[InstrumentKey]]:
    """As few groups as can be, an exchange in as few of them as can be: what lists of the directory share."""
    return [ordered[at : at + GROUP_ROWS_MAX] for at in range(0, len(ordered), GROUP_ROWS_MAX)]


def split_by_name(keys: Sequence[InstrumentKey]) -> list[Sequence[InstrumentKey]]:
    """One more or less changes one group alone: a list that a person edits keeps the others."""
    count = 1
    while True:
        groups: list[list[InstrumentKey]] = [[] for _ in range(count)]
        for key in keys:
            groups[crc32(str(key).encode()) % count].append(key)
        if max(len(group) for group in groups) <= GROUP_ROWS_MAX:
            return [group for group in groups if group]
        count *= 2


@dataclass(slots=True, eq=False)
class _Part:
    """A group and where its rows stand; `version`, `layouts` and `epoch` are those that were copied."""

    hold: QuoteHold
    own: Rows  # rows of the group that the list has
    to: Rows  # their rows in the list
    layouts: int = 0
    version: int = 0
    epoch: int = 0
    waited: bool = False  # at the last look: then the hold before may have written its rows since

    @property
    def is_loading(self) -> bool:
        """A group that cannot be served does not load: it says so."""
        reading = self.hold.reading(0)
        return reading.phase is QuotePhase.LOADING and not reading.error


class JoinedHold:
    """See the module and `desk.QuoteHold`. Owns `parts` and `previous`, and closes them."""

    def __init__(
        self,
        keys: Sequence[InstrumentKey],
        parts: Sequence[QuoteHold],
        known: Mapping[InstrumentKey, Instrument],
        previous: QuoteHold | None = None,
    ) -> None:
        self._known = known
        self._instruments = [known.get(key) or Instrument(key, known=False) for key in keys]
        self._table = QuoteTable(len(keys))
        self._layouts = 1
        self._epochs = 0
        self._place = {key: row for row, key in enumerate(keys)}
        self._parts = [self._part(hold) for hold in parts]
        self._previous: list[_Part] = []
        self._told: tuple[Instrument, ...] | None = None
        if previous is not None:
            self._take_over(previous)
        for part in self._parts:
            # Another panel may hold it already; while it loads, rows of the list before stand for it.
            if part.hold.table.version or not part.is_loading or not self._previous:
                self._copy(part)
        self._sync()

    def _part(self, hold: QuoteHold) -> _Part:
        rows = [self._place.get(instrument.key, -1) for instrument in hold.instruments]
        to = np.array(rows, np.intp)
        own = np.flatnonzero(to >= 0)
        return _Part(hold, own, to[own], hold.layout_version, hold.table.version, hold.epoch)

    def _take_over(self, previous: QuoteHold) -> None:
        """The groups of the list before that have values and share a row; the others are given back."""
        holds = previous.give_up() if isinstance(previous, JoinedHold) else [previous]
        for hold in holds:
            part = self._part(hold)
            if len(part.own) and not part.is_loading and len(self._previous) < PREVIOUS_MAX:
                self._previous.append(part)
                self._copy(part)
            else:
                hold.close()

    def give_up(self) -> list[QuoteHold]:
        """Everything it holds, for another list; it holds nothing any more."""
        holds = [part.hold for part in self._filling]
        self._previous, self._parts = [], []
        return holds

    # ---- copying ---------------------------------------------------------------------------------
    def _sync(self) -> None:
        """Copy what changed. Called when somebody looks at `layout_version` or `table`: once a frame."""
        if self._previous:
            waiting = [part for part in self._parts if part.is_loading]
            for part in self._parts:
                if part.waited and part not in waiting:
                    part.layouts = -1  # all of it, also what has not changed
                part.waited = part in waiting
            if waiting:
                self._narrow(waiting)
            else:
                self.let_previous_go()
        for part in self._filling:
            self._take(part)

    def _narrow(self, waiting: list[_Part]) -> None:
        """The hold before fills the rows of groups that still wait: the others have their own values now."""
        wanted = np.zeros(self._table.row_count, np.bool_)
        for part in waiting:
            wanted[part.to] = True
        for previous in self._previous:
            kept = wanted[previous.to]
            if not kept.all():
                previous.own, previous.to = previous.own[kept], previous.to[kept]

    def let_previous_go(self) -> None:
        """Its values stay until the groups bring their own."""
        for part in self._previous:
            part.hold.close()
        self._previous = []

    def _take(self, part: _Part) -> None:
        hold = part.hold
        if hold.epoch != part.epoch:
            part.epoch = hold.epoch
            self._epochs += 1
        if hold.layout_version != part.layouts:
            self._copy(part)
            return
        table = hold.table
        if table.version == part.version:
            return
        changed = table.stamp[part.own] > part.version
        part.version = table.version
        self._write(part, part.own[changed], part.to[changed])

    def _copy(self, part: _Part) -> None:
        """Everything of it: another layout, or another table."""
        part.layouts, part.version = part.hold.layout_version, part.hold.table.version
        instruments = part.hold.instruments
        for own, row in zip(part.own.tolist(), part.to.tolist(), strict=True):
            told = self._named(instruments[own])
            if told != self._instruments[row]:
                self._instruments[row] = told
                self._told = None
        if self._told is None:
            self._layouts += 1
            self._told = tuple(self._instruments)
        self._write(part, part.own, part.to)

    def _write(self, part: _Part, own: Rows, to: Rows) -> None:
        if len(own):
            self._table.values[:, to] = part.hold.table.values[:, own]
            self._table.touch(to)

    def _named(self, instrument: Instrument) -> Instrument:
        """Groups tell increments, the directory tells names; before a group has loaded, both."""
        known = self._known.get(instrument.key)
        if known is None:
            return instrument
        return replace(instrument, name=known.name) if instrument.known else known

    # ---- QuoteHold -------------------------------------------------------------------------------
    @property
    def table(self) -> QuoteTable:
        self._sync()
        return self._table

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        if self._told is None:
            self._told = tuple(self._instruments)
        return self._told

    @property
    def layout_version(self) -> int:
        self._sync()
        return self._layouts

    @property
    def epoch(self) -> int:
        """Counts the changes of epoch of all groups: each of them comes to the next one by itself."""
        return self._epochs

    @property
    def group_id(self) -> str:
        return ",".join(part.hold.group_id for part in self._parts)

    @property
    def _filling(self) -> list[_Part]:
        """The later ones have the say."""
        return [*self._previous, *self._parts]

    def reading(self, now_ms: int) -> QuoteReading:
        """As long as one group is live the list is: rows of the others are marked each for itself.

        Stale as soon as one that had values has lost its way; loading while none has any.
        """
        parts = [part for part in self._filling if not (self._previous and part.is_loading)]
        readings = [part.hold.reading(now_ms) for part in parts or self._filling]
        errors = [reading.error for reading in readings if reading.error]
        stale = [reading for reading in readings if reading.phase is QuotePhase.STALE]
        if stale:
            phase, said = QuotePhase.STALE, max(stale, key=lambda reading: reading.silent_ms)
        else:
            live = [reading for reading in readings if reading.phase is QuotePhase.LIVE]
            phase = QuotePhase.LIVE if live else QuotePhase.LOADING
            said = max(live or readings, key=lambda reading: reading.silent_ms)
        late: dict[str, LateSource] = {}
        for reading in readings:
            for source in reading.late_sources:
                if source.exchange not in late or late[source.exchange].late_ms < source.late_ms:
                    late[source.exchange] = source
        return QuoteReading(
            phase,
            said.reason,
            said.silent_ms,
            tuple(late[name] for name in sorted(late)),
            max(reading.cadence_ms for reading in readings),
            max(reading.degradation for reading in readings),
            errors[0] if len(errors) == len(readings) else "",
        )

    def row_states(self, now_ms: int) -> tuple[BoolRows, BoolRows, BoolRows]:
        stale, late, halted = (np.zeros(self._table.row_count, np.bool_) for _ in range(3))
        stale[:] = True
        for part in self._filling:
            if self._previous and part.is_loading:
                continue  # what it shares with the hold before is as that says, the rest is not there yet
            for into, told in zip((stale, late, halted), part.hold.row_states(now_ms), strict=True):
                into[part.to] = told[part.own]
        return stale, late, halted

    def trust_mark(self) -> object:
        return tuple(part.hold.trust_mark() for part in self._filling)

    def take_oldest_recv_ns(self) -> int:
        taken = [part.hold.take_oldest_recv_ns() for part in self._filling]
        return min((oldest_ns for oldest_ns in taken if oldest_ns), default=0)

    def set_in_front(self, in_front: bool) -> None:
        for part in self._parts:
            part.hold.set_in_front(in_front)

    def set_asleep(self, asleep: bool) -> None:
        for part in self._filling:
            part.hold.set_asleep(asleep)

    def close(self) -> None:
        self.let_previous_go()
        for part in self._parts:
            part.hold.close()
