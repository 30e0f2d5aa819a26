"""A replay session of its own process, and the questions and orders that a test may give it over the bus."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import subjects
from core.bus import Bus, BusError, NoResponders
from core.market.intervals import parse_interval
from core.wire.generated.control_pb2 import (
    BarInterval,
    ReplayControl,
    SessionClock,
    Timeline,
    TimelineRequest,
)
from core.wire.generated.control_pb2 import InstrumentKey as KeyMessage
from tests.e2e.processes import Child
from tests.e2e.stack import ASK_INTERVAL_S, START_TIMEOUT_S, Stack

ORDER_TIMEOUT_MS = 10_000
LOADING, PLAYING, PAUSED = SessionClock.LOADING, SessionClock.PLAYING, SessionClock.PAUSED
ENDED, FAILED = SessionClock.ENDED, SessionClock.FAILED
EVENT, BAR, SECOND = ReplayControl.EVENT, ReplayControl.BAR, ReplayControl.SECOND


@dataclass
class Session:
    """Orders are answered with the session's clock once they have been carried out."""

    bus: Bus
    name: str
    child: Child

    async def order(self, action: "ReplayControl.Action", **fields: Any) -> SessionClock:
        self.child.check_running()
        request = ReplayControl(action=action, **fields).SerializeToString()
        data = await self.bus.request(subjects.replay_control(self.name), request, ORDER_TIMEOUT_MS)
        clock = SessionClock.FromString(data)
        assert not clock.error, clock.error
        return clock

    async def status(self) -> SessionClock:
        return await self.order(ReplayControl.STATUS)

    async def play(self, speed_milli: int | None = None) -> SessionClock:
        """Go on, at this speed if one is given; 0 as fast as possible."""
        if speed_milli is not None:
            await self.order(ReplayControl.SPEED, speed_milli=speed_milli)
        return await self.order(ReplayControl.PLAY)

    async def pause(self) -> SessionClock:
        return await self.order(ReplayControl.PAUSE)

    async def seek(self, tape_ns: int) -> SessionClock:
        return await self.order(ReplayControl.SEEK, tape_ns=tape_ns)

    async def loop(self, is_looped: bool) -> SessionClock:
        return await self.order(ReplayControl.LOOP, is_looped=is_looped)

    async def step(self, step: "ReplayControl.Step", steps: int, interval: str = "1s") -> SessionClock:
        cut = parse_interval(interval)
        return await self.order(
            ReplayControl.STEP,
            step=step,
            steps=steps,
            interval=BarInterval(unit=int(cut.unit), count=cut.count),
        )

    async def timeline(self, buckets: int = 200, key: tuple[str, str] | None = None) -> Timeline:
        request = TimelineRequest(buckets=buckets)
        if key is not None:
            request.key.CopyFrom(KeyMessage(exchange=key[0], symbol=key[1]))
        data = await self.bus.request(
            subjects.replay_timeline(self.name), request.SerializeToString(), ORDER_TIMEOUT_MS
        )
        answer = Timeline.FromString(data)
        assert not answer.error, answer.error
        return answer

    async def until(self, *states: "SessionClock.State", timeout_s: float = START_TIMEOUT_S) -> SessionClock:
        """Ask until it is in one of these states."""
        deadline_s = time.monotonic() + timeout_s
        said: SessionClock | None = None
        while time.monotonic() < deadline_s:
            with suppress(NoResponders, BusError):  # still loading its files
                said = await self.status()
                if said.state in states:
                    return said
            await asyncio.sleep(ASK_INTERVAL_S)
        raise AssertionError(f"the session is {said}\n{self.child.tail()}")

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[list[SessionClock]]:
        """Every clock message that goes out meanwhile, in order."""
        heard: list[SessionClock] = []
        subscription = await self.bus.subscribe(
            subjects.session_clock(self.name),
            lambda _subject, data, _reply: heard.append(SessionClock.FromString(data)),
        )
        await self.bus.flush()
        yield heard
        subscription.unsubscribe()


async def replayed(
    stack: Stack, bus: Bus, files: Sequence[Path], *options: str, name: str = "tape"
) -> Session:
    """A session of these files, playing or about to."""
    arguments = ("replay", *map(str, files), "--session", name, *options, *stack.where())
    session = Session(bus, name, stack.start("replay", "-m", "aggregator", *arguments))
    await session.until(PLAYING, PAUSED, ENDED, timeout_s=60)
    return session


async def standing(stack: Stack, bus: Bus, files: Sequence[Path], name: str = "tape") -> Session:
    """A session that is paused."""
    session = await replayed(stack, bus, files, "--speed", "1", name=name)
    await session.pause()
    return session
