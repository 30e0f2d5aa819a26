"""Filters of a grid: words and expressions, what stays while one is wrong, what comes back from a file."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from core.expressions import ExpressionError, parse
from core.market.fields import NULL, Field
from core.market.instruments import Instrument, InstrumentKey
from core.state.versioned_file import StateError
from desktop.panels.grid import Col, PanelKind
from desktop.panels.grid.filtering import is_expression, read_filter
from desktop.panels.grid.order import SortKey
from desktop.panels.grid.states import PanelState
from desktop.panels.grid.values import QUOTE_NAMES
from tests.desktop.hand import move
from tests.desktop.panels.grid.lists import NOON_US, quote_list

ROW_PX = 20


@pytest.fixture
def quotes():
    return quote_list(nulls=False)


@pytest.fixture
def grid(show_grid, quotes):
    return show_grid(quotes)


def texts(page):
    return [label.text() for label in page.findChildren(QLabel) if label.text()]


def buttons(grid):
    return {button.text(): button for button in grid._page.findChildren(QPushButton) if button.isVisible()}


@pytest.mark.parametrize(
    "text", ["spread < 5", "=halted", "= not halted", "not halted", "isnull(last)", "halted"]
)
def test_what_compares_is_an_expression(text):
    assert read_filter(text, QUOTE_NAMES).expression is not None


@pytest.mark.parametrize("text", ["btc", "btc usd", "BTC-USD", "last", "EURUSD=X", "bid ask", ""])
def test_everything_else_are_words(text):
    found = read_filter(text, QUOTE_NAMES)
    assert found.expression is None
    assert found.words == tuple(text.casefold().split())


def test_places_of_errors_are_those_of_the_whole_text():
    text = " = spred < 5"
    assert is_expression(text)
    with pytest.raises(ExpressionError) as caught:
        read_filter(text, QUOTE_NAMES)
    assert text[caught.value.position : caught.value.end] == "spred"


def test_an_expression_keeps_the_rows_that_fulfil_it(grid, quotes):
    values = grid.row_order.values.at(NOON_US)
    grid.set_filter('change_pct > 0 and venue == "krkn"')
    expected = [
        row
        for row in range(30)
        if values["change_pct"][row] > 0 and quotes.instruments[row].key.exchange == "KRAKEN"
    ]
    assert 0 < len(expected) < 30
    assert grid.rows.order.tolist() == expected


def test_what_is_unknown_passes_no_comparison(grid, quotes):
    quotes.set(4, last=NULL)
    for text in ("last > 0", "last <= 0", "last != 5"):
        grid.set_filter(text)
        assert 4 not in grid.rows.order
    grid.set_filter("isnull(last)")
    assert grid.rows.order.tolist() == [4]


def test_rows_come_and_go_with_their_values_once_a_second(grid, quotes):
    for row in range(30):
        quotes.set(row, bid_size=0)
    grid.set_filter("bid_size > 0")
    assert grid.row_counts() == (0, 30)
    assert "No row matches “bid_size > 0”" in texts(grid._page)
    grid.frame(10_000, NOON_US)
    quotes.set(7, bid_size=10**9)
    grid.frame(10_500, NOON_US)
    assert grid.row_counts() == (0, 30)
    grid.frame(11_000, NOON_US)
    assert grid.rows.order.tolist() == [7]
    assert not grid._page.isVisible()


def test_a_row_under_the_mouse_stays_although_it_passes_no_longer(qtbot, grid, quotes):
    for row in range(30):
        quotes.set(row, bid_size=10**9)
    grid.set_filter("bid_size > 0")
    QTest.mouseMove(grid.rows.canvas, QPoint(200, 3 * ROW_PX + 5))
    qtbot.waitUntil(lambda: grid.rows.is_hovered)
    for second in range(1, 5):
        quotes.set(second, bid_size=0)
        grid.frame(second * 1_000, NOON_US)
        assert grid.row_counts() == (30, 30)
    QTest.mouseMove(grid, QPoint(300, 4))
    qtbot.waitUntil(lambda: not grid.rows.is_hovered)
    grid.frame(6_000, NOON_US)
    assert grid.row_counts() == (26, 30)


def test_ages_are_looked_at_again_without_any_change(grid, quotes):
    quotes.set(3, event_us=NOON_US)
    grid.set_filter("age_s < 0.5")
    assert 3 in grid.rows.order
    grid.frame(5_000, NOON_US + 60_000_000)
    assert not len(grid.rows.order)


def test_while_a_filter_is_wrong_the_last_good_one_stays(grid):
    grid.set_filter("change > 0")
    good = grid.rows.order.tolist()
    for text in ("change > 0 an", "change > 0 and", "change > 0 and spred <", "change > 0 and spred < 5"):
        grid.set_filter(text)
        assert grid.rows.order.tolist() == good
        assert grid.row_order.error is not None
        assert grid.panel_state.kind is PanelKind.LIVE
    assert grid.saved()["filter"] == "change > 0", "half an expression is not worth keeping"
    grid.set_filter("change < 0")
    assert grid.row_order.error is None
    assert set(grid.rows.order.tolist()).isdisjoint(good)


def test_typing_an_expression_key_by_key_never_empties_the_grid(grid):
    text = "spread_bps >= 0"
    for length in range(1, len(text) + 1):
        grid.set_filter(text[:length])
        assert len(grid.rows.order) == 30, text[:length]
    assert grid.row_order.error is None


def test_a_cleared_filter_does_not_come_back_while_another_is_typed(grid):
    grid.set_filter("change > 0")
    for text in ("", "s", "sp", "spread", "spread <"):
        grid.set_filter(text)
        assert grid.row_counts() == (30, 30), text
    grid.set_filter("change > 0")
    fewer = grid.row_counts()
    grid.set_filter("spread <")
    assert grid.row_counts() == fewer, "typed over it, it stands until the new one does"


def test_a_word_that_only_begins_a_column_says_how_to_go_on(grid):
    grid.set_filter("spread")
    assert grid.row_order.error.incomplete
    assert grid.row_order.error.reason == "no row holds it. To compare a column go on as in “spread > 0”."
    grid.set_filter("nothing of the kind")
    assert grid.row_counts() == (0, 30)


def test_everything_of_the_grid_comes_back(grid, show_grid, quotes):
    grid.rows.columns.set_shown(Col.HIGH, False)
    grid.set_sorts((SortKey(Col.VENUE), SortKey(Col.LAST, True)))
    grid.set_filter("spread_ticks > 3")
    other = show_grid(quotes)
    other.restore(grid.saved())
    assert other.saved() == grid.saved()
    assert other.painted_cells() == grid.painted_cells()
    assert other.filter_words == "spread_ticks > 3"


@pytest.mark.parametrize(
    ("saved", "names"),
    [({"filter": 5}, "filter"), ({"columns": 5}, "columns"), ({"columns": {"version": 99}}, "version"),
     ({"columns": {"version": 2, "columns": [], "sort": "x"}}, "sort")],
)  # fmt: skip
def test_what_is_no_state_is_refused_and_changes_nothing(grid, saved, names):
    grid.set_filter("change > 0")
    before = grid.saved()
    with pytest.raises(StateError, match=names):
        grid.restore(saved)
    assert grid.saved() == before


def test_a_filter_from_a_file_that_cannot_be_used_says_so_in_the_place_of_the_rows(grid):
    grid.restore({"filter": "spred < 5"})
    assert grid.panel_state.kind is PanelKind.ERROR
    assert grid.panel_state.words == "Filter failed"
    assert texts(grid._page) == [
        "The filter cannot be used",
        "“spred < 5”: there is no column “spred”. Did you mean “spread”?",
    ]
    assert grid.saved()["filter"] == "spred < 5", "it is not lost by looking at it"
    asked = []
    grid.filter_edit_asked.connect(lambda: asked.append(True))
    QTest.mouseClick(buttons(grid)["Edit filter"], Qt.MouseButton.LeftButton)
    assert asked
    grid.set_panel_state(PanelState(PanelKind.STALE, "No update for 4.2 s"))
    assert grid.panel_state.kind is PanelKind.ERROR, "until it is mended"
    QTest.mouseClick(buttons(grid)["Clear filter"], Qt.MouseButton.LeftButton)
    assert grid.panel_state.kind is PanelKind.STALE
    assert grid.row_counts() == (30, 30)
    assert grid.rows.isVisible()


def test_mending_an_unusable_filter_brings_the_rows_back(grid):
    grid.restore({"filter": "spred >= 0"})
    grid.set_filter("sprea >= 0")
    assert "“sprea >= 0”" in texts(grid._page)[1]
    grid.set_filter("spread >= 0")
    assert grid.panel_state.kind is PanelKind.LIVE
    assert grid.row_counts() == (30, 30)


def test_computed_columns_can_be_filtered_by_until_they_are_gone(grid):
    names = grid.row_order.values.names
    grid.set_computed({"width": parse("spread_ticks", names)})
    grid.set_filter("width > 3")
    values = grid.row_order.values.at(NOON_US)
    assert grid.rows.order.tolist() == np.flatnonzero(values["spread_ticks"] > 3).tolist()
    grid.set_computed({})
    assert grid.panel_state.kind is PanelKind.ERROR
    assert "there is no column “width”" in grid.panel_state.sentence


def test_words_look_into_names_too(show_grid):
    from dataclasses import replace

    quotes = quote_list(6, nulls=False)
    quotes.instruments[2] = replace(quotes.instruments[2], name="Wrapped Bitcoin")
    grid = show_grid(quotes)
    grid.set_filter("bitcoin wrap")
    assert grid.rows.order.tolist() == [2]


def test_nothing_of_the_list_before_stays_when_no_row_of_the_new_one_matches(show_grid) -> None:
    first, second = quote_list(5, nulls=False), quote_list(5, seed=2, nulls=False)
    second.instruments = [
        Instrument(InstrumentKey("XCME", f"OTHER{row}"), 2, 0) for row in range(len(second.instruments))
    ]
    grid = show_grid(first)
    grid.set_filter("SYM001")
    assert [row["Symbol"] for row in grid.painted_cells()] == ["SYM001USDT"]
    grid.set_layout(second.instruments, second.table)
    assert not grid.rows.isVisible(), "the page says that no row matches"
    assert grid.painted_cells() == []


def test_without_a_clock_no_row_passes_for_fresh(show_grid) -> None:
    grid = show_grid(quote_list(nulls=False))
    grid.frame(1_000, 0)
    grid.set_filter("age_s < 5")
    assert grid.row_counts()[0] == 0


def test_hovered_rows_and_trends_stay_when_the_same_list_is_laid_out_anew(show_grid) -> None:
    quotes = quote_list(nulls=False)
    grid = show_grid(quotes)
    grid.set_sort(Col.LAST, descending=True)
    order = grid.rows.order.copy()
    trend = grid.rows.trend
    move(grid.rows.canvas, QPointF(100, 30))
    assert grid.rows.is_hovered
    quotes.table.values[Field.LAST] = quotes.table.values[Field.LAST][::-1].copy()
    quotes.table.touch(np.arange(30))
    grid.set_layout(list(quotes.instruments), quotes.table)
    assert np.array_equal(grid.rows.order, order), "no row moves under the mouse"
    assert grid.rows.trend is trend
