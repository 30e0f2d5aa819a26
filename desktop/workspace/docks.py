"""Docks: QtAds set up once a process, and panels with their tools put into a window's dock manager.

Panels cannot float out of their window: the frame and the band that say a scope is not live belong to the
window, and a floating panel would leave them behind.
"""

from functools import cache
from typing import Any

import PySide6QtAds as ads
from PySide6.QtWidgets import QWidget

_FEATURES = (
    ads.CDockWidget.DockWidgetFeature.DockWidgetMovable
    | ads.CDockWidget.DockWidgetFeature.DockWidgetFocusable
    | ads.CDockWidget.DockWidgetFeature.DockWidgetForceCloseWithArea
)


@cache
def set_up_docks() -> None:
    """Flags of every dock manager; must run before the first is made."""
    flag = ads.CDockManager.eConfigFlag
    ads.CDockManager.setConfigFlags(
        flag.OpaqueSplitterResize
        | flag.AlwaysShowTabs
        | flag.FocusHighlighting
        | flag.DisableStylesheet  # ours comes with the theme
        | flag.EqualSplitOnInsertion
        | flag.DockAreaHideDisabledButtons
    )
    for off in (
        flag.DockAreaHasCloseButton,
        flag.DockAreaHasUndockButton,
        flag.DockAreaHasTabsMenuButton,
        flag.ActiveTabHasCloseButton,
        flag.AllTabsHaveCloseButton,
        flag.DoubleClickUndocksWidget,
    ):
        ads.CDockManager.setConfigFlag(off, False)


def new_manager(parent: QWidget) -> Any:
    """A dock manager for one window."""
    set_up_docks()
    return ads.CDockManager(parent)


class DockedPanel:
    """One panel in its dock; its tools stand in the area's title bar while its tab is in front."""

    def __init__(self, manager: Any, name: str, title: str, content: QWidget, tools: QWidget) -> None:
        self.content = content
        self.tools = tools
        self.dock = manager.createDockWidget(title)
        self.dock.setObjectName(name)
        self.dock.setFeatures(_FEATURES)
        self.dock.setWidget(content, ads.CDockWidget.eInsertMode.ForceNoScrollArea)
        self.dock.setMinimumSizeHintMode(ads.CDockWidget.eMinimumSizeHintMode.MinimumSizeHintFromContent)
        self.dock.visibilityChanged.connect(lambda _visible: self.place_tools())
        self.dock.viewToggled.connect(lambda _open: self.place_tools())

    def place_tools(self) -> None:
        """Into the title bar of the area the dock is in now."""
        area = self.dock.dockAreaWidget()
        if area is None:
            return
        bar = area.titleBar()
        if self.tools.parentWidget() is not bar:
            bar.insertWidget(-1, self.tools)
        self.tools.setVisible(self.dock.isCurrentTab())

    @property
    def area(self) -> QWidget | None:
        """The dock area with title bar and content, for an outline round it."""
        found: QWidget | None = self.dock.dockAreaWidget()
        return found


def dock_beside(manager: Any, panel: DockedPanel, neighbour: DockedPanel | None = None) -> None:
    """Into an empty window, or right of `neighbour`."""
    area = ads.DockWidgetArea.RightDockWidgetArea if neighbour else ads.DockWidgetArea.CenterDockWidgetArea
    if neighbour is None:
        manager.addDockWidget(area, panel.dock)
    else:
        manager.addDockWidget(area, panel.dock, neighbour.dock.dockAreaWidget())
    panel.place_tools()
