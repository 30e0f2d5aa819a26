"""Panels that go elsewhere: into a window of their own, into the next one, or twice.

A panel is made anew where it goes, from what it saved of itself: a window never shows what another one's
scope feeds. A window of a panel's own is a desk window like any other, so the frame of a session surrounds
it, too.
"""

from typing import TYPE_CHECKING, Any

from desktop.workspaces.model import SavedWindow

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow

OWN_OFFSET_PX = 32  # of a window of its own from the one it comes from


def close(window: "DeskWindow", panel: Any) -> None:
    """Away from the window; it can be opened again as it was."""
    if panel is not window.contents.player:
        arrangement = window.contents.arrangement
        window.host.workspaces.panel_closed(window, arrangement.saved_panel(panel), arrangement.layout())
    window.contents.remove(panel)


def to_own_window(window: "DeskWindow", panel: Any) -> "DeskWindow":
    """Into a new window of the same scope, as large as the panel was."""
    workspaces = window.host.workspaces
    saved = window.contents.arrangement.saved_panel(panel)
    docked = window.contents.docked_of(panel)
    box = docked.area.size() if docked.area is not None else window.size()
    layout = {"tabs": [saved.name], "active": saved.name}
    window.contents.remove(panel)
    own = workspaces.show_window(
        SavedWindow(
            workspaces.free_id(),
            window.scope.session,
            {},
            (saved,),
            layout,
            focus=saved.name,
            run_id=window.scope.run_id,
        )
    )
    own.resize(box.width(), box.height() + own.chrome_px())
    corner = window.pos()
    own.move(corner.x() + OWN_OFFSET_PX, corner.y() + OWN_OFFSET_PX)
    workspaces.pull_in(own)
    own.activateWindow()
    return own


def to_next_window(window: "DeskWindow", panel: Any) -> "DeskWindow":
    """Into the window after this one; it shows what that window's scope has."""
    other = next_window(window)
    saved = window.contents.arrangement.saved_panel(panel)
    window.contents.remove(panel)
    other.contents.arrangement.add(saved)
    other.activateWindow()
    return other


def next_window(window: "DeskWindow") -> "DeskWindow":
    """The one after it, in the order in which they were opened."""
    windows = window.host.windows
    return windows[(windows.index(window) + 1) % len(windows)]


def duplicate(window: "DeskWindow", panel: Any) -> Any:
    """The same beside it."""
    arrangement = window.contents.arrangement
    copy, _ = arrangement.add(arrangement.saved_panel(panel), panel)
    return copy


def add_as_tab(window: "DeskWindow", panel: Any, onto: Any) -> None:
    """Onto the tabs of another panel of the window."""
    window.contents.arrangement.zoom(None)
    docked, other = window.contents.docked_of(panel), window.contents.docked_of(onto)
    window.manager.addDockWidgetTabToArea(docked.dock, other.dock.dockAreaWidget())
    docked.place_tools()
    other.place_tools()
    window.focus_panel(panel)  # docks were hidden in between, and Qt handed the keys on
