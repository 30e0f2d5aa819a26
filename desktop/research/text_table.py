"""A small table of text for a panel: a title, columns, rows; numbers right, the best ones strong."""

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QSizePolicy, QWidget

from desktop.paint.theme import Theme
from desktop.research.table import COLOUR_ROLE, WEIGHT_ROLE, Index, LineTable

COLUMN_MIN_PX: Final = 64
BAR_PX: Final = 8  # of the style sheet
_NOWHERE: Final = QModelIndex()


class TextModel(QAbstractTableModel):
    """`show` replaces all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.titles: tuple[str, ...] = ()
        self.cells: tuple[tuple[str, ...], ...] = ()
        self._strong: tuple[tuple[int, ...], ...] = ()
        self._left: frozenset[int] = frozenset((0,))
        self._inks: tuple[str, ...] = ()
        self._signed: frozenset[int] = frozenset()

    def show(
        self,
        titles: Sequence[str],
        cells: Sequence[Sequence[str]],
        strong: Sequence[tuple[int, ...]] = (),
        left: Sequence[int] = (0,),
        inks: Sequence[str] = (),
    ) -> None:
        """`left` are the columns of words, `inks` tokens of the titles."""
        self.beginResetModel()
        self.titles, self.cells = tuple(titles), tuple(tuple(row) for row in cells)
        self._strong, self._left, self._inks = tuple(strong), frozenset(left), tuple(inks)
        self.endResetModel()

    def set_signed(self, columns: Sequence[int]) -> None:
        """The sign of these columns is a gain or a loss."""
        self._signed = frozenset(columns)

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
        if role == COLOUR_ROLE:
            return self._inks[section] if section < len(self._inks) else None
        return self._align(section) if role == Qt.ItemDataRole.TextAlignmentRole else None


class TextTable(LineTable):
    """As high as its rows, within `rows_max`; columns as wide as their texts, the last ones scrolled to."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        rows_max: int = 40,
        parent: QWidget | None = None,
        *,
        has_header: bool = True,
    ) -> None:
        self.text = TextModel()
        self._rows_max = rows_max
        super().__init__(theme, self.text, parent)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # nothing to choose: keys scroll the sheet
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self.horizontalHeader().setStretchLastSection(False)
        self.horizontalHeader().setVisible(has_header)
        self.horizontalScrollBar().rangeChanged.connect(lambda *_: self.updateGeometry())

    def show_rows(
        self,
        titles: Sequence[str],
        cells: Sequence[Sequence[str]],
        strong: Sequence[tuple[int, ...]] = (),
        left: int = 1,
        left_columns: Sequence[int] = (),
        inks: Sequence[str] = (),
    ) -> None:
        """The first `left` columns are words, or those of `left_columns`."""
        self.text.show(titles, cells, strong, left_columns or range(left), inks)
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._fit()

    def _fit(self) -> None:
        least = self.theme.scaled_px(COLUMN_MIN_PX)
        header = self.horizontalHeader()
        for column in range(len(self.text.titles)):
            needs = max(self.sizeHintForColumn(column), header.sectionSizeHint(column))
            self.setColumnWidth(column, max(needs, least if column else 0))
        self.updateGeometry()

    def stand_below(self, other: "TextTable") -> None:
        """The columns of both are equally wide: they are of the same things."""
        for column in range(len(self.text.titles)):
            width = max(self.columnWidth(column), other.columnWidth(column))
            for table in (self, other):
                table.setColumnWidth(column, width)

    def scroll_with(self, other: "TextTable") -> None:
        """Sideways both go together."""
        mine, others = self.horizontalScrollBar(), other.horizontalScrollBar()
        mine.valueChanged.connect(others.setValue)
        others.valueChanged.connect(mine.setValue)

    def sizeHint(self) -> QSize:
        rows = min(max(self.text.rowCount(), 1), self._rows_max)
        header = 0 if self.horizontalHeader().isHidden() else self.theme.px("height.column_header")
        bar = BAR_PX if self.horizontalScrollBar().maximum() > 0 else 0
        return QSize(200, header + rows * self.theme.row_height_px + bar + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())
