"""Rows of one's own lists are dragged within a list, to others and between windows."""

import pytest
from PySide6.QtCore import QMimeData, QPoint
from PySide6.QtGui import (
    QDrag,
)
from PySide6.QtTest import QTest

from desktop.panels.watchlist.mime import MIME, Carried, carried_mime, read_carried
from tests.desktop.conftest import Play, Stage
from tests.desktop.hand import move
from tests.desktop.panels.watchlist.own_lists import (
    LEFT,
    NO_KEYS,
    SHIFT,
    at_row,
    dropped,
    key,
    keys_of,
    live,
    panel,
    symbols,
    with_list,
)


def test_a_press_on_a_selected_row_drags_all_selected_rows(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        made = await with_list(stage, 1, 2, 3, 4)
        shown = panel(stage)
        started: list[Carried | None] = []
        shown.dragging.run = lambda drag: started.append(read_carried(QDrag.mimeData(drag)))
        canvas = shown.grid.rows.canvas
        row_px = at_row(shown, 1).y() - at_row(shown, 0).y()
        QTest.mouseClick(canvas, LEFT, NO_KEYS, QPoint(20, 5))
        QTest.mouseClick(canvas, LEFT, SHIFT, QPoint(20, 5 + 2 * row_px))
        assert shown.selected_keys() == [key(1), key(2), key(3)]
        QTest.mousePress(canvas, LEFT, NO_KEYS, QPoint(20, 5 + row_px))
        assert shown.selected_keys() == [key(1), key(2), key(3)], "the selection waits for the release"
        move(canvas, QPoint(20, 8 + row_px), LEFT)
        move(canvas, QPoint(60, 5 + 3 * row_px), LEFT)
        assert started == [Carried((key(1), key(2), key(3)), made)]
        QTest.mousePress(canvas, LEFT, NO_KEYS, QPoint(20, 5 + row_px))
        QTest.mouseRelease(canvas, LEFT, NO_KEYS, QPoint(20, 5 + row_px))
        assert shown.selected_keys() == [key(2)], "a click selects one of them"

    play(scenario)


def test_rows_are_dragged_within_their_list_and_not_while_it_is_sorted(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        made = await with_list(stage, 1, 2, 3, 4)
        shown = panel(stage)
        mime = carried_mime(Carried((key(4),), made))
        assert dropped(shown, mime, at_row(shown, 1))
        await stage.until(lambda: symbols(stage) == ["S001USDT", "S004USDT", "S002USDT", "S003USDT"])
        assert stage.words()[0] == "live", "the same prices in another order"
        shown.grid.set_sort("symbol")
        assert not dropped(shown, mime, at_row(shown, 0))
        assert shown.drops.mark.verdict.reason == "The rows are sorted: end the sorting to move them by hand"
        assert keys_of(stage, made) == [key(1), key(4), key(2), key(3)]

    play(scenario)


def test_rows_go_to_the_list_of_another_window_copied_or_with_shift_moved(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        source = await with_list(stage, 1, 2, 3)
        target = await with_list(stage, 8, 9, name="Others", window=1)
        there = panel(stage, 1)
        assert dropped(there, carried_mime(Carried((key(1),), source)), at_row(there, 1))
        assert keys_of(stage, target) == [key(8), key(1), key(9)]
        assert keys_of(stage, source) == [key(1), key(2), key(3)]
        assert dropped(there, carried_mime(Carried((key(2),), source)), QPoint(50, 300), SHIFT)
        assert keys_of(stage, target) == [key(8), key(1), key(9), key(2)]
        assert keys_of(stage, source) == [key(1), key(3)]
        await stage.until(lambda: symbols(stage) == ["S001USDT", "S003USDT"], "both windows show it")
        await stage.until(lambda: len(symbols(stage, 1)) == 4)

    play(scenario, windows=2)


def test_a_built_in_list_takes_no_rows_and_says_why(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        shown = panel(stage)
        assert not dropped(shown, carried_mime(Carried((key(1),))), at_row(shown, 0))
        assert shown.drops.mark.verdict.reason == "“All” is built in: drop on a list of your own"
        assert not dropped(shown, QMimeData(), QPoint(5, 5))

    play(scenario)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"keys": 3, "list": ""}', b'{"keys": ["x"], "list": ""}']
)
def test_what_another_program_calls_ours_is_read_or_left(data: bytes) -> None:
    mime = QMimeData()
    mime.setData(MIME, data)
    assert read_carried(mime) is None


# ---- taking out ----------------------------------------------------------------------------------
