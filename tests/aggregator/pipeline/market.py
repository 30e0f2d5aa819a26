"""A feed, a pipeline and a subscriber on one real bus, for tests.

`TestFeed` publishes reference events as raw messages under its own control: it can leave messages out, repeat
them and restart. `Subscriber` is the desk's side: a `GroupFeed` on the bus with its requests and leases.
"""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from aggregator.feeds.events import EventBlock
from aggregator.feeds.newest import NewestValues
from core import subjects
from core.bus import Bus
from core.clock import NS_PER_MS, monotonic_ns, wall_ns
from core.market.fields import SourceState
from core.market.group_feed import FeedState, GroupFeed, RequestKind
from core.market.groups import GroupSpec
from core.market.instruments import Instrument, InstrumentKey
from core.scope import LIVE, Scope
from core.tasks import TaskSet
from core.wire.generated import control_pb2
from core.wire.raw import RawBatch, RawFlag, RawHeader, encode_raw
from core.wire.raw_events import BarEvents, QuoteEvents, SessionEvents, TradeEvents, TradeFlag
from tests.aggregator.pipeline.reference import Bar, Event, Quote, Session, Trade

NEWS = RawFlag(0)
_KINDS = (
    ("quotes", Quote, QuoteEvents), ("trades", Trade, TradeEvents), ("bars", Bar, BarEvents),
    ("sessions", Session, SessionEvents),
)  # fmt: skip


def block(events: Sequence[Event]) -> EventBlock:
    """Reference events as columns; a row is the instrument id."""
    kinds: dict[str, Any] = {}
    for name, event_type, columns_type in _KINDS:
        chosen = [(place, event) for place, event in enumerate(events) if isinstance(event, event_type)]
        if chosen:
            kinds[name] = columns_type(**_columns(columns_type, chosen))
    return EventBlock(**kinds)


