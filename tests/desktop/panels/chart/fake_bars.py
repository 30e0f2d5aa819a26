"""A desk of the test's own making: bars that do as told, no bus. Reused by the chart's benches and tests."""

from collections.abc import Callable, Sequence

import numpy as np

from core.clock import NS_PER_S
from core.market.bar_series import BarField, BarSeries
from core.market.bars import BarColumns, BarFlag
from core.market.instruments import Instrument, InstrumentKey
from core.market.intervals import Interval, seconds
from core.scope import LIVE, Scope
from desktop.desk import (
    BarReading,
    ClockPhase,
    ClockReading,
    FilmReading,
    Link,
    LinkReading,
    QuoteHold,
    QuotePhase,
    SourceReading,
    Transport,
)

BEGIN_NS = 1_723_161_240 * NS_PER_S  # 8 Aug 2024 23:54 UTC
ETH = InstrumentKey("BINF", "ETHUSDT")
BTC = InstrumentKey("BINF", "BTCUSDT")


def walk_bars(
    count: int,
    interval: Interval | None = None,
    begin_ns: int = BEGIN_NS,
    close: int = 268_100,
    seed: int = 5,
    swing: float = 32.0,
) -> BarColumns:
    """A random walk of closed bars in counts of 0.01, sizes in 0.001; the same for the same arguments."""
    interval = interval or seconds(3)
    random = np.random.default_rng(seed)
    closes = close + np.cumsum(random.normal(0, swing, count)).round().astype(np.int64)
    opens = np.concatenate(([close], closes[:-1]))[:count]
    highs = np.maximum(opens, closes) + random.exponential(swing * 0.6, count).astype(np.int64)
    lows = np.minimum(opens, closes) - random.exponential(swing * 0.6, count).astype(np.int64)
    volumes = random.exponential(60_000, count).astype(np.int64) + 1
    volumes[random.random(count) > 0.95] *= 8
    if interval.is_timed:
        keys = begin_ns + np.arange(count, dtype=np.int64) * interval.span_ns
        first, last = keys + 1, keys + interval.span_ns - 1
    else:
        keys = np.arange(count, dtype=np.int64)
        first = begin_ns + keys * NS_PER_S
        last = first + NS_PER_S - 1
    flags = np.full(count, int(BarFlag.CLOSED), np.uint8)
    trades = random.integers(1, 90, count)
    return BarColumns(keys, first, last, opens, highs, lows, closes, volumes, trades, flags)


class FakeHold:
    """A hold on a series that a test fills by hand; `reading` says what the test has put in `said`."""

    def __init__(
        self, bars: "FakeBars", key: InstrumentKey, interval: Interval, on_data: Callable[[], None]
    ) -> None:
        self._bars = bars
        self._key, self._interval = key, interval
        self.on_data = on_data
        self.series = BarSeries()
        self.said = BarReading(QuotePhase.LOADING)
        self.earlier_asked = 0
        self.in_front = False
        self.is_open = True
        self.recv_ns = 0

    @property
    def key(self) -> InstrumentKey:
        return self._key

    @property
    def interval(self) -> Interval:
        return self._interval

    def reading(self, now_ms: int) -> BarReading:
        return self.said

    def want_earlier(self) -> None:
        self.earlier_asked += 1

    def take_oldest_recv_ns(self) -> int:
        oldest, self.recv_ns = self.recv_ns, 0
        return oldest

    def set_in_front(self, in_front: bool) -> None:
        self.in_front = in_front

    def close(self) -> None:
        self.is_open = False
        if self in self._bars.holds:
            self._bars.holds.remove(self)

    # ---- what a test does ------------------------------------------------------------------------
    def load(self, bars: BarColumns, price_decimals: int = 2, size_decimals: int = 3, total: int = 0) -> None:
        """A whole page: from now on live."""
        self.series.replace(bars, price_decimals, size_decimals)
        self.said = BarReading(QuotePhase.LIVE, bars_total=total or len(bars))
        self.on_data()

    def put(self, bars: BarColumns) -> None:
        """An update."""
        self.series.merge(bars)
        self.on_data()

    def trade(self, price: int, size: int = 1_000) -> None:
        """The last bar changes as one trade changes it."""
        bar = self.series.values[:, -1:].copy()
        key, first, last, opened, high, low, _, volume, trades, flags = bar
        self.put(
            BarColumns(
                key,
                first,
                last,
                opened,
                np.maximum(high, price),
                np.minimum(low, price),
                np.array([price]),
                volume + size,
                trades + 1,
                (flags & ~int(BarFlag.CLOSED)).astype(np.uint8),
            )
        )

    def begin_bar(self, price: int, size: int = 1_000) -> None:
        """The next interval begins with one trade."""
        last_key = int(self.series.column(BarField.KEY)[-1])
        step = self._interval.span_ns if self._interval.is_timed else 1
        key = np.array([last_key + step])
        at = key if self._interval.is_timed else self.series.column(BarField.LAST_NS)[-1:] + 1
        one = np.array([price])
        self.put(
            BarColumns(
                key, at, at, one, one, one, one, np.array([size]), np.array([1]), np.zeros(1, np.uint8)
            )
        )


class FakeBars:
    """`holds` are those that are open, the oldest first; `fill` is called with each new one."""

    def __init__(self, fill: Callable[[FakeHold], None] | None = None) -> None:
        self.holds: list[FakeHold] = []
        self.fill = fill

    def hold(self, key: InstrumentKey, interval: Interval, on_data: Callable[[], None]) -> FakeHold:
        hold = FakeHold(self, key, interval, on_data)
        self.holds.append(hold)
        if self.fill is not None:
            self.fill(hold)
        return hold


class FakeQuotes:
    """Two instruments and no prices."""

    def __init__(self) -> None:
        self.instruments: tuple[Instrument, ...] = (Instrument(BTC, 2, 3), Instrument(ETH, 2, 3))
        self.directory_version = 1
        self.sources: tuple[SourceReading, ...] = ()

    def hold(self, keys: Sequence[InstrumentKey], on_data: Callable[[], None]) -> QuoteHold:
        raise NotImplementedError("a chart holds no quotes")


class FakeClock:
    """Stands where it is put."""

    def __init__(self) -> None:
        self.said = ClockReading(ClockPhase.LIVE, BEGIN_NS // 1_000)

    def read(self, now_ms: int) -> ClockReading:
        return self.said


class FakeDesk:
    """Any part of it may be replaced by a test."""

    def __init__(self, fill: Callable[[FakeHold], None] | None = None, scope: Scope = LIVE) -> None:
        self.scope = scope
        self.clock = FakeClock()
        self.quotes = FakeQuotes()
        self.bars = FakeBars(fill)
        self.transport: Transport | None = None
        self.is_turning = False
        self.film: FilmReading | None = None
        self.link_said = LinkReading(Link.CONNECTED, place="loopback")

    def link(self, now_ms: int) -> LinkReading:
        return self.link_said


def desk_with(bars: BarColumns | int = 400, total: int = 0) -> FakeDesk:
    """A desk whose every hold is live at once with these bars, or a walk of so many."""

    def fill(hold: FakeHold) -> None:
        hold.load(walk_bars(bars, hold.interval) if isinstance(bars, int) else bars, total=total)

    return FakeDesk(fill)
