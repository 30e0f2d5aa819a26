"""Links on the screen: rows, charts and chips of several windows under real mouse and keys."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from core.market.instruments import InstrumentKey
from desktop.links_chip import LinkChip
from desktop.panels.watchlist.panel import WatchlistPanel
from desktop.workspace.window import DeskWindow
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto

ROW_PX = 20
LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


async def begin(stage: Stage, count: int = 8) -> None:
    """A live market of one exchange, rows in every window, a symbol in every chart."""
    await stage.market(crypto(count, ("BINF",)))
    for number, window in enumerate(stage.app.windows):
        await stage.until(lambda number=number: stage.words(number)[0] == "live")
        for chart in window.contents.charts:
            await stage.until(lambda chart=chart: chart.key is not None, "a symbol to begin with")


def click_row(panel: WatchlistPanel, place: int) -> InstrumentKey:
    """With the mouse, where the row stands."""
    QTest.mouseClick(panel.grid.rows.canvas, LEFT, pos=QPoint(40, place * ROW_PX + 5))
    current = panel.grid.current_instrument()
    assert current is not None
    return current.key


def chip_of(window: DeskWindow, panel: QWidget) -> LinkChip:
    chip = window.contents.docked_of(panel).chip
    assert chip is not None
    return chip


def test_a_clicked_row_is_shown_by_the_linked_chart_of_another_window(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await begin(stage)
        first, second = stage.app.windows
        chart, rows = first.contents.charts[0], second.contents.watchlists[0]
        for place in (3, 5):
            key = click_row(rows, place)
            assert chart.key == key
            current = first.contents.watchlists[0].grid.current_instrument()
            assert current is not None
            assert current.key == key, "the other window's rows show it, too"

    play(scenario, windows=2, layout="desk")
