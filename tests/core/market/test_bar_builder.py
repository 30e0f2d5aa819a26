"""Bars of any split and order of trades equal those of a plain loop over all of them."""

import itertools
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.market.bar_builder import bars_builder, build_bars, mids
from core.market.bars import COLUMNS, BarColumns, BarFlag
from core.market.cut_bars import RECENT_MAX, CutBars
from core.market.intervals import Interval, parse_interval
from core.market.partial_bars import counted, join_parts, parts_of_trades
from core.market.timed_bars import TimedBars
from core.market.trades import TradeColumns
from core.market.trading_day import TradingDay, trading_day
from core.wire.raw_events import TradeFlag
from tests.core.market.plain_bars import MOST, NULL, SECOND_NS, Trade, plain_counted, plain_timed

UTC_DAY = trading_day("KRAKEN")
CME = trading_day("GLBX.MDP3")
# Friday before the Sunday on which clocks in Chicago go forward.
BEGIN_NS = 1_709_928_000 * SECOND_NS
TIMED = ("1s", "3s", "1m", "5m", "1h", "1d")

steps = st.one_of(st.integers(0, 3), st.integers(0, 10**10), st.integers(0, 2 * 10**14))
sizes = st.one_of(st.integers(0, 9), st.just(NULL), st.integers(2**61, 2**62))


@st.composite
def traded(draw: st.DrawFn) -> list[Trade]:
    """Trades in order of arrival: late ones, equal times, untold and huge sizes, some taken back."""
    trades: list[Trade] = []
    now_ns = BEGIN_NS
    for _ in range(draw(st.integers(0, 30))):
        now_ns += draw(steps)
        if trades and draw(st.integers(0, 5)) == 0:
            old = draw(st.sampled_from(trades))
            trades.append(Trade(old.event_ns, old.price, old.size, cancel=True, history=old.history))
            continue
        late_ns = draw(st.sampled_from((0, 0, 0, 1, 10**9, 10**11, 10**14)))
        history = draw(st.integers(0, 15)) == 0
        trades.append(Trade(now_ns - late_ns, draw(st.integers(-5, 5)), draw(sizes), history=history))
    return trades


def as_columns(trades: Sequence[Trade]) -> TradeColumns:
    flags = [
        (TradeFlag.CANCEL if each.cancel else 0) | (TradeFlag.HISTORY if each.history else 0)
        for each in trades
    ]
    return TradeColumns(
        np.array([each.event_ns for each in trades], np.int64),
        np.array([each.price for each in trades], np.int64),
        np.array([each.size for each in trades], np.int64),
        np.array(flags, np.uint8),
    )


def rows(bars: BarColumns) -> list[tuple[int, ...]]:
    changed = (bars.flags & BarFlag.CHANGED) != 0
    return list(zip(*(getattr(bars, name).tolist() for name in COLUMNS[:-1]), changed.tolist(), strict=True))


def built(interval: Interval, trades: Sequence[Trade], day: TradingDay = CME) -> BarColumns:
    each = as_columns(trades)
    return build_bars(interval, each.event_ns, each.price, each.size, each.flags, day=day, size_decimals=0)


def plain(interval: Interval, trades: Sequence[Trade], day: TradingDay = CME) -> list[tuple[int, ...]]:
    if interval.is_timed:
        return plain_timed(trades, interval.count, day)
    return plain_counted(trades, interval.count, day, is_volume=str(interval).endswith("v"))


def pieces(trades: Sequence[Trade], cuts: Sequence[int]) -> list[list[Trade]]:
    at = sorted({min(cut, len(trades)) for cut in cuts} | {0, len(trades)})
    return [list(trades[begin:end]) for begin, end in itertools.pairwise(at)]


@pytest.mark.parametrize("text", [*TIMED, "1t", "3t", "7v", "1v"])
@given(trades=traded())
def test_all_at_once_equals_a_plain_loop(text: str, trades: list[Trade]) -> None:
    interval = parse_interval(text)
    assert rows(built(interval, trades)) == plain(interval, trades)


@pytest.mark.parametrize("text", [*TIMED, "1t", "3t", "7v", "1v"])
@given(trades=traded(), cuts=st.lists(st.integers(0, 30), max_size=6))
def test_bit_by_bit_equals_all_at_once_and_says_what_changed(
    text: str, trades: list[Trade], cuts: list[int]
) -> None:
    interval = parse_interval(text)
    builder = bars_builder(interval, CME, 0)
    seen: dict[int, tuple[int, ...]] = {}
    for piece in pieces(trades, cuts):
        keys = builder.add(counted(as_columns(piece)))
        assert keys.tolist() == sorted(set(keys.tolist()))
        now = rows(builder.columns())
        seen.update({row[0]: row for row in now if row[0] in set(keys.tolist())})
        assert [seen.get(row[0]) for row in now] == now, "a reader that takes what changed has it all"
    assert rows(builder.columns()) == plain(interval, trades)


@pytest.mark.parametrize("text", ["1m", "5m", "1h", "1d"])
@given(trades=traded(), cuts=st.lists(st.integers(0, 30), max_size=6), kept=st.integers(0, 30))
def test_parts_of_minutes_make_bars_of_whole_minutes(
    text: str, trades: list[Trade], cuts: list[int], kept: int
) -> None:
    interval, minute = parse_interval(text), parse_interval("1m")
    parts = [
        parts_of_trades(counted(as_columns(piece)), minute, CME) for piece in pieces(trades[:kept], cuts)
    ]
    builder = TimedBars(interval, CME)
    builder.add_parts(join_parts(parts))
    builder.add(counted(as_columns(trades[kept:])))
    assert rows(builder.columns()) == plain(interval, trades)


