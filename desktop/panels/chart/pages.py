"""What lies over a chart: the page of bars that are loading, and the ring of keyboard focus."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QRegion, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from desktop.paint.theme import Theme
from desktop.panels.grid.states import LIVE, PanelState

PAD_PX: Final = 16
BAR_PX: Final = 4
BAR_WIDTH_MAX_PX: Final = 240


class LoadingPage(QWidget):
    """A title, a count and a still bar: no spinner."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = LIVE
        self._share = 0.0
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_progress(self, state: PanelState, count: int, total: int) -> None:
        """`count` of `total` bars; nothing is known of how many while `total` is 0."""
        share = min(count / total, 1.0) if total else 0.0
        if (state, share) != (self._state, self._share):
            self._state, self._share = state, share
            self.setAccessibleName(f"{state.title} {state.sentence}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("chart.background"))
        title, sentence = theme.font("ui", "strong"), theme.number_font("small")
        line = QFontMetricsF(title).height()
        width = min(self.width() - 2.0 * PAD_PX, float(BAR_WIDTH_MAX_PX))
        top = round(self.height() / 2 - line * 1.5)
        painter.setFont(title)
        painter.setPen(theme.color("text.primary"))
        painter.drawText(QPointF(PAD_PX, top), self._state.title)
        painter.setFont(sentence)
        painter.setPen(theme.color("text.secondary"))
        painter.drawText(QPointF(PAD_PX, top + line + 2), self._state.sentence)
        bar = QRectF(PAD_PX, round(top + 2 * line), width, BAR_PX)
        painter.fillRect(bar, theme.color("surface.pressed"))
        if self._share:
            painter.fillRect(
                QRectF(bar.x(), bar.y(), width * self._share, BAR_PX), theme.color("accent.base")
            )
        painter.end()


class FocusRing(QWidget):
    """Two pixels round the chart while it has the keys by the keyboard."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        width = self._theme.px("line_px.focus_ring")
        self.setMask(QRegion(self.rect()) - QRegion(self.rect().adjusted(width, width, -width, -width)))

    def showEvent(self, event: QShowEvent) -> None:
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("focus.ring"))
        painter.end()
