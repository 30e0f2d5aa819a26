"""The table of trades that differ, and the line above it: the base, the run that is looked at, words.

Rows become text when they come into view. Return or a double click opens the run at the trade.
"""

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.paint.theme import Theme
from desktop.panels.compare.differences import COLUMNS, Differences, TradeRow, ink_of_run, matching
from desktop.research.table import COLOUR_ROLE, Index, LineTable
from desktop.tr import tr

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

ROWS_SHOWN: Final = 24
RUN_COLUMN: Final = 3
FILTER_PX: Final = 170
ALL_RUNS: Final = -1
_NOWHERE: Final = QModelIndex()
_COLUMN_MAX: Final = len(COLUMNS)


class TradesModel(QAbstractTableModel):
    """`rows` are those that are shown, sorted."""

    def __init__(self) -> None:
        super().__init__()
        self.told: Differences | None = None
        self.rows: list[TradeRow] = []
        self.words = ""
        self.run = ALL_RUNS
        self._sort: tuple[int, bool] = (0, False)

    def show(self, told: Differences | None) -> None:
        self.told = told
        self.refill()

    def refill(self) -> None:
        """Filter and sort anew."""
        self.beginResetModel()
        told = self.told
        self.rows = [] if told is None else matching(told, self.words, None if self.run < 0 else self.run)
        column, descending = self._sort
        self.rows.sort(key=COLUMNS[column].order, reverse=descending)
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sort = (max(column, 0), order == Qt.SortOrder.DescendingOrder)
        self.refill()

    # ---- what views ask --------------------------------------------------------------------------
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else _COLUMN_MAX

    def text(self, row: int, column: int) -> str:
        assert self.told is not None
        return COLUMNS[column].text(self.rows[row], self.told)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or self.told is None:
            return None
        column = COLUMNS[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.text(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _align(column.is_number)
        if role == COLOUR_ROLE:
            if index.column() == RUN_COLUMN:
                return ink_of_run(self.rows[index.row()].run)
            text = self.text(index.row(), index.column()) if column.is_signed else ""
            if text[:1] in ("+", "−"):
                return "market.up" if text[0] == "+" else "market.down"
            return "text.primary" if column.is_number else "text.secondary"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(COLUMNS[section].title)
        return _align(COLUMNS[section].is_number) if role == Qt.ItemDataRole.TextAlignmentRole else None


def _align(is_number: bool) -> Any:
    return (Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft) | (
        Qt.AlignmentFlag.AlignVCenter
    )


class TradesTable(LineTable):
    """As high as its rows, up to two dozen of them."""

    def __init__(self, theme: Theme) -> None:
        self.trades = TradesModel()
        super().__init__(theme, self.trades)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Trades that differ"))
        self.setSortingEnabled(True)
        self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.trades.modelReset.connect(self.updateGeometry)

    def fit(self) -> None:
        """Columns as wide as their texts."""
        header = self.horizontalHeader()
        for column in range(_COLUMN_MAX):
            needs = max(self.sizeHintForColumn(column), header.sectionSizeHint(column))
            self.setColumnWidth(column, max(needs, self.theme.scaled_px(COLUMNS[column].width_px)))

    def sizeHint(self) -> QSize:
        rows = min(max(self.trades.rowCount(), 1), ROWS_SHOWN)
        height = self.theme.px("height.column_header") + rows * self.theme.row_height_px + 2
        return QSize(200, height + (8 if self.horizontalScrollBar().isVisible() else 0))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def painted_rows(self) -> list[list[str]]:
        """Text of the rows in view."""
        rows = range(min(self.trades.rowCount(), ROWS_SHOWN))
        return [[self.trades.text(row, column) for column in range(_COLUMN_MAX)] for row in rows]


class TradesSection(QWidget):
    """`show_differences`; signals the base that is chosen, the filter that is typed, and a trade to open:
    the place of the run and its row.
    """

    base_chosen = Signal(int)
    filtered = Signal()
    opened = Signal(int, object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.title, self.count = QLabel(tr("Trades that differ from")), QLabel()
        self.base, self.run = QComboBox(), QComboBox()
        self.filter = QLineEdit()
        self.table = TradesTable(theme)
        self.base.setAccessibleName(tr("Run to compare with"))
        self.run.setAccessibleName(tr("Trades of which run"))
        self.filter.setPlaceholderText(tr("Filter trades"))
        self.filter.setAccessibleName(tr("Filter trades"))
        self.filter.setToolTip(tr("Words of a row: a symbol, long or short, only in, exit, 2023-01-05"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._lines = (QHBoxLayout(), QHBoxLayout())  # two: a comparison may be narrow
        for line, parts in zip(
            self._lines, ((self.title, self.base), (self.run, self.filter, self.count)), strict=True
        ):
            for part in parts:
                line.addWidget(part)
            line.addStretch(1)
            column.addLayout(line)
        column.addWidget(self.table)
        self.base.activated.connect(self.base_chosen)
        self.run.activated.connect(self._choose_run)
        self.filter.textChanged.connect(self._choose_words)
        self.table.activated_row.connect(lambda row: self._open(self.table.trades.rows[row]))
        self.table.menu_wanted.connect(self._show_menu)
        self.set_theme(theme)

    @property
    def told(self) -> Differences | None:
        return self.table.trades.told

    def show_differences(self, told: Differences) -> None:
        model = self.table.trades
        if model.run >= len(told.titles) or model.run == told.base:
            model.run = ALL_RUNS
        for box, first in ((self.base, None), (self.run, tr("All runs"))):
            box.clear()
            if first is not None:
                box.addItem(first, ALL_RUNS)
            for place, title in enumerate(told.titles):
                if first is None or place != told.base:
                    box.addItem(title, place)
        self.base.setCurrentIndex(told.base)
        self.run.setCurrentIndex(max(self.run.findData(model.run), 0))
        self.run.setVisible(len(told.titles) > 2)
        model.show(told)
        self.table.fit()
        self._say_count()

    def set_filter(self, words: str) -> None:
        """As a workspace says it."""
        self.filter.setText(words)

    def _choose_run(self, _index: int) -> None:
        self.table.trades.run = int(self.run.currentData())
        self._refill()

    def _choose_words(self, words: str) -> None:
        self.table.trades.words = words
        self._refill()
        self.filtered.emit()

    def _refill(self) -> None:
        self.table.trades.refill()
        self._say_count()

    def _say_count(self) -> None:
        told, shown = self.told, len(self.table.trades.rows)
        if told is None:
            return
        total = f"{told.total:,}"
        if not told.total:
            words = tr("None: every trade is the same")
        elif shown == told.total:
            words = total
        else:
            words = tr("{shown} of {total}", shown=f"{shown:,}", total=total)
        self.count.setText(words)
        self.table.setVisible(bool(told.total))

    # ---- opening ---------------------------------------------------------------------------------
    def _open(self, row: TradeRow) -> None:
        told = self.told
        assert told is not None
        self.opened.emit(row.run if row.pnl is not None else told.base, row)

    def _show_menu(self, at: "QPoint") -> None:
        told, rows = self.told, self.table.selected_rows()
        if told is None or not rows:
            return
        row = self.table.trades.rows[rows[0]]
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for place, has_trade in ((row.run, row.pnl is not None), (told.base, row.base_pnl is not None)):
            act = menu.addAction(tr("Play {run} at this trade", run=told.titles[place]))
            act.setEnabled(has_trade)
            act.triggered.connect(lambda _checked=False, to=place: self.opened.emit(to, row))
        menu.popup(at)

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)
        self.table.fit()
        pad, small = theme.px("spacing.m"), theme.font_px("small")
        for line, top in zip(self._lines, (pad, 0), strict=True):
            line.setContentsMargins(pad, top, pad, theme.px("spacing.s"))
            line.setSpacing(theme.px("spacing.m"))
        self.title.setFont(theme.font("ui", "title"))
        self.count.setStyleSheet(f"color: {theme.css('text.tertiary')}; font-size: {small}px;")
        self.filter.setMaximumWidth(theme.scaled_px(FILTER_PX))