def _columns(columns_type: type, chosen: Sequence[tuple[int, Any]]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name in columns_type.__dataclass_fields__:  # type: ignore[attr-defined]
        if name == "position":
            columns[name] = np.array([place for place, _ in chosen], np.uint16)
        elif name == "instrument":
            columns[name] = np.array([event.row for _, event in chosen], np.uint32)
        elif name == "flags":
            flags = [
                TradeFlag.HISTORY * event.history | TradeFlag.CANCEL * event.cancel for _, event in chosen
            ]
            columns[name] = np.array(flags, np.uint8)
        elif name == "interval_ns":
            columns[name] = np.full(len(chosen), 60_000_000_000, np.int64)
        elif name == "trading_state":
            columns[name] = np.array([event.trading_state for _, event in chosen], np.uint8)
        elif name != "message":
            columns[name] = np.array([getattr(event, name) for _, event in chosen], np.int64)
    return columns


def instruments(
    exchange: str, count: int, price_decimals: int = 2, size_decimals: int = 0
) -> list[Instrument]:
    return [
        Instrument(InstrumentKey(exchange, f"S{number:02}"), price_decimals, size_decimals)
        for number in range(count)
    ]


class TestFeed:
    """Numbers like a feed; `send` hands each message to the bus, unless told to lose it."""

    __test__ = False

    def __init__(self, bus: Bus, exchange: str, defined: Sequence[Instrument], scope: Scope = LIVE) -> None:
        self.exchange = exchange
        self.instruments = list(defined)
        self.epoch = wall_ns()
        self.sequence = 0
        self.version = 1
        self.states_sent = 0
        self.source_state = SourceState.OK
        self._bus = bus
        self._scope = scope
        self._newest = NewestValues(len(self.instruments))

    async def open(self) -> None:
        await self._bus.subscribe(subjects.feed_state_get(self._scope, self.exchange), self._on_asked)
        await self._bus.flush()
        self.define()

    def define(self) -> None:
        message = control_pb2.Definitions(epoch=self.epoch, version=self.version, exchange=self.exchange)
        for number, each in enumerate(self.instruments):
            message.instruments.add(
                id=number,
                key=control_pb2.InstrumentKey(exchange=each.key.exchange, symbol=each.key.symbol),
                price_decimals=each.price_decimals,
                size_decimals=each.size_decimals,
                tick_counts=each.tick_counts,
            )
        self._bus.publish(subjects.definitions(self._scope, self.exchange), message.SerializeToString())

    def send(self, events: Sequence[Event], *, lose: bool = False, repeat: int = 1) -> None:
        """One message; lost, it is counted and noted as sent, like any loss on the way."""
        self.sequence += 1
        content = block(events)
        self._newest.note(content)
        data = encode_raw(RawBatch(self.header(), **dict(content.kinds())))
        for _ in range(0 if lose else repeat):
            self._bus.publish(subjects.raw_mix(self._scope, self.exchange), data)

    def idle(self) -> None:
        self._bus.publish(subjects.raw_mix(self._scope, self.exchange), encode_raw(RawBatch(self.header())))

    def restart(self) -> None:
        """A new process of the feed, which knows nothing of what was before."""
        self.epoch += 1
        self.sequence = 0
        self._newest = NewestValues(len(self.instruments))
        self.define()
        self.idle()

    def header(self, flags: RawFlag = NEWS) -> RawHeader:
        return RawHeader(self.epoch, self.sequence, self.version, flags, self.source_state)

    def _on_asked(self, subject: str, data: bytes, reply: str) -> None:
        self.states_sent += 1
        self.define()
        blocks = self._newest.state(wall_ns()) or [EventBlock()]
        for number, each in enumerate(blocks):
            flags = RawFlag.STATE
            flags |= RawFlag.FIRST if number == 0 else NEWS
            flags |= RawFlag.LAST if number == len(blocks) - 1 else NEWS
            data = encode_raw(RawBatch(self.header(flags), **dict(each.kinds())))
            self._bus.publish(subjects.raw_mix(self._scope, self.exchange), data)


class Subscriber:
    """A desk with one group: announces it, leases it, asks for snapshots when its feed says so."""

    def __init__(self, bus: Bus, spec: GroupSpec, scope: Scope = LIVE, cadence_ms: int = 33) -> None:
        self.feed = GroupFeed(spec, random.Random(1))
        self.cadence_ms = cadence_ms
        self.received_ns: list[int] = []
        self.error = ""
        self._bus = bus
        self._scope = scope
        self._tasks = TaskSet()

    async def open(self) -> None:
        group = self.feed.spec.group_id
        await self._bus.subscribe(subjects.delta(self._scope, group), self._on_delta)
        await self._bus.subscribe(subjects.snapshot(self._scope, group), self._on_snapshot)
        await self._bus.flush()
        self._tasks.start(self._stay(), "subscriber")

    async def close(self) -> None:
        await self._tasks.close()

    @property
    def is_live(self) -> bool:
        return self.feed.state is FeedState.LIVE

    def values(self) -> list[list[int]]:
        """Values by row, as the reference has them."""
        rows: list[list[int]] = self.feed.table.values.T.tolist()
        return rows

    async def _stay(self) -> None:
        lease = control_pb2.Interest()
        lease.groups.add(group=self.feed.spec.group_id, cadence_ms=self.cadence_ms)
        while True:
            self._bus.publish(subjects.interest(self._scope, "tester", "desk"), lease.SerializeToString())
            for _ in range(20):
                request = self.feed.poll(monotonic_ns() // NS_PER_MS)
                if request is not None:
                    await self._ask(request.kind)
                await asyncio.sleep(0.02)

    async def _ask(self, kind: RequestKind) -> None:
        if kind is RequestKind.SNAPSHOT:
            self._bus.publish(subjects.snapshot_get(self._scope, self.feed.spec.group_id), b"")
            return
        message = control_pb2.GroupUpdate(field_mask=self.feed.spec.field_mask)
        for key in self.feed.spec.keys:
            message.instruments.add(exchange=key.exchange, symbol=key.symbol)
        self._bus.publish(subjects.group_update(self._scope), message.SerializeToString())

    def _on_delta(self, subject: str, data: bytes, reply: str) -> None:
        self.received_ns.append(monotonic_ns())
        self.feed.on_delta(data, monotonic_ns() // NS_PER_MS)

    def _on_snapshot(self, subject: str, data: bytes, reply: str) -> None:
        self.feed.on_snapshot(data, monotonic_ns() // NS_PER_MS)
