"""The glyph units of every table row, formatted only for rows that are looked at and only when they change.

Keeps, by table row: the last values formatted, the units of the whole line, the sign of the change and the
heat step. Says which cells differ from before. Never paints, never reads a clock.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import FIELD_COUNT, NULL, Field
from core.market.instruments import Instrument
from core.market.quote_table import QuoteTable
from desktop.paint.glyphs import BLANK
from desktop.panels.grid import digits
from desktop.panels.grid.columns import (
    NUMBER_SHAPES,
    PRICE_COLS,
    SPECS,
    Col,
    GridLayout,
    Place,
    Shape,
    first_slots,
)
from desktop.panels.grid.digits import POWERS, Counts, Slots, Units

Rows = NDArray[np.intp]

# Percent at which a row takes its first, second and third step of heat, in hundredths.
HEAT_EDGES_HUNDREDTHS: Final = (25, 125, 300)
HEAT_MIDDLE: Final = 3


class CellLines:
    """Row i belongs to `instruments[i]` and row i of the table."""

    def __init__(self, instruments: Sequence[Instrument], table: QuoteTable, zone_offset_us: int = 0) -> None:
        count = len(instruments)
        self._table = table
        self._zone_offset_us = zone_offset_us
        self.price_decimals: Counts = np.array([i.price_decimals for i in instruments], np.int64)
        self.size_decimals: Counts = np.array([i.size_decimals for i in instruments], np.int64)
        self.seen: Counts = np.full((FIELD_COUNT, count), NULL, np.int64)
        self.change_sign: NDArray[np.int8] = np.zeros(count, np.int8)
        self.heat: NDArray[np.uint8] = np.full(count, HEAT_MIDDLE, np.uint8)
        self.age_code: NDArray[np.intp] = np.full(count, -1, np.intp)
        self.fresh: Counts = np.full(count, -1, np.int64)  # table version each line was made at
        self.units: Units = np.zeros((count, 0), np.uint8)
        self.dashes = False  # while loading, what is null is unknown and reads as an en dash
        self._layout: GridLayout | None = None

    def set_layout(self, layout: GridLayout) -> None:
        """Take new places; every line is stale from now on."""
        self._layout = layout
        self.units = np.full((len(self.fresh), layout.total_units), BLANK, np.uint8)
        self.fresh[:] = -1
        self.age_code[:] = -1

    def set_dashes(self, dashes: bool) -> None:
        if dashes != self.dashes:
            self.dashes = dashes
            self.fresh[:] = -1

    def needed_slots(self) -> dict[Col, Slots]:
        """Slots that fit every value of the whole list as it is now."""
        every = np.arange(len(self.fresh))
        slots = first_slots()
        decimals = int(self.price_decimals.max(initial=0))
        for col in (*PRICE_COLS, Col.CHANGE):
            slots[col] = Slots(1, decimals, sign=col is Col.CHANGE, plus=col is Col.CHANGE)
        return {col: self._fitted(col, slots[col], every) for col in slots}

    def outgrown(self, rows: Rows, slots: dict[Col, Slots]) -> dict[Col, Slots]:
        """Wider slots for the columns in which one of `rows` does not fit; empty when all fit."""
        wider = {}
        for col, slot in slots.items():
            fitted = self._fitted(col, slot, rows)
            if fitted != slot:
                wider[col] = fitted
        return wider

    def _fitted(self, col: Col, slots: Slots, rows: Rows) -> Slots:
        values, decimals = self._counts(col, rows)
        known = values != NULL
        whole = np.where(known, np.abs(np.where(known, values, 0)), 0) // POWERS[decimals]
        places = int(digits.digits_before_point(whole).max(initial=1))
        sign = slots.sign or bool((known & (values < 0)).any())
        if places <= slots.int_digits and sign == slots.sign:
            return slots
        return Slots(max(places, slots.int_digits), slots.decimals, sign, slots.plus, slots.suffix)

    def _counts(self, col: Col, rows: Rows) -> tuple[Counts, Counts]:
        """The numbers a column shows, with their decimals, from the table as it is now."""
        table = self._table.values
        first = table[SPECS[col].fields[0], rows]
        match SPECS[col].shape:
            case Shape.CHANGE:
                return digits.changes(first, table[Field.REFERENCE, rows]), self.price_decimals[rows]
            case Shape.PERCENT:
                return digits.percent_counts(first, table[Field.REFERENCE, rows]), np.full(len(rows), 2)
            case Shape.SIZE:
                return digits.scaled_sizes(first, self.size_decimals[rows])[0], np.full(len(rows), 2)
            case _:
                return first, self.price_decimals[rows]

    def format(self, rows: Rows) -> tuple[NDArray[np.bool_], Counts, Counts]:
        """Bring `rows` up to date with the table.

        Returns (changed cells, old values, new values), shapes (n, places) and (FIELD_COUNT, n). Rows that
        were not fresh count as changed all over.
        """
        layout = self._layout
        assert layout is not None
        new = self._table.values[:, rows]
        old = self.seen[:, rows]
        differs = new != old
        unmade = self.fresh[rows] < 0
        if unmade.any():
            differs[:, unmade] = True
        self.seen[:, rows] = new
        self.fresh[rows] = self._table.version
        changed = np.zeros((len(rows), len(layout.places)), np.bool_)
        for index, place in enumerate(layout.places):
            fields = place.spec.fields
            if not fields:
                continue
            hit = differs[list(fields)].any(0)
            if hit.any():
                changed[:, index] = hit
                self._format_place(place, rows[hit], new[:, hit])
        if (moved := differs[Field.LAST] | differs[Field.REFERENCE]).any():
            self._mark_change(rows[moved], new[Field.LAST, moved], new[Field.REFERENCE, moved])
        return changed, old, new

    def _format_place(self, place: Place, rows: Rows, values: Counts) -> None:
        spec = place.spec
        first = values[spec.fields[0]]
        match spec.shape:
            case Shape.PRICE:
                units = digits.number_units(first, self.price_decimals[rows], self._slots(spec.col))
            case Shape.CHANGE:
                counts = digits.changes(first, values[Field.REFERENCE])
                units = digits.number_units(counts, self.price_decimals[rows], self._slots(spec.col))
                first = counts
            case Shape.PERCENT:
                counts = digits.percent_counts(first, values[Field.REFERENCE])
                units = digits.number_units(counts, np.full(len(rows), 2), self._slots(spec.col))
                first = counts
            case Shape.SIZE:
                units = digits.size_units(first, self.size_decimals[rows], self._slots(spec.col))
            case Shape.TIME:
                units = digits.time_units(first, self._zone_offset_us)
            case _:
                return
        if self.dashes and spec.shape in NUMBER_SHAPES:
            units[first == NULL] = digits.dash_units(place.content_units, suffix=spec.shape is Shape.SIZE)
        self.units[rows, place.content : place.content + place.content_units] = units

    def _slots(self, col: Col) -> Slots:
        assert self._layout is not None
        return self._layout.slots[col]

    def _mark_change(self, rows: Rows, last: Counts, reference: Counts) -> None:
        self.change_sign[rows] = np.sign(np.where((last == NULL) | (reference == NULL), 0, last - reference))
        percent = digits.percent_counts(last, reference)
        percent[percent == NULL] = 0
        step = np.searchsorted(HEAT_EDGES_HUNDREDTHS, np.abs(percent), side="right")
        self.heat[rows] = HEAT_MIDDLE + np.sign(percent) * step

    def set_ages(self, rows: Rows, age_ms: Counts) -> NDArray[np.bool_]:
        """Write ages in ms (null: none) into the lines; True where the text differs from before."""
        layout = self._layout
        assert layout is not None
        codes = digits.age_codes(age_ms)
        changed = codes != self.age_code[rows]
        index = layout.of_col.get(Col.AGE)
        if index is not None and changed.any():
            place = layout.places[index]
            lines = digits.age_units(codes[changed])
            if self.dashes:
                lines[age_ms[changed] == NULL] = digits.dash_units(place.content_units, suffix=False)
            at = place.content
            self.units[rows[changed], at : at + place.content_units] = lines
        self.age_code[rows] = codes
        return changed
