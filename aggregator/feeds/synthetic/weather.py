"""What moves the whole synthetic market: how busy it is, how wild, and the factor all prices share.

The weather of a second depends only on the seed and on the seconds before it, never on wall time or on a
venue, so every venue can work it out for itself and finds the same.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.synthetic.listing import FACTOR_VOLATILITY
from core.clock import NS_PER_MS, NS_PER_S

Floats = NDArray[np.float64]

SLICE_MS: Final = 5
SLICE_NS: Final = SLICE_MS * NS_PER_MS
SLICES: Final = NS_PER_S // SLICE_NS  # of a second
SLICE_S: Final = SLICE_MS / 1_000

SESSION_S: Final = 23_400  # six and a half hours, then the next day opens
# Rates are in shares of the average. 2.0 is the peak that was asked for; Poisson noise needs the rest.
RATE_MAX: Final = 1.95
QUIET_RATE: Final = 0.80
BURST_RATE: Final = 1.8
BURST_MEAN_S: Final = 0.8
QUIET_MEAN_S: Final = 5.5
RUSH_S: Final = 6.0  # the opening rush halves about every four seconds


@dataclass(frozen=True, slots=True)
class Weather:
    """One second in `SLICES` slices: `rate` in shares of the average, `wildness` multiplies volatility."""

    rate: Floats
    wildness: Floats
    factor: Floats  # log return of the common factor since the second began, at each slice's end


class WeatherMaker:
    """Call `second` once for every second, in order. `has_rush` False: a day that opens like any hour."""

    def __init__(self, seed: int, has_rush: bool = True) -> None:
        self._seed = seed
        self._has_rush = has_rush
        self._second = 0
        self._is_burst = False

    def second(self) -> Weather:
        dice = np.random.default_rng([self._seed, 3, self._second])
        time_s = (self._second + np.arange(SLICES) * SLICE_S) % SESSION_S
        burst = self._bursts(dice)
        rush = np.exp(-time_s / RUSH_S) * self._has_rush
        # A smile over the day: busy after the open and before the close, quiet at noon.
        smile = 0.95 + 0.6 * (time_s / SESSION_S - 0.5) ** 2
        rate = np.where(burst, BURST_RATE, QUIET_RATE) * smile + 1.0 * rush
        wildness = 1.0 + 0.9 * burst + 1.5 * rush
        shocks = dice.standard_normal(SLICES) * FACTOR_VOLATILITY * wildness * np.sqrt(SLICE_S)
        self._second += 1
        return Weather(np.minimum(rate, RATE_MAX), wildness, np.cumsum(shocks))

    def _bursts(self, dice: np.random.Generator) -> NDArray[np.bool_]:
        """A switch between quiet and burst that forgets its past."""
        leave = np.where([False, True], SLICE_S / BURST_MEAN_S, SLICE_S / QUIET_MEAN_S)
        draws = dice.random(SLICES)
        states = np.empty(SLICES, np.bool_)
        for index in range(SLICES):
            if draws[index] < leave[int(self._is_burst)]:
                self._is_burst = not self._is_burst
            states[index] = self._is_burst
        return states
