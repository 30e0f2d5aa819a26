"""The panels of one window: which there are, where they stand, and what follows what.

Watchlists first, then charts, then other kinds, the player last: that is the reading order, too. There may
be none at all. What follows what is said by their links (desktop/links.py); nothing takes the focus from the
rows.
"""

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.market.instruments import Instrument, InstrumentKey
from core.market.intervals import Interval, parse_interval
from core.market.zones import Zone
from desktop.desk import Desk
from desktop.links_first import FirstSymbol
from desktop.panels.chart.defaults import DEFAULT_INTERVAL
from desktop.panels.grid.states import PanelKind
from desktop.panels.player.panel import PlayerPanel
from desktop.panels.player.tools import PlayerTools
from desktop.panels.watchlist.lists import WatchChoice
from desktop.panels.watchlist.panel import WatchlistPanel
from desktop.tr import tr
from desktop.workspace import panel_kinds
from desktop.workspace.arrangement import Arrangement
from desktop.workspace.docks import DockedPanel, dock_below, dock_beside, dock_over
from desktop.workspace.panel_guard import PanelGuards
from desktop.workspace.panel_kinds import Kind, MadePanel, PanelPlace

GRID_SHARE: Final = 58  # of the width, beside a chart
PLAYER: Final = "player"
if TYPE_CHECKING:
    from desktop.paint.candles import BarStyle
    from desktop.panels.chart.panel import ChartPanel
    from desktop.workspace.host import DeskHost

Content = TypeVar("Content", bound=Any)


