"""Owns the bus server and the role processes of one profile, and brings back whichever of them ends.

One supervisor a profile (the system's file lock decides). Whoever looks in `supervisor.json` finds a server
that answers. A role that gives no sign of life is ended and started again; with backoff, so that a broken one
does not keep a core busy. Told to end, it ends its children first and leaves nothing behind; killed, they end
by themselves.
"""

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from aggregator.health import HealthFigures, HealthReporter
from aggregator.nats_server import NatsServer, NatsServerError
from aggregator.restart import RestartPlan, SignsOfLife
from core import platform, subjects
from core.bus import Bus, ServerAddress
from core.clock import NS_PER_MS, monotonic_ns
from core.logs import logger
from core.metrics import Counters
from core.profile import Profile, announce_supervisor, find_supervisor
from core.server_address import read_address
from core.tasks import TaskSet

NAME: Final = "supervisor"
CHECK_INTERVAL_S: Final = 0.25
ROLE_PATIENCE_S: Final = 1.2  # with the server's 1.5 s all has ended within 3
STATISTICS_INTERVAL_S: Final = 5.0

_log = logger("supervisor")


class ProfileInUse(RuntimeError):
    """Another supervisor runs on this profile; one line with its pid and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run. `server` is a foreign one; None: our own."""

    roles: tuple[str, ...]
    config: Path | None = None
    server: tuple[str, ...] | None = None
    credentials: Path | None = None


