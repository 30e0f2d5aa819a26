"""One connection of the bus: a nats-py client from its first byte to its end, never used again after.

Turns what nats-py raises and reports into the bus's own words, and ends a client for certain, also when its
peer has stopped reading. Never reconnects: `Bus` opens a new link. With `bus_client` all there is of nats-py.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nats import errors as nats_errors
from nats.aio.subscription import Subscription as NatsSubscription

from core.bus_client import DirectClient, Handler
from core.bus_status import (
    BusDown,
    BusError,
    BusFault,
    BusFull,
    BusRefused,
    BusTimeout,
    FaultKind,
    NoResponders,
)
from core.logs import logger
from core.server_address import ServerAddress

TRY_TIMEOUT_S: Final = 2  # one connection attempt: TCP, greeting, first PONG
WATCH_INTERVAL_S: Final = 0.25  # nats-py reports a loss late when its socket has unsent bytes: look ourselves
END_TIMEOUT_S: Final = 0.5
PINGS_UNANSWERED_MAX: Final = 2

_log = logger("bus")


@dataclass(eq=False, slots=True)
class Interest:
    """What a subscription asks for, over every link."""

    subject: str
    queue: str
    handler: Handler


class Link:
    """`on_fault(fault, error)` hears of everything that goes wrong while the connection lasts."""

    def __init__(
        self,
        name: str,
        server: ServerAddress,
        *,
        ping_interval_s: int,
        outbound_pending_max: int,
        on_fault: Callable[[BusFault, Exception | None], None],
    ) -> None:
        self.reason = ""
        self.ended_by_server = False
        self._name = name
        self._server = server
        self._ping_interval_s = ping_interval_s
        self._outbound_pending_max = outbound_pending_max
        self._on_fault = on_fault
        self._client = DirectClient(self._heard_handler)
        self._lost = asyncio.Event()
        self._attached: dict[Interest, NatsSubscription] = {}

    async def open(self) -> None:
        """Raises `BusRefused` or `BusDown`."""
        server = self._server
        try:
            async with asyncio.timeout(TRY_TIMEOUT_S):
                await self._client.connect(
                    servers=list(server.urls),
                    name=self._name,
                    user=server.user,
                    password=server.password,
                    nkeys_seed_str=server.seed,
                    user_credentials=server.creds_file,
                    inbox_prefix=server.inbox_prefix,
                    error_cb=self._heard_error,
                    disconnected_cb=self._heard_loss,
                    closed_cb=self._heard_loss,
                    allow_reconnect=False,  # Bus opens a new link instead: one way back from every loss
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    connect_timeout=TRY_TIMEOUT_S,
                    ping_interval=self._ping_interval_s,
                    max_outstanding_pings=PINGS_UNANSWERED_MAX,
                    pending_size=-1,  # nothing published while disconnected is kept and sent later
                    flusher_queue_size=0,  # unbounded, so that no call waits; it holds one entry a burst
                )
        except Exception as error:  # nats-py lets out whatever a strange server or file makes it stumble over
            await self.end()
            refused = "authorization" in f"{error} {self.reason}".lower()
            kind = BusRefused if refused else BusDown
            raise kind(
                f"{server.label}: {_said(error) if refused else self.reason or _said(error)}"
            ) from error
        except asyncio.CancelledError:
            await self.end()
            raise

    async def lost(self) -> None:
        """Return when the connection is of no more use."""
        while self._client.is_connected and not self._lost.is_set():
            try:
                async with asyncio.timeout(WATCH_INTERVAL_S):
                    await self._lost.wait()
            except TimeoutError:
                continue

    async def end(self) -> None:
        """Close without waiting for a peer that no longer reads."""
        client = self._client
        if client._transport is None:
            return  # it never got as far as a socket
        attached = list(client._subs.values())  # the one for answers to requests, too
        try:
            async with asyncio.timeout(END_TIMEOUT_S):
                await client.close()
        except (TimeoutError, nats_errors.Error, OSError) as error:
            _log.info("connection ended hard", bus=self._name, reason=repr(error))
        # nats-py has no public way to drop a socket whose peer stopped reading: it waits for TCP to give up.
        writer = getattr(client._transport, "_bare_io_writer", None)
        if writer is not None:
            writer.transport.abort()
        own = [client._reading_task, client._ping_interval_task, client._flusher_task]
        own += [each._wait_for_msgs_task for each in (*attached, *client._subs.values())]
        tasks = [task for task in own if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---- messages ----------------------------------------------------------------------------------------
    def publish(self, subject: str, payload: bytes, reply: str) -> None:
        """Raises `BusDown`, `BusFull`, or `BusError` for what can never be sent."""
        client = self._client
        if client.pending_data_size > self._outbound_pending_max:
            raise BusFull(f"{client.pending_data_size} bytes wait to be written to {self._server.label}")
        try:
            client.publish(subject, payload, reply).send(None)
        except StopIteration:
            return
        except (nats_errors.OutboundBufferLimitError, nats_errors.ConnectionClosedError) as error:
            raise BusDown(f"not connected to {self._server.label}: {self.reason or 'lost'}") from error
        except nats_errors.Error as error:
            raise BusError(f"{subject!r}, {len(payload)} bytes: {_said(error)}") from error
        raise BusError("nats-py waited in publish: this version does not fit")

    async def request(self, subject: str, payload: bytes, timeout_s: float) -> bytes:
        """Raises `NoResponders`, `BusTimeout`, `BusDown`."""
        try:
            answer = await self._client.request(subject, payload, timeout=timeout_s)
        except nats_errors.NoRespondersError as error:
            raise NoResponders(f"nobody answers on {subject}") from error
        except nats_errors.TimeoutError as error:
            raise BusTimeout(f"no answer on {subject} within {timeout_s * 1_000:.0f} ms") from error
        except (nats_errors.OutboundBufferLimitError, nats_errors.ConnectionClosedError) as error:
            raise BusDown(f"not connected to {self._server.label}: {self.reason or 'lost'}") from error
        except nats_errors.Error as error:
            raise BusError(f"{subject!r}: {_said(error)}") from error
        data: bytes = answer.data
        return data

    async def flush(self, timeout_s: float) -> None:
        """Return once the server has handled all that was sent before. Raises `BusTimeout`, `BusDown`."""
        client = self._client
        try:
            async with asyncio.timeout(timeout_s):
                # nats-py writes its PING ahead of what is pending: let that go out first.
                while client.pending_data_size and client.is_connected:  # noqa: ASYNC110 (no event tells)
                    await asyncio.sleep(0)
                await client.flush(TRY_TIMEOUT_S)
        except TimeoutError as error:
            raise BusTimeout(f"{self._server.label} did not confirm within {timeout_s:g} s") from error
        except (nats_errors.Error, OSError) as error:
            raise BusDown(f"{self._server.label}: {_said(error)}") from error

    def attach(self, interest: Interest) -> None:
        """Subscribe. Raises `BusError` when the subject cannot be one."""
        try:
            attached = _run_now(self._client.subscribe(interest.subject, queue=interest.queue))
        except nats_errors.ConnectionClosedError:
            self._lost.set()  # the next link attaches it
        except nats_errors.BadSubjectError as error:
            raise BusError(f"cannot subscribe to {interest.subject!r}: not a subject") from error
        else:
            self._attached[interest] = attached
            self._client.handlers[b"%d" % attached._id] = interest.handler

    def detach(self, interest: Interest) -> None:
        attached = self._attached.pop(interest, None)
        if attached is None:
            return
        self._client.handlers.pop(b"%d" % attached._id, None)
        try:
            _run_now(attached.unsubscribe())
        except (nats_errors.ConnectionClosedError, nats_errors.BadSubscriptionError):
            self._lost.set()

    # ---- what happened -----------------------------------------------------------------------------------
    @property
    def totals(self) -> Mapping[str, int]:
        """nats-py's own: in_msgs, in_bytes, out_msgs, out_bytes."""
        return self._client.stats

    async def _heard_loss(self) -> None:
        error = self._client.last_error
        if error is not None:
            self.reason = self.reason or _said(error)
            lost = OSError | nats_errors.UnexpectedEOF | nats_errors.StaleConnectionError
            self.ended_by_server = not isinstance(error, lost)
        self._lost.set()

    async def _heard_error(self, error: Exception) -> None:
        if isinstance(error, nats_errors.Error) and "permissions violation" in str(error):
            subject = str(error).partition('"')[2].rpartition('"')[0]
            self._on_fault(BusFault(FaultKind.PERMISSION, _said(error), subject), None)
        elif isinstance(error, nats_errors.Error | OSError | TimeoutError):
            self.reason = self.reason or _said(error)
        else:
            self._on_fault(BusFault(FaultKind.HANDLER, f"nats-py reported {error!r}"), error)

    def _heard_handler(self, subject: str, error: Exception) -> None:
        self._on_fault(BusFault(FaultKind.HANDLER, f"a handler raised {error!r}", subject), error)


def _run_now(work: Coroutine[Any, Any, Any]) -> Any:
    """Finish a coroutine of nats-py that never waits, without a task."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    work.close()
    raise BusError("nats-py waited where it should not: this version does not fit")


def _said(error: Exception) -> str:
    return str(error).removeprefix("nats: ").strip("'") or type(error).__name__
