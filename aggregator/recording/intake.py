"""Raw messages of any number of feeds as rows of one tape, in the order they were heard.

Each feed has the gate that the pipeline has, so a recording holds what a pipeline would have used: lost
messages are asked for again, a state replaces what could not be had, and then a gap is marked. Instruments
get numbers in the tape; a finer increment gets a new one. Pure: nothing is sent or written, time is an
argument.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aggregator.pipeline import requests
from aggregator.pipeline.instruments import NOBODY, InstrumentRows
from aggregator.pipeline.raw_rows import IdBank, Places
from aggregator.pipeline.sequencing import FeedGate, Headers, Reset, Resume, Use
from aggregator.recording.possible import possible_rows
from core import subjects
from core.market.instruments import Instrument
from core.metrics import Counters
from core.scope import Scope
from core.tape.format import BLOCK_NAMES, UNIT_END
from core.tape.rows import TapeRows
from core.wire.errors import WireError
from core.wire.raw_bulk import decode_many
from core.wire.raw_events import RawColumns

FEEDS_MAX: Final = 1_024
_POSITION_BITS: Final = 16


@dataclass(slots=True)
class FeedIntake:
    """One exchange. `number` is its place among the tape's exchanges; `heard_ns` is playing time.

    It `has_begun` with its first event: what is missing before that is no gap.
    """

    exchange: str
    number: int
    gate: FeedGate
    has_begun: bool = False
    heard_ns: int = 0
    heard_sequence: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """In place of rows: events of a feed are missing, its state comes next."""

    feed: FeedIntake
    messages: int  # 0: unknown


class Intake:
    """`feeds` by exchange, `numbered` the tape's instruments so far, `exchanges` likewise."""

    def __init__(self, scope: Scope, counters: Counters, random: Random) -> None:
        self.feeds: dict[str, FeedIntake] = {}
        self.numbered: list[Instrument] = []
        self._scope = scope
        self._counters = counters
        self._random = random
        self._registry = InstrumentRows(counters)
        self._bank = IdBank(self._registry)
        self._number_of_row: NDArray[np.int64] = np.zeros(1, np.int64)
        self._by_slot: list[FeedIntake] = []
        self._messages = counters.counter("raw_messages")
        self._rejected = counters.counter("raw_rejected")
        self._unknown = counters.counter("unknown_instruments")
        self._impossible = counters.counter("events_rejected")
        self._gaps = counters.counter("gaps_recorded")

    @property
    def exchanges(self) -> tuple[str, ...]:
        return tuple(feed.exchange for feed in self._by_slot)

    # ---- definitions -------------------------------------------------------------------------------------
    def on_definitions(self, data: bytes, now_ns: int) -> None:
        """Instruments of a feed; new and finer ones get the next numbers."""
        try:
            message = requests.read_definitions(data)
        except WireError:
            self._rejected.add()
            return
        if self._feed(message.exchange, now_ns) is None:
            self._rejected.add()
            return
        if self._registry.feed(message.exchange).is_known(message.epoch, message.version):
            return
        definitions, rejected = requests.read_instruments(message)
        self._rejected.add(rejected)
        defined = self._registry.define(message.exchange, message.epoch, message.version, definitions)
        self._bank.is_stale = True
        rows = [*defined.changed.tolist(), *defined.added.tolist()]
        if len(self._number_of_row) < len(self._registry.instruments):
            grown = np.zeros(len(self._registry.instruments), np.int64)
            grown[: len(self._number_of_row)] = self._number_of_row
            self._number_of_row = grown
        for row in rows:
            self._number_of_row[row] = len(self.numbered)
            self.numbered.append(self._registry.instruments[row])

    def _feed(self, exchange: str, now_ns: int) -> FeedIntake | None:
        found = self.feeds.get(exchange)
        if found is None and exchange and len(self.feeds) < FEEDS_MAX:
            gate = FeedGate(self._registry.feed(exchange).is_known, self._counters, self._random, now_ns)
            found = self.feeds[exchange] = FeedIntake(exchange, len(self._by_slot), gate)
            self._by_slot.append(found)
        return found

    # ---- messages ----------------------------------------------------------------------------------------
    def drain(
        self, message_subjects: Sequence[str], data: Sequence[bytes], now_ns: int
    ) -> list[TapeRows | Lost]:
        """Rows of the messages that count, in order, without playing times. `now_ns` is monotonic."""
        self._messages.add(len(data))
        if not data:
            return []
        columns, bad = decode_many(data)
        slots = np.array([self._slot(subject, now_ns) for subject in message_subjects], np.intp)
        slots[np.array(bad, np.intp)] = -1
        self._rejected.add(int(np.count_nonzero(slots < 0)))
        has_events = _has_events(columns, len(data))
        used = np.zeros(len(data), np.bool_)
        apart: list[TapeRows | Lost] = []
        for slot in np.flatnonzero(np.bincount(slots + 1)[1:]).tolist():
            feed = self._by_slot[slot]
            index = np.flatnonzero(slots == slot)
            epoch, sequence = feed.gate.epoch, feed.gate.sequence
            steps = feed.gate.admit(_headers(columns, index, has_events), data, now_ns)
            if len(steps) == 1 and isinstance(steps[0], Use):
                used[steps[0].index] = True
                feed.has_begun |= bool(has_events[steps[0].index].any())
                continue
            for step in steps:
                if isinstance(step, Use):
                    sequence += int(np.count_nonzero(has_events[step.index]))
                    feed.has_begun = True
                    apart += self._rows(columns, slots, _mask(step.index, len(data)), now_ns)
                elif isinstance(step, Resume):
                    sequence += len(step.messages)
                    apart += self._whole(feed, step.messages, now_ns)
                else:
                    at = feed.gate.sequence - len(step.after)
                    apart += self._reset(feed, step, at - sequence if epoch == feed.gate.epoch else 0, now_ns)
                    epoch, sequence = feed.gate.epoch, feed.gate.sequence
        return [*(self._rows(columns, slots, used, now_ns) if used.any() else ()), *apart]

    def _reset(self, feed: FeedIntake, step: Reset, missed: int, now_ns: int) -> list[TapeRows | Lost]:
        found: list[TapeRows | Lost] = []
        if feed.has_begun:
            self._gaps.add()
            found.append(Lost(feed, max(0, missed)))
        for messages in (step.state, step.after):
            if messages:
                found += self._whole(feed, messages, now_ns)
        feed.has_begun |= bool(found)
        return found

    def _whole(self, feed: FeedIntake, messages: Sequence[bytes], now_ns: int) -> list[TapeRows]:
        columns, _ = decode_many(messages)
        slots = np.full(len(messages), feed.number, np.intp)
        return self._rows(columns, slots, np.ones(len(messages), np.bool_), now_ns)

    def _slot(self, subject: str, now_ns: int) -> int:
        try:
            feed = self._feed(subjects.raw_exchange(self._scope, subject), now_ns)
        except subjects.SubjectError:
            return -1
        return -1 if feed is None else feed.number

    # ---- rows --------------------------------------------------------------------------------------------
    def _rows(
        self, columns: RawColumns, slots: NDArray[np.intp], mask: NDArray[np.bool_], now_ns: int
    ) -> list[TapeRows]:
        """Events of the messages in `mask`; empty or one block. Unknown ids ask for the feed's state."""
        places = self._bank.places(
            [feed.exchange for feed in self._by_slot], slots, columns.epoch, columns.definitions_version
        )
        kinds = []
        for kind, name in BLOCK_NAMES.items():
            events = getattr(columns, name)
            if events is not None:
                picked = np.flatnonzero(mask[events.message])
                if picked.size:
                    kinds.append((kind, events, picked))
        if not kinds:
            return []
        order = np.concatenate([_order(events)[picked] for _, events, picked in kinds])
        rank = np.empty(len(order), np.int64)
        rank[np.argsort(order, kind="stable")] = np.arange(len(order))
        rows = TapeRows.empty(len(order))
        place = np.zeros(len(order), np.int64)
        done = 0
        for kind, events, picked in kinds:
            at = rank[done : done + len(picked)]
            done += len(picked)
            taken = _Picked(events, picked)
            rows.put(kind, taken, at, np.zeros(len(picked), np.uint32))
            place[at] = self._place(places, events, picked)
        message = np.sort(order) >> _POSITION_BITS
        rows.unit[np.append(message[1:] != message[:-1], True)] = UNIT_END
        return self._numbered(rows, place, slots[message], places.is_scaled, now_ns)

    def _place(self, places: Places, events: Any, picked: NDArray[np.intp]) -> NDArray[np.int64]:
        """Where each event's instrument is in the bank; `NOBODY` for an id that was not defined."""
        message, ids = events.message[picked], events.instrument[picked]
        place = places.begin[message] + ids
        place[ids >= places.length[message]] = NOBODY
        return place

    def _numbered(
        self,
        rows: TapeRows,
        place: NDArray[np.int64],
        slot: NDArray[np.intp],
        is_scaled: bool,
        now_ns: int,
    ) -> list[TapeRows]:
        """With the tape's numbers, at their increments, without what no table can hold."""
        table_row = self._bank.rows[place]
        keep = table_row != NOBODY
        if not keep.all():
            self._unknown.add(int(np.count_nonzero(~keep)))
            for each in np.unique(slot[~keep]).tolist():
                self._by_slot[each].gate.want_state(now_ns)
        rows.instrument[:] = self._number_of_row[table_row]
        factors = (self._bank.price_factor[place], self._bank.size_factor[place]) if is_scaled else None
        possible = possible_rows(rows, factors)
        self._impossible.add(int(np.count_nonzero(keep & ~possible)))
        keep &= possible
        if keep.all():
            return [rows]
        # The end of a message moves to its last event that is kept.
        ends = np.flatnonzero(rows.unit == UNIT_END)
        kept = np.flatnonzero(keep)
        before = kept.searchsorted(ends, "right") - 1
        rows.unit[kept[before[before >= 0]]] = UNIT_END
        return [rows.take(kept)] if len(kept) else []


