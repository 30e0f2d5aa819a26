"""The bus: publish, subscribe and request over NATS, for as long as the process lives.

Keeps one connection and opens a new one, with every subscription on it, whenever it is lost: server gone,
server silent, or ended by the server with an error. Promises: what is published while disconnected raises and
is never sent later; a handler that raises costs its own message only, and that is counted; no call waits
without a limit.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, Final

from core.backoff import Backoff
from core.bus_client import Handler
from core.bus_figures import SubscriptionFigures
from core.bus_link import END_TIMEOUT_S, Interest, Link
from core.bus_status import (
    BusCounters,
    BusDown,
    BusError,
    BusFault,
    BusFull,
    BusRefused,
    BusState,
    BusStatus,
    BusTimeout,
    FaultKind,
    NoResponders,
)
from core.clock import NS_PER_MS, monotonic_ns
from core.logs import RateLimit, logger
from core.server_address import ServerAddress
from core.tasks import TaskSet

__all__ = [
    "Bus",
    "BusCounters",
    "BusDown",
    "BusError",
    "BusFault",
    "BusFull",
    "BusRefused",
    "BusState",
    "BusStatus",
    "BusTimeout",
    "FaultKind",
    "Handler",
    "NoResponders",
    "ServerAddress",
    "Subscription",
    "SubscriptionFigures",
]

PING_INTERVAL_S: Final = 1  # with 2 outstanding pings a silent server is noticed after 3 s
STABLE_MS: Final = 2_000  # a connection that held this long resets the backoff
RETRY: Final = Backoff(first_ms=50, max_ms=2_000)
OUTBOUND_PENDING_BYTES: Final = 8 << 20

_log = logger("bus")


class Subscription:
    """Interest in a subject, over every connection of its bus."""

    def __init__(self, bus: "Bus", interest: Interest) -> None:
        self._bus = bus
        self._interest = interest

    @property
    def subject(self) -> str:
        return self._interest.subject

    def unsubscribe(self) -> None:
        """No message reaches the handler after this call. Calling it again does nothing."""
        self._bus._forget(self._interest)


class Bus:
    """One identity on one server or cluster. Make it, `connect`, use it, `close` it; on one event loop."""

    def __init__(
        self,
        name: str,
        server: ServerAddress,
        *,
        inbox_prefix: str | None = None,
        outbound_pending_bytes: int = OUTBOUND_PENDING_BYTES,
        ping_interval_s: int = PING_INTERVAL_S,
        random: Random | None = None,
        counts_each: bool = False,
    ) -> None:
        """`name` is what the server's operator sees. `inbox_prefix` overrides the address's.

        `counts_each`: keep `subscriptions`, for 0.3 us a message.
        """
        self.name = name
        self.server = server if inbox_prefix is None else replace(server, inbox_prefix=inbox_prefix)
        self._outbound_pending_max = outbound_pending_bytes
        self._ping_interval_s = ping_interval_s
        self._random = random or Random()
        self._tasks = TaskSet()
        self._link: Link | None = None
        self._interests: dict[Interest, SubscriptionFigures | None] = {}
        self._counts_each = counts_each
        self._status = BusStatus(BusState.CONNECTING, _now_ms())
        self._status_changed = asyncio.Event()
        self._status_callbacks: dict[object, Callable[[BusStatus], None]] = {}
        self._fault_callbacks: dict[object, Callable[[BusFault], None]] = {}
        self._limits = {kind: RateLimit() for kind in FaultKind}
        self._past = BusCounters()  # of links that have ended
        self._dropped = self._refused = self._errors = self._rebuilds = self._connections = 0
        self._last_error: BusError | None = None

    # ---- life --------------------------------------------------------------------------------------------
    async def connect(self, timeout_ms: int = 5_000, *, keep_trying: bool = False) -> None:
        """Connect, trying again until `timeout_ms` has passed; from then on stay connected.

        Raises `BusRefused` at once for wrong credentials, `BusDown` when time is up. With `keep_trying` the
        attempts then go on in the background, and `status` tells.
        """
        if self._tasks.running:
            raise BusError(f"bus {self.name} was told to connect before")
        self._last_error = None
        self._set_status(BusState.CONNECTING)
        self._tasks.start(self._stay_connected(), f"bus-{self.name}")
        try:
            async with asyncio.timeout(timeout_ms / 1_000):
                while self._link is None and not isinstance(self._last_error, BusRefused):
                    self._status_changed.clear()
                    await self._status_changed.wait()
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            await self.close()
            raise
        if self._link is not None:
            return
        error = self._last_error or BusDown(f"{self.server.label}: no answer within {timeout_ms} ms")
        if not keep_trying:
            await self.close()
        raise error

    async def close(self) -> None:
        """Write out what is pending (briefly), end the connection and every attempt. Handlers stop."""
        if self._link is not None:
            try:
                await self._link.flush(END_TIMEOUT_S)
            except BusError as error:
                _log.info("closed without confirmation", bus=self.name, reason=str(error))
        await self._tasks.close()
        if self._link is not None:
            await self._end(self._link)
        self._interests.clear()
        self._set_status(BusState.CLOSED)

    async def flush(self, timeout_ms: int = 2_000) -> None:
        """Return when the server has all that was published, subscribed. Raises `BusDown`, `BusTimeout`."""
        cancelled_before = _cancellations()
        await self._up().flush(timeout_ms / 1_000)
        if _cancellations() > cancelled_before:
            raise asyncio.CancelledError

    # ---- messages ----------------------------------------------------------------------------------------
    def publish(self, subject: str, payload: bytes, reply: str = "") -> None:
        """Hand one message to the connection. Raises `BusDown` or `BusFull`, both counted as refused.

        What the server would never take (too large, no subject) is a fault besides, and raises `BusError`.
        """
        try:
            self._up().publish(subject, payload, reply)
        except BusError as error:
            self._refused += 1
            if not isinstance(error, BusDown | BusFull):
                self._fault(BusFault(FaultKind.MESSAGE, str(error), subject))
            raise

    def respond(self, reply: str, payload: bytes) -> None:
        """Answer a request. An empty `reply` means nobody asked for an answer, and nothing is sent."""
        if reply:
            self.publish(reply, payload)

    async def request(self, subject: str, payload: bytes, timeout_ms: int) -> bytes:
        """One request, one answer. Raises `NoResponders`, `BusTimeout`, `BusDown`."""
        cancelled_before = _cancellations()
        answer = await self._up().request(subject, payload, timeout_ms / 1_000)
        if _cancellations() > cancelled_before:
            raise asyncio.CancelledError
        return answer

    async def subscribe(self, subject: str, handler: Handler, *, queue: str = "") -> Subscription:
        """Call `handler` for every message on `subject`, now and after every reconnect.

        Works while disconnected, too. The server knows of it for certain after `flush`. The handler runs in
        the reading task: what it has not taken waits in the socket, and nothing is dropped on this side. A
        process that reads slower than the server's limit is cut off by the server, and connects again.
        """
        figures = SubscriptionFigures(subject) if self._counts_each else None
        interest = Interest(subject, queue, handler if figures is None else figures.counted(handler))
        if any(character.isspace() for character in subject) or not subject:
            raise BusError(f"cannot subscribe to {subject!r}: not a subject")
        if self._link is not None:
            self._link.attach(interest)
        self._interests[interest] = figures
        return Subscription(self, interest)

    # ---- what is going on --------------------------------------------------------------------------------
    @property
    def status(self) -> BusStatus:
        return self._status

    @property
    def connected(self) -> bool:
        return self._link is not None

    @property
    def counters(self) -> BusCounters:
        return replace(
            self._past if self._link is None else _with_totals(self._past, self._link),
            dropped=self._dropped,
            refused=self._refused,
            reconnects=max(0, self._connections - 1),
            rebuilds=self._rebuilds,
            errors=self._errors,
        )

    @property
    def subscriptions(self) -> tuple[SubscriptionFigures, ...]:
        """Of every subscription there is now, the oldest first; empty unless the bus counts each."""
        return tuple(figures for figures in self._interests.values() if figures is not None)

    def on_status(self, callback: Callable[[BusStatus], None]) -> Callable[[], None]:
        """Call `callback` on the loop at every change of `status`. Returns what ends that."""
        return _registered(self._status_callbacks, callback)

    def on_fault(self, callback: Callable[[BusFault], None]) -> Callable[[], None]:
        """Call `callback` on the loop for every fault, also for those the log holds back."""
        return _registered(self._fault_callbacks, callback)

    # ---- inside ------------------------------------------------------------------------------------------
    async def _stay_connected(self) -> None:
        attempt = 0
        while True:
            link = Link(
                self.name,
                self.server,
                ping_interval_s=self._ping_interval_s,
                outbound_pending_max=self._outbound_pending_max,
                on_fault=self._fault,
            )
            try:
                await link.open()
            except BusError as error:
                self._last_error = error
            else:
                opened_ms = _now_ms()
                self._install(link)
                if not _is_cancelled():
                    await link.lost()
                self._last_error = BusDown(f"{self.server.label}: {link.reason or 'the connection ended'}")
                self._rebuilds += link.ended_by_server
                await self._end(link)
                attempt = 0 if _now_ms() - opened_ms > STABLE_MS else attempt
            if _is_cancelled():
                raise asyncio.CancelledError
            self._fault(BusFault(FaultKind.CONNECTION, str(self._last_error)))
            delay_ms = RETRY.delay_ms(attempt, self._random)
            attempt += 1
            state = BusState.DISCONNECTED if self._connections else BusState.CONNECTING
            self._set_status(state, attempt, _now_ms() + delay_ms, str(self._last_error))
            await asyncio.sleep(delay_ms / 1_000)

    def _install(self, link: Link) -> None:
        self._link = link
        self._connections += 1
        for interest in self._interests:
            link.attach(interest)
        self._last_error = None
        if self._connections > 1:
            _log.info("connected again", bus=self.name, server=self.server.label)
        self._set_status(BusState.CONNECTED)

    async def _end(self, link: Link) -> None:
        self._link = None
        await link.end()
        self._past = _with_totals(self._past, link)

    def _up(self) -> Link:
        if self._link is None:
            raise BusDown(f"not connected: {self._status.reason or self.server.label}")
        return self._link

    def _forget(self, interest: Interest) -> None:
        self._interests.pop(interest, None)
        if self._link is not None:
            self._link.detach(interest)

    def _fault(self, fault: BusFault, error: Exception | None = None) -> None:
        self._dropped += fault.kind is FaultKind.HANDLER
        self._errors += 1
        held_back = self._limits[fault.kind].pass_at(_now_ms())
        if held_back is not None:
            _log.warning(
                fault.text, bus=self.name, subject=fault.subject, held_back=held_back, exc_info=error
            )
        _tell(self._fault_callbacks, fault)

    def _set_status(self, state: BusState, attempt: int = 0, next_try_ms: int = 0, reason: str = "") -> None:
        since_ms = self._status.since_ms if state is self._status.state else _now_ms()
        self._status = BusStatus(state, since_ms, attempt, next_try_ms, reason)
        self._status_changed.set()
        _tell(self._status_callbacks, self._status)


def _cancellations() -> int:
    """How often this task was told to end: nats-py swallows one that meets its close or an answer."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()


def _is_cancelled() -> bool:
    return _cancellations() > 0


def _registered(callbacks: dict[object, Any], callback: Any) -> Callable[[], None]:
    key = object()
    callbacks[key] = callback

    def end() -> None:
        callbacks.pop(key, None)

    return end


def _tell(callbacks: dict[object, Callable[[Any], None]], news: Any) -> None:
    """A listener's fault must not end the task that keeps the connection."""
    for callback in tuple(callbacks.values()):
        try:
            callback(news)
        except Exception as error:  # noqa: BLE001
            _log.error("a listener raised", heard=str(news), exc_info=error)


def _with_totals(past: BusCounters, link: Link) -> BusCounters:
    totals = link.totals
    return replace(
        past,
        messages_in=past.messages_in + totals["in_msgs"],
        bytes_in=past.bytes_in + totals["in_bytes"],
        messages_out=past.messages_out + totals["out_msgs"],
        bytes_out=past.bytes_out + totals["out_bytes"],
    )


def _now_ms() -> int:
    return monotonic_ns() // NS_PER_MS
