"""Ten minutes of the desk's own figures, one row a second, as columns.

Bounded: the oldest second is overwritten. What was not measured in a second is NaN, never 0. Reads no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SECONDS_MAX: Final = 600
# Rates are of that second; percentiles of the frames that ended in it; pauses the longest in it.
FIGURES: Final = (
    "frames_per_s", "frame_p50_ms", "frame_p99_ms", "paint_p50_ms", "paint_p95_ms", "paint_p99_ms",
    "main_cpu_percent", "cpu_percent", "memory_mb", "gc_young", "gc_middle", "gc_full", "gc_pause_ms",
    "stall_ms", "messages_per_s", "mbit_per_s", "batches_per_s", "dropped",
)  # fmt: skip
_PLACES: Final = {name: place for place, name in enumerate(FIGURES)}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """Of the seconds in which it was measured."""

    median: float
    p95: float
    highest: float


class HealthHistory:
    """`add` once a second. Series are oldest first; `version` counts the seconds ever added."""

    def __init__(self, seconds_max: int = SECONDS_MAX) -> None:
        self._rows: Floats = np.full((len(FIGURES), seconds_max), np.nan)
        self.seconds_max = seconds_max
        self.version = 0

    def add(self, figures: Mapping[str, float | None]) -> None:
        """One second; what is missing or None was not measured."""
        at = self.version % self.seconds_max
        self._rows[:, at] = np.nan
        for name, value in figures.items():
            if value is not None:
                self._rows[_PLACES[name], at] = value
        self.version += 1

    def __len__(self) -> int:
        return min(self.version, self.seconds_max)

    def series(self, name: str) -> Floats:
        """A copy, oldest first."""
        row, kept = self._rows[_PLACES[name]], len(self)
        if kept < self.seconds_max:
            return row[:kept].copy()
        at = self.version % self.seconds_max
        return np.concatenate([row[at:], row[:at]])

    def rows(self) -> Floats:
        """All figures in the order of `FIGURES`, oldest second first; a copy, shape (figures, seconds)."""
        kept = len(self)
        if kept < self.seconds_max:
            return self._rows[:, :kept].copy()
        return np.roll(self._rows, -(self.version % self.seconds_max), axis=1)

    def newest(self, name: str) -> float | None:
        """Of the last second; None when it was not measured then."""
        if not self.version:
            return None
        value = float(self._rows[_PLACES[name], (self.version - 1) % self.seconds_max])
        return None if np.isnan(value) else value

    def spread(self, name: str) -> Spread | None:
        """Of all seconds kept; None when it was measured in none of them."""
        values = self.series(name)
        values = values[~np.isnan(values)]
        if not len(values):
            return None
        median, p95 = np.percentile(values, (50, 95))
        return Spread(float(median), float(p95), float(values.max()))
