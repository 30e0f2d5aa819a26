"""The glyph units of every table row, formatted only for rows that are looked at and only when they change.

Keeps, by table row: the last values formatted, the units of the whole line, the sign of the change and the
heat step. Says which cells differ from before. Never paints, never reads a clock.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import FIELD_COUNT, NULL, Field
from core.market.instruments import COUNT_MAX, Instrument
from core.market.quote_table import QuoteTable
from core.market.zones import RowZones, Zone
from desktop.paint.glyphs import BLANK
from desktop.panels.grid import digits
from desktop.panels.grid.columns import (
    PRICE_COLS,
    SIZE_COLS,
    Col,
    ColumnSpec,
    GridLayout,
    Place,
    first_slots,
    is_plain,
)
from desktop.panels.grid.digits import POWERS, SUFFIX_UNITS, Counts, Slots, Units
from desktop.panels.grid.figures import HEAT_MIDDLE, Figure, Figures, heat_steps
from desktop.panels.grid.formats import HEAT_EDGES, Shape
from desktop.panels.grid.values import QuoteValues

Rows = NDArray[np.intp]

UTC: Final = Zone()
_NO_FIELD: Final = FIELD_COUNT
_PLAIN_COLS: Final = (*PRICE_COLS, *SIZE_COLS, Col.CHANGE, Col.PERCENT)
_WRITTEN: Final = (Shape.NUMBER, Shape.SIZE, Shape.CHANGE, Shape.PERCENT)


class CellLines:
    """Row i belongs to `instruments[i]` and row i of the table."""

    def __init__(
        self,
        instruments: Sequence[Instrument],
        table: QuoteTable,
        zone: Zone = UTC,
        values: QuoteValues | None = None,
    ) -> None:
        count = len(instruments)
        self._table = table
        self.zones = RowZones(zone, [instrument.key.exchange for instrument in instruments])
        self.figures = Figures(instruments, table, values or QuoteValues(instruments, table))
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
        places = layout.places
        self._price_places = [place for place in places if place.spec.shape is Shape.PRICE]
        plain = [place for place in places if is_plain(place.spec)]
        self._size_places = [place for place in plain if place.spec.shape is Shape.SIZE]
        self._signed_places = [p for p in plain if p.spec.shape in (Shape.CHANGE, Shape.PERCENT)]
        # The figures of these places are numbers; other figures are drawn.
        self._figure_places = [p for p in places if p.spec.shape in _WRITTEN and not is_plain(p.spec)]
        percent = next((p.spec.format for p in plain if p.spec.col == Col.PERCENT), None)
        self._heat_edges = percent.heat_edges if percent is not None else HEAT_EDGES
        self._common_slots = _common(layout.slots[p.spec.col] for p in places if p.spec.col in layout.slots)
        fields = [(*place.spec.fields, _NO_FIELD, _NO_FIELD)[:2] for place in places]
        self._first_field = np.array([first for first, _ in fields], np.intp)
        self._second_field = np.array([second for _, second in fields], np.intp)
        self._many_fields = [
            (index, list(place.spec.fields))
            for index, place in enumerate(places)
            if len(place.spec.fields) > 2
        ]
        self._set_limits(layout)
        self.units = np.full((len(self.fresh), layout.total_units), BLANK, np.uint8)
        self.forget()

    def forget(self) -> None:
        """Every line has to be made again."""
        self.fresh[:] = -1
        self.age_code[:] = -1

    def set_dashes(self, dashes: bool) -> None:
        if dashes != self.dashes:
            self.dashes = dashes
            self.forget()

    def set_zones(self, zones: RowZones) -> None:
        """Times are said in others from now on."""
        self.zones = zones
        self.fresh[:] = -1

    def needed_slots(self, shown: Iterable[ColumnSpec] = ()) -> dict[str, Slots]:
        """Slots that fit every value of the whole list as it is now, of the plain columns and those shown."""
        every = np.arange(len(self.fresh))
        slots = first_slots()
        decimals = int(self.price_decimals.max(initial=0))
        for col in (*PRICE_COLS, Col.CHANGE):
            slots[col] = Slots(1, decimals, sign=col == Col.CHANGE, plus=col == Col.CHANGE)
        slots = {name: self._fitted(Col(name), slots[name], every) for name in slots}
        self.figures.set_columns(shown)
        self.figures.update()
        for name, figure in self.figures.of.items():
            slots[name] = figure.fitted(figure.first_slots(), every)
        return slots

    def outgrown(self, rows: Rows, slots: dict[str, Slots]) -> dict[str, Slots]:
        """Wider slots for the shown columns in which one of `rows` does not fit; empty when all fit."""
        self.figures.update()
        wider: dict[str, Slots] = {}
        if not self._plain_fit(rows):
            for plain in self._plain_cols:
                fitted = self._fitted(plain, slots[plain], rows)
                if fitted != slots[plain]:
                    wider[plain] = fitted
        for place in self._figure_places:
            col_slots = slots[place.spec.col]
            wide = self.figures.of[place.spec.col].fitted(col_slots, rows)
            if wide != col_slots:
                wider[place.spec.col] = wide
        return wider

    def _plain_fit(self, rows: Rows) -> bool:
        new = self._table.values[:, rows]
        prices, last, reference = new[self._price_fields], new[Field.LAST], new[Field.REFERENCE]
        unknown = (last == NULL) | (reference == NULL)
        change = np.abs(np.where(unknown, 0, last - reference))
        base = np.where(unknown | (reference == 0), COUNT_MAX, np.abs(reference))
        # A null is the smallest integer: its absolute value is itself, below every limit.
        return (
            bool((np.abs(prices) < self._price_limits[:, rows]).all())
            and bool((np.abs(new[self._size_fields]) < self._size_limits[:, rows]).all())
            and bool((change < self._change_limits[rows]).all())
            and bool((change < base * self._percent_limit).all())
            and int(prices.min(initial=0, where=prices != NULL)) >= 0
        )

    def _set_limits(self, layout: GridLayout) -> None:
        """The first counts that do not fit, so that a frame can ask with one comparison."""
        slots = layout.slots

        def limits(decimals: Counts, places: int) -> Counts:
            limit = POWERS[np.minimum(decimals + places, 18)]
            # Rounding may carry into one more digit, a little before the limit.
            return np.where(decimals + places > 18, COUNT_MAX, limit - limit // 200_000)

        def stacked(decimals: Counts, places: list[int]) -> Counts:
            rows = [limits(decimals, count) for count in places]
            return np.stack(rows) if rows else np.zeros((0, len(decimals)), np.int64)

        prices = [place.spec for place in self._price_places]
        sizes = [place.spec for place in self._size_places]
        self._price_fields = np.array([spec.fields[0] for spec in prices], np.intp)
        self._size_fields = np.array([spec.fields[0] for spec in sizes], np.intp)
        self._price_limits = stacked(self.price_decimals, [slots[s.col].int_digits for s in prices])
        # Above 999 B the whole part grows; below, the unit does.
        self._size_limits = stacked(self.size_decimals, [slots[s.col].int_digits + 9 for s in sizes])
        signed = [place.spec for place in self._signed_places]
        self._plain_cols = [Col(spec.col) for spec in prices + sizes + signed]
        shown = {spec.col for spec in signed}
        digits_of = {col: slots[col].int_digits if col in shown else 18 for col in (Col.CHANGE, Col.PERCENT)}
        self._change_limits = limits(self.price_decimals, digits_of[Col.CHANGE])
        self._percent_limit = 10.0 ** digits_of[Col.PERCENT] / 100 * 0.999

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
        """The numbers a plain column shows, with their decimals, from the table as it is now."""
        table = self._table.values
        if col in (Col.CHANGE, Col.PERCENT):
            last, reference = table[Field.LAST, rows], table[Field.REFERENCE, rows]
            if col == Col.CHANGE:
                return digits.changes(last, reference), self.price_decimals[rows]
            return digits.percent_counts(last, reference), np.full(len(rows), 2)
        counts = table[Field[col.name], rows]
        if col in SIZE_COLS:
            return digits.scaled_sizes(counts, self.size_decimals[rows])[0], np.full(len(rows), 2)
        return counts, self.price_decimals[rows]

    def format(self, rows: Rows) -> tuple[NDArray[np.bool_], Counts, Counts]:
        """Bring `rows` up to date with the table.

        Returns (changed cells, old values, new values), shapes (n, places) and (FIELD_COUNT, n). Rows that
        were not fresh count as changed all over.
        """
        self.figures.update()
        new = self._table.values[:, rows]
        old = self.seen[:, rows]
        differs = np.zeros((FIELD_COUNT + 1, len(rows)), np.bool_)  # the last row is a field of no column
        np.not_equal(new, old, out=differs[:FIELD_COUNT])
        unmade = self.fresh[rows] < 0
        if unmade.any():
            differs[:FIELD_COUNT, unmade] = True
        self.seen[:, rows] = new
        self.fresh[rows] = self._table.version
        moved: NDArray[np.bool_] = np.logical_or.reduce(differs, axis=1)
        self._format_numbers(rows, new, moved)
        if moved[Field.EVENT_US] and (place := self._place(Col.TIME)) is not None:
            event_us = new[Field.EVENT_US]
            units = digits.time_units(event_us, self.zones.offsets_us(rows, event_us))
            self.units[rows, place.content : place.content + place.content_units] = units
        changed = (differs[self._first_field] | differs[self._second_field]).T
        for index, fields in self._many_fields:
            changed[:, index] = np.logical_or.reduce(differs[fields], axis=0)
        return changed, old, new

    def _format_numbers(self, rows: Rows, new: Counts, moved: NDArray[np.bool_]) -> None:
        """Every number column that moved in one go: a call costs more than its hundred rows."""
        prices = [place for place in self._price_places if moved[place.spec.fields[0]]]
        signed: list[Place] = []
        if moved[Field.LAST] or moved[Field.REFERENCE]:
            change, percent = self._take_change(rows, new[Field.LAST], new[Field.REFERENCE])
            signed = self._signed_places
        figures = [p for p in self._figure_places if not p.spec.fields or moved[list(p.spec.fields)].any()]
        sizes = [place for place in self._size_places if moved[place.spec.fields[0]]]
        places = prices + signed + figures + sizes
        if not places:
            return
        numbers = np.empty((len(places), len(rows)), np.int64)
        decimals = np.full(numbers.shape, 2)
        plus = np.zeros(numbers.shape, np.bool_)
        levels: list[NDArray[np.intp] | None] = [None] * len(places)
        decimals[: len(prices)] = self.price_decimals[rows]
        numbers[: len(prices)] = new[[place.spec.fields[0] for place in prices]]
        for index, place in enumerate(signed, len(prices)):
            changing = place.spec.col == Col.CHANGE
            numbers[index] = change if changing else percent
            if changing:
                decimals[index] = decimals[0] if prices else self.price_decimals[rows]
        first_figure, first_size = len(prices) + len(signed), len(places) - len(sizes)
        plus[len(prices) : first_figure] = True
        for index, place in enumerate(figures, first_figure):
            figure = self.figures.of[place.spec.col]
            numbers[index], decimals[index] = figure.counts[rows], figure.decimals[rows]
            plus[index] = place.spec.format.sign
            levels[index] = figure.level[rows] if place.spec.format.suffix else None
        if sizes:
            counts = new[[place.spec.fields[0] for place in sizes]].reshape(-1)
            shown, level_of = digits.scaled_sizes(counts, np.tile(self.size_decimals[rows], len(sizes)))
            numbers[first_size:] = shown.reshape(-1, len(rows))
            levels[first_size:] = level_of.reshape(-1, len(rows))
        lines = digits.number_units(
            numbers.reshape(-1), decimals.reshape(-1), self._common_slots, plus.reshape(-1)
        ).reshape(*numbers.shape, -1)
        for index, place in enumerate(places):
            self._write(place, rows, lines[index], levels[index], numbers[index])

    def _take_change(self, rows: Rows, last: Counts, reference: Counts) -> tuple[Counts, Counts]:
        """Change and percent of rows; their sign and heat step are kept."""
        change = digits.changes(last, reference)
        percent = digits.percent_counts(last, reference)
        self.change_sign[rows] = np.sign(np.where(change == NULL, 0, change))
        self.heat[rows] = heat_steps(np.where(percent == NULL, 0, percent) / 100, self._heat_edges)
        return change, percent

    def _write(
        self, place: Place, rows: Rows, line: Units, level: NDArray[np.intp] | None, numbers: Counts
    ) -> None:
        """Cut a column's places out of lines made with the common slots: their points are the same."""
        assert self._layout is not None
        own, at = self._layout.slots[place.spec.col], place.content
        start = self._common_slots.point - own.point
        width = own.width - SUFFIX_UNITS * own.suffix
        units = self.units
        units[rows, at : at + width] = line[:, start : start + width]
        if level is not None:
            units[rows, at + width : at + place.content_units] = digits.suffix_units(level)
        figure = self.figures.of.get(place.spec.col)
        if (self.dashes or figure is not None) and len(unknown := self._unknown(figure, rows, numbers)):
            units[unknown, at : at + place.content_units] = digits.dash_units(own.width, own.suffix)

    def _unknown(self, figure: Figure | None, rows: Rows, numbers: Counts) -> Rows:
        """Rows without a number that is not null either; while loading every null is one."""
        null = numbers == NULL
        return rows[null] if self.dashes or figure is None else rows[null & figure.unknown[rows]]

    def rewrite(self, cols: Iterable[str], rows: Rows) -> list[int]:
        """Write the figures of some columns again, whose values moved without the table; their places."""
        assert self._layout is not None
        found = [self._layout.of_col[col] for col in cols if col in self._layout.of_col]
        for place in (self._layout.places[index] for index in found):
            if place in self._figure_places:
                figure, form = self.figures.of[place.spec.col], place.spec.format
                counts = figure.counts[rows]
                plus = np.full(len(rows), form.sign)
                line = digits.number_units(counts, figure.decimals[rows], self._common_slots, plus)
                self._write(place, rows, line, figure.level[rows] if form.suffix else None, counts)
        return found

    def _place(self, col: str) -> Place | None:
        assert self._layout is not None
        index = self._layout.of_col.get(col)
        return None if index is None else self._layout.places[index]

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


def _common(slots: Iterable[Slots]) -> Slots:
    """Slots with a place for every digit of any of them."""
    every = [Slots(), *slots]
    return Slots(max(slot.int_digits for slot in every), max(slot.decimals for slot in every), sign=True)
