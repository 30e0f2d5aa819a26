"""A curve of equity as pixel columns: which rows fall into each, their extremes, and the axis over them.

Pure: only rows up to `known` are ever read, and the span of the axis follows from their number alone.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.film.curve import Curve, step_for

Floats = NDArray[np.float64]
PAD_SHARE: Final = 0.06
AIR_SHARE: Final = 0.02
RANGE_STEPS: Final = 16
SPAN_STEPS: Final = 32  # the axis grows in so many steps until its length has doubled


@dataclass(frozen=True, slots=True)
class CurveColumns:
    """Per pixel column from the left: lowest and highest equity and the deepest drawdown; `span` in rows."""

    low: Floats
    high: Floats
    depth: Floats
    span: int

    @property
    def equity_range(self) -> tuple[float, float]:
        return float(self.low.min()), float(self.high.max())


def span_of(known: int) -> int:
    """Rows that the axis has room for: known ones, air at the right, and no new length each frame."""
    wanted = max(known * (1 + AIR_SHARE), 2.0)
    grain = max(1, 2 ** int(math.log2(wanted)) // SPAN_STEPS)
    return math.ceil(wanted / grain) * grain


def columns_of(curve: Curve, known: int, width: int) -> CurveColumns:
    """The first `known` rows (at least one) over `width` pixels."""
    span = span_of(known)
    used = max(1, min(width, math.ceil(known * width / span)))
    if span <= width:
        at = np.minimum(np.arange(used) * (span / width), known - 1)
        rows = np.arange(known)
        equity = np.interp(at, rows, curve.equity[:known])
        return CurveColumns(equity, equity, np.interp(at, rows, curve.drawdown[:known]), span)
    step = max(1, step_for(known, width) // 2)
    low, high, depth = curve.extremes(known, step)
    pixels = np.arange(len(low)) * step * width // span
    starts = np.flatnonzero(np.diff(pixels, prepend=-1))
    return CurveColumns(
        np.minimum.reduceat(low, starts),
        np.maximum.reduceat(high, starts),
        np.minimum.reduceat(depth, starts),
        span,
    )


def padded(low: float, high: float) -> tuple[float, float]:
    """With room above and below, never flat, on a grid: an axis that grew with each row would never rest."""
    reach = max(high - low, abs(high) * 1e-4, 1e-9)
    grid = grid_of(reach)
    pad = reach * PAD_SHARE
    return math.floor((low - pad) / grid) * grid, math.ceil((high + pad) / grid) * grid


def grid_of(reach: float) -> float:
    """A sixteenth of the power of two below `reach`."""
    return float(2.0 ** math.floor(math.log2(reach))) / RANGE_STEPS


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """At most `most` round values within."""
    if most < 1 or not high > low:
        return []
    step = 10.0 ** math.floor(math.log10((high - low) / most))
    for factor in (1, 2, 5, 10, 20):
        if (high - low) / (step * factor) <= most:
            step *= factor
            break
    first = math.ceil(low / step)
    return [number * step for number in range(first, math.floor(high / step) + 1)]


def draw_line(pixels: NDArray[np.uint32], top: Floats, bottom: Floats, argb: int, thick: int) -> None:
    """Vertical runs from `top` to `bottom` rows, joined, into an image of the same columns."""
    rows = pixels.shape[0]
    begin = np.clip(np.rint(top), 0, rows - thick).astype(np.int64)
    end = np.clip(np.rint(bottom), 0, rows - thick).astype(np.int64)
    before_begin = np.concatenate((begin[:1], begin[:-1]))
    before_end = np.concatenate((end[:1], end[:-1]))
    first = np.minimum(begin, before_end)
    lengths = np.maximum(end, before_begin) + thick - first
    columns = np.repeat(np.arange(len(first)), lengths)
    inside = np.arange(len(columns)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    pixels[np.repeat(first, lengths) + inside, columns] = argb


def fill_down(pixels: NDArray[np.uint32], bottom: Floats, argb: int) -> None:
    """From the upper edge to `bottom` rows."""
    last = np.rint(bottom).astype(np.int64)
    at = np.arange(pixels.shape[0])[:, None]
    pixels[:, : len(last)][at < last] = argb
