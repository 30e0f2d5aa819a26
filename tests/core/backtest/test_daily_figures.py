"""Daily figures: equal to empyrical where that defines them, and what they are where it does not."""

import math

import empyrical
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backtest.daily_figures import daily_figures, drawdowns

F64 = np.ndarray

returns = st.lists(st.floats(-0.2, 0.25).map(lambda value: round(value, 6)), min_size=2, max_size=80)
STARTING = 100_000.0


def equity(daily: list[float]) -> F64:
    return np.concatenate([[STARTING], STARTING * np.cumprod(1 + np.array(daily))])


def figures(*values: float) -> dict[str, float]:
    return daily_figures(np.array(values, np.float64), 252)


@given(daily=returns, per_year=st.sampled_from([252, 365]))
def test_figures_equal_those_of_empyrical(daily: list[float], per_year: int) -> None:
    values = equity(daily)
    mine = daily_figures(values, per_year)
    told = np.diff(values) / values[:-1]  # what somebody with the same equity would hand to empyrical
    theirs = {
        "total_return": empyrical.cum_returns_final(told),
        "cagr": empyrical.cagr(told, annualization=per_year),
        "max_drawdown": empyrical.max_drawdown(told),
        "volatility": empyrical.annual_volatility(told, annualization=per_year),
        "sharpe": empyrical.sharpe_ratio(told, annualization=per_year),
        "sortino": empyrical.sortino_ratio(told, annualization=per_year),
        "calmar": empyrical.calmar_ratio(told, annualization=per_year),
    }
    if len(set(daily)) == 1:  # no variance: what rounding leaves of it decides theirs
        del theirs["sharpe"]
    if mine["max_drawdown"] > -1e-9:
        del theirs["calmar"]
    if min(daily) >= 0:
        assert math.isnan(mine["sortino"])
        del theirs["sortino"]
    for name, value in theirs.items():
        assert mine[name] == pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True), name


@given(values=st.lists(st.integers(1, 9), min_size=1, max_size=30))
def test_the_deepest_fall_and_its_length_equal_a_plain_search(values: list[int]) -> None:
    best = (0.0, 0)
    for peak_at, peak in enumerate(values):
        if (
            any(later >= peak for later in values[peak_at + 1 : peak_at + 2])
            or max(values[: peak_at + 1]) > peak
        ):
            continue
        back = next((at for at in range(peak_at + 1, len(values)) if values[at] >= peak), len(values) - 1)
        fall = min(values[peak_at : back + 1]) / peak - 1
        if fall < best[0] - 1e-12:
            best = (fall, back - peak_at)
    worst, length, now = drawdowns(np.array(values, np.float64))
    assert (worst, length) == (pytest.approx(best[0]), best[1])
    assert now == pytest.approx(values[-1] / max(values) - 1)


def test_one_day_has_a_return_and_no_ratios() -> None:
    one = figures(100.0, 101.0)
    assert one["total_return"] == pytest.approx(0.01)
    assert one["cagr"] == pytest.approx(1.01**252 - 1)
    assert one["max_drawdown"] == one["max_drawdown_days"] == one["drawdown"] == 0
    assert "sharpe" not in one
    assert math.isnan(one["calmar"])
    assert figures(100.0, 90.0)["calmar"] == pytest.approx((0.9**252 - 1) / 0.1)


def test_equity_that_never_moves_has_no_ratios() -> None:
    flat = figures(100.0, 100.0, 100.0, 100.0)
    assert (flat["total_return"], flat["cagr"], flat["volatility"], flat["max_drawdown"]) == (0, 0, 0, 0)
    assert all(math.isnan(flat[name]) for name in ("sharpe", "sortino", "calmar"))


def test_returns_that_are_all_the_same_have_no_sharpe() -> None:
    steady = daily_figures(equity([0.01] * 40), 252)
    assert steady["volatility"] == 0
    assert math.isnan(steady["sharpe"])


def test_equity_of_nothing_is_a_total_loss_and_later_days_count_as_none() -> None:
    lost = figures(100.0, 50.0, -10.0, -20.0)
    assert lost["total_return"] == pytest.approx(-1.2)
    assert lost["cagr"] == -1
    assert lost["max_drawdown"] == pytest.approx(-1.2)
    assert lost["max_drawdown_days"] == 3
    told = np.array([-0.5, -1.2, 0.0])
    assert lost["sharpe"] == pytest.approx(told.mean() / told.std(ddof=1) * math.sqrt(252))
    assert figures(100.0, 0.0, 0.0)["cagr"] == -1


def test_growth_past_any_number_is_undefined_not_infinite() -> None:
    assert math.isnan(figures(1.0, 1e6)["cagr"])
