"""The figures of runs: against plain loops over what is on disk, and nothing from the future at any time."""

import itertools
import json
import math
import time
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backtest.columns import Columns
from core.backtest.dataset import Dataset, DatasetError
from core.backtest.home import ResearchHome
from core.backtest.metric_list import METRIC_OF, METRICS, metric_text
from core.backtest.metrics import RunMetrics, as_stored, final_metrics, metrics_of
from core.backtest.run_files import RunFiles
from core.backtest.spec import VenueModel
from core.backtest.trading_days import TradingDays, trading_days
from tests.core.backtest.made import made_dataset, made_home, made_run

CASH = 1_000.0
VENUE = VenueModel(starting_cash=CASH)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> ResearchHome:
    return made_home(tmp_path_factory.mktemp("metrics"))


@pytest.fixture(scope="module")
def run(home: ResearchHome) -> RunFiles:
    """Thirty days from 2023-01-03, two instruments; over Martin Luther King's and Presidents' Day."""
    dataset = made_dataset(home, ("XNAS:AAA", "XNAS:BBB"), sessions=30, minutes=60)
    return made_run(home, dataset, fast=3, slow=9)


def columns_of(run: RunFiles) -> dict[str, Columns]:
    return {name: run.read(name) for name in ("equity", "fills", "positions")}


# ---- a run against plain loops -----------------------------------------------------------------------
def test_the_figures_of_a_run_equal_a_plain_count_of_its_files(home: ResearchHome, run: RunFiles) -> None:
    figures = metrics_of(home, run).final()
    equity, fills, positions = (run.read(name) for name in ("equity", "fills", "positions"))
    ended: dict[date, float] = {}
    new_york = ZoneInfo("America/New_York")
    for close_ns, value in zip(equity["close_ns"].tolist(), equity["equity"].tolist(), strict=True):
        ended[datetime.fromtimestamp(close_ns / 1e9, UTC).astimezone(new_york).date()] = value
    cash = run.spec.venue.starting_cash
    values = [cash, *ended.values()]
    returns = [after / before - 1 for before, after in itertools.pairwise(values)]
    mean = sum(returns) / len(returns)
    deviation = math.sqrt(sum((each - mean) ** 2 for each in returns) / (len(returns) - 1))
    assert figures["days"] == len(returns) == 30
    assert figures["sharpe"] == pytest.approx(mean / deviation * math.sqrt(252))
    assert figures["profit"] == pytest.approx(values[-1] - cash)
    pnl = [value for value in positions["pnl"].tolist() if not math.isnan(value)]
    wins, losses = [each for each in pnl if each > 0], [each for each in pnl if each < 0]
    assert len(pnl) > 50
    assert figures["trades"] == len(pnl)
    assert figures["hit_rate"] == pytest.approx(len(wins) / len(pnl))
    assert figures["average_win"] == pytest.approx(sum(wins) / len(wins))
    assert figures["average_loss"] == pytest.approx(sum(losses) / len(losses))
    assert figures["profit_factor"] == pytest.approx(sum(wins) / -sum(losses))
    assert figures["expectancy"] == pytest.approx(sum(pnl) / len(pnl))
    traded = sum(size * price for size, price in zip(fills["quantity"], fills["price"], strict=True))
    fees, slippage = sum(fills["fee"].tolist()), sum(fills["slippage"].tolist())
    assert (figures["fees"], figures["slippage"]) == (pytest.approx(fees), pytest.approx(slippage))
    assert figures["slippage_share"] == pytest.approx(slippage / (fees + slippage))
    assert figures["costs_bps"] == pytest.approx((fees + slippage) / traded * 10_000)
    assert figures["turnover"] == pytest.approx(traded / (sum(values[1:]) / 30) * 252 / 30)
    share = [held / of for held, of in zip(equity["exposure"], equity["equity"], strict=True)]
    assert figures["exposure"] == pytest.approx(sum(share) / len(share))
    assert figures["time_in_market"] == pytest.approx(sum(held > 0 for held in share) / len(share))


def test_metrics_json_has_every_figure_and_no_nan(home: ResearchHome, run: RunFiles) -> None:
    days = trading_days(home, _dataset(home, run))
    stored = final_metrics(columns_of(run), days, run.spec.venue)
    assert list(stored) == [metric.name for metric in METRICS]
    assert json.loads(json.dumps(stored, allow_nan=False)) == stored
    assert stored == as_stored(metrics_of(home, run).final())


def _dataset(home: ResearchHome, run: RunFiles) -> Dataset:
    return Dataset.open(home, run.spec.dataset_id)


