"""Indicator lines, bands and histograms over the bars of one plot, thinned as the bars are.

A value that is no number is not drawn: warm-up leaves a line that begins later. Lines are antialiased,
nothing else is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QGraphicsItem

from desktop.paint.candles import line_pen
from desktop.paint.pixels import PixelItem, PlotScale, PolylineBatch, RectBatch

Numbers = NDArray[np.float64]
EMPTY = np.zeros(0)


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through `values`, shape (drawn bars,), in the plot's units."""

    values: Numbers
    color: QColor


@dataclass(frozen=True, slots=True)
class Band:
    """The space between two curves."""

    upper: Numbers
    lower: Numbers
    color: QColor


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars from zero to `values`."""

    values: Numbers
    up: QColor
    down: QColor


class LinesItem(PixelItem):
    """Everything that indicators draw in one plot. `show_lines`, then the caller asks for the update."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._rows: Numbers = EMPTY
        self._is_thin = False
        self._marks: tuple[Curve | Band | Histogram, ...] = ()
        self._scale: PlotScale | None = None
        self._line = PolylineBatch()
        self._rects = RectBatch()

    def show_lines(
        self, rows: Numbers, marks: tuple[Curve | Band | Histogram, ...], scale: PlotScale, is_thin: bool
    ) -> None:
        """`rows` are the places in bars of the values, ascending; `is_thin` where each stands for several."""
        self._rows, self._marks, self._scale, self._is_thin = rows, marks, scale, is_thin
        self.setVisible(bool(marks))

    @property
    def marks(self) -> tuple[Curve | Band | Histogram, ...]:
        return self._marks

    def clear(self) -> None:
        """Nothing to draw any more."""
        self._scale, self._marks = None, ()
        self.update()

    def paint_pixels(self, painter: QPainter, ratio: float, left: int, right: int) -> None:
        if self._scale is None or not len(self._rows):
            return
        scale = self._scale.at_ratio(ratio)
        x = scale.x(self._rows)
        begin = max(int(np.searchsorted(x, left - 2)) - 1, 0)
        end = int(np.searchsorted(x, right + 2)) + 1
        part = slice(begin, end)
        x = x[part] + scale.hairline_px / 2
        for mark in self._marks:
            if isinstance(mark, Band):
                self._draw_band(painter, x, mark, part, scale)
            elif isinstance(mark, Histogram):
                self._draw_histogram(painter, x, mark, part, scale)
            else:
                self._line.draw(
                    painter, x, scale.y(mark.values[part]) + 0.5, line_pen(mark.color, ratio, self._is_thin)
                )

    def _draw_band(self, painter: QPainter, x: Numbers, band: Band, part: slice, scale: PlotScale) -> None:
        upper, lower = band.upper[part], band.lower[part]
        known = np.isfinite(upper) & np.isfinite(lower)
        if np.count_nonzero(known) < 2:
            return
        x, tops, bottoms = x[known], scale.y(upper[known]), scale.y(lower[known])
        across = zip(np.concatenate((x, x[::-1])), np.concatenate((tops, bottoms[::-1])), strict=True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(band.color)
        painter.drawPolygon(QPolygonF([QPointF(*at) for at in across]))

    def _draw_histogram(
        self, painter: QPainter, x: Numbers, bars: Histogram, part: slice, scale: PlotScale
    ) -> None:
        values = bars.values[part]
        known = np.isfinite(values)
        values, columns = values[known], np.rint(x[known] - scale.hairline_px / 2).astype(np.int32)
        width = max(scale.hairline_px, int(scale.pitch * 0.4) | 1)
        zero = round(float(scale.y(0.0)))
        ends = np.rint(scale.y(values)).astype(np.int32)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for chosen, color in ((values >= 0, bars.up), (values < 0, bars.down)):
            lefts, tips = columns[chosen] - width // 2, ends[chosen]
            self._rects.clear()
            self._rects.add(
                lefts, np.minimum(tips, zero), lefts + width - 1, np.maximum(tips, zero), len(lefts)
            )
            painter.setBrush(color)
            self._rects.draw(painter)
