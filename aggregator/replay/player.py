"""Plays a tape into the publishers of its exchanges, in order, at the pace of its playhead.

At a speed every event goes out within a few milliseconds of its time; as fast as possible, at the pace the
bus takes it. A batch spans at most 5 ms of playing time. When the host cannot keep up, the session plays
slower and says by how much; it never skips an event. Its position is a time such that every event up to it
has been published, and none after it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.events import EventBlock
from aggregator.feeds.publisher import BATCH_EVENTS_MAX, BATCH_MS_MAX
from aggregator.feeds.recorded.tape import ExchangeTape, RecordedTape
from aggregator.replay.playhead import PLAYING, Playhead
from core.clock import NS_PER_MS, NS_PER_S, monotonic_ns

BATCH_NS_MAX: Final = BATCH_MS_MAX * NS_PER_MS
# Waking for every single event of a dense tape costs more than it tells: those of 1 ms go together.
GATHER_NS: Final = 1 * NS_PER_MS
# As fast as possible: so many events between two turns of the loop, and between two answers of the server.
# Half of a message of 256 events is the work of building it, whatever its length, so these are longer.
TURN_EVENTS: Final = 4_096
UNPACED_BATCH_EVENTS_MAX: Final = 1_024
UNCONFIRMED_EVENTS_MAX: Final = 16_384
BEHIND_NS_MAX: Final = 250 * NS_PER_MS
WINDOWS_PER_TURN: Final = 8


class Publisher(Protocol):
    """What the player needs of `RawPublisher`."""

    def publish(self, block: EventBlock) -> None: ...


def sorted_times(tape: RecordedTape) -> NDArray[np.int64]:
    """Playing times of all events of all exchanges, ascending."""
    return np.sort(np.concatenate([each.time_ns for each in tape.exchanges]), kind="stable")


async def _unconfirmed() -> None:
    await asyncio.sleep(0)


class Player:
    """`play` plays until the end or until `interrupt` was called; whoever calls it owns the playhead."""

    def __init__(
        self,
        tape: RecordedTape,
        playhead: Playhead,
        times: NDArray[np.int64],
        *,
        confirm: Callable[[], Awaitable[None]] = _unconfirmed,
        monotonic: Callable[[], int] = monotonic_ns,
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        """`times` are the tape's sorted ones.

        `confirm` returns when the bus has taken, and delivered to this process, what was published.
        """
        self.playhead = playhead
        self.times = times
        self.confirm = confirm
        self.publishers: Mapping[str, Publisher] = {}
        self.events_played = 0
        self.held_up_ms = 0  # playing time lost because the host was too slow
        self._tape = tape
        self._ranks = [0] * len(tape.exchanges)
        self._step_ns: int | None = None
        self._unconfirmed = 0
        self._monotonic = monotonic
        self._sleep = sleep or self._sleep_until_interrupted
        self._interrupted = asyncio.Event()

    @property
    def events_total(self) -> int:
        return len(self.times)

    @property
    def is_at_end(self) -> bool:
        return self.events_played >= self.events_total

    def position_ns(self) -> int:
        """What the clock says: as `played_ns`, and during a step where that leads."""
        return self.played_ns() if self._step_ns is None else self._step_ns

    def played_ns(self) -> int:
        """Every event up to this time has been published, none after it, unless a step is under way."""
        head_ns = self.playhead.tape_ns(self._monotonic())
        return head_ns if self.is_at_end else min(head_ns, self._next_ns() - 1)

    def place(self, ranks: Sequence[int]) -> None:
        """Go on after so many events of each exchange; nothing is published."""
        assert len(ranks) == len(self._ranks)
        self._ranks = list(ranks)
        self.events_played = sum(ranks)

    def interrupt(self) -> None:
        """Let `play` and `wait` return."""
        self._interrupted.set()

    async def wait(self) -> None:
        """Return at the next `interrupt`."""
        self._interrupted.clear()
        await self._interrupted.wait()

    async def play(self) -> bool:
        """Play on while the playhead does. True: the last event was played; False: interrupted."""
        self._interrupted.clear()
        windows = 0
        while not self.is_at_end:
            if self._interrupted.is_set() or self.playhead.state != PLAYING:
                return False
            if self.playhead.is_unpaced:
                await self._play_unpaced()
                continue
            now_ns = self._monotonic()
            wait_ns = self.playhead.wait_ns(self._next_ns(), now_ns)
            if wait_ns > 0:
                windows = 0
                await self._sleep(wait_ns / NS_PER_S)
                continue
            windows += 1
            if self._play_window(now_ns):
                await self._sleep(GATHER_NS / NS_PER_S)
            elif windows % WINDOWS_PER_TURN == 0:
                await self._turn()
        return True

    def begin_step(self, tape_ns: int) -> None:
        """The clock stands at `tape_ns` from now on; `step` publishes what leads there."""
        assert tape_ns >= self.position_ns()
        self.playhead.move_to(tape_ns)
        self._step_ns = tape_ns

    async def step(self) -> None:
        """Publish everything up to where the step leads, as fast as possible."""
        assert self._step_ns is not None
        tape_ns = self._step_ns
        try:
            end = int(self.times.searchsorted(tape_ns, "right"))
            while self.events_played < end:
                last = min(self.events_played + TURN_EVENTS, end) - 1
                self._publish_until(int(self.times[last]))
                await self._turn()
        finally:
            self._step_ns = None

    # ---- windows -----------------------------------------------------------------------------------------
    def _next_ns(self) -> int:
        return int(self.times[self.events_played])

    def _play_window(self, now_ns: int) -> bool:
        """Play what is due, at most 5 ms of playing time of it. True: nothing else is due."""
        head = self.playhead
        begin_ns, due_ns = self._next_ns(), head.tape_ns(now_ns)
        behind_ns = due_ns - begin_ns
        if behind_ns > head.span_ns(BEHIND_NS_MAX):
            lost_ns = behind_ns - head.span_ns(BATCH_NS_MAX)
            self.held_up_ms += lost_ns * 1_000 // head.speed_milli // NS_PER_MS
            due_ns = begin_ns + head.span_ns(BATCH_NS_MAX)
            head.reached(due_ns, now_ns)
        end_ns = min(due_ns, begin_ns + head.span_ns(BATCH_NS_MAX))
        self._publish_until(end_ns)
        return end_ns == due_ns

    async def _play_unpaced(self) -> None:
        last = min(self.events_played + TURN_EVENTS, self.events_total) - 1
        tape_ns = int(self.times[last])
        self._publish_until(tape_ns)
        self.playhead.reached(tape_ns, self._monotonic())
        await self._turn()

    async def _turn(self) -> None:
        """Let the pipeline and the bus work; wait for them when much is on its way."""
        if self._unconfirmed >= UNCONFIRMED_EVENTS_MAX:
            self._unconfirmed = 0
            await self.confirm()
        else:
            await asyncio.sleep(0)

    def _publish_until(self, tape_ns: int) -> None:
        for number, exchange in enumerate(self._tape.exchanges):
            end = exchange.rank_at(tape_ns)
            begin = self._ranks[number]
            if begin < end:
                self._publish(exchange, begin, end)
                self._ranks[number] = end
                self.events_played += end - begin
                self._unconfirmed += end - begin

    def _publish(self, exchange: ExchangeTape, begin: int, end: int) -> None:
        publisher = self.publishers[exchange.exchange]
        is_bulk = self.playhead.is_unpaced or self._step_ns is not None
        events_max = UNPACED_BATCH_EVENTS_MAX if is_bulk else BATCH_EVENTS_MAX
        while begin < end:
            cut = exchange.cut(begin, end, events_max)
            publisher.publish(exchange.events(begin, cut))
            begin = cut

    async def _sleep_until_interrupted(self, seconds: float) -> None:
        if self._interrupted.is_set():
            return
        try:
            async with asyncio.timeout(seconds):
                await self._interrupted.wait()
        except TimeoutError:
            return
