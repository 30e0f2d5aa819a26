"""A table of rows in the look of the grid: one line a row, no vertical lines, the selection by whole rows.

A `QTableView` with a delegate that paints by the theme's tokens; columns are a header's, which sorts, moves
and remembers widths. For lists of hundreds of rows; prices have a grid of their own.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.paint.theme import Theme

COLOUR_ROLE: Final = Qt.ItemDataRole.UserRole + 1  # the token of a cell's text
WEIGHT_ROLE: Final = Qt.ItemDataRole.UserRole + 2  # True: strong
Index = QModelIndex | QPersistentModelIndex


class LineDelegate(QStyledItemDelegate):
    """Text of a cell, the line under it, and what says that its row is selected."""

    def __init__(self, table: "LineTable") -> None:
        super().__init__(table)
        self.table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        self.paint_ground(painter, rect, index, option)
        self.paint_cell(painter, rect, index)

    def paint_ground(
        self, painter: QPainter, rect: QRect, index: Index, option: QStyleOptionViewItem
    ) -> None:
        theme, table = self.table.theme, self.table
        state: Any = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.color(table.selection_token))
        elif index.row() == table.hovered_row:
            painter.fillRect(rect, theme.color("surface.hover"))
        painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, theme.color("border.subtle"))
        if state & QStyle.StateFlag.State_Selected and table.is_first_column(index.column()):
            painter.fillRect(rect.x(), rect.y(), 2, rect.height(), theme.color("accent.base"))

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        """What a cell needs to show all of its text."""
        table = self.table
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        metrics = table.strong_metrics if index.data(WEIGHT_ROLE) else table.metrics
        width = math.ceil(metrics.horizontalAdvance(text)) + 2 * table.theme.px("spacing.cell_pad_x")
        return QSize(width, table.theme.row_height_px)

    def paint_cell(self, painter: QPainter, rect: QRect, index: Index) -> None:
        text = index.data(Qt.ItemDataRole.DisplayRole)
        if text:
            self.paint_text(painter, rect, index, str(text))

    def paint_text(self, painter: QPainter, rect: QRect, index: Index, text: str) -> None:
        """`text` in the place of the cell's own."""
        theme = self.table.theme
        pad = theme.px("spacing.cell_pad_x")
        strong = bool(index.data(WEIGHT_ROLE))
        painter.setFont(self.table.strong_font if strong else self.table.cell_font)
        painter.setPen(theme.color(index.data(COLOUR_ROLE) or "text.primary"))
        box = rect.adjusted(pad, 0, -pad, -1)
        align = Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole) or Qt.AlignmentFlag.AlignLeft)
        metrics = self.table.strong_metrics if strong else self.table.metrics
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, align, shown)


class LineHeader(QHeaderView):
    """Words in the header's font; the sorted column is primary and has its arrow as text."""

    def __init__(self, table: "LineTable") -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._table = table
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(24)
        self.setStretchLastSection(True)
        self.setMouseTracking(True)

    def sectionSizeFromContents(self, logical: int) -> QSize:
        """With room for the arrow."""
        theme = self._table.theme
        words = self.model().headerData(logical, Qt.Orientation.Horizontal) or ""
        font = theme.font("header", "strong")
        width = math.ceil(QFontMetricsF(font).horizontalAdvance(self._shown(logical, words)))
        return QSize(width + 2 * theme.px("spacing.cell_pad_x"), theme.px("height.column_header"))

    def _is_sorted_by(self, logical: int) -> bool:
        return self.isSortIndicatorShown() and logical == self.sortIndicatorSection()

    def _shown(self, logical: int, words: str) -> str:
        if not words or not self._is_sorted_by(logical):
            return words
        arrow = "▴" if self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder else "▾"
        return f"{words} {arrow}"

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        theme, model = self._table.theme, self.model()
        painter.fillRect(rect, theme.color("surface.panel"))
        painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, theme.color("border.default"))
        words = self._shown(logical, model.headerData(logical, Qt.Orientation.Horizontal) or "")
        pad = theme.px("spacing.cell_pad_x")
        font = theme.font("header", "strong")
        painter.setFont(font)
        ink = model.headerData(logical, Qt.Orientation.Horizontal, COLOUR_ROLE)
        usual = "text.primary" if self._is_sorted_by(logical) else "text.tertiary"
        painter.setPen(theme.color(ink or usual))
        align = model.headerData(logical, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole)
        box = rect.adjusted(pad, 0, -pad, -1)
        shown = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag(align or Qt.AlignmentFlag.AlignLeft), shown)


