"""Indicators that remember every bar a little: EMA, MACD, and Wilder's RSI and ATR. Rules as in TA-Lib."""

import numpy as np

from core.market.indicator_base import Columns, Indicator, Numbers, fill_smoothed

ZERO_BELOW = 1e-14  # TA-Lib's: no movement at all


def ema_weight(period: int) -> float:
    return 2.0 / (period + 1)


class ExponentialAverage(Indicator):
    """Begins with the mean of the first `period` closes."""

    def __init__(self, period: int) -> None:
        super().__init__(1)
        self._period = period

    def _compute(self, bars: Columns, rows: Numbers, first: int) -> None:
        fill_smoothed(rows[0], bars[3], first, self._period - 1, self._period, ema_weight(self._period))


class Macd(Indicator):
    """Outputs: line (fast less slow EMA), its signal (an EMA of it), and line less signal.

    Both averages begin at the same row, and nothing is told before the signal is known.
    """

    def __init__(self, fast: int, slow: int, signal: int) -> None:
        super().__init__(3, kept_count=3)
        self._fast, self._slow, self._signal = fast, slow, signal

    def _compute(self, bars: Columns, rows: Numbers, first: int) -> None:
        close, start = bars[3], self._slow - 1
        line, signal, histogram, fast, slow, unmasked = rows
        fill_smoothed(fast, close, first, start, self._fast, ema_weight(self._fast))
        fill_smoothed(slow, close, first, start, self._slow, ema_weight(self._slow))
        unmasked[first:] = fast[first:] - slow[first:]
        known = start + self._signal - 1
        fill_smoothed(signal, unmasked, first, known, self._signal, ema_weight(self._signal))
        line[first:known] = np.nan
        begin = max(first, known)
        line[begin:] = unmasked[begin:]
        histogram[first:] = line[first:] - signal[first:]


class RelativeStrength(Indicator):
    """Wilder's RSI, 0 to 100; 0 while nothing has moved."""

    def __init__(self, period: int) -> None:
        super().__init__(1, kept_count=4)
        self._period = period

    def _compute(self, bars: Columns, rows: Numbers, first: int) -> None:
        close, period = bars[3], self._period
        index, gain, loss, gains, losses = rows
        begin = max(first, 1)
        moved = close[begin:] - close[begin - 1 : -1]
        gain[begin:], loss[begin:] = np.maximum(moved, 0.0), np.maximum(-moved, 0.0)
        fill_smoothed(gains, gain, first, period, period, 1.0 / period)
        fill_smoothed(losses, loss, first, period, period, 1.0 / period)
        both = gains[first:] + losses[first:]
        moving = ~(both < ZERO_BELOW)
        index[first:] = 0.0
        np.divide(100.0 * gains[first:], both, out=index[first:], where=moving)


class TrueRange(Indicator):
    """Wilder's average true range."""

    def __init__(self, period: int) -> None:
        super().__init__(1, kept_count=1)
        self._period = period

    def _compute(self, bars: Columns, rows: Numbers, first: int) -> None:
        high, low, close = bars[1:4]
        average, span = rows
        begin = max(first, 1)
        before = close[begin - 1 : -1]
        span[begin:] = np.maximum(high[begin:], before) - np.minimum(low[begin:], before)
        fill_smoothed(average, span, first, self._period, self._period, 1.0 / self._period)
