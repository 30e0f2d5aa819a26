"""Docks: QtAds set up once a process, and panels with their tools put into a window's dock manager.

Panels cannot float out of their window: the frame and the band that say a scope is not live belong to the
window, and a floating panel would leave them behind.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import PySide6QtAds as ads
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QContextMenuEvent, QIcon, QMouseEvent, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from desktop.links import PanelLink
from desktop.links_chip import LinkChip
from desktop.paint.icons import icon_pixmap
from desktop.paint.theme import Theme
from desktop.panels.title_tools import TitleTools
from desktop.tr import tr

TAB_GAP_PX: Final = 12  # between the last tab and the tools, with the bar's own spacing
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


class PanelOutline(QWidget):
    """2 px round a whole dock area, title bar included, while its panel is disconnected.

    Only the ring is part of the widget: mouse and frames of what is inside are not touched. It is the dock
    manager's child and not the area's, which goes when its panel is docked elsewhere.
    """

    def __init__(self, theme: Theme, manager: QWidget) -> None:
        super().__init__(manager)
        self._theme = theme
        self._manager = manager
        self._area: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def surround(self, area: QWidget | None) -> None:
        """Lie over `area` and follow it; None: nothing is outlined."""
        self._area = area
        self.setVisible(area is not None)
        if area is not None:
            area.installEventFilter(self)
            self._cover(area)

    def _cover(self, area: QWidget) -> None:
        width = self._theme.px("line_px.disconnected_frame")
        self.setGeometry(QRect(area.mapTo(self._manager, QPoint()), area.size()))
        self.setMask(QRegion(self.rect()) - QRegion(self.rect().adjusted(width, width, -width, -width)))
        self.raise_()

    def eventFilter(self, area: QObject, event: QEvent) -> bool:
        moved = event.type() in (QEvent.Type.Resize, QEvent.Type.Move)
        if moved and area is self._area and isinstance(area, QWidget):
            self._cover(area)
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("state.disconnected"))
        painter.end()


class ToolRoom(QObject):
    """Tells a title bar's tools how wide they may be: the tab says what the panel is, and goes first."""

    def __init__(self, tools: QWidget, on_resize: Callable[[], None], on_tabs: Callable[[], None]) -> None:
        super().__init__(tools)
        self._tools = tools
        self._on_resize, self._on_tabs = on_resize, on_tabs
        self._bar: QWidget | None = None
        self._area: Any = None

    def watch(self, area: Any) -> None:
        """The tools stand in the title bar of `area` from now on."""
        bar = area.titleBar()
        if bar is not self._bar:
            if self._area is not None and isValid(self._area):
                self._area.currentChanged.disconnect(self._follow_tabs)
            self._bar, self._area = bar, area
            bar.installEventFilter(self)
            # A dock tells that it goes while it still counts as the one in front: the area knows better.
            area.currentChanged.connect(self._follow_tabs)
        self.share()

    def _follow_tabs(self, _current: int) -> None:
        self._on_tabs()

    def share(self) -> None:
        """What the tabs leave."""
        if self._bar is None or not isinstance(self._tools, TitleTools):
            return
        tabs = (dock.tabWidget() for dock in self._area.dockWidgets())
        self._tools.fit(self._bar.width() - sum(tab.sizeHint().width() for tab in tabs) - TAB_GAP_PX)

    def eventFilter(self, bar: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and bar is self._bar:
            self.share()
            self._on_resize()
        return False


class TabHand(QObject):
    """What a hand does on a tab besides choosing and dragging: a menu, a double click, the middle button."""

    def __init__(self, tab: QWidget) -> None:
        super().__init__(tab)
        self.menu: Callable[[QPoint], object] = lambda _at: None
        self.run: Callable[[str], object] = lambda _action: None
        tab.installEventFilter(self)

    def eventFilter(self, _tab: QObject, event: QEvent) -> bool:
        if isinstance(event, QContextMenuEvent):
            self.menu(event.globalPos())
            return True
        if isinstance(event, QMouseEvent):
            is_middle = event.button() is Qt.MouseButton.MiddleButton
            if event.type() is QEvent.Type.MouseButtonDblClick and not is_middle:
                self.run("panel.zoom")
                return True
            if event.type() is QEvent.Type.MouseButtonRelease and is_middle:
                self.run("panel.close")
                return True
        return False


class DockedPanel:
    """One panel in its dock; its tools stand in the area's title bar while its tab is in front."""

    def __init__(
        self, manager: Any, name: str, title: str, content: QWidget, tools: QWidget, theme: Theme
    ) -> None:
        self.content = content
        self._theme = theme
        self.name = name
        self.kind = ""
        self._kind_title = title
        self.title = ""  # given by a person; empty: the kind's own
        self.is_pinned = False
        self.kept: dict[str, Any] = {}  # what the content gave when it was asked last what to keep
        self.fails_to_save = False
        self.link: PanelLink | None = None  # its place in a link group, with saved() and restore()
        self.member: Any = None  # what links it
        self.chip: LinkChip | None = None
        self.on_change: Callable[[], None] = lambda: None  # it stands elsewhere, or in other room
        self.outline = PanelOutline(theme, manager)
        self.outlined = False
        self.tools = tools
        self._room = ToolRoom(tools, lambda: self.on_change(), self._follow_tabs)
        self.dock = manager.createDockWidget(title)
        self.dock.setObjectName(name)
        self.dock.setFeatures(_FEATURES)
        self.dock.setWidget(content, ads.CDockWidget.eInsertMode.ForceNoScrollArea)
        self.dock.setMinimumSizeHintMode(ads.CDockWidget.eMinimumSizeHintMode.MinimumSizeHintFromContent)
        self.dock.visibilityChanged.connect(lambda _visible: self.place_tools())
        self.dock.viewToggled.connect(lambda _open: self.place_tools())
        self.hand = TabHand(self.dock.tabWidget())

    def set_member(self, member: Any, theme: Theme) -> None:
        """The panel takes part in links: its chip stands left in its tab."""
        self.member, self.link = member, member.link
        tab = self.dock.tabWidget()
        self.chip = LinkChip(member.link, theme, tab)
        row = tab.layout()
        row.setContentsMargins(0, 0, row.contentsMargins().right(), 0)
        row.insertWidget(0, self.chip)
        row.insertSpacing(1, theme.px("spacing.s"))
        member.link.listen(lambda: self._link_changed())

    def _link_changed(self) -> None:
        self._room.share()  # the chip may be wider
        self.on_change()

    def place_tools(self) -> None:
        """Into the title bar of the area the dock is in now."""
        area = self.dock.dockAreaWidget()
        if area is None:
            return
        bar = area.titleBar()
        if self.tools.parentWidget() is not bar:
            bar.insertWidget(-1, self.tools)
        self._room.watch(area)
        self._follow_tabs()
        self.on_change()

    def _follow_tabs(self) -> None:
        """Only the tools of the tab in front are shown."""
        self.tools.setVisible(self.dock.isCurrentTab())
        self._place_outline()

    def set_outlined(self, outlined: bool) -> None:
        """Whether the panel is disconnected."""
        if outlined != self.outlined:
            self.outlined = outlined
            self._place_outline()

    def set_title(self, title: str) -> None:
        """What a person calls it; nothing: what its kind is called."""
        self.title = " ".join(title.split())
        self.dock.setWindowTitle(self.title or self._kind_title)
        self._room.share()
        self.on_change()

    def set_pinned(self, is_pinned: bool) -> None:
        """A pinned panel can be neither closed nor dragged away."""
        if is_pinned != self.is_pinned:
            self.is_pinned = is_pinned
            self.dock.setFeature(ads.CDockWidget.DockWidgetFeature.DockWidgetMovable, not is_pinned)
            self._show_pin()
            self.on_change()

    def _show_pin(self) -> None:
        """A pinned panel says so in its tab."""
        side = self._theme.px("icon_px.inline")
        tint = self._theme.argb("text.secondary")
        pin = icon_pixmap("pin", side, tint, self.content.devicePixelRatioF())
        self.dock.setIcon(QIcon(pin) if self.is_pinned else QIcon())
        self.dock.tabWidget().setToolTip(tr("Pinned: it stays where it is") if self.is_pinned else "")

    def _place_outline(self) -> None:
        self.outline.surround(self.area if self.outlined and self.dock.isCurrentTab() else None)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.outline.set_theme(theme)
        if self.is_pinned:
            self._show_pin()
        if self.chip is not None:
            self.chip.set_theme(theme)
            self.member.set_theme(theme)

    def remove(self, manager: Any) -> None:
        """Out of the window for good, with its tools."""
        if self.link is not None:
            self.link.leave()
        self.outline.surround(None)
        self.outline.deleteLater()
        self.tools.hide()
        self.tools.setParent(None)
        self.tools.deleteLater()
        manager.removeDockWidget(self.dock)
        self.dock.deleteLater()

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


def dock_over(panel: DockedPanel, neighbour: DockedPanel, manager: Any) -> None:
    """As a tab of the area that `neighbour` stands in."""
    area = neighbour.dock.dockAreaWidget()
    manager.addDockWidget(ads.DockWidgetArea.CenterDockWidgetArea, panel.dock, area)
    panel.place_tools()


def dock_below(manager: Any, panel: DockedPanel, height_px: int) -> None:
    """Below everything, over the whole width, always as high."""
    manager.addDockWidget(ads.DockWidgetArea.BottomDockWidgetArea, panel.dock)
    area = panel.area
    if area is not None:
        area.setFixedHeight(height_px)
    panel.place_tools()
