"""A market in the test's own process, spoken with the product's codecs over a real server.

Stands in for feeds and aggregator: keeps a table a group, answers directory, group and snapshot requests,
sends a delta when told to and idle headers by itself. What it sends is what a desk must show.
"""

import asyncio
from collections.abc import Mapping, Sequence

import numpy as np

from core import subjects
from core.bus import Bus, ServerAddress
from core.clock import wall_ns
from core.market.fields import FIELD_COUNT, NULL, QUOTE_FIELDS, TRADE_FIELDS, Field
from core.market.groups import GroupSpec, group_spec
from core.market.instruments import Instrument, InstrumentKey
from core.scope import LIVE, Scope
from core.wire.delta_encode import DeltaHeader, encode_delta, fixed_bases
from core.wire.generated import control_pb2
from core.wire.snapshot import Snapshot, encode_snapshot

IDLE_S = 0.25
BLOCKS = (QUOTE_FIELDS, TRADE_FIELDS, (Field.OPEN, Field.REFERENCE, Field.TRADING_STATE))


class ServedGroup:
    """One group as its publisher keeps it."""

    def __init__(self, spec: GroupSpec, values: np.ndarray, exchanges: Sequence[str]) -> None:
        self.spec = spec
        self.values = values
        self.bases = fixed_bases(values)
        self.sequence = 0
        self.exchanges = exchanges


