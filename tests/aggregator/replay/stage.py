"""Sessions and desks on one real bus, for tests: what a desk hears of a session and can tell it."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from aggregator.feeds.events import EventBlock
from aggregator.feeds.recorded.tape import RecordedTape
from aggregator.replay.session import ReplaySession
from core import subjects
from core.bus import Bus, ServerAddress
from core.scope import Scope
from core.wire.generated.control_pb2 import ReplayControl, SessionClock, Timeline, TimelineRequest
from core.wire.raw import RawFlag, decode_raw


class Desk:
    """`clocks` in order of arrival; `raw` are (epoch, event times) of every message of events."""

    def __init__(self, bus: Bus, session: str) -> None:
        self.bus = bus
        self.session = session
        self.clocks: list[SessionClock] = []
        self.live: list[str] = []
        self.raw: list[tuple[int, list[int]]] = []
        self.too_late: list[str] = []  # events after the clock that stood still

    async def open(self) -> None:
        await self.bus.subscribe(subjects.session_clock(self.session), self._on_clock)
        await self.bus.subscribe("md.>", lambda subject, _data, _reply: self.live.append(subject))
        await self.bus.subscribe(subjects.raw_all(Scope(self.session)), self._on_raw)
        await self.bus.flush()

    def _on_clock(self, _subject: str, data: bytes, _reply: str) -> None:
        self.clocks.append(SessionClock.FromString(data))

    def _on_raw(self, _subject: str, data: bytes, _reply: str) -> None:
        batch = decode_raw(data)
        block = EventBlock(batch.quotes, batch.trades, batch.depth, batch.bars, batch.sessions)
        times = [at for _, events in block.kinds() for at in events.event_ns.tolist()]
        if not times or batch.header.flags & RawFlag.STATE:
            return
        self.raw.append((batch.header.epoch, times))
        clock = self.clocks[-1] if self.clocks else None
        if clock is not None and clock.state == SessionClock.PAUSED and max(times) > clock.tape_ns:
            self.too_late.append(f"{max(times) - clock.tape_ns} ns after {clock}")

    async def tell(self, action: "ReplayControl.Action", speed_milli: int = 0, **more: Any) -> SessionClock:
        control = ReplayControl(action=action, speed_milli=speed_milli, **more).SerializeToString()
        return SessionClock.FromString(
            await self.bus.request(subjects.replay_control(self.session), control, 5_000)
        )

    async def timeline(self, **request: Any) -> Timeline:
        asked = TimelineRequest(**request).SerializeToString()
        return Timeline.FromString(
            await self.bus.request(subjects.replay_timeline(self.session), asked, 5_000)
        )

    def state(self) -> "SessionClock.State | None":
        return self.clocks[-1].state if self.clocks else None


class Stage:
    """Buses, sessions and desks of one test, ended in turn."""

    def __init__(self, stack: AsyncExitStack, url: str) -> None:
        self._stack = stack
        self.address = ServerAddress((url,))
        self.session: ReplaySession | None = None

    async def bus(self, name: str) -> Bus:
        bus = Bus(name, self.address)
        await bus.connect()
        self._stack.push_async_callback(bus.close)
        return bus

    async def desk(self, session: str) -> Desk:
        desk = Desk(await self.bus("desk"), session)
        await desk.open()
        return desk

    async def play(
        self, recorded: RecordedTape | Callable[[], RecordedTape], **options: Any
    ) -> "asyncio.Task[int]":
        session = self.session = ReplaySession(await self.bus("replay"), recorded, "one", **options)
        task = asyncio.create_task(session.run(), name="session")

        async def end() -> None:
            session.stop()
            await asyncio.gather(task, return_exceptions=True)

        self._stack.push_async_callback(end)
        return task
