"""The messages and the line in the app bar: what stands where, what a hand does with them."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from desktop.commands.messages_panel import LISTED_MAX, MessagesPanel
from desktop.messages import Level, MessageLink
from desktop.paint.theme import THEMES, ThemeName
from desktop.workspace.window import DeskWindow
from tests.desktop.conftest import Play, Stage

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LATE = ("Bybit is late by 2.4 s", "8 rows marked late. Prices shown are the last received.")


async def front(stage: Stage) -> tuple[DeskWindow, MessagesPanel]:
    window = stage.app.windows[0]
    window.activateWindow()
    await stage.until(window.isActiveWindow)
    window.resize(1200, 700)
    await stage.until(lambda: window.bar.width() == 1200)
    stage.app.messages.clear()
    return window, window.commands.messages


def say(stage: Stage, level: Level, text: str, link: MessageLink | None = None, detail: str = "") -> None:
    stage.app.messages.add(level, text, stage.app.now_ms(), link, detail)


def said(panel: MessagesPanel) -> list[str]:
    return [entry.message.said for entry in panel.entries]


def test_the_bell_opens_the_list_and_with_it_everything_is_read(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        window, panel = await front(stage)
        before = window.focusWidget()
        say(stage, Level.ERROR, "Order d1-00407 rejected: price collar")
        say(stage, Level.WARNING, LATE[0], None, LATE[1])
        assert window.bar.lane.text == LATE[0]
        assert window.bar.bell.toolTip() == "Messages, 2 new"
        QTest.mouseClick(window.bar.bell, Qt.MouseButton.LeftButton)
        assert said(panel) == [LATE[0], "Order d1-00407 rejected: price collar"]
        assert panel.entries[0].accessibleName().startswith(f"Warning, {LATE[0]}, {LATE[1]}, ")
        assert panel._count.text() == "2 new"
        assert window.bar.lane.text == ""
        assert window.bar.bell.toolTip() == "Messages"
        assert panel.entries[0].hasFocus()
        say(stage, Level.INFO, "Workspace “Crypto” saved")
        assert said(panel)[0] == "Workspace “Crypto” saved", "while it is open it goes on"
        assert panel._count.text() == "3 new"
        assert any(entry.hasFocus() for entry in panel.entries)
        assert window.bar.lane.text == ""
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
        assert panel.isHidden()
        assert window.focusWidget() is before

    play(scenario)


def test_keys_go_through_the_list_copy_follow_links_and_clear(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        window, panel = await front(stage)
        shown: list[str] = []
        say(
            stage, Level.ERROR, "Rejected", MessageLink("Open ticket", lambda: shown.append("ticket")), "Why."
        )
        say(stage, Level.INFO, "Saved")
        QTest.keyClick(window, Qt.Key.Key_M, CTRL | SHIFT)
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Down)
        assert panel.entries[1].hasFocus()
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_C, CTRL)
        assert QGuiApplication.clipboard().text().endswith(" UTC  Rejected\nWhy.")
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
        assert shown == ["ticket"]
        assert panel.isHidden()
        QTest.mouseClick(window.bar.bell, Qt.MouseButton.LeftButton)
        QTest.mouseClick(panel.entries[1].link, Qt.MouseButton.LeftButton)
        assert shown == ["ticket", "ticket"]
        QTest.mouseClick(window.bar.bell, Qt.MouseButton.LeftButton)
        QTest.mouseClick(panel.clear, Qt.MouseButton.LeftButton)
        assert said(panel) == []
        assert panel._rest.text().startswith("No messages.")
        window.panels[0].setFocus(Qt.FocusReason.MouseFocusReason)
        assert panel.isHidden(), "out of the way of who works on"

    play(scenario)


def test_a_long_list_is_bounded_and_says_what_it_leaves_out(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        window, panel = await front(stage)
        for number in range(260):
            say(stage, Level.INFO, f"Message {number}")
        window.commands.show_messages()
        assert len(panel.entries) == LISTED_MAX
        assert said(panel)[0] == "Message 259"
        assert panel._rest.text() == "210 older messages are not listed"
        assert window.rect().contains(panel.geometry().adjusted(13, 13, -13, -13))

    play(scenario)


def stands_over(widget: QWidget, window: DeskWindow) -> QRect:
    return QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())


@pytest.mark.parametrize("theme", THEMES)
def test_a_toast_stands_in_the_bar_and_never_over_prices(play: Play, theme: ThemeName) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market()
        await stage.until(lambda: stage.words()[0] == "live")
        stage.app.settings.change("theme", theme)
        window, _panel = await front(stage)
        for level, text in ((Level.INFO, "Saved"), (Level.ERROR, "Order rejected"), (Level.WARNING, LATE[0])):
            say(stage, level, text)
        lane, look = window.bar.lane, stage.app.theme
        assert lane.height() == 26
        assert stands_over(window.bar, window).contains(stands_over(lane, window))
        assert not stands_over(lane, window).intersects(stands_over(window.panels[0], window))
        assert colour_at_edge(window, lane) == look.color("state.warning").rgb()
        stage.app.messages.read()
        say(stage, Level.ERROR, "Order rejected")
        assert colour_at_edge(window, lane) == look.color("state.error").rgb()
        window.resize(480, 300)
        await stage.until(lambda: window.bar.width() == 480)
        for other in (window.bar.search, window.bar.scope, window.bar.bell):
            assert not stands_over(lane, window).intersects(stands_over(other, window))

    play(scenario)


def colour_at_edge(window: DeskWindow, lane: QWidget) -> int:
    """Of the toast's left edge, in the middle of its height: what comes first that is not the bar."""
    picture: QImage = window.grab(stands_over(lane, window)).toImage()
    row = picture.height() // 2
    bar = QColor(picture.pixel(0, row)).rgb()
    found = [picture.pixel(x, row) for x in range(picture.width())]
    first = next(x for x, colour in enumerate(found) if colour != bar)
    return found[first + 2]  # past the frame's own line