class WindowPanels:
    """`on_data` when a panel has something to paint, `on_values` when one has read values between frames,
    `on_change` when what `saved` gives may be another; `manager` is the window's dock manager.
    """

    def __init__(
        self,
        host: "DeskHost",
        manager: Any,
        on_data: Callable[[], None],
        on_values: Callable[[], None],
        on_change: Callable[[], None],
    ) -> None:
        self._host = host
        self._manager = manager
        self._on_data = on_data
        self._on_values = on_values
        self._on_change = on_change
        self._desk: Desk | None = None
        self._in_front = False
        self._zones: tuple[Zone, ZoneInfo] | None = None  # of times in rows and axes, and of the clock
        self._docked: dict[QWidget, DockedPanel] = {}
        self.next_choice: WatchChoice | None = None  # of the watchlist about to be made
        self._chart_in_use: ChartPanel | None = None
        self._first = FirstSymbol(self)
        self.watchlists: list[WatchlistPanel] = []
        self.charts: list[ChartPanel] = []
        self.others: list[Any] = []
        self.player: PlayerPanel | None = None
        self.arrangement = Arrangement(self, manager)
        self.guards = PanelGuards(lambda: host.theme, self.begin)

    # ---- which there are -------------------------------------------------------------------------
    @property
    def all(self) -> list[Any]:
        """In reading order."""
        return [*self.kept, *([] if self.player is None else [self.player])]

    @property
    def kept(self) -> list[Any]:
        """Those a person has put here: all but the player, which comes and goes with a session."""
        return [*self.watchlists, *self.charts, *self.others]

    @property
    def docked(self) -> list[DockedPanel]:
        """As `all`."""
        return [self._docked[panel] for panel in self.all]

    def docked_of(self, panel: Any) -> DockedPanel:
        """The dock of a panel."""
        return self._docked[panel]

    def note_change(self) -> None:
        """What is kept of the panels may be another."""
        self._on_change()

    def named(self, name: str) -> Any | None:
        """The panel whose dock has this name."""
        return next((panel for panel, docked in self._docked.items() if docked.name == name), None)

    def add(self, kind: Kind, beside: Any | None = None, over: Any | None = None) -> Any:
        """Another panel, right of `beside` or of the last one; or in a tab of its own with `over`."""
        self.arrangement.zoom(None)
        neighbours = self.kept
        neighbour = beside if beside is not None else (neighbours[-1] if neighbours else None)
        docked = self.make(kind)
        if over is not None:
            dock_over(docked, self._docked[over], self._manager)
            return self.begin(docked.content)
        dock_beside(self._manager, docked, self._docked[neighbour] if neighbour is not None else None)
        return self.begin(docked.content)

    def add_watchlist(self, choice: WatchChoice | None = None) -> WatchlistPanel:
        """Another watchlist, right of the last one."""
        self.next_choice = choice
        panel: WatchlistPanel = self.add(
            panel_kinds.WATCHLIST, self.watchlists[-1] if self.watchlists else None
        )
        self.next_choice = None
        return panel

    def add_chart(self) -> "ChartPanel":
        """A chart right of what there is; it shows what its link group shows."""
        neighbours = [*self.watchlists, *self.charts]
        panel: ChartPanel = self.add(panel_kinds.CHART, neighbours[-1] if neighbours else None)
        self.share_width()
        self._first.again()
        self._first.look()
        return panel

    def remove(self, panel: Any) -> None:
        """Away for good; the keys go to the panel after it."""
        if panel is self.player:
            self.set_player(False)
            return
        self.arrangement.zoom(None)
        docked = self._docked.pop(panel)
        for panels in (self.watchlists, self.charts, self.others):
            if panel in panels:
                panels.remove(panel)
        if self._chart_in_use is panel:
            self._chart_in_use = None
        self.guards.forget(panel)
        panel.let_go()
        docked.remove(self._manager)
        if self.all:
            self.all[0].setFocus(Qt.FocusReason.OtherFocusReason)
        self._on_change()

    def make(self, kind: Kind, name: str = "", title: str = "") -> DockedPanel:
        """A panel that is not docked yet."""
        made = kind.make(PanelPlace(self._host, self._host.theme, self, self._on_data))
        docked = self._dock(made, kind.name, name or self._free_name(kind.name), kind.title())
        if kind is panel_kinds.WATCHLIST:
            assert isinstance(made.panel, WatchlistPanel)
            self.watchlists.append(made.panel)
        elif kind is panel_kinds.CHART:
            self.charts.append(made.panel)  # type: ignore[arg-type]  # its module loads with the first chart
        else:
            self.others.append(made.panel)
        if title:
            docked.set_title(title)
        for signal in made.changed:
            signal.connect(lambda *_: self._on_change())
        return docked

    def _free_name(self, kind: str) -> str:
        taken = {docked.name for docked in self._docked.values()}
        return next(name for number in range(1, len(taken) + 2) if (name := f"{kind}-{number}") not in taken)

    def wire_watchlist(self, panel: WatchlistPanel) -> None:
        """What others do when something is chosen in it."""
        panel.grid.row_order.every_ms = self._host.settings.current.rank_every_ms
        panel.grid.rows.values_shown.connect(self._on_values)

    def wire_chart(self, panel: "ChartPanel") -> None:
        """What others do when it shows something else."""
        settings = self._host.settings.current
        panel.set_interval(parse_interval(settings.chart_interval))
        panel.set_style(cast("BarStyle", settings.chart_style))
        panel.symbol_changed.connect(lambda key: self._symbol_changed(panel, key))
        panel.interval_changed.connect(lambda _interval: self._on_data())
        panel.symbol_wanted.connect(lambda: self._manager.window().ask_symbol())

    def set_player(self, shown: bool) -> None:
        """Dock the player below everything, or take it away; the keys stay with who has them."""
        if shown == (self.player is not None):
            return
        focused = self._manager.window().focusWidget()
        player = self.player
        if player is not None and focused is not None and player.isAncestorOf(focused):
            focused = player
        self._dock_player(shown)
        if focused is player:
            focused = self.all[0] if self.all else None
        if focused is not None:  # docks are nested anew, hidden in between, and Qt hands the focus on
            focused.setFocus(Qt.FocusReason.OtherFocusReason)

    def _dock_player(self, shown: bool) -> None:
        widths = self._widths()
        if self.player is not None:
            panel, self.player = self.player, None
            panel.let_go()
            docked = self._docked.pop(panel)
            docked.remove(self._manager)
            self._set_widths(widths)
            return
        theme = self._host.theme
        self.player = panel = PlayerPanel(theme, self._on_data, self.interval)
        made = MadePanel(panel, PlayerTools(panel, theme), panel.panel_state_changed)
        docked = self._dock(made, PLAYER, PLAYER, tr("Player"))
        dock_below(self._manager, docked, theme.px("height.player"))
        self._set_widths(widths)
        panel.set_symbol(self._chart_key())
        self.begin(panel)

    def share_width(self) -> None:
        """Give the watchlist its share beside the only chart; once more when the window has its size."""
        if (len(self.watchlists), len(self.charts)) == (1, 1):
            self._set_widths([GRID_SHARE * 10, (100 - GRID_SHARE) * 10])

    def _widths(self) -> list[int]:
        """Of the panels beside the first one."""
        area = self._docked[self.kept[0]].area if self.kept else None
        return list(self._manager.splitterSizes(area)) if area is not None else []

    def _set_widths(self, widths: list[int]) -> None:
        """Other docks nest the splitters anew, and forget what a hand has set."""
        area = self._docked[self.kept[0]].area if self.kept else None
        if area is not None and sum(widths) > 0 and len(self._manager.splitterSizes(area)) == len(widths):
            self._manager.setSplitterSizes(area, widths)

    def _dock(self, made: MadePanel, kind: str, name: str, title: str) -> DockedPanel:
        docked = DockedPanel(self._manager, name, title, made.panel, made.tools, self._host.theme)
        docked.kind = kind
        docked.on_change = self._on_change
        if made.state_changed is not None:
            made.state_changed.connect(
                lambda state: docked.set_outlined(state.kind is PanelKind.DISCONNECTED)
            )
        if made.member is not None:
            docked.set_member(made.member, self._host.theme)
        self._docked[made.panel] = docked
        docked.hand.menu = lambda at: self._manager.window().show_panel_menu(made.panel, at)
        docked.hand.run = lambda action: self._manager.window().run_on(action, made.panel)
        return docked

    def begin(self, panel: Content) -> Content:
        if self._desk is not None:
            panel.set_desk(self._desk)
            self._follow_link(self._docked[panel])
        if self._zones is not None:
            panel.follow_zone(*self._zones)
        panel.set_in_front(self._in_front)
        return panel

    # ---- scope -----------------------------------------------------------------------------------
    def set_desk(self, desk: Desk | None) -> None:
        """Charts go on with their symbol where the new scope has it, else with the most active one."""
        self._desk = desk
        for panel in self.all:
            panel.set_desk(desk)
        self._follow_links()

    def follow_directory(self) -> None:
        for panel in self.all:
            panel.follow_directory()
        self._follow_links()

    def _follow_links(self) -> None:
        """Other instruments: what a panel could not show it may show now."""
        for docked in self.docked:
            self._follow_link(docked)
        self._first.again()

    @staticmethod
    def _follow_link(docked: DockedPanel) -> None:
        if docked.link is not None:
            docked.link.scope_changed()

    def set_zone(self, zone: Zone, clock_zone: ZoneInfo) -> None:
        """Of all times that panels say, from now on."""
        if self._zones != (zone, clock_zone):
            self._zones = (zone, clock_zone)
            for panel in self.all:
                panel.follow_zone(zone, clock_zone)

    def set_in_front(self, in_front: bool) -> None:
        self._in_front = in_front
        for panel in self.all:
            panel.set_in_front(in_front)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """Of the scope."""
        return self._desk.quotes.instruments if self._desk is not None else ()

    @property
    def only_instrument(self) -> InstrumentKey | None:
        """The first one of a run: there a window may do without a watchlist."""
        desk = self._desk
        return self.instruments[0].key if desk is not None and desk.film is not None else None

    # ---- what follows what -----------------------------------------------------------------------
    @property
    def chart(self) -> "ChartPanel | None":
        """The one used last, else the first."""
        return self._chart_in_use or (self.charts[0] if self.charts else None)

    def use(self, focused: QWidget | None) -> None:
        """A hand has gone to `focused`: when that is a chart, rows go to it from now on."""
        for chart in self.charts:
            if focused is not None and (chart is focused or chart.isAncestorOf(focused)):
                self._chart_in_use = chart

    def interval(self) -> Interval:
        """Of the chart in use: what a step of one bar goes by."""
        return self.chart.interval if self.chart is not None else DEFAULT_INTERVAL

    def _chart_key(self) -> InstrumentKey | None:
        return self.chart.key if self.chart is not None else None

    def _symbol_changed(self, chart: "ChartPanel", key: InstrumentKey | None) -> None:
        if chart is self.chart and self.player is not None:
            self.player.set_symbol(key)

    # ---- frames ----------------------------------------------------------------------------------
    def prepare_frame(self, now_ms: int, clock_us: int) -> bool:
        changed = [self.guards.frame(panel, now_ms, clock_us) for panel in self.all]
        self._first.look()
        return any(changed)

    def set_asleep(self, asleep: bool) -> None:
        """The window has been off the screen for a while, or is back."""
        for panel in self.guards.working(self.all):
            panel.set_asleep(asleep)

    def hold_still(self, still: bool) -> None:
        """While the scope turns to another epoch, what stands on the screen stays."""
        for panel in self.watchlists:
            panel.hold_still(still)

    def let_go(self) -> None:
        """The window is about to go: each panel lets go, whatever another one fails at."""
        with ExitStack() as going:
            for docked in self.docked:
                if docked.link is not None:
                    going.callback(docked.link.leave)
            for panel in self.all:
                going.callback(panel.let_go)
