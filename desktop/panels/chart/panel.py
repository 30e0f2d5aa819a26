"""The chart panel: bars of one instrument at one interval, and what they can be trusted for.

Holds one series at a time. Data paints only when the frame clock says so; what is on the screen is a copy as
of the last frame, so that no repaint can show a bar that the clock has not reached. Nothing of another scope
is ever kept.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.clock import NS_PER_MS, monotonic_ns
from core.market.instruments import InstrumentKey
from core.market.intervals import Interval, seconds
from desktop.desk import BarHold, Desk
from desktop.paint.theme import Theme
from desktop.panels.chart.links import ChartLinks
from desktop.panels.grid.states import LIVE, PanelState

BarStyle = Literal["candles", "bars", "line", "heikin_ashi"]
DEFAULT_INTERVAL: Final = seconds(60)


class ChartPanel(QWidget):
    """`set_desk` on every change of scope, `show_key` for another instrument; the window calls the rest."""

    interval_changed = Signal(object)  # Interval
    symbol_changed = Signal(object)  # InstrumentKey
    panel_state_changed = Signal(object)  # PanelState
    symbol_wanted = Signal()  # the button of a chart without an instrument
    view_changed = Signal()  # style, indicators, gaps or zone: time to save `chart_state`

    def __init__(
        self,
        theme: Theme,
        on_data: Callable[[], None],
        links: ChartLinks | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._on_data = on_data
        self._links = links
        self._desk: Desk | None = None
        self._hold: BarHold | None = None
        self._in_front = False
        self._state = LIVE
        self.key: InstrumentKey | None = None
        self.interval = DEFAULT_INTERVAL
        self.style_name: BarStyle = "candles"
        self.shows_values = False
        self._since_ms = monotonic_ns() // NS_PER_MS

    # ---- what is shown ---------------------------------------------------------------------------
    def show(self, key: InstrumentKey | None = None) -> None:  # type: ignore[override]
        """Another instrument; without one as of any widget."""
        if key is None:
            super().show()

    def set_interval(self, interval: Interval) -> None: ...
    def set_style(self, style: BarStyle) -> None: ...
    def add_indicator(self, spec: Any) -> str:
        return ""

    def remove_indicator(self, indicator_id: str) -> None: ...
    def set_zone(self, zone: str) -> None: ...
    def set_follow(self, is_following: bool) -> None: ...
    def set_gaps(self, shows_gaps: bool) -> None: ...
    def export_png(self, path: Path) -> None: ...
    def export_csv(self, path: Path) -> None: ...

    # ---- Panel -----------------------------------------------------------------------------------
    @property
    def state(self) -> PanelState:
        return self._state

    def set_desk(self, desk: Desk | None) -> None:
        self._desk = desk

    def follow_directory(self) -> None: ...
    def set_in_front(self, in_front: bool) -> None:
        self._in_front = in_front

    def prepare_frame(self, now_ms: int, clock_us: int) -> bool:
        return False

    def take_oldest_recv_ns(self) -> int:
        return self._hold.take_oldest_recv_ns() if self._hold is not None else 0

    def flash_deadline_ms(self) -> int | None:
        return None

    def cadence_ms(self, now_ms: int) -> int:
        return 0

    def tick(self, now_ms: int) -> None: ...
    def set_theme(self, theme: Theme) -> None:
        self._theme = theme

    def let_go(self) -> None: ...
    def inspect(self, now_ms: int) -> dict[str, Any]:
        return {"kind": "chart"}

    def inspect_rows(self) -> dict[str, Any]:
        return {"bars": []}
