"""From raw messages to the scope's quote table.

`Backlog` only keeps what arrived, bounded, until a drain takes it. `Ingest.drain` decodes a whole backlog at
once, lets each feed's gate say which messages count, maps instrument ids to rows and folds the events in. No
Python runs per event. Nothing is sent here; time is an argument.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from aggregator.pipeline.fold import Changes, Column, Events, Folder
from aggregator.pipeline.instruments import InstrumentRows
from aggregator.pipeline.raw_rows import IdBank, RowMapper
from aggregator.pipeline.sequencing import FeedGate, Headers, Reset, Resume, Step, Use
from core import subjects
from core.market.fields import NULL
from core.market.quote_table import Rows
from core.metrics import Counters
from core.scope import Scope
from core.wire.raw_bulk import decode_many
from core.wire.raw_events import RawColumns

BACKLOG_MESSAGES_MAX: Final = 262_144
BACKLOG_BYTES_MAX: Final = 64 << 20
# One turn of the drain: about 3 ms of work, so that no emit waits longer than that for it.
TURN_MESSAGES_MAX: Final = 4_096
TURN_BYTES_MAX: Final = 1 << 20
SUBJECTS_MAX: Final = 65_536
FEEDS_MAX: Final = 1_024
_NO_FEED: Final = -1


class Backlog:
    """What arrived and was not drained yet. `wake` is called when the first message comes."""

    def __init__(self, counters: Counters, monotonic_ns: Callable[[], int], wake: Callable[[], None]) -> None:
        self.since_ns = 0  # when the oldest message arrived, while there is one
        self._subjects: list[str] = []
        self._data: list[bytes] = []
        self._bytes = 0
        self._monotonic_ns = monotonic_ns
        self._wake = wake
        self._dropped = counters.counter("raw_dropped")

    def __len__(self) -> int:
        return len(self._data)

    def append(self, subject: str, data: bytes, reply: str = "") -> None:
        """The bus handler: nothing but two appends. Beyond the bounds the message is dropped and counted."""
        kept = self._data
        if not kept:
            self.since_ns = self._monotonic_ns()
            self._wake()
        elif len(kept) >= BACKLOG_MESSAGES_MAX or self._bytes >= BACKLOG_BYTES_MAX:
            self._dropped.value += 1
            return
        kept.append(data)
        self._subjects.append(subject)
        self._bytes += len(data)

    def take(self) -> tuple[list[str], list[bytes]]:
        """The oldest messages, as many as one turn may handle."""
        count = len(self._data)
        if count:
            by_bytes = max(1, TURN_BYTES_MAX * count // max(1, self._bytes))
            count = min(count, TURN_MESSAGES_MAX, by_bytes)
        if count == len(self._data):
            taken = self._subjects, self._data
            self._subjects, self._data, self._bytes = [], [], 0
            return taken
        taken = self._subjects[:count], self._data[:count]
        del self._subjects[:count], self._data[:count]
        self._bytes -= sum(map(len, taken[1]))
        return taken


class _Drained(NamedTuple):
    """A decoded turn: columns, which messages carry events, and the slot of each message's feed."""

    columns: RawColumns
    has_events: NDArray[np.bool_]
    data: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Feed:
    """One exchange as ingest sees it."""

    exchange: str
    gate: FeedGate


class Listener(Protocol):
    """What is told of every event that counts, in order, before it is folded."""

    def on_events(self, events: Events) -> None:
        """Events of one turn, by table row; the columns are not to be kept without a copy."""

    def on_reset(self, exchange: str, epoch: int, rows: Rows) -> None:
        """Messages of the feed were lost, or it began anew under `epoch`: its state replaces `rows`."""


