"""What stands at the right of the grid's title bar: filter box, row count, column chooser, more.

The shell places the widget that `GridTools` is; the grid works without it.
"""

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QWidget

from desktop.paint.icons import icon, icon_pixmap
from desktop.paint.theme import Theme
from desktop.panels.grid.quote_grid import QuoteGrid
from desktop.words import count_words

FILTER_WIDTH_PX = 150
FILTER_WIDTH_MIN_PX = 64
FILTER_HEIGHT_PX = 20


class FilterBox(QLineEdit):
    """Plain words; Esc clears, and once more goes to the rows as Down and Return do."""

    def __init__(self, grid: QuoteGrid) -> None:
        super().__init__()
        self._grid = grid
        self.setPlaceholderText("Filter rows")
        self.setToolTip("Rows whose symbol or venue holds every word (Ctrl+F, Esc clears)")
        self.setAccessibleName("Filter rows")
        self.textChanged.connect(grid.set_filter)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Escape):
            self._grid.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)


class GridTools(QWidget):
    """Filter box, row count, column chooser and a menu for one grid."""

    def __init__(self, grid: QuoteGrid, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = grid
        self.filter_box = FilterBox(grid)
        self._count = QLabel()
        self._columns = QToolButton()
        self._columns.setToolTip("Choose columns")
        self._columns.setAccessibleName("Choose columns")
        self._columns.clicked.connect(lambda: self._pop_up(self._columns, grid.column_menu()))
        self._more = QToolButton()
        self._more.setToolTip("More for these rows (right click)")
        self._more.setAccessibleName("More")
        self._more.clicked.connect(lambda: self._pop_up(self._more, grid.more_menu()))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(4)
        for widget in (self.filter_box, self._count, self._columns, self._more):
            row.addWidget(widget)
        # Not a QAction: Qt draws those at 16 px and more; the look has 14 in a field.
        self._filter_icon = QLabel(self.filter_box)
        grid.rows_shown.connect(self._on_rows_shown)
        grid.filter_changed.connect(self._on_filter_changed)
        self._on_rows_shown(*grid.row_counts())
        self.filter_box.setFixedWidth(FILTER_WIDTH_PX)
        self.set_theme(theme)

    @property
    def leaving(self) -> tuple[QWidget, ...]:
        """Parts that a narrow title bar does without, the first one first."""
        return (self._count, self._columns)

    def set_theme(self, theme: Theme) -> None:
        """Another look."""
        size = theme.px("icon_px.inline")
        pad, height = theme.px("spacing.m"), FILTER_HEIGHT_PX
        funnel = icon_pixmap("funnel", size, theme.argb("text.tertiary"), self.devicePixelRatioF())
        self._filter_icon.setPixmap(funnel)
        self._filter_icon.setGeometry(pad, (height - size) // 2, size, size)
        # The field's own 6 px of padding are the gap between icon and text.
        self.filter_box.setTextMargins(pad + size - 3, 0, 0, 0)
        self._columns.setIcon(icon("columns-3", theme))
        self._more.setIcon(icon("ellipsis-vertical", theme))
        for button in (self._columns, self._more):
            button.setIconSize(QSize(size, size))
            button.setFixedSize(22, 22)
            button.setAutoRaise(True)
        self._count.setFont(theme.number_font("small"))
        small = theme.font_px("small")  # the application's style sheet would win over a font's size
        self._count.setStyleSheet(f"color: {theme.css('text.tertiary')}; font-size: {small}px;")
        self.filter_box.setFont(theme.font("small"))
        self.filter_box.setStyleSheet(f"font-size: {small}px;")
        self.filter_box.setFixedHeight(height)

    def _on_rows_shown(self, shown: int, total: int) -> None:
        rows = count_words(total, "row")
        self._count.setText(rows if shown == total else f"{shown:,} of {rows}")

    def _on_filter_changed(self, words: str) -> None:
        if words != self.filter_box.text():
            self.filter_box.setText(words)

    @staticmethod
    def _pop_up(button: QToolButton, menu: QMenu) -> None:
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))
