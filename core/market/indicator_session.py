"""Indicators that begin anew with each trading day: the volume-weighted average price."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.market.indicator_base import Columns, Indicator, Numbers
from core.market.trading_day import TradingDay, day_begins


class SessionVwap(Indicator):
    """Typical prices (high, low and close) weighted by volume, since the trading day began.

    Not a number until something was traded, nor in a day whose first bars are not at hand; a volume that is
    not told counts as none.
    """

    def __init__(self, day: TradingDay) -> None:
        super().__init__(1, kept_count=2)
        self._day = day
        self._began: NDArray[np.int64] = np.zeros(0, np.int64)  # the trading day of each row

    def _compute(self, bars: Columns, rows: Numbers, first: int) -> None:
        _, high, low, close, volume, open_ns = bars
        price, money, traded = rows
        began = self._days(open_ns, first)
        weight = np.nan_to_num(volume[first:], nan=0.0)
        money[first:] = (high[first:] + low[first:] + close[first:]) / 3.0 * weight
        traded[first:] = weight
        same = began[1:] == began[:-1] if not first else began[first:] == began[first - 1 : -1]
        if first and same[0]:
            money[first] += money[first - 1]
            traded[first] += traded[first - 1]
        cuts = np.flatnonzero(~same) + (first if first else 1)
        edges = [first, *cuts[cuts > first].tolist(), len(close)]
        for begin, end in pairwise(edges):
            np.cumsum(money[begin:end], out=money[begin:end])
            np.cumsum(traded[begin:end], out=traded[begin:end])
        price[first:] = np.nan
        np.divide(money[first:], traded[first:], out=price[first:], where=traded[first:] > 0.0)
        is_partial = self.is_cut and bool(open_ns[0] > began[0])
        if is_partial:
            price[first:][began[first:] == began[0]] = np.nan
        self.wants_earlier = is_partial and bool(began[-1] == began[0])

    def _days(self, open_ns: NDArray[np.int64], first: int) -> NDArray[np.int64]:
        count = len(open_ns)
        if count > len(self._began):
            grown = np.zeros(2 * count, np.int64)
            grown[:first] = self._began[:first]
            self._began = grown
        self._began[first:count] = day_begins(self._day, open_ns[first:])
        return self._began[:count]