class _Picked:
    """Some events of a kind, column by column when asked for."""

    def __init__(self, events: Any, picked: NDArray[np.intp]) -> None:
        self._events = events
        self._picked = picked

    def __getattr__(self, name: str) -> NDArray[Any]:
        column: NDArray[Any] = getattr(self._events, name)[self._picked]
        return column


def _order(events: Any) -> NDArray[np.int64]:
    order: NDArray[np.int64] = (events.message.astype(np.int64) << _POSITION_BITS) | events.position
    return order


def _mask(index: NDArray[np.intp], count: int) -> NDArray[np.bool_]:
    mask = np.zeros(count, np.bool_)
    mask[index] = True
    return mask


def _has_events(columns: RawColumns, count: int) -> NDArray[np.bool_]:
    has_events = np.zeros(count, np.bool_)
    for name in BLOCK_NAMES.values():
        events = getattr(columns, name)
        if events is not None:
            has_events[events.message] = True
    return has_events


def _headers(columns: RawColumns, index: NDArray[np.intp], has_events: NDArray[np.bool_]) -> Headers:
    last = index[-1]
    return Headers(
        index, columns.epoch[index], columns.sequence[index], columns.definitions_version[index],
        columns.flags[index], has_events[index], int(columns.source_state[last]), int(columns.late_ms[last]),
    )  # fmt: skip
