"""Indicators of the last N bars alone: simple moving average and Bollinger bands."""

import numpy as np

from core.market.indicator_base import Columns, Indicator, Numbers, window_sums


class SimpleAverage(Indicator):
    """Mean of the last `period` closes."""

    def __init__(self, period: int) -> None:
        super().__init__(1)
        self._period = period

    def _compute(self, bars: Columns, rows: Numbers, first: int) -> None:
        close, period = bars[3], self._period
        start = max(first, period - 1)
        rows[0, first:start] = np.nan
        if start < len(close):
            total, _ = window_sums(close[start - period + 1 :], period)
            rows[0, start:] = total / period


class Bollinger(Indicator):
    """Mean of the last `period` closes, and `deviations` standard deviations (of the population) about it.

    Outputs: mid, upper, lower.
    """

    def __init__(self, period: int, deviations: float) -> None:
        super().__init__(3)
        self._period = period
        self._deviations = deviations

    def _compute(self, bars: Columns, rows: Numbers, first: int) -> None:
        close, period = bars[3], self._period
        start = max(first, period - 1)
        rows[:, first:start] = np.nan
        if start < len(close):
            total, squares = window_sums(close[start - period + 1 :], period)
            mid, reach = total / period, self._deviations * np.sqrt(squares / period)
            rows[0, start:], rows[1, start:], rows[2, start:] = mid, mid + reach, mid - reach
