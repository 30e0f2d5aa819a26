"""Indicators equal TA-Lib's, whichever way the bars came, and never know of a later bar."""

import time
from typing import Any

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from numpy.typing import NDArray

from core.clock import NS_PER_S
from core.market.bar_series import BarField, BarSeries
from core.market.bars import BarColumns
from core.market.fields import NULL
from core.market.indicator_base import Indicator
from core.market.indicators import INDICATORS, IndicatorSpec, parse_indicator
from core.market.intervals import seconds
from core.market.trading_day import TradingDay, day_begins, trading_day

MINUTE_NS = 60 * NS_PER_S
HOUR = seconds(3_600)
CHICAGO = trading_day("GLBX")
# A difference of two averages of prices of 6,000,000 is as exact as they are.
MACD_SCALE = 100.0
Numbers = NDArray[np.float64]


def prices(rng: np.random.Generator, count: int) -> Numbers:
    """open, high, low, close, volume: a walk in whole counts with flat stretches, some volume untold."""
    close = 6_000_000 + np.cumsum(rng.integers(-300, 301, count) * (rng.random(count) < 0.7))
    opened = np.concatenate((close[:1], close[:-1])) + rng.integers(-20, 21, count)
    high = np.maximum(opened, close) + rng.integers(0, 200, count)
    low = np.minimum(opened, close) - rng.integers(0, 200, count)
    volume = np.where(rng.random(count) < 0.1, np.nan, rng.integers(0, 10**6, count))
    return np.stack([opened, high, low, close, volume]).astype(np.float64)


def hours(count: int) -> NDArray[np.int64]:
    return 1_700_000_000 * NS_PER_S // HOUR.span_ns * HOUR.span_ns + np.arange(count) * HOUR.span_ns


def computed(spec: IndicatorSpec, bars: Numbers, day: TradingDay = CHICAGO) -> tuple[Numbers, ...]:
    """From scratch, at once."""
    indicator = spec.make(day)
    indicator.update(*bars, hours(bars.shape[1]), 0)
    return tuple(output.copy() for output in indicator.outputs)


def by_talib(spec: IndicatorSpec, bars: Numbers) -> tuple[Numbers, ...]:
    _, high, low, close, _ = bars
    whole = [int(number) for number in spec.numbers]
    if len(close) == 0:
        return tuple(np.zeros(0) for _ in spec.outputs)
    match spec.name:
        case "sma":
            return (talib.SMA(close, *whole),)
        case "ema":
            return (talib.EMA(close, *whole),)
        case "bb":
            upper, mid, lower = talib.BBANDS(close, whole[0], spec.numbers[1], spec.numbers[1])
            return mid, upper, lower
        case "rsi":
            return (talib.RSI(close, *whole),)
        case "macd":
            return talib.MACD(close, *whole)
        case "atr":
            return (talib.ATR(high, low, close, *whole),)
    raise AssertionError(spec)


def plain_vwap(bars: Numbers, open_ns: NDArray[np.int64], day: TradingDay) -> Numbers:
    """One bar after the other, as in a textbook."""
    found, money, traded, before = [], 0.0, 0.0, None
    _, high, low, close, volume = bars
    for row, began in enumerate(day_begins(day, open_ns).tolist()):
        if began != before:
            money = traded = 0.0
            before = began
        if not np.isnan(volume[row]):
            money += (high[row] + low[row] + close[row]) / 3 * volume[row]
            traded += volume[row]
        found.append(money / traded if traded else np.nan)
    return np.array(found)


@st.composite
def specs(draw: st.DrawFn) -> IndicatorSpec:
    name = draw(st.sampled_from([kind.name for kind in INDICATORS if kind.name != "vwap"]))
    if name == "macd":
        fast = draw(st.integers(2, 30))
        return IndicatorSpec(name, (fast, draw(st.integers(fast + 1, 60)), draw(st.integers(1, 20))))
    period = draw(st.integers(2, 70))
    return IndicatorSpec(name, (period, draw(st.sampled_from([1.0, 2.0, 2.5])))[: 2 if name == "bb" else 1])


