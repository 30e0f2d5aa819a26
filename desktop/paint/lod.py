"""Bars at every scale: what a chart draws when a pixel column stands for one bar or for a thousand.

Keeps a copy of a series as of the last frame, so that a repaint between frames never shows more, and above it
highs, lows and sums of every 8, 64, 512... bars. Follows a series from where it changed: nearly always the
last bar, whatever the length. Never reads a bar twice that did not change; knows nothing of pixels or Qt.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.bar_series import BarField, BarSeries
from core.market.bars import BarFlag
from core.market.fields import NULL

FACTOR: Final = 8
LEVEL_BARS_MIN: Final = 2_048  # no coarser level above one of so few bars: a screen has as many columns
ROWS_MIN: Final = 256

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]

OPEN, HIGH, LOW, CLOSE, VOLUME = range(5)
_MARKS: Final = int(BarFlag.INCOMPLETE | BarFlag.QUOTE_MID)


@dataclass(frozen=True, slots=True)
class DrawnBars:
    """Bars as drawn: bar j stands for the rows `first[j]`..`last[j]` of the series. Prices are counts.

    `step` is the number of rows a drawn bar stands for; with 1 they are the bars of the series themselves.
    """

    step: int
    first: Whole
    last: Whole
    open: Numbers
    high: Numbers
    low: Numbers
    close: Numbers
    volume: Numbers

    def __len__(self) -> int:
        return len(self.first)


class Levels:
    """Open, high, low, close and volume of every 8^k bars; level 0 is the caller's own columns."""

    def __init__(self) -> None:
        self._levels: list[Numbers] = [np.zeros((5, 0))]
        self._counts = [0]

    @property
    def count(self) -> int:
        return self._counts[0]

    def update(self, columns: Numbers, changed_from: int) -> None:
        """`columns` of shape (5, bars), kept by reference; the rows from `changed_from` on are new."""
        self._levels[0] = columns
        self._counts[0] = columns.shape[1]
        row, depth = changed_from, 0
        while self._counts[depth] > LEVEL_BARS_MIN:
            depth += 1
            row //= FACTOR
            self._fold(depth, row)
        del self._levels[depth + 1 :], self._counts[depth + 1 :]

    def _fold(self, depth: int, block: int) -> None:
        """Make the blocks from `block` on of one level out of the level below."""
        count = -(-self._counts[depth - 1] // FACTOR)
        if depth == len(self._levels):
            self._levels.append(np.zeros((5, 2 * count)))
            self._counts.append(0)
            block = 0
        block = min(block, self._counts[depth])
        level = self._levels[depth]
        if count > level.shape[1]:
            grown = np.zeros((5, 2 * count))
            grown[:, :block] = level[:, :block]
            self._levels[depth] = level = grown
        below = self._levels[depth - 1][:, block * FACTOR : self._counts[depth - 1]]
        level[:, block:count] = _grouped(below, FACTOR)
        self._counts[depth] = count

    def drawn(self, first: int, last: int, bars_per_column: float) -> DrawnBars:
        """Rows `first` up to and without `last`, with at most one bar a column of `bars_per_column` rows.

        Bars that stand for several rows begin at whole multiples of their number, so that they are the same
        ones wherever the view is.
        """
        first, last = max(0, first), min(last, self.count)
        if last <= first:
            none = np.zeros(0, np.int64)
            empty = np.zeros(0)
            return DrawnBars(1, none, none, empty, empty, empty, empty, empty)
        depth, span = 0, 1
        while depth + 1 < len(self._levels) and span * FACTOR <= bars_per_column:
            depth, span = depth + 1, span * FACTOR
        group = max(1, int(np.ceil(bars_per_column / span - 1e-9)))
        step = span * group
        begin = first // step * group
        end = min(-(-last // step) * group, self._counts[depth])
        part = self._levels[depth][:, begin:end]
        if group > 1:
            part = _grouped(part, group)
        starts = begin * span + np.arange(part.shape[1], dtype=np.int64) * step
        ends = np.minimum(starts + step, self.count) - 1
        return DrawnBars(step, starts, ends, *part)


def _grouped(columns: Numbers, group: int) -> Numbers:
    """Every `group` bars as one; the last may stand for fewer."""
    count = columns.shape[1]
    starts = np.arange(0, count, group)
    ends = np.minimum(starts + group, count) - 1
    out = np.empty((5, len(starts)))
    out[OPEN] = columns[OPEN, starts]
    out[CLOSE] = columns[CLOSE, ends]
    if len(starts):
        np.maximum.reduceat(columns[HIGH], starts, out=out[HIGH])
        np.minimum.reduceat(columns[LOW], starts, out=out[LOW])
        np.add.reduceat(columns[VOLUME], starts, out=out[VOLUME])
    return out


@dataclass(frozen=True, slots=True)
class SeriesChange:
    """What following a series brought: the first row that differs and how far older rows moved up."""

    row: int
    shift: int = 0
    is_other: bool = False


class BarPyramid:
    """A series as of the last `follow`, and its levels. All are counts; a null volume is 0 in the columns."""

    def __init__(self) -> None:
        # key, first_ns, flags, volume with nulls; then prices, of which a float would lose digits
        self._keys = np.zeros((8, ROWS_MIN), np.int64)
        self._columns = np.zeros((5, ROWS_MIN))
        self.levels = Levels()
        self.count = 0
        self.price_decimals = 0
        self.size_decimals = 0
        self.has_earlier = False
        self._version = -1
        self._layout = -1

    @property
    def keys(self) -> Whole:
        """Shape (count,); a view."""
        return self._keys[0, : self.count]

    @property
    def prices(self) -> Whole:
        """Open, high, low and close as exact counts, shape (4, count); a view."""
        return self._keys[4:, : self.count]

    @property
    def first_ns(self) -> Whole:
        """Time of each bar's first trade."""
        return self._keys[1, : self.count]

    @property
    def flags(self) -> Whole:
        return self._keys[2, : self.count]

    @property
    def volumes(self) -> Whole:
        """As in the series: with nulls."""
        return self._keys[3, : self.count]

    @property
    def columns(self) -> Numbers:
        """Open, high, low, close and volume, shape (5, count)."""
        return self._columns[:, : self.count]

    def marked(self, first: int, last: int) -> NDArray[np.bool_]:
        """Which of these rows are drawn differently: they may lack trades, or are none of trades."""
        marks: NDArray[np.bool_] = (self.flags[first:last] & _MARKS) != 0
        return marks

    def follow(self, series: BarSeries) -> SeriesChange | None:
        """Take over what changed; None when nothing did."""
        if series.version == self._version:
            return None
        row = min(series.changed_from(self._version), self.count)
        keys = series.column(BarField.KEY)
        shift = 0
        if row == 0 and self.count and series.count:
            shift = int(np.searchsorted(keys, self._keys[0, 0]))
            if shift == series.count:  # after a seek: all of them are earlier
                shift = 0
        is_other = series.layout != self._layout
        self._make_room(series.count, row)
        part = series.values[:, row:]
        end = series.count
        for place, field in enumerate((BarField.KEY, BarField.FIRST_NS, BarField.FLAGS, BarField.VOLUME)):
            self._keys[place, row:end] = part[field]
        self._keys[4:, row:end] = part[BarField.OPEN : BarField.CLOSE + 1]
        self._columns[:VOLUME, row:end] = part[BarField.OPEN : BarField.CLOSE + 1]
        volume = part[BarField.VOLUME]
        self._columns[VOLUME, row:end] = np.where(volume == NULL, 0, volume)
        self.count = end
        self.price_decimals, self.size_decimals = series.price_decimals, series.size_decimals
        self.has_earlier = series.has_earlier
        self._version, self._layout = series.version, series.layout
        self.levels.update(self.columns, row)
        return SeriesChange(row, shift, is_other)

    def _make_room(self, count: int, kept: int) -> None:
        if count <= self._keys.shape[1]:
            return
        keys, columns = np.zeros((8, 2 * count), np.int64), np.zeros((5, 2 * count))
        keys[:, :kept], columns[:, :kept] = self._keys[:, :kept], self._columns[:, :kept]
        self._keys, self._columns = keys, columns


HEIKIN_REACH: Final = (
    64  # an open is a sum of halves: what lies 64 bars back weighs 2^-64, less than a rounding
)


class HeikinAshi:
    """Heikin-Ashi bars of a pyramid, row by row: close is the mean of O, H, L and C, open the mean of the
    body before. A row depends on itself and earlier ones only."""

    def __init__(self) -> None:
        self._columns = np.zeros((5, ROWS_MIN))
        self.levels = Levels()
        self._count = 0

    @property
    def columns(self) -> Numbers:
        return self._columns[:, : self._count]

    def follow(self, source: Numbers, row: int) -> None:
        """`source` of shape (5, bars) has changed from `row` on."""
        count = source.shape[1]
        row = min(row, self._count)
        if count > self._columns.shape[1]:
            grown = np.zeros((5, 2 * count))
            grown[:, :row] = self._columns[:, :row]
            self._columns = grown
        self._count = count
        if row < count:
            part, out = source[:, row:], self._columns[:, row:count]
            out[CLOSE] = (part[OPEN] + part[HIGH] + part[LOW] + part[CLOSE]) / 4
            if row:
                before = self._columns[:, row - 1]
                first = (before[OPEN] + before[CLOSE]) / 2
            else:
                first = (part[OPEN, 0] + part[CLOSE, 0]) / 2
            out[OPEN] = _halving_sums(first, out[CLOSE])
            out[HIGH] = np.maximum(part[HIGH], np.maximum(out[OPEN], out[CLOSE]))
            out[LOW] = np.minimum(part[LOW], np.minimum(out[OPEN], out[CLOSE]))
            out[VOLUME] = part[VOLUME]
        self.levels.update(self.columns, row)


def _halving_sums(first: float, closes: Numbers) -> Numbers:
    """o[0] = first, o[i] = (o[i-1] + closes[i-1]) / 2, in six passes instead of a loop a bar."""
    sums = np.empty(len(closes))
    sums[0] = first
    sums[1:] = closes[:-1] / 2
    reach, weight = 1, 0.5
    while reach < min(HEIKIN_REACH, len(sums)):
        sums[reach:] += weight * sums[:-reach].copy()
        reach, weight = 2 * reach, weight * weight
    return sums
