"""The columns of one grid: which are shown, in what order, how wide and how written; feeds the layout.

Until a person drags one, the columns fill the window; from then on each keeps the width it has. Widths are
snapped to units; no column gets narrower than its widest value needs. State is plain data for the workspace
file (`column_state.py`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QObject, Signal

from core.expressions import Expression
from desktop.panels.grid.catalogue import built_ins
from desktop.panels.grid.column_state import SavedColumn, SavedColumns, read_state, write_state
from desktop.panels.grid.columns import ColumnSpec, GridLayout, Place, filled, first_slots, least_units
from desktop.panels.grid.computed import bound, computed_column
from desktop.panels.grid.digits import Slots
from desktop.panels.grid.formats import CellFormat
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
        self._asked_px: dict[str, float] = {}
        self._fills = True
        self._room_units = 0
        self.expressions: Mapping[str, Expression] = {}  # of the computed columns, by id
        self.slots: dict[str, Slots] = first_slots()
        self.layout = GridLayout((), self.slots, {})
        self._take(_first())
        header.sectionResized.connect(self._on_resized)
        header.sectionMoved.connect(lambda *_: self.changed.emit())

    # --- where they stand

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
        for spec in self.shown():
            px = self._asked_px[spec.col]
            asked = round(px / self._unit_logical_px)
            # A first width must hold the title with its sort mark, or sorting would cut it.
            if px == spec.width_px:
                asked = max(asked, self._header.title_units(spec.col, self._unit_logical_px))
            shown[spec.col] = max(asked, least_units(spec, self.slots.get(spec.col)))
        return filled(shown, self._room_units) if self._fills else shown

    def arrange(self) -> GridLayout:
        """Make the layout anew from header, slots and widths."""
        widths = self._widths()
        self.layout = GridLayout(self.shown(), self.slots, widths)
        self._header.apply(self.layout, self._unit_logical_px)
        return self.layout

    def place(self, col: str) -> Place | None:
        """Where a column stands; None while hidden."""
        index = self.layout.of_col.get(col)
        return None if index is None else self.layout.places[index]

    def fit(self, col: str, content_px: float) -> None:
        """As wide as its title and widest value, `content_px` for what is drawn as text."""
        self._keep_widths()
        spec = self._model.spec(col)
        units = max(
            self._header.title_units(col, self._unit_logical_px),
            least_units(spec, self.slots.get(col)),
            -int(-content_px // self._unit_logical_px),
        )
        self._asked_px[col] = units * self._unit_logical_px
        self.changed.emit()

    def _on_resized(self, section: int, _old_px: int, new_px: int) -> None:
        spec = self._model.specs[section]
        self._keep_widths()
        least = least_units(spec, self.slots.get(spec.col)) * self._unit_logical_px
        self._asked_px[spec.col] = max(least, float(new_px))
        self.changed.emit()

    def _keep_widths(self) -> None:
        """From now on each has its own: were the others to give way, a dragged edge would leave the mouse."""
        if self._fills:
            self._fills = False
            for place in self.layout.places:
                self._asked_px[place.spec.col] = place.width * self._unit_logical_px

    # --- which there are

    def ordered(self) -> list[ColumnSpec]:
        """All columns from left to right, hidden ones too."""
        return [self._model.spec(col) for col in self._header.ordered()]

    def shown(self) -> list[ColumnSpec]:
        """Shown columns from left to right."""
        return [self._model.spec(col) for col in self._header.visible_columns()]

    def is_shown(self, col: str) -> bool:
        return self._header.is_shown(col)

    def set_shown(self, col: str, shown: bool) -> None:
        """Show or hide a column; the last one stays."""
        if not shown and self._header.visible_columns() == [col]:
            return
        with self._quiet_header():
            self._header.set_shown(col, shown)
        self.changed.emit()

    def move_to(self, col: str, visual: int) -> None:
        """Put a column at a place among all, hidden ones counted."""
        with self._quiet_header():
            self._header.move_to(col, visual)
        self.changed.emit()

    def set_format(self, col: str, form: CellFormat) -> None:
        self._model.replace_column(self._model.spec(col).with_format(form))
        self.changed.emit()

    def put_computed(self, col: str, title: str, expression: Expression) -> None:
        """Add a computed column behind the shown ones, or give one another title and expression."""
        self.expressions = {**self.expressions, col: expression}
        spec = computed_column(col, title, expression)
        known = {spec.col: spec for spec in self._model.specs}
        if col in known:
            if known[col].shape is spec.shape:
                spec = spec.with_format(known[col].format)
            self._model.replace_column(spec)
        else:
            visual = max((self._header.visual_of(shown.col) for shown in self.shown()), default=-1) + 1
            self._asked_px[col] = spec.width_px
            with self._quiet_header():
                self._model.add_column(spec)
                self._header.move_to(col, visual)
                self._header.set_shown(col, True)
        self._bind()
        self.changed.emit()

    def remove_computed(self, col: str) -> None:
        """Take a computed column away; others that read it become unknown."""
        assert self._model.spec(col).computed
        if self._header.visible_columns() == [col]:
            return
        state = self._saved()
        columns = [saved for saved in state.columns if saved.spec.col != col]
        # Read anew as from a file: what read the one that is gone stays, and says what it lacks.
        self._take(read_state(write_state(SavedColumns(columns, state.fills))))
        self.changed.emit()

    def reset(self) -> None:
        """First order, widths and formats; computed columns stay, hidden."""
        computed = [
            SavedColumn(spec.with_format(spec.first_format), spec.width_px, hidden=True)
            for spec in self.ordered()
            if spec.computed
        ]
        self._take(SavedColumns([*_first().columns, *computed], True, self.expressions))
        self.changed.emit()

    @property
    def is_first(self) -> bool:
        """Nothing differs from what a grid begins with."""
        return self.state() == write_state(_first())

    # --- saved

    def state(self) -> dict[str, Any]:
        """Order, widths in logical px, formats, computed columns and what is hidden, for a workspace file."""
        return write_state(self._saved())

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take a saved state; unknown columns are left out, new ones keep their place at the end.

        Raises `ValueError` for a state of another version or one that cannot be read; then nothing changed.
        """
        self._take(read_state(state))

    def _saved(self) -> SavedColumns:
        columns = [
            SavedColumn(spec, self._asked_px[spec.col], hidden=not self.is_shown(spec.col))
            for spec in self.ordered()
        ]
        return SavedColumns(columns, self._fills, self.expressions)

    def _take(self, saved: SavedColumns) -> None:
        """Exactly these columns, in this order; built-in ones that are not among them come after, hidden."""
        given = {column.spec.col: column for column in saved.columns}
        rest = [column for column in _first().columns if column.spec.col not in given]
        if saved.columns and all(column.hidden for column in saved.columns):
            given = {col: SavedColumn(c.spec, c.width_px, hidden=False) for col, c in given.items()}
        columns = [*given.values(), *(SavedColumn(c.spec, c.width_px, hidden=True) for c in rest)]
        self._fills, self.expressions = saved.fills, saved.expressions
        self._asked_px = {column.spec.col: column.width_px for column in columns}
        with self._quiet_header():
            self._model.set_columns([column.spec for column in columns])
            for visual, column in enumerate(columns):
                self._header.move_to(column.spec.col, visual)
                self._header.set_shown(column.spec.col, not column.hidden)
        self._bind()

    def _bind(self) -> None:
        """Computed columns may read each other: what each depends on is worked out anew."""
        for spec in list(self._model.specs):
            if spec.computed:
                self._model.replace_column(bound(spec, self.expressions))

    @contextmanager
    def _quiet_header(self) -> Iterator[None]:
        self._header.blockSignals(True)
        try:
            yield
        finally:
            self._header.blockSignals(False)


def _first() -> SavedColumns:
    """What a grid begins with."""
    return SavedColumns([SavedColumn(spec, spec.width_px, spec.hidden) for spec in built_ins().values()])
