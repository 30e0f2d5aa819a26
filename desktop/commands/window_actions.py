"""What can be done with windows, their scope and the desk as a whole."""

from core.scope import LIVE
from desktop.actions import Action, ActionContext
from desktop.tr import tr
from desktop.workspace.limits import desk_is_full


def actions() -> tuple[Action, ...]:
    group = tr("Windows")
    return (
        Action("window.new", tr("New window"), group, _open_window, ("Ctrl+N",), "plus", desk_is_full),
        Action("window.close", tr("Close window"), group, lambda at: at.window.close(), ("Ctrl+W",), "x"),
        Action(
            "scope.live",
            tr("Return to live"),
            group,
            lambda at: at.window.return_to_live(),
            ("Ctrl+L",),
            "activity",
            _is_live,
            words="market scope replay session",
        ),
        Action(
            "scope.live_everywhere",
            tr("Return all windows to live"),
            group,
            lambda at: at.window.host.set_scope(LIVE),
            (),
            "activity",
            _all_live,
            words="market scope replay session",
        ),
        Action(
            "messages.show",
            tr("Show the messages"),
            group,
            lambda at: at.window.commands.show_messages(),
            ("Ctrl+Shift+M",),
            "bell",
            words="notices errors warnings toasts",
        ),
        Action(
            "messages.clear",
            tr("Clear the messages"),
            group,
            lambda at: at.window.host.messages.clear(),
            (),
            "bell",
            lambda at: "" if at.window.host.messages.all else tr("There are no messages"),
        ),
        Action("desk.quit", tr("Quit"), group, lambda at: at.window.host.quit(), ("Ctrl+Q",), "power"),
    )


def _open_window(at: ActionContext) -> None:
    at.window.host.open_window(at.window.scope)


def _is_live(at: ActionContext) -> str:
    return tr("This window is live") if at.window.scope.is_live else ""


def _all_live(at: ActionContext) -> str:
    live = all(window.scope.is_live for window in at.window.host.windows)
    return tr("All windows are live") if live else ""
