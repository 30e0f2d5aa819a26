"""The desk as a child of a bench: started, asked what it painted and what that cost, ended by its id.

The desk is another program: it is started by name, never imported. Without it `DesktopMissing` is raised.
"""

import asyncio
import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final, Self

import psutil

from core import platform, subjects
from core.bus import Bus, BusError
from core.profile import Profile, SupervisorInfo

READY_TIMEOUT_S: Final = 30.0
ASK_TIMEOUT_MS: Final = 5_000
ASK_INTERVAL_S: Final = 0.05
# Reading cells back costs the desk's GUI thread up to tens of ms: waiting must not be what keeps it busy.
REST_PER_ASK: Final = 9
STOP_TIMEOUT_S: Final = 5.0


class DesktopMissing(RuntimeError):
    """There is no desktop to measure; the command ends with exit code 2."""


def is_installed() -> bool:
    """Whether this environment has the desktop and what it paints with."""
    return all(importlib.util.find_spec(name) is not None for name in ("desktop", "PySide6"))


def check_installed() -> None:
    """Raises `DesktopMissing`; called before anything is started."""
    if not is_installed():
        raise DesktopMissing("desktop not installed: install tapedeck with its desktop, then try again")


class DeskChild:
    """`bus` may be of any identity that is allowed to ask desks."""

    def __init__(self, process: "subprocess.Popen[bytes]", bus: Bus, complaints: Path) -> None:
        self.pid = process.pid
        self._process = process
        self._bus = bus
        self._complaints = complaints

    @classmethod
    def start(cls, profile: Profile, info: SupervisorInfo, bus: Bus, windows: int, *options: str) -> Self:
        """An offscreen desk with `windows` windows on the supervisor's server; `options` are added."""
        command = [sys.executable, "-m", "desktop", "--inspect", "--windows", str(windows), *options]
        command += ["--server", info.url]
        command += ["--creds", info.credentials_file] if info.credentials_file else []
        complaints = profile.logs_dir / "bench-desk.stderr"
        environment = profile.environment()
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        with complaints.open("wb") as stderr:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
                env=environment,
                **platform.background_flags(detached=False),
            )
        return cls(process, bus, complaints)

    async def ask(self, **request: Any) -> dict[str, Any]:
        """See desktop/inspect.py. Raises `DesktopMissing` when it has ended, `BusError` without an answer."""
        if self._process.poll() is not None:
            raise DesktopMissing(f"the desk ended with code {self._process.returncode}: {self._last_words()}")
        subject = subjects.inspect(f"desk-{self.pid}")
        data = await self._bus.request(subject, json.dumps(request).encode(), ASK_TIMEOUT_MS)
        answer: dict[str, Any] = json.loads(data)
        if "error" in answer:
            raise BusError(f"the desk refused {request}: {answer['error']}")
        return answer

    async def until(
        self, condition: Any, what: str, timeout_s: float = READY_TIMEOUT_S, *, cells: bool = True
    ) -> dict[str, Any]:
        """Ask until the answer fulfils the condition. Raises `DesktopMissing` when it never does."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            asked_s = time.monotonic()
            try:
                answer = await self.ask(cells=cells)
            except BusError:
                answer = None  # it is still starting
            if answer is not None and condition(answer):
                return answer
            if time.monotonic() > deadline_s:
                raise DesktopMissing(
                    f"the desk did not get to {what} in {timeout_s:g} s: {self._last_words()}"
                )
            await asyncio.sleep(max(ASK_INTERVAL_S, REST_PER_ASK * (time.monotonic() - asked_s)))

    def cpu_s(self) -> tuple[float, float]:
        """CPU seconds so far of (main thread, whole process)."""
        process = psutil.Process(self.pid)
        threads = {thread.id: thread.user_time + thread.system_time for thread in process.threads()}
        total = process.cpu_times()
        # Linux names the main thread as the process; elsewhere the busiest is the one that paints.
        return threads.get(self.pid, max(threads.values())), total.user + total.system

    def rss_mb(self) -> float:
        """Resident memory."""
        return float(psutil.Process(self.pid).memory_info().rss) / 1e6

    def stop(self) -> None:
        platform.finish(self._process, STOP_TIMEOUT_S)

    def _last_words(self) -> str:
        lines = self._complaints.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"
