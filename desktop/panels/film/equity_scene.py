"""The picture under the words of an equity panel: its ground, and the curve over it.

The ground (axes, labels, start value) is drawn when a range grows or another label comes; the curve when
another pixel column begins. What is left for every frame is the column that still grows.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPen, QPixmap

from desktop.paint.theme import Theme
from desktop.panels.film.curve import CurveColumns, draw_line, fill_down, round_ticks

HEAD_PX: Final = 24
TIMES_PX: Final = 20
TICK_EVERY_PX: Final = 44


@dataclass(frozen=True, slots=True)
class EquityView:
    """What is to be drawn. `upper`, `lower`: areas of equity and drawdown; `labels`: rows and words."""

    size: QSize
    ratio: float
    upper: QRectF
    lower: QRectF
    low: float
    high: float
    deep: float
    start: float
    epoch: int
    columns: CurveColumns | None
    labels: tuple[tuple[int, str], ...]

    @property
    def span(self) -> int:
        """Rows that the axis has room for."""
        return self.columns.span if self.columns is not None else 1

    def y(self, equity: float) -> float:
        return self.upper.top() + (self.high - equity) / (self.high - self.low) * self.upper.height()


class EquityScene:
    """`picture` of a view; kept while the next one looks the same."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._small = theme.number_font("small")
        self._metrics = QFontMetricsF(self._small)
        self._ground: tuple[tuple[Any, ...], QPixmap] | None = None
        self._whole: tuple[tuple[Any, ...], QPixmap] | None = None

    def picture(self, view: EquityView) -> QPixmap:
        """All but the column that still grows."""
        ranges = (view.size, view.ratio, view.epoch, view.low, view.high, view.deep, view.span)
        key = (*ranges, view.labels)
        if self._ground is None or self._ground[0] != key:
            self._ground, self._whole = (key, self._draw_ground(view)), None
        if view.columns is None:
            return self._ground[1]
        reach = (*ranges, len(view.columns.low))
        if self._whole is None or self._whole[0] != reach:
            picture = self._ground[1].copy()
            painter = QPainter(picture)
            self._paint_curve(painter, view, view.columns)
            painter.end()
            self._whole = reach, picture
        return self._whole[1]

    def paint_last(self, painter: QPainter, view: EquityView) -> None:
        """The column that still grows."""
        columns = view.columns
        if columns is None:
            return
        x, pixel = (len(columns.low) - 1) / view.ratio, 1 / view.ratio
        top, bottom = view.y(float(columns.high[-1])), view.y(float(columns.low[-1]))
        painter.fillRect(QRectF(x, top, pixel, max(bottom - top, pixel)), self.theme.color("chart.equity"))
        depth = float(columns.depth[-1]) / view.deep * view.lower.height()
        fill = self.theme.color("chart.drawdown")
        painter.fillRect(QRectF(x, view.lower.top() + max(depth - pixel, 0), pixel, pixel), fill)

    # ---- ground ----------------------------------------------------------------------------------
    def _draw_ground(self, view: EquityView) -> QPixmap:
        theme, upper, lower = self.theme, view.upper, view.lower
        picture = QPixmap(view.size * view.ratio)
        picture.setDevicePixelRatio(view.ratio)
        picture.fill(theme.color("chart.background"))
        painter = QPainter(picture)
        self._paint_times(painter, view)
        ticks = round_ticks(view.low, view.high, int(upper.height() // TICK_EVERY_PX))
        self._paint_ticks(painter, upper, view.low, view.high, ticks, money_words)
        depths = [0.0, *round_ticks(view.deep, -1e-9, 2)[:1]]
        self._paint_ticks(painter, lower, view.deep, 0.0, depths, share_words)
        line, width, height = theme.color("chart.axis_line"), view.size.width(), view.size.height()
        painter.fillRect(QRectF(0, lower.top(), width, 1), line)
        painter.fillRect(QRectF(upper.right(), HEAD_PX, 1, height - HEAD_PX), line)
        pen = QPen(theme.color("chart.axis_text"), 1)
        pen.setDashPattern([2, 3])
        painter.setPen(pen)
        y = round(view.y(view.start)) + 0.5
        painter.drawLine(QPointF(0, y), QPointF(upper.right(), y))
        painter.end()
        return picture

    def _paint_times(self, painter: QPainter, view: EquityView) -> None:
        theme, metrics = self.theme, self._metrics
        upper, lower = view.upper, view.lower
        painter.setFont(self._small)
        painter.setPen(theme.color("chart.axis_text"))
        baseline = lower.bottom() + round((TIMES_PX + metrics.capHeight()) / 2)
        for row, text in view.labels:
            x = row / view.span * upper.width()
            line = QRectF(round(x), HEAD_PX, 1, lower.bottom() - HEAD_PX)
            painter.fillRect(line, theme.color("chart.grid"))
            half = metrics.horizontalAdvance(text) / 2
            if half < x < upper.width() - half:
                painter.drawText(QPointF(x - half, baseline), text)

    def _paint_ticks(
        self, painter: QPainter, area: QRectF, low: float, high: float, ticks: list[float], words: Any
    ) -> None:
        theme, metrics = self.theme, self._metrics
        painter.setFont(self._small)
        painter.setPen(theme.color("chart.axis_text"))
        for value in ticks:
            y = round(area.top() + (high - value) / (high - low) * area.height())
            painter.fillRect(QRectF(0, y, area.width(), 1), theme.color("chart.grid"))
            baseline = min(
                max(y + metrics.capHeight() / 2, area.top() + metrics.capHeight() + 2), area.bottom() - 2
            )
            painter.drawText(QPointF(area.right() + 8, baseline), words(value))

    # ---- curve -----------------------------------------------------------------------------------
    def _paint_curve(self, painter: QPainter, view: EquityView, columns: CurveColumns) -> None:
        thick = max(1, round(view.ratio))
        pixels = _blank(view.upper, view.ratio)
        unit = (pixels.shape[0] - thick) / (view.high - view.low)
        top, bottom = (view.high - columns.high) * unit, (view.high - columns.low) * unit
        draw_line(pixels, top, bottom, self.theme.argb("chart.equity"), thick)
        _put(painter, pixels, view.upper, view.ratio)
        pixels = _blank(view.lower, view.ratio)
        depth = columns.depth / view.deep * (pixels.shape[0] - thick)
        color = self.theme.argb("chart.drawdown")
        fill_down(pixels, depth, _faded(color, 0x59))
        draw_line(pixels, depth, depth, color, thick)
        _put(painter, pixels, view.lower, view.ratio)


def _blank(area: QRectF, ratio: float) -> Any:
    """Pixels (rows, columns) of an area, see-through."""
    return np.zeros((round(area.height() * ratio), round(area.width() * ratio)), np.uint32)


def _put(painter: QPainter, pixels: Any, area: QRectF, ratio: float) -> None:
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    painter.drawImage(area.topLeft(), image)


def money_words(value: float) -> str:
    """`1,004,210`."""
    return f"{value:,.0f}".replace("-", "\u2212")


def share_words(value: float) -> str:
    """`-3.21 %`, with a true minus."""
    return f"{value * 100:.2f} %".replace("-", "\u2212")


def _faded(argb: int, alpha: int) -> int:
    """Premultiplied."""
    channels = [(argb >> shift & 0xFF) * alpha // 0xFF for shift in (16, 8, 0)]
    return alpha << 24 | channels[0] << 16 | channels[1] << 8 | channels[2]
