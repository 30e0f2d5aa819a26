"""The figures of a run: their names, what a person calls them, their units, and how they read.

Formulas and conventions: docs/metrics.md.
"""

import math
from dataclasses import dataclass
from typing import Final

DECIMALS_MAX: Final = 12  # below that it is what rounding leaves


@dataclass(frozen=True, slots=True)
class Metric:
    """`unit`: percent (a fraction, shown x 100), ratio, money, count, days or bps.

    `better`: +1 when more is, -1 when less is, 0 when neither.
    """

    name: str
    label: str
    unit: str
    better: int = 0


METRICS: Final = (
    Metric("total_return", "Total return", "percent", 1),
    Metric("cagr", "CAGR", "percent", 1),
    Metric("profit", "Net profit", "money", 1),
    Metric("max_drawdown", "Max drawdown", "percent", 1),
    Metric("max_drawdown_days", "Max drawdown, days", "days", -1),
    Metric("max_drawdown_bars", "Max drawdown by bar", "percent", 1),
    Metric("drawdown", "Drawdown now", "percent", 1),
    Metric("volatility", "Volatility", "percent", -1),
    Metric("sharpe", "Sharpe", "ratio", 1),
    Metric("sortino", "Sortino", "ratio", 1),
    Metric("calmar", "Calmar", "ratio", 1),
    Metric("trades", "Trades", "count"),
    Metric("hit_rate", "Hit rate", "percent", 1),
    Metric("average_win", "Average win", "money", 1),
    Metric("average_loss", "Average loss", "money", 1),
    Metric("profit_factor", "Profit factor", "ratio", 1),
    Metric("expectancy", "Expectancy", "money", 1),
    Metric("turnover", "Turnover a year", "ratio", -1),
    Metric("exposure", "Exposure", "percent"),
    Metric("time_in_market", "Time in market", "percent"),
    Metric("fills", "Fills", "count"),
    Metric("fees", "Fees", "money", -1),
    Metric("slippage", "Slippage", "money", -1),
    Metric("slippage_share", "Slippage share of costs", "percent"),
    Metric("costs_bps", "Costs", "bps", -1),
    Metric("days", "Trading days", "days"),
)
_SIGNED: Final = ("total_return", "cagr", "profit", "expectancy")  # gains and losses: the sign always stands
METRIC_OF: Final = {metric.name: metric for metric in METRICS}


def metric_text(name: str, value: float | None) -> str:
    """A figure as a person reads it; an en dash where it is undefined. Units: percent with its sign, money
    with thousands, days and counts whole. What is not 0 never reads as 0."""
    if value is None or not math.isfinite(value):
        return "–"
    unit = METRIC_OF[name].unit if name in METRIC_OF else "ratio"
    if unit in ("count", "days"):
        return decimal_text(value, 0)
    sign = "+" if name in _SIGNED and value > 0 else ""
    if unit == "percent":
        return f"{sign}{decimal_text(value * 100)} %"
    return sign + decimal_text(value) + (" bps" if unit == "bps" else "")


def decimal_text(value: float, decimals: int = 2) -> str:
    """`−1,234.50`; with more decimals where so few would say 0."""
    while value and decimals < DECIMALS_MAX and abs(value) < 0.5 * 10**-decimals:
        decimals += 1
    return f"{value + 0.0:,.{decimals}f}".replace("-", "−")
