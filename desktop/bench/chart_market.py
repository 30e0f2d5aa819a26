"""A desk for the chart bench: bars of a random walk, in memory, that do as told.

The panel under test is handed a port like any other; nothing here paints or waits.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from core.clock import NS_PER_S
from core.market.bar_series import BarSeries
from core.market.bars import BarColumns, BarFlag
from core.market.instruments import Instrument, InstrumentKey
from core.market.intervals import Interval, seconds
from core.scope import LIVE
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

KEY: Final = InstrumentKey("BENCH", "WALKUSDT")
MINUTE: Final = seconds(60)
BEGIN_NS: Final = 1_577_836_800 * NS_PER_S  # 2020-01-01: a million minutes later it is November 2021
PRICE_DECIMALS: Final = 2
SIZE_DECIMALS: Final = 3
_FIRST_CLOSE: Final = 3_000_000
_SWING: Final = 60.0


def walk(count: int, seed: int = 3) -> BarColumns:
    """`count` closed one-minute bars, the same for the same arguments."""
    dice = np.random.default_rng(seed)
    close = _FIRST_CLOSE + np.cumsum(dice.normal(0, _SWING, count)).astype(np.int64)
    opened = np.concatenate(([_FIRST_CLOSE], close[:-1]))
    high = np.maximum(opened, close) + dice.integers(0, 80, count)
    low = np.minimum(opened, close) - dice.integers(0, 80, count)
    key = BEGIN_NS + np.arange(count, dtype=np.int64) * MINUTE.span_ns
    volume = dice.integers(1, 5_000_000, count)
    flags = np.full(count, int(BarFlag.CLOSED), np.uint8)
    last = key + MINUTE.span_ns - 1
    return BarColumns(key, key, last, opened, high, low, close, volume, dice.integers(1, 900, count), flags)


class BenchHold:
    """The one series; `trade` changes its last bar as a trade does."""

    def __init__(self, bars: BarColumns, interval: Interval, on_data: Callable[[], None]) -> None:
        self._on_data = on_data
        self._interval = interval
        self.series = BarSeries()
        self.series.replace(bars, PRICE_DECIMALS, SIZE_DECIMALS)
        self._reading = BarReading(QuotePhase.LIVE, bars_total=len(bars))

    @property
    def key(self) -> InstrumentKey:
        return KEY

    @property
    def interval(self) -> Interval:
        return self._interval

    def reading(self, now_ms: int) -> BarReading:
        return self._reading

    def want_earlier(self) -> None:
        """There is nothing earlier."""

    def take_oldest_recv_ns(self) -> int:
        return 0

    def set_in_front(self, in_front: bool) -> None: ...

    def set_asleep(self, asleep: bool) -> None: ...

    def close(self) -> None: ...

    def trade(self, number: int) -> None:
        """Close, volume and count of the last bar move; high and low only if the close passes them."""
        key, first, _, opened, high, low, _, volume, trades, _ = self.series.values[:, -1:]
        price = (high + low) // 2 + number % 7 - 3
        changed = BarColumns(
            key, first, key + 1, opened, np.maximum(high, price), np.minimum(low, price), price,
            volume + 1_000, trades + 1, np.zeros(1, np.uint8),
        )  # fmt: skip
        self.series.merge(changed)
        self._on_data()


class BenchBars:
    def __init__(self, bars: BarColumns) -> None:
        self._bars = bars
        self.holds: list[BenchHold] = []

    def hold(self, key: InstrumentKey, interval: Interval, on_data: Callable[[], None]) -> BenchHold:
        hold = BenchHold(self._bars, interval, on_data)
        self.holds.append(hold)
        return hold


class BenchQuotes:
    """Knows the instrument, has no prices."""

    def __init__(self) -> None:
        self.instruments: tuple[Instrument, ...] = (Instrument(KEY, PRICE_DECIMALS, SIZE_DECIMALS),)
        self.directory_version = 1
        self.sources: tuple[SourceReading, ...] = ()

    def hold(self, keys: Sequence[InstrumentKey], on_data: Callable[[], None]) -> QuoteHold:
        raise NotImplementedError("a chart holds no quotes")


class BenchClock:
    """Stands at the end of the last bar."""

    def __init__(self, time_us: int) -> None:
        self._reading = ClockReading(ClockPhase.LIVE, time_us)

    def read(self, now_ms: int) -> ClockReading:
        return self._reading


class BenchDesk:
    """Live, connected, one instrument."""

    def __init__(self, bars: BarColumns) -> None:
        self.scope = LIVE
        self.bars = BenchBars(bars)
        self.quotes = BenchQuotes()
        self.end_us = int(bars.last_ns[-1]) // 1_000
        self.clock = BenchClock(self.end_us)
        self.transport: Transport | None = None
        self.is_turning = False
        self.film: FilmReading | None = None

    def link(self, now_ms: int) -> LinkReading:
        return LinkReading(Link.CONNECTED, place="loopback")

    @property
    def hold(self) -> BenchHold:
        """Of the panel that was handed this desk."""
        return self.bars.holds[-1]
