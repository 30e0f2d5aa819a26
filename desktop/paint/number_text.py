"""Texts drawn from pictures of their glyphs, many in one call: for figures that change with every frame.

Qt shapes a text each time it is drawn or measured, 12 and 8 us for six figures. Figures need none of it, and
plain letters no more than the kerning of their pairs, so a hundred texts are placed by a few NumPy calls.
Glyphs stand at quarters of a device pixel, as Qt's own do. Texts of other scripts are left to Qt.
"""

import math
from typing import Any, Final

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPixmap

PLAIN: Final = frozenset(map(chr, range(32, 127))) | frozenset(
    "\u2212\u00d7\u2026\u00b7\u2013\u2014\u2192\u20ac\u00a3\u00b5"
)
CODES: Final = 0x2300
PHASES: Final = 4
SHEET_PX: Final = 1_024
PAD_PX: Final = 2  # for what leans over the edge of its advance
FRAGMENTS_MIN: Final = 256


class _Sheet:
    """Pictures of glyphs by colour and place within a pixel, each made when it is first needed."""

    def __init__(self, font: QFont, ratio: float) -> None:
        metrics = QFontMetricsF(font)
        self._font, self._metrics, self._ratio = font, metrics, ratio
        self.rise_px = math.ceil(metrics.ascent() * ratio) + 1  # from a glyph's upper edge to its baseline
        self.height_px = self.rise_px + math.ceil(metrics.descent() * ratio) + 1
        self._next = (0, 0)
        self.pixmap = self._blank(self.height_px * 4)
        # By colour, glyph, phase: left, top and width in the sheet; width 0 is not drawn yet.
        self.places: NDArray[np.int32] = np.zeros((0, len(PLAIN), PHASES, 3), np.int32)
        self.inks: dict[int, int] = {}

    @staticmethod
    def _blank(height_px: int) -> QPixmap:
        pixmap = QPixmap(SHEET_PX, height_px)
        pixmap.fill(Qt.GlobalColor.transparent)
        return pixmap

    def ink(self, argb: int) -> int:
        """The number of a colour."""
        number = self.inks.get(argb)
        if number is None:
            number = self.inks[argb] = len(self.inks)
            self.places = np.concatenate((self.places, np.zeros((1, *self.places.shape[1:]), np.int32)))
        return number

    def draw_glyphs(self, wanted: NDArray[np.int64], characters: list[str]) -> None:
        """`wanted`: rows of colour, glyph and phase."""
        argb = list(self.inks)
        for ink, glyph, phase in np.unique(wanted, axis=0).tolist():
            self.places[ink, glyph, phase] = self._draw(characters[glyph], phase, argb[ink])

    def _draw(self, character: str, phase: int, argb: int) -> tuple[int, int, int]:
        width = math.ceil(self._metrics.horizontalAdvance(character) * self._ratio) + 2 * PAD_PX + 1
        left, top = self._next
        if left + width > SHEET_PX:
            left, top = 0, top + self.height_px
        if top + self.height_px > self.pixmap.height():
            larger = self._blank(self.pixmap.height() * 2)
            painter = QPainter(larger)
            painter.drawPixmap(0, 0, self.pixmap)
            painter.end()
            self.pixmap = larger
        self._next = (left + width, top)
        painter = QPainter(self.pixmap)
        painter.setClipRect(left, top, width, self.height_px)
        painter.translate(left + PAD_PX + phase / PHASES, top + self.rise_px)
        painter.scale(self._ratio, self._ratio)
        painter.setFont(self._font)
        painter.setPen(QColor.fromRgba(argb))
        painter.drawText(QPointF(0, 0), character)
        painter.end()
        return left, top, width


