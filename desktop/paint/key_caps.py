"""Keys as they stand on their caps: small framed boxes, as wide as their text, for menus, lists and hints."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from desktop.paint.theme import Theme

CAP_PX: Final = 16
GAP_PX: Final = 4
PAD_PX: Final = 4


def cap_font(theme: Theme) -> QFont:
    return theme.mono_font(theme.font_px("small") - 1)


def caps_width(caps: Sequence[str], theme: Theme) -> float:
    """Of a row of caps, gaps included; 0 without any."""
    metrics = QFontMetricsF(cap_font(theme))
    return sum(_cap_width(cap, metrics) for cap in caps) + GAP_PX * max(len(caps) - 1, 0)


def _cap_width(cap: str, metrics: QFontMetricsF) -> float:
    return max(float(round(metrics.horizontalAdvance(cap))) + 2 * PAD_PX, float(CAP_PX))


def draw_caps(
    painter: QPainter,
    caps: Sequence[str],
    left: float,
    middle_y: float,
    theme: Theme,
    ink: str = "text.secondary",
) -> float:
    """From `left` on, in the middle of a line; returns where they end."""
    font = cap_font(theme)
    metrics = QFontMetricsF(font)
    painter.save()
    painter.setFont(font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for cap in caps:
        width = _cap_width(cap, metrics)
        box = QRectF(round(left), round(middle_y - CAP_PX / 2), width, CAP_PX).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme.color("border.default"), 1.0))
        painter.setBrush(theme.color("surface.input"))
        painter.drawRoundedRect(box, theme.px("radius.chip"), theme.px("radius.chip"))
        painter.setPen(theme.color(ink))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, cap)
        left += width + GAP_PX
    painter.restore()
    return left - GAP_PX if caps else left
