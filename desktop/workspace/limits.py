"""How many windows and panels a workspace may hold: why another one cannot be added, if it cannot.

The same limits hold for what is read from a file, so that what was arranged can always be opened again.
"""

from desktop.actions import ActionContext
from desktop.tr import tr
from desktop.workspaces.model import PANELS_MAX, WINDOWS_MAX


def window_is_full(at: ActionContext) -> str:
    """Of another panel in the window; empty while there is room."""
    if len(at.window.contents.arrangement.saved()) < PANELS_MAX:
        return ""
    return tr("A window holds {count} panels at most: close one, or open another window", count=PANELS_MAX)


def desk_is_full(at: ActionContext) -> str:
    """Of another window on the desk; empty while there is room."""
    if len(at.window.host.windows) < WINDOWS_MAX:
        return ""
    return tr(
        "A workspace holds {count} windows at most: close one, or make another workspace", count=WINDOWS_MAX
    )
