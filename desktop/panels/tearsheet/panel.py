"""The tear sheet of one run: equity and drawdown, months, trades, exposure, every figure; exported as HTML.

Read in a thread; the sheet before stays until the next is there. While its run is played it shows nothing of
how the run ends.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from core.backtest.columns import ColumnsError
from core.market.trading_day import trading_day
from core.state.versioned_file import StateError
from desktop.commands.context_menu import desk_window_of
from desktop.paint.theme import Theme
from desktop.panels.grid.states import LIVE, PanelKind, PanelState
from desktop.panels.tearsheet.exporting import ask_report
from desktop.panels.tearsheet.plots import ExposurePlot, MonthsTable, TradesPlot
from desktop.panels.tearsheet.sheet import Sheet, read_sheet
from desktop.research.curves import Curves, CurveSet, Line, words
from desktop.research.page_panel import SheetPanel, interval_of
from desktop.research.text_table import TextTable
from desktop.research.words import number_words, signed_words
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.research.research import Research

CURVES_PX: Final = 280


class TearSheetPanel(SheetPanel):
    """`show_run` an id; it is kept with the workspace."""

    kind = "tearsheet"

    def __init__(self, theme: Theme, research: "Research") -> None:
        super().__init__(theme, research, tr("Tear sheet"))
        self.run_id = ""
        self.sheet: Sheet | None = None
        self.title, self._words, self._doubts = QLabel(), QLabel(), QLabel()
        self.curves = Curves(theme)
        self.months, self.trades, self.exposure = MonthsTable(theme), TradesPlot(theme), ExposurePlot(theme)
        self.figures = TextTable(theme, tr("Figures"), has_header=False)
        for label in (self.title, self._words, self._doubts):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.add_part(label)
        self.add_part(self.curves)
        self.add_part(self.months, tr("Monthly returns, %"))
        self.add_part(self.trades, tr("Trades by profit"))
        self.add_part(self.exposure, tr("Exposure"))
        self.add_part(self.figures, tr("Figures"))
        self.end_parts()
        self.set_theme(theme)
        self.set_state(self.state_now())

    # ---- what is shown ---------------------------------------------------------------------------
    def show_run(self, run_id: str) -> None:
        """Read it and show it."""
        self.run_id, self.error, self.is_busy = run_id, "", True
        self.saved_changed.emit()
        self.research.start_task(self._read(run_id), "read-tear-sheet")
        self.set_state(self.state_now())

    async def _read(self, run_id: str) -> None:
        sheet: Sheet | None = None
        error = ""
        try:
            home = await self.research.library.ready()
            sheet = await self.research.threads.run(read_sheet, home, run_id)
        except (ColumnsError, OSError) as refused:
            error = str(refused)
        if run_id != self.run_id or not self.is_here:  # another was asked for meanwhile
            return
        self.is_busy, self.error, self.sheet = False, error, sheet
        if sheet is not None:
            self._fill(sheet)
        self.set_state(self.state_now())

    @property
    def can_export(self) -> bool:
        """A whole sheet is shown."""
        return self.sheet is not None and self.state == LIVE

    def export(self) -> None:
        """Ask where its file goes."""
        window = desk_window_of(self)
        if window is not None and self.can_export:
            ask_report(window, self.research, self.run_id)

    def state_now(self) -> PanelState:
        hidden = self.hidden_state([self.run_id])
        if hidden is not None:
            return hidden
        if self.error:
            return PanelState(
                PanelKind.ERROR,
                title=tr("Run {run} cannot be shown", run=self.run_id[:8]),
                sentence=self.error,
                actions=(tr("Show the runs"),),
            )
        if self.is_busy:
            return PanelState(PanelKind.LOADING, tr("Reading run {run}", run=self.run_id[:8]))
        if self.sheet is None:
            return PanelState(
                PanelKind.EMPTY,
                title=tr("No run is chosen"),
                sentence=tr("Select a run in the list and choose Tear sheet."),
                actions=(tr("Show the runs"),),
                icon="file-chart-line",
            )
        return LIVE

    @property
    def has_something(self) -> bool:
        return self.sheet is not None

    # ---- on the screen ---------------------------------------------------------------------------
    def _fill(self, sheet: Sheet) -> None:
        self.title.setText(sheet.title)
        self._words.setText(sheet.words)
        self._doubts.setText(". ".join(sheet.doubts))
        self._doubts.setVisible(bool(sheet.doubts))
        self.curves.show_curves(self._curve_set(sheet))
        self.months.show_years(sheet.months)
        self.heads[1].setText(tr("Trades by profit, {currency}", currency=sheet.run.spec.venue.currency))
        self.trades.show_trades(sheet.trades)
        self.exposure.show_share(sheet.exposure)
        half = (len(sheet.figures) + 1) // 2
        left, right = sheet.figures[:half], (*sheet.figures[half:], ("", ""))
        rows = [(a, b, "", c, d) for (a, b), (c, d) in zip(left, right, strict=False)]
        self.figures.show_rows(("", "", "", "", ""), rows, left_columns=(0, 3))

    def _curve_set(self, sheet: Sheet) -> CurveSet:
        venue = sheet.run.spec.venue
        upper = (
            words((tr("Equity"), "text.tertiary"), (number_words(float(sheet.equity[-1]), 2), "text.primary"),
                  (venue.currency, "text.tertiary")),
            words((tr("start"), "text.tertiary"), (number_words(venue.starting_cash, 2), "text.secondary")),
        )  # fmt: skip
        deepest = f"{signed_words(float(sheet.drawdown.min()) * 100, 2)} %"
        lower = (words((tr("Drawdown"), "text.tertiary"), (deepest, "text.primary")),)
        exchange = sheet.run.spec.instruments[0].partition(":")[0]
        interval = interval_of(sheet.dataset.interval if sheet.dataset is not None else "")
        return CurveSet(
            sheet.close_ns, (Line(sheet.equity, "chart.equity"),),
            (Line(sheet.drawdown, "chart.drawdown", is_filled=True),), upper, lower,
            base=venue.starting_cash, interval=interval, zone=self.zone, day=trading_day(exchange),
        )  # fmt: skip

    def zone_changed(self) -> None:
        if self.sheet is not None:
            self.curves.show_curves(self._curve_set(self.sheet))

    @property
    def themed(self) -> Sequence[Any]:
        parts = (self.curves, self.months, self.trades, self.exposure, self.figures)
        return (*super().themed, *parts)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.curves.setFixedHeight(theme.scaled_px(CURVES_PX))
        pad = theme.px("spacing.m")
        self.title.setFont(theme.font("title", "title"))
        self.title.setContentsMargins(pad, pad, pad, 0)
        small = theme.font_px("small")
        for label, ink in ((self._words, "text.secondary"), (self._doubts, "state.warning")):
            label.setStyleSheet(f"color: {theme.css(ink)}; font-size: {small}px;")
            label.setContentsMargins(pad, 2, pad, 2)

    # ---- what is kept ----------------------------------------------------------------------------
    def saved(self) -> dict[str, Any]:
        return {"run": self.run_id} if self.run_id else {}

    def restore(self, saved: dict[str, Any]) -> None:
        run_id = saved.get("run", "")
        if not isinstance(run_id, str):
            raise StateError(f"run is {run_id!r}: use the id of a run")
        if run_id:
            self.show_run(run_id)

    def inspect_rows(self) -> dict[str, Any]:
        return {
            "title": self.title.text(),
            "legend": self.curves.legend,
            "months": self.months.texts,
            "figures": [list(row) for row in self.figures.text.cells],
        }
