"""The free lane of the app bar: the newest message in one line, `+n` for those behind. Never over prices."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.clock import NS_PER_MS, monotonic_ns
from desktop.messages import Level, Message, Messages
from desktop.paint.icons import icon_pixmap
from desktop.paint.theme import Theme
from desktop.words import clock_time

EDGE_PX: Final = 3
LANE_WIDTH_MIN_PX: Final = 90  # narrower, not even an elided word would stand in it
TIME_FROM_PX: Final = 200
MORE_HEIGHT_PX: Final = 16
LEVEL_EDGES: Final = {
    Level.INFO: "state.ok",
    Level.WARNING: "state.warning",
    Level.ERROR: "state.error",
}
LEVEL_ICONS: Final = {
    Level.INFO: "info",
    Level.WARNING: "triangle-alert",
    Level.ERROR: "circle-alert",
}
LEVEL_INKS: Final = {
    Level.INFO: "text.secondary",
    Level.WARNING: "state.warning",
    Level.ERROR: "state.error",
}


class MessageLane(QWidget):
    """A click opens the messages; `opened` does that."""

    def __init__(
        self, messages: Messages, theme: Theme, opened: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._messages = messages
        self._opened = opened
        self._theme = theme
        self._standing: tuple[Message, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_theme(theme)
        self._end = messages.listen(self._look)
        self._look()

    def close_lane(self) -> None:
        self._end()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setFixedHeight(theme.px("height.toast"))
        self.update()

    def tick(self, now_ms: int) -> None:
        """Messages leave when their time is over."""
        if self._standing:
            self._show(self._messages.standing(now_ms))

    def _look(self) -> None:
        self._show(self._messages.standing(monotonic_ns() // NS_PER_MS))

    def _show(self, standing: tuple[Message, ...]) -> None:
        if standing != self._standing:
            self._standing = standing
            self.setAccessibleName(self.text)
            self.setToolTip(f"{self.text}\n{standing[-1].detail}".strip() if standing else "")
            self.update()

    @property
    def text(self) -> str:
        """The line as shown, without its `+n`; empty when nothing stands."""
        if not self._standing:
            return ""
        return self._standing[-1].said

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._standing and event.button() is Qt.MouseButton.LeftButton:
            self._opened()

    def sizeHint(self) -> QSize:
        return QSize(120, self._theme.px("height.toast"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._standing or self.width() < LANE_WIDTH_MIN_PX:
            return
        theme, message = self._theme, self._standing[-1]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        strong, small = theme.font("ui", "strong"), theme.number_font("small")
        behind = len(self._standing) - 1
        more = f"+{behind}" if behind else ""
        time = clock_time(message.time_us) if self.width() >= TIME_FROM_PX else ""
        pad, side = theme.px("spacing.m"), theme.px("icon_px.inline")
        more_px = QFontMetricsF(small).horizontalAdvance(more) + pad if more else 0.0
        time_px = QFontMetricsF(theme.number_font("ui")).horizontalAdvance(time) if time else 0.0
        beside = sum(width + pad for width in (more_px, time_px) if width)
        room = self.width() - EDGE_PX - side - 3 * pad - beside
        metrics = QFontMetricsF(strong)
        text = metrics.elidedText(self.text, Qt.TextElideMode.ElideRight, room)
        text_px = metrics.horizontalAdvance(text)
        width = round(EDGE_PX + side + 3 * pad + text_px + beside)
        left = float(self.width() - width)  # beside the search, as far from the tabs as can be
        self._paint_ground(painter, QRectF(left, 0, width, self.height()), message.level)
        left += EDGE_PX + pad
        icon_at = QPointF(left, (self.height() - side) // 2)
        ink = theme.argb(LEVEL_INKS[message.level])
        painter.drawPixmap(
            icon_at, icon_pixmap(LEVEL_ICONS[message.level], side, ink, self.devicePixelRatioF())
        )
        left += side + pad
        middle = Qt.AlignmentFlag.AlignVCenter
        for words, font, token, words_px in (
            (text, strong, "text.primary", text_px),
            (time, theme.number_font("ui"), "text.tertiary", time_px),
        ):
            painter.setFont(font)
            painter.setPen(theme.color(token))
            painter.drawText(QRectF(left, 0, words_px + 1, self.height()), middle, words)
            left += words_px + pad
        if more:
            box = QRectF(
                self.width() - pad - more_px, (self.height() - MORE_HEIGHT_PX) / 2, more_px, MORE_HEIGHT_PX
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("surface.pressed"))
            painter.drawRoundedRect(box, theme.px("radius.chip"), theme.px("radius.chip"))
            painter.setFont(small)
            painter.setPen(theme.color("text.secondary"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, more)
        painter.end()

    def _paint_ground(self, painter: QPainter, box: QRectF, level: Level) -> None:
        theme, radius = self._theme, self._theme.px("radius.toast")
        shape = QPainterPath()
        shape.addRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.fillPath(shape, theme.color("surface.overlay"))
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(QRectF(box.left(), 0, EDGE_PX, box.height()), theme.color(LEVEL_EDGES[level]))
        painter.restore()
        painter.strokePath(shape, QPen(theme.color("border.strong"), 1.0))
