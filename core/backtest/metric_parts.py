"""What the figures of a run are made of, laid out so that any time of it is answered at once.

Sums over the days that are over, running sums over trades and fills in the order of time. Nothing is copied
that grows with the number of bars.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.columns import Columns
from core.backtest.daily_figures import F64, NOISE, Figures
from core.backtest.trading_days import TradingDays

I64 = NDArray[np.int64]
BPS: Final = 10_000


class Days:
    """Equity and exposure by day, summed over the days that are over; of the open one its bars are read."""

    def __init__(self, equity: Columns, days: TradingDays, cash: float) -> None:
        self._close_ns, self._equity = equity["close_ns"], equity["equity"]
        self._exposure = equity["exposure"]
        self.per_year = days.per_year
        self._begins, self._place = self._rows_of_days(days)
        ends = np.append(self._begins, len(self._equity))[1:]
        # `_values[n]`: equity after n days, of the starting cash to the last day; days without a bar repeat.
        count = int(self._place[-1]) + 1 if len(self._place) else 0
        last = np.searchsorted(self._place, np.arange(count), side="right") - 1
        self._values = np.concatenate([[cash], self._equity[ends - 1][last] if count else []])
        self._sums = np.zeros((3, len(self._begins) + 1))
        self._peak = np.full(len(self._begins) + 1, cash)
        self._worst = np.zeros(len(self._begins) + 1)
        for number, (begin, end) in enumerate(zip(self._begins.tolist(), ends.tolist(), strict=True)):
            self._sums[:, number + 1] = self._sums[:, number] + self._summed(begin, end)
            self._peak[number + 1], self._worst[number + 1] = self._fallen(number, begin, end)

    def _rows_of_days(self, days: TradingDays) -> tuple[I64, I64]:
        """First row of each day that has rows, and its number counted from the first such day."""
        if not len(self._close_ns):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        # A close at the begin of a day ends the day before.
        first = np.searchsorted(self._close_ns, days.begin_ns, side="right")
        first[0] = 0
        has_rows = np.diff(np.append(first, len(self._close_ns))) > 0
        place = days.place[has_rows]
        return first[has_rows].astype(np.int64), place - place[0]

    def row(self, time_ns: int) -> int:
        """The last bar closed by then, -1 before the first."""
        return int(np.searchsorted(self._close_ns, time_ns, side="right")) - 1

    def values(self, row: int) -> F64:
        """The starting cash, where each day before the row's ended, and equity at the row."""
        day = int(self._place[self._day(row)])
        return np.append(self._values[: day + 1], self._equity[row])

    def exposure(self, row: int) -> Figures:
        day = self._day(row)
        begin = int(self._begins[day])
        held, share, count = self._sums[:, day] + self._summed(begin, row + 1)
        _, worst = self._fallen(day, begin, row + 1)
        return {
            "exposure": share / count,
            "time_in_market": held / count,
            "max_drawdown_bars": worst,
        }

    def _day(self, row: int) -> int:
        return int(np.searchsorted(self._begins, row, side="right")) - 1

    def _summed(self, begin: int, end: int) -> F64:
        """Bars with a position, sum of exposure over equity, bars."""
        equity, exposure = self._equity[begin:end], self._exposure[begin:end]
        alive = equity > 0
        share = np.where(alive, exposure / np.where(alive, equity, 1.0), 0.0)
        return np.array([np.count_nonzero(exposure > 0), share.sum(), end - begin])

    def _fallen(self, day: int, begin: int, end: int) -> tuple[float, float]:
        """The peak and the deepest fall from one, bar by bar, of all up to `end`."""
        equity = self._equity[begin:end]
        peaks = np.maximum(np.maximum.accumulate(equity), self._peak[day])
        worst = min(float((equity / peaks).min()) - 1, float(self._worst[day]))
        return float(peaks[-1]), worst if worst <= -NOISE else 0.0


class Trades:
    """Round trips in the order in which they closed, with running sums."""

    def __init__(self, positions: Columns) -> None:
        closed = np.flatnonzero(positions["closed_ns"] > 0)
        closed = closed[np.argsort(positions["closed_ns"][closed], kind="stable")]
        self._closed_ns = positions["closed_ns"][closed]
        pnl = positions["pnl"][closed]
        self._wins, self._losses = _running(pnl > 0), _running(pnl < 0)
        self._won, self._lost = _running(np.maximum(pnl, 0)), _running(np.minimum(pnl, 0))

    def count(self, time_ns: int) -> int:
        return int(np.searchsorted(self._closed_ns, time_ns, side="right"))

    def figures(self, count: int) -> Figures:
        wins, losses = float(self._wins[count]), float(self._losses[count])
        won, lost = float(self._won[count]), float(self._lost[count])
        return {
            "trades": float(count),
            "hit_rate": _over(wins, count),
            "average_win": _over(won, wins),
            "average_loss": _over(lost, losses),
            "profit_factor": _over(won, -lost),
            "expectancy": _over(won + lost, count),
        }


class Costs:
    """Fills by time, with running sums of what they cost."""

    def __init__(self, fills: Columns) -> None:
        self._ts_ns = fills["ts_ns"]
        self._fees, self._slippage = _running(fills["fee"]), _running(fills["slippage"])
        self._notional = _running(np.abs(fills["quantity"] * fills["price"]))

    def count(self, time_ns: int) -> int:
        return int(np.searchsorted(self._ts_ns, time_ns, side="right"))

    def notional(self, count: int) -> float:
        return float(self._notional[count])

    def figures(self, count: int) -> Figures:
        fees, slippage = float(self._fees[count]), float(self._slippage[count])
        return {
            "fills": float(count),
            "fees": fees,
            "slippage": slippage,
            "slippage_share": _over(slippage, fees + slippage),
            "costs_bps": _over((fees + slippage) * BPS, self.notional(count)),
        }


def _running(values: NDArray[np.generic]) -> F64:
    """Sums of the first n, from n = 0."""
    return np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])


def _over(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan
