"""Which rows are selected and which is current, kept by table row so that sorting does not touch it.

A real QItemSelectionModel over the quote model; this class only turns presses and key steps, which speak of
positions on the screen, into its commands.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject, Qt, Signal

from desktop.panels.grid.model import QuoteModel

Rows = NDArray[np.intp]
Flag = QItemSelectionModel.SelectionFlag
_NO_ROWS: Rows = np.zeros(0, np.intp)


class GridSelection(QObject):
    """`mask[row]` is True for selected table rows; `order` is what is shown, from top to bottom."""

    changed = Signal()
    current_changed = Signal(int)
    pressed = Signal(int)  # a hand is on this row, current already or not

    def __init__(self, model: QuoteModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self.selection_model = QItemSelectionModel(model, self)
        self.mask: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self.order: Rows = _NO_ROWS
        self._anchor: int | None = None
        self.selection_model.selectionChanged.connect(self._on_changed)
        self.selection_model.currentRowChanged.connect(lambda now, _: self.current_changed.emit(now.row()))

    @property
    def current_row(self) -> int | None:
        """The current table row, if any."""
        index = self.selection_model.currentIndex()
        return index.row() if index.isValid() else None

    def rows(self) -> list[int]:
        """Selected table rows in shown order."""
        order = self.order
        return [int(row) for row in order[self.mask[order]].tolist()]

    def reset(self) -> None:
        """The model has other rows."""
        self._anchor = None
        self.mask = np.zeros(self._model.rowCount(), np.bool_)

    def restore(self, rows: Sequence[int], current: int | None) -> None:
        """Select `rows` of new instruments as they were before."""
        self._select(np.array(rows, np.intp), Flag.ClearAndSelect)
        if current is not None:
            self.selection_model.setCurrentIndex(self._model.index(current, 0), Flag.NoUpdate)

    def position(self) -> int | None:
        """Place of the current row in `order`."""
        found = np.flatnonzero(self.order == self.current_row) if self.current_row is not None else _NO_ROWS
        return int(found[0]) if len(found) else None

    def press(self, place: int, modifiers: Qt.KeyboardModifier) -> None:
        """A click on the row at `place` of the order."""
        row = int(self.order[place])
        if modifiers & Qt.KeyboardModifier.ShiftModifier and self._anchor is not None:
            self._range_to(place)
        elif modifiers & Qt.KeyboardModifier.ControlModifier:
            self._select(np.array([row]), Flag.Toggle)
            self._anchor = row
        else:
            self._select(np.array([row]), Flag.ClearAndSelect)
            self._anchor = row
        self._set_current(row)
        self.pressed.emit(row)

    def move_to(self, place: int, extend: bool) -> None:
        """Make the row at `place` current, alone or as the end of a range."""
        row = int(self.order[place])
        if extend and self._anchor is not None:
            self._range_to(place)
        else:
            self._select(np.array([row]), Flag.ClearAndSelect)
            self._anchor = row
        self._set_current(row)

    def walk_to(self, place: int) -> None:
        """Make the row at `place` current; what is selected stays."""
        self._set_current(int(self.order[place]))

    def toggle_current(self) -> None:
        """Add the current row to what is selected, or take it out."""
        row = self.current_row
        if row is not None:
            self._select(np.array([row]), Flag.Toggle)
            self._anchor = row

    def select_all(self) -> None:
        self._select(self.order, Flag.ClearAndSelect)

    def copied(self, columns: Sequence[str]) -> str:
        """Selected rows as tab-separated exact values, in shown order."""
        return "\n".join("\t".join(self._model.copied(row, col) for col in columns) for row in self.rows())

    def _range_to(self, place: int) -> None:
        anchors = np.flatnonzero(self.order == self._anchor)
        start = int(anchors[0]) if len(anchors) else place
        first, last = min(start, place), max(start, place)
        self._select(self.order[first : last + 1], Flag.ClearAndSelect)

    def _set_current(self, row: int) -> None:
        self.selection_model.setCurrentIndex(self._model.index(row, 0), Flag.NoUpdate)

    def _select(self, rows: Rows, flag: Flag) -> None:
        """Neighbours in the table go as one range: ten thousand single ones take Qt seconds."""
        selection, last = QItemSelection(), self._model.columnCount() - 1
        rows = np.sort(rows)
        cuts = np.flatnonzero(np.diff(rows) != 1) + 1
        for run in np.split(rows, cuts) if len(rows) else ():
            selection.select(self._model.index(int(run[0]), 0), self._model.index(int(run[-1]), last))
        self.selection_model.select(selection, flag)

    def _on_changed(self) -> None:
        mask = np.zeros(self._model.rowCount(), np.bool_)
        for area in self.selection_model.selection().toList():
            mask[area.top() : area.bottom() + 1] = True
        self.mask = mask
        self.changed.emit()
