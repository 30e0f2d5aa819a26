"""One window of the desk: frame and band, bar, docks with panels, health strip.

Paints when the frame clock says so and tells it when a paint has ended. Everything it shows comes from the
`Desk` of its scope that it was handed; a change of scope hands it another and nothing of the old one stays.
While the scope turns to another epoch the old picture stands, clock and words included.
"""

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QMenu, QVBoxLayout, QWidget

from core.scope import LIVE, Scope
from desktop.commands.context_menu import add_actions
from desktop.commands.window_commands import WindowCommands
from desktop.desk import ClockReading, Desk, Link
from desktop.frame import FrameClock
from desktop.messages import Level
from desktop.options import Layout
from desktop.paint.theme import Theme
from desktop.panels.health.panel import HealthPanel
from desktop.panels.health.segments import HealthFigures
from desktop.panels.health.strip import HealthStrip
from desktop.panels.player.deck import Deck
from desktop.panels.watchlist.lists import WatchChoice
from desktop.panels.watchlist.panel import WatchlistPanel
from desktop.tr import tr
from desktop.workspace import panel_kinds
from desktop.workspace.actions import panel_actions
from desktop.workspace.app_bar import AppBar, BarActions
from desktop.workspace.docks import DockedPanel, new_manager
from desktop.workspace.empty_page import EmptyPage
from desktop.workspace.exposure import ExposureWatch
from desktop.workspace.frame_band import DeskFrame, FrameBand
from desktop.workspace.host import DeskHost
from desktop.workspace.menus import fill_scopes, fill_settings
from desktop.workspace.paced_window import PacedWindow
from desktop.workspace.panel_kinds import Kind
from desktop.workspace.tabs import WorkspaceTabs
from desktop.workspace.window_clock import WindowClock
from desktop.workspace.window_inspect import inspect_window
from desktop.workspace.window_panels import WindowPanels
from desktop.workspaces.model import SavedWindow

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel

SIZE_PX: Final = (1280, 900)  # every column of the grid at normal density
DESK_SIZE_PX: Final = (1600, 1000)  # the columns that matter beside a chart
SIZE_MIN_PX: Final = (480, 240)


