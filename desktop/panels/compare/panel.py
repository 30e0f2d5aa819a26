"""Runs side by side: equity and drawdown over one another, what differs in their settings, figures, trades.

Everything is read and compared in a thread; the last comparison stays until the next one is there. A run that
is played is not compared: its figures are hidden until it has ended.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from core.backtest.columns import ColumnsError
from core.backtest.compare import RUNS_MAX, CompareError
from core.market.intervals import IntervalError, parse_interval, seconds
from core.market.trading_day import trading_day
from core.state.versioned_file import StateError
from desktop.paint.theme import Theme
from desktop.panels.compare.sides import Sides, sides
from desktop.panels.grid.states import LIVE, PanelKind, PanelState, StateBanner, StatePage
from desktop.research.curves import Curves, CurveSet, Line, words
from desktop.research.panel_base import ResearchPanel
from desktop.research.text_table import TextTable
from desktop.research.words import signed_words
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.research.research import Research

CURVES_PX: Final = 320
INKS: Final = 6  # colours of lines; more runs take them again


class ComparePanel(ResearchPanel):
    """`show_runs` ids; they are kept with the workspace."""

    kind = "compare"

    def __init__(self, theme: Theme, research: "Research") -> None:
        super().__init__()
        self._theme = theme
        self.research = research
        self.run_ids: tuple[str, ...] = ()
        self.sides: Sides | None = None
        self._error = ""
        self._is_busy = False
        self.banner = StateBanner(theme, self)
        self.page = StatePage(theme, self)
        self.curves = Curves(theme)
        self.settings = TextTable(theme, tr("Parameters that differ"))
        self.figures = TextTable(theme, tr("Figures"))
        self.trades = TextTable(theme, tr("Trades that differ"), 24)
        self._titles = [QLabel(), QLabel(), QLabel()]
        self._body = QWidget()
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        self.curves.setFixedHeight(theme.scaled_px(CURVES_PX))
        inner.addWidget(self.curves)
        for title, table in zip(self._titles, (self.settings, self.figures, self.trades), strict=True):
            inner.addWidget(title)
            inner.addWidget(table)
        inner.addStretch(1)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self._body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part, stretch in ((self.banner, 0), (self.area, 1), (self.page, 1)):
            column.addWidget(part, stretch)
        self.page.action_requested.connect(lambda _label: self._show_list())
        self.setAccessibleName(tr("Compare"))
        self.set_theme(theme)
        self.set_state(self._state_now())

    # ---- what is compared ------------------------------------------------------------------------
    def show_runs(self, run_ids: Sequence[str]) -> None:
        """Read and compare them."""
        self.run_ids = tuple(run_ids)
        self.saved_changed.emit()
        self._error = ""
        if len(self.run_ids) >= 2:
            self._is_busy = True
            self.research.start_task(self._compare(self.run_ids), "compare-runs")
        self.set_state(self._state_now())

    async def _compare(self, run_ids: tuple[str, ...]) -> None:
        found: Sides | None = None
        error = ""
        try:
            home = await self.research.library.ready()
            found = await self.research.threads.run(sides, home, run_ids)
        except (CompareError, ColumnsError, OSError) as refused:
            error = str(refused)
        if run_ids != self.run_ids or not self.is_here:  # others were asked for meanwhile
            return
        self._is_busy, self._error = False, error
        if found is not None:
            self.sides = found
            self._fill(found)
        self.set_state(self._state_now())

    def _state_now(self) -> PanelState:
        hidden = self.research.playing() & set(self.run_ids)
        if hidden:
            return PanelState(
                PanelKind.EMPTY,
                title=tr("Run {run} is being played", run=min(hidden)[:8]),
                sentence=tr("Its final figures are hidden until it is left."),
                icon="play",
            )
        if self._error:
            return PanelState(
                PanelKind.ERROR,
                title=tr("These runs cannot be compared"),
                sentence=self._error,
                actions=(tr("Show the runs"),),
            )
        if self._is_busy:
            return PanelState(PanelKind.LOADING, tr("Reading {count} runs", count=len(self.run_ids)))
        if self.sides is None:
            return PanelState(
                PanelKind.EMPTY,
                title=tr("Nothing to compare yet"),
                sentence=tr("Select 2 to {most} runs in the list and choose Compare.", most=RUNS_MAX),
                actions=(tr("Show the runs"),),
                icon="git-compare-arrows",
            )
        return LIVE

    def show_state(self, state: PanelState) -> None:
        on_page = state.kind is PanelKind.EMPTY or bool(state.title)
        self.banner.set_state(LIVE if on_page else state)
        self.page.set_state(state)
        self.page.setVisible(on_page)
        self.area.setVisible(not on_page and self.sides is not None)
        self.setFocusProxy(self.page if on_page else self.area)

    def _show_list(self) -> None:
        from desktop.commands.context_menu import desk_window_of

        window = desk_window_of(self)
        if window is not None:
            window.focus_panel(self.research.runs_panel(window))

    # ---- on the screen ---------------------------------------------------------------------------
    def _fill(self, found: Sides) -> None:
        self.curves.show_curves(self._curve_set(found))
        titles = ["", *found.titles]
        said = (tr("Parameters that differ"), tr("Figures"), self._trades_title(found))
        for label, text in zip(self._titles, said, strict=True):
            label.setText(text)
        nothing = [(tr("None: only the data or the code are others"), *[""] * len(found.titles))]
        rows = [row.cells for row in found.settings] or nothing
        self.settings.show_rows(titles, rows)
        self.figures.show_rows(
            titles, [row.cells for row in found.figures], [row.strong for row in found.figures]
        )
        heads = [tr("Opened, UTC"), tr("Symbol"), tr("Side"), tr("Difference"), *found.titles[:2]]
        self.trades.text.set_signed((4, 5))
        self.trades.show_rows(heads, [row.cells for row in found.trades], left=4, first_px=134)
        self.trades.setColumnWidth(3, self._theme.scaled_px(190))
        for column in (1, 2):
            self.trades.setColumnWidth(column, self._theme.scaled_px(70))

    def _trades_title(self, found: Sides) -> str:
        a, b = found.titles[:2]
        if not found.trade_count:
            return tr("Trades of {a} and {b}: the same", a=a, b=b)
        shown, total = len(found.trades), f"{found.trade_count:,}"
        if shown < found.trade_count:
            return tr(
                "Trades that differ, {a} and {b}: {shown} of {total}", a=a, b=b, shown=shown, total=total
            )
        return tr("Trades that differ, {a} and {b}: {total}", a=a, b=b, total=total)

    def _curve_set(self, found: Sides) -> CurveSet:
        """In percent of the starting cash, so that runs of other sizes lie over one another."""
        comparison = found.comparison
        growth = (comparison.growth - 1) * 100
        inks = [f"chart.series.{place % INKS}" for place in range(len(found.titles))]
        upper = tuple(Line(values, ink) for values, ink in zip(growth, inks, strict=True))
        lower = tuple(Line(values, ink) for values, ink in zip(comparison.drawdown, inks, strict=True))
        ends = [values[values == values][-1:] for values in growth]
        legend = [words((tr("Return %"), "text.tertiary"))]
        legend += [
            words((title, ink), (signed_words(float(end[0]), 2) if len(end) else "–", "text.primary"))
            for title, ink, end in zip(found.titles, inks, ends, strict=True)
        ]
        interval, exchange = self._interval(found), comparison.runs[0].spec.instruments[0].partition(":")[0]
        return CurveSet(
            comparison.close_ns, upper, lower, tuple(legend), (words((tr("Drawdown"), "text.tertiary")),),
            base=0.0, interval=interval, zone=self.zone, day=trading_day(exchange),
        )  # fmt: skip

    def _interval(self, found: Sides) -> Any:
        row = self.research.library.run(found.comparison.runs[0].spec.run_id)
        try:
            return parse_interval(row.interval) if row is not None and row.interval else seconds(60)
        except IntervalError:
            return seconds(60)

    def tick(self, now_ms: int) -> None:
        self.set_state(self._state_now())

    def zone_changed(self) -> None:
        if self.sides is not None:
            self.curves.show_curves(self._curve_set(self.sides))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self.banner, self.page, self.curves, self.settings, self.figures, self.trades):
            part.set_theme(theme)
        self.curves.setFixedHeight(theme.scaled_px(CURVES_PX))
        pad = theme.px("spacing.m")
        for label in self._titles:
            label.setFont(theme.font("ui", "title"))
            label.setContentsMargins(pad, pad, pad, theme.px("spacing.s"))
        self._body.setObjectName("compare-body")
        self._body.setStyleSheet(f"#compare-body {{ background: {theme.css('surface.panel')}; }}")

    # ---- what is kept ----------------------------------------------------------------------------
    def saved(self) -> dict[str, Any]:
        return {"runs": list(self.run_ids)} if self.run_ids else {}

    def restore(self, saved: dict[str, Any]) -> None:
        runs = saved.get("runs", [])
        if (
            not isinstance(runs, list)
            or not all(isinstance(run, str) for run in runs)
            or len(runs) > RUNS_MAX
        ):
            raise StateError(f"runs are {runs!r}: use up to {RUNS_MAX} ids of runs")
        if runs:
            self.show_runs(runs)

    def let_go(self) -> None:
        self.is_here = False

    def inspect_rows(self) -> dict[str, Any]:
        tables = {"settings": self.settings, "figures": self.figures, "trades": self.trades}
        return {
            "legend": self.curves.legend,
            **{name: [list(row) for row in table.text.cells] for name, table in tables.items()},
        }
