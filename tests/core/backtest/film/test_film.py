"""As of any time a film says what plain loops over the run's files up to that time say, and nothing later."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backtest.film.curve import step_for
from core.backtest.film.film import Film
from core.backtest.film.ledger import Fills
from core.backtest.film.reel import FormingBars, Reel
from core.clock import NS_PER_S
from core.market.bars import BarFlag
from core.market.fields import FIELD_COUNT, Field
from core.market.intervals import parse_interval
from tests.core.backtest.film import plain
from tests.core.backtest.made import made_dataset, made_home, made_run

MINUTE_NS = 60 * NS_PER_S


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Four short sessions of two instruments, over a change of the clocks, a tenth of the minutes quiet."""
    home = made_home(tmp_path_factory.mktemp("film"))
    dataset = made_dataset(
        home, ("XNAS:AAA", "ARCX:BBB"), 4, minutes=130, quiet=0.1, first_day="2023-03-09", seed=5
    )
    run = made_run(home, dataset, fast=5, slow=20)
    return Film.open(home, run.manifest.run_id)


def times(film: Film) -> st.SearchStrategy[int]:
    """Any time of it, before and after too, and more often the very times at which something happens."""
    anywhere = st.integers(film.begin_ns - MINUTE_NS, film.end_ns + MINUTE_NS)
    edges = np.concatenate((film.pace.close_ns, film.fills.ts_ns, film.pace.session_ns)).tolist()
    return st.one_of(anywhere, st.sampled_from(edges), st.sampled_from(edges).map(lambda at: at - 1))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), interval=st.sampled_from(["1m", "5m", "30m", "4h", "1d"]))
def test_bars_form_of_what_has_closed(film: Film, data: st.DataObject, interval: str) -> None:
    at_ns, place = data.draw(times(film)), data.draw(st.integers(0, 1))
    chosen = parse_interval(interval)
    reel, known = film.reels[place], film.reels[place].known(at_ns)
    forming = FormingBars(reel, chosen, film.interval)
    count = forming.count(known)
    made = forming.columns(0, count, known, at_ns)
    told = zip(made.key, made.open, made.high, made.low, made.close, made.volume, strict=True)
    assert [tuple(int(value) for value in bar) for bar in told] == plain.bars(film, place, chosen, at_ns)
    assert (made.last_ns < at_ns).all()
    closed = (made.flags & BarFlag.CLOSED) > 0
    assert closed[:-1].all()
    if count and not chosen.is_day:
        assert closed[-1] == (made.key[-1] + chosen.span_ns <= at_ns)
    if count > 3:
        part = forming.columns(count - 3, count, known, at_ns)
        assert part.high.tolist() == made.high[-3:].tolist()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_quote_is_of_the_session_so_far(film: Film, data: st.DataObject) -> None:
    at_ns, place = data.draw(times(film)), data.draw(st.integers(0, 1))
    reel, values = film.reels[place], np.zeros(FIELD_COUNT, np.int64)
    reel.write_quote(reel.known(at_ns), values)
    seen = list(plain.rows(reel.columns, "close_ns", at_ns))
    if not seen:
        assert (values == np.iinfo(np.int64).min).all()
        return
    today = [bar for bar in seen if bar["session"] == seen[-1]["session"]]
    before = [bar for bar in seen if bar["session"] < seen[-1]["session"]]
    assert values[Field.LAST] == seen[-1]["close"]
    assert values[Field.OPEN] == today[0]["open"]
    assert values[Field.HIGH] == max(bar["high"] for bar in today)
    assert values[Field.LOW] == min(bar["low"] for bar in today)
    assert values[Field.VOLUME] == sum(bar["volume"] for bar in today)
    assert values[Field.REFERENCE] == (before[-1]["close"] if before else today[0]["open"])


def test_volume_that_was_not_told_is_not_said_to_be_none(tmp_path: Path) -> None:
    dataset = made_dataset(made_home(tmp_path), sessions=2, volume=False)
    described = dataset.manifest.instruments[0]
    reel, values = Reel(described, dataset.bars(described)), np.zeros(FIELD_COUNT, np.int64)
    reel.write_quote(len(reel), values)
    assert values[Field.VOLUME] == np.iinfo(np.int64).min
    assert values[Field.LAST] == reel.columns["close"][-1]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_position_is_what_the_fills_so_far_made(film: Film, data: st.DataObject) -> None:
    at_ns, place = data.draw(times(film)), data.draw(st.integers(0, 1))
    held, expected = film.fills.position(place, at_ns), plain.position(film, place, at_ns)
    if expected is None:
        assert held is None
        return
    assert held is not None
    assert (held.side, held.quantity, held.opened_ns) == (expected[0], expected[1], expected[3])
    assert held.entry_price == pytest.approx(expected[2])


fill_list = st.lists(
    st.tuples(st.sampled_from([-1, 1]), st.integers(1, 4), st.integers(90, 110)), min_size=1, max_size=30
)


