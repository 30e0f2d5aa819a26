"""What lights up, for how long, and what never does; what a row that is not live looks like."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint

from core.market.fields import Field, TradingState
from desktop.paint.theme import Theme
from desktop.panels.grid import Col, PanelKind, PanelState, QuoteGrid
from desktop.panels.grid.states import LIVE
from tests.desktop.panels.grid.lists import NOON_US, quote_list

NO = np.zeros(30, np.bool_)


def flashes(grid: QuoteGrid, row: int) -> dict[str, str]:
    grounds = grid.painted_states()[row]["grounds"]
    return {title: name for title, name in grounds.items() if name.startswith("flash")}


def only(row: int) -> np.ndarray:
    mask = NO.copy()
    mask[row] = True
    return mask


@pytest.fixture
def quotes():
    return quote_list(nulls=False)


@pytest.fixture
def grid(show_grid, quotes):
    grid = show_grid(quotes)
    assert not any(flashes(grid, row) for row in range(10)), "nothing flashes on the first prices"
    return grid


def test_prices_flash_by_direction_and_sizes_neutrally_for_300_ms(grid, quotes):
    last, ask, size = (int(quotes.table.values[f, 2]) for f in (0, 4, 3))
    quotes.set(2, last=last + 1, ask=ask - 1, bid_size=size + 5)
    grid.frame(1_000, NOON_US)
    assert flashes(grid, 2) == {"Last": "flash_up", "Ask": "flash_down", "Bid size": "flash_neutral"}
    assert grid.next_flash_deadline_ms() == 1_300
    grid.frame(1_299, NOON_US)
    assert flashes(grid, 2)
    grid.frame(1_300, NOON_US)
    assert not flashes(grid, 2)
    assert grid.next_flash_deadline_ms() is None


def test_snapshots_and_seeks_do_not_flash(grid, quotes):
    quotes.tick(np.arange(30))
    grid.skip_flash()
    grid.frame(1_000, NOON_US)
    assert not any(flashes(grid, row) for row in range(10))
    quotes.tick(np.arange(30))
    grid.frame(1_033, NOON_US - 60_000_000)
    assert not any(flashes(grid, row) for row in range(10))
    quotes.tick(np.arange(30))
    grid.frame(1_066, NOON_US - 59_967_000)
    assert flashes(grid, 0)


def test_a_new_change_restarts_the_flash(grid, quotes):
    last = int(quotes.table.values[0, 2])
    quotes.set(2, last=last + 1)
    grid.frame(1_000, NOON_US)
    quotes.set(2, last=last)
    grid.frame(1_200, NOON_US)
    assert flashes(grid, 2) == {"Last": "flash_down"}
    grid.frame(1_400, NOON_US)
    assert flashes(grid, 2)
    grid.frame(1_500, NOON_US)
    assert not flashes(grid, 2)


@pytest.mark.parametrize("state", ["stale", "halted"])
def test_rows_that_are_not_live_have_no_flash_and_no_heat(grid, quotes, state):
    flags = {"stale": NO, "late": NO, "halted": NO, state: only(2)}
    quotes.set(2, reference=1)
    grid.frame(900, NOON_US)
    assert grid.painted_states()[2]["grounds"]["Chg %"].startswith("heat")
    grid.set_row_states(**flags)
    quotes.tick(np.array([2, 3]))
    grid.frame(1_000, NOON_US)
    row = grid.painted_states()[2]
    assert (row["state"], row["dim"], row["grounds"]) == (state, True, {})
    assert flashes(grid, 3)
    grid.set_row_states(NO, NO, NO)
    quotes.tick(np.array([2]))
    grid.frame(1_033, NOON_US)
    assert not flashes(grid, 2), "coming back is not a change"
    quotes.tick(np.array([2]))
    grid.frame(1_066, NOON_US)
    assert flashes(grid, 2)


def test_a_change_in_the_same_frame_as_another_rows_state_still_flashes(grid, quotes):
    quotes.tick(np.array([4]))
    grid.set_row_states(NO, only(2), NO)
    grid.frame(1_000, NOON_US)
    assert flashes(grid, 4)
    assert grid.painted_states()[2]["tag"] == "LATE"


def test_tags_say_late_halt_and_the_age_of_stale_rows(grid, quotes):
    quotes.table.values[11, 5] = NOON_US - 47_000_000
    quotes.table.touch(np.array([5]))
    grid.set_row_states(only(5), only(6), only(7))
    grid.frame(1_000, NOON_US)
    states = grid.painted_states()
    assert [states[row]["tag"] for row in (4, 5, 6, 7)] == ["", "47s", "LATE", "HALT"]
    assert [states[row]["dim"] for row in (5, 6, 7)] == [True, False, True]
    assert grid.painted_cells()[5]["Age"] == "47s"
    grid.frame(2_000, NOON_US + 13_000_000)
    assert grid.painted_states()[5]["tag"] == "1m"


def test_a_halt_told_by_the_table_shows_by_itself(grid, quotes):
    quotes.set(1, trading_state=TradingState.HALTED)
    grid.frame(1_000, NOON_US)
    assert grid.painted_states()[1]["tag"] == "HALT"
    quotes.set(1, trading_state=TradingState.TRADING)
    grid.frame(1_033, NOON_US)
    assert grid.painted_states()[1]["tag"] == ""


def test_disconnected_keeps_every_value_dims_all_rows_and_lets_ages_run(grid, quotes):
    before = [row["Last"] for row in grid.painted_cells()]
    grid.set_panel_state(PanelState(PanelKind.DISCONNECTED, "Disconnected 12 s", "try 4 in 3 s"))
    grid.frame(1_000, NOON_US + 60_000_000)
    states = grid.painted_states()
    cells = grid.painted_cells()
    assert all(row["dim"] and not row["tag"] for row in states)
    assert [row["Last"] for row in cells] == before[: len(cells)]
    assert {row["Age"] for row in cells} == {"1m"}


def test_no_age_is_told_before_the_clock_is_known_and_all_are_with_the_first_frame_after(qtbot, quotes):
    quotes.table.values[Field.EVENT_US, :] = NOON_US - 2_000_000
    quotes.table.touch(np.arange(quotes.table.row_count))
    grid = QuoteGrid(Theme())
    qtbot.addWidget(grid)
    grid.resize(1260, 460)
    grid.set_layout(quotes.instruments, quotes.table)
    grid.show()
    grid.frame(0, 0)
    qtbot.waitUntil(lambda: not grid.rows.canvas.waiting)
    assert {row["Age"] for row in grid.painted_cells()} == {""}
    grid.frame(16, NOON_US)
    assert {row["Age"] for row in grid.painted_cells()} == {"2.0s"}


def test_a_stale_panel_marks_every_row_when_no_row_is_named(grid):
    grid.set_panel_state(PanelState(PanelKind.STALE, "No update for 4.2 s", "asking again"))
    grid.frame(1_000, NOON_US + 4_200_000)
    assert {row["state"] for row in grid.painted_states()} == {"stale"}


def test_heat_takes_its_step_at_the_documented_percents(grid, quotes):
    for row, last in enumerate((10_024, 10_025, 10_125, 10_300, 9_975, 9_874, 9_700)):
        quotes.set(row, last=last, reference=10_000)
    grid.frame(1_000, NOON_US)
    heat = [grid.painted_states()[row]["grounds"].get("Chg %", "none") for row in range(7)]
    assert heat == ["none", "heat_4", "heat_5", "heat_6", "heat_2", "heat_1", "heat_0"]


def test_sorting_and_scrolling_do_not_light_anything(grid, quotes):
    quotes.tick(np.arange(30))
    grid.set_sort(Col.LAST)
    grid.rows.scrolling.vertical.setValue(8)
    grid.frame(1_000, NOON_US)
    assert not any(flashes(grid, row) for row in range(10))


def test_the_empty_page_offers_the_next_step_and_a_filter_without_hits_its_way_back(qtbot, grid):
    grid.set_panel_state(PanelState(PanelKind.EMPTY, title="Empty", actions=("Add symbols", "Import a list")))
    asked: list[str] = []
    grid.action_requested.connect(asked.append)
    from PySide6.QtWidgets import QPushButton

    buttons = {b.text(): b for b in grid.findChildren(QPushButton) if b.isVisible()}
    assert set(buttons) == {"Add symbols", "Import a list"}
    buttons["Add symbols"].click()
    assert asked == ["Add symbols"]
    grid.set_panel_state(PanelState())
    grid.set_filter("no such thing")
    qtbot.waitUntil(
        lambda: "Clear filter" in {b.text() for b in grid.findChildren(QPushButton) if b.isVisible()}
    )
    next(b for b in grid.findChildren(QPushButton) if b.text() == "Clear filter").click()
    assert grid.row_counts() == (30, 30)
    grid.frame(1_000, NOON_US)
    assert len(grid.painted_cells()) > 10


def test_a_banner_that_comes_or_goes_moves_no_row_under_the_mouse(grid):
    def top():
        return grid.rows.canvas.mapTo(grid, QPoint()).y()

    before = top()
    grid.rows.canvas.hovered.emit(2)
    grid.set_panel_state(PanelState(PanelKind.LATE, "BYBT late by 2.4 s", "5 rows"))
    grid.frame(500, NOON_US)
    assert top() == before
    banner = grid._banner.geometry()
    assert grid._banner.isVisible()
    assert banner.bottom() < before, "the words are there at once, over the titles"
    grid.frame(3_100, NOON_US)
    assert top() == before + 24, "a resting mouse does not keep the titles away for good"
    grid.set_panel_state(LIVE)
    grid.frame(3_200, NOON_US)
    assert top() == before + 24
    grid.rows.canvas.hovered.emit(-1)
    grid.frame(3_300, NOON_US)
    assert top() == before
