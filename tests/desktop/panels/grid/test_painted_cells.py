"""Cells on the screen are those of the table, whatever was scrolled, sorted or ticked before."""

import numpy as np
import pytest

from core.market.fields import NULL, Field
from desktop.paint.theme import DENSITIES, Theme
from desktop.panels.grid import Col, PanelKind, PanelState, QuoteGrid
from desktop.panels.grid.catalogue import built_ins
from tests.desktop.panels.grid.lists import NOON_US, QuoteList, quote_list


def assert_cells_are_true(grid: QuoteGrid, quotes: QuoteList) -> None:
    cells, rows = grid.painted_cells(), grid.rows.picture.visible
    assert len(cells) == len(rows)
    for painted, row in zip(cells, rows.tolist(), strict=True):
        truth = {built_ins()[col].title: text for col, text in quotes.truth(row).items()}
        assert {title: painted[title] for title in truth} == truth


@pytest.mark.parametrize("density", DENSITIES)
def test_first_frame(show_grid, density):
    quotes = quote_list()
    grid = show_grid(quotes, theme=Theme("light", density=density))
    assert len(grid.painted_cells()) >= 15
    assert_cells_are_true(grid, quotes)


def test_cells_stay_true_through_ticks_scrolling_sorting_filtering_and_resizing(show_grid):
    quotes = quote_list(60)
    grid = show_grid(quotes)
    for step in range(40):
        quotes.tick(np.unique(quotes.dice.integers(0, 60, 20)), NOON_US + step * 33_000)
        match step % 8:
            case 2:
                grid.rows.scrolling.vertical.setValue(int(quotes.dice.integers(0, 60)))
            case 3:
                grid.set_sort(list(Col)[int(quotes.dice.integers(0, 15))], bool(step % 2))
            case 4:
                grid.resize(int(quotes.dice.integers(300, 1400)), int(quotes.dice.integers(120, 700)))
            case 5:
                grid.set_filter("1" if step % 3 else "")
            case 6:
                grid.rows.scrolling.horizontal.setValue(int(quotes.dice.integers(0, 100)))
        grid.frame(step * 33, NOON_US + step * 33_000)
        grid.rows.canvas.repaint()
        assert_cells_are_true(grid, quotes)


def test_rows_out_of_sight_are_right_when_they_come_into_view(show_grid):
    quotes = quote_list(60, nulls=False)
    grid = show_grid(quotes)
    quotes.set(55, last=123, bid=122)
    grid.frame(33, NOON_US)
    grid.rows.scrolling.vertical.setValue(60)
    assert_cells_are_true(grid, quotes)
    assert all("Last" not in row["grounds"] for row in grid.painted_states())


def test_a_value_that_does_not_fit_widens_its_column_and_is_never_cut(show_grid):
    quotes = quote_list(nulls=False)
    grid = show_grid(quotes)
    before = {col: grid.rows.columns.place(col).width for col in (Col.ASK, Col.BID, Col.VOLUME)}
    quotes.set(2, ask=9_999_999_997 * 10 ** quotes.instruments[2].price_decimals)
    quotes.set(3, volume=8 * 10**18)
    quotes.set(4, bid=-25)
    grid.frame(33, NOON_US)
    assert_cells_are_true(grid, quotes)
    after = {col: grid.rows.columns.place(col).width for col in before}
    assert after[Col.ASK] > before[Col.ASK]
    assert after[Col.VOLUME] >= before[Col.VOLUME]
    quotes.set(2, ask=5)
    grid.frame(66, NOON_US)
    assert grid.rows.columns.place(Col.ASK).width == after[Col.ASK], "the point moves once, not back"


def test_points_of_a_column_stand_on_one_unit(show_grid):
    quotes = quote_list(nulls=False)
    grid = show_grid(quotes)
    layout, picture = grid.rows.columns.layout, grid.rows.picture
    from desktop.paint.glyphs import UNIT_COUNT, UNIT_OF

    for col in (Col.LAST, Col.CHANGE, Col.PERCENT, Col.BID_SIZE):
        place = layout.places[layout.of_col[col]]
        units = picture.index[:, place.x : place.end] % UNIT_COUNT
        assert len({int(at) for at in np.nonzero(units == UNIT_OF["."])[1]}) == 1


def test_null_is_empty_and_unknown_is_a_dash(show_grid):
    quotes = quote_list(5, nulls=False)
    quotes.table.values[:] = NULL
    quotes.table.touch(np.arange(5))
    grid = show_grid(quotes)
    assert {row["Last"] for row in grid.painted_cells()} == {""}
    grid.set_panel_state(PanelState(PanelKind.LOADING, "Waiting for prices", "0.3 s"))
    grid.frame(33, NOON_US)
    cells = grid.painted_cells()
    assert {row["Last"] for row in cells} == {row["Age"] for row in cells} == {"–"}
    assert [row["Symbol"] for row in cells] == [i.key.symbol for i in quotes.instruments]
    quotes.set(1, last=1234)
    grid.set_panel_state(PanelState())
    grid.frame(66, NOON_US)
    assert [row["Last"] != "" for row in grid.painted_cells()] == [False, True, False, False, False]


def test_ages_run_without_messages(show_grid):
    quotes = quote_list(5, nulls=False)
    quotes.table.values[Field.EVENT_US] = NOON_US
    quotes.table.touch(np.arange(5))
    grid = show_grid(quotes)
    assert {row["Age"] for row in grid.painted_cells()} == {"0.0s"}
    assert grid.frame(1_000, NOON_US + 4_200_000)
    assert {row["Age"] for row in grid.painted_cells()} == {"4.2s"}
    assert not grid.frame(1_100, NOON_US + 4_250_000), "nothing to paint within the same age step"


def test_hidden_grids_only_accumulate(qtbot, show_grid):
    quotes = quote_list(nulls=False)
    grid = show_grid(quotes)
    grid.hide()
    quotes.tick(np.arange(10))
    assert not grid.frame(33, NOON_US)
    grid.show()
    assert grid.frame(66, NOON_US)
    qtbot.waitUntil(lambda: not grid.rows.canvas.waiting)
    assert_cells_are_true(grid, quotes)
    assert all("Last" not in row["grounds"] for row in grid.painted_states()), "no flash for what was missed"
