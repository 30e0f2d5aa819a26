"""Recorded series as pixel columns: which values fall into each, lowest and highest, lanes they share.

Pure: only values up to those known at the clock are ever read. Columns that are full stay as they are while
the axis has one length, so a frame works out the last one alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.film.recorded import BLOCK, OWN_AXIS, Series

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
NONE: Final = np.zeros(0)
ANEW: Final = -1


@dataclass(frozen=True, slots=True)
class Axis:
    """`span` rows of the film from row `first` on, over `width` pixels; `rows` are known at the clock."""

    first: int
    rows: int
    span: int
    width: int

    @property
    def used(self) -> int:
        """Pixel columns up to the clock."""
        return max(1, min(self.width, -(-(self.rows - self.first) * self.width // self.span)))

    def first_row(self, columns: Ints) -> Ints:
        """The first row of each of these columns."""
        rows: Ints = self.first - (-columns * self.span // self.width)
        return rows

    def x_of(self, row: int) -> float:
        return (row - self.first) * self.width / self.span


@dataclass(frozen=True, slots=True)
class LineColumns:
    """Lowest and highest value of each pixel column up to the clock; NaN: nothing is drawn there.

    Columns before `changed` are as told the last time; from it on they only have more. `ANEW`: no column is.
    """

    low: Floats
    high: Floats
    extremes: tuple[float, float] | None = None  # of all that is drawn
    changed: int = ANEW


class SeriesColumns:
    """Of one series, made anew where the axis is another, else only where it has grown."""

    def __init__(self, series: Series) -> None:
        self.series = series
        self._key: tuple[int, int, int] = (-1, -1, -1)
        self._known = 0
        self._is_dense = False  # so many values a column that whole blocks of them tell it well enough
        self._low, self._high = NONE, NONE  # of the columns that hold a value; NaN: nothing but gaps
        self._at: Ints = np.zeros(0, np.int64)  # which those are

    def of(self, axis: Axis, known: int) -> LineColumns:
        """With `known` values at the clock."""
        key = (axis.first, axis.span, axis.width)
        is_same = key == self._key and known >= self._known
        grows = is_same and len(self._at) > 0
        begin = int(self._at[-1]) if grows else 0
        self._key, self._known = key, known
        columns = np.arange(begin, axis.used, dtype=np.int64)
        edges = np.searchsorted(self.series.rows[:known], axis.first_row(columns), side="left")
        if not grows:
            self._is_dense = known - int(edges[0]) > 4 * BLOCK * len(columns)
        holds, low, high = (self._of_blocks if self._is_dense else self._of_values)(edges, known, begin)
        at = columns[holds]
        changed = ANEW
        if is_same:
            changed = self._changed(at, low, high, axis.used)
        if grows:
            at = np.concatenate((self._at[:-1], at))
            low, high = np.concatenate((self._low[:-1], low)), np.concatenate((self._high[:-1], high))
        self._at, self._low, self._high = at, low, high
        lowest = float(np.fmin.reduce(low)) if len(low) else np.nan
        reach = (lowest, float(np.fmax.reduce(high))) if np.isfinite(lowest) else None
        return LineColumns(*_joined(at, low, high, axis.used), reach, changed)

    def _changed(self, at: Ints, low: Floats, high: Floats, used: int) -> int:
        """The first column that is other with these from the last one that held a value on."""
        if not len(self._at):
            return int(at[0]) if len(at) else used
        was = (self._low[-1], self._high[-1])
        last, before = int(self._at[-1]), int(self._at[-2]) if len(self._at) > 1 else int(self._at[-1]) - 1
        if np.array_equal(was, (low[0], high[0]), equal_nan=True):
            return last + 1 if len(at) > 1 else used
        if before == last - 1:
            return last
        return before + 1 if np.isnan(was[0]) else ANEW  # the line to where it was goes elsewhere now

    def _of_values(self, edges: Ints, known: int, _begin: int) -> tuple[Flags, Floats, Floats]:
        """Which columns hold values, and the lowest and highest of each that does."""
        return _reduced(edges, self.series.values[:known], self.series.values[:known])

    def _of_blocks(self, edges: Ints, known: int, begin: int) -> tuple[Flags, Floats, Floats]:
        """The same to a quarter of a column; no value before the first column is counted in."""
        series, whole = self.series, known // BLOCK
        first = int(edges[0]) // BLOCK if begin else -(-int(edges[0]) // BLOCK)
        lows, highs, rest = series.lows[first:whole], series.highs[first:whole], series.values[:known]
        if len(rest) > whole * BLOCK:
            rest = rest[whole * BLOCK :]
            lows, highs = np.append(lows, np.fmin.reduce(rest)), np.append(highs, np.fmax.reduce(rest))
        return _reduced(np.maximum(edges // BLOCK - first, 0), lows, highs)


def _reduced(edges: Ints, lows: Floats, highs: Floats) -> tuple[Flags, Floats, Floats]:
    """Each column goes from its edge to the next one's."""
    holds = np.diff(edges, append=len(lows)) > 0
    if not holds.any():
        return holds, NONE, NONE
    return holds, np.fmin.reduceat(lows, edges[holds]), np.fmax.reduceat(highs, edges[holds])


def _joined(at: Ints, low: Floats, high: Floats, used: int) -> tuple[Floats, Floats]:
    """One entry a pixel column: between two that hold values the line goes straight, unless one is a gap."""
    if not len(at):
        return np.full(used, np.nan), np.full(used, np.nan)
    if len(at) == used:
        return low, high
    columns = np.arange(used)
    after = np.minimum(np.searchsorted(at, columns, side="left"), len(at) - 1)
    holds = at[after] == columns
    before = np.maximum(after - ~holds, 0)
    share = (columns - at[before]) / np.maximum(at[after] - at[before], 1)
    middle = (low + high) / 2
    between = middle[before] + (middle[after] - middle[before]) * share
    inside = (columns >= at[0]) & (columns <= at[-1])
    return (
        np.where(holds, low[after], np.where(inside, between, np.nan)),
        np.where(holds, high[after], np.where(inside, between, np.nan)),
    )


def draw_gapped(pixels: NDArray[np.uint32], top: Floats, bottom: Floats, argb: int, thick: int) -> None:
    """Vertical runs from `top` to `bottom` rows, joined where two beside each other are numbers."""
    known = np.isfinite(top)
    if not known.any():
        return
    rows = pixels.shape[0]
    begin = np.clip(np.rint(np.where(known, top, 0.0)), 0, rows - thick).astype(np.int64)
    end = np.clip(np.rint(np.where(known, bottom, 0.0)), 0, rows - thick).astype(np.int64)
    joins = known[1:] & known[:-1]
    first, last = begin.copy(), end.copy()
    first[1:] = np.where(joins, np.minimum(begin[1:], end[:-1]), begin[1:])
    last[1:] = np.where(joins, np.maximum(end[1:], begin[:-1]), end[1:])
    lengths = np.where(known, last + thick - first, 0)
    columns = np.repeat(np.arange(len(first)), lengths)
    inside = np.arange(len(columns)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    pixels[np.repeat(first, lengths) + inside, columns] = argb


def lanes_of(series: Sequence[Series]) -> list[list[Series]]:
    """Prices of one instrument share a lane, every other series has its own; by their first one."""
    lanes: dict[tuple[int, int], list[Series]] = {}
    for one in series:
        key = (one.place, 0) if one.place != OWN_AXIS else (OWN_AXIS, one.number)
        lanes.setdefault(key, []).append(one)
    return list(lanes.values())
