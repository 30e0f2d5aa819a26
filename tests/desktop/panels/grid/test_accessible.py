"""What a screen reader would get of the painted grid: names, roles, values, places, and the current cell."""

import gc

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from core.market.fields import NULL
from desktop.panels.grid import Col
from tests.desktop.panels.grid.lists import NOON_US, quote_list

NAME, VALUE = QAccessible.Text.Name, QAccessible.Text.Value
ROLE = QAccessible.Role


@pytest.fixture
def quotes():
    return quote_list(nulls=False)


@pytest.fixture
def grid(show_grid, quotes):
    grid = show_grid(quotes)
    grid.activateWindow()
    return grid


def read(grid):
    return QAccessible.queryAccessibleInterface(grid.rows.canvas)


def test_the_rows_are_a_table_of_rows_of_cells_with_the_words_on_the_screen(grid, quotes):
    table, painted = read(grid), grid.painted_cells()
    assert (table.role(), table.text(NAME)) == (ROLE.Table, "Rows")
    assert table.childCount() == len(painted)
    titles = [place.spec.title for place in grid.rows.columns.layout.places]
    for position, cells in enumerate(painted):
        row = table.child(position)
        assert (row.role(), row.childCount()) == (ROLE.Row, len(titles))
        assert row.text(NAME).startswith(
            f"{cells['Symbol']}, {cells['Venue']}, Last {cells['Last']}, Change "
        )
        for index, title in enumerate(titles):
            cell = row.child(index)
            assert cell.role() == ROLE.Cell
            if title in ("Last", "Bid", "Change", "Chg %", "Age"):
                assert cell.text(VALUE) == cells[title]
                assert cell.text(NAME) == f"{cells['Symbol']}, {title} {cells[title]}"
            if title == "Volume":
                row_of_table = int(grid.rows.order[position])
                volume = int(quotes.table.values[9, row_of_table])
                assert cell.text(VALUE) == quotes.instruments[row_of_table].format_size(volume), (
                    "exact, not 2.1K"
                )


def test_it_follows_the_market_sorting_and_scrolling(grid, quotes):
    table = read(grid)
    grid.set_sort(Col.LAST, descending=True)
    grid.rows.scrolling.vertical.setValue(4)
    grid.frame(33, NOON_US)
    quotes.set(int(grid.rows.order[4]), last=NULL)
    grid.frame(66, NOON_US)
    first = grid.painted_cells()[0]
    assert table.child(0).child(0).text(VALUE) == first["Symbol"]
    assert table.child(0).child(2).text(VALUE) == ""
    assert "Last" not in table.child(0).text(NAME), "what is empty is not told"


def test_a_cell_is_where_it_is_painted(grid):
    table = read(grid)
    cell = table.child(2).child(3)
    middle = cell.rect().center()
    assert table.childAt(middle.x(), middle.y()) is cell
    assert cell.parent() is table.child(2)
    assert table.child(2).indexOfChild(cell) == 3
    assert grid.rows.canvas.mapFromGlobal(cell.rect().topLeft()).y() == 40


def test_selection_and_focus_are_states_and_the_current_cell_is_told(grid, qtbot):
    table, canvas = read(grid), grid.rows.canvas
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(canvas.hasFocus)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right):
        QTest.keyClick(canvas, key)
    place = grid.rows.selection.position()
    cells = grid.painted_cells()[place]
    assert canvas.accessibleDescription() == f"{cells['Symbol']}, Last {cells['Last']}"
    current = table.focusChild()
    assert current.text(NAME) == f"{cells['Symbol']}, Last {cells['Last']}"
    assert current.state().focused
    assert table.child(place).state().selected
    assert not table.child(place + 3).state().selected


def test_header_and_controls_have_names(grid):
    assert QAccessible.queryAccessibleInterface(grid.rows.header).text(NAME) == "Column titles"


def test_a_reader_keeps_nothing_of_a_grid_that_is_gone(grid, qtbot):
    table = read(grid)
    row = table.child(0)
    cell = row.child(0)
    grid.close()
    gone = []
    grid.rows.canvas.destroyed.connect(lambda: gone.append(True))
    grid.rows.canvas.deleteLater()
    qtbot.waitUntil(lambda: bool(gone))
    assert not row.isValid()
    assert cell.text(VALUE) == ""
    del table, row, cell
    gc.collect()
