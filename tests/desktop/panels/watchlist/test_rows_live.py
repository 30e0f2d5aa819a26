"""Sorting, filtering and typing in a desk on a live market, by mouse and keys alone."""

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.panels.grid import Col
from desktop.panels.grid.row_order import RANK_EVERY_MS
from tests.desktop.conftest import Play, Stage
from tests.desktop.hand import move
from tests.desktop.market import quote

ROW_PX = 20


def title_place(grid, col):
    header, section = grid.rows.header, grid.rows.model.section(col)
    return header.viewport(), QPoint(
        header.sectionViewportPosition(section) + header.sectionSize(section) // 2, 10
    )


def test_the_row_under_the_mouse_stays_while_the_market_moves_and_sorts_again_when_it_leaves(
    play: Play,
) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market()
        await stage.until(lambda: stage.words()[0] == "live")
        grid = stage.app.windows[0].panels[0].grid
        keys = [instrument.key for instrument in grid.rows.instruments]
        viewport, place = title_place(grid, Col.LAST)
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place)
        move(grid.rows.canvas, QPointF(150, 3 * ROW_PX + 5))
        await stage.until(lambda: grid.rows.is_hovered)
        under, order = stage.cells()[3]["Symbol"], grid.rows.order.copy()
        dice, begin_ms = np.random.default_rng(1), grid._now_ms

        async def until_ms(after_ms: int, done) -> None:
            """The market moves with every look, until `done`."""

            def moved() -> bool:
                for key in keys:
                    last = int(dice.integers(5_000, 15_000))
                    market.set_values(key, quote(last - 1, last + 1, last))
                market.send(*keys)
                return grid._now_ms > after_ms and done()

            await stage.until(moved)

        await until_ms(begin_ms + 2 * RANK_EVERY_MS, lambda: True)
        assert stage.cells()[3]["Symbol"] == under
        assert np.array_equal(grid.rows.order, order)
        QApplication.sendEvent(grid.rows.canvas, QEvent(QEvent.Type.Leave))
        await until_ms(0, lambda: not np.array_equal(grid.rows.order, order))

    play(scenario)


def test_a_filter_typed_into_the_title_bar_comes_back_with_the_panel(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market()
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        panel = window.panels[0]
        window.activateWindow()
        window.focus_filter()
        box = window.docked[0].tools._grid_tools.filter_box
        await stage.until(box.hasFocus)
        QTest.keyClicks(box, "la")
        QTest.keyClick(box, Qt.Key.Key_Tab)
        QTest.keyClicks(box, " > 200")
        await stage.until(lambda: panel.grid.row_counts()[0] == 0)
        key = panel.grid.rows.instruments[4].key
        market.set_values(key, quote(29_999, 30_001, 30_000))
        market.send(key)
        await stage.until(lambda: panel.grid.row_counts()[0] == 1, "the row whose last price is 300 now")
        assert [row["Symbol"] for row in stage.cells()] == [key.symbol]
        saved = panel.saved()
        panel.grid.set_filter("")
        panel.restore(saved)
        assert box.text() == "last > 200"
        await stage.until(lambda: [row["Symbol"] for row in stage.cells()] == [key.symbol])

    play(scenario)
