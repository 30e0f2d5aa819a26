"""The numbers of columns that are not a field written the plain way: made for changed rows, kept for all.

A `Figure` holds for every row of the table what its column shows (counts, decimals, suffix) and how the cell
is marked (heat, bar, sign). Only rows that changed since the last update are made again. Instruments' prices
are counted, never divided; what an expression gives is a float64 and is for the eye alone.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import NULL
from core.market.instruments import Instrument
from core.market.quote_table import QuoteTable
from desktop.panels.grid import digits
from desktop.panels.grid.columns import ColumnSpec, is_plain
from desktop.panels.grid.digits import POWERS, Counts, Slots
from desktop.panels.grid.figure_sources import ChangedRows, source_of
from desktop.panels.grid.formats import Shape
from desktop.panels.grid.values import QuoteValues

Rows = NDArray[np.intp]
Numbers = NDArray[np.float64]

HEAT_MIDDLE: Final = 3


def heat_steps(values: Numbers, edges: tuple[float, float, float]) -> NDArray[np.uint8]:
    """Step 0 to 6 of each value; the middle for what is not known."""
    known = np.where(np.isnan(values), 0.0, values)
    step = np.searchsorted(edges, np.abs(known), side="right")
    return (HEAT_MIDDLE + np.sign(known) * step).astype(np.uint8)


class Figure:
    """One column: arrays of shape (rows,)."""

    def __init__(self, spec: ColumnSpec, count: int) -> None:
        self.spec = spec
        self.counts: Counts = np.full(count, NULL, np.int64)
        self.decimals: Counts = np.zeros(count, np.int64)
        self.level: NDArray[np.intp] = np.zeros(count, np.intp)  # 0..3 for none, K, M, B
        self.values: Numbers = np.full(count, np.nan)
        self.unknown: NDArray[np.bool_] = np.zeros(count, np.bool_)  # not null, and yet no number
        self.sign: NDArray[np.int8] = np.zeros(count, np.int8)
        self.heat: NDArray[np.uint8] = np.full(count, HEAT_MIDDLE, np.uint8)
        self.share: Numbers = np.zeros(count)  # of the longest bar, with the value's sign
        self.scale = 0.0
        self._source = source_of(spec)

    def take(self, at: ChangedRows) -> bool:
        """Make the rows again; True if all bars have another scale now."""
        spec, form, rows = self.spec, self.spec.format, at.rows
        made = self._source(at)
        self.values[rows] = made.values
        self.unknown[rows] = made.unknown
        if made.counts is None:
            self._take_floats(rows, made.values)
        elif form.suffix:
            places = 2 if form.decimals is None else form.decimals
            self.counts[rows], self.level[rows] = digits.scaled_sizes(made.counts, made.decimals, places)
            self.decimals[rows] = places
        elif form.decimals is not None and spec.shape is Shape.SIZE:
            self.counts[rows], self.decimals[rows] = digits.rounded(made.counts, made.decimals, form.decimals)
        else:
            self.counts[rows], self.decimals[rows] = made.counts, made.decimals
        self.sign[rows] = np.sign(np.nan_to_num(made.values))
        if form.heat:
            self.heat[rows] = heat_steps(made.values, form.heat_edges)
        return form.bar and self._take_bars(rows)

    def _take_floats(self, rows: Rows, values: Numbers) -> None:
        form = self.spec.format
        places = 2 if form.decimals is None else form.decimals
        self.decimals[rows] = places
        if form.suffix:
            self.counts[rows], self.level[rows] = digits.scaled_floats(values, places)
        else:
            self.counts[rows] = digits.float_counts(values, places)

    def _take_bars(self, rows: Rows) -> bool:
        """Bars end at a round number above the largest value, so that their scale seldom changes."""
        values = self.values[rows]
        if self.spec.split:
            self.share[rows] = values / 100
            return False
        largest = float(np.abs(np.nan_to_num(values)).max(initial=0.0))
        if largest <= self.scale:
            self.share[rows] = self._shares(values)
            return False
        self.scale = round_above(largest)
        self.share[:] = self._shares(self.values)
        return True

    def _shares(self, values: Numbers) -> Numbers:
        share = np.nan_to_num(values / self.scale) if self.scale else np.zeros(len(values))
        # Sizes of instruments differ by powers of ten: their root still shows the small ones.
        return np.sign(share) * np.sqrt(np.abs(share)) if self.spec.shape is Shape.SIZE else share

    def fitted(self, slots: Slots, rows: Rows) -> Slots:
        """`slots`, widened for the numbers of `rows`."""
        counts, decimals = self.counts[rows], self.decimals[rows]
        known = counts != NULL
        whole = np.abs(np.where(known, counts, 0)) // POWERS[decimals]
        places = int(digits.digits_before_point(whole).max(initial=1))
        sign = slots.sign or bool((known & (counts < 0)).any())
        longest = max(int(decimals.max(initial=0)), slots.decimals)
        if places <= slots.int_digits and sign == slots.sign and longest == slots.decimals:
            return slots
        return Slots(max(places, slots.int_digits), longest, sign, slots.plus, slots.suffix)

    def first_slots(self) -> Slots:
        form = self.spec.format
        return Slots(1, 0, form.sign, form.sign, form.suffix)


class Figures:
    """The figures of one table by column id. `update` before they are read."""

    def __init__(self, instruments: Sequence[Instrument], table: QuoteTable, values: QuoteValues) -> None:
        self._table = table
        self._values = values
        self._at = ChangedRows(instruments, table, values)
        self.of: dict[str, Figure] = {}
        self._version = -1
        self._rescaled = self._ticked = False

    def set_columns(self, specs: Iterable[ColumnSpec]) -> None:
        """Which columns are shown; those that have not changed keep what is made.

        Computed ones are made anew: another column that they read may have become another.
        """
        count = self._table.row_count
        shown = {spec.col: spec for spec in specs if not is_plain(spec)}
        same = {col: figure for col, figure in self.of.items() if shown.get(col) == figure.spec}
        kept = {col: figure for col, figure in same.items() if not figure.spec.computed}
        self.of = {col: kept.get(col) or Figure(spec, count) for col, spec in shown.items()}
        if len(kept) < len(self.of):
            self._version = -1

    def update(self) -> None:
        """Make again what changed in the table since the last time."""
        if self._version == self._table.version or not self.of:
            return
        rows = self._table.changed_since(self._version)
        self._version = self._table.version
        self.make(rows)

    def make(self, rows: Rows, cols: Iterable[str] | None = None) -> None:
        """Make some rows of all columns, or of some, again."""
        if not len(rows):
            return
        self._at.take(rows)
        for col in self.of if cols is None else cols:
            self._rescaled |= self.of[col].take(self._at)

    def tick(self, rows: Rows, clock_us: int) -> list[str]:
        """Make anew what changes with the clock alone, for the rows in view; the columns it concerns."""
        timed = [col for col, figure in self.of.items() if figure.spec.timed]
        if timed and clock_us != NULL:
            self._values.at(clock_us)
            self.make(rows, timed)
            self._ticked = True
        return timed

    def take_ticked(self) -> bool:
        """Whether figures have moved with the clock since the last call: one may not fit any more."""
        ticked, self._ticked = self._ticked, False
        return ticked

    def take_rescaled(self) -> bool:
        """Whether bars have another scale since the last call: every row looks different."""
        rescaled, self._rescaled = self._rescaled, False
        return rescaled


def round_above(value: float) -> float:
    """The least of 1, 2, 5, 10 times a power of ten that is not below `value`."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 2, 5, 10, 20) if step * power >= value))
