"""A replay session in the test's process: obeys the transport over a real server, has no market."""

import asyncio

from core import subjects
from core.bus import Bus, ServerAddress
from core.clock import NS_PER_MS, NS_PER_S, wall_ns
from core.wire.generated.control_pb2 import ReplayControl, SessionClock, Timeline, TimelineRequest
from tests.desktop.test_replay_scope import EPOCH, TAPE_NS

BEGIN_NS = TAPE_NS - 251 * NS_PER_S
END_NS = TAPE_NS + 93_880 * NS_PER_MS


class TestSession:
    """`start`, then read `asked`; `hold` keeps answers back until it is set again."""

    __test__ = False

    def __init__(self, url: str, name: str = "eth-0808") -> None:
        self.bus = Bus("test-session", ServerAddress((url,)))
        self.clock = SessionClock(
            session=name,
            epoch=EPOCH,
            state=SessionClock.PAUSED,
            speed_milli=1_000,
            tape_ns=TAPE_NS,
            begin_ns=BEGIN_NS,
            end_ns=END_NS,
            events_total=566_742,
            instruments=103,
        )
        self.asked: list[ReplayControl] = []
        self.timelines: list[TimelineRequest] = []
        self.refuses = ""
        self.free = asyncio.Event()
        self.free.set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> "TestSession":
        await self.bus.connect()
        name = self.clock.session
        await self.bus.subscribe(subjects.replay_control(name), self._on_control)
        await self.bus.subscribe(subjects.replay_timeline(name), self._on_timeline)
        await self.bus.flush()
        self.send()
        return self

    async def close(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.bus.close()

    def send(self) -> None:
        self.clock.sent_ns = wall_ns()
        data = self.clock.SerializeToString()
        self.bus.publish(subjects.session_clock(self.clock.session), data)

    def _on_control(self, _subject: str, data: bytes, reply: str) -> None:
        self.asked.append(ReplayControl.FromString(data))
        task = asyncio.create_task(self._answer(self.asked[-1], reply))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, control: ReplayControl, reply: str) -> None:
        await self.free.wait()
        if not self.refuses:
            self._obey(control)
        self.send()
        answer = SessionClock()
        answer.CopyFrom(self.clock)
        answer.error = self.refuses
        self.bus.respond(reply, answer.SerializeToString())

    def _obey(self, control: ReplayControl) -> None:
        clock = self.clock
        if control.action == ReplayControl.SEEK:
            clock.tape_ns = control.tape_ns
        elif control.action in (ReplayControl.PLAY, ReplayControl.PAUSE):
            playing = control.action == ReplayControl.PLAY
            clock.state = SessionClock.PLAYING if playing else SessionClock.PAUSED
        elif control.action == ReplayControl.SPEED:
            clock.speed_milli = control.speed_milli
        elif control.action == ReplayControl.LOOP:
            clock.is_looped = control.is_looped
        elif control.action == ReplayControl.BOOKMARK:
            self._forget(control.tape_ns)
            clock.bookmarks.add(tape_ns=control.tape_ns, name=control.name)
        elif control.action == ReplayControl.REMOVE_BOOKMARK:
            self._forget(control.tape_ns)

    def _forget(self, tape_ns: int) -> None:
        kept = [mark for mark in self.clock.bookmarks if mark.tape_ns != tape_ns]
        del self.clock.bookmarks[:]
        self.clock.bookmarks.extend(kept)

    def _on_timeline(self, _subject: str, data: bytes, reply: str) -> None:
        """One trade more in each bucket than in the one before, up to the clock."""
        request = TimelineRequest.FromString(data)
        self.timelines.append(request)
        bucket_ns = -(-(END_NS - BEGIN_NS) // request.buckets)
        count = -(-(self.clock.tape_ns - BEGIN_NS) // bucket_ns)
        answer = Timeline(
            epoch=self.clock.epoch,
            begin_ns=BEGIN_NS,
            bucket_ns=bucket_ns,
            tape_ns=self.clock.tape_ns,
            trades=range(1, count + 1),
        )
        if request.HasField("key"):
            answer.volume.extend(number / 2 for number in range(1, count + 1))
        self.bus.respond(reply, answer.SerializeToString())
