"""What is repainted bit by bit, trade after trade, is the same picture as one painted whole."""

import random

import numpy as np
import pytest
from PySide6.QtGui import QCursor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.market.intervals import seconds
from desktop.paint.candles import BarStyle
from desktop.paint.fonts import register_fonts
from desktop.paint.theme import Theme
from desktop.panels.chart.panel import ChartPanel
from tests.desktop.panels.chart.fake_bars import ETH, desk_with


def pixels(image: QImage) -> np.ndarray:
    """Shape (height, width): RGB of every pixel."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(plain.constBits(), np.uint32).reshape(plain.height(), plain.width()).copy()


@pytest.mark.parametrize("style", ["candles", "line"])
@pytest.mark.parametrize("visible_px", [1_200, 300])
def test_a_picture_of_many_updates_is_that_of_one(qtbot: QtBot, style: BarStyle, visible_px: int) -> None:
    register_fonts()
    QCursor.setPos(-100, -100)
    desk = desk_with(600)
    panel = ChartPanel(Theme(), lambda: None)
    qtbot.addWidget(panel)
    panel.resize(visible_px, 500)
    panel.set_interval(seconds(3))
    panel.set_style(style)
    panel.set_desk(desk)
    panel.show(ETH)
    panel.show()
    hold = desk.bars.holds[-1]
    now_ms = 1_000_000

    def frame() -> None:
        nonlocal now_ms
        now_ms += 16
        panel.prepare_frame(now_ms, int(hold.series.values[2, -1]) // 1_000)
        QApplication.processEvents()

    dice = random.Random(4)
    price = int(hold.series.values[6, -1])
    for number in range(120):
        price += dice.randint(-40, 40)
        if number % 17 == 16:
            hold.begin_bar(price)
        else:
            hold.trade(price)
        frame()
    handle = panel.windowHandle()
    assert handle is not None
    shown = pixels(handle.screen().grabWindow(panel.winId()).toImage())
    whole = pixels(panel.grab().toImage())
    differ = np.argwhere(shown != whole)
    assert not len(differ), f"{len(differ)} pixels, from {differ.min(axis=0)} to {differ.max(axis=0)}"
    panel.let_go()
