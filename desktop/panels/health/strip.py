"""The health strip: 24 px along the bottom of a window, painted twice a second from plain figures.

Every window has one, so it is made cheap: only segments that are others are painted, texts are shaped once.
"""

import math
from typing import Final

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QStaticText
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.paint.theme import Theme
from desktop.panels.health.segments import LABEL, HealthFigures, Segment, fitting, segments
from desktop.tr import tr

DOT_PX: Final = 6
SPAN_GAP_PX: Final = 4  # a word space at 11 px, wide enough to part a label from its value
TEXTS_MAX: Final = 512
CLOSE: Final = ("/s", "%")  # units without a space


class HealthStrip(QWidget):
    """`show_figures` twice a second; paints only what it was told. Signal `clicked`."""

    clicked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._segments: tuple[Segment, ...] = ()
        self._places: dict[Segment, tuple[int, int]] = {}  # left and width of those there is room for
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
        self._texts: dict[tuple[bool, str], tuple[float, QStaticText]] = {}
        self._place()
        self.update()

    def show_figures(self, figures: HealthFigures) -> None:
        self.figures = figures
        shown = segments(figures)
        if shown != self._segments:
            self._segments = shown
            before = self._places
            self._place()
            self.setAccessibleDescription(self.text)
            self._update_changed(before)

    @property
    def text(self) -> str:
        """All segments as text, also those for which there is no room."""
        return " | ".join(segment.text for segment in self._segments)

    def sizeHint(self) -> QSize:
        return QSize(0, self._theme.px("height.status_strip"))

    def _place(self) -> None:
        """Where each segment stands; whole pixels, so that one can be painted without its neighbours."""
        pad = self._theme.px("spacing.s")
        widths = [self._width(segment) for segment in self._segments]
        keep = [segment.keep for segment in self._segments]
        shown = fitting([float(width) for width in widths], keep, self.width() - 2 * pad)
        self._places, left = {}, pad
        for segment, width, is_shown in zip(self._segments, widths, shown, strict=True):
            if is_shown:
                self._places[segment] = left, width
                left += width

    def _update_changed(self, before: dict[Segment, tuple[int, int]]) -> None:
        """Paint what stands elsewhere or says something else; behind the last one what it has left."""
        height = self.height()
        end = max((left + width for left, width in self._places.values()), default=0)
        end_before = max((left + width for left, width in before.values()), default=0)
        for segment, (left, width) in self._places.items():
            if before.get(segment) != (left, width):
                self.update(QRect(left, 0, width, height))
        if end_before > end:
            self.update(QRect(end, 0, end_before - end, height))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
        self.update()

    def _width(self, segment: Segment) -> int:
        width = sum(
            self._text(colour == LABEL, text)[0] + self._gap_before(at, text)
            for at, (text, colour) in enumerate(segment.spans)
        )
        width += (DOT_PX + SPAN_GAP_PX if segment.dot else 0) + 2 * self._theme.px("spacing.m") + 1
        return math.ceil(width)

    def _text(self, is_label: bool, text: str) -> tuple[float, QStaticText]:
        """Width and shaped form of a text; most of them come again twice a second."""
        found = self._texts.get((is_label, text))
        if found is None:
            if len(self._texts) >= TEXTS_MAX:
                self._texts.clear()
            shaped = QStaticText(text)
            shaped.setTextFormat(Qt.TextFormat.PlainText)
            shaped.prepare(font=self._fonts[is_label])
            width = self._metrics[is_label].horizontalAdvance(text)
            found = self._texts[is_label, text] = width, shaped
        return found

    @staticmethod
    def _gap_before(place: int, text: str) -> int:
        return 0 if place == 0 or text in CLOSE else SPAN_GAP_PX

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, region = self._theme, event.region()
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("surface.raised"))
        painter.fillRect(event.rect().left(), 0, event.rect().width(), 1, theme.color("border.subtle"))
        for segment, (left, width) in self._places.items():
            if region.intersects(QRect(left, 0, width, self.height())):
                self._paint(painter, segment, float(left))
                painter.fillRect(left + width - 1, 1, 1, self.height() - 1, theme.color("border.subtle"))
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
            width, shaped = self._text(is_label, text)
            painter.setFont(self._fonts[is_label])
            painter.setPen(theme.color(colour))
            baseline = round((height + metrics.ascent() - metrics.descent()) / 2)
            painter.drawStaticText(QPointF(left, baseline - metrics.ascent()), shaped)
            left += width
