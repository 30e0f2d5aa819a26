"""The grid's menus: which columns are shown, and what can be done with rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from desktop.commands.context_menu import add_actions
from desktop.panels.grid.actions import chosen
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.panels.grid.chooser import ColumnChooser
    from desktop.panels.grid.quote_grid import QuoteGrid


def column_menu(grid: QuoteGrid, col: str = "") -> QMenu:
    """One line a column, checked while shown; before them what can be done with `col`, if one is meant."""
    menu = QMenu(grid)
    columns = grid.rows.columns
    if col:
        title = grid.rows.model.spec(col).title
        hide, settings = tr("Hide {title}", title=title), tr("Settings of {title}", title=title)
        menu.addAction(hide).triggered.connect(lambda: columns.set_shown(col, False))
        menu.addAction(tr("Fit width")).triggered.connect(lambda: grid.rows.fit_column(col))
        menu.addAction(settings).triggered.connect(lambda: choose_columns(grid, col))
        menu.addSeparator()
    menu.addAction(tr("Choose and compute columns")).triggered.connect(lambda: choose_columns(grid))
    menu.addSeparator()
    for spec in columns.ordered():
        action = menu.addAction(spec.title)
        action.setToolTip(spec.hint)
        action.setCheckable(True)
        action.setChecked(columns.is_shown(spec.col))
        action.toggled.connect(lambda shown, col=spec.col: columns.set_shown(col, shown))
    menu.addSeparator()
    menu.addAction(tr("Reset columns")).triggered.connect(columns.reset)
    menu.setToolTipsVisible(True)
    return menu


def choose_columns(grid: QuoteGrid, col: str = "") -> ColumnChooser:
    """Open the column chooser, or bring it to the front, at a column if one is meant."""
    from desktop.panels.grid.chooser import ColumnChooser  # when it is wanted: a desk starts without it

    chooser = grid.findChild(ColumnChooser)
    if chooser is None:
        chooser = ColumnChooser(grid.rows.columns, grid.theme, grid)
    if col:
        chooser.choose(col)
    chooser.show()
    chooser.activateWindow()
    return chooser


def more_menu(grid: QuoteGrid) -> QMenu:
    """What the ⋮ button and a right click on a row offer."""
    menu = QMenu(grid)
    add_actions(menu, grid, chosen("copy", "copy_with_titles", "select_all"))
    menu.addSeparator()
    add_actions(menu, grid, chosen("unsort"))
    if grid.filter_words:
        add_actions(menu, grid, chosen("clear_filter"))
    menu.addSeparator()
    add_actions(menu, grid, chosen("export_csv", "export_parquet"))
    return menu
