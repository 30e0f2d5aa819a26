"""What every indicator is: values beside the rows of bars, computed anew only from where bars changed.

A value depends on its own bar and earlier ones, never on a later one. What cannot be known yet is not a
number. Prices may be in any unit; an overlay is in the same.
"""

from abc import ABC, abstractmethod
from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
# open, high, low, close, volume, open_ns: of equal length. A volume that is not known counts as none.
Columns = tuple[Numbers, Numbers, Numbers, Numbers, Numbers, NDArray[np.int64]]
ROWS_MIN: Final = 256
LOOP_ROWS: Final = 48  # for so few a plain loop is faster than passes over an array
NEGLIGIBLE: Final = 1e-40


class Indicator(ABC):
    """Outputs are the first rows of its table, what it remembers for itself follows."""

    def __init__(self, output_count: int, kept_count: int = 0) -> None:
        self.count = 0
        self.is_cut = False  # there are bars before the first one
        self.wants_earlier = False  # and the newest value is not known without them
        self._output_count = output_count
        self._table = np.full((output_count + kept_count, ROWS_MIN), np.nan)

    @property
    def outputs(self) -> tuple[Numbers, ...]:
        """Each of shape (count,), a view that is valid until the next update."""
        return tuple(self._table[: self._output_count, : self.count])

    def update(
        self,
        open_: Numbers,
        high: Numbers,
        low: Numbers,
        close: Numbers,
        volume: Numbers,
        open_ns: NDArray[np.int64],
        changed_from: int,
    ) -> int:
        """Follow the bars, of which those before `changed_from` are as they were.

        Returns the first row whose values may differ, the number of rows when none does.
        """
        count = len(close)
        first = min(changed_from, self.count, count)
        if count > self._table.shape[1]:
            grown = np.full((len(self._table), 2 * count), np.nan)
            grown[:, :first] = self._table[:, :first]
            self._table = grown
        self.count = count
        if first < count:
            rows = self._table[:, :count]
            self._compute((open_, high, low, close, volume, open_ns), rows, first)
        return first

    @abstractmethod
    def _compute(self, bars: Columns, rows: Numbers, first: int) -> None:
        """Fill `rows[:, first:]`; the rows before are right."""


def smooth(before: float, values: Numbers, weight: float, out: Numbers) -> None:
    """`out[i] = out[i-1] + weight * (values[i] - out[i-1])` with `before` as `out[-1]`.

    The first rows in a loop, the others by doubling: after n passes each row holds the last 2^n values,
    weighted. So each row is made of the same steps however many follow it.
    """
    for row, value in enumerate(values[:LOOP_ROWS].tolist()):
        before += weight * (value - before)
        out[row] = before
    if len(values) <= LOOP_ROWS:
        return
    values, out = values[LOOP_ROWS:], out[LOOP_ROWS:]
    sums = np.empty(len(values) + 1)
    sums[0] = before
    np.multiply(values, weight, out=sums[1:])
    step, decay = 1, 1.0 - weight
    while step < len(sums) and decay > NEGLIGIBLE:
        sums[step:] += decay * sums[:-step]
        step, decay = 2 * step, decay * decay
    out[:] = sums[1:]


def fill_smoothed(out: Numbers, values: Numbers, first: int, start: int, period: int, weight: float) -> None:
    """A smoothed column from row `first` on: `out[start]` is the mean of the `period` values up to it."""
    if first <= start:
        out[first:start] = np.nan
        if len(values) <= start:
            return
        out[start] = values[start - period + 1 : start + 1].mean()
        first = start + 1
    smooth(float(out[first - 1]), values[first:], weight, out[first:])


def window_sums(values: Numbers, period: int) -> tuple[Numbers, Numbers]:
    """(sum, sum of squared distances from the mean) of each `period` values; shape (len - period + 1,).

    Windows are put together from halves, so that nothing drifts, flat prices have no deviation at all, and a
    window's sum is the same wherever the column begins or ends. (Chan, Golub, LeVeque 1983.)
    """
    count = len(values) - period + 1
    block, squares, size = values, np.zeros(len(values)), 1  # of windows of `size` that begin at each row
    total, total_squares, covered = np.zeros(0), np.zeros(0), 0
    while True:
        if period & size:
            part, part_squares = block[covered : covered + count], squares[covered : covered + count]
            if covered:
                apart = part / size - total / covered
                joined = apart * apart * (covered * size / (covered + size))
                total, total_squares = total + part, total_squares + part_squares + joined
            else:
                total, total_squares = part, part_squares
            covered += size
        if covered == period:
            return total, total_squares
        apart = (block[size:] - block[:-size]) / size
        squares = squares[:-size] + squares[size:] + apart * apart * (size / 2)
        block = block[:-size] + block[size:]
        size *= 2
