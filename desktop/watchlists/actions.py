"""What can be done with the list of the watchlist in use, by name."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop.actions import Action, ActionContext
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.panels.watchlist.panel import WatchlistPanel


def actions() -> tuple[Action, ...]:
    group = tr("Watchlists")

    def one(
        name: str,
        title: str,
        run: "Callable[[WatchlistPanel], object]",
        refusal: Callable[[ActionContext], str],
        icon: str = "",
        words: str = "",
    ) -> Action:
        def act(at: ActionContext) -> object:
            panel = panel_of(at)
            return run(panel) if panel is not None else None

        return Action(f"list.{name}", title, group, act, (), icon, refusal, words)

    return (
        one(
            "new",
            tr("Make a watchlist of your own"),
            lambda at: at.asking.ask_new(),
            _needs_panel,
            "plus",
            "create",
        ),
        one("copy_all", tr("Copy the list"), lambda at: at.editing.copy_list(), _needs_rows, "copy", "text"),
        one("duplicate", tr("Duplicate the watchlist"), lambda at: at.asking.duplicate(), _needs_panel),
        one("rename", tr("Rename the watchlist"), lambda at: at.asking.ask_name(), _needs_own),
        one("delete", tr("Delete the watchlist"), lambda at: at.asking.delete(), _needs_own, "x", "remove"),
        one(
            "add",
            tr("Add symbols to the watchlist"),
            lambda at: at.asking.ask_symbols(),
            _needs_panel,
            "plus",
        ),
        one("paste", tr("Paste a list"), lambda at: at.editing.paste(), _needs_panel, "", "clipboard insert"),
        one(
            "import", tr("Import a list"), lambda at: at.asking.ask_file(), _needs_panel, "upload", "csv file"
        ),
        one(
            "export",
            tr("Export the list"),
            lambda at: at.asking.ask_export(),
            _needs_rows,
            "download",
            "text",
        ),
        one(
            "remove",
            tr("Remove the selected rows"),
            lambda at: at.editing.remove_selected(),
            _needs_selection,
            words="delete",
        ),
        one(
            "undo",
            tr("Undo the last change of the watchlist"),
            lambda at: at.editing.undo(),
            _needs_undo,
            "undo-2",
        ),
    )


def panel_of(at: ActionContext) -> "WatchlistPanel | None":
    """The watchlist in use, else the first one of the window."""
    from desktop.panels.watchlist.panel import WatchlistPanel

    if isinstance(at.panel, WatchlistPanel):
        return at.panel
    watchlists = at.window.contents.watchlists
    return watchlists[0] if watchlists else None


def _needs_panel(at: ActionContext) -> str:
    return "" if panel_of(at) is not None else tr("There is no watchlist in this window")


def _needs_own(at: ActionContext) -> str:
    panel = panel_of(at)
    if panel is None:
        return _needs_panel(at)
    if panel.editing.own is None:
        return tr("“{name}” is built in", name=panel.list_label)
    return ""


def _needs_rows(at: ActionContext) -> str:
    panel = panel_of(at)
    if panel is None:
        return _needs_panel(at)
    return "" if panel.editing.all_keys() else tr("The list is empty")


def _needs_selection(at: ActionContext) -> str:
    panel = panel_of(at)
    if panel is not None and panel.editing.own is not None and not panel.selected_keys():
        return tr("No row is selected")
    return _needs_own(at)


def _needs_undo(at: ActionContext) -> str:
    panel = panel_of(at)
    if panel is None:
        return _needs_panel(at)
    return (
        "" if panel.watchlists.store.can_undo(panel.choice.list_id) else tr("There is nothing to undo here")
    )
