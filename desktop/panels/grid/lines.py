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
    GridLayout,
    Place,
    Shape,
    built_ins,
    first_slots,
)
from desktop.panels.grid.digits import POWERS, SUFFIX_UNITS, Counts, Slots, Units

Rows = NDArray[np.intp]

# Percent at which a row takes its first, second and third step of heat, in hundredths.
HEAT_EDGES_HUNDREDTHS: Final = (25, 125, 300)
HEAT_MIDDLE: Final = 3
UTC: Final = Zone()
_NO_FIELD: Final = FIELD_COUNT
_PRICE_FIELDS: Final = np.array([Field[col.name] for col in PRICE_COLS])
_SIZE_FIELDS: Final = np.array([Field[col.name] for col in SIZE_COLS])


class CellLines:
    """Row i belongs to `instruments[i]` and row i of the table."""

    def __init__(self, instruments: Sequence[Instrument], table: QuoteTable, zone: Zone = UTC) -> None:
        count = len(instruments)
        self._table = table
        self.zones = RowZones(zone, [instrument.key.exchange for instrument in instruments])
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
        self._size_places = [place for place in places if place.spec.shape is Shape.SIZE]
        self._signed_places = [p for p in places if p.spec.shape in (Shape.CHANGE, Shape.PERCENT)]
        self._common_slots = _common(layout.slots.values())
        fields = [(*place.spec.fields, _NO_FIELD, _NO_FIELD)[:2] for place in places]
        self._first_field = np.array([first for first, _ in fields], np.intp)
        self._second_field = np.array([second for _, second in fields], np.intp)
        self._set_limits(layout.slots)
        self.units = np.full((len(self.fresh), layout.total_units), BLANK, np.uint8)
        self.fresh[:] = -1
        self.age_code[:] = -1

    def set_dashes(self, dashes: bool) -> None:
        if dashes != self.dashes:
            self.dashes = dashes
            self.fresh[:] = -1
            self.age_code[:] = -1

    def set_zones(self, zones: RowZones) -> None:
        """Times are said in others from now on."""
        self.zones = zones
        self.fresh[:] = -1

    def needed_slots(self) -> dict[str, Slots]:
        """Slots that fit every value of the whole list as it is now."""
        every = np.arange(len(self.fresh))
        slots = first_slots()
        decimals = int(self.price_decimals.max(initial=0))
        for col in (*PRICE_COLS, Col.CHANGE):
            slots[col] = Slots(1, decimals, sign=col == Col.CHANGE, plus=col == Col.CHANGE)
        return {col: self._fitted(col, slots[col], every) for col in slots}

    def outgrown(self, rows: Rows, slots: dict[str, Slots]) -> dict[str, Slots]:
        """Wider slots for the columns in which one of `rows` does not fit; empty when all fit."""
        new = self._table.values[:, rows]
        prices, last, reference = new[_PRICE_FIELDS], new[Field.LAST], new[Field.REFERENCE]
        unknown = (last == NULL) | (reference == NULL)
        change = np.abs(np.where(unknown, 0, last - reference))
        base = np.where(unknown | (reference == 0), COUNT_MAX, np.abs(reference))
        # A null is the smallest integer: its absolute value is itself, below every limit.
        fits = (
            bool((np.abs(prices) < self._price_limits[:, rows]).all())
            and bool((np.abs(new[_SIZE_FIELDS]) < self._size_limits[:, rows]).all())
            and bool((change < self._change_limits[rows]).all())
            and bool((change < base * self._percent_limit).all())
            and int(prices.min(initial=0, where=prices != NULL)) >= 0
        )
        if fits:
            return {}
        wider = {}
        for col, slot in slots.items():
            fitted = self._fitted(col, slot, rows)
            if fitted != slot:
                wider[col] = fitted
        return wider

    def _set_limits(self, slots: dict[str, Slots]) -> None:
        """The first counts that do not fit, so that a frame can ask with one comparison."""

        def limits(decimals: Counts, places: int) -> Counts:
            limit = POWERS[np.minimum(decimals + places, 18)]
            # Rounding may carry into one more digit, a little before the limit.
            return np.where(decimals + places > 18, COUNT_MAX, limit - limit // 200_000)

        prices = [limits(self.price_decimals, slots[col].int_digits) for col in PRICE_COLS]
        self._price_limits = np.stack(prices)
        # Above 999 B the whole part grows; below, the unit does.
        self._size_limits = np.stack(
            [limits(self.size_decimals, slots[col].int_digits + 9) for col in SIZE_COLS]
        )
        self._change_limits = limits(self.price_decimals, slots[Col.CHANGE].int_digits)
        self._percent_limit = 10.0 ** slots[Col.PERCENT].int_digits / 100 * 0.999

    def _fitted(self, col: str, slots: Slots, rows: Rows) -> Slots:
        values, decimals = self._counts(col, rows)
        known = values != NULL
        whole = np.where(known, np.abs(np.where(known, values, 0)), 0) // POWERS[decimals]
        places = int(digits.digits_before_point(whole).max(initial=1))
        sign = slots.sign or bool((known & (values < 0)).any())
        if places <= slots.int_digits and sign == slots.sign:
            return slots
        return Slots(max(places, slots.int_digits), slots.decimals, sign, slots.plus, slots.suffix)

    def _counts(self, col: str, rows: Rows) -> tuple[Counts, Counts]:
        """The numbers a column shows, with their decimals, from the table as it is now."""
        table = self._table.values
        first = table[built_ins()[col].fields[0], rows]
        match built_ins()[col].shape:
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
        return (differs[self._first_field] | differs[self._second_field]).T, old, new

    def _format_numbers(self, rows: Rows, new: Counts, moved: NDArray[np.bool_]) -> None:
        """Every number column that moved in one go: a call costs more than its hundred rows."""
        prices = [place for place in self._price_places if moved[place.spec.fields[0]]]
        signed: list[Place] = []
        if moved[Field.LAST] or moved[Field.REFERENCE]:
            change, percent = self._take_change(rows, new[Field.LAST], new[Field.REFERENCE])
            signed = self._signed_places
        sizes = [place for place in self._size_places if moved[place.spec.fields[0]]]
        places = prices + signed + sizes
        if not places:
            return
        numbers = np.empty((len(places), len(rows)), np.int64)
        decimals = np.full(numbers.shape, 2)
        decimals[: len(prices)] = self.price_decimals[rows]
        numbers[: len(prices)] = new[[place.spec.fields[0] for place in prices]]
        for index, place in enumerate(signed, len(prices)):
            changing = place.spec.col == Col.CHANGE
            numbers[index] = change if changing else percent
            if changing:
                decimals[index] = decimals[0] if prices else self.price_decimals[rows]
        first_size = len(places) - len(sizes)
        levels = np.zeros((0, len(rows)), np.intp)
        if sizes:
            counts = new[[place.spec.fields[0] for place in sizes]].reshape(-1)
            shown, level_of = digits.scaled_sizes(counts, np.tile(self.size_decimals[rows], len(sizes)))
            numbers[first_size:], levels = shown.reshape(-1, len(rows)), level_of.reshape(-1, len(rows))
        plus = np.zeros(numbers.shape, np.bool_)
        plus[len(prices) : first_size] = True
        lines = digits.number_units(
            numbers.reshape(-1), decimals.reshape(-1), self._common_slots, plus.reshape(-1)
        ).reshape(*numbers.shape, -1)
        for index, place in enumerate(places):
            level = levels[index - first_size] if index >= first_size else None
            self._write(place, rows, lines[index], level, numbers[index])

    def _take_change(self, rows: Rows, last: Counts, reference: Counts) -> tuple[Counts, Counts]:
        """Change and percent of rows; their sign and heat step are kept."""
        change = digits.changes(last, reference)
        percent = digits.percent_counts(last, reference)
        self.change_sign[rows] = np.sign(np.where(change == NULL, 0, change))
        known = np.where(percent == NULL, 0, percent)
        step = np.searchsorted(HEAT_EDGES_HUNDREDTHS, np.abs(known), side="right")
        self.heat[rows] = HEAT_MIDDLE + np.sign(known) * step
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
        if self.dashes and len(unknown := rows[numbers == NULL]):
            units[unknown, at : at + place.content_units] = digits.dash_units(own.width, own.suffix)

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
    every = list(slots)
    return Slots(max(slot.int_digits for slot in every), max(slot.decimals for slot in every), sign=True)
