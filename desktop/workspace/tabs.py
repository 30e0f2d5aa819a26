"""The workspaces as tabs in the app bar: a click shows one, the right button offers what can be done with it.

The open one has the accent line; a draft, which is not kept, stands in weaker type. Drag a tab to move it.
Where the bar is narrow the tabs that do not fit are behind one button.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from core.state.versioned_file import StateError
from desktop.messages import Level
from desktop.paint.icons import icon
from desktop.paint.theme import Theme, ui_font
from desktop.tr import tr
from desktop.workspace import asking
from desktop.workspaces import templates

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow

PLUS_PX: Final = 24
DRAG_FROM_PX: Final = 12
TAB_WIDTH_MAX_PX: Final = 180


class WorkspaceTab(QToolButton):
    """One workspace."""

    def __init__(self, tabs: "WorkspaceTabs", slug: str) -> None:
        super().__init__(tabs)
        self._tabs = tabs
        self.slug = slug
        self._pressed_at: QPoint | None = None
        self._is_draft = False
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(
            lambda point: tabs.fill_menu(QMenu(self), self.slug).popup(self.mapToGlobal(point))
        )
        self.clicked.connect(lambda _checked=False: tabs.choose(self.slug))

    def show_name(self, name: str, number: int, is_open: bool, is_draft: bool) -> None:
        theme = self._tabs.theme
        font = ui_font(theme.font_px("ui"), "strong" if is_open else "body")
        pad = theme.px("spacing.l")
        metrics = QFontMetrics(font)
        self._is_draft = is_draft
        self.setFont(font)
        self.setText(metrics.elidedText(name, Qt.TextElideMode.ElideRight, TAB_WIDTH_MAX_PX))
        self.setFixedWidth(metrics.horizontalAdvance(self.text()) + 2 * pad)
        self.setChecked(is_open)
        keys = f" (Ctrl+{number + 1})" if number < 9 else ""
        kept = tr("not kept: save it under a name") if is_draft else ""
        self.setToolTip(" · ".join(part for part in (f"{name}{keys}", kept) if part))
        self.setAccessibleName(tr("Workspace {name}", name=name))
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        start = self._pressed_at
        if start is not None and abs(event.position().x() - start.x()) >= DRAG_FROM_PX:
            self._tabs.drag(self.slug, self.mapToParent(event.position().toPoint()).x())
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None
        super().mouseReleaseEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._tabs.theme
        painter = QPainter(self)
        is_open = self.isChecked()
        lit = is_open or self.underMouse() or self.hasFocus()
        tone = "text.primary" if lit else ("text.tertiary" if self._is_draft else "text.secondary")
        if self.underMouse() and not is_open:
            painter.fillRect(self.rect().adjusted(0, 4, 0, -4), theme.color("surface.hover"))
        painter.setFont(self.font())
        painter.setPen(theme.color(tone))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if is_open:
            painter.fillRect(0, self.height() - 2, self.width(), 2, theme.color("accent.base"))
        if self.hasFocus():
            painter.setPen(theme.color("focus.ring"))
            painter.drawRect(self.rect().adjusted(1, 4, -2, -5))
        painter.end()


class WorkspaceTabs(QWidget):
    """Follows the desk's workspaces for as long as its window is there."""

    def __init__(self, theme: Theme, window: "DeskWindow", parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self._window = window
        self._workspaces = window.host.workspaces
        self.tabs: list[WorkspaceTab] = []
        self._more, self._plus = QToolButton(self), QToolButton(self)
        for button, name in ((self._more, tr("More workspaces")), (self._plus, tr("New workspace"))):
            button.setToolTip(name)
            button.setAccessibleName(name)
            button.setFixedSize(PLUS_PX, PLUS_PX)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            button.setMenu(QMenu(button))
        self._more.menu().aboutToShow.connect(self._fill_more)
        self._plus.menu().aboutToShow.connect(self._fill_plus)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self._more)
        self._row.addWidget(self._plus)
        self._room_px = 1 << 20
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._workspaces.changed.connect(self.refresh)
        self.set_theme(theme)

    def close_tabs(self) -> None:
        """Follow no more."""
        self._workspaces.changed.disconnect(self.refresh)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        side = theme.px("icon_px.inline")
        for button, name in ((self._more, "chevron-down"), (self._plus, "plus")):
            button.setIcon(icon(name, theme))
            button.setIconSize(QSize(side, side))
        self.refresh()

    def refresh(self) -> None:
        """The workspaces, their order or the open one are others."""
        store = self._workspaces.store
        while len(self.tabs) > len(store.order):
            tab = self.tabs.pop()
            tab.hide()
            tab.deleteLater()
        while len(self.tabs) < len(store.order):
            tab = WorkspaceTab(self, "")
            self._row.insertWidget(len(self.tabs), tab)
            self.tabs.append(tab)
        for number, (tab, slug) in enumerate(zip(self.tabs, store.order, strict=True)):
            tab.slug = slug
            tab.show_name(store[slug].name, number, slug == store.open, store.is_draft(slug))
        self._fit()

    def fit(self, room_px: int) -> None:
        """Show as many tabs as stand in `room_px`; the open one always."""
        if room_px != self._room_px:
            self._room_px = room_px
            self._fit()

    def _fit(self) -> None:
        left_px = self._room_px - PLUS_PX
        total = sum(tab.width() for tab in self.tabs)
        is_short = total > left_px
        left_px -= PLUS_PX if is_short else 0
        left_px -= sum(tab.width() for tab in self.tabs if tab.isChecked())
        for tab in self.tabs:
            if not tab.isChecked():
                left_px -= tab.width()
                tab.setVisible(left_px >= 0)
            else:
                tab.show()
        self._more.setVisible(is_short)

    # ---- what a hand does ------------------------------------------------------------------------
    def choose(self, slug: str) -> None:
        """Show it."""
        self.refresh()  # a click has checked the tab; the open one stays checked
        self._workspaces.switch(slug)

    def drag(self, slug: str, x_px: int) -> None:
        """The tab is held over this place."""
        order = self._workspaces.store.order
        over = next((tab for tab in self.tabs if tab.isVisible() and tab.x() <= x_px < tab.x() + tab.width()),
                    None)  # fmt: skip
        if over is not None and over.slug != slug:
            self._workspaces.move(slug, order.index(over.slug))

    # ---- menus -----------------------------------------------------------------------------------
    def fill_menu(self, menu: QMenu, slug: str) -> QMenu:
        """What can be done with one workspace."""
        workspaces, window = self._workspaces, self._window
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        is_draft = workspaces.store.is_draft(slug)
        name = tr("Save under a name…") if is_draft else tr("Rename…")
        menu.addAction(name).triggered.connect(lambda: asking.ask_rename(window, slug))
        menu.addAction(tr("Duplicate")).triggered.connect(lambda: self._try(workspaces.duplicate, slug))
        menu.addAction(tr("Export…")).triggered.connect(lambda: asking.ask_export(window, slug))
        if slug == workspaces.slug:
            menu.addAction(tr("Reset to the default")).triggered.connect(workspaces.reset)
        menu.addSeparator()
        delete = menu.addAction(tr("Delete"))
        delete.setEnabled(len(workspaces.store) > 1)
        delete.triggered.connect(lambda: self._try(workspaces.delete, slug))
        return menu

    def _fill_more(self) -> None:
        menu, store = self._more.menu(), self._workspaces.store
        menu.clear()
        for tab in self.tabs:
            if tab.isHidden():
                act = menu.addAction(store[tab.slug].name)
                act.triggered.connect(lambda _checked=False, slug=tab.slug: self.choose(slug))

    def _fill_plus(self) -> None:
        menu, workspaces = self._plus.menu(), self._workspaces
        menu.clear()
        menu.addAction(tr("New workspace from")).setEnabled(False)
        for template in templates.ALL:
            menu.addAction(template.title()).triggered.connect(
                lambda _checked=False, template=template: self._try(workspaces.open_template, template)
            )
        menu.addSeparator()
        menu.addAction(tr("Save as…")).triggered.connect(lambda: asking.ask_save_as(self._window))
        menu.addAction(tr("Import…")).triggered.connect(lambda: asking.ask_import(self._window))

    def _try(self, act: Callable[..., object], *arguments: object) -> None:
        try:
            act(*arguments)
        except StateError as error:
            host = self._window.host
            host.messages.add(Level.WARNING, str(error), host.now_ms())
