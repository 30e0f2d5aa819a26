"""A desk with one chart, on a real bus: leases a series, asks for its pages, keeps what is sent."""

import asyncio
import random

from core import subjects
from core.bus import Bus, BusTimeout, NoResponders
from core.clock import NS_PER_MS, monotonic_ns
from core.market.bar_feed import BarFeed
from core.market.bars import COLUMNS, BarFlag
from core.market.group_feed import FeedState
from core.market.instruments import InstrumentKey
from core.market.intervals import Interval
from core.scope import LIVE, Scope
from core.tasks import TaskSet
from core.wire.bars import BarBlock, decode_bars
from core.wire.generated import control_pb2

Row = tuple[int, ...]


class BarDesk:
    """`rows` are bars without flags but CHANGED, as a plain loop has them."""

    def __init__(
        self, bus: Bus, key: InstrumentKey, interval: Interval, scope: Scope = LIVE, page_bars: int = 100
    ) -> None:
        self.feed = BarFeed(key, interval, random.Random(1), page_bars=page_bars)
        self.key = key
        self.interval = interval
        self.blocks: list[BarBlock] = []
        self.received_ns: list[int] = []
        self._bus = bus
        self._scope = scope
        self._tasks = TaskSet()

    async def open(self) -> None:
        await self._bus.subscribe(subjects.bar(self._scope, self.key), self._on_update)
        await self._bus.flush()
        self._tasks.start(self._stay(), "bar-desk")

    async def close(self) -> None:
        await self._tasks.close()

    @property
    def is_live(self) -> bool:
        return self.feed.state is FeedState.LIVE and not self.feed.has_earlier

    @property
    def rows(self) -> list[Row]:
        bars = self.feed.series.columns
        changed = (bars.flags & BarFlag.CHANGED) != 0
        columns = (getattr(bars, name).tolist() for name in COLUMNS[:-1])
        return list(zip(*columns, changed.tolist(), strict=True))

    @property
    def flags(self) -> list[BarFlag]:
        return [BarFlag(each) for each in self.feed.series.columns.flags.tolist()]

    @property
    def prices(self) -> list[tuple[int, int, int, int, int]]:
        return [row[3:8] for row in self.rows]  # type: ignore[misc]

    async def page(self, before_key: int = 0, bars_max: int = 5_000) -> BarBlock:
        """Ask for one page by itself."""
        message = control_pb2.BarsRequest(before_key=before_key, bars_max=bars_max)
        message.interval.unit, message.interval.count = int(self.interval.unit), self.interval.count
        subject = subjects.bars_get(self._scope, self.key)
        return decode_bars(await self._bus.request(subject, message.SerializeToString(), 2_000))

    async def _stay(self) -> None:
        lease = control_pb2.Interest()
        each = lease.bars.add(cadence_ms=33)
        each.key.exchange, each.key.symbol = self.key.exchange, self.key.symbol
        each.interval.unit, each.interval.count = int(self.interval.unit), self.interval.count
        while True:
            self._bus.publish(subjects.interest(self._scope, "tester", "chart"), lease.SerializeToString())
            for _ in range(50):
                ask = self.feed.poll(monotonic_ns() // NS_PER_MS)
                if ask is not None:
                    await self._ask(ask.before_key, ask.bars_max, ask)
                if self.feed.has_earlier:
                    self.feed.want_earlier()
                await asyncio.sleep(0.01)

    async def _ask(self, before_key: int, bars_max: int, ask: object) -> None:
        message = control_pb2.BarsRequest(before_key=before_key, bars_max=bars_max)
        message.interval.unit, message.interval.count = int(self.interval.unit), self.interval.count
        subject = subjects.bars_get(self._scope, self.key)
        try:
            data = await self._bus.request(subject, message.SerializeToString(), 500)
        except (NoResponders, BusTimeout):
            return
        self.feed.on_page(data, ask, monotonic_ns() // NS_PER_MS)  # type: ignore[arg-type]

    def _on_update(self, subject: str, data: bytes, reply: str) -> None:
        now_ns = monotonic_ns()
        block = decode_bars(data)
        if block.interval == self.interval:
            self.blocks.append(block)
            self.received_ns.append(now_ns)
        self.feed.on_update(data, now_ns // NS_PER_MS)
