"""The grid and the chart look as approved, in dark and light. See pictures.py for how to approve."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.paint.stylesheet import dress
from desktop.paint.theme import THEMES, Theme, ThemeName
from desktop.panels.grid import Col, QuoteGrid
from tests.desktop.panels.chart.chart_stage import make_chart
from tests.desktop.panels.grid.lists import NOON_US, quote_list
from tests.golden.palette_picture import palette_picture
from tests.golden.pictures import APPROVE, assert_picture

GRID_PX = (1400, 460)
CHART_PX = (760, 520)


@pytest.mark.parametrize("name", THEMES)
def test_the_grid(qtbot: QtBot, qapp: QApplication, tmp_path: Path, name: ThemeName) -> None:
    dress(qapp, Theme(name))
    quotes = quote_list(40)
    grid = QuoteGrid(Theme(name))
    qtbot.addWidget(grid)
    grid.resize(*GRID_PX)
    grid.set_layout(quotes.instruments, quotes.table)
    grid.set_sort(Col.VOLUME, descending=True)
    walks = np.random.default_rng(2).integers(-3, 4, (40, 50)).cumsum(axis=1) + 10_000.0
    grid.load_trend(walks)
    grid.show()
    grid.frame(0, NOON_US)
    masks = np.zeros((3, 40), np.bool_)
    for mask, row in zip(masks, (16, 30, 8), strict=True):
        mask[row] = True
    grid.set_row_states(*masks)
    grid.rows.selection.move_to(4, extend=False)
    grid.frame(33, NOON_US + 33_000)
    quotes.tick(np.arange(0, 40, 3), NOON_US + 66_000)
    grid.frame(66, NOON_US + 66_000)
    assert_picture(f"grid-{name}", grid.grab().toImage(), tmp_path)


@pytest.mark.parametrize("name", THEMES)
def test_the_chart(qtbot: QtBot, tmp_path: Path, name: ThemeName) -> None:
    chart = make_chart(
        qtbot, theme=Theme(name), size=CHART_PX, indicators=("ema 21", "vwap", "bb 20 2", "rsi 14")
    )
    assert_picture(f"chart-{name}", chart.panel.grab().toImage(), tmp_path)


@pytest.mark.parametrize("name", THEMES)
def test_the_palette(qtbot: QtBot, qapp: QApplication, tmp_path: Path, name: ThemeName) -> None:
    dress(qapp, Theme(name))
    assert_picture(f"palette-{name}", palette_picture(qtbot, Theme(name)), tmp_path)


def test_a_picture_that_differs_fails_and_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check itself: one row of text moved by a pixel is seen."""
    monkeypatch.delenv(APPROVE, raising=False)
    truth = QImage(str(Path(__file__).parent / "approved" / "grid-dark.png"))
    assert_picture("grid-dark", truth, tmp_path)
    moved = truth.copy()
    for x in range(truth.width() - 1):
        for y in range(60, 80):
            moved.setPixel(x + 1, y, truth.pixel(x, y))
    with pytest.raises(AssertionError, match="pixels differ"):
        assert_picture("grid-dark", moved, tmp_path)
    assert (tmp_path / "grid-dark-found.png").exists()