@given(trades=traded(), seed=st.integers(0, 10**6))
def test_the_order_of_arrival_between_times_does_not_matter(trades: list[Trade], seed: int) -> None:
    interval = parse_interval("1m")
    prints = [each for each in trades if not each.cancel and not each.history]
    unique = list({each.event_ns: each for each in prints}.values())
    backs = [Trade(each.event_ns, each.price, each.size, cancel=True) for each in unique[::4]]
    mixed = unique + backs
    np.random.default_rng(seed).shuffle(mixed)  # type: ignore[arg-type]
    in_order = [row[:-1] for row in plain(interval, unique + backs)]
    assert [row[:-1] for row in rows(built(interval, mixed))] == in_order


def test_volume_stays_at_the_largest_count_and_never_wraps() -> None:
    trades = [Trade(BEGIN_NS + place, 1, 2**62) for place in range(5)]
    (bar,) = rows(built(parse_interval("1s"), trades))
    assert bar[COLUMNS.index("volume")] == MOST


def test_a_trade_of_before_is_in_no_bar() -> None:
    assert not len(built(parse_interval("1s"), [Trade(BEGIN_NS, 1, history=True)]))


def test_days_begin_with_the_exchanges_own_through_the_change_of_summer_time() -> None:
    times = ("2024-03-08T22:59:59", "2024-03-08T23:00:00", "2024-03-10T21:59:59", "2024-03-10T22:00:00")
    trades = [Trade(int(np.datetime64(each, "ns").astype(np.int64)), 1) for each in times]
    days = built(parse_interval("1d"), trades).key.astype("datetime64[ns]").astype("datetime64[m]")
    # In Chicago the day begins at 17:00; clocks went forward on the morning of the 10th.
    assert days.astype(str).tolist() == [
        "2024-03-07T23:00", "2024-03-08T23:00", "2024-03-09T23:00", "2024-03-10T22:00",
    ]  # fmt: skip


def test_bars_of_trades_begin_anew_with_each_trading_day() -> None:
    noon, day = BEGIN_NS, 24 * 3_600 * SECOND_NS
    trades = [Trade(noon, 1), Trade(noon + 1, 1), Trade(noon + day, 1), Trade(noon + day + 1, 1)]
    bars = built(parse_interval("3t"), trades, UTC_DAY)
    assert (bars.key.tolist(), bars.trades.tolist()) == ([0, 1], [2, 2])


@pytest.mark.parametrize("takes_back", [False, True])
def test_counted_bars_that_stay_open_for_days_remember_only_the_newest_trades(takes_back: bool) -> None:
    builder = CutBars(parse_interval("100t"), UTC_DAY, 0)
    each = 20_000
    for begin in range(0, 6 * RECENT_MAX, each):
        times = BEGIN_NS + np.arange(begin, begin + each)
        flags = np.zeros(each, np.uint8)
        if takes_back:
            times[-1], flags[-1] = times[-2], TradeFlag.CANCEL
        builder.add(TradeColumns(times, np.full(each, 7), np.ones(each, np.int64), flags))
        assert builder.recent_count <= 3 * RECENT_MAX
    bars = builder.columns()
    assert int(bars.trades.sum()) == len(range(0, 6 * RECENT_MAX, each)) * (each - 2 * takes_back)
    last_ns = int(bars.last_ns[-1])
    back = TradeColumns(
        *(np.array([number], np.int64) for number in (last_ns - 150_001, 7, 1)),
        np.array([TradeFlag.CANCEL], np.uint8),
    )
    assert len(builder.add(back)) == 1, "one of the newest trades can be taken back"


def test_a_mid_has_one_more_decimal_and_no_volume() -> None:
    one = np.array([1, 2, 3, 4], np.int64)
    quotes = mids(one, np.array([1_001, NULL, 7, 2**62]), np.array([1_002, 5, NULL, 2**62]))
    assert (quotes.price.tolist(), quotes.size.tolist()) == ([10_015], [NULL])


@pytest.mark.parametrize("text", ["1s", "1m", "1d", "7t", "90v"])
@pytest.mark.parametrize("seed", range(3))
def test_a_long_day_with_trades_hours_late_equals_a_plain_loop(text: str, seed: int) -> None:
    dice = random.Random(seed)
    now_ns, trades = BEGIN_NS, []
    for _ in range(3_000):
        now_ns += dice.choice((0, 10**6, 10**9, 10**11))
        if trades and dice.random() < 0.05:
            old = dice.choice(trades)
            trades.append(Trade(old.event_ns, old.price, old.size, cancel=True))
            continue
        late_ns = dice.randrange(2 * 10**13) if dice.random() < 0.1 else 0
        trades.append(Trade(now_ns - late_ns, dice.randrange(100), dice.randrange(40)))
    interval = parse_interval(text)
    builder = bars_builder(interval, CME, 0)
    at = 0
    while at < len(trades):
        count = dice.choice((1, 2, 5, 200))
        builder.add(as_columns(trades[at : at + count]))
        at += count
    assert rows(builder.columns()) == plain(interval, trades)
    assert rows(built(interval, trades)) == plain(interval, trades)
