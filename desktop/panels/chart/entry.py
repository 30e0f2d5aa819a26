"""What can be typed over a chart: a symbol, an interval, or an indicator.

`BTCUSDT`; `5m`, `100t`, `50v`; `ema 21`, `macd`. An instrument that is called as an indicator stands below
it, or is reached by `EXCHANGE:SYMBOL`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect

from core.market.indicators import IndicatorError, IndicatorSpec, parse_indicator
from core.market.instruments import InstrumentKey
from core.market.intervals import Interval, IntervalError, parse_interval
from desktop.paint.theme import Theme
from desktop.panels.candidates import Candidate
from desktop.panels.typed_entry import TypedEntry
from desktop.tr import tr
from desktop.watchlists.recents import RecentSymbols
from desktop.watchlists.search import SymbolSearch, SymbolSearches

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel


class ChartEntry(TypedEntry):
    """Return takes it, Esc closes; the chart has the keys again then."""

    def __init__(self, theme: Theme, panel: "ChartPanel") -> None:
        self._chart = panel
        self._study_id: str | None = None  # the indicator that is being changed
        self.searches = SymbolSearches(RecentSymbols())  # of a chart that nobody has given the desk's
        super().__init__(theme, panel, self._own_search, self._show)

    def _own_search(self) -> SymbolSearch | None:
        instruments = self._chart.instruments
        return self.searches.of(instruments) if instruments else None

    def _show(self, key: InstrumentKey) -> str:
        self._chart.choose(key)
        return ""

    def name(self) -> str:
        return tr("Symbol, interval or indicator")

    def hint(self) -> str:
        return tr("Symbol, interval (5m, 100t, 50v) or indicator (ema 21)")

    def area(self) -> QRect:
        return self._chart.plots.geometry()

    def begin(self, text: str, *, is_whole: bool = False, study_id: str | None = None) -> None:
        """Open with what was typed; `study_id`: to change that indicator; `is_whole`: typing replaces it."""
        self._study_id = study_id
        super().begin(text, is_whole=is_whole or study_id is not None)

    def hideEvent(self, event: object) -> None:
        self._study_id = None

    # ---- meanings --------------------------------------------------------------------------------
    def others(self, text: str) -> Sequence[Candidate]:
        try:
            if self._study_id is None and text[:1].isdigit():
                interval = parse_interval(text)
                return (Candidate(str(interval), lambda: self._cut(interval), tr("interval")),)
            spec = parse_indicator(text)
        except (IntervalError, IndicatorError):
            return ()
        detail = tr("indicator") if self._study_id is None else tr("instead of what it is")
        return (Candidate(spec.label, lambda: self._add(spec), detail),)

    def _symbols(self, text: str) -> list[Candidate]:
        return super()._symbols(text) if self._study_id is None else []

    def refused(self, text: str) -> str:
        try:
            if self._study_id is None and text[:1].isdigit():
                parse_interval(text)
            else:
                parse_indicator(text)
        except (IntervalError, IndicatorError) as error:
            is_unknown = self._study_id is None and "is no indicator" in str(error)
            return (
                tr("No symbol like “{text}” here, and no indicator", text=text) if is_unknown else str(error)
            )
        return ""

    def refused_while_typed(self, text: str) -> str:
        return "" if self._study_id is not None or text[:1].isdigit() or " " in text else self.refused(text)

    def _cut(self, interval: Interval) -> str:
        self._chart.choose_interval(interval)
        return ""

    def _add(self, spec: IndicatorSpec) -> str:
        try:
            if self._study_id is not None:
                self._chart.change_indicator(self._study_id, spec)
            else:
                self._chart.add_indicator(spec)
        except IndicatorError as error:
            return str(error)
        return ""
