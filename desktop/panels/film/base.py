"""What the panels of a played run have in common: the film as of the clock, or words where there is none."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from core.clock import NS_PER_MS, monotonic_ns
from desktop.commands.context_menu import desk_window_of
from desktop.desk import ClockPhase, Desk, FilmReading
from desktop.film.turns import Turn
from desktop.paint.theme import Theme
from desktop.panels.grid.states import PanelKind, PanelState, StatePage
from desktop.research.panel_base import ResearchPanel
from desktop.tr import tr


def no_run() -> PanelState:
    """In every scope but that of a run."""
    return PanelState(
        PanelKind.EMPTY,
        title=tr("No run is played here"),
        sentence=tr("Play one from the list of runs: what it did appears as it happens."),
        actions=(tr("Show the runs"),),
        icon="play",
    )


class FilmPanel(ResearchPanel):
    """`show_film` when the clock has moved; `on_data` asks for a frame."""

    def __init__(self, theme: Theme, on_data: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.on_data = on_data
        self.desk: Desk | None = None
        self.film: FilmReading | None = None  # as painted
        self._seen: object = None
        self._turn = Turn()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 60)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.page = StatePage(theme, self)
        self.page.action_requested.connect(lambda _label: self._show_runs())

    def show_state(self, state: PanelState) -> None:
        """Words over the whole panel, and the way to a run."""
        self.page.set_state(state)
        self.page.setVisible(state.kind is PanelKind.EMPTY)
        self.page.setGeometry(self.rect())
        self.page.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.page.setGeometry(self.rect())

    def _show_runs(self) -> None:
        window = desk_window_of(self)
        if window is not None:
            window.host.commands.run("runs.show", window, self)

    def set_desk(self, desk: Desk | None) -> None:
        self.desk, self._seen = desk, None
        self._take(desk.film if desk is not None else None)
        self.on_data()

    def prepare_frame(self, now_ms: int, clock_us: int) -> bool:
        if not self.isVisible():  # behind another tab: shown as of the clock when it comes to the front
            return False
        film = self.desk.film if self.desk is not None else None
        has_come = self._turn.has_come(film)
        return (has_come or self._seen is None) and self._follow(film, now_ms)

    def _follow(self, film: FilmReading | None, now_ms: int) -> bool:
        seen: object = (
            (film.film, film.time_ns, film.epoch) if film is not None else self._without_film(now_ms)
        )
        if seen == self._seen:
            return False
        self._seen = seen
        return self._take(film)

    def _take(self, film: FilmReading | None) -> bool:
        self.film = film
        self.set_state(self.state_of(film))
        return self.show_film(film)

    def state_of(self, film: FilmReading | None) -> PanelState:
        """What it says instead of a film."""
        return PanelState() if film is not None else self._without_film(monotonic_ns() // NS_PER_MS)

    def _without_film(self, now_ms: int) -> PanelState:
        """No run is played, or it is not open yet, or it cannot be opened."""
        clock = self.desk.clock.read(now_ms) if self.desk is not None else None
        if clock is None or not clock.is_run:
            return no_run()
        if clock.phase is not ClockPhase.FAILED:
            return PanelState(PanelKind.EMPTY, title=tr("Opening the run"), icon="play")
        return PanelState(
            PanelKind.EMPTY,
            title=tr("The run cannot be opened"),
            sentence=clock.error,
            actions=(tr("Show the runs"),),
            icon="circle-alert",
        )

    def show_film(self, film: FilmReading | None) -> bool:
        """Prepare what is painted of it; True when that is another."""
        raise NotImplementedError

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.desk is not None:
            self._follow(self.desk.film, monotonic_ns() // NS_PER_MS)

    def let_go(self) -> None:
        self.desk = self.film = self._seen = None

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.page.set_theme(theme)
        self._seen = None
        self.on_data()
        self.update()

    def zone_changed(self) -> None:
        self._seen = None
        self.on_data()


def paint_spans(painter: QPainter, at: QPointF, spans: list[tuple[str, str, Any]], theme: Theme) -> None:
    """Texts after each other, each in its token's colour and its font."""
    x = at.x()
    for text, token, font in spans:
        painter.setFont(font)
        painter.setPen(theme.color(token))
        painter.drawText(QPointF(x, at.y()), text)
        x += QFontMetricsF(font).horizontalAdvance(text)
