"""The last prices of every row, one sample a second of the scope's clock, for the trend lines.

A ring of fixed length; a row without a trade has no samples. In a fast replay seconds pass quicker than the
eye: one sample is taken per call, the owner decides how often to draw.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import NULL

SAMPLES: Final = 50
SAMPLE_US: Final = 1_000_000


class TrendRing:
    """Shape (rows, SAMPLES) of last prices in counts; NaN where there is none."""

    def __init__(self, row_count: int) -> None:
        self._samples: NDArray[np.float64] = np.full((row_count, SAMPLES), np.nan)
        self._head = 0
        self._second: int | None = None

    def sample(self, clock_us: int, last: NDArray[np.int64]) -> bool:
        """Take the last prices if a new second has begun; a clock that went back starts over."""
        second = clock_us // SAMPLE_US
        if self._second is not None and second < self._second:
            self._samples[:] = np.nan
        elif second == self._second:
            return False
        self._second = second
        self._samples[:, self._head] = np.where(last == NULL, np.nan, last)
        self._head = (self._head + 1) % SAMPLES
        return True

    def load(self, samples: NDArray[np.float64]) -> None:
        """Begin with a history, shape (rows, SAMPLES), oldest first."""
        assert samples.shape == self._samples.shape
        self._samples[:] = samples
        self._head = 0

    def of(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Samples of some rows, oldest first."""
        return np.roll(self._samples[rows], -self._head, axis=1)
