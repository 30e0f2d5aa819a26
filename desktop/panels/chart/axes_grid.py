"""The grid behind the bars: hairlines at the ticks of the axes, a stronger one where a day begins.

One item a plot, drawn in device pixels; it has no ticks of its own.
"""

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainter, QPen

from desktop.paint.theme import Theme
from desktop.panels.chart.axes import PriceAxis, TimeAxis


class GridLines(pg.GraphicsObject):
    """Add it to a plot's view first, `ignoreBounds=True`; it lies behind everything."""

    def __init__(self, time_axis: TimeAxis, price_axis: PriceAxis, theme: Theme) -> None:
        super().__init__()
        self._time_axis, self._price_axis = time_axis, price_axis
        self.setZValue(-1_000)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._pen = QPen(theme.color("chart.grid"), 0)
        self._day_pen = QPen(theme.color("chart.session_line"), 0)
        self.update()

    def boundingRect(self) -> QRectF:
        view = self.getViewBox()
        return QRectF(view.viewRect()) if view is not None else QRectF()

    def viewTransformChanged(self) -> None:
        """The view moved: it covers another part of the plot."""
        self.prepareGeometryChange()

    def paint(self, painter: QPainter, option: Any, widget: Any) -> None:
        view = self.getViewBox()
        if view is None:
            return
        to_device = painter.worldTransform()
        rect = to_device.mapRect(view.viewRect())
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        left, right = math.floor(rect.left()) + 0.5, math.ceil(rect.right()) - 0.5
        top, bottom = math.floor(rect.top()) + 0.5, math.ceil(rect.bottom()) - 0.5
        lines: list[QLineF] = []
        days: list[QLineF] = []
        for y in self._price_axis.ticks():
            at = math.floor(y * to_device.m22() + to_device.dy()) + 0.5
            lines.append(QLineF(left, at, right, at))
        for tick in self._time_axis.ticks():
            at = math.floor(tick.x * to_device.m11() + to_device.dx()) + 0.5
            (days if tick.is_strong else lines).append(QLineF(at, top, at, bottom))
        painter.setPen(self._pen)
        painter.drawLines(lines)
        if days:
            painter.setPen(self._day_pen)
            painter.drawLines(days)
