"""Bars of one scope on the bus: one feed a series, shared by every chart that holds it.

Carries messages to a `BarFeed` and its requests back; the feed decides, this does. Each hold knows for itself
what it has shown. Never paints.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from core import subjects
from core.bus import Bus, BusError, Subscription
from core.clock import NS_PER_MS, NS_PER_US, monotonic_ns
from core.logs import logger
from core.market.bar_feed import BarEvent, BarFeed
from core.market.bar_requests import BarsAsk
from core.market.bar_series import BarField, BarSeries
from core.market.group_feed import FeedState
from core.market.instruments import InstrumentKey
from core.market.intervals import Interval
from core.scope import Scope
from core.tasks import TaskSet
from core.wire.generated import control_pb2
from desktop.bus_group import CADENCE_MS, IN_FRONT_CADENCE_MS
from desktop.desk import BarReading, QuotePhase

ASK_TIMEOUT_MS: Final = 1_000
ASKS_MAX: Final = 3  # on their way at once: one that waits for a lost answer must not hold up the next
_PHASES: Final = {
    FeedState.LOADING: QuotePhase.LOADING,
    FeedState.LIVE: QuotePhase.LIVE,
    FeedState.STALE: QuotePhase.STALE,
}

_log = logger("bars")


class BusBarHold:
    """A chart's hold on a `SharedBars`; see `desk.BarHold`."""

    def __init__(
        self, shared: "SharedBars", on_data: Callable[[], None], let_go: Callable[["BusBarHold"], None]
    ) -> None:
        self.shared = shared
        self.on_data = on_data
        self.in_front = False
        self.asleep = False
        self.oldest_recv_ns = 0
        self._let_go = let_go

    @property
    def key(self) -> InstrumentKey:
        return self.shared.key

    @property
    def interval(self) -> Interval:
        return self.shared.interval

    @property
    def series(self) -> BarSeries:
        return self.shared.feed.series

    @property
    def epoch(self) -> int:
        return self.shared.epoch

    def reading(self, now_ms: int) -> BarReading:
        return self.shared.reading(now_ms)

    def want_earlier(self) -> None:
        self.shared.feed.want_earlier()
        self.shared.tend(_now_ms())

    def take_oldest_recv_ns(self) -> int:
        oldest_ns, self.oldest_recv_ns = self.oldest_recv_ns, 0
        return oldest_ns

    def set_in_front(self, in_front: bool) -> None:
        if in_front != self.in_front:
            self.in_front = in_front
            self.shared.on_interest()

    def set_asleep(self, asleep: bool) -> None:
        if asleep != self.asleep:
            self.asleep = asleep
            self.oldest_recv_ns = 0
            self.shared.follow_holds()

    def close(self) -> None:
        self._let_go(self)


