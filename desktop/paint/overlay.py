"""What lies over the panels for a moment: a rounded, framed widget with a soft shadow, drawn once a size.

Never opaque to Qt: the grid below writes its pixels itself, and what is said to be opaque would be left out
when those are painted over.
"""

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from desktop.paint.theme import Theme

SHADOW_PX: Final = 12  # around the frame, part of the widget
_SHADOW_ALPHA: Final = 4  # of each of the steps


class Overlay(QWidget):
    """A child of a window, above everything in it. Contents keep `margin_px` from the widget's edges."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._ground: QPixmap | None = None
        self.hide()

    @property
    def margin_px(self) -> int:
        """Of the shadow and the frame."""
        return SHADOW_PX + 1

    def set_overlay_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._ground = None
        self.update()

    def place(self, left: int, top: int, width: int, height: int) -> None:
        """Where the frame stands in the window."""
        side = SHADOW_PX
        self.setGeometry(left - side, top - side, width + 2 * side, height + 2 * side)

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        ground = self._ground
        if (
            ground is None
            or ground.devicePixelRatio() != ratio
            or ground.deviceIndependentSize() != self.size().toSizeF()
        ):
            ground = self._ground = self._drawn(ratio)
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        painter.drawPixmap(0, 0, ground)
        painter.end()

    def _drawn(self, ratio: float) -> QPixmap:
        theme = self._theme
        ground = QPixmap(self.size() * ratio)
        ground.setDevicePixelRatio(ratio)
        ground.fill(Qt.GlobalColor.transparent)
        painter = QPainter(ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = theme.px("radius.overlay")
        frame = QRectF(self.rect()).adjusted(SHADOW_PX, SHADOW_PX, -SHADOW_PX, -SHADOW_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, _SHADOW_ALPHA))
        for step in range(SHADOW_PX, 0, -1):
            painter.drawRoundedRect(frame.adjusted(-step, 2 - step, step, step), radius + step, radius + step)
        painter.setPen(QPen(theme.color("border.strong"), 1.0))
        painter.setBrush(theme.color("surface.overlay"))
        painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()
        return ground