class Supervisor:
    """`run` returns after `end`. At the start it raises `ProfileInUse`, `NatsServerError`, `BusError`."""

    def __init__(self, profile: Profile, plan: Plan, *, random: Random | None = None) -> None:
        self._profile = profile
        self._plan = plan
        self._random = random or Random()
        self._ending = asyncio.Event()
        self._tasks = TaskSet(on_failure=lambda _name, _error: self.end())
        self._signs: dict[str, SignsOfLife] = {}
        self._children: dict[str, asyncio.subprocess.Process] = {}
        self._counters = Counters()
        self._server_figures: dict[str, int] = {}
        self._bus: Bus | None = None

    def end(self) -> None:
        """Ask it to end; safe to call from signal handlers of the loop, and more than once."""
        self._ending.set()

    async def run(self) -> int:
        """0 when asked to end, 1 when one of its own tasks failed."""
        lock = self._profile.lock()
        if not lock.acquire():
            raise ProfileInUse(_in_use(self._profile))
        server = None
        if self._plan.server is None:
            server = NatsServer(self._profile.run_dir, log_file=self._profile.logs_dir / "nats-server.log")
        try:
            if server is not None:
                await server.start()
            await self._supervise(server)
        finally:
            await self._tasks.close()
            await self._end_children()
            if self._bus is not None:
                await self._bus.close()
            if server is not None:
                await server.stop()
            self._profile.supervisor_file.unlink(missing_ok=True)
            lock.release()
        return 1 if self._tasks.failures else 0

    # ---- inside ------------------------------------------------------------------------------------------
    async def _supervise(self, server: NatsServer | None) -> None:
        self._bus = bus = Bus(NAME, self._address(NAME, server))
        await bus.connect()
        await bus.subscribe(subjects.health_all(), self._on_health)
        await bus.flush()
        if server is not None:
            self._tasks.start(self._keep_server(server), "keep-nats-server")
        for role in self._plan.roles:
            self._tasks.start(self._keep_role(role, bus, server), f"keep-{role}")
        self._tasks.start(HealthReporter(bus, NAME, self._figures).run(), "health")
        urls = (server.url,) if server is not None else self._plan.server or ()
        file = server.credentials_file if server is not None else self._plan.credentials
        announce_supervisor(self._profile, ",".join(urls), file)
        _log.info("ready", server=bus.server.label, profile=str(self._profile.directory))
        await self._ending.wait()
        _log.info("ending")

    def _address(self, role: str, server: NatsServer | None) -> ServerAddress:
        if server is not None:
            return server.address(role)
        return read_address(self._plan.credentials, role, self._plan.server or ())

    async def _keep_server(self, server: NatsServer) -> None:
        plan = RestartPlan(self._random)
        plan.started(_now_ms())
        self._tasks.start(self._watch_statistics(server), "server-statistics")
        while True:
            code = await server.wait()
            while True:
                delay_ms = plan.ended(_now_ms())
                self._counters.counter("restarts_nats_server").add()
                _log.warning("nats-server ended, starting it again", code=code, delay_ms=delay_ms)
                await asyncio.sleep(delay_ms / 1_000)
                try:
                    await server.start()
                except (NatsServerError, OSError) as error:
                    _log.error("nats-server does not start", reason=str(error))
                else:
                    break
            plan.started(_now_ms())

    async def _keep_role(self, role: str, bus: Bus, server: NatsServer | None) -> None:
        plan = RestartPlan(self._random)
        while True:
            plan.started(_now_ms())
            code: int | None = None
            try:
                process = await self._start_role(role, server)
            except OSError as error:  # no memory or no file handle left: tried again like any other end
                _log.error("role does not start", role=role, reason=str(error))
            else:
                code = await self._watch_role(role, process, bus)
            delay_ms = plan.ended(_now_ms())
            self._counters.counter(f"restarts_{role}").add()
            _log.warning("role ended, starting it again", role=role, code=code, delay_ms=delay_ms)
            await asyncio.sleep(delay_ms / 1_000)

    async def _start_role(self, role: str, server: NatsServer | None) -> asyncio.subprocess.Process:
        urls = (server.url,) if server is not None else self._plan.server or ()
        file = server.credentials_file if server is not None else self._plan.credentials
        command = [sys.executable, "-m", "aggregator", "run", "--role", role, "--tie-to-stdin"]
        command += ["--server", ",".join(urls), *(["--creds", str(file)] if file else [])]
        command += ["--config", str(self._plan.config.absolute())] if self._plan.config else []
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=subprocess.PIPE,  # it ends when this closes: see core.parent
            stdout=subprocess.DEVNULL,
            cwd=self._profile.directory,
            env=self._profile.environment(),
            **platform.background_flags(detached=True),
        )
        platform.bind_to_this_process(process.pid)
        self._children[role] = process
        self._signs[role] = SignsOfLife(_now_ms())
        _log.info("role started", role=role, child=process.pid)
        return process

    async def _watch_role(self, role: str, process: asyncio.subprocess.Process, bus: Bus) -> int:
        signs = self._signs[role]
        ended = self._tasks.start(process.wait(), f"wait-{role}")
        while True:
            await asyncio.wait({ended}, timeout=CHECK_INTERVAL_S)
            if ended.done():
                return ended.result()
            now_ms = _now_ms()
            if not bus.connected:
                signs.unknown(now_ms)
            elif signs.is_hung(now_ms):
                _log.error("role gives no sign of life, ending it", role=role, child=process.pid)
                self._counters.counter(f"hangs_{role}").add()
                process.kill()
                return await ended

    async def _end_children(self) -> None:
        running = [process for process in self._children.values() if process.returncode is None]
        await asyncio.gather(*(_end_child(process) for process in running))

    async def _watch_statistics(self, server: NatsServer) -> None:
        while True:
            try:
                found = await server.statistics()
            except NatsServerError as error:
                _log.debug("no statistics", reason=str(error))  # it is being started again
            else:
                slow, before = int(found["slow_consumers"]), self._server_figures.get("slow_consumers_cut", 0)
                if slow > before:
                    _log.warning("the server cut off clients that read too slowly", count=slow - before)
                self._server_figures = {
                    "slow_consumers_cut": slow,
                    "server_connections": int(found["connections"]),
                    "server_memory_bytes": int(found["mem"]),
                }
            await asyncio.sleep(STATISTICS_INTERVAL_S)

    def _on_health(self, subject: str, _data: bytes, _reply: str) -> None:
        signs = self._signs.get(subject.rpartition(".")[2])
        if signs is not None:
            signs.seen(_now_ms())

    def _figures(self) -> HealthFigures:
        return HealthFigures(counters={**self._counters.totals(), **self._server_figures})


async def _end_child(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    if sys.platform != "win32":  # there it would be ended hard; the closed pipe asks politely
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), ROLE_PATIENCE_S)
    except TimeoutError:
        process.kill()
        await process.wait()


def _in_use(profile: Profile) -> str:
    info = find_supervisor(profile)
    remedy = f"end it (kill {info.pid})" if info else "wait until it is ready or has ended"
    who = f"supervisor {info.pid}" if info else "a supervisor that is starting or ending"
    return f"{profile.directory} is in use by {who}: {remedy}, or set TAPEDECK_HOME to another directory"


def _now_ms() -> int:
    return monotonic_ns() // NS_PER_MS
