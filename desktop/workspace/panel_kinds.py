"""The kinds of panels there are: what each is called, its icon, and how one is made.

Whoever builds a kind adds a `Kind` to `ALL`; menus, templates, the palette and saved workspaces find it here
by its name, which stays as it is once a file may hold it. A panel's modules load when the first is made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtWidgets import QWidget

from desktop.paint.theme import Theme
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.panels.grid.quote_grid import QuoteGrid
    from desktop.workspace.host import DeskHost
    from desktop.workspace.window_panels import WindowPanels


@dataclass(frozen=True, slots=True)
class PanelPlace:
    """What a panel is made from. `contents` are the panels of its window, `on_data` asks for a frame."""

    host: "DeskHost"
    theme: Theme
    contents: "WindowPanels"
    on_data: Callable[[], None]


@dataclass(frozen=True, slots=True)
class MadePanel:
    """A panel (`desktop.panels.panel.Panel`), what stands in its title bar, and its signal of another state.

    `changed` are signals after which `saved` gives something else; `member` links it, with its `link`.
    """

    panel: QWidget
    tools: QWidget
    state_changed: Any = None
    changed: tuple[Any, ...] = ()
    member: Any = None


@dataclass(frozen=True, slots=True)
class Kind:
    """`title` is called when it is shown, for the language may be another then."""

    name: str
    title: Callable[[], str]
    icon: str
    make: Callable[[PanelPlace], MadePanel]
    words: str = ""  # further words a search finds it by


def _watchlist(place: PanelPlace) -> MadePanel:
    from desktop.links_panels import WatchlistMember
    from desktop.panels.watchlist.lists import WatchChoice
    from desktop.panels.watchlist.panel import WatchlistPanel
    from desktop.panels.watchlist.tools import WatchlistTools

    contents = place.contents
    choice = contents.next_choice or WatchChoice()
    panel = WatchlistPanel(place.theme, choice, place.on_data, place.host.watchlists)
    contents.wire_watchlist(panel)
    tools = WatchlistTools(panel, place.theme)
    panel.grid.export_asked.connect(lambda kind: _export(panel.grid, kind, place.host))
    symbols = place.host.symbols
    member = WatchlistMember(
        panel,
        place.host.links,
        place.theme,
        lambda: symbols.of(contents.instruments) if contents.instruments else None,
    )
    changed = (panel.list_changed, panel.grid.columns_changed, panel.grid.filter_changed)
    return MadePanel(panel, tools, panel.grid.panel_state_changed, changed, member)


def _export(grid: "QuoteGrid", kind: str, host: "DeskHost") -> None:
    from desktop.panels.grid.exporting import ask_export

    ask_export(grid, kind, host.start_task, lambda level, text: host.messages.add(level, text, host.now_ms()))


def _chart(place: PanelPlace) -> MadePanel:
    # pyqtgraph takes a quarter of a second to load: a window of grids does without it.
    from desktop.links_panels import ChartMember
    from desktop.panels.chart.panel import ChartPanel
    from desktop.panels.chart.tools import ChartTools

    panel = ChartPanel(place.theme, place.on_data)
    panel.entry.searches = place.host.symbols
    place.contents.wire_chart(panel)
    member = ChartMember(panel, place.host.links)
    return MadePanel(
        panel, ChartTools(panel, place.theme), panel.panel_state_changed, (panel.saved_changed,), member
    )


def _health(place: PanelPlace) -> MadePanel:
    from desktop.panels.health.panel import HealthPanel
    from desktop.panels.health.tools import HealthTools

    panel = HealthPanel(place.theme, place.host.health, place.on_data)
    tools = HealthTools(place.theme, place.host.support.copy, place.host.support.save)
    return MadePanel(panel, tools, panel.panel_state_changed)


def _runs(place: PanelPlace) -> MadePanel:
    from desktop.panels.runs.panel import RunsPanel
    from desktop.panels.runs.tools import RunsTools

    panel = RunsPanel(place.theme, place.host.research)
    return MadePanel(panel, RunsTools(panel, place.theme), panel.panel_state_changed, (panel.saved_changed,))


def _compare(place: PanelPlace) -> MadePanel:
    from desktop.panels.compare.panel import ComparePanel
    from desktop.panels.compare.tools import CompareTools

    panel = ComparePanel(place.theme, place.host.research)
    tools = CompareTools(panel, place.theme)
    return MadePanel(panel, tools, panel.panel_state_changed, (panel.saved_changed,))


def _tear_sheet(place: PanelPlace) -> MadePanel:
    from desktop.panels.tearsheet.panel import TearSheetPanel
    from desktop.panels.tearsheet.tools import TearSheetTools

    panel = TearSheetPanel(place.theme, place.host.research)
    tools = TearSheetTools(panel, place.theme)
    return MadePanel(panel, tools, panel.panel_state_changed, (panel.saved_changed,))


def _data(place: PanelPlace) -> MadePanel:
    from desktop.panels.data.panel import DataPanel
    from desktop.panels.data.tools import DataTools

    panel = DataPanel(place.theme, place.host.research)
    return MadePanel(panel, DataTools(panel, place.theme), panel.panel_state_changed)


def _film(name: str) -> Callable[[PanelPlace], MadePanel]:
    def make(place: PanelPlace) -> MadePanel:
        from desktop.panels.film.base import FilmPanel
        from desktop.panels.film.equity import EquityPanel
        from desktop.panels.film.lists import OrdersPanel, TradesPanel
        from desktop.panels.film.metrics import MetricsPanel
        from desktop.panels.film.tools import FilmTools

        panel: FilmPanel
        if name in ("trades", "orders"):
            lists = TradesPanel if name == "trades" else OrdersPanel
            panel = lists(place.theme, place.on_data, lambda: place.contents.chart)
        else:
            panel = (EquityPanel if name == "equity" else MetricsPanel)(place.theme, place.on_data)
        return MadePanel(panel, FilmTools(panel, place.theme), panel.panel_state_changed)

    return make


def _recorded(place: PanelPlace) -> MadePanel:
    from desktop.panels.film.recorded import RecordedPanel
    from desktop.panels.film.tools import FilmTools

    panel = RecordedPanel(place.theme, place.on_data)
    tools = FilmTools(panel, place.theme)
    tools.add_more(tr("Series, and how much of the run"), panel.pop_up)
    return MadePanel(panel, tools, panel.panel_state_changed, (panel.saved_changed,))


WATCHLIST: Final = Kind("watchlist", lambda: tr("Watchlist"), "layers", _watchlist, "quotes grid prices list")
CHART: Final = Kind("chart", lambda: tr("Chart"), "chart-candlestick", _chart, "bars candles indicators")

HEALTH: Final = Kind(
    "health", lambda: tr("Health"), "activity", _health, "frames latency memory subscriptions diagnostics"
)

RUNS: Final = Kind("runs", lambda: tr("Runs"), "flask-conical", _runs, "backtest research list catalog")
DATA: Final = Kind("data", lambda: tr("Data"), "database", _data, "datasets import files research")
COMPARE: Final = Kind(
    "compare", lambda: tr("Compare"), "git-compare-arrows", _compare, "runs difference overlay research"
)
TEAR_SHEET: Final = Kind(
    "tearsheet", lambda: tr("Tear sheet"), "file-chart-line", _tear_sheet, "report run monthly research"
)

EQUITY: Final = Kind(
    "equity", lambda: tr("Equity"), "chart-line", _film("equity"), "backtest run drawdown playback"
)
METRICS: Final = Kind(
    "metrics",
    lambda: tr("Metrics"),
    "chart-no-axes-combined",
    _film("metrics"),
    "backtest run figures sharpe",
)
TRADES: Final = Kind("trades", lambda: tr("Trades"), "history", _film("trades"), "backtest run positions")
ORDERS: Final = Kind("orders", lambda: tr("Orders"), "inbox", _film("orders"), "backtest run working fills")

RECORDED: Final = Kind(
    "recorded",
    lambda: tr("Recorded values"),
    "chart-spline",
    _recorded,
    "backtest run strategy series indicators lines",
)

ALL: Final[list[Kind]] = [
    WATCHLIST, CHART, HEALTH, RUNS, DATA, COMPARE, TEAR_SHEET, EQUITY, METRICS, TRADES, ORDERS, RECORDED,
]  # fmt: skip


def kind_named(name: str) -> Kind | None:
    """None for one that this Tapedeck does not have."""
    return next((kind for kind in ALL if kind.name == name), None)
