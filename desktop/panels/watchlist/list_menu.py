"""The menu of a watchlist's title bar: the lists there are, and what can be done with the one shown."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from desktop.panels.watchlist.lists import (
    EVERYTHING,
    PAGE_ROWS,
    WatchChoice,
    all_pages,
    choice_label,
    exchange_pages,
    own_choice,
)
from desktop.tr import tr
from desktop.watchlists.watchlists import Watchlists
from desktop.words import count_words

if TYPE_CHECKING:
    from desktop.panels.watchlist.panel import WatchlistPanel


def fill_lists(menu: QMenu, panel: "WatchlistPanel", lists: Watchlists) -> None:
    """One's own lists, those of the scope, pages apart, then the list's actions."""
    menu.clear()
    menu.setToolTipsVisible(True)
    for own in lists.store.lists:
        count = count_words(len(own.keys), "instrument")
        _choice(menu, panel, own_choice(own), _shown(own.name)).setToolTip(f"{own.name}: {count}")
    if lists.store.lists:
        menu.addSeparator()
    _fill_built_in(menu, panel)
    menu.addSeparator()
    fill_actions(menu, panel)


def _fill_built_in(menu: QMenu, panel: "WatchlistPanel") -> None:
    instruments = panel.scope_instruments
    if not instruments:
        menu.addAction(tr("No instruments yet")).setEnabled(False)
        return
    pages = [choice for choice in all_pages(instruments) if choice.rows_max == PAGE_ROWS]
    wholes = [choice for choice in all_pages(instruments) if choice.rows_max != PAGE_ROWS]
    for choice in [*(wholes or [EVERYTHING]), *exchange_pages(instruments)]:
        _choice(menu, panel, choice, choice_label(choice, instruments))
    if len(pages) > 1:
        apart = menu.addMenu(tr("In pages of {count}", count=PAGE_ROWS))
        for choice in pages:
            _choice(apart, panel, choice, choice_label(choice, instruments))


def fill_actions(menu: QMenu, panel: "WatchlistPanel") -> None:
    """What can be done with the list."""
    asking, editing = panel.asking, panel.editing
    own = editing.own
    menu.addAction(tr("New watchlist…"), asking.ask_new)
    menu.addAction(tr("Duplicate") if own else tr("Copy into a new watchlist"), asking.duplicate)
    if own is not None:
        menu.addAction(tr("Rename…"), asking.ask_name)
        menu.addAction(tr("Delete “{name}”", name=_shown(own.name)), asking.delete)
    menu.addSeparator()
    menu.addAction(tr("Add symbols\tIns"), asking.ask_symbols)
    menu.addAction(tr("Import a list…"), asking.ask_file)
    menu.addAction(tr("Export the list…"), asking.ask_export)
    menu.addAction(tr("Copy the list"), editing.copy_list)


def _choice(menu: QMenu, panel: "WatchlistPanel", choice: WatchChoice, label: str) -> QAction:
    action = menu.addAction(label)
    action.setCheckable(True)
    action.setChecked(choice == panel.choice)
    action.triggered.connect(lambda _checked=False: panel.choose(choice))
    return action


def _shown(name: str) -> str:
    """An ampersand of a name is no mnemonic."""
    return name.replace("&", "&&")
