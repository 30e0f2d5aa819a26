"""The columns of one grid: which are shown, in what order, how wide; follows the header, feeds the layout.

Until a person drags one, the columns fill the window; from then on each keeps the width it has. Widths are
snapped to units; no column gets narrower than its widest value needs. State is plain data for the workspace
file.
"""

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QObject, Signal

from desktop.panels.grid.columns import (
    SPECS,
    Col,
    GridLayout,
    Place,
    filled,
    first_slots,
    least_units,
)
from desktop.panels.grid.digits import Slots
from desktop.panels.grid.header import GridHeader

STATE_VERSION: Final = 1


class ColumnSet(QObject):
    """`layout` is always what the header shows; `changed` is emitted when a person changed it."""

    changed = Signal()

    def __init__(self, header: GridHeader) -> None:
        super().__init__(header)
        self._header = header
        self._unit_logical_px = 4.0
        self._asked_px: dict[Col, float] = {spec.col: spec.width_px for spec in SPECS}
        self._fills = True
        self._room_units = 0
        self.slots: dict[Col, Slots] = first_slots()
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

    def _shown_widths(self) -> dict[Col, int]:
        return {place.spec.col: place.width for place in self.layout.places}

    def _widths(self) -> dict[Col, int]:
        """Units of every shown column, from left to right."""
        asked = {col: round(px / self._unit_logical_px) for col, px in self._asked_px.items()}
        for col, px in self._asked_px.items():
            # A first width must hold the title with its sort mark, or sorting would cut it.
            if px == SPECS[col].width_px:
                asked[col] = max(asked[col], self._header.title_units(col, self._unit_logical_px))
        shown = {
            col: max(asked[col], least_units(SPECS[col], self.slots.get(col)))
            for col in self._header.visible_columns()
        }
        return filled(shown, self._room_units) if self._fills else shown

    def arrange(self) -> GridLayout:
        """Make the layout anew from header, slots and widths."""
        widths = self._widths()
        self.layout = GridLayout(list(widths), self.slots, widths)
        self._header.apply(self.layout, self._unit_logical_px)
        return self.layout

    def place(self, col: Col) -> Place | None:
        """Where a column stands; None while hidden."""
        index = self.layout.of_col.get(col)
        return None if index is None else self.layout.places[index]

    def is_shown(self, col: Col) -> bool:
        return not self._header.isSectionHidden(col)

    def set_shown(self, col: Col, shown: bool) -> None:
        """Show or hide a column; the last one stays."""
        if not shown and self._header.visible_columns() == [col]:
            return
        self._header.blockSignals(True)
        self._header.setSectionHidden(col, not shown)
        self._header.blockSignals(False)
        self.changed.emit()

    def reset(self) -> None:
        """First order, first widths, all shown."""
        self.restore(
            {"version": STATE_VERSION, "columns": [{"col": c.name, "px": SPECS[c].width_px} for c in Col]}
        )
        self.changed.emit()

    def state(self) -> dict[str, Any]:
        """Order, widths in logical px, and what is hidden, for a workspace file."""
        order = [Col(self._header.logicalIndex(visual)) for visual in range(self._header.count())]
        columns = [
            {"col": col.name, "px": self._asked_px[col], "hidden": not self.is_shown(col)} for col in order
        ]
        return {"version": STATE_VERSION, "columns": columns, "fills": self._fills}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take a saved state; unknown columns are left out, new ones keep their place at the end.

        Raises `ValueError` for a state of another version.
        """
        if state.get("version") != STATE_VERSION:
            raise ValueError(f"column state version {state.get('version')!r} is not {STATE_VERSION}")
        self._fills = bool(state.get("fills", True))
        self._header.blockSignals(True)
        try:
            visual = 0
            for saved in state["columns"]:
                if saved["col"] not in Col.__members__:
                    continue
                col = Col[saved["col"]]
                self._asked_px[col] = float(saved["px"])
                self._header.moveSection(self._header.visualIndex(col), visual)
                self._header.setSectionHidden(col, bool(saved.get("hidden", False)))
                visual += 1
        finally:
            self._header.blockSignals(False)

    def _on_resized(self, section: int, _old_px: int, new_px: int) -> None:
        col = Col(section)
        if self._fills:
            # Were the others to give way, the dragged edge would leave the mouse.
            self._fills = False
            for place in self.layout.places:
                self._asked_px[place.spec.col] = place.width * self._unit_logical_px
        least = least_units(SPECS[col], self.slots.get(col)) * self._unit_logical_px
        self._asked_px[col] = max(least, float(new_px))
        self.changed.emit()
