"""The grid's menus: which columns are shown, and what can be done with rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

if TYPE_CHECKING:
    from desktop.panels.grid.quote_grid import QuoteGrid


def column_menu(grid: QuoteGrid) -> QMenu:
    """One line a column, checked while shown; stays one click per column."""
    menu = QMenu(grid)
    columns = grid.rows.columns
    for spec in grid.rows.model.specs:
        action = menu.addAction(spec.title)
        action.setToolTip(spec.hint)
        action.setCheckable(True)
        action.setChecked(columns.is_shown(spec.col))
        action.toggled.connect(lambda shown, col=spec.col: columns.set_shown(col, shown))
    menu.addSeparator()
    menu.addAction("Reset columns").triggered.connect(columns.reset)
    menu.setToolTipsVisible(True)
    return menu


def more_menu(grid: QuoteGrid) -> QMenu:
    """What the ⋮ button and a right click on a row offer."""
    menu = QMenu(grid)
    copy = menu.addAction("Copy rows")
    copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
    copy.setEnabled(bool(grid.rows.selection.rows()))
    copy.triggered.connect(grid.rows.copy)
    menu.addAction("Select all").triggered.connect(grid.rows.selection.select_all)
    menu.addSeparator()
    unsorted = menu.addAction("Order of the list")
    unsorted.setEnabled(bool(grid.sort))
    unsorted.triggered.connect(lambda: grid.set_sort(None))
    if grid.filter_words:
        menu.addAction("Clear filter").triggered.connect(lambda: grid.set_filter(""))
    return menu
