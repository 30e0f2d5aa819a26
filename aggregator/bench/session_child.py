"""A replay session as a child of a bench: started, ordered about over the bus, ended by its id."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Self

import psutil

from core import platform, subjects
from core.bus import Bus, BusError, NoResponders, Subscription
from core.profile import Profile, SupervisorInfo
from core.wire.generated.control_pb2 import ReplayControl, SessionClock

READY_TIMEOUT_S: Final = 60.0  # it makes the keyframes of what has none
ORDER_TIMEOUT_MS: Final = 10_000
ASK_INTERVAL_S: Final = 0.05
STOP_TIMEOUT_S: Final = 5.0
MAX_SPEED: Final = 0


class SessionFailed(ChildProcessError):
    """The session ended, refused an order or does not get where it should; one line."""


class SessionChild:
    """`bus` may be of any identity that is allowed to order sessions about."""

    def __init__(self, process: "subprocess.Popen[bytes]", bus: Bus, name: str, complaints: Path) -> None:
        self.name = name
        self._process = process
        self._bus = bus
        self._complaints = complaints

    @classmethod
    def start(
        cls, profile: Profile, info: SupervisorInfo, bus: Bus, files: Sequence[Path], name: str
    ) -> Self:
        """A session of these files under `name`; it plays as recorded as soon as it has loaded them."""
        command = [sys.executable, "-m", "aggregator", "replay", *map(str, files), "--session", name]
        command += ["--server", info.url]
        command += ["--creds", info.credentials_file] if info.credentials_file else []
        complaints = profile.logs_dir / f"bench-session-{name}.stderr"
        with complaints.open("wb") as stderr:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env=profile.environment(),
                **platform.background_flags(detached=False),
            )
        return cls(process, bus, name, complaints)

    async def order(self, action: "ReplayControl.Action", **fields: Any) -> SessionClock:
        """The session's clock once it was carried out. Raises `SessionFailed`, `BusError`."""
        if self._process.poll() is not None:
            raise SessionFailed(
                f"the session ended with code {self._process.returncode}: {self._last_words()}"
            )
        request = ReplayControl(action=action, **fields).SerializeToString()
        data = await self._bus.request(subjects.replay_control(self.name), request, ORDER_TIMEOUT_MS)
        clock = SessionClock.FromString(data)
        if clock.error:
            raise SessionFailed(f"the session refused an order: {clock.error}")
        return clock

    async def ready(self) -> SessionClock:
        """Wait until it has loaded; the session is paused then. Raises `SessionFailed`."""
        deadline_s = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < deadline_s:
            try:
                clock = await self.order(ReplayControl.STATUS)
            except (NoResponders, BusError):
                clock = None  # still loading
            if clock is not None and clock.state != SessionClock.LOADING:
                return await self.order(ReplayControl.PAUSE)
            await asyncio.sleep(ASK_INTERVAL_S)
        raise SessionFailed(f"the session was not ready in {READY_TIMEOUT_S:g} s: {self._last_words()}")

    async def play(self, speed_milli: int) -> SessionClock:
        """`MAX_SPEED` or thousandths of the recording's pace."""
        await self.order(ReplayControl.SPEED, speed_milli=speed_milli)
        return await self.order(ReplayControl.PLAY)

    async def seek(self, tape_ns: int) -> SessionClock:
        return await self.order(ReplayControl.SEEK, tape_ns=tape_ns)

    async def listen(self, heard: Callable[[SessionClock], None]) -> Subscription:
        """Hand every clock message to `heard` until the subscription is given up."""
        subscription = await self._bus.subscribe(
            subjects.session_clock(self.name),
            lambda _subject, data, _reply: heard(SessionClock.FromString(data)),
        )
        await self._bus.flush()
        return subscription

    def rss_mb(self) -> float:
        """Resident memory."""
        return float(psutil.Process(self._process.pid).memory_info().rss) / 1e6

    def stop(self) -> None:
        platform.finish(self._process, STOP_TIMEOUT_S)

    def _last_words(self) -> str:
        lines = self._complaints.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"
