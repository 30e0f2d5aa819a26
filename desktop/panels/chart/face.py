"""What a chart looks like and how it is handled: picture, banner, pages, mouse and keys.

The picture shows a copied series in sight; where its bars come from is the panel's (panel.py). Every state
has words; bars once shown stay.
"""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from core.market.indicators import IndicatorSpec
from core.market.trading_day import trading_day
from desktop.paint.candles import BAR_STYLES, BarStyle
from desktop.paint.fonts import register_fonts
from desktop.paint.theme import Theme
from desktop.panels.chart.defaults import DEFAULT_INTERVAL
from desktop.panels.chart.drawing import Drawing
from desktop.panels.chart.entry import ChartEntry
from desktop.panels.chart.hand import Hand
from desktop.panels.chart.pages import FocusRing, LoadingPage
from desktop.panels.chart.plots import ChartPlots
from desktop.panels.chart.sight import Sight
from desktop.panels.chart.states import CHOOSE_SYMBOL
from desktop.panels.chart.studies import Studies
from desktop.panels.grid.states import LIVE, PanelKind, PanelState, StateBanner, StatePage
from desktop.tr import tr


class ChartFace(QWidget):
    """`show_state` says what the panel is in, `draw` puts the series in sight on the plots."""

    panel_state_changed = Signal(object)  # PanelState
    view_changed = Signal()  # interval, style, indicators, gaps, volume, zone or following
    symbol_wanted = Signal()  # the button of a chart without an instrument
    entry: ChartEntry
    hand: Hand

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        register_fonts()
        self._theme = theme
        self._state = LIVE
        self.interval = DEFAULT_INTERVAL
        self.plots = ChartPlots(theme, self)
        self.sight = Sight(self.plots)
        self.studies = Studies(theme, trading_day(""))
        self.drawing = Drawing(self.plots, self.sight, self.studies, theme)
        self.banner = StateBanner(theme, self)
        self.page = StatePage(theme, self)
        self.loading = LoadingPage(theme, self)
        self._ring = FocusRing(theme, self)
        self.page.action_requested.connect(self._on_page_action)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(160, 120)

    def set_face_theme(self, theme: Theme) -> None:
        self._theme = theme
        parts: tuple[Any, ...] = (
            self.plots, self.studies, self.drawing, self.banner, self.page, self.loading, self._ring,
        )  # fmt: skip
        for part in parts:
            part.set_theme(theme)

    # ---- picture ---------------------------------------------------------------------------------
    def draw(self) -> None:
        """The picture of the copied series as the view now is; of an empty one, nothing."""
        if self.sight.count:
            self.drawing.draw()
            self.drawn()
        elif self.sight.bars is not None:  # a seek to before the first trade: what was painted is to come
            self.sight.clear()
            self.redraw()

    def redraw(self) -> None:
        self.sight.redraw()
        if self.sight.count:
            self.drawing.draw()
        else:
            self.drawing.clear()
        self.plots.viewport().update()

    def drawn(self) -> None:
        """The view may be another one."""

    # ---- what is drawn ---------------------------------------------------------------------------
    @property
    def style_name(self) -> BarStyle:
        return self.sight.style

    def set_style(self, style: BarStyle) -> None:
        """Raises `ValueError` for a style there is not."""
        if style not in BAR_STYLES:
            raise ValueError(f"no style {style!r}: use one of {', '.join(BAR_STYLES)}")
        if style != self.sight.style:
            self.sight.style = style
            self.redraw()
            self.view_changed.emit()

    def add_indicator(self, spec: IndicatorSpec | str) -> str:
        """`ema 21` and the like; returns its id. Raises `IndicatorError`."""
        study_id = self.studies.add(spec)
        self._take_studies()
        return study_id

    def change_indicator(self, study_id: str, spec: IndicatorSpec | str) -> None:
        """Other numbers for one. Raises `IndicatorError`, `KeyError`."""
        self.studies.change(study_id, spec)
        self._take_studies()

    def remove_indicator(self, study_id: str) -> None:
        """Raises `KeyError` for an id that is not there."""
        self.studies.remove(study_id)
        self._take_studies()

    def set_indicators(self, wanted: Sequence[tuple[IndicatorSpec, int]]) -> None:
        """These and no others, each with its colour."""
        self.studies.replace(wanted)
        self._take_studies()

    def _take_studies(self) -> None:
        if self.sight.count:
            self.studies.follow(self.sight.pyramid, self.sight.count, self.interval.is_timed)
        self.plots.set_pane_count(len(self.studies.in_panes))
        self.redraw()
        self.view_changed.emit()

    def set_volume(self, shows_volume: bool) -> None:
        """Show how much was traded, below the bars."""
        if shows_volume != self.sight.shows_volume:
            self.sight.shows_volume = shows_volume
            self.redraw()
            self.view_changed.emit()

    # ---- what a played run recorded --------------------------------------------------------------
    def set_recorded(self, shows_recorded: bool) -> None:
        """Draw the prices that a played run recorded."""
        self.drawing.run_lines.is_shown = shows_recorded
        self._take_recorded()

    def show_series(self, name: str, is_shown: bool) -> None:
        """One of them, by its name."""
        self.drawing.run_lines.show(name, is_shown)
        self._take_recorded()

    def hide_series(self, names: frozenset[str]) -> None:
        """These and no others."""
        self.drawing.run_lines.hidden = names
        self._take_recorded()

    def _take_recorded(self) -> None:
        self.redraw()
        self.view_changed.emit()

    # ---- state -----------------------------------------------------------------------------------
    def show_state(self, state: PanelState) -> None:
        if state == self._state and self.banner.isVisibleTo(self) == bool(state.words):
            return
        kind_changed = state.kind is not self._state.kind
        self._state = state
        self.banner.set_state(state)
        self.page.set_state(state)
        self.loading.show_progress(state, 0, 0)
        self._place_children()
        if kind_changed:
            self.drawing.set_kind(state.kind)
            self.draw()
        self.panel_state_changed.emit(state)

    @property
    def state(self) -> PanelState:
        return self._state

    def _on_page_action(self, label: str) -> None:
        if label == tr(CHOOSE_SYMBOL):
            self.symbol_wanted.emit()

    # ---- layout ----------------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_children()

    def _place_children(self) -> None:
        area, state = self.rect(), self._state
        banner_px = self._theme.px("height.state_banner") if state.words else 0
        self.banner.setGeometry(0, 0, area.width(), banner_px)
        area.setTop(banner_px)
        changed = self.plots.geometry() != area
        self.plots.setGeometry(area)
        has_page = state.kind in (PanelKind.EMPTY, PanelKind.ERROR) and bool(state.title)
        has_page = has_page and not (state.kind is PanelKind.ERROR and self.sight.count > 0)
        loads = state.kind is PanelKind.LOADING and bool(state.title) and not self.sight.count
        for page, is_shown in ((self.page, has_page), (self.loading, loads)):
            page.setGeometry(area)
            page.setVisible(is_shown)
        self._ring.setGeometry(self.rect())
        self.entry.place()
        if changed:
            self.sight.redraw()
            self.draw()

    # ---- mouse and keys --------------------------------------------------------------------------
    def plots_point(self, at: QPointF) -> QPointF:
        """A place of this widget in the plots' own."""
        return at - QPointF(self.plots.pos())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hand.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.hand.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.hand.double_click(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.hand.wheel(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.hand.hover(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hand.hover(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.hand.key(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        keys = (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
            Qt.FocusReason.ShortcutFocusReason,
        )
        self._ring.setVisible(event.reason() in keys)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._ring.hide()

    def cadence_ms(self, now_ms: int) -> int:
        return 0

    def flash_deadline_ms(self) -> int | None:
        return None