# ---- nothing from the future -------------------------------------------------------------------------
DAYS = TradingDays(
    days=np.array([10, 11, 13, 14, 17, 18]),  # of which 13 and 17 have no bar
    begin_ns=np.array([1_000, 1_100, 1_400, 1_800]),
    place=np.array([0, 1, 3, 5]),
    per_year=252,
)
BARS_NS = np.concatenate([np.arange(begin + 1, begin + 60) for begin in DAYS.begin_ns.tolist()])
money = st.integers(-2_000, 3_000)


@st.composite
def runs(draw: st.DrawFn) -> dict[str, Columns]:
    """Any run on `DAYS`: also one that is ruined, never trades, or begins on a later day."""
    close_ns = np.array(sorted(draw(st.sets(st.sampled_from(BARS_NS.tolist()), min_size=1, max_size=40))))
    count = len(close_ns)
    equity = CASH + np.array(draw(st.lists(money, min_size=count, max_size=count)))
    held = np.array(draw(st.lists(st.sampled_from([0.0, 250.0, 900.0]), min_size=count, max_size=count)))
    fills = draw(
        st.lists(
            st.tuples(st.sampled_from(BARS_NS.tolist()), st.integers(0, 5), st.integers(0, 5)), max_size=12
        )
    )
    fills.sort()
    trades = draw(
        st.lists(st.tuples(st.sampled_from(BARS_NS.tolist()), st.integers(0, 90), money), max_size=12)
    )
    trades.sort()
    return {
        "equity": {"close_ns": close_ns, "equity": equity, "cash": equity, "exposure": held},
        "fills": {
            "ts_ns": np.array([ts for ts, _, _ in fills], np.int64),
            "quantity": np.full(len(fills), 3.0),
            "price": np.full(len(fills), 10.0),
            "fee": np.array([fee for _, fee, _ in fills], np.float64),
            "slippage": np.array([slippage for *_, slippage in fills], np.float64),
        },
        "positions": {
            "opened_ns": np.array([opened for opened, _, _ in trades], np.int64),
            # Those that would close after the last bar are still open.
            "closed_ns": np.array([_closed(opened, span) for opened, span, _ in trades], np.int64),
            "pnl": np.array([pnl if _closed(o, span) else math.nan for o, span, pnl in trades], np.float64),
        },
    }


def _closed(opened_ns: int, span_ns: int) -> int:
    return opened_ns + span_ns if opened_ns + span_ns <= BARS_NS[-1] else 0


def known_at(run: dict[str, Columns], time_ns: int) -> dict[str, Columns]:
    """The run as its files would be, had it stopped then."""
    equity, fills, positions = run["equity"], run["fills"], run["positions"]
    opened = positions["opened_ns"] <= time_ns
    still_open = positions["closed_ns"] > time_ns
    return {
        "equity": {name: column[equity["close_ns"] <= time_ns] for name, column in equity.items()},
        "fills": {name: column[fills["ts_ns"] <= time_ns] for name, column in fills.items()},
        "positions": {
            "opened_ns": positions["opened_ns"][opened],
            "closed_ns": np.where(still_open, 0, positions["closed_ns"])[opened],
            "pnl": np.where(still_open, math.nan, positions["pnl"])[opened],
        },
    }


@settings(max_examples=60)
@given(run=runs(), times_ns=st.lists(st.integers(990, 1_870), min_size=1, max_size=6))
def test_figures_as_of_a_time_equal_those_of_the_run_up_to_then(
    run: dict[str, Columns], times_ns: list[int]
) -> None:
    whole = RunMetrics(run, DAYS, VENUE)
    for time_ns in times_ns:
        seen = whole.as_of(time_ns)
        alone = RunMetrics(known_at(run, time_ns), DAYS, VENUE).final()
        assert list(seen) == list(METRIC_OF)
        for name, value in seen.items():
            assert value == pytest.approx(alone[name], rel=1e-9, abs=1e-9, nan_ok=True), (name, time_ns)


@settings(max_examples=60)
@given(run=runs())
def test_days_without_trade_count_and_bars_within_a_day_do_not(run: dict[str, Columns]) -> None:
    figures = RunMetrics(run, DAYS, VENUE).final()
    ended: dict[int, float] = {}
    for close_ns, value in zip(
        run["equity"]["close_ns"].tolist(), run["equity"]["equity"].tolist(), strict=True
    ):
        ended[10 + max(day for day in (0, 1, 4, 8) if 1_000 + day * 100 < close_ns)] = value
    first = {10: 0, 11: 1, 14: 3, 18: 5}
    assert figures["days"] == first[max(ended)] - first[min(ended)] + 1
    values, lowest, peak = [CASH, *run["equity"]["equity"].tolist()], 0.0, CASH
    for value in values:
        peak = max(peak, value)
        lowest = min(lowest, value / peak - 1)
    assert figures["max_drawdown_bars"] == pytest.approx(lowest, abs=1e-9)
    if min(values) >= 0:  # below nothing a fall from a lower peak is the deeper one
        assert figures["max_drawdown_bars"] <= figures["max_drawdown"] + 1e-9


