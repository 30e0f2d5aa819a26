"""Menus made of actions: the keys in force, why something cannot be done, and which panel is meant."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from desktop.panels.chart.menus import chart_menu
from desktop.workspace.menus import fill_settings
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto


def entry(menu: QMenu, title: str) -> QAction:
    return next(action for action in menu.actions() if action.text().partition("\t")[0] == title)


def test_a_menu_shows_the_keys_in_force_and_says_why_something_cannot_be_done(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(5))
        await stage.until(lambda: stage.words()[0] == "live" and len(stage.cells()) == 5)
        app, window = stage.app, stage.app.windows[0]
        grid = window.panels[0].grid
        menu = grid.more_menu()
        copy, unsort = entry(menu, "Copy rows"), entry(menu, "Order of the list")
        assert copy.text() == "Copy rows\tCtrl+C", "the panel answers it itself"
        assert (unsort.isEnabled(), unsort.toolTip()) == (False, "Rows are in the order of the list")
        assert menu.toolTipsVisible()
        menu.deleteLater()
        app.commands.keys.add("grid.select_all", "Ctrl+Alt+A")
        app.commands.keys.add("window.new", "F9")
        app.commands.keys.remove("window.new", "Ctrl+N")
        menu = grid.more_menu()
        assert entry(menu, "Select all").text() == "Select all\tCtrl+Alt+A"
        entry(menu, "Select all").trigger()
        assert len(grid.rows.selection.rows()) == 5
        menu.deleteLater()
        settings = QMenu()
        fill_settings(settings, app, window)
        assert entry(settings, "New window").text() == "New window\tF9"
        settings.deleteLater()

    play(scenario)


def test_a_menu_acts_on_the_panel_it_was_opened_for(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(5))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        first, second = window.contents.charts[0], window.add_chart()
        second.setFocus()
        menu = chart_menu(first)
        style = next(action.menu() for action in menu.actions() if action.text() == "Style")
        assert isinstance(style, QMenu)
        assert entry(style, "Candles").isChecked()
        entry(style, "Bars").trigger()
        assert (first.style_name, second.style_name) == ("bars", "candles")
        assert stage.app.commands.recent[0] == "chart.style.bars"
        menu.deleteLater()

    play(scenario, layout="desk")


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_menu_key_opens_the_menu_of_the_rows(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(5))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        window.activateWindow()
        await stage.until(window.isActiveWindow)
        window.panels[0].setFocus()
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Down)
        rows = window.focusWidget()
        reason = QContextMenuEvent.Reason.Keyboard  # what the key becomes on a screen
        QApplication.sendEvent(
            rows, QContextMenuEvent(reason, QPoint(20, 20), rows.mapToGlobal(QPoint(20, 20)))
        )
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        assert entry(menu, "Copy rows").isEnabled()
        menu.close()

    play(scenario)