class DeskWindow(PacedWindow):
    """Signals: `closed(self)`; `activated(self)` when it comes to the front."""

    closing = Signal(object)  # everything is still there
    closed = Signal(object)

    def __init__(
        self,
        host: DeskHost,
        frames: FrameClock,
        workspace: str,
        number: int,
        choice: WatchChoice,
        scope: Scope = LIVE,
        layout: Layout = "grids",
        saved: SavedWindow | None = None,
    ) -> None:
        super().__init__()
        self.host = host
        self._frames = frames
        self.number = number
        self.scope = scope
        self._kept_scope = saved.scope if saved is not None else None  # until another is chosen
        self.id = saved.id if saved is not None else f"w{number}"
        self.restored: list[str] = []  # what could not be
        self._desk: Desk | None = None
        self._panel_used: Any | None = None
        self._is_still = False
        self._is_asleep = False
        self._painted: ClockReading | None = None  # of a session, as it stands in this window
        self._flipped: tuple[int, int] = (0, 0)  # epoch and wall ns of the first paint in it
        self.setObjectName(f"desk-window-{number}")
        self.setWindowTitle(f"Tapedeck {workspace} {number}")
        self.setMinimumSize(*SIZE_MIN_PX)
        self.resize(*(DESK_SIZE_PX if layout == "desk" else SIZE_PX))
        theme = host.theme
        self.frame = DeskFrame(theme, self)
        self.band = FrameBand(theme, self.return_to_live, self.frame)
        self.bar = AppBar(
            theme,
            lambda bar: WorkspaceTabs(theme, self, bar),
            host.messages,
            self._bar_actions(),
            self.frame,
        )
        self._exposure = ExposureWatch(lambda: frames.shown(self), self)
        self.clock = WindowClock(self.bar, self.band, host.zone_choice)
        self.manager = new_manager(self.frame)
        self.strip = HealthStrip(theme, self.frame)
        self.empty = EmptyPage(theme, self.add_panel, self.frame)
        self.strip.clicked.connect(self.open_health)
        column = QVBoxLayout(self.frame)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part, stretch in (
            (self.band, 0), (self.bar, 0), (self.manager, 1), (self.empty, 1), (self.strip, 0)
        ):  # fmt: skip
            column.addWidget(part, stretch)
        self.setCentralWidget(self.frame)
        self.frame_number = frames.add(self)
        self.contents = WindowPanels(
            host, self.manager, self._data_arrived, self._values_shown, self._panels_changed
        )
        self.contents.guards.told = host.crash.panel_failed
        self.deck = Deck(self.contents.interval, self)
        if saved is not None:
            self.restored = self.contents.arrangement.restore(saved.panels, saved.layout, saved.zoomed)
        else:
            self.contents.add_watchlist(choice)
            if layout == "desk":
                self.add_chart()
        self._panels_changed()
        self.commands = WindowCommands(self)
        first = self.contents.named(saved.focus) if saved is not None else None
        self.focus_panel(first or (self.panels[0] if self.panels else None))
        QApplication.instance().focusChanged.connect(self._focus_changed)  # type: ignore[union-attr]

    def _bar_actions(self) -> BarActions:
        return BarActions(
            find=lambda text: self.commands.find(text),
            fill_scopes=lambda menu: fill_scopes(menu, self.host, self),
            fill_settings=lambda menu: fill_settings(menu, self.host, self),
            show_messages=lambda: self.commands.show_messages(),
        )

    # ---- panels ----------------------------------------------------------------------------------
    @property
    def panels(self) -> list[Any]:
        """Every panel, the first watchlist first, the player last."""
        return self.contents.all

    @property
    def _working(self) -> list[Any]:
        """Panels that have not failed."""
        return self.contents.guards.working(self.panels)

    @property
    def docked(self) -> list[DockedPanel]:
        return self.contents.docked

    def add_panel(self, kind: Kind) -> Any:
        """Another panel of a kind, right of the last one, with the keys."""
        panel = self.add_chart() if kind is panel_kinds.CHART else self.contents.add(kind)
        self.focus_panel(panel)
        return panel

    def add_watchlist(self, choice: WatchChoice | None = None) -> WatchlistPanel:
        """Another watchlist, right of the last panel."""
        return self.contents.add_watchlist(choice)

    def add_chart(self) -> "ChartPanel":
        """Another chart, of what is selected."""
        return self.contents.add_chart()

    def run_on(self, action: str, panel: Any) -> None:
        """Run an action for a panel, whichever has the keys."""
        self.host.commands.run(action, self, panel)

    def show_panel_menu(self, panel: Any, at: QPoint) -> None:
        """What can be done with a panel as a whole."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        add_actions(menu, panel, panel_actions())
        menu.popup(at)

    def focus_panel(self, panel: Any | None) -> None:
        """Give it the keys; without any the empty page has them."""
        (panel or self.empty).setFocus(Qt.FocusReason.OtherFocusReason)

    def _panels_changed(self) -> None:
        """Panels have come, gone or moved."""
        is_empty = not self.contents.all
        if is_empty == self.empty.isHidden():
            self.empty.setHidden(not is_empty)
            self.manager.setHidden(is_empty)
            if is_empty:
                self.focus_panel(None)
        self.changed.emit()

    def ask_symbol(self) -> None:
        """The search takes the keys."""
        self.commands.find("@")

    def open_health(self) -> None:
        """The Health panel: the one that is here, or a new one."""
        panel = next((panel for panel in self.panels if isinstance(panel, HealthPanel)), None)
        panel = panel or self.contents.add(panel_kinds.HEALTH)
        self.contents.docked_of(panel).dock.setAsCurrentTab()
        self.focus_panel(panel)

    def set_player(self, shown: bool) -> None:
        """Dock the player of the window's session, or take it away."""
        self.contents.set_player(shown)

    def focus_filter(self) -> None:
        """Of the panel in use where it has one, else of the first watchlist."""
        panels = [self.panel_in_use, *self.contents.watchlists[:1]]
        for tools in (self.contents.docked_of(panel).tools for panel in panels if panel is not None):
            if hasattr(tools, "focus_filter"):
                tools.focus_filter()
                return

    def focus_next_panel(self, by: int = 1) -> None:
        """In reading order, from the last to the first; backwards with -1."""
        if not self.panels:
            return
        place = self._panel_in_use()
        following = (max(place, 0 if by < 0 else place) + by) % len(self.panels)
        self.panels[following].setFocus(Qt.FocusReason.TabFocusReason)

    @property
    def panel_in_use(self) -> Any | None:
        """The panel that has the keys, or had them last while none does."""
        place = self._panel_in_use()
        if place >= 0:
            self._panel_used = self.panels[place]
        return self._panel_used if self._panel_used in self.panels else None

    def _panel_in_use(self) -> int:
        """Place of the panel that has the keys, in its rows or its tools; -1 for none."""
        focused = self.focusWidget()
        for place, docked in enumerate(self.docked):
            if docked.content.isAncestorOf(focused) or docked.tools.isAncestorOf(focused):
                return place
            if docked.content is focused:
                return place
        return -1

    def _focus_changed(self, _old: QWidget | None, focused: QWidget | None) -> None:
        self.contents.use(focused)
        if focused is not None and self.isAncestorOf(focused) and (place := self._panel_in_use()) >= 0:
            self._panel_used = self.panels[place]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that no panel wanted steer the session, wherever in its window they were pressed."""
        player = self.contents.player
        if not (player.deck if player is not None else self.deck).take_key(event):
            super().keyPressEvent(event)

    def go_to(self, text: str) -> None:
        """Jump to a symbol, or say that there is none."""
        lists = self.contents.watchlists
        if lists and lists[0].go_to(text):
            lists[0].setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
        self.host.messages.add(Level.WARNING, f"No symbol like “{text}” in this scope", self.host.now_ms())

    # ---- scope and theme -------------------------------------------------------------------------
    def set_desk(self, desk: Desk | None, scope: Scope | None = None) -> None:
        """Show another scope, or the desk of the same one."""
        if scope is not None:
            self.scope, self._kept_scope = scope, None
        self._desk = desk
        self._painted = None
        self.follow_turn()
        self.deck.transport = desk.transport if desk is not None else None
        self.contents.set_desk(desk)
        if self._is_asleep:
            self.set_asleep(True)
        self.changed.emit()
        self._follow_zone()
        self.tick(self.host.now_ms())

    def follow_directory(self) -> None:
        self.contents.follow_directory()
        self._follow_zone()

    def set_zone(self, choice: str) -> None:
        """`exchange`, `local`, `UTC` or an IANA name, for all times of the window. Raises `ZoneError`."""
        self.clock.set_zone(choice, ())
        self._follow_zone()
        self.tick(self.host.now_ms())

    def _follow_zone(self) -> None:
        self.clock.follow(self._desk.quotes.instruments if self._desk is not None else ())
        self.contents.set_zone(self.clock.zone, self.clock.shown)

    def return_to_live(self) -> None:
        """This window only."""
        if not self.scope.is_live:
            self.host.set_scope(LIVE, (self,))

    def toggle_theme(self) -> None:
        theme = self.host.theme
        self.host.set_theme(theme.with_(name="light" if theme.name == "dark" else "dark"))

    def set_theme(self, theme: Theme) -> None:
        parts: tuple[Any, ...] = (
            self.frame, self.band, self.bar, self.empty, self.strip, self.commands
        )  # fmt: skip
        tools = (docked.tools for docked in self.docked)
        for part in (*parts, *self.panels, *self.docked, *tools, self.contents.guards):
            part.set_theme(theme)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._exposure.watch(self.windowHandle())
        self._frames.shown(self)
        self.contents.arrangement.settle()

    # ---- words -----------------------------------------------------------------------------------
    def tick(self, now_ms: int) -> None:
        """Clock, band, states and messages; four times a second."""
        if self._is_asleep:
            return
        desk = self._desk
        self.bar.lane.tick(now_ms)
        self.commands.tick()
        self.frame.set_framed(self.scope)
        if desk is None:
            self.band.say(None if self.scope.is_live else self.band.words)
            return
        clock = desk.clock.read(now_ms)
        if desk.is_turning or self._awaits_flip(clock):
            return
        self._say_clock(clock)
        link = desk.link(now_ms).link
        self.bar.scope.show_scope(self.scope, link is Link.CONNECTED)
        for panel in self.panels:
            self.contents.guards.tick(panel, now_ms)

    def _awaits_flip(self, clock: ClockReading) -> bool:
        """The scope has turned and the frame that shows it is to come: no word may be ahead of the prices."""
        painted = self._painted
        return painted is not None and clock.epoch != painted.epoch and self.is_on_screen()

    def _say_clock(self, clock: ClockReading) -> None:
        if not self.scope.is_live:
            if self._painted is None or clock.epoch != self._painted.epoch:
                self._flipped = (clock.epoch, 0)
            self._painted = clock
        self.clock.say(self.scope, clock)

    def show_health(self, figures: HealthFigures) -> None:
        self.strip.show_figures(figures)

    def inspect(self, now_ms: int) -> dict[str, Any]:
        """What stands in this window, for `--inspect`."""
        return inspect_window(self, self._painted, self._flipped, now_ms)

    def chrome_px(self) -> int:
        """Height of what stands over and under the panels."""
        return sum(part.sizeHint().height() for part in (self.bar, self.strip))

    def saved(self) -> SavedWindow:
        """Its panels and how they stand; where it stands is added by who knows the screens."""
        in_use, kept = self.panel_in_use, self._kept_scope or self.scope
        return SavedWindow(
            id=self.id,
            session=kept.session,
            run_id=kept.run_id,
            panels=self.contents.arrangement.saved(),
            layout=self.contents.arrangement.layout(),
            zoomed=self.contents.arrangement.zoomed_name,
            focus=self.contents.docked_of(in_use).name if in_use is not None else "",
        )

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit(self)
        QApplication.instance().focusChanged.disconnect(self._focus_changed)  # type: ignore[union-attr]
        self._frames.remove(self)
        steps = (self.commands.close, self.contents.let_go, self.bar.close_bar)
        self.host.crash.failures.run_each(tr("Window {number} was closed", number=self.number), steps)
        self.closed.emit(self)
        super().closeEvent(event)


def new_window(
    host: DeskHost,
    frames: FrameClock,
    workspace: str,
    number: int,
    choice: WatchChoice,
    scope: Scope = LIVE,
    layout: Layout = "grids",
    saved: SavedWindow | None = None,
) -> DeskWindow:
    """A window that is deleted when it is closed."""
    window = DeskWindow(host, frames, workspace, number, choice, scope, layout, saved)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return window
