"""The column chooser: what is checked, dragged and typed there stands in the grid at once."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.panels.grid import Col, QuoteGrid
from desktop.panels.grid.chooser import ColumnChooser
from desktop.panels.grid.menus import choose_columns
from tests.desktop.panels.grid.lists import quote_list


@pytest.fixture
def grid(show_grid) -> QuoteGrid:
    return show_grid(quote_list(nulls=False), width=2000)


@pytest.fixture
def chooser(grid, qtbot: QtBot) -> ColumnChooser:
    chooser = choose_columns(grid)
    qtbot.addWidget(chooser)
    return chooser


def titles(grid: QuoteGrid) -> list[str]:
    return list(grid.painted_cells()[0])


def item(chooser: ColumnChooser, title: str):
    (found,) = chooser.list.findItems(title, Qt.MatchFlag.MatchExactly)
    return found


def test_checking_shows_and_hides_and_the_last_one_stays(grid, chooser):
    item(chooser, "Spread").setCheckState(Qt.CheckState.Checked)
    item(chooser, "Venue").setCheckState(Qt.CheckState.Unchecked)
    assert "Spread" in titles(grid)
    assert "Venue" not in titles(grid)
    for spec in grid.rows.columns.shown():
        item(chooser, spec.title).setCheckState(Qt.CheckState.Unchecked)
    assert len(grid.rows.columns.shown()) == 1
    assert item(chooser, grid.rows.columns.shown()[0].title).checkState() is Qt.CheckState.Checked
    chooser.reset.click()
    assert len(grid.rows.columns.shown()) == 15
    assert item(chooser, "Venue").checkState() is Qt.CheckState.Checked


def test_a_column_that_is_moved_in_the_list_moves_in_the_grid(grid, chooser):
    chooser.list.model().moveRow(chooser.list.rootIndex(), 2, chooser.list.rootIndex(), 0)
    assert titles(grid)[:3] == ["Last", "Symbol", "Venue"]
    chooser.choose(Col.VENUE)
    QTest.keyClick(chooser.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert titles(grid)[:3] == ["Last", "Venue", "Symbol"]
    assert chooser.list.current == Col.VENUE
    grid.rows.header.move_to(Col.AGE, 0)
    assert chooser.list.item(0).text() == "Age", "what is dragged in the header is followed"


def test_search_looks_at_titles_and_descriptions(chooser):
    chooser.search.setText("hundredths")
    shown = [
        chooser.list.item(row) for row in range(chooser.list.count()) if not chooser.list.item(row).isHidden()
    ]
    assert [entry.text() for entry in shown] == ["Spread bp"]


def test_a_computed_column_is_added_changed_and_removed(grid, chooser):
    chooser.add.click()
    form = chooser.computed
    QTest.keyClicks(form.title, "Edge")
    QTest.keyClicks(form.text, "spred * 2")
    assert "Did you mean “spread”?" in form.says.text()
    assert not form.save.isEnabled()
    QTest.keyClick(form.text, Qt.Key.Key_Return)
    assert "Edge" not in titles(grid), "nothing wrong can be saved"
    form.text.setText("spread * 2")
    assert form.says.text() == "In other expressions: edge"
    QTest.keyClick(form.text, Qt.Key.Key_Return)
    assert titles(grid)[-1] == "Edge"
    assert item(chooser, "Edge").checkState() is Qt.CheckState.Checked
    form.text.setText("edge + 1")
    assert not form.save.isEnabled(), "a column cannot read itself"
    form.text.setText("spread * 3")
    form.save.click()
    assert grid.column_state()["computed"][0]["expression"] == "spread * 3"
    form.remove.click()
    assert "Edge" not in titles(grid)
    assert not chooser.list.findItems("Edge", Qt.MatchFlag.MatchExactly)


def test_a_text_is_no_column_of_numbers(chooser):
    chooser.new_computed()
    chooser.computed.title.setText("Name")
    chooser.computed.text.setText("symbol")
    assert "gives a text" in chooser.computed.says.text()


def test_formats_are_offered_as_the_column_allows_and_applied_at_once(grid, chooser):
    form = chooser.format
    chooser.choose(Col.LAST)
    assert not form.decimals.isVisibleTo(chooser)
    chooser.choose(Col.PERCENT)
    form.decimals.setCurrentText("0")
    assert all("." not in cells["Chg %"] for cells in grid.painted_cells())
    form.edges.setText("")
    QTest.keyClicks(form.edges, "1, 2")
    assert form._error.isVisibleTo(chooser)
    assert "three rising numbers" in form._error.text()
    assert grid.rows.model.spec(Col.PERCENT).format.heat_edges == (0.25, 1.25, 3.0), "the last good ones hold"
    QTest.keyClicks(form.edges, ", 5")
    assert grid.rows.model.spec(Col.PERCENT).format.heat_edges == (1.0, 2.0, 5.0)
    form.heat.click()
    assert not any("Chg %" in row["grounds"] for row in grid.painted_states())


def test_the_header_offers_what_can_be_done_with_its_column(grid, qtbot: QtBot):
    menu = grid.column_menu(Col.VENUE)
    labels = [action.text() for action in menu.actions()]
    assert labels[:3] == ["Hide Venue", "Fit width", "Settings of Venue"]
    menu.actions()[0].trigger()
    assert "Venue" not in titles(grid)
    grid.column_menu(Col.LAST).actions()[2].trigger()
    chooser = grid.findChild(ColumnChooser)
    qtbot.addWidget(chooser)
    assert chooser.list.current == Col.LAST
    assert choose_columns(grid) is chooser, "one at a time"


def test_a_double_click_on_an_edge_fits_the_column_to_what_is_in_it(grid):
    rows, section = grid.rows, grid.rows.model.section(Col.SYMBOL)
    rows.header.resizeSection(section, 300)
    edge = rows.header.sectionViewportPosition(section) + rows.header.sectionSize(section) - 1
    place = QPoint(edge, 8)
    viewport = rows.header.viewport()
    QTest.mouseMove(viewport, place)
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    width = rows.header.sectionSize(section)
    assert 60 < width < 140
    longest = max((i.key.symbol for i in rows.instruments), key=len)
    assert not rows.painter.cells.elides(longest, "strong", width)
    rows.fit_column(Col.LAST)
    rows.fit_column(Col.TREND)
    assert grid.painted_cells()


def test_a_title_that_is_dragged_takes_its_column_along(grid):
    header = grid.rows.header
    begin = QPoint(header.sectionViewportPosition(0) + 20, 8)
    end = QPoint(header.sectionViewportPosition(grid.rows.model.section(Col.CHANGE)) + 10, 8)
    viewport = header.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, begin)
    for x in range(begin.x(), end.x() + 30, 15):
        QTest.mouseMove(viewport, QPoint(x, 8))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert titles(grid).index("Symbol") > 0
    assert grid.sort == (), "a drag sorts nothing"
