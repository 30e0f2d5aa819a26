"""The columns of one grid: which are shown, in what order, how wide; follows the header, feeds the layout.

Until a person drags one, the columns fill the window; from then on each keeps the width it has. Widths are
snapped to units; no column gets narrower than its widest value needs. State is plain data for the workspace
file (`column_state.py`).
"""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.panels.grid.column_state import SavedColumn, read_state, write_state
from desktop.panels.grid.columns import GridLayout, Place, filled, first_slots, least_units
from desktop.panels.grid.digits import Slots
from desktop.panels.grid.header import GridHeader
from desktop.panels.grid.model import QuoteModel


class ColumnSet(QObject):
    """`layout` is always what the header shows; `changed` is emitted when a person changed it."""

    changed = Signal()

    def __init__(self, header: GridHeader, model: QuoteModel) -> None:
        super().__init__(header)
        self._header = header
        self._model = model
        self._unit_logical_px = 4.0
        self._asked_px: dict[str, float] = {spec.col: spec.width_px for spec in model.specs}
        self._fills = True
        self._room_units = 0
        self.slots: dict[str, Slots] = first_slots()
        self.layout = GridLayout((), self.slots, {})
        header.sectionResized.connect(self._on_resized)
        header.sectionMoved.connect(lambda *_: self.changed.emit())

    def set_unit(self, unit_logical_px: float) -> None:
        """How wide a unit is on this screen."""
        self._unit_logical_px = unit_logical_px

    def set_room(self, units: int) -> bool:
        """How many units the window has; True if the columns stand elsewhere for it."""
        if units == self._room_units:
            return False
        self._room_units = units
        return self._fills and self._widths() != self._shown_widths()

    def _shown_widths(self) -> dict[str, int]:
        return {place.spec.col: place.width for place in self.layout.places}

    def _widths(self) -> dict[str, int]:
        """Units of every shown column, from left to right."""
        shown = {}
        for col in self._header.visible_columns():
            spec, px = self._model.spec(col), self._asked_px[col]
            asked = round(px / self._unit_logical_px)
            # A first width must hold the title with its sort mark, or sorting would cut it.
            if px == spec.width_px:
                asked = max(asked, self._header.title_units(col, self._unit_logical_px))
            shown[col] = max(asked, least_units(spec, self.slots.get(col)))
        return filled(shown, self._room_units) if self._fills else shown

    def arrange(self) -> GridLayout:
        """Make the layout anew from header, slots and widths."""
        widths = self._widths()
        self.layout = GridLayout([self._model.spec(col) for col in widths], self.slots, widths)
        self._header.apply(self.layout, self._unit_logical_px)
        return self.layout

    def place(self, col: str) -> Place | None:
        """Where a column stands; None while hidden."""
        index = self.layout.of_col.get(col)
        return None if index is None else self.layout.places[index]

    def is_shown(self, col: str) -> bool:
        return self._header.is_shown(col)

    def set_shown(self, col: str, shown: bool) -> None:
        """Show or hide a column; the last one stays."""
        if not shown and self._header.visible_columns() == [col]:
            return
        self._header.blockSignals(True)
        self._header.set_shown(col, shown)
        self._header.blockSignals(False)
        self.changed.emit()

    def reset(self) -> None:
        """First order, first widths, all shown."""
        self._take([SavedColumn(spec.col, spec.width_px) for spec in self._model.specs], fills=True)
        self.changed.emit()

    def state(self) -> dict[str, Any]:
        """Order, widths in logical px, and what is hidden, for a workspace file."""
        columns = [
            SavedColumn(col, self._asked_px[col], hidden=not self.is_shown(col))
            for col in self._header.ordered()
        ]
        return write_state(columns, self._fills)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take a saved state; unknown columns are left out, new ones keep their place at the end.

        Raises `ValueError` for a state of another version or one that cannot be read; then nothing changed.
        """
        columns, fills = read_state(state)
        self._take(columns, fills)

    def _take(self, columns: list[SavedColumn], fills: bool) -> None:
        self._fills = fills
        self._header.blockSignals(True)
        try:
            visual = 0
            for saved in columns:
                if saved.col not in self._asked_px:
                    continue
                self._asked_px[saved.col] = saved.width_px
                self._header.move_to(saved.col, visual)
                self._header.set_shown(saved.col, not saved.hidden)
                visual += 1
        finally:
            self._header.blockSignals(False)

    def _on_resized(self, section: int, _old_px: int, new_px: int) -> None:
        spec = self._model.specs[section]
        if self._fills:
            # Were the others to give way, the dragged edge would leave the mouse.
            self._fills = False
            for place in self.layout.places:
                self._asked_px[place.spec.col] = place.width * self._unit_logical_px
        least = least_units(spec, self.slots.get(spec.col)) * self._unit_logical_px
        self._asked_px[spec.col] = max(least, float(new_px))
        self.changed.emit()
