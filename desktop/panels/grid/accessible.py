"""What a screen reader is told of the painted rows: a table of rows of cells, with the words a person sees.

PySide6 6.11 binds no QAccessibleTableInterface, so the table is a tree of roles (table, row, cell) with
names, values, states and places. Nothing is made until a reader asks; what is made is kept, bounded by the
rows in view. The cell the keys are at is told as it moves.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QWindow
from PySide6.QtWidgets import QAccessibleWidget

from desktop.panels.grid.canvas import GridCanvas
from desktop.panels.grid.columns import Col, ColumnSpec
from desktop.panels.grid.formats import Shape
from desktop.panels.grid.painter import tag_text
from desktop.panels.grid.picture import RowState
from desktop.panels.grid.text import age_text
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.panels.grid.columns import Place
    from desktop.panels.grid.rows_view import RowsView

_NONE: Final = -1
_NAMES: Final = (Col.SYMBOL, Col.VENUE, Col.NAME)  # these speak for themselves


class _Part(QAccessibleInterface):
    """What rows and cells have in common: they belong to a table and are no QObject."""

    def __init__(self, table: RowsTable) -> None:
        super().__init__()
        self.table = table

    def isValid(self) -> bool:
        return self.table.view is not None

    def object(self) -> QObject | None:  # type: ignore[override]
        return None

    def window(self) -> QWindow | None:  # type: ignore[override]
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def setText(self, which: QAccessible.Text, text: str) -> None:
        """Rows cannot be written to."""


class RowPart(_Part):
    """One row in view; its children are the shown columns."""

    def __init__(self, table: RowsTable, position: int) -> None:
        super().__init__(table)
        self.position = position
        self._cells: dict[int, CellPart] = {}

    def parent(self) -> QAccessibleInterface:
        return self.table

    def childCount(self) -> int:
        return len(self.table.places)

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        if not 0 <= index < self.childCount():
            return None
        if index not in self._cells:
            self._cells[index] = CellPart(self, index)
        return self._cells[index]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child.index if isinstance(child, CellPart) and child.row is self else _NONE

    def text(self, which: QAccessible.Text) -> str:
        """Every column with its value, as one would read the row aloud."""
        view = self.table.view
        if which != QAccessible.Text.Name or view is None:
            return ""
        spoken = [self.table.spoken(self.position, index) for index in range(self.childCount())]
        return ", ".join(words for words in spoken if words)

    def rect(self) -> QRect:
        return self.table.rect_of(self.position, None)

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.Row

    def state(self) -> QAccessible.State:
        return self.table.state_of(self.position, None)


class CellPart(_Part):
    """One cell: its name says row and column, its value what stands in it."""

    def __init__(self, row: RowPart, index: int) -> None:
        super().__init__(row.table)
        self.row, self.index = row, index

    def parent(self) -> QAccessibleInterface:
        return self.row

    def childCount(self) -> int:
        return 0

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return _NONE

    def text(self, which: QAccessible.Text) -> str:
        table, position = self.table, self.row.position
        match which:
            case QAccessible.Text.Name:
                return ", ".join(w for w in (table.symbol(position), table.spoken(position, self.index)) if w)
            case QAccessible.Text.Value:
                return table.value(position, self.index)
            case QAccessible.Text.Description:
                return table.places[self.index].spec.hint
        return ""

    def rect(self) -> QRect:
        return self.table.rect_of(self.row.position, self.index)

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.Cell

    def state(self) -> QAccessible.State:
        return self.table.state_of(self.row.position, self.index)


class RowsTable(QAccessibleWidget):
    """The canvas as a table of the rows in view."""

    def __init__(self, canvas: GridCanvas, view: RowsView) -> None:
        super().__init__(canvas, QAccessible.Role.Table, tr("Rows"))
        self.view: RowsView | None = view
        self._rows: dict[int, RowPart] = {}
        canvas.destroyed.connect(self._let_go)

    def _let_go(self) -> None:
        self.view = None

    @property
    def places(self) -> tuple[Place, ...]:
        return () if self.view is None else self.view.columns.layout.places

    def childCount(self) -> int:
        return 0 if self.view is None else len(self.view.picture.visible)

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        if not 0 <= index < self.childCount():
            return None
        if index not in self._rows:
            self._rows[index] = RowPart(self, index)
        return self._rows[index]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child.position if isinstance(child, RowPart) and child.table is self else _NONE

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """The cell at a place on the screen."""
        view = self.view
        if view is None:
            return None
        local = view.canvas.mapFromGlobal(QPoint(x, y))
        row = self.child(view.canvas.position_at(local.y()))
        for index in range(len(self.places)):
            if row is not None and self.rect_of(row.position, index).contains(x, y):  # type: ignore[attr-defined]
                return row.child(index)
        return row

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]
        """The cell the keys are at."""
        ring = None if self.view is None else self.view.hand.ring()
        row = None if ring is None else self.child(ring[0])
        return None if row is None or ring is None else row.child(ring[1])

    # --- words and places of the parts

    def table_row(self, position: int) -> int:
        """Row of the quote table at a position in view, or -1."""
        visible = None if self.view is None else self.view.picture.visible
        return _NONE if visible is None or position >= len(visible) else int(visible[position])

    def symbol(self, position: int) -> str:
        row = self.table_row(position)
        return "" if row < 0 or self.view is None else self.view.instruments[row].key.symbol

    def value(self, position: int, index: int) -> str:
        """The exact value of a cell, its state where it has no number to tell."""
        row = self.table_row(position)
        if row < 0 or self.view is None or index >= len(self.places):
            return ""
        return spoken_value(self.view, row, self.places[index].spec)

    def spoken(self, position: int, index: int) -> str:
        """`Last 2,681.38`; a name speaks for itself, and what is empty is not told."""
        value, spec = self.value(position, index), self.places[index].spec
        return value if not value or spec.col in _NAMES else f"{spec.title} {value}"

    def rect_of(self, position: int, index: int | None) -> QRect:
        """On the screen, in logical pixels."""
        view = self.view
        if view is None:
            return QRect()
        metrics, painter = view.painter.atlas.metrics, view.painter
        top, height = view.canvas.y_of(position), round(metrics.row_px / metrics.ratio)
        left, width = 0, view.canvas.width()
        if index is not None and index < len(self.places):
            place, unit = self.places[index], metrics.unit_px / metrics.ratio
            first = 0 if place.x < painter.frozen else painter.first_unit
            left, width = round((place.x - first) * unit), round(place.width * unit)
        return QRect(view.canvas.mapToGlobal(QPoint(left, top)), QRect(0, 0, width, height).size())

    def state_of(self, position: int, index: int | None) -> QAccessible.State:
        state, view, row = QAccessible.State(), self.view, self.table_row(position)
        if view is None or row < 0:
            state.invalid = True
            return state
        state.selectable = state.focusable = state.readOnly = True
        state.selected = bool(view.selection.mask[row])
        ring = view.hand.ring()
        state.focused = state.active = ring is not None and ring == (position, index)
        return state


def _make(_name: str, thing: QObject) -> QAccessibleInterface | None:
    from desktop.panels.grid.rows_view import RowsView

    view = thing.parentWidget() if isinstance(thing, GridCanvas) else None
    return RowsTable(thing, view) if isinstance(thing, GridCanvas) and isinstance(view, RowsView) else None


@cache
def offer() -> None:
    """Let readers see the rows of every grid, once a process; costs nothing while none asks."""
    QAccessible.installFactory(_make)


def spoken_value(view: RowsView, row: int, spec: ColumnSpec) -> str:
    """What a cell of a table row says: exact numbers, the age or what stands in its place."""
    if spec.shape is not Shape.AGE:
        return view.model.exact(row, spec.col)
    state, age_ms = int(view.picture.state[row]), int(view.picture.age_ms[row])
    return age_text(age_ms) if state == RowState.LIVE else tag_text(state, age_ms)


def current_words(view: RowsView) -> str:
    """`ETHUSDT, Last 2,681.38` for the cell the keys are at; empty without one."""
    ring, row = view.hand.ring(), view.selection.current_row
    if ring is None or row is None:
        return ""
    spec, symbol = view.columns.layout.places[ring[1]].spec, view.instruments[row].key.symbol
    if spec.col == Col.SYMBOL:
        return symbol
    return f"{symbol}, {spec.title} {spoken_value(view, row, spec) or tr('empty')}"


def tell_current(view: RowsView) -> None:
    """The cell the keys are at is another: say it to whoever listens."""
    words = current_words(view)
    if words == view.canvas.accessibleDescription():
        return
    view.canvas.setAccessibleDescription(words)
    if words and QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleEvent(view.canvas, QAccessible.Event.Focus))
