"""What both axes draw with: tags, and labels kept as pictures.

A label is drawn once into a pixmap and copied from then on, at whole device pixels: shaping text in every
frame of a pan would cost more than the bars. The store is bounded; a theme or another screen begins anew.
"""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPixmap

from desktop.paint.theme import Theme

LABELS_MAX: Final = 512
CLEAR_OF_TAG_PX: Final = 15.0  # a label whose centre is closer to a tag's is not drawn
TAG_PAD_PX: Final = 6
TAG_HEIGHT_PX: Final = 16


@dataclass(frozen=True, slots=True)
class Tag:
    """A filled label at `value` in the axis' own coordinates; colours are tokens of the theme."""

    value: float
    text: str
    fill: str = "chart.crosshair_label"
    ink: str = "text.primary"


class Labels:
    """Pictures of texts in the axis font, by text and weight."""

    def __init__(self, theme: Theme) -> None:
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.font = theme.number_font("small")
        self.strong_font = theme.number_font("small", "strong")
        self._metrics = QFontMetricsF(self.font)
        self._strong_metrics = QFontMetricsF(self.strong_font)
        self.ink = theme.color("chart.axis_text")
        self.strong_ink = theme.color("text.secondary")
        self._pictures: dict[tuple[str, bool, float], QPixmap] = {}
        self._widths: dict[tuple[str, bool], float] = {}

    @property
    def height_px(self) -> float:
        return self._metrics.height()

    def width_px(self, text: str, is_strong: bool = False) -> float:
        key = (text, is_strong)
        width = self._widths.get(key)
        if width is None:
            if len(self._widths) >= LABELS_MAX:
                self._widths.clear()
            metrics = self._strong_metrics if is_strong else self._metrics
            width = self._widths[key] = metrics.horizontalAdvance(text)
        return width

    def picture(self, text: str, is_strong: bool, ratio: float) -> QPixmap:
        """Transparent but for the text; its logical size is that of the text, rounded up."""
        key = (text, is_strong, ratio)
        picture = self._pictures.get(key)
        if picture is None:
            if len(self._pictures) >= LABELS_MAX:
                self._pictures.clear()
            picture = self._pictures[key] = self._draw(text, is_strong, ratio)
        return picture

    def _draw(self, text: str, is_strong: bool, ratio: float) -> QPixmap:
        width, height = int(self.width_px(text, is_strong)) + 2, int(self.height_px) + 1
        picture = QPixmap(round(width * ratio), round(height * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setFont(self.strong_font if is_strong else self.font)
        painter.setPen(self.strong_ink if is_strong else self.ink)
        painter.drawText(QPointF(0, self._metrics.ascent()), text)
        painter.end()
        return picture

    def draw(self, painter: QPainter, left: float, middle_y: float, text: str, is_strong: bool) -> None:
        """`left` and `middle_y` in logical pixels; what is drawn sits on whole device pixels."""
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        top = middle_y - self.height_px / 2
        at = QPointF(round(left * ratio) / ratio, round(top * ratio) / ratio)
        painter.drawPixmap(at, self.picture(text, is_strong, ratio))

    def draw_tag(self, painter: QPainter, rect: QRectF, tag: Tag) -> None:
        painter.fillRect(rect, self.theme.color(tag.fill))
        painter.setFont(self.strong_font)
        painter.setPen(self.theme.color(tag.ink))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, tag.text)


def line_color(theme: Theme) -> QColor:
    """The hairline between an axis and the bars."""
    return theme.color("chart.axis_line")
