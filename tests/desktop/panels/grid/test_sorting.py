"""Sorting as a trader does it: clicks on titles, several keys, and rows that stay under the mouse."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from core.expressions import parse
from core.market.fields import NULL
from core.market.instruments import Instrument, InstrumentKey
from desktop.panels.grid import Col
from desktop.panels.grid.order import SortKey, natural_ranks, next_sort, read_sort, write_sort
from tests.desktop.panels.grid.lists import NOON_US, QuoteList, quote_list

SHIFT = Qt.KeyboardModifier.ShiftModifier
ROW_PX = 20


@pytest.fixture
def quotes():
    return quote_list(nulls=False)


@pytest.fixture
def grid(show_grid, quotes):
    return show_grid(quotes)


def click_title(grid, col, modifiers=Qt.KeyboardModifier.NoModifier):
    header, section = grid.rows.header, grid.rows.model.section(col)
    place = QPoint(header.sectionViewportPosition(section) + header.sectionSize(section) // 2, 10)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, modifiers, place)


def shown(grid, *titles):
    return [tuple(row[title] for title in titles) for row in grid.painted_cells()]


def test_shift_click_sorts_among_what_is_equal_in_the_first_column(grid, quotes):
    for row in range(30):
        quotes.set(row, volume=row % 3 * 10 ** quotes.instruments[row].size_decimals)
    click_title(grid, Col.VENUE)
    click_title(grid, Col.VOLUME, SHIFT)
    assert grid.sort == (SortKey(Col.VENUE), SortKey(Col.VOLUME, True))
    cells = shown(grid, "Venue", "Volume")
    assert cells == sorted(cells, key=lambda pair: (pair[0], -float(pair[1])))
    assert len({venue for venue, _ in cells}) > 1
    click_title(grid, Col.VOLUME, SHIFT)
    cells = shown(grid, "Venue", "Volume")
    assert cells == sorted(cells, key=lambda pair: (pair[0], float(pair[1])))
    click_title(grid, Col.VOLUME, SHIFT)
    assert grid.sort == (SortKey(Col.VENUE),)
    click_title(grid, Col.LAST)
    assert grid.sort == (SortKey(Col.LAST, True),), "without Shift the other columns are let go"


def test_titles_say_by_what_and_in_which_order_rows_are_sorted(grid, qtbot):
    header = grid.rows.header

    def ink(col):
        section = header._columns.section(col)
        left, width = header.sectionViewportPosition(section), header.sectionSize(section)
        image = header.viewport().grab().toImage()
        bright = grid._theme.color("text.primary").lightness() - 40
        return sum(
            image.pixelColor(x, y).lightness() > bright
            for x in range(left, left + width)
            for y in range(4, header.height() - 4)
        )

    quiet = ink(Col.BID)
    click_title(grid, Col.ASK)
    alone = ink(Col.ASK)
    assert ink(Col.BID) == quiet
    click_title(grid, Col.BID, SHIFT)
    assert ink(Col.BID) > quiet
    assert ink(Col.ASK) > alone, "with its number"


def test_ties_stand_as_in_the_list_and_unknown_is_last_either_way(grid, quotes):
    for row in range(30):
        quotes.set(row, last=NULL if row % 5 == 0 else 5 * 10 ** quotes.instruments[row].price_decimals)
    for descending in (True, False):
        grid.set_sort(Col.LAST, descending)
        known = [row for row in range(30) if row % 5]
        assert grid.rows.order.tolist() == [*known, 0, 5, 10, 15, 20, 25]


def test_names_stand_in_natural_order():
    names = ["BTC10", "btc2", "BTC", "ETH1", "BTC2USD", "", "ETH01"]
    ranks = natural_ranks(names)
    assert np.isnan(ranks[5])
    assert [names[index] for index in np.argsort(ranks)[:-1]] == [
        "BTC",
        "btc2",
        "BTC2USD",
        "BTC10",
        "ETH01",
        "ETH1",
    ]


def test_the_column_of_the_current_cell_is_sorted_by_from_the_keyboard(grid, qtbot):
    from desktop.actions import ActionContext
    from desktop.panels.grid.sort_actions import actions

    at = ActionContext(window=None, panel=grid)
    alone, too = actions()
    assert "No cell is current" in alone.refusal(at)
    for _ in range(3):
        QTest.keyClick(grid.rows.canvas, Qt.Key.Key_Right)
    assert alone.refusal(at) == ""
    alone.run(at)
    assert grid.sort == (SortKey(Col.LAST, True),)
    QTest.keyClick(grid.rows.canvas, Qt.Key.Key_Left)
    too.run(at)
    assert grid.sort == (SortKey(Col.LAST, True), SortKey(Col.VENUE))
    too.run(at)
    assert grid.sort == (SortKey(Col.LAST, True), SortKey(Col.VENUE, True))


def test_rows_sort_by_computed_columns(grid, quotes):
    names = grid.row_order.values.names
    grid.set_computed(
        {"width": parse("spread / mid", names), "first": parse('symbol.endswith("7USDT")', names)}
    )
    grid.set_sorts((SortKey("first", True), SortKey("width", True)))
    values = grid.row_order.values.at(NOON_US)
    keys = list(zip(values["first"].tolist(), values["width"].tolist(), strict=True))
    assert [keys[row] for row in grid.rows.order] == sorted(keys, reverse=True)


def test_the_row_under_the_mouse_stays_while_values_change(qtbot, grid, quotes):
    """Real mouse events: the row stays under the pointer until it leaves, then rows are sorted again."""
    grid.set_sort(Col.VOLUME, descending=True)
    canvas = grid.rows.canvas
    QTest.mouseMove(canvas, QPoint(200, 3 * ROW_PX + 5))
    qtbot.waitUntil(lambda: grid.rows.is_hovered)
    under, order = grid.painted_cells()[3]["Symbol"], grid.rows.order.copy()
    for second in range(1, 6):
        quotes.tick(np.arange(30), NOON_US + second * 1_000_000)
        for row in range(30):
            quotes.set(row, volume=int(quotes.dice.integers(1, 10**9)))
        grid.frame(second * 1_000, NOON_US + second * 1_000_000)
        assert grid.painted_cells()[3]["Symbol"] == under
    assert np.array_equal(grid.rows.order, order)
    QTest.mouseMove(grid, QPoint(grid.width() // 2, 5))  # over the titles
    qtbot.waitUntil(lambda: not grid.rows.is_hovered)
    grid.frame(6_000, NOON_US + 6_000_000)
    assert not np.array_equal(grid.rows.order, order)


def test_ages_are_sorted_again_as_values_come(grid, quotes):
    grid.set_sort(Col.AGE)
    last = int(grid.rows.order[-1])
    quotes.set(last, event_us=NOON_US)
    grid.frame(2_000, NOON_US)
    assert int(grid.rows.order[0]) == last


@pytest.mark.parametrize("broken", ["last", [3], [{"descending": True}], [{"col": 4}]])
def test_a_sort_that_is_none_is_refused(broken):
    with pytest.raises(ValueError, match="sort"):
        read_sort(broken, {"last"})


def test_sorts_come_back_from_plain_data_and_from_older_files():
    sort = (SortKey("last", True), SortKey("bid"))
    assert read_sort(write_sort(sort), {"last", "bid"}) == sort
    assert read_sort(write_sort(sort), {"bid"}) == (SortKey("bid"),)
    assert read_sort({"col": "last", "descending": True}, {"last"}) == (SortKey("last", True),)
    assert read_sort(None, {"last"}) == ()


def test_at_most_four_keys_and_none_twice():
    sort = ()
    for col in ("a", "b", "c", "d", "e"):
        sort = next_sort(sort, col, True, add=True)
    assert [key.col for key in sort] == ["a", "b", "c", "d"]
    assert read_sort(write_sort((SortKey("a"), SortKey("a", True))), {"a"}) == (SortKey("a"),)


def test_natural_order_in_a_grid(show_grid):
    quotes = quote_list(4, nulls=False)
    names = ("BTC10", "BTC9", "ABC", "BTC100")
    listed = [Instrument(InstrumentKey("BYBT", name), 2, 2) for name in names]
    grid = show_grid(QuoteList(listed, quotes.table))
    click_title(grid, Col.SYMBOL)
    assert [row["Symbol"] for row in grid.painted_cells()] == ["ABC", "BTC9", "BTC10", "BTC100"]


def test_every_column_sorts_by_what_it_shows(grid):
    """No column is without values of its own."""
    for spec in grid.rows.model.specs:
        if spec.col != Col.NAME:  # which nobody has in this list
            grid.set_sort(spec.col)
            assert np.any(grid.row_order._ranking.keys(spec.col)), spec.col
