"""Text cells and state tags as finished bitmaps: drawn once by QPainter, then only copied.

Keeps a bounded, least recently used store shared by all grids of one theme and pixel ratio. A bitmap covers
its whole cell, row line included, so copying it needs no clipping or blending.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from desktop.paint.glyphs import RowMetrics, background_argb, foreground_argb
from desktop.paint.theme import Theme, Weight, number_font

Bitmap = NDArray[np.uint32]
Tag = Literal["stale", "late", "halted"]

BITMAPS_MAX: Final = 4_096  # about 4 KB each at ratio 1: 16 MB when full
CHIP_FONT_PX: Final = 10
CHIP_HEIGHT_PX: Final = 14


class CellBitmaps:
    """Bitmaps for one theme and device pixel ratio; shape (row_px, width_px), 0xAARRGGBB."""

    def __init__(self, theme: Theme, ratio: float) -> None:
        self._theme = theme
        self._metrics = RowMetrics.of(theme, ratio)
        self._kept: OrderedDict[tuple[object, ...], Bitmap] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def text(self, text: str, weight: Weight, foreground: int, background: int, width_px: int) -> Bitmap:
        """Left-aligned text with the cell padding, elided with an ellipsis where it does not fit."""
        key = (text, weight, foreground, background, width_px)
        return self._get(key, lambda: self._draw_text(text, weight, foreground, background, width_px))

    def tag(self, text: str, tag: Tag, background: int, width_px: int) -> Bitmap:
        """A state tag at the right of its cell."""
        key = (text, tag, background, width_px)
        return self._get(key, lambda: self._draw_tag(text, tag, background, width_px))

    def elides(self, text: str, weight: Weight, width_px: int) -> bool:
        """Whether `text` is cut in a cell of that width."""
        width = QFontMetricsF(self._theme.font("cell", weight)).horizontalAdvance(text)
        return width > self._room(width_px)

    def _room(self, width_px: int) -> float:
        return width_px / self._metrics.ratio - 2 * self._theme.px("spacing.cell_pad_x")

    def _get(self, key: tuple[object, ...], draw: Callable[[], Bitmap]) -> Bitmap:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        self._kept[key] = made = draw()
        if len(self._kept) > BITMAPS_MAX:
            self._kept.popitem(last=False)
        return made

    def _draw_text(
        self, text: str, weight: Weight, foreground: int, background: int, width_px: int
    ) -> Bitmap:
        font = self._theme.font("cell", weight)
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, self._room(width_px))
        image, painter = self._begin(background, width_px)
        painter.setFont(font)
        painter.setPen(QColor.fromRgba(foreground_argb(self._theme, foreground)))
        baseline = self._metrics.baseline_px / self._metrics.ratio
        painter.drawText(QPointF(self._theme.px("spacing.cell_pad_x"), baseline), shown)
        painter.end()
        return self._finish(image)

    def _draw_tag(self, text: str, tag: Tag, background: int, width_px: int) -> Bitmap:
        theme, metrics = self._theme, self._metrics
        font = number_font(CHIP_FONT_PX, "title")
        advances = QFontMetricsF(font)
        image, painter = self._begin(background, width_px)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = (metrics.row_px - metrics.line_px) / metrics.ratio
        width = advances.horizontalAdvance(text) + 2 * theme.px("spacing.s")
        right = width_px / metrics.ratio - theme.px("spacing.cell_pad_x")
        top = np.ceil((row - CHIP_HEIGHT_PX) / 2 * metrics.ratio) / metrics.ratio
        chip = QRectF(right - width, top, width, CHIP_HEIGHT_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(f"state_fill.{tag}"))
        painter.drawRoundedRect(chip, theme.px("radius.chip"), theme.px("radius.chip"))
        painter.setFont(font)
        painter.setPen(theme.color(f"state.{tag}"))
        baseline = chip.top() + (CHIP_HEIGHT_PX + advances.capHeight()) / 2
        baseline = round(baseline * metrics.ratio) / metrics.ratio
        painter.drawText(QPointF(chip.left() + theme.px("spacing.s"), baseline), text)
        painter.end()
        return self._finish(image)

    def _begin(self, background: int, width_px: int) -> tuple[QImage, QPainter]:
        image = QImage(max(1, width_px), self._metrics.row_px, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(self._metrics.ratio)
        image.fill(QColor.fromRgba(background_argb(self._theme, background)))
        return image, QPainter(image)

    def _finish(self, image: QImage) -> Bitmap:
        stride = image.bytesPerLine() // 4
        flat = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), stride)
        bitmap = flat[:, : image.width()] | np.uint32(0xFF000000)
        bitmap[self._metrics.row_px - self._metrics.line_px :] = self._theme.argb("border.subtle")
        return bitmap


@lru_cache(maxsize=4)
def cell_bitmaps(theme: Theme, ratio: float) -> CellBitmaps:
    """The store for a theme and pixel ratio, shared by all grids."""
    return CellBitmaps(theme, ratio)