class NumberText:
    """`add` texts, then `draw` them all; of one font, for one device pixel ratio. ARGB colours."""

    def __init__(self, font: QFont, ratio: float) -> None:
        self.ratio = ratio
        self._font, self._metrics = font, QFontMetricsF(font)
        self.cap_height = self._metrics.capHeight()
        self._sheet = _Sheet(font, ratio)
        self._characters = sorted(PLAIN)
        count = len(self._characters)
        self._glyph_of = np.zeros(CODES, np.int64)
        self._glyph_of[[ord(each) for each in self._characters]] = np.arange(count)
        self._advance = np.array([self._metrics.horizontalAdvance(each) for each in self._characters])
        self._kern = np.full((count, count), np.nan)
        figures = self._glyph_of[[ord(each) for each in "0123456789.,:+-\u2212%/ "]]
        self._kern[np.ix_(figures, figures)] = 0.0
        self._texts: list[str] = []
        self._at: list[
            tuple[float, float, float, int]
        ] = []  # x, share of the width left of it, baseline, ink
        self._foreign: list[tuple[float, float, str, int]] = []
        self._grow(FRAGMENTS_MIN)

    def _grow(self, count: int) -> None:
        self._fragments = np.zeros((count, 10))  # as QPainter::PixmapFragment lies in memory
        self._fragments[:, 6:] = (1.0, 1.0, 0.0, 1.0)  # scale x, scale y, rotation, opacity
        self._first: Any = shiboken6.wrapInstance(self._fragments.ctypes.data, QPainter.PixmapFragment)

    # ---- texts -----------------------------------------------------------------------------------
    def add(self, x: float, baseline: float, text: str, argb: int) -> None:
        """From `x` on, in logical pixels."""
        self._add(x, 0.0, baseline, text, argb)

    def add_right(self, right: float, baseline: float, text: str, argb: int) -> None:
        """Ending at `right`."""
        self._add(right, 1.0, baseline, text, argb)

    def _add(self, x: float, share: float, baseline: float, text: str, argb: int) -> None:
        if not text:
            return
        if PLAIN.issuperset(text):
            self._texts.append(text)
            self._at.append((x, share, baseline, self._sheet.ink(argb)))
        else:
            self._foreign.append((x - share * self._metrics.horizontalAdvance(text), baseline, text, argb))

    def width(self, text: str) -> float:
        """Logical pixels."""
        if not PLAIN.issuperset(text):
            return self._metrics.horizontalAdvance(text)
        glyphs = self._glyphs([text])
        return float(self._advance[glyphs].sum() + self._kerning(glyphs[:-1], glyphs[1:]).sum())

    def _glyphs(self, texts: list[str]) -> NDArray[np.int64]:
        return self._glyph_of[np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32)]

    def _kerning(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
        """What a pair is wider than its glyphs; measured once a pair."""
        kern = self._kern[first, second]
        unknown = np.isnan(kern)
        if unknown.any():
            for a, b in set(zip(first[unknown].tolist(), second[unknown].tolist(), strict=True)):
                pair = self._metrics.horizontalAdvance(self._characters[a] + self._characters[b])
                self._kern[a, b] = pair - self._advance[a] - self._advance[b]
            kern = self._kern[first, second]
        return kern

    # ---- drawing ---------------------------------------------------------------------------------
    def draw(self, painter: QPainter) -> None:
        """What was added since the last time."""
        if self._texts:
            count = self._place()
            painter.save()
            painter.scale(1 / self.ratio, 1 / self.ratio)
            painter.drawPixmapFragments(self._first, count, self._sheet.pixmap)
            painter.restore()
            self._texts.clear()
            self._at.clear()
        for x, baseline, text, argb in self._foreign:
            painter.setFont(self._font)
            painter.setPen(QColor.fromRgba(argb))
            painter.drawText(QPointF(x, baseline), text)
        self._foreign.clear()

    def _place(self) -> int:
        """Fragments of all glyphs, in device pixels; how many."""
        sheet, ratio = self._sheet, self.ratio
        at = np.array(self._at)
        lengths = np.array([len(text) for text in self._texts])
        ends = lengths.cumsum()
        begins = ends - lengths
        glyphs = self._glyphs(self._texts)
        advance = self._advance[glyphs]
        advance[:-1] += self._kerning(glyphs[:-1], glyphs[1:])
        advance[ends - 1] = self._advance[glyphs[ends - 1]]  # the next one is of another text
        widths = np.add.reduceat(advance, begins)
        before = advance.cumsum() - advance
        starts = at[:, 0] - at[:, 1] * widths - before[begins]
        steps = np.rint((np.repeat(starts, lengths) + before) * (ratio * PHASES)).astype(np.int64)
        whole, phase = np.divmod(steps, PHASES)
        ink = np.repeat(at[:, 3].astype(np.int64), lengths)
        places = sheet.places[ink, glyphs, phase]
        missing = places[:, 2] == 0
        if missing.any():
            sheet.draw_glyphs(np.column_stack((ink, glyphs, phase))[missing], self._characters)
            places = sheet.places[ink, glyphs, phase]
        count = len(glyphs)
        if count > len(self._fragments):
            self._grow(2 * count)
        part = self._fragments[:count]
        part[:, 0] = whole - PAD_PX + places[:, 2] / 2  # the middle
        baseline = np.floor(at[:, 2] * ratio + 0.5)  # halves up: rows must not alternate
        part[:, 1] = np.repeat(baseline - sheet.rise_px + sheet.height_px / 2, lengths)
        part[:, 2:5] = places
        part[:, 5] = sheet.height_px
        return count
