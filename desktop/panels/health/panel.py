"""The Health panel: how the desk did over the last ten minutes, and what each window and subscription costs.

Belongs to no scope. Shows another second when there is one and its window paints; while nobody sees it,
nothing is formatted. Everything it shows is in the diagnostics, too.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from core.market.zones import Zone
from desktop.desk import Desk
from desktop.health.desk_health import SubscriptionRates, WindowFigures
from desktop.health.warnings import LIMITS, Kind
from desktop.paint.theme import Theme
from desktop.panels.grid.states import LIVE, PanelKind, PanelState, StateBanner
from desktop.panels.health.board import DASH, number
from desktop.panels.health.plots import PlotBoard
from desktop.panels.health.table import Cell, Column, LightTable
from desktop.tr import tr
from desktop.words import age_words, seconds_words

if TYPE_CHECKING:
    from desktop.health.desk_health import DeskHealth

FRAME_P99_LIMIT_MS = LIMITS[Kind.FRAMES].over


class HealthPanel(QWidget):
    """`on_data` asks for a frame. Signal `panel_state_changed(PanelState)`."""

    panel_state_changed = Signal(object)

    def __init__(
        self, theme: Theme, health: "DeskHealth", on_data: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._health = health
        self._on_data = on_data
        self._shown = -1  # version of the history on the screen
        self.shows_values = False
        self._state = LIVE
        self.banner = StateBanner(theme, self)
        self.board = PlotBoard(theme, health.history)
        self.windows = LightTable(
            theme,
            tr("Windows"),
            (
                Column(tr("Window"), 120, is_number=False, stretch=True),
                Column(tr("Pace"), 90, is_number=False),
                Column(tr("Frames /s"), 80),
                Column(tr("Frame p99 ms"), 100),
                Column(tr("Event to paint p99 ms"), 150),
                Column(tr("Cadence ms"), 90),
            ),
            tr("No window is open"),
        )
        self.subscriptions = LightTable(
            theme,
            tr("Subscriptions"),
            (
                Column(tr("Subject"), 210, is_number=False, stretch=True),
                Column(tr("Messages /s"), 100),
                Column(tr("kbit/s"), 80),
                Column(tr("Last heard"), 90),
                Column(tr("Dropped"), 80),
            ),
            tr("Nothing is subscribed: the desk is not connected"),
        )
        self._content = QWidget()
        self._content.setObjectName("health-content")
        inner = QVBoxLayout(self._content)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        for part in (self.board, self.windows, self.subscriptions):
            inner.addWidget(part)
        inner.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self._scroll, 1)
        self.setFocusProxy(self._scroll)
        self.setAccessibleName(tr("Health"))
        self._end = health.listen(self._another_second)
        self.set_theme(theme)

    def _another_second(self) -> None:
        if self.isVisible():
            self._on_data()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.board.setFixedHeight(self.board.heightForWidth(self.width()))

    # ---- frames ----------------------------------------------------------------------------------
    def prepare_frame(self, now_ms: int, clock_us: int) -> bool:
        version = self._health.history.version
        if version == self._shown or not self.isVisible():
            return False
        self._shown = version
        self.board.update()
        self.windows.show_rows([_window_row(figures) for figures in self._health.windows()])
        rates = sorted(self._health.subscriptions, key=lambda rate: (-rate.kbit_per_s, rate.subject))
        self.subscriptions.show_rows([_subscription_row(rate) for rate in rates])
        return True

    def take_oldest_recv_ns(self) -> int:
        return 0

    def flash_deadline_ms(self) -> int | None:
        return None

    def cadence_ms(self, now_ms: int) -> int:
        return 0

    def tick(self, now_ms: int) -> None:
        """Say that the first second is being measured, or what is wrong now."""
        state = LIVE
        if not self._health.history.version:
            state = PanelState(PanelKind.LOADING, tr("Measuring the first second"))
        elif self._health.watchman.active:
            said = ", ".join(_trouble(kind) for kind in self._health.watchman.active)
            state = PanelState(PanelKind.LATE, said, tr("see the messages"))
        if state != self._state:
            self._state = state
            self.banner.set_state(state)
            self.setAccessibleDescription(self.board.text)
            self.panel_state_changed.emit(state)

    @property
    def state(self) -> PanelState:
        return self._state

    # ---- what every panel has --------------------------------------------------------------------
    def set_desk(self, desk: Desk | None) -> None:
        """It shows the whole desk, whatever the scope."""

    def follow_directory(self) -> None:
        """Instruments do not matter here."""

    def set_in_front(self, in_front: bool) -> None:
        """It has one pace: once a second."""

    def set_asleep(self, asleep: bool) -> None:
        """It receives nothing of its own."""

    def follow_zone(self, zone: Zone, clock_zone: ZoneInfo) -> None:
        """It tells ages, no times of day."""

    def hold_still(self, still: bool) -> None:
        """It is of no scope."""

    def set_theme(self, theme: Theme) -> None:
        for part in (self.banner, self.board, self.windows, self.subscriptions):
            part.set_theme(theme)
        self._content.setStyleSheet(f"#health-content {{ background: {theme.css('surface.panel')}; }}")
        self._shown = -1
        self.update(QRect())

    def saved(self) -> dict[str, Any]:
        return {}

    def restore(self, saved: dict[str, Any]) -> None:
        """There is nothing to choose."""

    def let_go(self) -> None:
        self._end()
        self._end = lambda: None

    def go_to(self, text: str) -> bool:
        """It shows no symbols."""
        return False

    def inspect(self, now_ms: int) -> dict[str, Any]:
        """The newest figures as they stand there."""
        self.tick(now_ms)
        return {
            "kind": "health",
            "state": self._state.kind.value,
            "banner": {"words": self._state.words, "detail": self._state.detail},
            "seconds": len(self._health.history),
            "text": self.board.text,
        }

    def inspect_rows(self) -> dict[str, Any]:
        return {"windows": self.windows.rows, "subscriptions": self.subscriptions.rows}


def _trouble(kind: Kind) -> str:
    """In two words."""
    return {
        Kind.FRAMES: tr("Slow frames"),
        Kind.STALL: tr("Standstills"),
        Kind.OVERFLOW: tr("Messages dropped"),
        Kind.SLOW_CONSUMER: tr("Slow reader"),
        Kind.MEMORY: tr("Memory grows"),
        Kind.FULL_GC: tr("Full collection"),
    }[kind]


def _window_row(figures: WindowFigures) -> list[Cell]:
    name = tr("Window {number}", number=figures.number)
    slow = figures.frame_p99_ms is not None and figures.frame_p99_ms > FRAME_P99_LIMIT_MS
    return [
        Cell(f"{name}, {figures.scope}" if figures.scope else name, "text.primary"),
        Cell(figures.pace),
        Cell(number(figures.frames_per_s, 0), "text.primary"),
        Cell(number(figures.frame_p99_ms, 1), "state.warning" if slow else "text.primary"),
        Cell(number(figures.paint_p99_ms, 0)),
        Cell(number(figures.cadence_ms or None, 0)),
    ]


def _subscription_row(rate: SubscriptionRates) -> list[Cell]:
    if rate.heard_ms is None:
        heard = DASH
    else:
        heard = seconds_words(rate.heard_ms) if rate.heard_ms < 60_000 else age_words(rate.heard_ms)
    return [
        Cell(rate.subject, "text.primary"),
        Cell(number(rate.messages_per_s, 0), "text.primary"),
        Cell(number(rate.kbit_per_s, 1)),
        Cell(heard),
        Cell(f"{rate.dropped:,}", "state.warning" if rate.dropped else "text.secondary"),
    ]
