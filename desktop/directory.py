"""Every instrument of a scope, as the market process announces it.

Listens to the broadcast and asks until the first answer has come, and again after each reconnect. Keeps the
newest version only; an older one that arrives late changes nothing. Bounded by `INSTRUMENTS_MAX`.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from google.protobuf.message import DecodeError

from core import subjects
from core.bus import Bus, BusError, BusState, BusStatus, Subscription
from core.clock import NS_PER_MS, monotonic_ns
from core.logs import RateLimit, logger
from core.market.instruments import IncrementError, Instrument, InstrumentKey
from core.scope import Scope
from core.tasks import TaskSet
from core.wire.generated import control_pb2
from desktop.desk import SourceReading

INSTRUMENTS_MAX: Final = 100_000
ASK_TIMEOUT_MS: Final = 1_000
ASK_AGAIN_S: Final = 0.25

_log = logger("directory")


class Directory:
    """`instruments` sorted by key; `version` grows with every change, 0 until the first answer."""

    def __init__(self, bus: Bus, scope: Scope, tasks: TaskSet, on_change: Callable[[], None]) -> None:
        self._bus = bus
        self._scope = scope
        self._tasks = tasks
        self._on_change = on_change
        self._limit = RateLimit()
        self._seen: tuple[int, int] = (-1, -1)  # epoch and version of what is kept
        self._subscription: Subscription | None = None
        self._end_status: Callable[[], None] | None = None
        self._connected = asyncio.Event()  # set by every new connection: ask at once, not at the next try
        self.instruments: tuple[Instrument, ...] = ()
        self.sources: tuple[SourceReading, ...] = ()
        self.version = 0
        self.unreadable = 0

    async def start(self) -> None:
        self._subscription = await self._bus.subscribe(subjects.directory(self._scope), self._on_broadcast)
        self._end_status = self._bus.on_status(self._on_status)
        self._tasks.start(self._ask(), "directory")

    def close(self) -> None:
        if self._subscription is not None:
            self._subscription.unsubscribe()
        if self._end_status is not None:
            self._end_status()

    async def _ask(self) -> None:
        while True:
            try:
                payload = await self._bus.request(subjects.directory_get(self._scope), b"", ASK_TIMEOUT_MS)
            except BusError:
                payload = b""  # no server yet, or no market process yet: both may come
            if payload and self._take(payload):
                return
            self._connected.clear()
            try:
                async with asyncio.timeout(ASK_AGAIN_S):
                    await self._connected.wait()
            except TimeoutError:
                continue

    def _on_status(self, status: BusStatus) -> None:
        if status.state is not BusState.CONNECTED:
            return
        self._connected.set()
        if self.version:
            self._tasks.start(self._ask(), "directory-again")

    def _on_broadcast(self, _subject: str, data: bytes, _reply: str) -> None:
        self._take(data)

    def _take(self, data: bytes) -> bool:
        """True when `data` is a directory, new or known."""
        try:
            message = control_pb2.Directory.FromString(data)
            instruments = _instruments(message)
        except (DecodeError, IncrementError, ValueError) as error:
            self.unreadable += 1
            if self._limit.pass_at(monotonic_ns() // NS_PER_MS) is not None:
                _log.warning("unreadable directory", reason=str(error))
            return False
        seen = (message.epoch, message.version)
        if seen < self._seen:
            return True
        self._seen = seen
        self.sources = tuple(
            SourceReading(source.exchange, source.state, source.late_ms, source.instruments)
            for source in message.sources
        )
        if instruments != self.instruments or not self.version:
            self.instruments = instruments
            self.version += 1
            self._on_change()
        return True


def _instruments(message: control_pb2.Directory) -> tuple[Instrument, ...]:
    if len(message.instruments) > INSTRUMENTS_MAX:
        raise ValueError(f"{len(message.instruments)} instruments, {INSTRUMENTS_MAX} at most")
    found = (
        Instrument(
            key=InstrumentKey(entry.key.exchange, entry.key.symbol),
            price_decimals=entry.price_decimals,
            size_decimals=entry.size_decimals,
            tick_counts=max(1, entry.tick_counts),
            inferred=entry.inferred,
            name=entry.name,
        )
        for entry in message.instruments
    )
    return tuple(sorted(found, key=lambda instrument: instrument.key))
