"""What painting costs and how old it is: one ring of finished frames for all windows.

Keeps the newest `FRAMES_MAX` frames as columns and answers rates and percentiles over a stretch of time.
Bounded: older frames are overwritten. Never reads a clock.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.clock import NS_PER_MS, NS_PER_S

FRAMES_MAX: Final = 1 << 16  # five windows at 60 frames/s for more than three minutes
NO_LATENCY: Final = -1


@dataclass(frozen=True, slots=True)
class FrameSummary:
    """Figures over a stretch; a percentile is None when no frame (or no market data) was painted in it."""

    frames: int
    frames_per_s: float
    frame_p50_ms: float | None
    frame_p99_ms: float | None
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    latency_p99_ms: float | None


class FrameFigures:
    """Columns `end_ns` (monotonic), `frame_us`, `cpu_us` of the GUI thread in that time, `latency_us` (-1:
    showed nothing new), `window`.
    """

    def __init__(self, frames_max: int = FRAMES_MAX) -> None:
        # Written to at once: zeros of the system become memory only when they are touched, minute by minute.
        columns: NDArray[np.int64] = np.full((5, frames_max), NO_LATENCY, np.int64)
        self._end_ns, self._frame_us, self._cpu_us, self._latency_us, self._window = columns
        self.total = 0

    def add(self, window: int, end_ns: int, frame_ns: int, latency_ns: int, cpu_ns: int = 0) -> None:
        """One finished frame of `window`; `latency_ns` negative when it showed no new market data."""
        at = self.total % len(self._end_ns)
        self._end_ns[at] = end_ns
        self._frame_us[at] = frame_ns // 1_000
        self._cpu_us[at] = cpu_ns // 1_000
        self._latency_us[at] = latency_ns // 1_000 if latency_ns >= 0 else NO_LATENCY
        self._window[at] = window
        self.total += 1

    def _between(self, since_ns: int, until_ns: int) -> NDArray[np.intp]:
        """Places of the frames that ended in (since, until], oldest first.

        Frames are added as they end, so both parts of the ring are sorted: no look at all 65,536 of them.
        """
        at, kept = self.total % len(self._end_ns), min(self.total, len(self._end_ns))
        parts = ((at, kept), (0, at)) if kept == len(self._end_ns) else ((0, kept),)
        found = []
        for begin, end in parts:
            first, last = np.searchsorted(self._end_ns[begin:end], (since_ns, until_ns), side="right")
            found.append(np.arange(begin + first, begin + last))
        return np.concatenate(found)

    def since(self, since_ns: int) -> dict[str, list[int]]:
        """Every frame kept that ended later, oldest first: `window`, `end_ns`, `frame_us`, `cpu_us`."""
        at = self._between(since_ns, 1 << 62)
        columns = (self._window, self._end_ns, self._frame_us, self._cpu_us)
        names = ("window", "end_ns", "frame_us", "cpu_us")
        return {name: column[at].tolist() for name, column in zip(names, columns, strict=True)}

    def summary(self, since_ns: int, until_ns: int, window: int | None = None) -> FrameSummary:
        """Frames that ended in (since, until], of one window or of all."""
        at = self._between(since_ns, until_ns)
        if window is not None:
            at = at[self._window[at] == window]
        frame_ms = self._frame_us[at] / 1e3
        latency_us = self._latency_us[at]
        latency_ms = latency_us[latency_us != NO_LATENCY] / 1e3
        frame_p50, frame_p99 = _percentiles(frame_ms, (50, 99))
        latency_p50, latency_p95, latency_p99 = _percentiles(latency_ms, (50, 95, 99))
        stretch_s = max(until_ns - since_ns, NS_PER_MS) / NS_PER_S
        return FrameSummary(
            frames=len(frame_ms),
            frames_per_s=len(frame_ms) / stretch_s,
            frame_p50_ms=frame_p50,
            frame_p99_ms=frame_p99,
            latency_p50_ms=latency_p50,
            latency_p95_ms=latency_p95,
            latency_p99_ms=latency_p99,
        )


def _percentiles(values: NDArray[np.float64], ranks: tuple[int, ...]) -> tuple[float | None, ...]:
    if not len(values):
        return (None,) * len(ranks)
    return tuple(float(value) for value in np.percentile(values, ranks))
