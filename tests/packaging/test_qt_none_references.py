"""PySide6 6.12 drops a reference to None on some calls and brings CPython 3.11 down; this watches ours."""

import sys

import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

CALLS = 10_000
# The first calls build type information that keeps some 200; after that it is 0, and a leak is one a call.
WARM_UP_CALLS = 10
NOISE = 50


@pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="None is immortal from CPython 3.12 on: nothing to lose"
)
def test_painter_calls_leave_the_references_to_none_alone(qapp: QApplication) -> None:
    image = QImage(16, 16, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    colour = QColor(1, 2, 3)
    for _ in range(WARM_UP_CALLS):
        painter.setPen(colour)
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        painter.setPen(colour)
    change = sys.getrefcount(None) - before
    painter.end()
    assert abs(change) <= NOISE
