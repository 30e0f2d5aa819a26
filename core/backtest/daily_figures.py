"""Figures of equity by trading day: returns, drawdowns, ratios. Equal to empyrical's where those are defined.

Only arrays; nothing here knows of a run, a bar or a clock. Undefined is NaN.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Figures = dict[str, float]

# Below this a drawdown, or a deviation beside its returns, is what rounding leaves.
NOISE: Final = 1e-12


def daily_figures(values: F64, per_year: int) -> Figures:
    """`values[0]` is the starting cash, above 0; the rest, at least one, is equity where each day ended.

    A day that begins with nothing or less has no return and counts as 0.
    """
    before = values[:-1]
    alive = before > 0
    returns = np.where(alive, np.diff(values) / np.where(alive, before, 1.0), 0.0)
    growth, days = float(values[-1] / values[0]), len(returns)
    with np.errstate(over="ignore"):
        cagr = float(np.power(growth, per_year / days)) - 1 if growth > 0 else -1.0
    worst, length, now = drawdowns(values)
    figures = {
        "days": float(days),
        "total_return": growth - 1,
        "cagr": cagr if math.isfinite(cagr) else math.nan,
        "max_drawdown": worst,
        "max_drawdown_days": float(length),
        "drawdown": now,
    }
    figures["calmar"] = figures["cagr"] / -worst if worst < 0 else math.nan
    if days < 2:
        return figures
    mean, deviation = float(returns.mean()), float(returns.std(ddof=1))
    downside = math.sqrt(float(np.square(np.minimum(returns, 0)).mean()))
    is_flat = deviation <= NOISE * float(np.abs(returns).max())
    year = math.sqrt(per_year)
    figures["volatility"] = 0.0 if is_flat else deviation * year
    figures["sharpe"] = math.nan if is_flat else mean / deviation * year
    figures["sortino"] = mean / downside * year if downside > 0 else math.nan
    return figures


def drawdowns(values: F64) -> tuple[float, int, float]:
    """The deepest fall from a peak as a fraction, zero or less; its length in steps; the fall at the end.

    The length is from the peak until that value is reached again, or until the end.
    """
    below = drawdown_series(values)
    deepest = int(below.argmin())
    if below[deepest] >= 0:
        return 0.0, 0, float(below[-1])
    peak = int(np.flatnonzero(below[: deepest + 1] == 0)[-1])
    back = np.flatnonzero(below[deepest:] == 0)
    end = deepest + int(back[0]) if len(back) else len(values) - 1
    return float(below[deepest]), end - peak, float(below[-1])


def drawdown_series(values: F64) -> F64:
    """How far each value is below the highest before it, as a fraction: 0 or less. `values[0]` above 0."""
    below: F64 = values / np.maximum.accumulate(values) - 1
    below[below > -NOISE] = 0.0
    return below
