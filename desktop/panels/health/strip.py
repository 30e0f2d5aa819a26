"""The health strip: 24 px along the bottom of a window, painted twice a second from plain figures."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.paint.theme import Theme
from desktop.panels.health.segments import LABEL, HealthFigures, Segment, fitting, segments
from desktop.tr import tr

DOT_PX: Final = 6
SPAN_GAP_PX: Final = 4  # a word space at 11 px, wide enough to part a label from its value
WIDTHS_MAX: Final = 512
CLOSE: Final = ("/s", "%")  # units without a space


class HealthStrip(QWidget):
    """`show_figures` twice a second; paints only what it was told. Signal `clicked`."""

    clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._segments: tuple[Segment, ...] = ()
        self.figures: HealthFigures | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Health"))
        self.setToolTip(tr("Show the health of the desk"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setFixedHeight(theme.px("height.status_strip"))
        self._fonts = {
            True: theme.number_font("small", "body"),
            False: theme.number_font("small", "strong"),
        }
        self._metrics = {is_label: QFontMetricsF(font) for is_label, font in self._fonts.items()}
        self._widths: dict[tuple[bool, str], float] = {}
        self.update()

    def show_figures(self, figures: HealthFigures) -> None:
        self.figures = figures
        shown = segments(figures)
        if shown != self._segments:
            self._segments = shown
            self.setAccessibleDescription(self.text)
            self.update()

    @property
    def text(self) -> str:
        """All segments as text, also those for which there is no room."""
        return " | ".join(segment.text for segment in self._segments)

    def sizeHint(self) -> QSize:
        return QSize(0, self._theme.px("height.status_strip"))

    def _width(self, segment: Segment) -> float:
        width = sum(
            self._advance(colour == LABEL, text) + self._gap_before(at, text)
            for at, (text, colour) in enumerate(segment.spans)
        )
        return width + (DOT_PX + SPAN_GAP_PX if segment.dot else 0) + 2 * self._theme.px("spacing.m") + 1

    def _advance(self, is_label: bool, text: str) -> float:
        """Width of a text; most of them come again twice a second."""
        width = self._widths.get((is_label, text))
        if width is None:
            if len(self._widths) >= WIDTHS_MAX:
                self._widths.clear()
            width = self._widths[is_label, text] = self._metrics[is_label].horizontalAdvance(text)
        return width

    @staticmethod
    def _gap_before(place: int, text: str) -> int:
        return 0 if place == 0 or text in CLOSE else SPAN_GAP_PX

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surface.raised"))
        painter.fillRect(0, 0, self.width(), 1, theme.color("border.subtle"))
        widths = [self._width(segment) for segment in self._segments]
        room = self.width() - 2 * theme.px("spacing.s")
        shown = fitting(widths, [segment.keep for segment in self._segments], room)
        left = float(theme.px("spacing.s"))
        for segment, width, is_shown in zip(self._segments, widths, shown, strict=True):
            if is_shown:
                self._paint(painter, segment, left)
                left += width
                painter.fillRect(
                    QRectF(round(left) - 1, 1, 1, self.height() - 1), theme.color("border.subtle")
                )
        painter.end()

    def _paint(self, painter: QPainter, segment: Segment, left: float) -> None:
        theme = self._theme
        left += theme.px("spacing.m")
        height = self.height()
        if segment.dot:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(segment.dot))
            painter.drawEllipse(QPointF(left + DOT_PX / 2, height / 2 + 0.5), DOT_PX / 2, DOT_PX / 2)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            left += DOT_PX + SPAN_GAP_PX
        for place, (text, colour) in enumerate(segment.spans):
            left += self._gap_before(place, text)
            is_label = colour == LABEL
            metrics = self._metrics[is_label]
            painter.setFont(self._fonts[is_label])
            painter.setPen(theme.color(colour))
            baseline = (height + metrics.ascent() - metrics.descent()) / 2
            painter.drawText(QPointF(left, round(baseline)), text)
            left += self._advance(is_label, text)
