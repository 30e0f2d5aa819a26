"""Lucide icons as pixmaps and QIcons, tinted and sharp at any device pixel ratio.

An SVG is rendered in the wanted colour and stroke for the exact device size; results are kept in a bounded
cache. Never scales a bitmap.
"""

from functools import cache, lru_cache
from typing import Final

from PySide6.QtCore import QByteArray, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from desktop.paint.resources import resource
from desktop.paint.theme import Theme, tokens

PIXMAPS_MAX: Final = 512  # about 60 icons x 3 tints x 2 ratios, 1-3 KB each


@cache
def _source(name: str) -> str:
    return resource(f"icons/{name}.svg").read_text(encoding="utf-8")


def _stroke(size_px: int) -> float:
    """Stroke width in Lucide's 24-unit box: thinner for the large icon of an empty panel."""
    icon = tokens()["icon_px"]
    return float(icon["stroke_empty_state"] if size_px >= icon["empty_state"] else icon["stroke"])


@lru_cache(maxsize=PIXMAPS_MAX)
def icon_pixmap(name: str, size_px: int, argb: int, ratio: float = 1.0, accent_argb: int = 0) -> QPixmap:
    """Icon `name` as a square of `size_px` logical pixels in one colour, for a device pixel ratio.

    Raises `FileNotFoundError` for a name that is not bundled.
    """
    color = QColor.fromRgba(argb)
    svg = _source(name).replace("currentColor", color.name())
    svg = svg.replace('"accent"', f'"{QColor.fromRgba(accent_argb or argb).name()}"')
    svg = svg.replace('stroke-width="2"', f'stroke-width="{_stroke(size_px)}"')
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    side = round(size_px * ratio)
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(color.alphaF())
    box = renderer.viewBoxF().size()
    scale = side / max(box.width(), box.height())
    drawn = QRectF(0, 0, box.width() * scale, box.height() * scale)
    drawn.moveCenter(QPointF(side / 2, side / 2))
    renderer.render(painter, drawn)
    painter.end()
    pixmap = QPixmap.fromImage(image)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


class _TintedEngine(QIconEngine):
    """Paints one icon in the tint of the mode: normal, hovered or checked, disabled."""

    def __init__(self, name: str, normal: int, active: int, disabled: int) -> None:
        super().__init__()
        self._name = name
        self._tints = {QIcon.Mode.Disabled: disabled, QIcon.Mode.Active: active, QIcon.Mode.Selected: active}
        self._normal = normal
        self._on = active

    def clone(self) -> QIconEngine:
        return _TintedEngine(self._name, self._normal, self._on, self._tints[QIcon.Mode.Disabled])

    def _tint(self, mode: QIcon.Mode, state: QIcon.State) -> int:
        return self._tints.get(mode, self._on if state is QIcon.State.On else self._normal)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF()
        side = min(rect.width(), rect.height())
        pixmap = icon_pixmap(self._name, side, self._tint(mode, state), ratio)
        painter.drawPixmap(
            rect.x() + (rect.width() - side) // 2, rect.y() + (rect.height() - side) // 2, pixmap
        )

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return icon_pixmap(self._name, min(size.width(), size.height()), self._tint(mode, state))

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        return icon_pixmap(self._name, min(size.width(), size.height()), self._tint(mode, state), scale)


def icon(name: str, theme: Theme, tint: str = "text.secondary") -> QIcon:
    """A QIcon for buttons and menus: `tint`, primary when hovered or on, disabled grey when disabled."""
    return QIcon(
        _TintedEngine(name, theme.argb(tint), theme.argb("text.primary"), theme.argb("text.disabled"))
    )
