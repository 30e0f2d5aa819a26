"""Runs side by side: what a researcher reads off them, against plain counts."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backtest.columns import POSITIONS, Columns, ColumnsError
from core.backtest.compare import CompareError, compare, differences
from core.backtest.dataset import Dataset
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunFiles
from core.backtest.spec import VenueModel
from core.backtest.trade_differences import Found, positions_differences, trade_differences
from tests.core.backtest.made import made_dataset, made_home, made_run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> ResearchHome:
    return made_home(tmp_path_factory.mktemp("compare"))


@pytest.fixture(scope="module")
def dataset(home: ResearchHome) -> Dataset:
    return made_dataset(home, sessions=3, minutes=60)


@pytest.fixture(scope="module")
def runs(home: ResearchHome, dataset: Dataset) -> list[RunFiles]:
    dear = VenueModel(fees_bps=9.0)
    return [
        made_run(home, dataset, fast=3, slow=9),
        made_run(home, dataset, fast=4, slow=9),
        made_run(home, dataset, fast=3, slow=9, venue=dear),
    ]


def ids(runs: list[RunFiles]) -> list[str]:
    return [run.spec.run_id for run in runs]


def test_only_what_differs_is_a_difference(home: ResearchHome, runs: list[RunFiles]) -> None:
    seen = compare(home, ids(runs))
    assert {each.name: each.values for each in seen.differing} == {
        "parameters.fast": (3, 4, 3),
        "venue.fees_bps": (1.0, 1.0, 9.0),
    }
    common = dict(seen.common)
    assert (common["parameters.slow"], common["seed"], common["code"]) == (9, 0, "made")


def test_a_setting_that_only_some_have_differs() -> None:
    differing, common = differences([{"a": 1, "b": None}, {"a": 1}, {"a": 1, "b": None}])
    assert common == (("a", 1),)
    assert [(each.name, each.values) for each in differing] == [("b", (None, None, None))]


def test_runs_of_other_spans_are_on_one_time_line(home: ResearchHome, runs: list[RunFiles]) -> None:
    later = made_dataset(home, sessions=3, minutes=60, first_day="2023-01-04", name="later")
    other = made_run(home, later, fast=3, slow=9)
    seen = compare(home, [runs[0].spec.run_id, other.spec.run_id])
    for row, run in enumerate((runs[0], other)):
        equity = run.read("equity")
        peak, expected = run.spec.venue.starting_cash, {}
        for close_ns, value in zip(equity["close_ns"].tolist(), equity["equity"].tolist(), strict=True):
            peak = max(peak, value)
            expected[close_ns] = (value, value / peak - 1)
        for at, close_ns in enumerate(seen.close_ns.tolist()):
            if close_ns in expected:
                assert seen.equity[row, at] == expected[close_ns][0]
                assert seen.drawdown[row, at] == pytest.approx(expected[close_ns][1], abs=1e-9)
            else:  # two of its days overlap, one is outside
                assert math.isnan(seen.equity[row, at])
                assert math.isnan(seen.drawdown[row, at])
    assert len(seen.close_ns) == 4 * 60
    assert np.isnan(seen.equity).sum() == 2 * 60


def test_figures_stand_side_by_side_and_the_best_are_named(home: ResearchHome, runs: list[RunFiles]) -> None:
    seen = compare(home, ids(runs))
    by_name = {each.metric.name: each for each in seen.metrics}
    fees = by_name["fees"].values
    assert fees[2] == pytest.approx(9 * (fees[0] or 0))
    best = by_name["total_return"]
    assert best.best == (max(range(3), key=lambda n: best.values[n] or 0),)
    assert by_name["trades"].best == ()  # more trades are neither better nor worse
    assert seen.growth[:, 0] == pytest.approx(1)


@pytest.mark.parametrize("count", [0, 1, 21])
def test_too_few_and_too_many_runs_are_refused(home: ResearchHome, count: int) -> None:
    with pytest.raises(CompareError, match="compare 2 to 20 runs"):
        compare(home, [str(number) for number in range(count)])


def test_a_run_twice_and_one_that_is_gone_are_refused(home: ResearchHome, runs: list[RunFiles]) -> None:
    with pytest.raises(CompareError, match="each once"):
        compare(home, [runs[0].spec.run_id] * 2)
    with pytest.raises(ColumnsError, match="run gone is not there"):
        compare(home, [runs[0].spec.run_id, "gone"])


# ---- trades ------------------------------------------------------------------------------------------
def test_dearer_fees_change_what_trades_earn_and_nothing_else(runs: list[RunFiles]) -> None:
    found = trade_differences(runs[0], runs[2])
    assert (
        len(found) == len(runs[0].read("positions")["opened_ns"]) - 1
    )  # the last is open, with no profit yet
    assert {(each.found, each.differs) for each in found} == {(Found.OTHER, ("pnl",))}
    assert trade_differences(runs[0], runs[0]) == []


def test_another_mean_trades_at_other_times(runs: list[RunFiles]) -> None:
    a, b = runs[0].read("positions"), runs[1].read("positions")
    found = trade_differences(runs[0], runs[1])
    opened_a, opened_b = set(a["opened_ns"].tolist()), set(b["opened_ns"].tolist())
    only_a = {each.opened_ns for each in found if each.found is Found.ONLY_A}
    assert only_a >= opened_a - opened_b
    assert only_a <= opened_a
    assert [each.opened_ns for each in found] == sorted(each.opened_ns for each in found)


trades = st.lists(
    st.tuples(
        st.sampled_from("AB"),
        st.sampled_from([-1, 1]),
        st.integers(1, 4),
        st.integers(0, 2),
        st.integers(1, 3),
    ),
    max_size=10,
)


def table(rows: list[tuple[str, int, int, int, int]]) -> Columns:
    rows = sorted(rows, key=lambda row: row[2])
    columns = dict(
        zip(("instrument", "side", "opened_ns", "closed_ns", "price"), zip(*rows, strict=True), strict=False)
    )
    made: Columns = {name: np.array(columns.get(name, ()), object if name == "instrument" else np.int64)
                     for name in ("instrument", "side", "opened_ns", "closed_ns")}  # fmt: skip
    price = np.array(columns.get("price", ()), np.float64)
    is_open = made["closed_ns"] == 0
    made |= {"entry_price": price, "quantity": price, "fees": price, "slippage": price}
    made |= {"exit_price": np.where(is_open, math.nan, price), "pnl": np.where(is_open, math.nan, price)}
    assert set(made) == set(POSITIONS.names)
    return made


@given(a=trades, b=trades)
def test_every_trade_is_the_same_or_told_once(
    a: list[tuple[str, int, int, int, int]], b: list[tuple[str, int, int, int, int]]
) -> None:
    of_a, of_b = table(a), table(b)
    found = positions_differences(of_a, of_b)
    told_a = [each.a for each in found if each.a is not None]
    told_b = [each.b for each in found if each.b is not None]
    assert len(set(told_a)) == len(told_a)
    assert len(set(told_b)) == len(told_b)
    same_a = sorted(map(tuple, rows_but(of_a, told_a)))
    assert same_a == sorted(map(tuple, rows_but(of_b, told_b)))
    for each in found:
        is_other = each.found is Found.OTHER
        assert (each.a is not None, each.b is not None) == (
            is_other or each.found is Found.ONLY_A,
            each.found is not Found.ONLY_A,
        )
        assert bool(each.differs) is is_other
    back = positions_differences(of_b, of_a)
    assert sorted((each.b, each.a) for each in back if each.found is Found.OTHER) == sorted(
        (each.a, each.b) for each in found if each.found is Found.OTHER
    )


def rows_but(positions: Columns, told: list[int]) -> list[list[object]]:
    names = ("instrument", "side", "opened_ns", "closed_ns", "entry_price")
    return [
        [positions[name][row] for name in names] for row in range(len(positions["side"])) if row not in told
    ]


def test_a_second_apart_is_another_time(runs: list[RunFiles]) -> None:
    a = {name: column.copy() for name, column in runs[0].read("positions").items()}
    b = {name: column.copy() for name, column in a.items()}
    b["closed_ns"][3] += 1
    (only,) = positions_differences(a, b)
    assert (only.a, only.b, only.differs) == (3, 3, ("closed_ns",))
