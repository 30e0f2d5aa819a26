"""Plays a tape into the publishers of its exchanges, in order, at the pace of its playhead.

At a speed every event goes out within a few milliseconds of its time; as fast as possible, at the pace the
bus takes it. A batch spans at most 5 ms of playing time. When the host cannot keep up, the session plays
slower and says by how much; it never skips an event.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

import numpy as np

from aggregator.feeds.events import EventBlock
from aggregator.feeds.publisher import BATCH_EVENTS_MAX, BATCH_MS_MAX
from aggregator.feeds.recorded.tape import ExchangeTape, RecordedTape
from aggregator.replay.playhead import PLAYING, Playhead
from core.clock import NS_PER_MS, NS_PER_S, monotonic_ns

BATCH_NS_MAX: Final = BATCH_MS_MAX * NS_PER_MS
# Waking for every single event of a dense tape costs more than it tells: those of 1 ms go together.
GATHER_NS: Final = 1 * NS_PER_MS
# As fast as possible: so many events between two turns of the loop, and between two answers of the server.
TURN_EVENTS: Final = 2_048
UNCONFIRMED_EVENTS_MAX: Final = 16_384
BEHIND_NS_MAX: Final = 250 * NS_PER_MS
WINDOWS_PER_TURN: Final = 8


class Publisher(Protocol):
    """What the player needs of `RawPublisher`."""

    def publish(self, block: EventBlock) -> None: ...


class Player:
    """`run` plays until cancelled; the session moves the playhead and then calls `moved`."""

    def __init__(
        self,
        tape: RecordedTape,
        playhead: Playhead,
        confirm: Callable[[], Awaitable[None]],
        *,
        monotonic: Callable[[], int] = monotonic_ns,
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        """`confirm` returns when the bus has taken, and delivered to this process, what was published."""
        self.playhead = playhead
        self.publishers: Mapping[str, Publisher] = {}
        self.events_played = 0
        self.held_up_ms = 0  # playing time lost because the host was too slow
        self._tape = tape
        self._times = np.sort(np.concatenate([each.time_ns for each in tape.exchanges]), kind="stable")
        self._ranks = [0] * len(tape.exchanges)
        self._confirm = confirm
        self._unconfirmed = 0
        self._monotonic = monotonic
        self._sleep = sleep or self._sleep_or_move
        self._moved = asyncio.Event()

    @property
    def events_total(self) -> int:
        return len(self._times)

    def rewind(self) -> None:
        """Back to the first event."""
        self.events_played = 0
        self._ranks = [0] * len(self._tape.exchanges)

    def moved(self) -> None:
        """The playhead was told something."""
        self._moved.set()

    async def wait_moved(self) -> None:
        """Return at the next `moved`."""
        self._moved.clear()
        await self._moved.wait()

    async def run_to_end(self) -> None:
        """Play to the last event, standing still while paused; then the playhead has ended."""
        windows = 0
        while self.events_played < self.events_total:
            if self.playhead.state != PLAYING:
                await self.wait_moved()
                continue
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
        self.playhead.end()

    # ---- windows -----------------------------------------------------------------------------------------
    def _next_ns(self) -> int:
        return int(self._times[self.events_played])

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
        tape_ns = int(self._times[last])
        self._publish_until(tape_ns)
        self.playhead.reached(tape_ns, self._monotonic())
        await self._turn()

    async def _turn(self) -> None:
        """Let the pipeline and the bus work; wait for them when much is on its way."""
        if self._unconfirmed >= UNCONFIRMED_EVENTS_MAX:
            self._unconfirmed = 0
            await self._confirm()
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
        while begin < end:
            cut = exchange.cut(begin, end, BATCH_EVENTS_MAX)
            publisher.publish(exchange.events(begin, cut))
            begin = cut

    async def _sleep_or_move(self, seconds: float) -> None:
        """Sleep, but wake up when the playhead is told something."""
        self._moved.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._moved.wait()
        except TimeoutError:
            return