class Ingest:
    """Folds raw messages into `registry.table`. `feeds` are those heard or defined, by exchange."""

    def __init__(self, scope: Scope, registry: InstrumentRows, counters: Counters, random: Random) -> None:
        self.feeds: dict[str, Feed] = {}
        self._scope = scope
        self._registry = registry
        self._random = random
        self._counters = counters
        self._folder = Folder(registry.table)
        self._bank = IdBank(registry)
        self._mapper = RowMapper(self._bank, counters)
        self._slots: dict[str, int] = {}  # raw subject -> index into _by_slot
        self._by_slot: list[Feed] = []
        self.heard: dict[str, Feed] = {}  # in the last drain
        self._listeners: list[Listener] = []
        self._rejected = counters.counter("raw_rejected")
        self._messages = counters.counter("raw_messages")

    def feed(self, exchange: str, now_ns: int) -> Feed | None:
        """The feed of an exchange, known from its first message or definitions on. None: too many."""
        found = self.feeds.get(exchange)
        if found is None and len(self.feeds) < FEEDS_MAX:
            gate = FeedGate(self._registry.feed(exchange).is_known, self._counters, self._random, now_ns)
            found = self.feeds[exchange] = Feed(exchange, gate)
            self._by_slot.append(found)
        return found

    def listen(self, listener: "Listener") -> None:
        """Tell `listener` of everything that is folded from now on."""
        self._listeners.append(listener)

    def on_definitions(self) -> None:
        """Definitions have changed: ids map to other rows."""
        self._bank.is_stale = True

    def drain(
        self, message_subjects: Sequence[str], data: Sequence[bytes], now_ns: int, wall_ns: int
    ) -> list[Changes]:
        """Fold a turn's messages, in order. `now_ns` is monotonic; `wall_ns` stamps recovered state."""
        self._messages.add(len(data))
        if not data:
            return []
        columns, bad = decode_many(data)
        slots = self._slots_of(message_subjects, now_ns)
        if bad:
            self._rejected.add(len(bad))
            slots[np.array(bad)] = _NO_FEED
        drained = _Drained(columns, _has_events(columns, len(data)), data)
        self.heard = {}
        plain: list[NDArray[np.intp]] = []
        eventful: list[tuple[Feed, list[Step]]] = []
        for slot in np.flatnonzero(np.bincount(slots + 1)[1:]).tolist():
            feed = self._by_slot[slot]
            self.heard[feed.exchange] = feed
            steps = feed.gate.admit(_headers(columns, slots, slot, drained.has_events), data, now_ns)
            if len(steps) == 1 and isinstance(steps[0], Use):
                plain.append(steps[0].index)
            elif steps:
                eventful.append((feed, steps))
        changes = []
        if plain:
            # Feeds have no row in common, so their messages may be folded together.
            used = plain[0] if len(plain) == 1 else np.concatenate(plain)
            changes.append(self._fold(drained, slots, used, now_ns))
        for feed, steps in eventful:
            for step in steps:
                if isinstance(step, Use):
                    changes.append(self._fold(drained, slots, step.index, now_ns))
                elif isinstance(step, Resume):
                    changes.append(self._fold_whole(feed, step.messages, now_ns))
                else:
                    changes.extend(self._reset(feed, step, now_ns, wall_ns))
        return [change for change in changes if change.rows.shape[0]]

    def _slots_of(self, message_subjects: Sequence[str], now_ns: int) -> NDArray[np.intp]:
        known = self._slots
        try:
            slots = np.array([known[subject] for subject in message_subjects], np.intp)
        except KeyError:
            slots = np.array([self._noted_slot(subject, now_ns) for subject in message_subjects], np.intp)
        if slots.min() == _NO_FEED:
            self._rejected.add(int(np.count_nonzero(slots == _NO_FEED)))
        return slots

    def _noted_slot(self, subject: str, now_ns: int) -> int:
        slot = self._slots.get(subject)
        if slot is None:
            if len(self._slots) >= SUBJECTS_MAX:
                self._slots.clear()
            slot = self._slots[subject] = self._slot_of(subject, now_ns)
        return slot

    def _slot_of(self, subject: str, now_ns: int) -> int:
        try:
            exchange = subjects.raw_exchange(self._scope, subject)
        except subjects.SubjectError:
            return _NO_FEED
        feed = self.feed(exchange, now_ns)
        return _NO_FEED if feed is None else self._by_slot.index(feed)

    def _fold(
        self, drained: _Drained, slots: NDArray[np.intp], used: NDArray[np.intp], now_ns: int
    ) -> Changes:
        mask = None
        if used.shape[0] < len(drained.data):
            mask = np.zeros(len(drained.data), np.bool_)
            mask[used] = True
        columns = drained.columns
        places = self._bank.places(
            [feed.exchange for feed in self._by_slot], slots, columns.epoch, columns.definitions_version
        )
        events, missing = self._mapper.events(columns, mask, places)
        for slot in np.unique(slots[missing]).tolist() if missing.shape[0] else ():
            self._by_slot[slot].gate.want_state(now_ns)
        if not events.kinds():
            return _no_changes()
        for listener in self._listeners:
            listener.on_events(events)
        return self._folder.fold(events)

    def _reset(self, feed: Feed, step: Reset, now_ns: int, wall_ns: int) -> list[Changes]:
        rows = np.array(sorted(self._registry.feed(feed.exchange).rows), np.intp)
        for listener in self._listeners:
            listener.on_reset(feed.exchange, feed.gate.epoch, rows)
        self._registry.table.values[:, rows] = NULL
        self._registry.table.touch(rows)
        stamps = np.full(rows.shape[0], wall_ns, np.int64)
        changes = [Changes(rows, stamps, stamps)]
        for messages, recv_ns in ((step.state, wall_ns), (step.after, None)):
            if not messages:
                continue
            folded = self._fold_whole(feed, messages, now_ns)
            if recv_ns is not None:
                # Old news: how late it is says nothing about how fast we are.
                stamps = np.full(folded.rows.shape[0], recv_ns, np.int64)
                folded = Changes(folded.rows, stamps, stamps)
            changes.append(folded)
        return changes

    def _fold_whole(self, feed: Feed, messages: Sequence[bytes], now_ns: int) -> Changes:
        """Fold messages of one feed that are all used."""
        columns, _ = decode_many(messages)
        drained = _Drained(columns, _has_events(columns, len(messages)), messages)
        slots = np.full(len(messages), self._by_slot.index(feed), np.intp)
        return self._fold(drained, slots, np.arange(len(messages)), now_ns)


def _no_changes() -> Changes:
    none: Column = np.zeros(0, np.int64)
    return Changes(np.zeros(0, np.intp), none, none)


def _has_events(columns: RawColumns, count: int) -> NDArray[np.bool_]:
    has_events = np.zeros(count, np.bool_)
    for kind in (columns.quotes, columns.trades, columns.depth, columns.bars, columns.sessions):
        if kind is not None:
            assert kind.message is not None
            has_events[kind.message] = True
    return has_events


def _headers(
    columns: RawColumns, slots: NDArray[np.intp], slot: int, has_events: NDArray[np.bool_]
) -> Headers:
    index = np.flatnonzero(slots == slot)
    last = index[-1]
    if index.shape[0] == slots.shape[0]:
        return Headers(
            index, columns.epoch, columns.sequence, columns.definitions_version, columns.flags, has_events,
            int(columns.source_state[last]), int(columns.late_ms[last]),
        )  # fmt: skip
    return Headers(
        index, columns.epoch[index], columns.sequence[index], columns.definitions_version[index],
        columns.flags[index], has_events[index], int(columns.source_state[last]), int(columns.late_ms[last]),
    )  # fmt: skip
