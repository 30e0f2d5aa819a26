"""Texts from pictures of glyphs: as wide and as dark as Qt's own, where Qt would put them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QApplication

from desktop.paint.fonts import register_fonts
from desktop.paint.number_text import NumberText
from desktop.paint.theme import number_font

INK, GROUND = QColor(230, 230, 235), QColor(20, 20, 24)
TEXTS = ("1,234.50", "AAPL", "12 Mar 14:32", "\u221213.07 %", "Long", "+1,234.50", "Type", "AVAX/USDT")


def painted(ratio: float, texts: tuple[str, ...], own: bool) -> np.ndarray:
    """Lightness of every device pixel: each text from its own fraction of a pixel on."""
    image = QImage(QSize(760, 24) * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(GROUND)
    font = number_font(12)
    painter = QPainter(image)
    painter.setFont(font)
    painter.setPen(INK)
    numbers, x = NumberText(font, ratio), 4.3
    for text in texts:
        if own:
            numbers.add(x, 16, text, INK.rgba())
        else:
            painter.drawText(QPointF(x, 16), text)
        x += QFontMetricsF(font).horizontalAdvance(text) + 9.37
    numbers.draw(painter)
    painter.end()
    words = np.ndarray((image.height(), image.bytesPerLine() // 4), np.uint32, image.constBits())
    return (words & 0xFF).astype(np.int64)


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
def test_texts_look_as_qt_draws_them(qapp: QApplication, ratio: float) -> None:
    register_fonts()
    own, qts = painted(ratio, TEXTS, own=True), painted(ratio, TEXTS, own=False)
    ink = qts - GROUND.blue()
    assert abs(own.sum() - qts.sum()) < 0.06 * ink.sum(), "as much ink"
    assert np.abs(own - qts).sum() < 0.2 * ink.sum(), "in the same places, to a quarter of a pixel"


@pytest.mark.parametrize("ratio", [1.0, 1.5])
def test_texts_of_other_scripts_are_drawn_too(qapp: QApplication, ratio: float) -> None:
    register_fonts()
    texts = ("ソニー", "Société", "7203")
    assert np.abs(painted(ratio, texts, own=True) - painted(ratio, texts, own=False)).max() < 80
    assert painted(ratio, texts, own=True).max() > 150


@given(some.text("0123456789.,:+-\u2212%/ ", min_size=1, max_size=12))
@settings(deadline=None, max_examples=80)
def test_numbers_are_as_wide_as_qt_says(text: str) -> None:
    register_fonts()
    font = number_font(12, "strong")
    assert NumberText(font, 1.0).width(text) == pytest.approx(QFontMetricsF(font).horizontalAdvance(text))


def test_many_texts_and_colours_outgrow_the_first_sheet(qapp: QApplication) -> None:
    register_fonts()
    numbers = NumberText(number_font(12), 2.0)
    image = QImage(400, 400, QImage.Format.Format_RGB32)
    for colour in range(6):
        image.fill(0)
        painter = QPainter(image)
        for row in range(9):
            text = "".join(chr(code) for code in range(33 + row * 10, 43 + row * 10))
            numbers.add(3, 20 + row * 20, text, 0xFF000000 | 0xFF << 8 * (colour % 3))
        numbers.draw(painter)
        painter.end()
        words = np.ndarray((400, 400), np.uint32, image.constBits())
        lit = [int((words >> shift & 0xFF).max()) for shift in (0, 8, 16)]
        assert lit[colour % 3] > 200
        assert sum(lit) == lit[colour % 3], "no other colour"


def test_ends_at_the_right_where_it_was_asked_to(qapp: QApplication) -> None:
    register_fonts()
    numbers = NumberText(number_font(12), 1.0)
    image = QImage(200, 60, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    numbers.add_right(150, 20, "8", INK.rgba())
    numbers.add_right(150, 40, "8,888,888.8", INK.rgba())
    numbers.draw(painter)
    painter.end()
    words = np.ndarray((60, 200), np.uint32, image.constBits()) & 0xFF
    ends = [int(np.flatnonzero(part.max(axis=0))[-1]) for part in (words[:26], words[26:])]
    assert ends[0] == ends[1] == pytest.approx(149, abs=1)