class TestMarket:
    """`start`, then `set_values` / `send`; `close` in the end."""

    __test__ = False

    def __init__(self, url: str, instruments: Sequence[Instrument], scope: Scope = LIVE) -> None:
        self.bus = Bus("test-market", ServerAddress((url,)))
        self.scope = scope
        self.epoch = wall_ns()
        self.instruments = {instrument.key: instrument for instrument in instruments}
        self.values: dict[InstrumentKey, np.ndarray] = {
            key: np.full(FIELD_COUNT, NULL, np.int64) for key in self.instruments
        }
        self.groups: dict[str, ServedGroup] = {}
        self.source_states: dict[str, int] = {}
        self.source_late_ms: dict[str, int] = {}
        self.cadence_ms = 33
        self.leases: dict[str, int] = {}
        self.serving = True
        self.snapshots = True
        self._idle: asyncio.Task[None] | None = None

    async def start(self) -> "TestMarket":
        await self.bus.connect()
        scope = self.scope
        await self.bus.subscribe(subjects.directory_get(scope), self._on_directory)
        await self.bus.subscribe(subjects.group_update(scope), self._on_group)
        await self.bus.subscribe(subjects.snapshot_get(scope, "*"), self._on_snapshot)
        await self.bus.subscribe(subjects.interest_all(scope), self._on_interest)
        await self.bus.flush()
        self._idle = asyncio.create_task(self._send_idle(), name="test-market-idle")
        return self

    async def close(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            await asyncio.gather(self._idle, return_exceptions=True)
        await self.bus.close()

    # ---- what it is told -------------------------------------------------------------------------
    def set_values(self, key: InstrumentKey, values: Mapping[Field, int]) -> None:
        for field, value in values.items():
            self.values[key][field] = value

    def send(self, *keys: InstrumentKey, recv_ns: int = 0) -> None:
        """A delta with every value of `keys` to each group that has one of them."""
        for group in self.groups.values():
            rows = [row for row, key in enumerate(group.spec.keys) if key in keys]
            if rows:
                group.values = self._table(group.spec)
                group.sequence += 1
                self._publish(group, rows, recv_ns or wall_ns())

    def send_session(self, clock: control_pb2.SessionClock) -> None:
        self.bus.publish(subjects.session_clock(clock.session), clock.SerializeToString())

    def announce(self) -> None:
        """Broadcast the directory."""
        self.bus.publish(subjects.directory(self.scope), self._directory().SerializeToString())

    # ---- inside ----------------------------------------------------------------------------------
    def _table(self, spec: GroupSpec) -> np.ndarray:
        return np.stack([self.values[key] for key in spec.keys], axis=1)

    def _header(self, group: ServedGroup, recv_ns: int) -> DeltaHeader:
        exchanges = group.exchanges
        return DeltaHeader(
            group=group.spec.group_hash,
            epoch=self.epoch,
            sequence=group.sequence,
            layout=1,
            cadence_ms=self.cadence_ms,
            degradation=0,
            rows_left=0,
            event_base_us=wall_ns() // 1_000,
            recv_oldest_ns=recv_ns,
            recv_newest_ns=recv_ns,
            sent_ns=wall_ns(),
            source_states=np.array([self.source_states.get(name, 0) for name in exchanges], np.uint8),
            source_late_ms=np.array([self.source_late_ms.get(name, 0) for name in exchanges], np.uint32),
        )

    def _publish(self, group: ServedGroup, rows: Sequence[int], recv_ns: int) -> None:
        if not self.serving or not self.bus.connected:
            return
        at = np.array(rows, np.intp)
        blocks = [(at, fields, group.values[list(fields)][:, at]) for fields in BLOCKS] if rows else []
        data = encode_delta(self._header(group, recv_ns), blocks, group.bases)
        self.bus.publish(subjects.delta(self.scope, group.spec.group_id), data)

    async def _send_idle(self) -> None:
        while True:
            for group in self.groups.values():
                self._publish(group, (), 0)
            await asyncio.sleep(IDLE_S)

    def _directory(self) -> control_pb2.Directory:
        message = control_pb2.Directory(epoch=self.epoch, version=len(self.instruments))
        for instrument in self.instruments.values():
            message.instruments.add(
                key=control_pb2.InstrumentKey(exchange=instrument.key.exchange, symbol=instrument.key.symbol),
                price_decimals=instrument.price_decimals,
                size_decimals=instrument.size_decimals,
                tick_counts=instrument.tick_counts,
                name=instrument.name,
            )
        for exchange in sorted({key.exchange for key in self.instruments}):
            message.sources.add(exchange=exchange, state=self.source_states.get(exchange, 0))
        return message

    def _on_directory(self, _subject: str, _data: bytes, reply: str) -> None:
        if self.serving:
            self.bus.respond(reply, self._directory().SerializeToString())

    def _on_group(self, _subject: str, data: bytes, reply: str) -> None:
        if not self.serving:
            return
        update = control_pb2.GroupUpdate.FromString(data)
        keys = [InstrumentKey(key.exchange, key.symbol) for key in update.instruments]
        spec = group_spec(keys, update.field_mask)
        if spec.group_id not in self.groups:
            exchanges = sorted({key.exchange for key in spec.keys})
            self.groups[spec.group_id] = ServedGroup(spec, self._table(spec), exchanges)
        self.bus.respond(reply, control_pb2.GroupReply(group=spec.group_id).SerializeToString())

    def _on_snapshot(self, subject: str, _data: bytes, _reply: str) -> None:
        group = self.groups.get(subject.rpartition(".")[2])
        if group is None or not self.serving or not self.snapshots:
            return
        group.values = self._table(group.spec)
        exchanges = tuple(group.exchanges)
        snapshot = Snapshot(
            group=group.spec.group_hash,
            epoch=self.epoch,
            sequence=group.sequence,
            layout=1,
            instruments=tuple(self.instruments[key] for key in group.spec.keys),
            sources=exchanges,
            source_states=np.array([self.source_states.get(name, 0) for name in exchanges], np.uint8),
            source_late_ms=np.array([self.source_late_ms.get(name, 0) for name in exchanges], np.uint32),
            source_of_row=np.array([exchanges.index(key.exchange) for key in group.spec.keys], np.uint8),
            bases=group.bases,
            values=group.values,
            recv_oldest_ns=wall_ns(),
            sent_ns=wall_ns(),
        )
        self.bus.publish(subjects.snapshot(self.scope, group.spec.group_id), encode_snapshot(snapshot))

    def _on_interest(self, _subject: str, data: bytes, _reply: str) -> None:
        leases = control_pb2.Interest.FromString(data).groups
        self.leases = {lease.group: lease.cadence_ms for lease in leases}


def crypto(count: int = 40, exchanges: Sequence[str] = ("BINF", "BYBT")) -> tuple[Instrument, ...]:
    """Instruments with two price and three size decimals."""
    return tuple(
        Instrument(InstrumentKey(exchanges[number % len(exchanges)], f"S{number:03}USDT"), 2, 3)
        for number in range(count)
    )


def quote(bid: int, ask: int, last: int, event_us: int = 0) -> dict[Field, int]:
    """A plain quote in counts, with sizes and a session around it."""
    return {
        Field.BID: bid,
        Field.BID_SIZE: 12_500,
        Field.ASK: ask,
        Field.ASK_SIZE: 8_000,
        Field.LAST: last,
        Field.LAST_SIZE: 100,
        Field.HIGH: last + 50,
        Field.LOW: last - 50,
        Field.OPEN: last - 10,
        Field.REFERENCE: last - 20,
        Field.VOLUME: 1_234_567,
        Field.TRADING_STATE: 0,
        Field.EVENT_US: event_us or wall_ns() // 1_000,
    }
