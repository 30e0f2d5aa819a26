"""The tear sheet of one run: equity and drawdown, months, trades, exposure, every figure; exported as HTML.

Read in a thread; the sheet before stays until the next is there. While its run is played it shows nothing of
how the run ends.
"""

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from core.backtest.columns import ColumnsError
from core.market.intervals import IntervalError, parse_interval
from core.market.trading_day import trading_day
from core.state.versioned_file import StateError
from desktop.commands.context_menu import desk_window_of
from desktop.paint.theme import Theme
from desktop.panels.grid.states import LIVE, PanelKind, PanelState, StateBanner, StatePage
from desktop.panels.tearsheet.exporting import ask_report
from desktop.panels.tearsheet.plots import ExposurePlot, MonthsTable, TradesPlot
from desktop.panels.tearsheet.sheet import Sheet, read_sheet
from desktop.research.curves import MINUTE, Curves, CurveSet, Line, words
from desktop.research.panel_base import ResearchPanel
from desktop.research.text_table import TextTable
from desktop.research.words import number_words, signed_words
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.research.research import Research

CURVES_PX: Final = 280


class TearSheetPanel(ResearchPanel):
    """`show_run` an id; it is kept with the workspace."""

    kind = "tearsheet"

    def __init__(self, theme: Theme, research: "Research") -> None:
        super().__init__()
        self._theme = theme
        self.research = research
        self.run_id = ""
        self.sheet: Sheet | None = None
        self._error = ""
        self._is_busy = False
        self.banner, self.page = StateBanner(theme, self), StatePage(theme, self)
        self.title, self._words, self._doubts = QLabel(), QLabel(), QLabel()
        for label in (self.title, self._words, self._doubts):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.curves = Curves(theme)
        self.months, self.trades, self.exposure = MonthsTable(theme), TradesPlot(theme), ExposurePlot(theme)
        self.figures = TextTable(theme, tr("Figures"))
        self._heads: list[QLabel] = []
        self._body = QWidget()
        self._body.setObjectName("sheet-body")
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        tops: tuple[QWidget, ...] = (self.title, self._words, self._doubts, self.curves)
        for top in tops:
            inner.addWidget(top)
        sections: tuple[tuple[str, QWidget], ...] = (
            (tr("Monthly returns, %"), self.months),
            (tr("Trades by profit"), self.trades),
            (tr("Exposure"), self.exposure),
            (tr("Figures"), self.figures),
        )
        for head, part in sections:
            label = QLabel(head)
            self._heads.append(label)
            inner.addWidget(label)
            inner.addWidget(part)
        inner.addStretch(1)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self._body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for whole, stretch in ((self.banner, 0), (self.area, 1), (self.page, 1)):
            column.addWidget(whole, stretch)
        self.page.action_requested.connect(lambda _label: self._show_list())
        self.setAccessibleName(tr("Tear sheet"))
        self.set_theme(theme)
        self.set_state(self._state_now())

    # ---- what is shown ---------------------------------------------------------------------------
    def show_run(self, run_id: str) -> None:
        """Read it and show it."""
        self.run_id, self._error, self._is_busy = run_id, "", True
        self.saved_changed.emit()
        self.research.start_task(self._read(run_id), "read-tear-sheet")
        self.set_state(self._state_now())

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
        self._is_busy, self._error, self.sheet = False, error, sheet
        if sheet is not None:
            self._fill(sheet)
        self.set_state(self._state_now())

    @property
    def can_export(self) -> bool:
        """A whole sheet is shown."""
        return self.sheet is not None and self.state == LIVE

    def export(self) -> None:
        """Ask where its file goes."""
        window = desk_window_of(self)
        if window is not None and self.can_export:
            ask_report(window, self.research, self.run_id)

    def _state_now(self) -> PanelState:
        if self.run_id and self.run_id in self.research.playing():
            return PanelState(
                PanelKind.EMPTY,
                title=tr("Run {run} is being played", run=self.run_id[:8]),
                sentence=tr("Its final figures are hidden until it is left."),
                icon="play",
            )
        if self._error:
            return PanelState(
                PanelKind.ERROR,
                title=tr("Run {run} cannot be shown", run=self.run_id[:8]),
                sentence=self._error,
                actions=(tr("Show the runs"),),
            )
        if self._is_busy:
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

    def show_state(self, state: PanelState) -> None:
        on_page = state.kind is PanelKind.EMPTY or bool(state.title)
        self.banner.set_state(LIVE if on_page else state)
        self.page.set_state(state)
        self.page.setVisible(on_page)
        self.area.setVisible(not on_page and self.sheet is not None)
        self.setFocusProxy(self.page if on_page else self.area)

    def _show_list(self) -> None:
        window = desk_window_of(self)
        if window is not None:
            window.focus_panel(self.research.runs_panel(window))

    # ---- on the screen ---------------------------------------------------------------------------
    def _fill(self, sheet: Sheet) -> None:
        self.title.setText(sheet.title)
        self._words.setText(sheet.words)
        self._doubts.setText(". ".join(sheet.doubts))
        self._doubts.setVisible(bool(sheet.doubts))
        self.curves.show_curves(self._curve_set(sheet))
        self.months.show_years(sheet.months)
        self.trades.show_trades(sheet.trades)
        self.exposure.show_share(sheet.exposure)
        half = (len(sheet.figures) + 1) // 2
        left, right = sheet.figures[:half], (*sheet.figures[half:], ("", ""))
        rows = [(a, b, "", c, d) for (a, b), (c, d) in zip(left, right, strict=False)]
        self.figures.show_rows(("", "", "", "", ""), rows, first_px=150, other_px=100)
        for place, width in ((2, 24), (3, 150)):
            self.figures.setColumnWidth(place, self._theme.scaled_px(width))
        self.figures.text.set_left((0, 3))

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
        try:
            interval = parse_interval(sheet.dataset.interval) if sheet.dataset is not None else MINUTE
        except IntervalError:
            interval = MINUTE
        return CurveSet(
            sheet.close_ns, (Line(sheet.equity, "chart.equity"),),
            (Line(sheet.drawdown, "chart.drawdown", is_filled=True),), upper, lower,
            base=venue.starting_cash, interval=interval, zone=self.zone, day=trading_day(exchange),
        )  # fmt: skip

    def tick(self, now_ms: int) -> None:
        self.set_state(self._state_now())

    def zone_changed(self) -> None:
        if self.sheet is not None:
            self.curves.show_curves(self._curve_set(self.sheet))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        parts: tuple[Any, ...] = (
            self.banner, self.page, self.curves, self.months, self.trades, self.exposure, self.figures,
        )  # fmt: skip
        for part in parts:
            part.set_theme(theme)
        self.curves.setFixedHeight(theme.scaled_px(CURVES_PX))
        pad = theme.px("spacing.m")
        self.title.setFont(theme.font("title", "title"))
        self.title.setContentsMargins(pad, pad, pad, 0)
        small = theme.font_px("small")
        for label, ink in ((self._words, "text.secondary"), (self._doubts, "state.warning")):
            label.setStyleSheet(f"color: {theme.css(ink)}; font-size: {small}px;")
            label.setContentsMargins(pad, 2, pad, 2)
        for label in self._heads:
            label.setFont(theme.font("ui", "title"))
            label.setContentsMargins(pad, pad, pad, theme.px("spacing.s"))
        self._body.setStyleSheet(f"#sheet-body {{ background: {theme.css('surface.panel')}; }}")

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
