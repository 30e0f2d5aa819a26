"""One group of quotes on the bus, shared by every panel that holds it.

Carries messages to a `GroupFeed` and its requests back; the feed decides, this does. Each hold knows for
itself what it has shown, so two windows on one group measure their own latency. Never paints.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from core import subjects
from core.bus import Bus, BusError, Subscription
from core.clock import NS_PER_MS, monotonic_ns
from core.logs import logger
from core.market.fields import Field, SourceState
from core.market.group_feed import FeedEvent, FeedState, GroupFeed, RequestKind
from core.market.groups import GroupSpec
from core.market.instruments import Instrument
from core.market.quote_table import QuoteTable
from core.scope import Scope
from core.tasks import TaskSet
from core.wire.generated import control_pb2
from desktop.desk import BoolRows, LateSource, QuotePhase, QuoteReading

CADENCE_MS: Final = 33
IN_FRONT_CADENCE_MS: Final = 16
DEFINE_TIMEOUT_MS: Final = 1_000
_PHASES: Final = {
    FeedState.LOADING: QuotePhase.LOADING,
    FeedState.LIVE: QuotePhase.LIVE,
    FeedState.STALE: QuotePhase.STALE,
}
_PAINTED: Final = FeedEvent.APPLIED | FeedEvent.LAYOUT_CHANGED | FeedEvent.RESYNCED

_log = logger("group")


class BusQuoteHold:
    """A panel's hold on a `SharedGroup`; see `desk.QuoteHold`."""

    def __init__(
        self, group: "SharedGroup", on_data: Callable[[], None], let_go: Callable[["BusQuoteHold"], None]
    ) -> None:
        self.group = group
        self.on_data = on_data
        self.in_front = False
        self.asleep = False
        self.oldest_recv_ns = 0
        self._let_go = let_go

    @property
    def table(self) -> QuoteTable:
        return self.group.table

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        return self.group.feed.instruments

    @property
    def group_id(self) -> str:
        return self.group.group_id

    @property
    def layout_version(self) -> int:
        return self.group.layouts

    def reading(self, now_ms: int) -> QuoteReading:
        return self.group.reading(now_ms)

    def row_states(self, now_ms: int) -> tuple[BoolRows, BoolRows, BoolRows]:
        feed = self.group.feed
        return feed.row_stale(now_ms), feed.row_late(), feed.row_halted()

    @property
    def epoch(self) -> int:
        return self.group.epoch

    def trust_mark(self) -> object:
        feed = self.group.feed
        return feed.state, feed.epoch, feed.layout_version, feed.source_states.tobytes()

    def take_oldest_recv_ns(self) -> int:
        oldest_ns, self.oldest_recv_ns = self.oldest_recv_ns, 0
        return oldest_ns

    def set_in_front(self, in_front: bool) -> None:
        if in_front != self.in_front:
            self.in_front = in_front
            self.group.on_interest()

    def set_asleep(self, asleep: bool) -> None:
        if asleep != self.asleep:
            self.asleep = asleep
            self.oldest_recv_ns = 0
            self.group.follow_holds()

    def close(self) -> None:
        self._let_go(self)


