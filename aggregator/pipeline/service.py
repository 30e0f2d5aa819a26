"""The pipeline of one scope on the bus: raw events in, deltas and snapshots of every group out.

Owns the loop that decides when to drain and when to send: at a group's leading edge 2 ms after the first
message, else when the next message is due; a drain is cut into turns, so that a flood starves no group.
Subscriptions only note what arrived. Everything that decides is in the pure parts; here it is wired up.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import numpy as np

from aggregator.pipeline import requests
from aggregator.pipeline.backfill import Backfill
from aggregator.pipeline.bars.served import ServedBars
from aggregator.pipeline.bars.store import BarStore
from aggregator.pipeline.cadence import GATHER_MS, SPACING_MS, stretched_ms
from aggregator.pipeline.ingest import TURN_MESSAGES_MAX, Backlog, Feed, Ingest
from aggregator.pipeline.instruments import Defined, InstrumentRows
from aggregator.pipeline.served import ServedGroups
from aggregator.pipeline.sources import SourceBoard, SourceFigures
from aggregator.pipeline.turning import TURN_TIMEOUT_MS, Turn
from aggregator.pipeline.warm_up import warm_up
from core import clock, subjects
from core.bus import Bus, BusError, Subscription
from core.clock import NS_PER_MS, NS_PER_S
from core.logs import RateLimit, logger
from core.market.fields import NULL
from core.market.groups import GroupError
from core.market.instruments import Instrument
from core.market.intervals import seconds
from core.metrics import Counters
from core.scope import Scope
from core.tasks import TaskSet
from core.wire.errors import WireError

HOUSEKEEPING_MS: Final = 50
DIRECTORY_SPACING_MS: Final = 250
# Without a group at its leading edge nobody waits for a drain, and small ones cost more than large ones; at
# 40,000 messages a second this is 320 of them, half a millisecond of work between a delta and its time.
DRAIN_SPACING_MS: Final = 8
ASKED_BARS_MAX: Final = 256
SEND_SLICE_MS: Final = 4  # so much sending in one go, then the socket is read

_log = logger("pipeline")


@dataclass(frozen=True, slots=True)
class PipelineFigures:
    """What health messages tell of a pipeline."""

    cadence_ms: int
    degradation: int
    lag_ms: int
    groups: int
    instruments: int
    sources: dict[str, SourceFigures]
    counters: dict[str, int]


class Alarm:
    """Sleeps until a deadline or until woken. One sleeper."""

    def __init__(self) -> None:
        self._sleeper: asyncio.Future[None] | None = None

    def wake(self) -> None:
        if self._sleeper is not None and not self._sleeper.done():
            self._sleeper.set_result(None)

    async def sleep(self, duration_ns: int) -> None:
        loop = asyncio.get_running_loop()
        self._sleeper = loop.create_future()
        timer = loop.call_later(duration_ns / NS_PER_S, self.wake)
        try:
            await self._sleeper
        finally:
            timer.cancel()
            self._sleeper = None


class Pipeline:
    """One per scope and process. `start` it, `close` it; `figures` any time.

    `market_ns` is the scope's clock: bars close by it. `backfill` is what precedes what the pipeline hears.
    """

    def __init__(
        self,
        bus: Bus,
        scope: Scope,
        epoch: int,
        *,
        market_ns: Callable[[], int] = clock.wall_ns,
        backfill: Backfill | None = None,
        random: Random | None = None,
        monotonic_ns: Callable[[], int] = clock.monotonic_ns,
        wall_ns: Callable[[], int] = clock.wall_ns,
    ) -> None:
        self.epoch = epoch
        self.scope = scope
        self.counters = Counters()
        self.registry = InstrumentRows(self.counters)
        self.sources = SourceBoard()
        self.ingest = Ingest(scope, self.registry, self.counters, random or Random())
        self.groups = ServedGroups(
            scope, self.registry, self.sources, self.counters, epoch, self._send, wall_ns
        )
        is_live = scope.session is None
        self._store = BarStore(self.registry, self.counters, is_live=is_live, backfill=backfill)
        self.ingest.listen(self._store)
        self.bars = ServedBars(
            scope, self.registry, self._store, self.counters, epoch, self._send, market_ns, wall_ns
        )
        self._bus = bus
        self._monotonic_ns = monotonic_ns
        self._wall_ns = wall_ns
        self._alarm = Alarm()
        self._backlog = Backlog(self.counters, monotonic_ns, self._alarm.wake)
        self._tasks = TaskSet()
        self._subscriptions: list[Subscription] = []
        self._turn: Turn | None = None
        self._asked_bars: list[tuple[str, bytes, str]] = []  # while turning
        self._housekeeping_ns = 0
        self._directory_version = 0
        self._directory_ns: int | None = None
        self._refusals = RateLimit()
        self._refused = self.counters.counter("publish_refused")
        self._rejected = self.counters.counter("requests_rejected")

    # ---- life --------------------------------------------------------------------------------------------
    async def start(self) -> None:
        """Subscribe and serve. Returns when the server knows of every subscription. Raises `BusError`."""
        warm_up()
        scope, bus = self.scope, self._bus
        handlers = (
            (subjects.definitions_all(scope), self._on_definitions),
            (subjects.group_update(scope), self._on_group_update),
            (subjects.interest_all(scope), self._on_interest),
            (subjects.snapshot_get(scope, "*"), self._on_snapshot_get),
            (subjects.directory_get(scope), self._on_directory_get),
            (subjects.bars_get_all(scope), self._on_bars_get),
            (subjects.raw_all(scope), self._backlog.append),
        )
        for subject, handler in handlers:
            self._subscriptions.append(await bus.subscribe(subject, handler))
        await bus.flush()
        self._tasks.start(self._run(), name=f"pipeline-{scope.session or 'live'}")

    async def close(self) -> None:
        """Stop serving; subscribers see silence."""
        for subscription in self._subscriptions:
            subscription.unsubscribe()
        self._subscriptions.clear()
        await self._tasks.close()

    @property
    def is_running(self) -> bool:
        return bool(self._tasks.running)

    def figures(self) -> PipelineFigures:
        """Counters and the state of things now."""
        level = self.groups.level
        return PipelineFigures(
            cadence_ms=stretched_ms(SPACING_MS, level),
            degradation=level,
            lag_ms=round(self.groups.load.late_ms),
            groups=len(self.groups),
            instruments=len(self.registry),
            sources=dict(self.sources.figures),
            counters=self.counters.totals(),
        )

    # ---- seeking -----------------------------------------------------------------------------------------
    def turn(
        self, epoch: int, feed_epochs: Mapping[str, int], backfill: Backfill | None = None
    ) -> Coroutine[Any, Any, None]:
        """The scope goes on elsewhere, under `epoch`: begins with the call, awaited until it has been told.

        From the call on nothing is sent to groups and bar series. When the state of every feed in
        `feed_epochs` has been folded, every group gets a snapshot and every bar series a header. A feed that
        does not tell its state in 2 s is left out with a warning. A newer turn takes the place of this one.
        """
        if self._turn is not None:
            self._turn.end()
        turn = self._turn = Turn(epoch, feed_epochs)
        table = self.registry.table
        table.values[:] = NULL
        table.touch(np.arange(table.row_count))
        self._store.begin_turn(feed_epochs, backfill)
        self.bars.forget()
        self._alarm.wake()
        return self._finish(turn)

    async def _finish(self, turn: Turn) -> None:
        self._look_at_turn()
        try:
            async with asyncio.timeout(TURN_TIMEOUT_MS / 1_000):
                await turn.ended
        except TimeoutError:
            _log.warning("no state after a seek", exchanges=turn.missing(self.ingest.feeds))
        finally:
            is_newest = self._turn is turn
            if is_newest:
                self._turn = None  # also when whoever waits is cancelled: silence must not stay
                self._store.end_turn()
        if not is_newest:
            return
        self.epoch = turn.epoch
        now_ns = self._monotonic_ns()
        self.groups.begin_epoch(turn.epoch, now_ns)
        self.bars.begin_epoch(turn.epoch, now_ns)
        asked, self._asked_bars = self._asked_bars, []
        for subject, data, reply in asked:
            self._on_bars_get(subject, data, reply)
        self._alarm.wake()

    def _look_at_turn(self) -> None:
        if self._turn is not None and not self._turn.missing(self.ingest.feeds):
            self._turn.end()

    # ---- the loop ----------------------------------------------------------------------------------------
    async def _run(self) -> None:
        while True:
            now_ns = self._monotonic_ns()
            if self._backlog and now_ns >= self._drain_ns():
                self._drain_turn(now_ns)
                now_ns = self._monotonic_ns()
            if now_ns >= self._housekeeping_ns:
                self._keep_house(now_ns)
            while self._turn is None and self.groups.due_ns() <= now_ns:
                self.groups.send_due(now_ns, now_ns + SEND_SLICE_MS * NS_PER_MS, self._monotonic_ns)
                await asyncio.sleep(0)
                now_ns = self._monotonic_ns()
            if self._turn is None and self.bars.due_ns() <= now_ns:
                self.bars.send_due(now_ns, now_ns + SEND_SLICE_MS * NS_PER_MS, self._monotonic_ns)
            wait_ns = self._next_ns() - self._monotonic_ns()
            if wait_ns > 0:
                await self._alarm.sleep(wait_ns)
            else:
                await asyncio.sleep(0)

    def _drain_ns(self) -> int:
        """When to drain: at once for a full turn, soon for a leading edge, else for the next message."""
        if len(self._backlog) >= TURN_MESSAGES_MAX or self._turn is not None:
            return 0
        since_ns = self._backlog.since_ns
        edge_ns = max(since_ns + GATHER_MS * NS_PER_MS, self.groups.opens_ns())
        return min(edge_ns, self.groups.due_ns(), self.bars.due_ns(), since_ns + DRAIN_SPACING_MS * NS_PER_MS)

    def _next_ns(self) -> int:
        next_ns = self._housekeeping_ns
        if self._turn is None:
            next_ns = min(next_ns, self.groups.due_ns(), self.bars.due_ns())
        return min(next_ns, self._drain_ns()) if self._backlog else next_ns

    def _drain_turn(self, now_ns: int) -> None:
        since_ns = self._backlog.since_ns
        message_subjects, data = self._backlog.take()
        wall_ns = self._wall_ns()
        changes = self.ingest.drain(message_subjects, data, now_ns, wall_ns)
        self._refresh_sources(self.ingest.heard, now_ns, wall_ns)
        self.groups.on_changes(changes, since_ns)
        self.bars.on_drained(since_ns, now_ns)
        self.groups.load.on_turn(bool(self._backlog), self._monotonic_ns())
        if self._turn is not None:
            self._look_at_turn()

    def _refresh_sources(self, feeds: dict[str, Feed], now_ns: int, wall_ns: int) -> None:
        changed = self.sources.refresh(feeds, now_ns, wall_ns)
        if changed:
            self.groups.on_sources(changed, now_ns)

    def _keep_house(self, now_ns: int) -> None:
        self._housekeeping_ns = now_ns + HOUSEKEEPING_MS * NS_PER_MS
        self._refresh_sources(self.ingest.feeds, now_ns, self._wall_ns())
        for exchange, feed in self.ingest.feeds.items():
            ask_ns = feed.gate.ask_ns()
            if ask_ns is not None and ask_ns <= now_ns:
                self._send(subjects.feed_state_get(self.scope, exchange), feed.gate.on_asked(now_ns))
        self.groups.keep_house(now_ns)
        if self._turn is None:
            self.bars.keep_house(self.groups.level, now_ns)
        if self._directory_ns is not None and now_ns >= self._directory_ns:
            self._directory_ns = None
            self._send(subjects.directory(self.scope), self._directory())

    # ---- what arrives ------------------------------------------------------------------------------------
    def _on_definitions(self, subject: str, data: bytes, reply: str) -> None:
        now_ns = self._monotonic_ns()
        try:
            message = requests.read_definitions(data)
        except WireError as error:
            self._reject(subject, error)
            return
        if self.ingest.feed(message.exchange, now_ns) is None:
            self._rejected.add()
            return
        if self.registry.feed(message.exchange).is_known(message.epoch, message.version):
            return
        definitions, rejected = requests.read_instruments(message)
        self._rejected.add(rejected)
        before = list(self.registry.instruments)
        defined = self.registry.define(message.exchange, message.epoch, message.version, definitions)
        self.ingest.on_definitions()
        if defined:
            self._on_defined(defined, before, now_ns)

    def _on_defined(self, defined: Defined, before: list[Instrument], now_ns: int) -> None:
        self.bars.on_defined(defined, before, now_ns)
        self.groups.on_defined(defined, now_ns)
        self._directory_version += 1
        if self._directory_ns is None:
            self._directory_ns = now_ns + DIRECTORY_SPACING_MS * NS_PER_MS
        self._alarm.wake()

    def _on_group_update(self, subject: str, data: bytes, reply: str) -> None:
        try:
            group = self.groups.define(requests.read_group(data), self._monotonic_ns())
        except (WireError, GroupError) as error:
            self._reject(subject, error)
            self._respond(reply, requests.group_reply("", str(error)))
            return
        self._respond(reply, requests.group_reply(group))
        self._alarm.wake()

    def _on_interest(self, subject: str, data: bytes, reply: str) -> None:
        try:
            lease = requests.read_lease(data)
        except WireError as error:
            self._reject(subject, error)
            return
        now_ns = self._monotonic_ns()
        self._rejected.add(lease.rejected)
        self.groups.renew(subject, lease.groups, now_ns)
        self.bars.renew(subject, lease.bars, now_ns)

    def _on_snapshot_get(self, subject: str, data: bytes, reply: str) -> None:
        self.groups.want_snapshot(subject.rpartition(".")[2], self._monotonic_ns())
        self._alarm.wake()

    def _on_directory_get(self, subject: str, data: bytes, reply: str) -> None:
        self._respond(reply, self._directory())

    def _on_bars_get(self, subject: str, data: bytes, reply: str) -> None:
        if self._turn is not None:
            if len(self._asked_bars) < ASKED_BARS_MAX:
                self._asked_bars.append((subject, data, reply))
            return
        try:
            asked = requests.read_bars(subjects.bars_get_key(self.scope, subject), data)
        except (WireError, subjects.SubjectError) as error:
            self._reject(subject, error)
            self._respond(reply, self.bars.error(seconds(60), str(error)))
            return
        self._respond(reply, self.bars.page(asked, self._monotonic_ns()))
        self._alarm.wake()

    def _directory(self) -> bytes:
        return requests.directory(self.epoch, self._directory_version, self.registry, self.sources.figures)

    def _reject(self, subject: str, error: Exception) -> None:
        self._rejected.add()
        held_back = self._refusals.pass_at(self._monotonic_ns() // NS_PER_MS)
        if held_back is not None:
            _log.warning("rejected", subject=subject, reason=str(error), held_back=held_back)

    # ---- what leaves -------------------------------------------------------------------------------------
    def _send(self, subject: str, data: bytes) -> None:
        try:
            self._bus.publish(subject, data)
        except BusError:
            self._refused.add()  # subscribers see the gap and ask; the bus itself logs why

    def _respond(self, reply: str, data: bytes) -> None:
        try:
            self._bus.respond(reply, data)
        except BusError:
            self._refused.add()
