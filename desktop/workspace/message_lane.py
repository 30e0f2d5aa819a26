"""The free lane of the app bar: the newest message in one line, `+n` for those behind. Never over prices."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.clock import NS_PER_MS, monotonic_ns
from desktop.messages import Level, Message, Messages
from desktop.paint.theme import Theme

EDGE_PX = 3
_EDGES = {Level.INFO: "border.strong", Level.WARNING: "state.warning", Level.ERROR: "state.error"}


class MessageLane(QWidget):
    """A click marks what stands as read."""

    def __init__(self, messages: Messages, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
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
            self.setToolTip(self.text)
            self.update()

    @property
    def text(self) -> str:
        """The line as shown, without its `+n`; empty when nothing stands."""
        if not self._standing:
            return ""
        message = self._standing[-1]
        return f"{message.text} ×{message.count}" if message.count > 1 else message.text

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._standing and event.button() is Qt.MouseButton.LeftButton:
            self._messages.read()

    def sizeHint(self) -> QSize:
        return QSize(120, self._theme.px("height.toast"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._standing:
            return
        theme = self._theme
        painter = QPainter(self)
        metrics = painter.fontMetrics()
        behind = len(self._standing) - 1
        more = f"+{behind}" if behind else ""
        pad = theme.px("spacing.m")
        more_px = metrics.horizontalAdvance(more) + pad if more else 0
        room = self.width() - EDGE_PX - 2 * pad - more_px
        text = metrics.elidedText(self.text, Qt.TextElideMode.ElideRight, room)
        width = EDGE_PX + 2 * pad + metrics.horizontalAdvance(text) + more_px
        painter.fillRect(0, 0, width, self.height(), theme.color("surface.overlay"))
        painter.fillRect(0, 0, EDGE_PX, self.height(), theme.color(_EDGES[self._standing[-1].level]))
        painter.setPen(theme.color("text.primary"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(EDGE_PX + pad, 0, room, self.height()), middle, text)
        painter.setPen(theme.color("text.tertiary"))
        painter.drawText(QRectF(width - pad - more_px + pad, 0, more_px, self.height()), middle, more)
        painter.end()