def assert_equal(found: tuple[Numbers, ...], expected: tuple[Numbers, ...], scale: float = 0.0) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9 * max(1.0, scale))


@given(specs(), st.integers(0, 400), st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_every_value_is_talibs(spec: IndicatorSpec, count: int, seed: int) -> None:
    bars = prices(np.random.default_rng(seed), count)
    assert_equal(computed(spec, bars), by_talib(spec, bars), MACD_SCALE if spec.name == "macd" else 0.0)


@pytest.mark.parametrize("kind", [kind.name for kind in INDICATORS if kind.name != "vwap"])
def test_a_long_history_is_talibs(kind: str) -> None:
    bars = prices(np.random.default_rng(1), 50_000)
    spec = parse_indicator(kind)
    assert_equal(computed(spec, bars), by_talib(spec, bars), MACD_SCALE if kind == "macd" else 0.0)


@pytest.mark.parametrize("first", [30, 48, 95])
def test_vwap_is_told_of_no_day_whose_first_bars_are_not_at_hand(first: int) -> None:
    day, opens = trading_day("BINF"), hours(100)
    bars = prices(np.random.default_rng(3), 100)
    (whole,) = computed(parse_indicator("vwap"), bars, day)
    vwap = parse_indicator("vwap").make(day)
    vwap.is_cut = True
    vwap.update(*bars[:, first:], opens[first:], 0)
    began = day_begins(day, opens)
    expected = whole[first:].copy()
    if opens[first] > began[first]:
        expected[began[first:] == began[first]] = np.nan
    np.testing.assert_allclose(vwap.outputs[0], expected, rtol=1e-12)
    assert vwap.wants_earlier == bool(np.isnan(expected[-1]))
    vwap.is_cut = False
    vwap.update(*bars, opens, 0)
    np.testing.assert_array_equal(vwap.outputs[0], whole)
    assert not vwap.wants_earlier


@given(st.integers(1, 300), st.integers(0, 2**32), st.sampled_from(["GLBX", "XNAS", "BINF"]))
@settings(max_examples=60, deadline=None)
def test_vwap_is_a_plain_loop_over_the_trading_day(count: int, seed: int, exchange: str) -> None:
    bars, day = prices(np.random.default_rng(seed), count), trading_day(exchange)
    (vwap,) = computed(parse_indicator("vwap"), bars, day)
    np.testing.assert_allclose(vwap, plain_vwap(bars, hours(count), day), rtol=1e-12)


@given(
    specs() | st.just(parse_indicator("vwap")),
    st.integers(1, 300),
    st.integers(1, 300),
    st.integers(0, 2**32),
)
@settings(max_examples=200, deadline=None)
def test_no_value_knows_of_a_later_bar(spec: IndicatorSpec, before: int, after: int, seed: int) -> None:
    """To the last bit: what was shown then is what a backtest sees later."""
    bars = prices(np.random.default_rng(seed), before + after)
    early, late = computed(spec, bars[:, :before]), computed(spec, bars)
    for then, now in zip(early, late, strict=True):
        np.testing.assert_array_equal(then, now[:before])


def test_flat_prices_have_no_deviation() -> None:
    bars = np.full((5, 100), 6_000_000.1)
    mid, upper, lower = computed(parse_indicator("bb 20 2"), bars)
    np.testing.assert_array_equal(upper[19:], lower[19:])
    np.testing.assert_allclose(mid[19:], 6_000_000.1, rtol=1e-15)


class FollowingMachine(RuleBasedStateMachine):
    """Bars come, change and are amended in a series; indicators follow and equal those made anew."""

    @initialize(chosen=st.lists(specs(), min_size=1, max_size=3), seed=st.integers(0, 2**32))
    def begin(self, chosen: list[IndicatorSpec], seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.series = BarSeries()
        self.version = 0
        vwap = parse_indicator("vwap")
        self.following: list[tuple[IndicatorSpec, Indicator]] = [
            (spec, spec.make(CHICAGO)) for spec in (*chosen, vwap)
        ]
        self.first_key = self.end_key = 400_000

    def bars(self, begin: int, count: int) -> BarColumns:
        opened, high, low, close, volume = prices(self.random, count)
        key = np.arange(begin, begin + count) * HOUR.span_ns
        whole = [np.nan_to_num(column).astype(np.int64) for column in (opened, high, low, close)]
        volumes = np.where(np.isnan(volume), NULL, np.nan_to_num(volume)).astype(np.int64)
        ones = np.ones(count, np.int64)
        return BarColumns(key, key, key, *whole, volumes, ones, ones.astype(np.uint8))

    @rule(count=st.integers(1, 120))
    def bars_come(self, count: int) -> None:
        self.series.merge(self.bars(self.end_key, count))
        self.end_key += count

    @rule(times=st.integers(1, 4), also_new=st.integers(0, 2))
    def the_last_bar_changes(self, times: int, also_new: int) -> None:
        for _ in range(times):
            if self.end_key > self.first_key:
                self.series.merge(self.bars(self.end_key - 1, 1 + also_new))
                self.end_key += also_new
                self.follow()

    @rule(at=st.integers(0, 10**6), count=st.integers(1, 3))
    def late_trades_amend(self, at: int, count: int) -> None:
        held = self.end_key - self.first_key
        if held > count:
            self.series.merge(self.bars(self.first_key + at % (held - count), count))

    @rule(count=st.integers(1, 150))
    def a_page_of_history_comes(self, count: int) -> None:
        self.series.prepend(self.bars(self.first_key - count, count))
        self.first_key -= count

    @rule(count=st.integers(0, 100))
    def another_series_begins(self, count: int) -> None:
        self.series.replace(self.bars(self.first_key, count), 2, 3)
        self.end_key = self.first_key + count

    @rule()
    def follow(self) -> None:
        first, self.version = self.series.changed_from(self.version), self.series.version
        table = self.table()
        for _, indicator in self.following:
            indicator.update(*table, self.series.column(BarField.KEY), first)

    def table(self) -> Numbers:
        """open to volume, a volume that is not told as no number."""
        values = self.series.values[
            [BarField.OPEN, BarField.HIGH, BarField.LOW, BarField.CLOSE, BarField.VOLUME]
        ]
        return np.where(values == NULL, np.nan, values)

    @invariant()
    def equals_what_is_made_anew(self) -> None:
        if not hasattr(self, "series"):
            return
        self.follow()
        table, open_ns = self.table(), self.series.column(BarField.KEY)
        for spec, indicator in self.following:
            anew = spec.make(CHICAGO)
            anew.update(*table, open_ns, 0)
            assert_equal(indicator.outputs, anew.outputs, MACD_SCALE if spec.name == "macd" else 0.0)
            if spec.name == "vwap":
                np.testing.assert_allclose(
                    indicator.outputs[0], plain_vwap(table, open_ns, CHICAGO), rtol=1e-12
                )
            else:
                assert_equal(
                    indicator.outputs, by_talib(spec, table), MACD_SCALE if spec.name == "macd" else 0.0
                )


FollowingMachine.TestCase.settings = settings(max_examples=50, stateful_step_count=20, deadline=None)
TestFollowing = FollowingMachine.TestCase


@pytest.mark.bench
@pytest.mark.parametrize("kind", INDICATORS, ids=lambda kind: kind.name)
def test_a_change_of_the_last_bar_costs_the_same_whatever_is_behind_it(kind: Any) -> None:
    def best_us(count: int) -> float:
        indicator, best = IndicatorSpec(kind.name, tuple(item.default for item in kind.parameters)), 1e9
        made, bars, open_ns = indicator.make(CHICAGO), prices(np.random.default_rng(1), count), hours(count)
        made.update(*bars, open_ns, 0)
        for _ in range(20):
            begin = time.perf_counter()
            for _ in range(20):
                made.update(*bars, open_ns, count - 1)
            best = min(best, (time.perf_counter() - begin) * 1e6 / 20)
        return best

    assert best_us(200_000) < 3 * best_us(1_000) + 20
