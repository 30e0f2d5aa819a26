"""What a run does to a strategy's orders: prices, costs, equity, notes; few enough bars to add up by hand."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.backtest.columns import Columns
from core.backtest.dataset import Dataset
from core.backtest.engine.errors import StrategyError
from core.backtest.engine.run import Outcome, Run, RunCancelled
from core.backtest.home import ResearchHome
from core.backtest.planning import plan
from core.backtest.recorded_series import Described
from core.backtest.run_child import StrategyDescription
from core.backtest.spec import VenueModel
from core.backtest.strategies import BUILT_IN
from tests.core.backtest.made import made_dataset, made_home

AAA = "XNAS:AAA"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> ResearchHome:
    return made_home(tmp_path_factory.mktemp("forschung ü"))


@pytest.fixture(scope="module")
def dataset(home: ResearchHome) -> Dataset:
    return made_dataset(home, sessions=2)


@pytest.fixture
def played(home: ResearchHome, dataset: Dataset) -> Callable[..., Outcome]:
    def play(
        strategy: str = "sma_crossover",
        *,
        of: Dataset | None = None,
        venue: VenueModel | None = None,
        seed: int = 0,
        **given: Any,
    ) -> Outcome:
        named = (of or dataset).manifest.id
        described = None if strategy in BUILT_IN else StrategyDescription(strategy, "", "", ())
        run = Run(home, plan(home, named, strategy, given, described=described, venue=venue, seed=seed))
        try:
            run.play(lambda _bars: True)
            return run.outcome()
        finally:
            run.close()

    return play


def at_fills(outcome: Outcome, dataset: Dataset) -> tuple[Columns, Columns, Any]:
    """(fills, bars, row of each fill's bar)."""
    fills, bars = outcome.files["fills"], dataset.bars(dataset.manifest.instruments[0])
    rows = np.searchsorted(bars["close_ns"], fills["ts_ns"])
    assert np.array_equal(bars["close_ns"][rows], fills["ts_ns"])
    return fills, bars, rows


def test_a_market_order_fills_at_the_close_of_the_bar_it_was_sent_on(
    played: Callable[..., Outcome], dataset: Dataset
) -> None:
    outcome = played(fast=5, slow=20, quantity=10)
    fills, bars, rows = at_fills(outcome, dataset)
    closes = bars["close"] / 100
    assert len(rows) > 20
    assert np.array_equal(fills["price"], closes[rows])
    fast, slow = (np.convolve(closes, np.ones(n) / n, "valid")[-len(closes) + 19 :] for n in (5, 20))
    above = np.concatenate([np.zeros(19, bool), fast - slow > 1e-9])
    unsure = np.concatenate([np.zeros(19, bool), np.abs(fast - slow) <= 1e-9])  # a tie, but for rounding
    turns = np.flatnonzero(np.diff(above.astype(int), prepend=0))
    assert set(rows) ^ set(turns) <= set(np.flatnonzero(unsure)) | set(np.flatnonzero(unsure) + 1)


def test_equity_is_cash_and_what_is_held_at_every_close(
    played: Callable[..., Outcome], dataset: Dataset
) -> None:
    outcome = played(fast=5, slow=20, quantity=10, allow_short=True)
    fills, bars, rows = at_fills(outcome, dataset)
    by_row = {int(row): number for number, row in enumerate(rows)}
    cash, held, expected = 100_000.0, 0.0, []
    for row, close in enumerate((bars["close"] / 100).tolist()):
        if row in by_row:
            fill = {name: column[by_row[row]] for name, column in fills.items()}
            held += fill["side"] * fill["quantity"]
            cash -= fill["side"] * fill["quantity"] * fill["price"] + fill["fee"] + fill["slippage"]
        expected.append((cash + held * close, cash, abs(held * close)))
    for number, name in enumerate(("equity", "cash", "exposure")):
        assert outcome.files["equity"][name] == pytest.approx([each[number] for each in expected], abs=1e-6)


def test_a_round_trip_counts_what_it_cost(played: Callable[..., Outcome]) -> None:
    files = played(fast=5, slow=20, quantity=10).files
    fills, trips = files["fills"], files["positions"]
    first = {name: column[0] for name, column in trips.items()}
    bought, sold = ({name: column[row] for name, column in fills.items()} for row in (0, 1))
    assert (first["opened_ns"], first["closed_ns"]) == (bought["ts_ns"], sold["ts_ns"])
    costs = sum(each[name] for each in (bought, sold) for name in ("fee", "slippage"))
    assert first["pnl"] == pytest.approx(10 * (sold["price"] - bought["price"]) - costs)
    is_open = trips["closed_ns"] == 0
    assert np.array_equal(np.isnan(trips["pnl"]), is_open)
    left = files["equity"]["equity"][-1] - 100_000
    if not is_open.any():
        assert trips["pnl"].sum() == pytest.approx(left, abs=1e-6)


def test_more_than_a_quarter_of_a_bars_volume_fills_a_tick_worse(
    played: Callable[..., Outcome], dataset: Dataset
) -> None:
    venue = VenueModel(starting_cash=1e9)
    fills, bars, rows = at_fills(played(venue=venue, fast=5, slow=20, quantity=50_000), dataset)
    quarter = bars["volume"][rows[0]] // 4
    assert fills["quantity"][:2].tolist() == [quarter, 50_000 - quarter]
    assert np.diff(fills["price"][:2]) == pytest.approx([fills["side"][0] * 0.01])


def test_a_quantity_that_cannot_be_held_is_rounded_once_for_both_sides(
    home: ResearchHome, played: Callable[..., Outcome]
) -> None:
    trips = played(of=made_dataset(home, sessions=1), fast=5, slow=20, quantity=2.5, allow_short=True).files[
        "positions"
    ]
    assert {-1, 1} == set(trips["side"].tolist())
    assert set(trips["quantity"].tolist()) == {2.0}
    with pytest.raises(StrategyError, match="rounded to zero"):
        played(of=made_dataset(home, sessions=1), fast=5, slow=20, quantity=0.2)


def test_several_instruments_share_one_account(home: ResearchHome, played: Callable[..., Outcome]) -> None:
    both = made_dataset(home, ("XNAS:AAA", "XNYS:BBB"), sessions=1, quiet=0.2)
    outcome = played(of=both, fast=5, slow=20, quantity=10)
    assert set(outcome.files["fills"]["instrument"]) == {"XNAS:AAA", "XNYS:BBB"}
    assert set(outcome.files["recorded"]["name"]) == {"fast AAA", "slow AAA", "fast BBB", "slow BBB"}
    assert outcome.series == {
        f"{name} {symbol}": Described("price", f"{exchange}:{symbol}")
        for name in ("fast", "slow")
        for exchange, symbol in (("XNAS", "AAA"), ("XNYS", "BBB"))
    }
    closes = [both.bars(each)["close_ns"] for each in both.manifest.instruments]
    assert np.array_equal(outcome.files["equity"]["close_ns"], np.union1d(*closes))


@pytest.mark.parametrize("strategy", list(BUILT_IN))
def test_every_built_in_strategy_trades_and_shows_what_it_sees(
    strategy: str, played: Callable[..., Outcome]
) -> None:
    outcome = played(strategy, allow_short=True)
    files = outcome.files
    on_price = {"sma_crossover": {"fast", "slow"}, "donchian_breakout": {"upper", "lower"}}.get(
        strategy, set()
    )
    assert {name for name, said in outcome.series.items() if said == Described("price", AAA)} == on_price
    assert set(outcome.series) == on_price
    assert len(files["fills"]["ts_ns"]) > 4
    assert {-1, 1} == set(files["positions"]["side"].tolist())
    assert len(files["recorded"]["ts_ns"]) > 300
    assert np.isfinite(files["recorded"]["value"]).all()


def test_a_cash_account_that_cannot_pay_ends_the_run_and_says_when(played: Callable[..., Outcome]) -> None:
    venue = VenueModel(account="CASH", leverage=1.0, starting_cash=1_000.0)
    with pytest.raises(StrategyError, match=r"2023-01-03T\S+ UTC: the account of 1,000.00 USD"):
        played(venue=venue, fast=5, slow=20, quantity=11)


def test_a_margin_account_says_when_more_was_held_than_its_leverage_allows(
    played: Callable[..., Outcome],
) -> None:
    modest, bold = (played(fast=5, slow=20, quantity=each) for each in (100, 20_000))
    assert modest.notes == ()
    assert any("more was held than 10 x the equity" in note for note in bold.notes)


def test_a_run_without_quotes_pays_no_slippage_and_says_so(
    home: ResearchHome, played: Callable[..., Outcome]
) -> None:
    bare = made_dataset(home, sessions=1, quotes=False)
    outcome = played(of=bare, fast=5, slow=20)
    assert not outcome.files["fills"]["slippage"].any()
    assert any("before any quote" in note for note in outcome.notes)


def test_only_the_bars_between_begin_and_end_are_seen(home: ResearchHome, dataset: Dataset) -> None:
    bars = dataset.bars(dataset.manifest.instruments[0])
    begin_ns, end_ns = int(bars["open_ns"][100]), int(bars["close_ns"][199])
    spec = plan(home, dataset.manifest.id, "sma_crossover", {}, begin_ns=begin_ns, end_ns=end_ns)
    run = Run(home, spec)
    run.play(lambda _bars: True)
    outcome = run.outcome()
    run.close()
    assert (outcome.bars, outcome.begin_ns, outcome.end_ns) == (100, begin_ns, end_ns)
    assert np.array_equal(outcome.files["equity"]["close_ns"], bars["close_ns"][100:200])


def test_a_run_ends_at_the_next_chunk_when_it_is_told_to(home: ResearchHome, dataset: Dataset) -> None:
    run = Run(home, plan(home, dataset.manifest.id, "sma_crossover", {}))
    with pytest.raises(RunCancelled):
        run.play(lambda _bars: False)
    run.close()


def test_parameters_that_contradict_each_other_are_said_by_name(home: ResearchHome, dataset: Dataset) -> None:
    with pytest.raises(StrategyError, match="fast must be less"):
        Run(home, plan(home, dataset.manifest.id, "sma_crossover", {"fast": 50, "slow": 50}))


def test_the_seed_decides_which_orders_slip(played: Callable[..., Outcome]) -> None:
    def slipped(seed: int) -> list[float]:
        prices: list[float] = (
            played(venue=VenueModel(prob_slippage=0.5), seed=seed, fast=5).files["fills"]["price"].tolist()
        )
        return prices

    assert slipped(1) == slipped(1)
    assert slipped(1) != slipped(2)


def test_numbers_of_orders_that_have_no_price_are_not_a_price(played: Callable[..., Outcome]) -> None:
    orders = played(fast=5, slow=20).files["orders"]
    assert all(math.isnan(price) for price in orders["price"])
    assert set(orders["event"]) == {"SUBMITTED", "PARTIAL", "FILLED"}


COUNTS_BARS = """
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.trading.config import StrategyConfig
from nautilus_trader.trading.strategy import Strategy


class TheConfig(StrategyConfig, frozen=True):
    instrument_id: object
    bar_type: object


class The(Strategy):
    def on_start(self):
        self.instrument = self.cache.instrument(self.config.instrument_id)
        self.subscribe_bars(self.config.bar_type)
        self.bars = 0

"""
RESTS = (
    COUNTS_BARS
    + """
    def on_bar(self, bar):
        self.bars += 1
        close = bar.close.as_double()
        if self.bars % 20 == 5:
            limit = self.instrument.make_price(close - 0.05)
            quantity = self.instrument.make_qty(1)
            order = self.order_factory.limit(self.config.instrument_id, OrderSide.BUY, quantity, limit)
            self.submit_order(order)
        if self.bars % 20 == 19:
            self.cancel_all_orders(self.config.instrument_id)
"""
)


def test_a_resting_limit_order_fills_in_the_first_bar_that_reaches_it_stamped_with_its_close(
    home: ResearchHome, played: Callable[..., Outcome], dataset: Dataset
) -> None:
    (home.strategies / "rests.py").write_text(RESTS)
    files = played("file:rests.py").files
    orders = files["orders"]
    assert set(orders["event"]) == {"SUBMITTED", "ACCEPTED", "FILLED", "CANCELLED"}
    fills, bars, rows = at_fills(Outcome(files, {}, 0, 0, 0, ()), dataset)
    limits = dict(zip(orders["order_id"], orders["price"], strict=True))
    sent = {
        order_id: int(np.searchsorted(bars["close_ns"], ts_ns))
        for order_id, ts_ns, event in zip(orders["order_id"], orders["ts_ns"], orders["event"], strict=True)
        if event == "SUBMITTED"
    }
    assert len(rows) > 5
    for row, order_id, price in zip(rows, fills["order_id"], fills["price"], strict=True):
        reached = bars["low"][sent[order_id] + 1 :] / 100 <= limits[order_id] + 1e-9
        assert row == sent[order_id] + 1 + int(np.argmax(reached))
        assert price == pytest.approx(limits[order_id])


CHANGES = (
    COUNTS_BARS
    + """
    def on_bar(self, bar):
        self.bars += 1
        qty, px, make = self.instrument.make_qty, self.instrument.make_price, self.order_factory
        named = self.config.instrument_id
        if self.bars == 1:
            self.resting = make.limit(named, OrderSide.BUY, qty(100), px(50))
            self.stopped = make.stop_market(named, OrderSide.SELL, qty(7), px(40))
            self.both = make.stop_limit(named, OrderSide.BUY, qty(5), px(301), px(300))
            for order in (self.resting, self.stopped, self.both):
                self.submit_order(order)
        elif self.bars == 2:
            self.modify_order(self.resting, quantity=qty(40), price=px(60))
            self.modify_order(self.stopped, quantity=qty(7), trigger_price=px(45.5))
            self.modify_order(self.both, quantity=qty(6), price=px(301), trigger_price=px(305))
        elif self.bars == 3:
            self.modify_order(self.resting, quantity=qty(40), price=px(99.97))
            self.cancel_order(self.stopped)
            self.cancel_order(self.both)
"""
)


def test_a_changed_order_is_shown_as_it_was_at_each_time(
    home: ResearchHome, played: Callable[..., Outcome]
) -> None:
    (home.strategies / "changes.py").write_text(CHANGES)
    orders = played("file:changes.py", of=made_dataset(home, sessions=1, minutes=30)).files["orders"]

    def rows(kind: str) -> list[tuple[str, float, float]]:
        names = ("event", "quantity", "price")
        return [
            tuple(each)
            for each in zip(*(orders[name][orders["type"] == kind] for name in names), strict=True)
        ]

    assert rows("LIMIT")[:4] == [
        ("SUBMITTED", 100.0, 50.0),
        ("ACCEPTED", 100.0, 50.0),
        ("ACCEPTED", 40.0, 60.0),
        ("ACCEPTED", 40.0, 99.97),
    ]
    assert rows("STOP_MARKET") == [
        ("SUBMITTED", 7.0, 40.0),
        ("ACCEPTED", 7.0, 40.0),
        ("ACCEPTED", 7.0, 45.5),
        ("CANCELLED", 7.0, 45.5),
    ]
    assert rows("STOP_LIMIT") == [
        ("SUBMITTED", 5.0, 301.0),
        ("ACCEPTED", 5.0, 301.0),
        ("ACCEPTED", 6.0, 301.0),
        ("CANCELLED", 6.0, 301.0),
    ]