@given(fill_list)
def test_positions_grow_shrink_close_and_turn_round(made: list[tuple[int, int, int]]) -> None:
    columns = {
        "ts_ns": np.arange(1, len(made) + 1),
        "instrument": np.full(len(made), "X:A", object),
        "side": np.array([side for side, _, _ in made], np.int8),
        "quantity": np.array([float(quantity) for _, quantity, _ in made]),
        "price": np.array([float(price) for _, _, price in made]),
        "fee": np.zeros(len(made)),
        "slippage": np.zeros(len(made)),
    }
    fills = Fills(columns, ("X:A",))
    held = worth = 0.0
    for row, (side, quantity, price) in enumerate(made):
        after = held + side * quantity
        if held * after <= 0:
            worth = after * price
        elif abs(after) > abs(held):
            worth += side * quantity * price
        else:
            worth *= after / held
        held = after
        position = fills.position(0, row + 1)
        if not held:
            assert position is None
        else:
            assert position is not None
            assert position.side * position.quantity == held
            assert position.entry_price == pytest.approx(worth / held)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_orders_and_trades_are_those_of_then(film: Film, data: st.DataObject) -> None:
    at_ns = data.draw(times(film))
    newest: dict[str, int] = {}
    for row, event in enumerate(plain.rows(film.run.read("orders"), "ts_ns", at_ns)):
        newest[event["order_id"]] = row
    assert film.orders.newest(at_ns).tolist() == list(newest.values())
    trades = list(plain.rows(film.run.read("positions"), "opened_ns", at_ns))
    closed = [trade for trade in trades if 0 < trade["closed_ns"] <= at_ns]
    assert film.trades.opened(at_ns) == len(trades)
    assert film.trades.closed(at_ns) == len(closed)
    assert film.trades.is_closed(np.arange(len(trades)), at_ns).sum() == len(closed)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_figures_are_those_of_a_run_that_ended_then(film: Film, data: st.DataObject) -> None:
    at_ns = data.draw(times(film))
    told = film.figures(at_ns)
    start = film.run.spec.venue.starting_cash
    equity = list(plain.rows(film.run.read("equity"), "close_ns", at_ns))
    closed = [
        trade["pnl"]
        for trade in plain.rows(film.run.read("positions"), "opened_ns", at_ns)
        if 0 < trade["closed_ns"] <= at_ns
    ]
    values = [start, *(row["equity"] for row in equity)]
    peaks = [max(values[: row + 1]) for row in range(len(values))]
    assert told["profit"] == pytest.approx(values[-1] - start)
    assert told["total_return"] == pytest.approx(values[-1] / start - 1)
    deepest = min(value / peak - 1 for value, peak in zip(values, peaks, strict=True))
    if equity:
        assert told["max_drawdown_bars"] == pytest.approx(deepest)
    assert told["trades"] == len(closed)
    wins = [pnl for pnl in closed if pnl > 0]
    losses = [pnl for pnl in closed if pnl < 0]
    if wins:
        assert told["hit_rate"] == pytest.approx(len(wins) / len(closed))
        assert told["average_win"] == pytest.approx(sum(wins) / len(wins))
    if losses:
        assert told["average_loss"] == pytest.approx(sum(losses) / len(losses))
    fills = list(plain.rows(film.run.read("fills"), "ts_ns", at_ns))
    assert told["fees"] + told["slippage"] == pytest.approx(
        sum(fill["fee"] + fill["slippage"] for fill in fills)
    )
    by_session: dict[int, float] = {}
    for row in equity:
        by_session[int(np.searchsorted(film.pace.session_ns, row["close_ns"] - 1, "right"))] = row["equity"]
    daily = np.array([start, *by_session.values()])
    returns = daily[1:] / daily[:-1] - 1
    if len(returns) < 2:
        assert math.isnan(told["sharpe"])
    else:
        assert told["sharpe"] == pytest.approx(returns.mean() / returns.std(ddof=1) * math.sqrt(252))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), columns=st.integers(1, 300))
def test_a_thinned_curve_keeps_every_extreme_and_ends_with_the_clock(
    film: Film, data: st.DataObject, columns: int
) -> None:
    known = film.curve.known(data.draw(times(film)))
    step = step_for(known, columns)
    low, high, depth = film.curve.extremes(known, step)
    assert len(low) <= max(columns, 1)
    for place in range(len(low)):
        part = slice(place * step, min((place + 1) * step, known))
        assert low[place] == film.curve.equity[part].min()
        assert high[place] == film.curve.equity[part].max()
        assert depth[place] == film.curve.drawdown[part].min()


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_pace_skips_nights_and_goes_both_ways(film: Film, data: st.DataObject) -> None:
    pace = film.pace
    at_ns = data.draw(times(film))
    passed = pace.passed_ns(at_ns)
    shown = pace.time_ns(passed)
    assert film.begin_ns <= shown <= film.end_ns
    assert pace.passed_ns(shown) == passed
    inside = min(max(at_ns, film.begin_ns), film.end_ns)
    # A time of a night is that of its begin or its end: nothing is known at one that was not at the other.
    assert film.reels[0].known(shown) == film.reels[0].known(inside)
    assert pace.day_ns == pytest.approx(130 * MINUTE_NS, rel=0.05)
