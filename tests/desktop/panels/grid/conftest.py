"""A grid on an offscreen window, filled and painted once."""

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from desktop.paint.theme import Theme
from desktop.panels.grid import QuoteGrid
from tests.desktop.panels.grid.lists import NOON_US, QuoteList

ShowGrid = Callable[..., QuoteGrid]


@pytest.fixture
def show_grid(qtbot: QtBot) -> ShowGrid:
    """`show_grid(quotes, width, height)`: a shown grid after its first frame at now_ms = 0."""

    def show(
        quotes: QuoteList, width: int = 1260, height: int = 460, theme: Theme | None = None
    ) -> QuoteGrid:
        grid = QuoteGrid(theme or Theme())
        qtbot.addWidget(grid)
        grid.resize(width, height)
        grid.set_layout(quotes.instruments, quotes.table)
        grid.show()
        grid.frame(0, NOON_US)
        qtbot.waitUntil(lambda: not grid.rows.canvas.waiting)
        return grid

    return show
