"""A server of one series of bars in the test's own process, over a real bus: speaks as the pipeline does.

Publishes only while the series is leased, answers pages when told to serve, and tells what desks asked for.
"""

import asyncio

from core import subjects
from core.bus import Bus, ServerAddress
from core.market.bar_requests import BarsAsk
from core.market.instruments import InstrumentKey
from core.market.intervals import Interval, IntervalUnit
from core.scope import LIVE, Scope
from core.wire.generated import control_pb2
from tests.core.market.bar_publisher import KEY, BarPublisher

IDLE_S = 0.1
PAGE_BARS_MAX = 50

Lease = tuple[InstrumentKey, Interval, int]  # with its cadence


class BarMarket:
    """`start`, then `update`; `close` in the end. `publisher` holds the bars a desk must show."""

    def __init__(self, url: str, bars: int = 120, scope: Scope = LIVE) -> None:
        self.bus = Bus("bar-market", ServerAddress((url,)))
        self.scope = scope
        self.publisher = BarPublisher(bars=bars)
        self.serving = True  # headers and updates
        self.answering = True
        self.refusal = ""
        self.leases: dict[str, list[Lease]] = {}  # the newest of each desk
        self.groups: dict[str, list[str]] = {}  # as the leases
        self.interests = 0
        self.asked: list[BarsAsk] = []
        self._idle: asyncio.Task[None] | None = None

    async def start(self) -> "BarMarket":
        await self.bus.connect()
        await self.bus.subscribe(subjects.interest_all(self.scope), self._on_interest)
        await self.bus.subscribe(subjects.bars_get_all(self.scope), self._on_request)
        await self.bus.flush()
        self._idle = asyncio.create_task(self._send_idle(), name="bar-market-idle")
        return self

    async def close(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            await asyncio.gather(self._idle, return_exceptions=True)
        await self.bus.close()

    @property
    def is_leased(self) -> bool:
        return any(lease[0] == KEY for leases in self.leases.values() for lease in leases)

    def update(self, *, is_heard: bool = True) -> None:
        """Trades come; with `is_heard` false the message is lost."""
        data = self.publisher.update()
        if is_heard:
            self._publish(data)

    def _publish(self, data: bytes) -> None:
        if self.serving and self.is_leased and self.bus.connected:
            self.bus.publish(subjects.bar(self.scope, KEY), data)

    async def _send_idle(self) -> None:
        while True:
            self._publish(self.publisher.idle())
            await asyncio.sleep(IDLE_S)

    def _on_interest(self, subject: str, data: bytes, _reply: str) -> None:
        message = control_pb2.Interest.FromString(data)
        self.interests += 1
        self.groups[subject] = [lease.group for lease in message.groups]
        self.leases[subject] = [
            (
                InstrumentKey(lease.key.exchange, lease.key.symbol),
                Interval(IntervalUnit(lease.interval.unit), lease.interval.count),
                lease.cadence_ms,
            )
            for lease in message.bars
        ]
        self._publish(self.publisher.idle())

    def _on_request(self, subject: str, data: bytes, reply: str) -> None:
        assert subjects.bars_get_key(self.scope, subject) == KEY
        request = control_pb2.BarsRequest.FromString(data)
        ask = BarsAsk(request.before_key, min(request.bars_max, PAGE_BARS_MAX))
        self.asked.append(ask)
        if self.answering:
            answer = self.publisher.refusal(self.refusal) if self.refusal else self.publisher.page(ask)
            self.bus.respond(reply, answer)
