"""Writing into the paint device, the buffer beside it, and a fresh picture give the same pixels."""

import os
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage

from desktop.paint.theme import Theme
from desktop.panels.grid import Col, QuoteGrid
from tests.desktop.panels.grid.lists import NOON_US, quote_list


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    return flat[:, : image.width()].copy() & 0xFFFFFF


def on_screen(grid: QuoteGrid) -> np.ndarray:
    """What the window's backing store holds after all partial paints."""
    device = grid.window().backingStore().paintDevice()
    assert isinstance(device, QImage)
    return pixels(device)


def grabbed(grid: QuoteGrid, direct: bool) -> np.ndarray:
    canvas = grid.rows.canvas
    canvas.direct = direct
    counted = canvas.direct_frames, canvas.buffered_frames
    found = pixels(grid.grab().toImage())
    frames = canvas.direct_frames - counted[0], canvas.buffered_frames - counted[1]
    assert frames == ((1, 0) if direct else (0, 1))
    canvas.direct = True
    return found


def play(grid: QuoteGrid, quotes, steps: int = 30) -> None:
    dice = np.random.default_rng(3)
    for step in range(steps):
        quotes.tick(np.unique(dice.integers(0, 60, int(dice.integers(1, 30)))), NOON_US + step * 33_000)
        states = dice.random((3, 60)) < 0.03
        if step % 6 == 0:
            grid.set_row_states(*states)
        grid.rows.canvas.hovered.emit(int(dice.integers(-1, 20)))
        if step % 7 == 0:
            grid.rows.selection.press(int(dice.integers(0, 40)), Qt.KeyboardModifier.NoModifier)
        grid.frame(step * 33, NOON_US + step * 33_000)
        grid.rows.canvas.repaint() if step % 3 else grid.repaint(QRect(50, 60, 333, 111))
    from PySide6.QtWidgets import QApplication

    QApplication.processEvents()


def check(grid: QuoteGrid, quotes) -> None:
    play(grid, quotes)
    screen, direct, buffered = on_screen(grid), grabbed(grid, True), grabbed(grid, False)
    assert np.array_equal(direct, buffered)
    assert np.array_equal(screen, direct), np.argwhere(screen != direct)[:5]


@pytest.mark.parametrize("theme", [Theme(), Theme("light", density="compact")])
def test_partial_paints_leave_the_same_pixels_as_a_fresh_one(show_grid, theme):
    quotes = quote_list(60)
    grid = show_grid(quotes, 1100, 437, theme)
    grid.set_sort(Col.BID_SIZE, descending=True)
    check(grid, quotes)


@pytest.mark.slow
@pytest.mark.parametrize("scale", ["1.25", "1.5", "2"])
def test_the_same_on_screens_of_other_scales(scale):
    environment = os.environ | {"QT_SCALE_FACTOR": scale, "QT_SCALE_FACTOR_ROUNDING_POLICY": "PassThrough"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.desktop.panels.grid.scaled"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert f"ratio {float(scale)}" in done.stdout


def test_a_symbol_too_long_for_its_cell_is_elided(show_grid):
    from desktop.paint.cells import cell_bitmaps

    cells = cell_bitmaps(Theme(), 1.0)
    assert cells.elides("A_SYMBOL_FAR_TOO_LONG_FOR_IT", "strong", 112)
    assert not cells.elides("BTCUSDT", "strong", 112)
    assert cells.text("千问USDT", "strong", 0, 0, 112).shape == (20, 112)
