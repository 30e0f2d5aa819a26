"""What a trader does with the rows: sort, filter, select, move with keys, copy, arrange columns."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from core.market.fields import NULL
from desktop.paint.theme import Theme
from desktop.panels.grid import Col, GridTools
from desktop.panels.grid.order import SortKey
from tests.desktop.panels.grid.lists import NOON_US, quote_list

ROW_PX = 20


@pytest.fixture
def quotes():
    return quote_list(nulls=False)


@pytest.fixture
def grid(show_grid, quotes):
    return show_grid(quotes)


def symbols(grid):
    return [row["Symbol"] for row in grid.painted_cells()]


def click(grid, row, modifiers=Qt.KeyboardModifier.NoModifier):
    place = QPoint(20, row * ROW_PX + 5)
    QTest.mouseClick(grid.rows.canvas, Qt.MouseButton.LeftButton, modifiers, place)


def click_title(grid, col, modifiers=Qt.KeyboardModifier.NoModifier):
    header, section = grid.rows.header, grid.rows.model.section(col)
    place = QPoint(header.sectionViewportPosition(section) + header.sectionSize(section) // 2, 10)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, modifiers, place)


def test_numbers_sort_as_numbers_with_null_last_and_ties_by_symbol(grid, quotes):
    for row in range(30):
        quotes.set(row, last=5, volume=7)
    big, small = 21, 11  # shown as 1,000.0 and 9 in decimals of their own
    quotes.set(big, last=1_000 * 10 ** quotes.instruments[big].price_decimals)
    quotes.set(small, last=NULL)
    grid.set_sort(Col.LAST, descending=True)
    assert symbols(grid)[0] == quotes.instruments[big].key.symbol
    assert int(grid.rows.order[-1]) == small
    grid.set_sort(Col.LAST, descending=False)
    assert int(grid.rows.order[-1]) == small
    same = [row for row in grid.rows.order.tolist() if quotes.instruments[row].price_decimals == 2]
    same = [row for row in same if row not in (big, small)]
    assert same == sorted(same), "ties stand by symbol"


def test_order_follows_the_market_at_most_once_a_second_and_never_under_the_mouse(grid, quotes):
    grid.set_sort(Col.VOLUME, descending=True)
    grid.frame(10_000, NOON_US)
    first = int(grid.rows.order[0])
    quotes.set(int(grid.rows.order[9]), volume=10**15)
    grid.frame(10_500, NOON_US)
    assert int(grid.rows.order[0]) == first
    grid.frame(11_000, NOON_US)
    assert int(grid.rows.order[0]) != first
    moved = grid.rows.order.copy()
    grid.rows.canvas.hovered.emit(4)
    quotes.set(int(grid.rows.order[9]), volume=10**16)
    grid.frame(20_000, NOON_US)
    assert np.array_equal(grid.rows.order, moved), "rows held under the mouse"
    grid.rows.canvas.hovered.emit(-1)
    grid.frame(20_033, NOON_US)
    assert not np.array_equal(grid.rows.order, moved)


def test_keys_hold_the_rows_too(grid, quotes):
    grid.set_sort(Col.VOLUME, descending=True)
    grid.frame(10_000, NOON_US)
    QTest.keyClick(grid.rows.canvas, Qt.Key.Key_Down)
    held = grid.rows.order.copy()
    quotes.set(int(held[9]), volume=10**15)
    grid.frame(11_400, NOON_US)
    assert np.array_equal(grid.rows.order, held)
    grid.frame(11_600, NOON_US)
    assert not np.array_equal(grid.rows.order, held)


def test_filter_words_match_symbol_or_exchange_and_all_must(grid, quotes):
    counts = []
    grid.rows_shown.connect(lambda shown, total: counts.append((shown, total)))
    grid.set_filter("kraken 01")
    wanted = [i.key.symbol for i in quotes.instruments if i.key.exchange == "KRAKEN" and "01" in i.key.symbol]
    assert symbols(grid) == wanted
    assert counts[-1] == (len(wanted), 30)


def test_selection_by_mouse_survives_sorting_and_a_new_list(grid, quotes):
    chosen = []
    grid.instrument_selected.connect(lambda instrument: chosen.append(instrument.key.symbol))
    click(grid, 2)
    click(grid, 4, Qt.KeyboardModifier.ShiftModifier)
    click(grid, 7, Qt.KeyboardModifier.ControlModifier)
    expected = [symbols(grid)[row] for row in (2, 3, 4, 7)]
    assert [i.key.symbol for i in grid.selected_instruments()] == expected
    assert chosen[-1] == expected[-1]
    grid.set_sort(Col.LAST, descending=True)
    assert {i.key.symbol for i in grid.selected_instruments()} == set(expected)
    keep = [row for row in range(30) if row != 3]
    values = quotes.table.values[:, keep]
    from core.market.quote_table import QuoteTable

    table = QuoteTable(len(keep))
    table.replace(values)
    grid.set_layout([quotes.instruments[row] for row in keep], table)
    assert {i.key.symbol for i in grid.selected_instruments()} == set(expected) - {"SYM003USDT"}
    assert grid.current_instrument().key.symbol == expected[-1]


def test_keys_move_the_current_row_and_scroll_it_into_view(grid):
    canvas = grid.rows.canvas
    click(grid, 0)
    for _ in range(25):
        QTest.keyClick(canvas, Qt.Key.Key_Down)
    assert grid.current_instrument().key.symbol == "SYM025USDT"
    assert "SYM025USDT" in symbols(grid)
    QTest.keyClick(canvas, Qt.Key.Key_Home)
    QTest.keyClick(canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert [i.key.symbol for i in grid.selected_instruments()] == ["SYM000USDT", "SYM001USDT"]
    opened = []
    grid.instrument_activated.connect(lambda instrument: opened.append(instrument.key.symbol))
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert opened == ["SYM001USDT"]


def test_copies_are_exact_tab_separated_values_of_the_shown_columns(grid, quotes):
    for col in (Col.CHANGE, Col.PERCENT, Col.HIGH, Col.LOW, Col.TIME):
        grid.rows.columns.set_shown(col, False)
    row = next(n for n, i in enumerate(quotes.instruments) if i.price_decimals == 2 and i.size_decimals == 3)
    quotes.set(row, last=123_456_789, bid=-150, bid_size=1_234_567_891, volume=NULL)
    grid.rows.scrolling.vertical.setValue(row)
    click(grid, row - grid.rows.scrolling.top)
    QTest.keyClick(grid.rows.canvas, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    cells = QGuiApplication.clipboard().text().split("\t")
    assert cells[:3] == [
        quotes.instruments[row].key.symbol,
        quotes.instruments[row].key.exchange,
        "1234567.89",
    ]
    assert cells[3:5] == ["1234567.891", "-1.50"]
    assert cells[-1] == ""


def test_columns_move_hide_resize_by_whole_units_and_come_back_from_saved_state(grid, show_grid, quotes):
    header, columns = grid.rows.header, grid.rows.columns
    saved = []
    grid.columns_changed.connect(lambda: saved.append(grid.column_state()))
    section = grid.rows.model.section
    header.move_to(Col.AGE, 0)
    header.resizeSection(section(Col.SYMBOL), 151)
    columns.set_shown(Col.HIGH, False)
    grid.set_sort(Col.VOLUME, descending=True)
    assert list(grid.painted_cells()[0])[:2] == ["Age", "Symbol"]
    assert "High" not in grid.painted_cells()[0]
    assert header.sectionSize(section(Col.SYMBOL)) == 152, "widths are whole units of 4 px"
    other = show_grid(quotes)
    other.restore_columns(saved[-1])
    assert other.column_state() == grid.column_state()
    assert other.painted_cells() == grid.painted_cells()
    header.resizeSection(section(Col.LAST), 20)
    assert grid.rows.columns.place(Col.LAST).width * 4 > 60, "never narrower than its widest value"
    with pytest.raises(ValueError, match="version"):
        other.restore_columns({"version": 99})


def test_clicking_a_title_sorts_large_first_then_small_then_not_at_all(grid):
    for expected in ((SortKey(Col.BID, True),), (SortKey(Col.BID),), ()):
        click_title(grid, Col.BID)
        assert grid.sort == expected


def test_tooltips_have_what_the_cell_has_no_room_for(grid, quotes):
    quotes.set(2, bid_size=1_234_567)
    grid.frame(33, NOON_US)

    def tip(col):
        place = grid.rows.columns.place(col)
        return grid.rows._tooltip(2, place.x * 4 + 8)

    instrument = quotes.instruments[2]
    assert tip(Col.SYMBOL) == f"{instrument.key.symbol}\n{instrument.key.exchange}"
    assert tip(Col.BID_SIZE) == instrument.format_size(1_234_567)
    assert "ago" in tip(Col.AGE)
    assert grid.rows._tooltip(500, 10) == ""


def test_the_title_tools_filter_count_and_offer_columns(qtbot, grid):
    tools = GridTools(grid, Theme())
    qtbot.addWidget(tools)
    tools.filter_box.setText("SYM00")
    assert grid.row_counts() == (10, 30)
    assert tools._count.text() == "10 of 30 rows"
    grid.set_filter("")
    assert tools.filter_box.text() == ""
    menu = grid.column_menu()
    action = next(a for a in menu.actions() if a.text() == "Venue")
    action.trigger()
    assert "Venue" not in grid.painted_cells()[0]


def test_the_wheel_scrolls_by_whole_rows(qtbot, grid):
    from PySide6.QtGui import QWheelEvent

    def wheel(down):
        event = QWheelEvent(
            QPointF(50, 50), QPointF(50, 50), QPoint(), QPoint(0, -down), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        grid.rows.canvas.wheelEvent(event)

    wheel(120)
    assert grid.rows.scrolling.top == 3
    for _ in range(8):
        wheel(15)
    assert grid.rows.scrolling.top == 6
    assert symbols(grid)[0] == "SYM006USDT"
