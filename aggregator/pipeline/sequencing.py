"""Which raw messages of a feed count, and when its whole state has to be asked for.

One `FeedGate` per exchange keeps the feed's epoch and last sequence. What arrives in order passes in bulk,
without a loop; duplicates and older epochs are dropped and counted. After a gap nothing of the feed is used
until its state (FIRST..LAST, all of one sequence) has arrived; what came after that sequence follows it.
Pure: it neither decodes nor sends, and time is an argument in monotonic nanoseconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backoff import Backoff
from core.clock import NS_PER_MS
from core.market.fields import SourceState
from core.metrics import Counters
from core.wire.raw_events import RawFlag

STATE: Final = int(RawFlag.STATE)
STATE_FIRST: Final = int(RawFlag.FIRST)
STATE_LAST: Final = int(RawFlag.LAST)

SILENT_AFTER_MS: Final = 1_000
STATE_MESSAGES_MAX: Final = 4_096
HELD_MESSAGES_MAX: Final = 4_096
ASK_BACKOFF: Final = Backoff(first_ms=250, max_ms=4_000)


class Phase(Enum):
    RECOVERING = auto()  # nothing is used until the state arrived
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


Step = Use | Reset


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
        self._held: list[tuple[int, bytes]] = []
        self._duplicates = counters.counter("raw_duplicates")
        self._old_epoch = counters.counter("raw_old_epoch")
        self._gaps = counters.counter("raw_gaps")
        self._ignored = counters.counter("raw_ignored")
        self._states = counters.counter("raw_states")

    # ---- messages ----------------------------------------------------------------------------------------
    def admit(self, headers: Headers, data: Sequence[bytes], now_ns: int) -> list[Step]:
        """What to do with a drain's messages of this feed, in order. `data` is the whole drain."""
        if not headers.index.shape[0]:
            return []
        if self._is_plain(headers):
            self._hear(headers, now_ns)
            self.sequence += int(np.count_nonzero(headers.has_events))
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
            if flags & STATE:
                reset = self._on_state(sequence, flags, version, data[index], now_ns)
                if reset is not None:
                    close_run()
                    steps.append(reset)
            elif self._on_message(sequence, version, has_events, data[index], now_ns):
                used.append(index)
        close_run()
        return steps

    def _begin_epoch(self, epoch: int, sequence: int, flags: int, has_events: bool, now_ns: int) -> bool:
        """A restarted or first heard feed. True: we hear it from its first event on, no state is needed."""
        self.epoch = epoch
        self._drop_collected()
        if not flags & STATE and sequence == int(has_events):
            self.sequence = 0
            self._go_live()
            return True
        self.sequence = 0  # of the epoch so far
        self.recover(now_ns)
        return False

    def _on_message(self, sequence: int, version: int, has_events: bool, data: bytes, now_ns: int) -> bool:
        """True: fold it."""
        if self.phase is Phase.RECOVERING:
            if has_events:
                self._hold(sequence, data)
            return False
        if not has_events:
            if sequence > self.sequence:  # a last message was lost
                self._lose(now_ns)
            return False
        if sequence <= self.sequence:
            self._duplicates.add()
            return False
        if sequence > self.sequence + 1 or not self._is_known(self.epoch, version):
            self._lose(now_ns)
            self._hold(sequence, data)
            return False
        self.sequence = sequence
        return True

    def _on_state(self, sequence: int, flags: int, version: int, data: bytes, now_ns: int) -> Reset | None:
        if sequence < self.sequence:
            self._ignored.add()  # a state that came late would bring back old values
            return None
        if self.phase is Phase.LIVE:
            if sequence > self.sequence:
                self._lose(now_ns)
            elif not self._is_wanted or not flags & STATE_FIRST:
                return None  # somebody else asked for it
        if flags & STATE_FIRST:
            self.phase = Phase.RECOVERING
            self._collected, self._collected_sequence, self._held = [], sequence, []
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
        state, held = tuple(self._collected), sorted(self._held)
        self._drop_collected()
        self.sequence = self._collected_sequence
        self._go_live()
        self._states.add()
        after = []
        for sequence, data in held:
            if sequence == self.sequence + 1:
                after.append(data)
                self.sequence = sequence
            elif sequence > self.sequence:
                self._lose(now_ns)
                break
        return Reset(state, tuple(after))

    def _hold(self, sequence: int, data: bytes) -> None:
        if self._collected is None or sequence <= self._collected_sequence:
            self._ignored.add()
        elif len(self._held) >= HELD_MESSAGES_MAX:
            self._ignored.add(len(self._held))
            self._drop_collected()
        else:
            self._held.append((sequence, data))

    def _drop_collected(self) -> None:
        self._collected, self._held = None, []

    # ---- recovery ----------------------------------------------------------------------------------------
    def recover(self, now_ns: int) -> None:
        """Use nothing more until the feed has repeated its state."""
        self.phase = Phase.RECOVERING
        self._ask_ns = max(self._ask_ns, now_ns)  # never sooner than the last asking allows

    def want_state(self, now_ns: int) -> None:
        """Something of the feed is missing (an instrument without a definition), the rest stays in use."""
        if not self._is_wanted:
            self._is_wanted = True
            self._ask_ns = max(self._ask_ns, now_ns)

    def _lose(self, now_ns: int) -> None:
        self._gaps.add()
        self.recover(now_ns)

    def _go_live(self) -> None:
        self.phase = Phase.LIVE
        self._is_wanted = False
        self._asked = 0

    def ask_ns(self) -> int | None:
        """When to ask the feed for its definitions and state; None: nothing is missing."""
        if self.phase is Phase.LIVE and not self._is_wanted:
            return None
        return self._ask_ns

    def on_asked(self, now_ns: int) -> None:
        self._ask_ns = now_ns + ASK_BACKOFF.delay_ms(self._asked, self._random) * NS_PER_MS
        self._asked += 1

    # ---- what desks are told -----------------------------------------------------------------------------
    def status(self, now_ns: int) -> tuple[SourceState, int]:
        """The source's state and how many ms it is behind."""
        is_silent = self._heard_ns is None or now_ns - self._heard_ns > SILENT_AFTER_MS * NS_PER_MS
        if is_silent or self.phase is Phase.RECOVERING:
            return SourceState.DOWN, 0
        return self._source_state, self._late_ms
