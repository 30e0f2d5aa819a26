"""What the desk hears on its connection apart from quotes: the link itself, sessions, health of processes.

One station for all windows and scopes. Keeps the newest message of each session and process with the time
it was heard; both bounded. Reading it never waits and never paints.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError

from core import subjects
from core.bus import Bus, BusState, Subscription
from core.clock import NS_PER_MS, monotonic_ns
from core.logs import RateLimit, logger
from core.scope import Scope, ScopeError
from core.wire.generated import control_pb2
from desktop.desk import UNKNOWN_SOURCE, Link, LinkReading, SourceReading

SESSIONS_MAX: Final = 64
PROCESSES_MAX: Final = 64
FORGET_MS: Final = 60_000  # a session or process that said nothing for a minute leaves the menus
HEALTH_SILENT_MS: Final = 2_000  # it comes once a second: two were missed
MARKET_PROCESS: Final = "market"
_LINKS: Final = {
    BusState.CONNECTING: Link.CONNECTING,
    BusState.CONNECTED: Link.CONNECTED,
    BusState.DISCONNECTED: Link.DISCONNECTED,
    BusState.CLOSED: Link.DISCONNECTED,
}

_log = logger("station")


@dataclass(frozen=True, slots=True)
class SessionNews:
    """The newest clock message of a session and when it came (monotonic ms)."""

    clock: control_pb2.SessionClock
    heard_ms: int


@dataclass(frozen=True, slots=True)
class ProcessNews:
    """The newest health message of a process and when it came (monotonic ms)."""

    health: control_pb2.Health
    heard_ms: int


class Station:
    """`start` once the bus exists (connected or not), `close` before it is closed."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.sessions: dict[str, SessionNews] = {}
        self.processes: dict[str, ProcessNews] = {}
        self.unreadable = 0
        self.refused = 0  # sessions and processes beyond the bounds
        self._limit = RateLimit()
        self._subscriptions: list[Subscription] = []
        self._listeners: list[Callable[[str], None]] = []

    async def start(self) -> None:
        self._subscriptions = [
            await self.bus.subscribe(subjects.session_clock_all(), self._on_session),
            await self.bus.subscribe(subjects.health_all(), self._on_health),
        ]

    def close(self) -> None:
        for subscription in self._subscriptions:
            subscription.unsubscribe()
        self._subscriptions.clear()

    def listen(self, on_session: Callable[[str], None]) -> Callable[[], None]:
        """Call `on_session` with a session's name after each of its clock messages; returns what ends it."""
        self._listeners.append(on_session)
        return lambda: self._listeners.remove(on_session) if on_session in self._listeners else None

    def link(self, now_ms: int) -> LinkReading:
        """The connection as a trader has to know it."""
        status = self.bus.status
        link = _LINKS[status.state]
        if link is Link.CONNECTED:
            return LinkReading(link, place=self.place)
        return LinkReading(
            link,
            down_ms=max(0, now_ms - status.since_ms),
            attempt=status.attempt,
            next_try_ms=max(0, status.next_try_ms - now_ms),
            place=self.place,
            reason=status.reason,
        )

    @property
    def place(self) -> str:
        """`loopback`, or the host the desk is connected to."""
        url = self.bus.server.urls[0]
        host = urlsplit(url if "://" in url else f"nats://{url}").hostname or url
        return "loopback" if host in ("127.0.0.1", "localhost", "::1") else host

    def running_sessions(self) -> tuple[str, ...]:
        """Names of the sessions heard of lately, sorted."""
        self._forget_silent()
        return tuple(sorted(self.sessions))

    def sources_of(self, scope: Scope) -> tuple[SourceReading, ...]:
        """The scope's sources as its process says them each second; unknown once it has fallen silent.

        The directory tells them only when instruments change and a group only its own, so without this a
        source outside every window would keep the state it had at the last change.
        """
        process = MARKET_PROCESS if scope.is_live else f"replay-{scope.session}"
        news = self.processes.get(process)
        if news is None:
            return ()
        silent = monotonic_ns() // NS_PER_MS - news.heard_ms > HEALTH_SILENT_MS
        return tuple(
            SourceReading(
                source.exchange,
                UNKNOWN_SOURCE if silent else source.state,
                source.late_ms,
                source.instruments,
            )
            for source in news.health.sources
        )

    def _forget_silent(self) -> None:
        now_ms = monotonic_ns() // NS_PER_MS
        for news in (self.sessions, self.processes):
            silent = [name for name, heard in news.items() if now_ms - heard.heard_ms > FORGET_MS]
            for name in silent:
                del news[name]

    def _on_session(self, subject: str, data: bytes, _reply: str) -> None:
        try:
            clock = control_pb2.SessionClock.FromString(data)
            name = Scope(clock.session).session
        except (DecodeError, ScopeError) as error:
            self._complain(subject, error)
            return
        if name is None or subject != subjects.session_clock(name):
            self._complain(subject, ValueError(f"names session {clock.session!r}"))
            return
        self.take_session(clock)

    def take_session(self, clock: control_pb2.SessionClock) -> None:
        """A clock message, or the same as the answer of a request. An older epoch changes nothing."""
        name = clock.session
        if name not in self.sessions and len(self.sessions) >= SESSIONS_MAX:
            self._forget_silent()
            if len(self.sessions) >= SESSIONS_MAX:
                self.refused += 1
                return
        known = self.sessions.get(name)
        if known is None or clock.epoch >= known.clock.epoch:
            self.sessions[name] = SessionNews(clock, monotonic_ns() // NS_PER_MS)
            for listener in tuple(self._listeners):
                listener(name)

    def _on_health(self, subject: str, data: bytes, _reply: str) -> None:
        try:
            health = control_pb2.Health.FromString(data)
        except DecodeError as error:
            self._complain(subject, error)
            return
        if health.process not in self.processes and len(self.processes) >= PROCESSES_MAX:
            self._forget_silent()
            if len(self.processes) >= PROCESSES_MAX:
                self.refused += 1
                return
        self.processes[health.process] = ProcessNews(health, monotonic_ns() // NS_PER_MS)

    def _complain(self, subject: str, error: Exception) -> None:
        self.unreadable += 1
        held_back = self._limit.pass_at(monotonic_ns() // NS_PER_MS)
        if held_back is not None:
            _log.warning("unreadable message", subject=subject, reason=str(error), also=held_back)
