"""What can be done with the panels of a window, whatever they show."""

from desktop.actions import Action, ActionContext
from desktop.tr import tr
from desktop.workspace.limits import window_is_full


def actions() -> tuple[Action, ...]:
    group = tr("Panels")
    return (
        Action(
            "palette.open",
            tr("Find a symbol or command"),
            group,
            lambda at: at.window.commands.find(),
            ("Ctrl+K",),
            "search",
        ),
        Action(
            "watchlist.new",
            tr("Add a watchlist"),
            group,
            _add_watchlist,
            (),
            "plus",
            window_is_full,
            words="grid quotes list",
        ),
        Action(
            "chart.new",
            tr("Add a chart"),
            group,
            lambda at: at.window.add_chart(),
            ("Ctrl+Shift+N",),
            "chart-candlestick",
            window_is_full,
            words="candles bars",
        ),
        Action(
            "player.show",
            tr("Show or hide the player"),
            group,
            _toggle_player,
            (),
            "play",
            _needs_session,
            words="deck replay",
        ),
        Action(
            "panel.next",
            tr("Next panel"),
            group,
            lambda at: at.window.focus_next_panel(),
            ("F6",),
            words="focus",
        ),
        Action(
            "panel.previous",
            tr("Previous panel"),
            group,
            lambda at: at.window.focus_next_panel(-1),
            ("Shift+F6",),
            words="focus",
        ),
        Action(
            "grid.filter",
            tr("Filter rows"),
            group,
            lambda at: at.window.focus_filter(),
            ("Ctrl+F",),
            "funnel",
        ),
    )


def _add_watchlist(at: ActionContext) -> None:
    lists = at.window.contents.watchlists
    at.window.add_watchlist(lists[-1].choice if lists else None)


def _toggle_player(at: ActionContext) -> None:
    at.window.set_player(at.window.contents.player is None)


def _needs_session(at: ActionContext) -> str:
    return tr("There is a player only in a replay session or a run") if at.window.scope.is_live else ""
