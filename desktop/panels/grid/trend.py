"""The last prices of every row by the scope's clock, for the trend lines.

At most `SAMPLES` of them, evenly spaced. It begins with short steps so that a line shows within a second;
when it is full every second sample goes and the step doubles, until a sample stands for a whole second and
the oldest ones fall out. A row without a trade has none.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import NULL

SAMPLES: Final = 50
FIRST_STEP_US: Final = 250_000
STEP_US: Final = 1_000_000


class TrendRing:
    """Last prices in counts by row; NaN where there is none."""

    def __init__(self, row_count: int) -> None:
        self._samples: NDArray[np.float64] = np.full((row_count, SAMPLES), np.nan)
        self._count = 0
        self._step_us = FIRST_STEP_US
        self._tick: int | None = None

    def sample(self, clock_us: int, last: NDArray[np.int64]) -> bool:
        """Take the last prices if a new step has begun; a clock that went back starts over.

        In a fast replay steps pass quicker than frames: then one sample stands for several.
        """
        tick = clock_us // self._step_us
        if self._tick is not None and tick < self._tick:
            self._count, self._step_us = 0, FIRST_STEP_US
            tick = clock_us // self._step_us
        elif tick == self._tick:
            return False
        if self._count == SAMPLES:
            self._make_room()
            tick = clock_us // self._step_us
        self._tick = tick
        self._samples[:, self._count] = np.where(last == NULL, np.nan, last)
        self._count += 1
        return True

    def _make_room(self) -> None:
        if self._step_us < STEP_US:
            self._step_us *= 2
            self._count = SAMPLES // 2
            self._samples[:, : self._count] = self._samples[:, 1::2]
        else:
            self._count -= 1
            self._samples[:, : self._count] = self._samples[:, 1:]

    def begin_anew(self) -> None:
        """After a seek: samples of before may be of after the clock."""
        self._count, self._step_us, self._tick = 0, FIRST_STEP_US, None

    def load(self, samples: NDArray[np.float64]) -> None:
        """Begin with a history of one-second samples, shape (rows, SAMPLES), oldest first."""
        assert samples.shape == self._samples.shape
        self._samples[:] = samples
        self._count, self._step_us, self._tick = SAMPLES, STEP_US, None

    def of(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Samples of some rows, oldest first; shape (rows, how many there are so far)."""
        return self._samples[rows, : self._count]