class LineTable(QTableView):
    """`activated_row(row)` on Return or a double click; `menu_wanted(global place)` on a right click."""

    activated_row = Signal(int)
    menu_wanted = Signal(object)
    widths_changed = Signal()  # by a hand

    def __init__(self, theme: Theme, model: QAbstractTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hovered_row = -1
        self.theme = theme
        # The view's and not Python's: garbage is collected in whichever thread allocates, and a QObject
        # must go in its own.
        model.setParent(self)
        self.setModel(model)
        self.setItemDelegate(LineDelegate(self))
        header = LineHeader(self)
        self.setHorizontalHeader(header)
        self.verticalHeader().hide()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(
            lambda at: self.menu_wanted.emit(self.viewport().mapToGlobal(at))
        )
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.cell_font = theme.number_font("cell")
        self.strong_font = theme.number_font("cell", "strong")
        self.metrics, self.strong_metrics = QFontMetricsF(self.cell_font), QFontMetricsF(self.strong_font)
        self.verticalHeader().setDefaultSectionSize(theme.row_height_px)
        self.verticalHeader().setMinimumSectionSize(theme.row_height_px)
        self.horizontalHeader().setFixedHeight(theme.px("height.column_header"))
        self.setStyleSheet(
            f"QTableView {{ background: {theme.css('surface.panel')}; border: none;"
            " selection-background-color: transparent; }"
        )
        self.viewport().update()
        self.horizontalHeader().viewport().update()

    @property
    def selection_token(self) -> str:
        return "surface.selected" if self.hasFocus() else "surface.selected_inactive"

    def is_first_column(self, column: int) -> bool:
        """As it stands on the screen."""
        return self.horizontalHeader().visualIndex(column) == 0

    def selected_rows(self) -> list[int]:
        """Ascending."""
        return sorted({index.row() for index in self.selectionModel().selectedRows()})

    def set_widths(self, widths_px: list[int]) -> None:
        """Of the columns, at 100 %."""
        for column, width_px in enumerate(widths_px):
            self.setColumnWidth(column, self.theme.scaled_px(width_px))

    def show_columns(
        self, wanted_px: Sequence[int], leaving: Sequence[int], takes: int, gives_px: int = 0, firm: int = 0
    ) -> None:
        """As many columns as there is room for; those of `leaving` go one by one, and what is left over goes
        to the column `takes`. After `firm` of them have gone that one also gives up to `gives_px`.
        """
        room, shown = self.viewport().width(), set(range(len(wanted_px)))
        for number, column in enumerate(leaving):
            gives = gives_px if number >= firm and takes in shown else 0
            if sum(wanted_px[each] for each in shown) - gives <= room:
                break
            shown.discard(column)
        takes = takes if takes in shown else min(shown)
        spare = room - sum(wanted_px[each] for each in shown)
        for column, width_px in enumerate(wanted_px):
            self.setColumnHidden(column, column not in shown)
            if column in shown:
                more = max(spare, -gives_px) if column == takes else 0
                self.setColumnWidth(column, width_px + more)
        self.updateGeometries()  # else the scroll bar keeps the range of columns that have left
        self.viewport().update()

    # ---- hands -----------------------------------------------------------------------------------
    def _hover(self, row: int) -> None:
        if row != self.hovered_row:
            self.hovered_row = row
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.rowAt(event.position().toPoint().y()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: Any) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        row = self.rowAt(event.position().toPoint().y())
        if row >= 0 and event.button() is Qt.MouseButton.LeftButton:
            self.activated_row.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentIndex().isValid():
                self.activated_row.emit(self.currentIndex().row())
            return
        if event.text().isprintable() and event.text() and not event.modifiers():
            event.ignore()  # keys of the window: the table searches nothing by typing
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: Any) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self.viewport().update()
