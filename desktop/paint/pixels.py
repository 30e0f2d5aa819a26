"""Graphics items that paint in whole device pixels of their plot, batches of rectangles, and lines.

A plot's view box moves and scales its children; these are placed in it once and do their own arithmetic, so
that edges are sharp at every pixel ratio and a moved view costs no item geometry. Batches hand NumPy memory
to Qt: no object a bar.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
import shiboken6
from numpy.typing import NDArray
from pyqtgraph.functions import ndarray_from_qpolygonf
from PySide6.QtCore import QLineF, QRect, QRectF
from PySide6.QtGui import QPainter, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

Pixels = NDArray[np.int32]
BATCH_MIN: Final = 512
FEW_RECTS: Final = 640  # drawing them takes no longer than choosing
FAR_PX: Final = 30_000  # what lies further outside the plot is drawn there: 32-bit and rasteriser limits


@dataclass(frozen=True, slots=True)
class PlotScale:
    """From rows and prices to device pixels of one plot, from its left top corner.

    `right` and `pitch` as in a `Viewport`; `top` is the value at the upper edge; `ratio` the device pixels of
    a logical one.
    """

    width_px: int
    height_px: int
    right: float
    pitch: float
    top: float
    px_per_unit: float
    ratio: float = 1.0
    volume_px: int = 0
    volume_max: float = 1.0

    def x(self, rows: Any) -> Any:
        """Middle of rows, not rounded."""
        return self.width_px - (self.right - rows) * self.pitch

    def y(self, values: Any) -> Any:
        """Height of values, not rounded, kept near the plot."""
        return np.clip((self.top - values) * self.px_per_unit, -FAR_PX, FAR_PX)

    def at_ratio(self, ratio: float) -> "PlotScale":
        """The same for a device of another pixel ratio: a picture taken at twice the size."""
        if abs(ratio - self.ratio) < 1e-6:
            return self
        factor = ratio / self.ratio
        return replace(
            self,
            width_px=round(self.width_px * factor),
            height_px=round(self.height_px * factor),
            pitch=self.pitch * factor,
            px_per_unit=self.px_per_unit * factor,
            ratio=ratio,
            volume_px=round(self.volume_px * factor),
        )

    @property
    def hairline_px(self) -> int:
        """One logical pixel in whole device pixels."""
        return max(1, int(self.ratio))


class PixelItem(pg.GraphicsObject):
    """Fills its plot; `paint_pixels` draws in device pixels from the plot's left top corner.

    `exposed` are the parts of it that Qt will show, as `RectBatch.draw` takes them.
    """

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._size = QRectF()
        self.exposed: Pixels | None = None
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def set_size(self, width: float, height: float) -> None:
        """Logical size of the plot."""
        if (width, height) != (self._size.width(), self._size.height()):
            self.prepareGeometryChange()
            self._size = QRectF(0, 0, width, height)

    def boundingRect(self) -> QRectF:
        return self._size

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        to_device = painter.deviceTransform()
        ratio = to_device.m11()
        painter.save()
        painter.resetTransform()
        back, _ = painter.deviceTransform().inverted()
        corner_x, corner_y = round(to_device.dx()), round(to_device.dy())
        painter.setWorldTransform(QTransform.fromTranslate(corner_x, corner_y) * back)
        self.exposed = _exposed_parts(painter, corner_x, corner_y)
        exposed = option.exposedRect
        left, right = int(exposed.left() * ratio) - 1, int(exposed.right() * ratio) + 2
        self.paint_pixels(painter, ratio, left, right)
        painter.restore()

    def paint_pixels(self, painter: QPainter, ratio: float, left: int, right: int) -> None:
        """`left`..`right` are the pixel columns that have to be drawn."""
        raise NotImplementedError

    def update_pixels(self, ratio: float, left: int, top: int, right: int, bottom: int) -> None:
        """Ask for these device pixels only."""
        self.update(QRectF(left / ratio, top / ratio, (right - left) / ratio, (bottom - top) / ratio))


def _exposed_parts(painter: QPainter, corner_x: int, corner_y: int) -> Pixels | None:
    """Left, top, right, bottom of each part, inclusive, shape (parts, 4); None when it is one.

    Qt tells an item the rectangle round all parts: with the line of the last price across the plot and the
    last bar's columns down it, that is the whole plot, though little of it is shown.
    """
    parts = [
        (rect.left() - corner_x, rect.top() - corner_y, rect.right() - corner_x, rect.bottom() - corner_y)
        for rect in painter.paintEngine().systemClip()  # type: ignore[attr-defined]
    ]
    return np.array(parts, np.int32) if len(parts) > 1 else None


class RectBatch:
    """Filled rectangles from columns of whole pixels; painter's brush, no pen."""

    def __init__(self) -> None:
        self._grow(BATCH_MIN)
        self.count = 0

    def _grow(self, count: int) -> None:
        self._corners = np.zeros((count, 4), np.int32)
        self._first = shiboken6.wrapInstance(self._corners.ctypes.data, QRect)

    @property
    def corners(self) -> Pixels:
        """Left, top, right, bottom, all inclusive; shape (count, 4)."""
        return self._corners[: self.count]

    def clear(self) -> None:
        self.count = 0

    def add(self, left: Any, top: Any, right: Any, bottom: Any, count: int) -> None:
        """`count` rectangles; corners inclusive."""
        end = self.count + count
        if end > len(self._corners):
            kept = self.corners.copy()
            self._grow(2 * end)
            self._corners[: len(kept)] = kept
        part = self._corners[self.count : end]
        part[:, 0], part[:, 1], part[:, 2], part[:, 3] = left, top, right, bottom
        self.count = end

    def draw(self, painter: QPainter, exposed: Pixels | None = None) -> None:
        """All of them, or only those that touch a part of `exposed`."""
        if exposed is not None and self.count > FEW_RECTS:
            self._keep(exposed)
        if self.count:
            painter.drawRects(self._first, self.count)  # type: ignore[call-overload]

    def _keep(self, exposed: Pixels) -> None:
        corners = self.corners
        left, top, right, bottom = corners.T
        touched = np.zeros(len(corners), np.bool_)
        for part in exposed.tolist():
            touched |= (right >= part[0]) & (left <= part[2]) & (bottom >= part[1]) & (top <= part[3])
        kept = corners[touched]
        self.count = len(kept)
        self._corners[: self.count] = kept


