"""What a tear sheet shows of a run, as numbers: monthly returns, a histogram of trades, thinned lines.

Only arrays in and out; no text but dates. Lines are thinned so that no high and no low is lost.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.daily_figures import F64

_EPOCH: Final = date(1970, 1, 1)
_BINS_WANTED: Final = 28
_OUTER: Final = 1.0  # percent of trades at each end that may stand in the outermost bar

I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MonthlyReturns:
    """`year`, then the twelve months' returns and the year's; NaN where the run was not there."""

    year: int
    months: tuple[float, ...]
    whole: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """`counts[n]` trades earned from `edges[n]` to `edges[n + 1]`; 0 is always an edge.

    `is_cut_low`, `is_cut_high`: the outermost bar also holds what lies beyond it.
    """

    edges: F64
    counts: I64
    is_cut_low: bool
    is_cut_high: bool


def monthly_returns(days: I64, values: F64) -> list[MonthlyReturns]:
    """By calendar month of the trading day. `days` since 1970; `values[0]` is the starting cash, the rest
    where each day ended. A month that begins with nothing or less has no return."""
    ended: dict[tuple[int, int], float] = {}
    for day, value in zip(days.tolist(), values[1:].tolist(), strict=True):
        on = _EPOCH + timedelta(days=day)
        ended[on.year, on.month] = value
    months: dict[tuple[int, int], float] = {}
    before = float(values[0])
    years: dict[int, list[float]] = {}  # value before the year, value at its end
    for (year, month), value in ended.items():
        months[year, month] = value / before - 1 if before > 0 else math.nan
        years.setdefault(year, [before, value])[1] = value
        before = value
    return [
        MonthlyReturns(
            year,
            tuple(months.get((year, month), math.nan) for month in range(1, 13)),
            end / begin - 1 if begin > 0 else math.nan,
        )
        for year, (begin, end) in sorted(years.items())
    ]


def trade_histogram(pnl: F64) -> Histogram | None:
    """Of the profits of closed trades; None without any."""
    pnl = pnl[np.isfinite(pnl)]
    if not len(pnl):
        return None
    low, high = np.percentile(pnl, [_OUTER, 100 - _OUTER])
    low, high = min(float(low), 0.0), max(float(high), 0.0)
    width = nice_step((high - low) / _BINS_WANTED) if high > low else 1.0
    # A loss is never drawn among the gains, however few there are; one that earned exactly 0 lost nothing.
    first = min(math.floor(low / width), -1 if (pnl < 0).any() else 0)
    last = max(math.ceil(high / width), 1 if (pnl >= 0).any() else 0)
    edges: F64 = np.arange(first, last + 1, dtype=np.float64) * width
    counts, _ = np.histogram(np.clip(pnl, edges[0], edges[-1]), edges)
    return Histogram(
        edges, counts.astype(np.int64), bool((pnl < edges[0]).any()), bool((pnl > edges[-1]).any())
    )


def thinned(values: F64, columns: int) -> tuple[I64, F64]:
    """Rows and values of first, lowest, highest and last of each of `columns` equal stretches.

    All of them when they are few.
    """
    count = len(values)
    if count <= 4 * columns:
        return np.arange(count, dtype=np.int64), values
    bounds = np.linspace(0, count, columns + 1).astype(np.int64)
    rows: list[int] = []
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        part = values[begin:end]
        rows += sorted({begin, begin + int(part.argmin()), begin + int(part.argmax()), end - 1})
    kept = np.array(rows, np.int64)
    return kept, values[kept]


def nice_step(at_least: float) -> float:
    """The smallest of 1, 2, 2.5, 5 x a power of ten that is not less."""
    if not at_least > 0 or not math.isfinite(at_least):
        return 1.0
    power = 10.0 ** math.floor(math.log10(at_least))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= at_least * (1 - 1e-9))


def ticks(low: float, high: float, wanted: int) -> list[float]:
    """Round numbers from `low` to `high`, about as many as wanted."""
    step = nice_step((high - low) / max(1, wanted))
    return [n * step for n in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def date_ticks(days: I64, wanted: int) -> list[tuple[int, str]]:
    """Rows at which a year, a quarter, a month, a week or a day begins, and what to write there.

    `days` since 1970 of each row, ascending. The coarsest of these that gives enough.
    """
    first = np.flatnonzero(np.diff(days, prepend=days[:1] - 1))
    dates = [_EPOCH + timedelta(days=day) for day in days[first].tolist()]
    ways: tuple[tuple[Callable[[date], object], str], ...] = (
        (lambda on: on.year, "%Y"),
        (lambda on: (on.year, (on.month - 1) // 3), "%b %Y"),
        (lambda on: (on.year, on.month), "%b %Y"),
        (lambda on: on.isocalendar()[:2], "%d %b"),
        (lambda on: on, "%d %b"),
    )
    found: list[tuple[int, str]] = []
    for of, form in ways:
        periods = [of(on) for on in dates]
        found = [
            (int(row), on.strftime(form).lstrip("0"))
            for row, on, now, before in zip(first[1:].tolist(), dates[1:], periods[1:], periods, strict=False)
            if now != before
        ]
        if len(found) >= max(2, wanted // 2):
            break
    step = max(1, -(-len(found) // wanted))
    return found[::step] or [(0, dates[0].strftime("%d %b %Y").lstrip("0"))] if dates else []
