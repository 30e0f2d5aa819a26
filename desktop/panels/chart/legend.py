"""The words above the bars: instrument, the bar under the crosshair, the indicators.

Shows lines of coloured spans and says how high they are; what they say is text.py's. Wraps between whole
groups of words, so that a value never stands in another line than its name.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsItem

from desktop.paint.theme import Theme, Weight

LINE_PX: Final = 17
TOP_PX: Final = 7
BOTTOM_PX: Final = 4
SPAN_GAP_PX: Final = 4.0
GROUP_GAP_PX: Final = 9.0
WIDTHS_MAX: Final = 512
LINES_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Span:
    """Words of one colour token and weight."""

    text: str
    ink: str = "text.primary"
    weight: Weight = "body"


Group = tuple[Span, ...]
"""Spans that stay together: `EMA 21` and its value."""


class LegendItem(pg.GraphicsWidget):
    """A strip of its own above a plot, or with `is_overlay` words in the corner of a pane."""

    def __init__(self, theme: Theme, is_overlay: bool = False) -> None:
        super().__init__()
        self._is_overlay = is_overlay
        self.has_ground = False  # of an overlay: lines pass behind it
        self._lines: tuple[tuple[Group, ...], ...] = ()
        self._placed: list[tuple[QPointF, Span]] = []
        self._line_count = 1
        self._lines_max = LINES_MAX
        self._reach = 0.0
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._fonts: dict[Weight, QFont] = {}
        self._metrics: dict[Weight, QFontMetricsF] = {}
        for weight in ("body", "strong", "title"):
            self._fonts[weight] = theme.number_font("small", weight)
            self._metrics[weight] = QFontMetricsF(self._fonts[weight])
        self._widths: dict[tuple[str, Weight], float] = {}
        self._place()
        self.update()

    @property
    def text(self) -> str:
        """As read, line by line."""
        return "\n".join(
            "  ".join(" ".join(span.text for span in group) for group in line) for line in self._lines
        )

    def say(self, lines: tuple[tuple[Group, ...], ...]) -> bool:
        """Show other words; True when they need another height."""
        if lines == self._lines:
            return False
        before, placed = self.height_px, self._placed
        self._lines = lines
        if self._is_overlay:
            self.prepareGeometryChange()
        self._place()
        if self._is_overlay or len(placed) != len(self._placed):
            self.update()
        else:
            self._update_changed(placed)
        return self.height_px != before

    def _update_changed(self, before: list[tuple[QPointF, Span]]) -> None:
        """Only the words that are others or elsewhere: most of a legend stays from one trade to the next."""
        for old, new in zip(before, self._placed, strict=True):
            if old != new:
                for at, span in (old, new):
                    width = self._width(span) + 2
                    self.update(QRectF(at.x() - 1, at.y() - LINE_PX + 4, width, LINE_PX))

    @property
    def height_px(self) -> int:
        return TOP_PX + self._line_count * LINE_PX + BOTTOM_PX

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._place()

    def _width(self, span: Span) -> float:
        key = (span.text, span.weight)
        width = self._widths.get(key)
        if width is None:
            if len(self._widths) >= WIDTHS_MAX:
                self._widths.clear()
            width = self._widths[key] = self._metrics[span.weight].horizontalAdvance(span.text)
        return width

    def set_lines_max(self, lines: int) -> None:
        """In a low chart the bars need the room more than the last words do: those are left out."""
        if lines != self._lines_max:
            self._lines_max = lines
            self._place()
            self.update()

    def _place(self) -> None:
        metrics = self._metrics["body"]
        room = np.inf if self._is_overlay else self.size().width() - self._theme.px("spacing.m")
        self._reach = 0.0
        self._placed = []
        line_count = 0
        for line in self._lines:
            left = float(self._theme.px("spacing.m"))
            line_count += 1
            for group in line:
                width = sum(self._width(span) for span in group) + SPAN_GAP_PX * (len(group) - 1)
                if left + width > room and left > self._theme.px("spacing.m"):
                    left = float(self._theme.px("spacing.m"))
                    line_count += 1
                if line_count > self._lines_max:
                    self._line_count = self._lines_max
                    return
                baseline = TOP_PX + (line_count - 1) * LINE_PX + round((LINE_PX + metrics.capHeight()) / 2)
                for span in self._fitted(group, room - left):
                    self._placed.append((QPointF(left, baseline), span))
                    left += self._width(span) + SPAN_GAP_PX
                self._reach = max(self._reach, left)
                left += GROUP_GAP_PX - SPAN_GAP_PX
        self._line_count = max(line_count, 1)

    def _fitted(self, group: Group, room: float) -> Group:
        """A name too long for a whole line ends with …; numbers are never cut."""
        if len(group) > 1 or self._width(group[0]) <= room:
            return group
        span = group[0]
        text = self._metrics[span.weight].elidedText(span.text, Qt.TextElideMode.ElideRight, room)
        return (Span(text, span.ink, span.weight),)

    def boundingRect(self) -> QRectF:
        if self._is_overlay:
            return QRectF(0, 0, self._reach + 1, self.height_px)
        return QRectF(0, 0, self.size().width(), self.size().height())

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
        theme = self._theme
        if not self._is_overlay:
            painter.fillRect(self.boundingRect(), theme.color("chart.background"))
        elif self.has_ground and self._placed:
            words = QRectF(SPAN_GAP_PX, TOP_PX, self._reach - SPAN_GAP_PX, self._line_count * LINE_PX)
            painter.fillRect(words, theme.color("chart.background"))
        exposed = option.exposedRect
        for at, span in self._placed:
            if at.x() > exposed.right() or at.x() + self._width(span) < exposed.left():
                continue
            painter.setFont(self._fonts[span.weight])
            painter.setPen(theme.color(span.ink))
            painter.drawText(at, span.text)
