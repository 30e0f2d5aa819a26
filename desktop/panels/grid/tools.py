"""What stands at the right of the grid's title bar: filter box, row count, column chooser, more.

The shell places the widget that `GridTools` is; the grid works without it.
"""

from PySide6.QtCore import QPoint, QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from desktop.paint.icons import icon
from desktop.paint.theme import Theme
from desktop.panels.grid.filter_box import FilterBox
from desktop.panels.grid.quote_grid import QuoteGrid
from desktop.tr import tr
from desktop.words import count_words

FILTER_WIDTH_MIN_PX = 64


class GridTools(QWidget):
    """Filter box, row count, column chooser and a menu for one grid."""

    def __init__(self, grid: QuoteGrid, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = grid
        self.filter_box = FilterBox(grid, theme)
        self._count = QLabel()
        self._columns = QToolButton()
        self._columns.setToolTip(tr("Choose columns"))
        self._columns.setAccessibleName(tr("Choose columns"))
        self._columns.clicked.connect(lambda: self._pop_up(self._columns, grid.column_menu()))
        self._more = QToolButton()
        self._more.setToolTip(tr("More for these rows (right click)"))
        self._more.setAccessibleName(tr("More"))
        self._more.clicked.connect(lambda: self._pop_up(self._more, grid.more_menu()))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(4)
        for widget in (self.filter_box, self._count, self._columns, self._more):
            row.addWidget(widget)
        grid.rows_shown.connect(self._on_rows_shown)
        self._on_rows_shown(*grid.row_counts())
        self.filter_box.setFixedWidth(self.filter_box.wanted_px)
        self.set_theme(theme)

    @property
    def leaving(self) -> tuple[QWidget, ...]:
        """Parts that a narrow title bar does without, the first one first."""
        return (self._count, self._columns)

    def set_theme(self, theme: Theme) -> None:
        """Another look."""
        size = theme.px("icon_px.inline")
        self._columns.setIcon(icon("columns-3", theme))
        self._more.setIcon(icon("ellipsis-vertical", theme))
        for button in (self._columns, self._more):
            button.setIconSize(QSize(size, size))
            button.setFixedSize(22, 22)
            button.setAutoRaise(True)
        self._count.setFont(theme.number_font("small"))
        small = theme.font_px("small")  # the application's style sheet would win over a font's size
        self._count.setStyleSheet(f"color: {theme.css('text.tertiary')}; font-size: {small}px;")
        self.filter_box.set_theme(theme)

    def _on_rows_shown(self, shown: int, total: int) -> None:
        rows = count_words(total, "row")
        self._count.setText(
            rows if shown == total else tr("{shown} of {rows}", shown=f"{shown:,}", rows=rows)
        )

    @staticmethod
    def _pop_up(button: QToolButton, menu: QMenu) -> None:
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))