def test_before_the_first_bar_there_is_no_return_yet() -> None:
    run = {
        "equity": {"close_ns": np.array([1_001]), "equity": np.array([900.0]), "exposure": np.array([0.0])},
        "fills": {name: np.zeros(0) for name in ("ts_ns", "quantity", "price", "fee", "slippage")},
        "positions": {"closed_ns": np.zeros(0, np.int64), "pnl": np.zeros(0)},
    }
    metrics = RunMetrics(run, DAYS, VENUE)
    before = metrics.as_of(1_000)
    assert (before["total_return"], before["profit"], before["trades"], before["fees"]) == (0, 0, 0, 0)
    assert all(
        math.isnan(before[name]) for name in ("cagr", "sharpe", "max_drawdown", "hit_rate", "exposure")
    )
    assert metrics.as_of(1_001)["total_return"] == pytest.approx(-0.1)


def test_a_run_that_never_traded_has_no_figures_of_trades() -> None:
    run = {
        "equity": {
            "close_ns": BARS_NS,
            "equity": np.full(len(BARS_NS), CASH),
            "exposure": np.zeros(len(BARS_NS)),
        },
        "fills": {name: np.zeros(0) for name in ("ts_ns", "quantity", "price", "fee", "slippage")},
        "positions": {"closed_ns": np.zeros(0, np.int64), "pnl": np.zeros(0)},
    }
    figures = RunMetrics(run, DAYS, VENUE).final()
    assert (figures["total_return"], figures["exposure"], figures["turnover"], figures["days"]) == (
        0,
        0,
        0,
        6,
    )
    undefined = (
        "hit_rate",
        "average_win",
        "average_loss",
        "profit_factor",
        "expectancy",
        "slippage_share",
        "costs_bps",
    )
    assert all(math.isnan(figures[name]) for name in undefined)


def test_a_run_of_losses_alone_has_losses_and_a_factor_of_zero() -> None:
    count = len(BARS_NS)
    run = {
        "equity": {
            "close_ns": BARS_NS,
            "equity": np.linspace(CASH - 1, CASH - count, count),
            "exposure": np.full(count, 10.0),
        },
        "fills": {name: np.full(4, 1.0) for name in ("quantity", "price", "fee", "slippage")}
        | {"ts_ns": BARS_NS[:4]},
        "positions": {"closed_ns": BARS_NS[[1, 3]], "pnl": np.array([-4.0, -2.0])},
    }
    stored = final_metrics(run, DAYS, VENUE)
    figures = {name: metric_text(name, stored[name]) for name in METRIC_OF}
    assert {name: figures[name] for name in ("trades", "hit_rate", "average_win", "average_loss")} == {
        "trades": "2", "hit_rate": "0.00 %", "average_win": "–", "average_loss": "−3.00",
    }  # fmt: skip
    assert (figures["profit_factor"], figures["expectancy"]) == ("0.00", "−3.00")
    assert stored["total_return"] == pytest.approx(-count / CASH)
    assert stored["max_drawdown"] == pytest.approx(-count / CASH)
    assert stored["calmar"] is not None
    assert stored["calmar"] < 0
    json.dumps(stored, allow_nan=False)


def test_what_is_no_finite_number_is_stored_as_null_and_read_as_a_dash() -> None:
    undefined = (math.nan, math.inf, -math.inf)
    assert [as_stored({"calmar": value}) for value in undefined] == [{"calmar": None}] * 3
    assert {metric_text("calmar", value) for value in (*undefined, None)} == {"–"}


def test_a_run_without_cash_has_no_returns() -> None:
    with pytest.raises(ValueError, match="starting cash of 0"):
        RunMetrics({}, DAYS, VenueModel(starting_cash=0))


