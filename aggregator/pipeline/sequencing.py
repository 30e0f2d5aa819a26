"""Which raw messages of a feed count, and what has to be asked for when some were lost.

One `FeedGate` per exchange keeps the feed's epoch and last sequence. What arrives in order passes in bulk,
without a loop; duplicates and older epochs are dropped and counted. After a gap nothing of the feed is used
until the missing messages were repeated: then all go on in order, and no trade is lost. If the feed cannot,
its state (FIRST..LAST, all of one sequence) replaces everything; what came after that sequence follows it.
Pure: it neither decodes nor sends, and time is an argument in monotonic nanoseconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aggregator.pipeline.held import HeldMessages
from core.backoff import Backoff
from core.clock import NS_PER_MS
from core.market.fields import SourceState
from core.metrics import Counters
from core.wire.generated.control_pb2 import FeedStateRequest
from core.wire.raw_events import RawFlag

STATE: Final = int(RawFlag.STATE)
STATE_FIRST: Final = int(RawFlag.FIRST)
STATE_LAST: Final = int(RawFlag.LAST)

SILENT_AFTER_MS: Final = 1_000
STATE_MESSAGES_MAX: Final = 4_096
# A repetition may be lost like anything else; only a feed that never repeats is asked for its state instead.
REPEATS_MAX: Final = 4
ASK_BACKOFF: Final = Backoff(first_ms=250, max_ms=4_000)


class Phase(Enum):
    RECOVERING = auto()  # nothing is used until what is missing, or the state, has arrived
    LIVE = auto()


@dataclass(frozen=True, slots=True)
class Headers:
    """Headers of one feed's messages in order of arrival; `index` are their places in the drain."""

    index: NDArray[np.intp]
    epoch: NDArray[np.uint64]
    sequence: NDArray[np.uint64]
    definitions_version: NDArray[np.uint32]
    flags: NDArray[np.uint8]
    has_events: NDArray[np.bool_]
    source_state: int  # of the last message
    late_ms: int


@dataclass(frozen=True, slots=True)
class Use:
    """Fold these messages of the drain, in this order."""

    index: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Reset:
    """Empty every row of the feed, then fold `state` and `after`, which are whole messages."""

    state: tuple[bytes, ...] = ()
    after: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Resume:
    """Fold these whole messages, the next in order: the gap before them is closed."""

    messages: tuple[bytes, ...]


Step = Use | Reset | Resume


