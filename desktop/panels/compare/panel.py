"""Runs side by side: equity and drawdown over one another, what differs in their settings, figures, trades.

Everything is read and compared in a thread; the last comparison stays until the next one is there. A run that
is played is not compared: its figures are hidden until it has ended.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from core.backtest.columns import ColumnsError
from core.backtest.compare import RUNS_MAX, CompareError
from core.market.intervals import Interval
from core.market.trading_day import trading_day
from core.state.versioned_file import StateError
from desktop.commands.context_menu import desk_window_of
from desktop.film.trade_place import TradePlace
from desktop.links_saved import parse_key
from desktop.paint.theme import Theme
from desktop.panels.compare.differences import TradeRow, ink_of_run
from desktop.panels.compare.sides import Sides, sides
from desktop.panels.compare.trades import TradesSection
from desktop.panels.grid.states import LIVE, PanelKind, PanelState
from desktop.research.curves import Curves, CurveSet, Line, words
from desktop.research.page_panel import SheetPanel, interval_of
from desktop.research.text_table import TextTable
from desktop.research.words import signed_words
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.research.research import Research

CURVES_PX: Final = 320


class ComparePanel(SheetPanel):
    """`show_runs` ids; they are kept with the workspace."""

    kind = "compare"

    def __init__(self, theme: Theme, research: "Research") -> None:
        super().__init__(theme, research, tr("Compare"))
        self.run_ids: tuple[str, ...] = ()
        self.base_id = ""  # the run that trades are held against
        self.sides: Sides | None = None
        self.curves = Curves(theme)
        self.settings = TextTable(theme, tr("Parameters that differ"))
        self.figures = TextTable(theme, tr("Figures"))
        self.trades = TradesSection(theme)
        self.add_part(self.curves)
        for table in (self.settings, self.figures):
            self.add_part(table, table.accessibleName())
        self.add_part(self.trades)
        self.end_parts()
        self.trades.base_chosen.connect(self.set_base)
        self.trades.filtered.connect(self.saved_changed)
        self.trades.opened.connect(self._open_trade)
        self.settings.scroll_with(self.figures)
        self.set_theme(theme)
        self.set_state(self.state_now())

    # ---- what is compared ------------------------------------------------------------------------
    def show_runs(self, run_ids: Sequence[str]) -> None:
        """Read and compare them."""
        self.run_ids = tuple(run_ids)
        if self.base_id not in self.run_ids:
            self.base_id = next(iter(self.run_ids), "")
        self.saved_changed.emit()
        self.error = ""
        if len(self.run_ids) >= 2:
            self.is_busy = True
            self.research.start_task(self._compare(self.run_ids, self.base_id), "compare-runs")
        self.set_state(self.state_now())

    def set_base(self, place: int) -> None:
        """The run that the trades of all others are held against."""
        if self.run_ids[place] != self.base_id:
            self.base_id = self.run_ids[place]
            self.show_runs(self.run_ids)

    async def _compare(self, run_ids: tuple[str, ...], base_id: str) -> None:
        found: Sides | None = None
        error = ""
        try:
            home = await self.research.library.ready()
            found = await self.research.threads.run(sides, home, run_ids, run_ids.index(base_id))
        except (CompareError, ColumnsError, OSError) as refused:
            error = str(refused)
        if (run_ids, base_id) != (self.run_ids, self.base_id) or not self.is_here:  # others were asked for
            return
        self.is_busy, self.error = False, error
        if found is not None:
            self.sides = found
            self._fill(found)
        self.set_state(self.state_now())

    def state_now(self) -> PanelState:
        hidden = self.hidden_state(self.run_ids)
        if hidden is not None:
            return hidden
        if self.error:
            return PanelState(
                PanelKind.ERROR,
                title=tr("These runs cannot be compared"),
                sentence=self.error,
                actions=(tr("Show the runs"),),
            )
        if self.is_busy:
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

    @property
    def has_something(self) -> bool:
        return self.sides is not None

    # ---- on the screen ---------------------------------------------------------------------------
    def _fill(self, found: Sides) -> None:
        self.curves.show_curves(self._curve_set(found))
        titles, inks = ["", *found.titles], ["", *self._inks(found)]
        nothing = [(tr("None: only the data or the code are others"), *[""] * len(found.titles))]
        rows = [row.cells for row in found.settings] or nothing
        self.settings.show_rows(titles, rows, inks=inks)
        strong = [row.strong for row in found.figures]
        self.figures.show_rows(titles, [row.cells for row in found.figures], strong, inks=inks)
        self.settings.stand_below(self.figures)
        self.trades.show_differences(found.trades)

    def _open_trade(self, place: int, row: TradeRow) -> None:
        """Play that run, from where the trade was opened."""
        window = desk_window_of(self)
        if window is not None and self.sides is not None:
            run_id = self.sides.comparison.runs[place].spec.run_id
            at_trade = TradePlace(parse_key(row.instrument, "trade"), row.opened_ns)
            self.research.play(run_id, window, at_trade)

    def _inks(self, found: Sides) -> list[str]:
        """Of the runs' lines, and of their names in the tables."""
        return [ink_of_run(place) for place in range(len(found.titles))]

    def _curve_set(self, found: Sides) -> CurveSet:
        """In percent of the starting cash, so that runs of other sizes lie over one another."""
        comparison = found.comparison
        growth = (comparison.growth - 1) * 100
        inks = self._inks(found)
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

    def _interval(self, found: Sides) -> Interval:
        row = self.research.library.run(found.comparison.runs[0].spec.run_id)
        return interval_of(row.interval if row is not None else "")

    def zone_changed(self) -> None:
        if self.sides is not None:
            self.curves.show_curves(self._curve_set(self.sides))

    @property
    def themed(self) -> Sequence[Any]:
        return (*super().themed, self.curves, self.settings, self.figures, self.trades)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.settings.stand_below(self.figures)  # each has fitted its columns anew
        self.curves.setFixedHeight(theme.scaled_px(CURVES_PX))

    # ---- what is kept ----------------------------------------------------------------------------
    def saved(self) -> dict[str, Any]:
        if not self.run_ids:
            return {}
        return {"runs": list(self.run_ids), "base": self.base_id, "filter": self.trades.filter.text()}

    def restore(self, saved: dict[str, Any]) -> None:
        runs = saved.get("runs", [])
        if (
            not isinstance(runs, list)
            or not all(isinstance(run, str) for run in runs)
            or len(runs) > RUNS_MAX
        ):
            raise StateError(f"runs are {runs!r}: use up to {RUNS_MAX} ids of runs")
        base, words = saved.get("base", ""), saved.get("filter", "")
        for name, value in (("base", base), ("filter", words)):
            if not isinstance(value, str):
                raise StateError(f"{name} is {value!r}: use a text")
        self.base_id = base
        self.trades.set_filter(words)
        if runs:
            self.show_runs(runs)

    def inspect_rows(self) -> dict[str, Any]:
        tables = {"settings": self.settings, "figures": self.figures}
        return {
            "legend": self.curves.legend,
            "base": self.base_id,
            "trades": self.trades.table.painted_rows(),
            **{name: [list(row) for row in table.text.cells] for name, table in tables.items()},
        }
