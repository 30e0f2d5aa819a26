"""The bars of a series as float64 columns, for indicators: only what changed is read again.

Prices and volume stay counts of the series' decimals, exact up to 2^53; a volume that the source does not
tell is no number. Nothing is scaled, so that an overlay lies on the bars it was made of.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.bar_series import ROWS_MIN, BarField, BarSeries
from core.market.fields import NULL
from core.market.intervals import Interval

Numbers = NDArray[np.float64]
Columns = tuple[Numbers, Numbers, Numbers, Numbers, Numbers, NDArray[np.int64]]
_PRICES: Final = slice(BarField.OPEN, BarField.CLOSE + 1)


class BarNumbers:
    """Follows one `BarSeries`; `open_ns` is the begin of a timed bar, else the time of its first trade."""

    def __init__(self, interval: Interval) -> None:
        self.count = 0
        self._time_field = BarField.KEY if interval.is_timed else BarField.FIRST_NS
        self._values = np.empty((5, ROWS_MIN))
        self._open_ns = np.empty(ROWS_MIN, np.int64)
        self._version = 0
        self._layout = 0

    @property
    def columns(self) -> Columns:
        """open, high, low, close, volume, open_ns: views of shape (count,), valid until the next `follow`."""
        open_, high, low, close, volume = self._values[:, : self.count]
        return open_, high, low, close, volume, self._open_ns[: self.count]

    def follow(self, series: BarSeries) -> int:
        """Read what changed since the last call; returns the first changed row, `count` when none did."""
        first = series.changed_from(self._version) if series.layout == self._layout else 0
        self._version, self._layout = series.version, series.layout
        count = series.count
        if count > self._values.shape[1]:
            kept = min(first, self.count)
            values, open_ns = np.empty((5, 2 * count)), np.empty(2 * count, np.int64)
            values[:, :kept], open_ns[:kept] = self._values[:, :kept], self._open_ns[:kept]
            self._values, self._open_ns = values, open_ns
        self.count = count
        changed = series.values[:, first:]
        self._values[:4, first:count] = changed[_PRICES]
        volume = changed[BarField.VOLUME]
        self._values[4, first:count] = np.where(volume == NULL, np.nan, volume)
        self._open_ns[first:count] = changed[self._time_field]
        return first
