"""The band over a scope that is not live, and the frame round its window: never mistaken for the market.

Pure words first (`band_words`), then the two widgets. Shown for every window of the scope for as long as the
scope is a session (amber, REPLAY) or a run (cyan, PLAYBACK), whatever state that is in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from core.market.zones import US_PER_S
from core.scope import Scope
from desktop.desk import ClockPhase, ClockReading
from desktop.paint.theme import Theme, number_font, ui_font
from desktop.steady_label import SteadyLabel
from desktop.tr import tr
from desktop.words import age_words, clock_date, clock_minutes, clock_time, speed_words
from desktop.zones import zone_tag

RETURN_KEYS = "Ctrl+L"
REPLAY: Final = "replay"
PLAYBACK: Final = "playback"


@dataclass(frozen=True, slots=True)
class BandWords:
    """What the band says, from the left; empty parts are left out."""

    word: str
    time: str
    speed: str
    state: str
    session: str
    is_run: bool = False

    @property
    def text(self) -> str:
        parts = (self.word, self.time, self.speed, self.state, self.session)
        return "  ".join(part for part in parts if part)


def band_words(scope: Scope, clock: ClockReading, zone: ZoneInfo) -> BandWords:
    """Words for a session or a run in any of its states."""
    at = clock_time if clock.has_seconds else clock_minutes
    time = (
        tr(
            "{clock_date}  {clock_time} {zone}",
            clock_date=clock_date(clock.time_us, zone),
            clock_time=at(clock.time_us, zone),
            zone=zone_tag(zone, clock.time_us // US_PER_S),
        )
        if clock.time_us
        else ""
    )
    speed = clock.speed_text or speed_words(clock.speed_milli)
    if clock.phase not in (ClockPhase.PLAYING, ClockPhase.PAUSED):
        speed = ""
    waiting = tr("Opening the run") if scope.is_run else tr("Waiting for the session")
    state = {
        ClockPhase.LIVE: "",
        ClockPhase.LOADING: waiting if not clock.time_us else tr("Loading"),
        ClockPhase.PLAYING: tr("Playing"),
        ClockPhase.PAUSED: tr("Paused"),
        ClockPhase.ENDED: tr("Ended"),
        ClockPhase.FAILED: _failed_words(clock),
        ClockPhase.VANISHED: tr("Gone for {age}", age=age_words(clock.silent_ms)),
    }[clock.phase]
    if scope.is_run:
        return BandWords(tr("PLAYBACK"), time, speed, state, clock.title, is_run=True)
    return BandWords(tr("REPLAY"), time, speed, state, tr("Session {session}", session=scope.session))


def _failed_words(clock: ClockReading) -> str:
    """Why a run cannot be opened takes more room than there is here: the panels say it."""
    if clock.is_run:
        return tr("Cannot be opened")
    return tr("Failed: {error}", error=clock.error) if clock.error else tr("Failed")


class FrameBand(QWidget):
    """30 px, filled: word, market time, speed, state, session; right, what is closed and the way back."""

    def __init__(
        self, theme: Theme, return_to_live: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._tint = REPLAY
        self._room = -1  # that the parts were fitted to
        self.words: BandWords | None = None
        self._parts = [SteadyLabel(parent=self) for _ in range(5)]
        self._closed = QLabel(self)
        self._back = QPushButton(tr("Return to live  Ctrl L"), self)
        self._back.setToolTip(tr("Leave the recording and show the live market ({keys})", keys=RETURN_KEYS))
        self._back.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._back.clicked.connect(return_to_live)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px("spacing.l"), 0, theme.px("spacing.l"), 0)
        row.setSpacing(theme.px("spacing.xl"))
        for part in self._parts:
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self._closed)
        row.addWidget(self._back)
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setFixedHeight(theme.px("height.frame_band"))
        is_run = self._tint == PLAYBACK
        self._closed.setText(tr("Simulated fills only") if is_run else tr("Live orders are closed here"))
        size = theme.px("font_px_fixed.frame_band")
        ink = theme.css(f"state_text.on_{self._tint}")
        for index, part in enumerate(self._parts):
            part.setFont(number_font(size, "title" if index < 3 else "body"))
            part.setStyleSheet(_label_css(ink, size, 600 if index < 3 else 400))
        self._closed.setFont(ui_font(size))
        self._closed.setStyleSheet(_label_css(ink, size, 400))
        self._back.setStyleSheet(
            f"QPushButton {{ background: transparent; color: {ink}; border: 1px solid {ink};"
            f" font-size: {size}px; font-weight: 600; min-height: 20px; max-height: 20px; padding: 0 8px; }}"
            f"QPushButton:hover, QPushButton:pressed {{ background: {ink};"
            f" color: {theme.css(f'state_fill.{self._tint}')}; }}"
            f"QPushButton:focus {{ border: 2px solid {ink}; padding: 0 7px; }}"
        )
        self.update()

    def say(self, words: BandWords | None) -> None:
        """None: the scope is live and there is no band."""
        if words == self.words:
            return
        turns = words is not None and words.is_run != (self._tint == PLAYBACK)
        self.words = words
        self.setVisible(words is not None)
        if words is None:
            return
        if turns:
            self._tint = PLAYBACK if words.is_run else REPLAY
            self.set_theme(self._theme)
        said = (words.word, words.time, words.speed, words.state, words.session)
        fits = not turns
        for part, text in zip(self._parts, said, strict=True):
            if part.text() != text:
                fits = fits and len(part.text()) == len(text)  # figures are of one width
                part.say(text)
        if not fits or self._room != self.width():
            self._room = self.width()
            self._fit()
        self.setAccessibleName(words.text)

    def _fit(self) -> None:
        """Leave out whole parts where not all fit, last what says that this is not live: word and time."""
        row = self.layout()
        if row is None:
            return
        shown: list[QWidget] = [part for part in self._parts if part.text()] + [self._closed, self._back]
        margins, gap = row.contentsMargins(), row.spacing()
        room = self.width() - margins.left() - margins.right()
        _word, _time, speed, state, session = self._parts
        for least in (self._closed, session, speed, state):
            wanted = sum(part.sizeHint().width() + gap for part in shown)
            if wanted > room and least in shown:
                shown.remove(least)
        for part in (*self._parts, self._closed):
            part.setVisible(part in shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color(f"state_fill.{self._tint}"))
        painter.end()


def _label_css(ink: str, size_px: int, weight: int) -> str:
    return f"color: {ink}; font-size: {size_px}px; font-weight: {weight};"


class DeskFrame(QWidget):
    """The window's whole inside; a 4 px frame stands round it while the scope is a session."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._framed = ""
        self.setObjectName("desk")

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    @property
    def framed(self) -> bool:
        return bool(self._framed)

    def set_framed(self, scope: Scope) -> None:
        framed = "" if scope.is_live else PLAYBACK if scope.is_run else REPLAY
        if framed == self._framed:
            return
        self._framed = framed
        width = self._theme.px("line_px.replay_frame") if framed else 0
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(width, width, width, width)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface.desk"))
        if self._framed:
            width = self._theme.px("line_px.replay_frame")
            colour = self._theme.color(f"state_fill.{self._framed}")
            inner = self.rect().adjusted(width, width, -width, -width)
            painter.setClipRegion(self._ring(inner))
            painter.fillRect(self.rect(), colour)
        painter.end()

    def _ring(self, inner: QRect) -> QRegion:
        return QRegion(self.rect()).subtracted(QRegion(inner))
