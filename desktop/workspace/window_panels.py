"""The panels of one window: which there are, where they stand, and what follows what.

Watchlists first, then charts, the player last: that is the reading order, too. A row that becomes current in
a watchlist is shown by the chart used last; nothing takes the focus from the rows.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.market.instruments import Instrument, InstrumentKey
from core.market.intervals import Interval
from desktop.desk import Desk
from desktop.paint.theme import Theme
from desktop.panels.chart.defaults import DEFAULT_INTERVAL
from desktop.panels.chart.links import ChartLinks
from desktop.panels.grid.states import PanelKind
from desktop.panels.player.panel import PlayerPanel
from desktop.panels.player.tools import PlayerTools
from desktop.panels.watchlist.lists import WatchChoice, most_active
from desktop.panels.watchlist.panel import WatchlistPanel
from desktop.panels.watchlist.tools import WatchlistTools
from desktop.workspace.docks import DockedPanel, dock_below, dock_beside
from desktop.workspace.panel_guard import PanelGuards

GRID_SHARE: Final = 58  # of the width, beside a chart
if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel

Content = TypeVar("Content", WatchlistPanel, "ChartPanel", PlayerPanel)


class WindowPanels:
    """`on_data` when a panel has something to paint, `on_values` when one has read values between frames;
    `manager` is the window's dock manager.
    """

    def __init__(
        self,
        manager: Any,
        theme: Callable[[], Theme],
        on_data: Callable[[], None],
        on_values: Callable[[], None],
    ) -> None:
        self._manager = manager
        self._theme = theme
        self._on_data = on_data
        self._on_values = on_values
        self._desk: Desk | None = None
        self._in_front = False
        self._names = 0
        self._docked: dict[QWidget, DockedPanel] = {}
        self._links = ChartLinks()
        self._wanted: InstrumentKey | None = None  # what the charts show, over changes of scope
        self._chart_in_use: ChartPanel | None = None
        self._has_chosen = False
        self.watchlists: list[WatchlistPanel] = []
        self.charts: list[ChartPanel] = []
        self.player: PlayerPanel | None = None
        self.guards = PanelGuards(theme, self._begin)

    # ---- which there are -------------------------------------------------------------------------
    @property
    def all(self) -> list[Any]:
        """In reading order."""
        players = [] if self.player is None else [self.player]
        return [*self.watchlists, *self.charts, *players]

    @property
    def docked(self) -> list[DockedPanel]:
        """As `all`."""
        return [self._docked[panel] for panel in self.all]

    def add_watchlist(self, choice: WatchChoice) -> WatchlistPanel:
        """Another watchlist, right of the last one."""
        panel = WatchlistPanel(self._theme(), choice, self._on_data)
        tools = WatchlistTools(panel, self._theme(), lambda: self.instruments)
        docked = self._dock(panel, "Watchlist", tools, panel.grid.panel_state_changed)
        dock_beside(self._manager, docked, self._docked[self.watchlists[-1]] if self.watchlists else None)
        panel.grid.rows.values_shown.connect(self._on_values)
        panel.grid.instrument_selected.connect(lambda instrument: self._show(instrument.key))
        self.watchlists.append(panel)
        return self._begin(panel)

    def add_chart(self) -> "ChartPanel":
        """A chart right of what there is; it shows what is selected in the watchlist."""
        # pyqtgraph takes a quarter of a second to load: a window of grids does without it.
        from desktop.panels.chart.panel import ChartPanel
        from desktop.panels.chart.tools import ChartTools

        panel = ChartPanel(self._theme(), self._on_data, self._links)
        docked = self._dock(panel, "Chart", ChartTools(panel, self._theme()), panel.panel_state_changed)
        neighbours = [*self.watchlists, *self.charts]
        dock_beside(self._manager, docked, self._docked[neighbours[-1]] if neighbours else None)
        panel.symbol_changed.connect(lambda key: self._symbol_changed(panel, key))
        panel.interval_changed.connect(lambda _interval: self._on_data())
        self.charts.append(panel)
        self.share_width()
        self._begin(panel)
        current = self.watchlists[0].grid.current_instrument() if self.watchlists else None
        self._wanted = current.key if current is not None else self._wanted
        if self._wanted is not None and self._knows(self._wanted):
            panel.show(self._wanted)
        return panel

    def set_player(self, shown: bool) -> None:
        """Dock the player below everything, or take it away; the keys stay with who has them."""
        if shown == (self.player is not None):
            return
        focused = self._manager.window().focusWidget()
        player = self.player
        if player is not None and focused is not None and player.isAncestorOf(focused):
            focused = player
        self._dock_player(shown)
        if focused is player and self.watchlists:
            focused = self.watchlists[0]
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
        self.player = panel = PlayerPanel(self._theme(), self._on_data, self.interval)
        docked = self._dock(panel, "Player", PlayerTools(panel, self._theme()), panel.panel_state_changed)
        dock_below(self._manager, docked, self._theme().px("height.player"))
        self._set_widths(widths)
        panel.set_symbol(self._chart_key())
        self._begin(panel)

    def share_width(self) -> None:
        """Give the watchlist its share beside the only chart; once more when the window has its size."""
        if (len(self.watchlists), len(self.charts)) == (1, 1):
            self._set_widths([GRID_SHARE * 10, (100 - GRID_SHARE) * 10])

    def _widths(self) -> list[int]:
        """Of the panels beside the first one."""
        area = self._docked[self.watchlists[0]].area if self.watchlists else None
        return list(self._manager.splitterSizes(area)) if area is not None else []

    def _set_widths(self, widths: list[int]) -> None:
        """Other docks nest the splitters anew, and forget what a hand has set."""
        area = self._docked[self.watchlists[0]].area if self.watchlists else None
        if area is not None and sum(widths) > 0 and len(self._manager.splitterSizes(area)) == len(widths):
            self._manager.setSplitterSizes(area, widths)

    def _dock(self, panel: QWidget, title: str, tools: QWidget, state_changed: Any) -> DockedPanel:
        self._names += 1
        name = f"{title.lower()}-{self._names}"
        docked = DockedPanel(self._manager, name, title, panel, tools, self._theme())
        state_changed.connect(lambda state: docked.set_outlined(state.kind is PanelKind.DISCONNECTED))
        self._docked[panel] = docked
        return docked

    def _begin(self, panel: Content) -> Content:
        if self._desk is not None:
            panel.set_desk(self._desk)
        panel.set_in_front(self._in_front)
        return panel

    # ---- scope -----------------------------------------------------------------------------------
    def set_desk(self, desk: Desk | None) -> None:
        """Charts go on with their symbol where the new scope has it, else with the most active one."""
        self._desk = desk
        for panel in self.all:
            panel.set_desk(desk)
        self._keep_symbol()

    def follow_directory(self) -> None:
        for panel in self.all:
            panel.follow_directory()
        self._keep_symbol()

    def _keep_symbol(self) -> None:
        if self._wanted is None or not self.instruments:
            return
        if not self._knows(self._wanted):
            self._wanted, self._has_chosen = None, False
            return
        self._show_lost(self._wanted)
        if self.charts and self.watchlists[0].grid.current_instrument() is None:
            self.watchlists[0].select(self._wanted)

    def _show_lost(self, key: InstrumentKey) -> None:
        """In charts without a symbol, or with one that this scope does not have."""
        for chart in self.charts:
            if chart.key is None or not self._knows(chart.key):
                chart.show(key)

    def set_in_front(self, in_front: bool) -> None:
        self._in_front = in_front
        for panel in self.all:
            panel.set_in_front(in_front)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """Of the scope."""
        return self._desk.quotes.instruments if self._desk is not None else ()

    def _knows(self, key: InstrumentKey) -> bool:
        return any(instrument.key == key for instrument in self.instruments)

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

    def _show(self, key: InstrumentKey) -> None:
        self._wanted = key
        if self.chart is not None and self.chart.key != key:
            self.chart.show(key)

    def _symbol_changed(self, chart: "ChartPanel", key: InstrumentKey | None) -> None:
        if chart is self.chart and self.player is not None:
            self.player.set_symbol(key)

    def choose_first(self) -> None:
        """Before anything was chosen, charts show what trades most of the first watchlist."""
        if self._has_chosen or self.chart is None or not self.watchlists:
            return
        if self.chart.key is not None and self._knows(self.chart.key):  # somebody has, at the chart itself
            self._has_chosen = True
            return
        grid = self.watchlists[0]
        if self._wanted is None and grid.shows_values:
            row = most_active(grid.instruments, grid.table)
            if row is not None:
                self._has_chosen = True
                grid.select(grid.instruments[row].key)
                self._show_lost(grid.instruments[row].key)

    # ---- frames ----------------------------------------------------------------------------------
    def prepare_frame(self, now_ms: int, clock_us: int) -> bool:
        changed = [self.guards.frame(panel, now_ms, clock_us) for panel in self.all]
        self.choose_first()
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
        """The window is about to go."""
        for panel in self.all:
            panel.let_go()
