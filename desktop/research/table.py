"""A table of rows in the look of the grid: one line a row, no vertical lines, the selection by whole rows.

A `QTableView` with a delegate that paints by the theme's tokens; columns are a header's, which sorts, moves
and remembers widths. For lists of hundreds of rows; prices have a grid of their own.
"""

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
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

    def paint_cell(self, painter: QPainter, rect: QRect, index: Index) -> None:
        text = index.data(Qt.ItemDataRole.DisplayRole)
        if not text:
            return
        theme = self.table.theme
        pad = theme.px("spacing.cell_pad_x")
        strong = bool(index.data(WEIGHT_ROLE))
        painter.setFont(self.table.strong_font if strong else self.table.cell_font)
        painter.setPen(theme.color(index.data(COLOUR_ROLE) or "text.primary"))
        box = rect.adjusted(pad, 0, -pad, -1)
        align = Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole) or Qt.AlignmentFlag.AlignLeft)
        metrics = self.table.metrics
        shown = metrics.elidedText(str(text), Qt.TextElideMode.ElideRight, box.width())
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

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        theme, model = self._table.theme, self.model()
        painter.fillRect(rect, theme.color("surface.panel"))
        painter.fillRect(rect.x(), rect.bottom(), rect.width(), 1, theme.color("border.default"))
        words = model.headerData(logical, Qt.Orientation.Horizontal) or ""
        sorted_by = self.isSortIndicatorShown() and logical == self.sortIndicatorSection()
        if sorted_by and words:
            arrow = "▴" if self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder else "▾"
            words = f"{words} {arrow}"
        pad = theme.px("spacing.cell_pad_x")
        font = theme.font("header", "strong")
        painter.setFont(font)
        painter.setPen(theme.color("text.primary" if sorted_by else "text.tertiary"))
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
        self.metrics = QFontMetricsF(self.cell_font)
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
