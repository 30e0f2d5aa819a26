"""A glyph atlas: every number glyph in every style, cut into units and stored by scanline.

A unit is half a digit, rounded to whole device pixels; a digit takes two, comma and point one. Glyphs are
drawn by QPainter itself, once for each style (text colour x background), so they look as all other text.
The atlas is as large as it will ever be when it is made: it never grows with what is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from desktop.paint.fonts import register_fonts
from desktop.paint.theme import Theme

Void = NDArray[np.void]

BLANK: Final = 0
# Width in units. M and m are wider than a digit; a suffix slot is as wide as the widest of K, M and B.
WIDTH_OF: Final[dict[str, int]] = {
    **dict.fromkeys("0123456789", 2), ".": 1, ",": 1, ":": 1, "+": 2, "\u2212": 2, "\u2013": 2,
    "K": 2, "M": 3, "B": 2, "s": 2, "m": 3, "h": 2, "d": 2,
}  # fmt: skip


def _numbered() -> dict[str, int]:
    numbers, unit = {}, 1
    for char, width in WIDTH_OF.items():
        numbers[char] = unit
        unit += width
    return numbers


UNIT_OF: Final = _numbered()  # char -> its first unit; the others follow
UNIT_COUNT: Final = 1 + sum(WIDTH_OF.values())
_CHAR_OF: Final = {unit: char for char, unit in UNIT_OF.items()}

FOREGROUNDS: Final = ("primary", "secondary", "tertiary", "up", "down")
BACKGROUNDS: Final = (
    "panel", "hover", "selected", "selected_inactive", "flash_up", "flash_down", "flash_neutral",
    "heat_0", "heat_1", "heat_2", "heat_3", "heat_4", "heat_5", "heat_6",
)  # fmt: skip
FG: Final = {name: index for index, name in enumerate(FOREGROUNDS)}
BG: Final = {name: index for index, name in enumerate(BACKGROUNDS)}
STYLE_COUNT: Final = len(FOREGROUNDS) * len(BACKGROUNDS)


def foreground_argb(theme: Theme, index: int) -> int:
    name = FOREGROUNDS[index]
    return theme.argb(f"market.{name}" if name in ("up", "down") else f"text.{name}")


def background_argb(theme: Theme, index: int) -> int:
    name = BACKGROUNDS[index]
    if name.startswith("heat_"):
        return theme.heat[int(name[5:])]
    if name == "flash_neutral":
        return theme.argb(name)
    return theme.argb(f"market.{name}" if name.startswith("flash_") else f"surface.{name}")


def decode_units(units: NDArray[np.integer]) -> str:
    """The text a line of units shows; U+FFFD for a glyph that is cut off."""
    text, index, line = [], 0, units.tolist()
    while index < len(line):
        unit = line[index]
        if unit == BLANK:
            index += 1
            continue
        char = _CHAR_OF.get(unit)
        width = WIDTH_OF[char] if char is not None else 1
        whole = char is not None and line[index : index + width] == list(range(unit, unit + width))
        text.append(char if whole and char is not None else "\ufffd")
        index += width if whole else 1
    return "".join(text)


@dataclass(frozen=True)
class RowMetrics:
    """Device pixels of a row at one density and device pixel ratio."""

    ratio: float
    unit_px: int
    row_px: int
    line_px: int  # the row's bottom line, part of `row_px`
    baseline_px: int

    @classmethod
    def of(cls, theme: Theme, ratio: float) -> "RowMetrics":
        register_fonts()
        metrics = QFontMetricsF(theme.number_font("cell"))
        row_px = round(theme.row_height_px * ratio)
        line_px = max(1, round(theme.px("line_px.hairline") * ratio))
        digit = metrics.horizontalAdvance("0") * ratio
        baseline = (row_px - line_px + metrics.capHeight() * ratio) / 2
        return cls(ratio, max(1, round(digit / 2)), row_px, line_px, round(baseline))


@dataclass(frozen=True)
class GlyphAtlas:
    """`lines[y]` holds one void item of 4 x unit_px bytes for each (style, unit) of scanline y.

    The index of an item is `(background * len(FOREGROUNDS) + foreground) * UNIT_COUNT + unit`.
    """

    theme: Theme
    metrics: RowMetrics
    lines: tuple[Void, ...]
    pixels: NDArray[np.uint32]  # shape (row_px, styles, units, unit_px), what `lines` are views of
    groups: tuple[tuple[int, ...], ...]  # scanlines that are the same in every glyph: above and below the ink

    @property
    def item(self) -> np.dtype[np.void]:
        return self.lines[0].dtype


@lru_cache(maxsize=6)  # dark and light on screens of up to three ratios; 1 to 4 MB each
def glyph_atlas(theme: Theme, ratio: float) -> GlyphAtlas:
    """The atlas for a theme and a device pixel ratio; made in some 20 ms, then shared by all grids."""
    metrics = RowMetrics.of(theme, ratio)
    shape = (STYLE_COUNT, metrics.row_px, UNIT_COUNT, metrics.unit_px)
    tiles = np.empty(shape, np.uint32)
    line = theme.argb("border.subtle")
    draw = _strip_painter(theme.number_font("cell"), metrics)
    for bg in range(len(BACKGROUNDS)):
        for fg in range(len(FOREGROUNDS)):
            style = bg * len(FOREGROUNDS) + fg
            tiles[style] = draw(foreground_argb(theme, fg), background_argb(theme, bg))
    tiles[:, metrics.row_px - metrics.line_px :] = line
    pixels = np.ascontiguousarray(tiles.transpose(1, 0, 2, 3))
    item = np.dtype(f"V{4 * metrics.unit_px}")
    lines = tuple(
        scanline.reshape(STYLE_COUNT * UNIT_COUNT, -1).view(item).reshape(-1) for scanline in pixels
    )
    return GlyphAtlas(theme, metrics, lines, pixels, _equal_scanlines(pixels))


def _equal_scanlines(pixels: NDArray[np.uint32]) -> tuple[tuple[int, ...], ...]:
    """Numbers of scanlines grouped by content, in order."""
    groups: dict[bytes, list[int]] = {}
    for y, scanline in enumerate(pixels):
        groups.setdefault(scanline.tobytes(), []).append(y)
    return tuple(tuple(group) for group in groups.values())


def _strip_painter(font: QFont, metrics: RowMetrics) -> Callable[[int, int], NDArray[np.uint32]]:
    """A function (text colour, background) -> all units side by side, shape (row_px, units, unit_px)."""
    # Two blank units between glyphs, so that no ink leaks into a neighbour; cut out again afterwards.
    ratio, unit_px, gap = metrics.ratio, metrics.unit_px, 2
    advances = QFontMetricsF(font)
    places, wanted, at = [], [0], 1 + gap
    for char, width in WIDTH_OF.items():
        slot = width * unit_px
        # Letters keep to the left of their slot, beside the digit before them; marks stand in the middle.
        spare = 0 if char.isalpha() else slot - advances.horizontalAdvance(char) * ratio
        places.append((char, (at * unit_px + round(spare / 2)) / ratio, at, width))
        wanted += range(at, at + width)
        at += width + gap
    total = at
    image = QImage(total * unit_px, metrics.row_px, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    units = np.array(wanted)

    def draw(text_argb: int, ground_argb: int) -> NDArray[np.uint32]:
        image.fill(QColor.fromRgba(ground_argb))
        painter = QPainter(image)
        painter.setFont(font)
        painter.setPen(QColor.fromRgba(text_argb))
        for char, x, unit, width in places:
            slot = QRectF(unit * unit_px, 0, width * unit_px, metrics.row_px)
            painter.setClipRect(QRectF(slot.topLeft() / ratio, slot.size() / ratio))
            painter.drawText(QPointF(x, metrics.baseline_px / ratio), char)
        painter.end()
        stride = image.bytesPerLine() // 4
        flat = np.frombuffer(image.constBits(), np.uint32).reshape(metrics.row_px, stride)
        cells = flat[:, : total * unit_px].reshape(metrics.row_px, total, unit_px)
        return cells[:, units] | np.uint32(0xFF000000)

    return draw