class FeedGate:
    """`is_known(epoch, version)` tells whether the definitions of that version are at hand."""

    def __init__(
        self, is_known: Callable[[int, int], bool], counters: Counters, random: Random, now_ns: int
    ) -> None:
        self.epoch = 0
        self.sequence = 0
        self.phase = Phase.RECOVERING
        self._is_known = is_known
        self._random = random
        self._source_state = SourceState.DOWN
        self._late_ms = 0
        self._heard_ns: int | None = None
        self._is_wanted = False
        self._asked = 0
        self._ask_ns = now_ns
        self._collected: list[bytes] | None = None
        self._collected_sequence = 0
        self._held = HeldMessages()
        self._heard_to = 0  # the highest sequence any message of the epoch has named
        self._can_resume = False  # the gap may still be closed by repeated messages
        self._resend_after = 0  # what the last request for a repetition named
        self._resends = 0  # how often it was asked for that
        self._duplicates = counters.counter("raw_duplicates")
        self._old_epoch = counters.counter("raw_old_epoch")
        self._gaps = counters.counter("raw_gaps")
        self._ignored = counters.counter("raw_ignored")
        self._states = counters.counter("raw_states")
        self._resumes = counters.counter("raw_resumes")

    # ---- messages ----------------------------------------------------------------------------------------
    def admit(self, headers: Headers, data: Sequence[bytes], now_ns: int) -> list[Step]:
        """What to do with a drain's messages of this feed, in order. `data` is the whole drain."""
        if not headers.index.shape[0]:
            return []
        if self._is_plain(headers):
            self._hear(headers, now_ns)
            self.sequence += int(np.count_nonzero(headers.has_events))
            self._heard_to = self.sequence
            return [Use(headers.index)]
        return self._admit_each(headers, data, now_ns)

    def _is_plain(self, headers: Headers) -> bool:
        """Live, and every message is the next one or an idle header."""
        if self.phase is not Phase.LIVE or (headers.flags & STATE).any():
            return False
        expected = self.sequence + np.cumsum(headers.has_events, dtype=np.uint64)
        version = headers.definitions_version
        return bool(
            (headers.epoch == self.epoch).all()
            and (headers.sequence == expected).all()
            and (version == version[0]).all()
            and self._is_known(self.epoch, int(version[0]))
        )

    def _hear(self, headers: Headers, now_ns: int) -> None:
        self._heard_ns = now_ns
        if int(headers.epoch[-1]) < self.epoch:
            return  # the last word is that of a process that has been replaced
        self._source_state = SourceState(headers.source_state)
        self._late_ms = headers.late_ms

    def _admit_each(self, headers: Headers, data: Sequence[bytes], now_ns: int) -> list[Step]:
        steps: list[Step] = []
        used: list[int] = []

        def close_run() -> None:
            if used:
                steps.append(Use(np.array(used, np.intp)))
                used.clear()

        for index, epoch, sequence, version, flags, has_events in zip(
            headers.index.tolist(), headers.epoch.tolist(), headers.sequence.tolist(),
            headers.definitions_version.tolist(), headers.flags.tolist(), headers.has_events.tolist(),
            strict=True,
        ):  # fmt: skip
            if epoch < self.epoch:
                self._old_epoch.add()
                continue
            self._hear(headers, now_ns)
            if epoch > self.epoch and self._begin_epoch(epoch, sequence, flags, has_events, now_ns):
                close_run()
                steps.append(Reset())
            self._heard_to = max(self._heard_to, sequence)
            step: Step | None = None
            if flags & STATE:
                step = self._on_state(sequence, flags, version, data[index], now_ns)
            elif self.phase is Phase.RECOVERING:
                step = self._on_missing(sequence, version, has_events, data[index])
            elif self._on_next(sequence, version, has_events, data[index], now_ns):
                used.append(index)
            if step is not None:
                close_run()
                steps.append(step)
        close_run()
        return steps

    def _begin_epoch(self, epoch: int, sequence: int, flags: int, has_events: bool, now_ns: int) -> bool:
        """A restarted or first heard feed. True: we hear it from its first event on, no state is needed."""
        self.epoch = epoch
        self.sequence = self._heard_to = 0  # of the epoch so far
        self._drop_collected()
        self._held.clear()
        if not flags & STATE and sequence == int(has_events):
            self._go_live()
            return True
        self.recover(now_ns)
        return False

    def _on_next(self, sequence: int, version: int, has_events: bool, data: bytes, now_ns: int) -> bool:
        """A message while nothing is missing. True: fold it."""
        if not has_events:
            if sequence > self.sequence:  # a last message was lost
                self._lose(now_ns)
            return False
        if sequence <= self.sequence:
            self._duplicates.add()
            return False
        if sequence > self.sequence + 1 or not self._is_known(self.epoch, version):
            self._lose(now_ns)
            self._hold(sequence, version, data)
            return False
        self.sequence = sequence
        return True

    def _on_missing(self, sequence: int, version: int, has_events: bool, data: bytes) -> Resume | None:
        """A message while others are missing: it waits for them, or is one of them."""
        if has_events and sequence <= self.sequence:
            self._duplicates.add()
        elif has_events:
            self._hold(sequence, version, data)
        if not self._can_resume:
            return None
        messages = self._take_next()
        if self.sequence >= self._heard_to:
            self._resumes.add()
            self._go_live()
        return Resume(messages) if messages else None

    def _take_next(self) -> tuple[bytes, ...]:
        """The held messages that are next in order."""
        messages = self._held.take(self.sequence + 1, lambda version: self._is_known(self.epoch, version))
        self.sequence += len(messages)
        return messages

    def _on_state(self, sequence: int, flags: int, version: int, data: bytes, now_ns: int) -> Reset | None:
        if sequence < self.sequence:
            self._ignored.add()  # a state that came late would bring back old values
            return None
        if self.phase is Phase.LIVE:
            if sequence > self.sequence:
                self._lose(now_ns)
            elif not self._is_wanted or not flags & STATE_FIRST:
                return None  # somebody else asked for it
        if self._can_resume and not self._asked:
            return None  # somebody else asked for it: our own gap is better closed without
        if flags & STATE_FIRST:
            self.recover(now_ns)
            self._collected, self._collected_sequence = [], sequence
            self._held.drop_to(sequence)
        if self._collected is None:
            return None
        if sequence != self._collected_sequence or len(self._collected) >= STATE_MESSAGES_MAX:
            self._drop_collected()
            return None
        self._collected.append(data)
        if not flags & STATE_LAST:
            return None
        if not self._is_known(self.epoch, version):
            self._drop_collected()
            return None
        return self._adopt(now_ns)

    def _adopt(self, now_ns: int) -> Reset:
        assert self._collected is not None
        state = tuple(self._collected)
        self._drop_collected()
        self.sequence = self._collected_sequence
        self._go_live()
        self._states.add()
        after = self._take_next()
        if self.sequence < self._heard_to:
            self._lose(now_ns)
        return Reset(state, after)

    def _hold(self, sequence: int, version: int, data: bytes) -> None:
        if not self._can_resume and (self._collected is None or sequence <= self._collected_sequence):
            self._ignored.add()
        elif not self._held.add(sequence, version, data):
            self._ignored.add(len(self._held))
            self._held.clear()
            self._can_resume = False  # too much is missing
            self._drop_collected()

    def _drop_collected(self) -> None:
        self._collected = None

    # ---- recovery ----------------------------------------------------------------------------------------
    def recover(self, now_ns: int) -> None:
        """Use nothing more until the feed has repeated its state."""
        self.phase = Phase.RECOVERING
        self._can_resume = False
        self._ask_ns = max(self._ask_ns, now_ns)  # never sooner than the last asking allows

    def want_state(self, now_ns: int) -> None:
        """Something of the feed is missing (an instrument without a definition), the rest stays in use."""
        if not self._is_wanted:
            self._is_wanted = True
            self._ask_ns = max(self._ask_ns, now_ns)

    def _lose(self, now_ns: int) -> None:
        """Use nothing more until the feed has repeated what is missing, or else its state."""
        self._gaps.add()
        self.recover(now_ns)
        self._can_resume = True
        self._resend_after = -1

    def _go_live(self) -> None:
        self.phase = Phase.LIVE
        self._can_resume = False
        self._is_wanted = False
        self._asked = 0

    def ask_ns(self) -> int | None:
        """When to ask the feed for its definitions and state; None: nothing is missing."""
        if self.phase is Phase.LIVE and not self._is_wanted:
            return None
        return self._ask_ns

    def on_asked(self, now_ns: int) -> bytes:
        """The request to send now: a few times for what is missing at one place, else for the state."""
        self._ask_ns = now_ns + ASK_BACKOFF.delay_ms(self._asked, self._random) * NS_PER_MS
        self._asked += 1
        if self._can_resume and self.sequence > self._resend_after:
            self._resend_after, self._resends = self.sequence, 0
        if self._can_resume and self._resends < REPEATS_MAX:
            self._resends += 1
            return FeedStateRequest(epoch=self.epoch, after_sequence=self.sequence).SerializeToString()
        if self._can_resume:
            self.recover(now_ns)  # it was not repeated
        return b""

    # ---- what desks are told -----------------------------------------------------------------------------
    def status(self, now_ns: int) -> tuple[SourceState, int]:
        """The source's state and how many ms it is behind."""
        is_silent = self._heard_ns is None or now_ns - self._heard_ns > SILENT_AFTER_MS * NS_PER_MS
        if is_silent or self.phase is Phase.RECOVERING:
            return SourceState.DOWN, 0
        return self._source_state, self._late_ms
