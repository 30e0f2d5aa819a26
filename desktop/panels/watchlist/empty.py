"""What a watchlist without a row says, and the next step it offers: every reason has its own words."""

from typing import TYPE_CHECKING

from desktop.panels.grid.states import PanelKind, PanelState
from desktop.tr import tr
from desktop.watchlists.watchlist import Watchlist
from desktop.words import count_words

if TYPE_CHECKING:
    from desktop.panels.watchlist.panel import WatchlistPanel


def add_symbols() -> str:
    """Label of the button that opens the field."""
    return tr("Add symbols")


def import_list() -> str:
    """Label of the button that asks for a file."""
    return tr("Import a list")


def bring_back() -> str:
    """Label of the button that undoes the deletion of the list."""
    return tr("Bring it back")


def show_all() -> str:
    """Label of the button that shows everything of the scope."""
    return tr("Show all instruments")


def empty_list() -> PanelState:
    """A list of one's own that has nothing in it yet."""
    return PanelState(
        PanelKind.EMPTY,
        title=tr("This watchlist is empty"),
        sentence=tr("Type a symbol, paste a list, or drop a CSV file."),
        actions=(add_symbols(), import_list()),
    )


def nothing_in_scope(watchlist: Watchlist) -> PanelState:
    """The scope has none of its instruments; the list keeps them."""
    count = count_words(len(watchlist.keys), "instrument")
    return PanelState(
        PanelKind.EMPTY,
        title=tr("Nothing of “{name}” is in this scope", name=watchlist.name),
        sentence=tr("The {count} of the list stay in it and show where a scope has them.", count=count),
        actions=(show_all(), add_symbols()),
    )


def list_gone(name: str, can_undo: bool) -> PanelState:
    """The list that was chosen does not exist any more."""
    return PanelState(
        PanelKind.EMPTY,
        title=tr("There is no watchlist “{name}” any more", name=name),
        sentence=tr("It was deleted, or was made on another machine. Choose another list above."),
        actions=(bring_back(), show_all()) if can_undo else (show_all(),),
    )


def own_state(panel: "WatchlistPanel") -> PanelState:
    """Why the own list that the panel shows has no row."""
    own, choice = panel.editing.own, panel.choice
    if own is None:
        can_undo = panel.watchlists.store.can_undo(choice.list_id)
        return list_gone(choice.list_name or choice.list_id, can_undo)
    return nothing_in_scope(own) if own.keys else empty_list()
