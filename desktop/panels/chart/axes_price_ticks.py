"""Which prices an axis names: 1, 2, 2.5 or 5 times a power of ten, on whole increments. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

TICK_APART_PX: Final = 40.0  # labels are no closer than this
# A step once chosen stays until its labels are this close or this far apart: an axis that breathes with the
# bars in view would else change between two steps for ever.
KEPT_FROM_PX: Final = 32.0
KEPT_TO_PX: Final = 110.0
ROUNDER_AT_MOST: Final = 3
_FACTORS: Final = (10, 20, 25, 50)
_POWER_MAX: Final = 18


def price_step(counts_per_px: float, tick_counts: int = 1, previous: int = 0) -> int:
    """Counts between two labels: at least `TICK_APART_PX` apart, whole ticks of the venue.

    `previous` is the step shown until now, 0 for none; it is kept while it still reads well.
    """
    if previous and previous % tick_counts == 0:
        apart_px = previous / counts_per_px
        if KEPT_FROM_PX <= apart_px <= KEPT_TO_PX:
            return previous
    least = counts_per_px * TICK_APART_PX
    in_ticks = _round_step(least / tick_counts, 1) * tick_counts
    if tick_counts == 1:
        return in_ticks
    # A quarter (25) divides 50 and 100; an odd tick (3) divides nothing round: it is counted in ticks.
    step = _round_step(least, tick_counts)
    return step if step <= ROUNDER_AT_MOST * in_ticks else in_ticks


def _round_step(least: float, of: int) -> int:
    """The first of 1, 2, 2.5, 5, 10, 20, 25... that is `least` or more, whole, and a multiple of `of`."""
    for power in range(_POWER_MAX):
        for factor in _FACTORS:
            step, rest = divmod(factor * 10**power, 10)
            if rest == 0 and step >= least and step % of == 0:
                return step
    return 10**_POWER_MAX


def price_ticks(low_counts: float, high_counts: float, step: int) -> NDArray[np.float64]:
    """Multiples of `step` within low..high, ascending, as counts."""
    first, last = int(np.ceil(low_counts / step)), int(np.floor(high_counts / step))
    return np.arange(first, last + 1, dtype=np.float64) * step