class SharedGroup:
    """The feed of one group with its subscriptions; `holds` share it, the last to go closes it."""

    def __init__(
        self,
        bus: Bus,
        scope: Scope,
        spec: GroupSpec,
        tasks: TaskSet,
        on_interest: Callable[[], None],
        on_epoch: Callable[[int], None],
    ) -> None:
        self.spec = spec
        self.group_id = spec.group_id
        self.feed = GroupFeed(spec)
        self.holds: list[BusQuoteHold] = []
        self.on_interest = on_interest
        self.layouts = 1  # every change of layout the feed took, for holds to compare
        self.error = ""
        self._blank: QuoteTable | None = None
        self._on_epoch = on_epoch
        self._bus = bus
        self._scope = scope
        self._tasks = tasks
        self._subscriptions: list[Subscription] = []
        self._defining = False
        self._heard_ms = 0
        self.asleep = False  # all who hold it are: nothing is asked for and nothing received

    async def open(self) -> None:
        """Subscribe first, then ask: what comes in between is buffered by the feed."""
        if not self.holds or self.asleep or self._subscriptions:
            return  # let go before the loop came to it
        group_id = self.group_id
        for subject, handler in (
            (subjects.delta(self._scope, group_id), self._on_delta),
            (subjects.snapshot(self._scope, group_id), self._on_snapshot),
        ):
            self._subscriptions.append(await self._bus.subscribe(subject, handler))
        self._heard_ms = _now_ms()
        self.tend(self._heard_ms)

    def close(self) -> None:
        for subscription in self._subscriptions:
            subscription.unsubscribe()
        self._subscriptions.clear()

    def follow_holds(self) -> None:
        """Sleep when all holds do, wake with the first that does not; the table stays either way."""
        asleep = bool(self.holds) and all(hold.asleep for hold in self.holds)
        if asleep == self.asleep:
            return
        self.asleep = asleep
        if asleep:
            self.close()
            self.feed.on_bus(False, _now_ms())
        else:
            self._tasks.start(self.open(), f"open-{self.group_id}")
        self.on_interest()

    @property
    def cadence_ms(self) -> int:
        """What this desk asks for."""
        return IN_FRONT_CADENCE_MS if any(hold.in_front for hold in self.holds) else CADENCE_MS

    # ---- messages --------------------------------------------------------------------------------
    def _on_delta(self, _subject: str, data: bytes, _reply: str) -> None:
        now_ms = _now_ms()
        self._took(self.feed.on_delta(data, now_ms), now_ms)

    def _on_snapshot(self, _subject: str, data: bytes, _reply: str) -> None:
        now_ms = _now_ms()
        self._took(self.feed.on_snapshot(data, now_ms), now_ms)

    def _took(self, event: FeedEvent, now_ms: int) -> None:
        self._heard_ms = now_ms
        if event & FeedEvent.LAYOUT_CHANGED:
            self.layouts += 1
        if event & FeedEvent.RESYNCED:
            self._on_epoch(self.feed.epoch)
        if event & _PAINTED:
            self.error = ""
            oldest_ns = self.feed.take_oldest_recv_ns()
            for hold in self.holds:
                if oldest_ns and not 0 < hold.oldest_recv_ns <= oldest_ns:
                    hold.oldest_recv_ns = oldest_ns
                hold.on_data()
        elif self.feed.state is not FeedState.LIVE:
            self.tend(now_ms)

    # ---- what the feed asks for ------------------------------------------------------------------
    def tend(self, now_ms: int) -> None:
        """Let time pass for the feed and carry out what it asks for."""
        if self.asleep:
            return
        self.feed.on_bus(self._bus.connected, now_ms)
        request = self.feed.poll(now_ms)
        if request is None or not self._subscriptions:
            return
        if request.kind is RequestKind.DEFINE:
            if not self._defining:
                self._defining = True
                self._tasks.start(self._define(), f"define-{self.group_id}")
            return
        try:
            self._bus.publish(subjects.snapshot_get(self._scope, self.group_id), b"")
        except BusError as error:
            _log.info("snapshot not asked for", group=self.group_id, reason=str(error))

    async def _define(self) -> None:
        update = control_pb2.GroupUpdate(
            instruments=[
                control_pb2.InstrumentKey(exchange=key.exchange, symbol=key.symbol) for key in self.spec.keys
            ],
            field_mask=self.spec.field_mask,
        )
        try:
            answer = await self._bus.request(
                subjects.group_update(self._scope), update.SerializeToString(), DEFINE_TIMEOUT_MS
            )
            self.error = control_pb2.GroupReply.FromString(answer).error
        except BusError as error:  # the feed asks again until somebody answers
            _log.info("group not defined yet", group=self.group_id, reason=str(error))
        finally:
            self._defining = False
        self.on_interest()

    # ---- what panels read ------------------------------------------------------------------------
    @property
    def table(self) -> QuoteTable:
        """The feed's, or one without a value while that is of another epoch than the one shown."""
        return self.feed.table if self._blank is None else self._blank

    @property
    def epoch(self) -> int:
        return self.feed.epoch

    @property
    def is_awaited(self) -> bool:
        return not self.error and not self.asleep

    @property
    def newest_event_us(self) -> int:
        """Of the values, 0 without any. NULL is the smallest number there is."""
        times = self.feed.table.column(Field.EVENT_US)
        return max(0, int(times.max())) if len(times) else 0

    def set_blank(self, blank: bool) -> None:
        if blank != (self._blank is not None):
            self._blank = QuoteTable(self.feed.table.row_count) if blank else None
            self.layouts += 1

    def reading(self, now_ms: int) -> QuoteReading:
        feed = self.feed
        late = tuple(
            LateSource(name, int(late_ms), down=state == SourceState.DOWN)
            for name, state, late_ms in zip(
                feed.sources, np.asarray(feed.source_states), np.asarray(feed.source_late_ms), strict=False
            )
            if state in (SourceState.LATE, SourceState.DOWN)
        )
        return QuoteReading(
            phase=_PHASES[feed.state] if self._blank is None else QuotePhase.LOADING,
            reason=feed.reason.name.lower() if feed.reason is not None else "",
            silent_ms=max(0, now_ms - self._heard_ms),
            late_sources=late,
            cadence_ms=feed.cadence_ms,
            error=self.error,
        )

    def inspect(self, now_ms: int) -> dict[str, Any]:
        """What the feed has counted, for `--inspect`."""
        feed, reading = self.feed, self.reading(now_ms)
        return {
            "group": self.group_id,
            "rows": feed.table.row_count,
            "holds": len(self.holds),
            "phase": reading.phase.name.lower(),
            "reason": reading.reason,
            "silent_ms": reading.silent_ms,
            "epoch": feed.epoch,
            "sequence": feed.sequence,
            "layout": feed.layout_version,
            "asked_cadence_ms": self.cadence_ms,
            "cadence_ms": reading.cadence_ms,
            "sources": {
                name: int(state) for name, state in zip(feed.sources, feed.source_states, strict=False)
            },
            "error": self.error,
            "counters": asdict(feed.counters),
        }


def _now_ms() -> int:
    return monotonic_ns() // NS_PER_MS
