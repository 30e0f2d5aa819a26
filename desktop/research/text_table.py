"""A small table of text for a panel: a title, columns, rows; numbers right, the best ones strong."""

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QSizePolicy, QWidget

from desktop.paint.theme import Theme
from desktop.research.table import COLOUR_ROLE, WEIGHT_ROLE, Index, LineTable

_NOWHERE: Final = QModelIndex()


class TextModel(QAbstractTableModel):
    """`show` replaces all of it. The first `left` columns are words."""

    def __init__(self) -> None:
        super().__init__()
        self.titles: tuple[str, ...] = ()
        self.cells: tuple[tuple[str, ...], ...] = ()
        self._strong: tuple[tuple[int, ...], ...] = ()
        self._left: frozenset[int] = frozenset((0,))
        self._signed: frozenset[int] = frozenset()

    def show(
        self,
        titles: Sequence[str],
        cells: Sequence[Sequence[str]],
        strong: Sequence[tuple[int, ...]] = (),
        left: int = 1,
    ) -> None:
        self.beginResetModel()
        self.titles, self.cells = tuple(titles), tuple(tuple(row) for row in cells)
        self._strong, self._left = tuple(strong), frozenset(range(left))
        self.endResetModel()

    def set_signed(self, columns: Sequence[int]) -> None:
        """The sign of these columns is a gain or a loss."""
        self._signed = frozenset(columns)

    def set_left(self, columns: Sequence[int]) -> None:
        """These columns are words."""
        self._left = frozenset(columns)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.cells)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.titles)

    def _align(self, column: int) -> Any:
        side = Qt.AlignmentFlag.AlignLeft if column in self._left else Qt.AlignmentFlag.AlignRight
        return side | Qt.AlignmentFlag.AlignVCenter

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        text = self.cells[row][column]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._align(column)
        strong = row < len(self._strong) and column in self._strong[row]
        if role == WEIGHT_ROLE:
            return strong
        if role == COLOUR_ROLE:
            if strong:
                return "accent.text"
            if column in self._signed and text[:1] in ("+", "−"):
                return "market.up" if text[0] == "+" else "market.down"
            return "text.secondary" if column in self._left else "text.primary"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.titles[section]
        return self._align(section) if role == Qt.ItemDataRole.TextAlignmentRole else None


class TextTable(LineTable):
    """As high as its rows, within `rows_max`; columns share the width."""

    def __init__(self, theme: Theme, name: str, rows_max: int = 40, parent: QWidget | None = None) -> None:
        self.text = TextModel()
        self._rows_max = rows_max
        super().__init__(theme, self.text, parent)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self.horizontalHeader().setStretchLastSection(False)

    def show_rows(
        self,
        titles: Sequence[str],
        cells: Sequence[Sequence[str]],
        strong: Sequence[tuple[int, ...]] = (),
        left: int = 1,
        first_px: int = 150,
        other_px: int = 96,
    ) -> None:
        """Widths at 100 %."""
        self.text.show(titles, cells, strong, left)
        for column in range(len(titles)):
            width = first_px if column == 0 else other_px
            self.setColumnWidth(column, self.theme.scaled_px(width))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        rows = min(max(self.text.rowCount(), 1), self._rows_max)
        header = self.theme.px("height.column_header")
        bar = 8 if self.horizontalScrollBar().isVisible() else 0
        return QSize(200, header + rows * self.theme.row_height_px + bar + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())