# ---- trading days ------------------------------------------------------------------------------------
def test_days_come_from_the_exchange_and_holidays_do_not_count(home: ResearchHome, tmp_path: Path) -> None:
    dataset = made_dataset(home, sessions=9, minutes=5, first_day="2023-01-11", quiet=0.0)
    days = trading_days(home, dataset)
    said = [datetime.fromtimestamp(day * 86_400, UTC).date().isoformat() for day in days.days.tolist()]
    # Made data trade on Martin Luther King's day, the 16th; what has bars is a day.
    assert said[0] == "2023-01-11"
    assert "2023-01-14" not in said
    assert (len(said), days.per_year) == (9, 252)
    cached = list(home.cache.glob(f"days-{dataset.manifest.id}.json"))
    assert len(cached) == 1
    cached[0].write_text("half a fi")
    assert trading_days(home, dataset).days.tolist() == days.days.tolist()
    assert json.loads(cached[0].read_text())["days"] == days.days.tolist()


def test_a_day_on_which_nothing_traded_is_a_day(home: ResearchHome) -> None:
    dataset = made_dataset(home, sessions=12, minutes=2, quiet=0.7, seed=3, name="quiet")
    bars = dataset.bars(dataset.manifest.instruments[0])
    traded = set(bars["session"].tolist())
    days = trading_days(home, dataset)
    assert len(traded) < len(days.days)
    assert traded == set(days.days[days.place].tolist())
    assert days.days[days.places(bars["close_ns"])].tolist() == bars["session"].tolist()


def test_a_market_that_never_closes_trades_on_each_day_of_the_year(home: ResearchHome) -> None:
    dataset = made_dataset(home, sessions=3, calendar="24/7", name="coins")
    days = trading_days(home, dataset)
    assert (len(days.days), days.per_year) == (3, 365)
    bars = dataset.bars(dataset.manifest.instruments[0])
    # The bar that closes at midnight belongs to the day that ends then.
    assert days.days[days.places(bars["close_ns"])].tolist() == bars["session"].tolist()


def test_a_calendar_of_our_own_has_its_days(home: ResearchHome) -> None:
    dataset = made_dataset(home, sessions=20, minutes=2, quiet=0.7, calendar="FX", name="rates")
    days = trading_days(home, dataset)
    weekdays = [day for day in range(days.days[0], days.days[-1] + 1) if (day + 3) % 7 < 5]
    assert days.days.tolist() == weekdays  # holidays too
    assert days.per_year == 252


def test_a_calendar_that_is_none_is_one_line(home: ResearchHome) -> None:
    dataset = made_dataset(home, sessions=2, minutes=2, calendar="XXXX", name="nowhere")
    with pytest.raises(DatasetError, match="trading days are not known: there is no calendar 'XXXX'"):
        trading_days(home, dataset)


# ---- words -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("total_return", 0.12345, "+12.35 %"),
        ("max_drawdown", -0.5, "−50.00 %"),
        ("profit", -1234.5, "−1,234.50"),
        ("trades", 1234.0, "1,234"),
        ("costs_bps", 1.5, "1.50 bps"),
        ("profit", 1_234.5, "+1,234.50"),
        ("total_return", 0.0082, "+0.82 %"),
        ("profit", 0.0, "0.00"),
        ("profit", -0.0, "0.00"),
        ("profit", -0.0042, "−0.004"),
        ("total_return", -0.00003, "−0.003 %"),
        ("costs_bps", 1e-30, "0.000000000000 bps"),
        ("sharpe", None, "–"),
        ("sharpe", math.nan, "–"),
    ],
)
def test_figures_read_as_a_person_writes_them(name: str, value: float | None, text: str) -> None:
    assert metric_text(name, value) == text


# ---- speed -------------------------------------------------------------------------------------------
@pytest.mark.bench
def test_every_figure_as_of_any_bar_takes_less_than_a_millisecond() -> None:
    count, per_day = 1_000_000, 390
    days = -(-count // per_day)
    begins = np.arange(days, dtype=np.int64) * 86_400
    close_ns = (begins[:, None] + np.arange(1, per_day + 1)).ravel()[:count]
    rng = np.random.default_rng(0)
    equity = 1e5 + np.cumsum(rng.normal(size=count))
    at = np.sort(rng.choice(close_ns, 20_000))
    run = {
        "equity": {"close_ns": close_ns, "equity": equity, "exposure": np.abs(equity)},
        "fills": {"ts_ns": at, **dict.fromkeys(("quantity", "price", "fee", "slippage"), np.ones(20_000))},
        "positions": {"closed_ns": at, "pnl": rng.normal(size=20_000)},
    }
    place = np.arange(days, dtype=np.int64)
    metrics = RunMetrics(run, TradingDays(place, begins, place, 252), VenueModel())
    took_s = []
    for row in rng.integers(0, count, 300).tolist():
        begun_s = time.perf_counter()
        metrics.as_of(int(close_ns[row]))
        took_s.append(time.perf_counter() - begun_s)
    assert np.median(took_s) < 0.001
