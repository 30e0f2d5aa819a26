"""The list of a grid's columns: checked are shown, dragging moves them, typing narrows them down."""

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from desktop.panels.grid.column_set import ColumnSet
from desktop.panels.grid.columns import ColumnSpec
from desktop.tr import tr

_COL = Qt.ItemDataRole.UserRole


class ColumnList(QListWidget):
    """Follows the column set; what a person does goes there at once."""

    chosen = Signal(str)  # column id, empty for none

    def __init__(self, columns: ColumnSet, parent: QWidget) -> None:
        super().__init__(parent)
        self._columns = columns
        self._words: list[str] = []
        self._filling = False
        self.setAccessibleName(tr("Columns"))
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setUniformItemSizes(True)
        self.setStyleSheet("QListWidget::item { padding: 2px 4px; }")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemChanged.connect(self._on_checked)
        self.currentItemChanged.connect(lambda now, _: self._on_current(now))
        self.model().rowsMoved.connect(self._on_moved)
        columns.changed.connect(self.fill)
        self.fill()

    def set_words(self, text: str) -> None:
        """Keep the columns whose title or description holds every word."""
        self._words = text.casefold().split()
        self._narrow()

    @property
    def current(self) -> str:
        item = self.currentItem()
        return "" if item is None else str(item.data(_COL))

    def choose(self, col: str) -> None:
        """Make a column the current one."""
        for row in range(self.count()):
            if self.item(row).data(_COL) == col:
                self.setCurrentRow(row)

    def fill(self) -> None:
        """As the columns are now; the current one stays."""
        if self._filling:
            return
        self._filling = True
        current, specs = self.current, self._columns.ordered()
        if [self.item(row).data(_COL) for row in range(self.count())] != [spec.col for spec in specs]:
            self.clear()
            for spec in specs:
                self.addItem(_item(spec))
        for row, spec in enumerate(specs):
            item, shown = self.item(row), self._columns.is_shown(spec.col)
            item.setText(spec.title)
            item.setToolTip(spec.hint)
            item.setCheckState(Qt.CheckState.Checked if shown else Qt.CheckState.Unchecked)
        self._filling = False
        self._narrow()
        if current:
            self.choose(current)

    def _narrow(self) -> None:
        for row in range(self.count()):
            item = self.item(row)
            text = f"{item.text()}\n{item.toolTip()}\n{item.data(_COL)}".casefold()
            item.setHidden(not all(word in text for word in self._words))
        # Where some are hidden a place in the list is no place among the columns.
        self.setDragEnabled(not self._words)

    def _on_checked(self, item: QListWidgetItem) -> None:
        if not self._filling:
            self._columns.set_shown(str(item.data(_COL)), item.checkState() is Qt.CheckState.Checked)
            self.fill()  # the last shown column stays checked

    def _on_current(self, item: QListWidgetItem | None) -> None:
        if not self._filling:
            self.chosen.emit("" if item is None else str(item.data(_COL)))

    def _on_moved(self, _from: QModelIndex, begin: int, _end: int, _to: QModelIndex, before: int) -> None:
        if not self._filling:
            place = before if before < begin else before - 1
            self._columns.move_to(str(self.item(place).data(_COL)), place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt with an arrow moves the current column: dragging is not for everybody."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if step and alt and not self._words and self.current:
            place = min(max(self.currentRow() + step, 0), self.count() - 1)
            self._columns.move_to(self.current, place)
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(200, 320)


def _item(spec: ColumnSpec) -> QListWidgetItem:
    item = QListWidgetItem(spec.title)
    item.setData(_COL, spec.col)
    flags = item.flags() | Qt.ItemFlag.ItemIsUserCheckable
    item.setFlags(flags & ~Qt.ItemFlag.ItemIsDropEnabled)
    return item