class PolylineBatch:
    """Antialiased lines through points, in the width of a pen.

    Qt's stroker takes 1.5 to 3 ms for 500 points of a 1.5 px line with joints, 0.13 ms for its segments alone
    and 0.05 ms for a line of 1 px: both of the latter look like the first, the thin one closing the joints.
    """

    def __init__(self) -> None:
        self._grow(BATCH_MIN)

    def _grow(self, count: int) -> None:
        self._ends = np.zeros((count, 4))
        self._first = shiboken6.wrapInstance(self._ends.ctypes.data, QLineF)

    def draw(self, painter: QPainter, x: NDArray[np.float64], y: NDArray[np.float64], pen: QPen) -> None:
        """Where y is no number the line is interrupted."""
        known = np.isfinite(y)
        if np.count_nonzero(known) < 2:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if known.all():
            runs = [(0, len(y))]
        else:
            edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False])).astype(np.int8)))
            runs = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
        core = QPen(pen.color(), 1.0)
        for begin, end in runs:
            painter.setPen(core)
            painter.drawPolyline(_polygon(x[begin:end], y[begin:end]))
            if pen.widthF() > 1.0:
                painter.setPen(pen)
                painter.drawLines(*self._segments(x[begin:end], y[begin:end]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _segments(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[Any, int]:
        count = len(x) - 1
        if count > len(self._ends):
            self._grow(2 * count)
        ends = self._ends[:count]
        ends[:, 0], ends[:, 1], ends[:, 2], ends[:, 3] = x[:-1], y[:-1], x[1:], y[1:]
        return self._first, count


def _polygon(x: NDArray[np.float64], y: NDArray[np.float64]) -> QPolygonF:
    points = QPolygonF()
    points.resize(len(x))
    places = ndarray_from_qpolygonf(points)
    places[:, 0], places[:, 1] = x, y
    return points