class SharedBars:
    """The feed of one series with its subscription; `holds` share it, the last to go closes it."""

    def __init__(
        self,
        bus: Bus,
        scope: Scope,
        key: InstrumentKey,
        interval: Interval,
        tasks: TaskSet,
        on_interest: Callable[[], None],
        on_epoch: Callable[[int], None],
    ) -> None:
        self.key = key
        self.interval = interval
        self.feed = BarFeed(key, interval, is_session=scope.session is not None)
        self.holds: list[BusBarHold] = []
        self.on_interest = on_interest
        self._on_epoch = on_epoch
        self._bus = bus
        self._scope = scope
        self._tasks = tasks
        self._subscription: Subscription | None = None
        self._asks = 0  # on their way
        self._heard_ms = 0
        self.asleep = False  # as of a group of quotes

    async def open(self) -> None:
        """Subscribe first, then ask: what comes in between is buffered by the feed."""
        if not self.holds or self.asleep or self._subscription is not None:
            return  # let go before the loop came to it
        subscription = await self._bus.subscribe(subjects.bar(self._scope, self.key), self._on_update)
        if not self.holds or self.asleep:
            subscription.unsubscribe()
            return
        self._subscription = subscription
        self._heard_ms = _now_ms()
        self.tend(self._heard_ms)

    def close(self) -> None:
        if self._subscription is not None:
            self._subscription.unsubscribe()
            self._subscription = None

    def follow_holds(self) -> None:
        """Sleep when all holds do, wake with the first that does not; the bars stay either way."""
        asleep = bool(self.holds) and all(hold.asleep for hold in self.holds)
        if asleep == self.asleep:
            return
        self.asleep = asleep
        if asleep:
            self.close()
            self.feed.on_bus(False, _now_ms())
        else:
            self._tasks.start(self.open(), f"open-{self.key.exchange}-{self.key.symbol}-{self.interval}")
        self.on_interest()

    @property
    def lease(self) -> control_pb2.BarLease:
        """What this desk asks for."""
        in_front = any(hold.in_front for hold in self.holds)
        return control_pb2.BarLease(
            key=control_pb2.InstrumentKey(exchange=self.key.exchange, symbol=self.key.symbol),
            interval=self._wire_interval,
            cadence_ms=IN_FRONT_CADENCE_MS if in_front else CADENCE_MS,
        )

    @property
    def _wire_interval(self) -> control_pb2.BarInterval:
        return control_pb2.BarInterval(unit=int(self.interval.unit), count=self.interval.count)

    @property
    def is_settled(self) -> bool:
        """Nothing is to be asked for."""
        feed = self.feed
        if self.asleep:
            return True
        return feed.state is FeedState.LIVE and not (feed.is_loading_earlier or feed.is_proving)

    # ---- messages ----------------------------------------------------------------------------------------
    def _on_update(self, _subject: str, data: bytes, _reply: str) -> None:
        now_ms = _now_ms()
        known_epoch = self.feed.known_epoch
        event = self.feed.on_update(data, now_ms)
        if event:
            self._heard_ms = now_ms
        if self.feed.known_epoch > known_epoch:
            self._on_epoch(self.feed.known_epoch)
        self._took(event, now_ms)

    async def _ask(self, ask: BarsAsk) -> None:
        request = control_pb2.BarsRequest(
            interval=self._wire_interval, before_key=ask.before_key, bars_max=ask.bars_max
        )
        subject = subjects.bars_get(self._scope, self.key)
        try:
            answer = await self._bus.request(subject, request.SerializeToString(), ASK_TIMEOUT_MS)
        except BusError as error:  # the feed asks again until somebody answers
            _log.info("bars not read yet", key=str(self.key), interval=str(self.interval), reason=str(error))
            return
        finally:
            self._asks -= 1
        if self._subscription is None:
            return
        now_ms = self._heard_ms = _now_ms()
        said = self.feed.error, self.feed.is_loading_earlier
        event = self.feed.on_page(answer, ask, now_ms)
        if event & BarEvent.RESYNCED:
            self._on_epoch(self.feed.epoch)
        self._took(event, now_ms, is_told=(self.feed.error, self.feed.is_loading_earlier) != said)

    def _took(self, event: BarEvent, now_ms: int, is_told: bool = False) -> None:
        if event & BarEvent.CHANGED or is_told:
            oldest_ns = self.feed.take_oldest_recv_ns()
            for hold in self.holds:
                if oldest_ns and not 0 < hold.oldest_recv_ns <= oldest_ns:
                    hold.oldest_recv_ns = oldest_ns
                hold.on_data()
        if not self.is_settled:
            self.tend(now_ms)

    def tend(self, now_ms: int) -> None:
        """Let time pass for the feed and carry out what it asks for."""
        if self.asleep:
            return
        self.feed.on_bus(self._bus.connected, now_ms)
        if self._subscription is None or self._asks >= ASKS_MAX:
            return
        ask = self.feed.poll(now_ms)
        if ask is not None:
            self._asks += 1
            self._tasks.start(self._ask(ask), f"bars-{self.key.exchange}-{self.key.symbol}-{self.interval}")

    # ---- a seek of the session ---------------------------------------------------------------------------
    @property
    def epoch(self) -> int:
        """Of the bars held; 0 while there are none."""
        return self.feed.epoch

    @property
    def is_awaited(self) -> bool:
        return not self.feed.error and not self.asleep

    @property
    def newest_event_us(self) -> int:
        """Market time of the newest trade in it, 0 for none."""
        last_ns = self.feed.series.column(BarField.LAST_NS)
        return max(0, int(last_ns[-1]) // NS_PER_US) if len(last_ns) else 0

    def set_blank(self, blank: bool) -> None:
        """Bars of an epoch that has passed are of no more use: the page of the next one replaces them."""
        if blank:
            self.feed.forget()
            for hold in self.holds:
                hold.on_data()

    # ---- what charts read --------------------------------------------------------------------------------
    def reading(self, now_ms: int) -> BarReading:
        feed = self.feed
        return BarReading(
            phase=_PHASES[feed.state],
            reason=feed.reason.name.lower() if feed.reason is not None else "",
            silent_ms=max(0, now_ms - self._heard_ms),
            bars_total=feed.bars_total,
            loading_earlier=feed.is_loading_earlier,
            error=feed.error,
        )

    def inspect(self, now_ms: int) -> dict[str, Any]:
        """What the feed has counted, for `--inspect`."""
        feed, reading = self.feed, self.reading(now_ms)
        return {
            "key": str(self.key),
            "interval": str(self.interval),
            "bars": feed.series.count,
            "bars_total": feed.bars_total,
            "holds": len(self.holds),
            "phase": reading.phase.name.lower(),
            "reason": reading.reason,
            "silent_ms": reading.silent_ms,
            "loading_earlier": reading.loading_earlier,
            "epoch": feed.epoch,
            "version": feed.version,
            "sequence": feed.sequence,
            "asked_cadence_ms": self.lease.cadence_ms,
            "error": feed.error,
            "counters": asdict(feed.counters),
        }


class BusBars:
    """Every series held of one scope; see `desk.Bars`."""

    def __init__(
        self,
        bus: Bus,
        scope: Scope,
        tasks: TaskSet,
        on_interest: Callable[[], None],
        on_epoch: Callable[[int], None],
    ) -> None:
        self._bus = bus
        self._scope = scope
        self._tasks = tasks
        self._on_interest = on_interest
        self._on_epoch = on_epoch
        self._series: dict[tuple[InstrumentKey, Interval], SharedBars] = {}

    @property
    def series(self) -> tuple[SharedBars, ...]:
        return tuple(self._series.values())

    def hold(self, key: InstrumentKey, interval: Interval, on_data: Callable[[], None]) -> BusBarHold:
        shared = self._series.get((key, interval))
        if shared is None:
            shared = SharedBars(
                self._bus, self._scope, key, interval, self._tasks, self._on_interest, self._on_epoch
            )
            self._series[key, interval] = shared
            self._tasks.start(shared.open(), f"open-{key.exchange}-{key.symbol}-{interval}")
        hold = BusBarHold(shared, on_data, self._let_go)
        shared.holds.append(hold)
        shared.follow_holds()
        self._on_interest()
        return hold

    def _let_go(self, hold: BusBarHold) -> None:
        shared = hold.shared
        if hold not in shared.holds:
            return
        shared.holds.remove(hold)
        if not shared.holds:
            self._series.pop((shared.key, shared.interval), None)
            shared.close()
        else:
            shared.follow_holds()
        self._on_interest()

    def close(self) -> None:
        for shared in self._series.values():
            shared.close()
        self._series.clear()


def _now_ms() -> int:
    return monotonic_ns() // NS_PER_MS
