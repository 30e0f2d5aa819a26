"""Typing a filter with real keys: completion, errors under the box, and what Tab, Esc and Return do."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from desktop.paint.theme import Theme
from desktop.panels.grid import GridTools, QuoteGrid
from tests.desktop.panels.grid.lists import NOON_US, quote_list


@pytest.fixture
def desk(qtbot):
    """Tools over a grid in one window that has the focus."""
    quotes, theme = quote_list(nulls=False), Theme()
    window = QWidget()
    grid = QuoteGrid(theme)
    tools = GridTools(grid, theme)
    column = QVBoxLayout(window)
    column.addWidget(tools)
    column.addWidget(grid)
    qtbot.addWidget(window)
    window.resize(1_000, 500)
    grid.set_layout(quotes.instruments, quotes.table)
    window.show()
    window.activateWindow()
    grid.frame(0, NOON_US)
    tools.filter_box.setFocus()
    qtbot.waitUntil(tools.filter_box.hasFocus)
    yield tools.filter_box, grid
    window.close()


def names(box):
    return [offer.text for offer in box.offers]


def test_keys_typed_into_the_box_filter_the_rows_at_once(desk):
    box, grid = desk
    QTest.keyClicks(box, "krkn 01")
    assert grid.row_counts()[0] == sum(
        "KRAKEN" in i.key.exchange and "01" in i.key.symbol for i in grid.rows.instruments
    )
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert (box.text(), grid.row_counts()) == ("", (30, 30))
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert grid.rows.canvas.hasFocus()


def test_tab_takes_the_offered_name_and_goes_on_when_nothing_is_offered(desk):
    box, grid = desk
    QTest.keyClicks(box, "spread_b")
    assert names(box) == ["spread_bps"]
    QTest.keyClick(box, Qt.Key.Key_Tab)
    assert box.text() == "spread_bps"
    assert box.hasFocus()
    QTest.keyClicks(box, " >= 0 and ab")
    QTest.keyClick(box, Qt.Key.Key_Tab)
    QTest.keyClicks(box, "change_p")
    QTest.keyClick(box, Qt.Key.Key_Tab)
    QTest.keyClicks(box, ") >= 0")
    assert box.text() == "spread_bps >= 0 and abs(change_pct) >= 0"
    assert grid.row_order.error is None
    assert names(box) == []
    QTest.keyClick(box, Qt.Key.Key_Tab)
    assert not box.hasFocus()


def test_arrows_choose_and_return_takes_what_was_chosen(desk):
    box, grid = desk
    QTest.keyClicks(box, "=bi")
    assert names(box)[:2] == ["bid", "bid_size"]
    QTest.keyClick(box, Qt.Key.Key_Down)
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert box.text() == "=bid_size"
    QTest.keyClicks(box, " > 0")
    assert grid.row_order.error is None
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert grid.rows.canvas.hasFocus(), "Return goes to the rows when nothing was chosen"


def test_a_click_takes_an_offer(desk):
    box, _ = desk
    QTest.keyClicks(box, "=vol")
    popup = box._popup
    QTest.mouseClick(popup, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(30, 12))
    assert box.text() == "=volume"
    assert box.hasFocus()


def test_escape_closes_the_offers_first_and_typing_never_stops(desk):
    box, _ = desk
    QTest.keyClicks(box, "last > hi")
    assert names(box) == ["high"]
    assert box._popup.focusPolicy() is Qt.FocusPolicy.NoFocus
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert names(box) == []
    assert box.text() == "last > hi"
    QTest.keyClicks(box, "g")
    assert names(box) == ["high"]


def test_control_space_offers_everything(desk):
    box, _ = desk
    QTest.keyClicks(box, "last > ")
    assert names(box) == []
    QTest.keyClick(box, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert {"bid", "abs(", "symbol"} <= set(names(box))
    for _ in range(12):
        QTest.keyClick(box, Qt.Key.Key_Down)
    assert box._popup.current == 12


def test_plain_words_offer_nothing_but_the_begin_of_a_name(desk):
    box, _ = desk
    for text in ("s", "sym0", "usdt kr"):
        box.clear()
        QTest.keyClicks(box, text)
        assert names(box) == [], text
    box.clear()
    QTest.keyClicks(box, "chan")
    assert names(box) == ["change", "change_pct", "exchange"]


def test_a_mistake_is_told_under_the_box_with_its_place_and_what_is_shown_meanwhile(desk):
    box, grid = desk
    QTest.keyClicks(box, "change > 0")
    good = grid.rows.order.tolist()
    QTest.keyClicks(box, " and spred < 5")
    notice = box._popup.notice
    assert box._popup.isVisible()
    assert notice.text[notice.begin : notice.end] == "spred"
    assert notice.reason == "There is no column “spred”. Did you mean “spread”?"
    assert notice.kept == "Still filtered by “change > 0”"
    assert not notice.calm
    assert grid.rows.order.tolist() == good
    assert "spred" in box.accessibleDescription()
    grid.setFocus()
    assert not box._popup.isVisible()
    assert "spred" in box.toolTip(), "said as long as the text stands there"
    box.setFocus()
    assert box._popup.isVisible()
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert not box._popup.isVisible()
    assert grid.row_counts() == (30, 30)


def test_what_is_only_not_finished_is_told_calmly(desk):
    box, _ = desk
    QTest.keyClicks(box, "last >")
    assert box._popup.notice.calm
    assert box._popup.notice.kept == "All rows are still shown"


def test_edit_filter_on_the_page_leads_to_what_is_wrong(desk):
    box, grid = desk
    grid.restore({"filter": "last > 0 and spred < 5"})
    assert box.text() == "last > 0 and spred < 5"
    grid.setFocus()
    button = next(b for b in grid._page.findChildren(QPushButton) if b.text() == "Edit filter")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert box.hasFocus()
    assert box.selectedText() == "spred"
    QTest.keyClicks(box, "spread")
    assert box.text() == "last > 0 and spread < 5"
    assert grid.rows.isVisible()


def test_the_popup_stays_on_the_screen_and_goes_with_its_window(qtbot, desk):
    box, _ = desk
    QTest.keyClicks(box, "last > b")
    popup = box._popup
    before = popup.pos()
    box.window().move(box.window().pos() + QPoint(40, 30))
    qtbot.waitUntil(lambda: popup.pos() != before)
    screen = box.screen().availableGeometry()
    assert screen.contains(popup.geometry())
    box.window().hide()
    assert not popup.isVisible()


def test_the_box_is_wide_for_an_expression(desk):
    box, _ = desk
    wanted = []
    box.width_wanted.connect(lambda: wanted.append(box.wanted_px))
    QTest.keyClicks(box, "krkn")
    assert wanted == []
    box.clear()
    QTest.keyClicks(box, "last > 5")
    assert wanted == [280]
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert wanted == [280, 150]
