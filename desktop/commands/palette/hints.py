"""The line below the palette's list: which key does what."""

from typing import Final

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.paint.key_caps import GAP_PX, caps_width, draw_caps
from desktop.paint.theme import Theme
from desktop.tr import tr

PAD_PX: Final = 15
BETWEEN_PX: Final = 16


class PaletteHints(QWidget):
    """Left what the keys do, right the signs that narrow the search."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._left = (
            (("↑", "↓"), tr("move")),
            (("↵",), tr("open here")),
            (("Ctrl", "↵"), tr("open in new panel")),
        )
        self._right = (((">",), tr("actions only")), (("@",), tr("symbols only")))
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._font = theme.font("small")
        self.update()

    def _width(self, hints: tuple[tuple[tuple[str, ...], str], ...]) -> float:
        metrics = QFontMetricsF(self._font)
        widths = [
            caps_width(caps, self._theme) + GAP_PX + metrics.horizontalAdvance(words) for caps, words in hints
        ]
        return sum(widths) + BETWEEN_PX * (len(hints) - 1)

    def fits(self, width_px: int) -> bool:
        """Whether both sides stand in a line so wide."""
        return self._width(self._left) + self._width(self._right) + 2 * PAD_PX + BETWEEN_PX <= width_px

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, theme.color("border.default"))
        painter.setFont(self._font)
        metrics = QFontMetricsF(self._font)
        middle = self.height() / 2
        baseline = round(middle + (metrics.ascent() - metrics.descent()) / 2)
        starts = (float(PAD_PX), self.width() - PAD_PX - self._width(self._right))
        for left, hints in zip(starts, (self._left, self._right), strict=True):
            for caps, words in hints:
                left = draw_caps(painter, caps, left, middle, theme) + GAP_PX
                painter.setPen(theme.color("text.tertiary"))
                painter.drawText(QPointF(left, baseline), words)
                left += metrics.horizontalAdvance(words) + BETWEEN_PX
        painter.end()
