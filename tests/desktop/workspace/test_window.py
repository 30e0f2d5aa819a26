"""Keys, menus and the frame of a window, on the screen."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu, QToolButton, QWidget

from desktop.workspace.menus import fill_scopes, fill_settings
from desktop.workspace.window import DeskWindow
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto
from tests.desktop.test_replay_scope import recording

CTRL = Qt.KeyboardModifier.ControlModifier


async def press(stage: Stage, window: DeskWindow, key: Qt.Key) -> None:
    window.activateWindow()
    await stage.until(window.isActiveWindow)
    QTest.keyClick(window, key, CTRL)


def entries(menu: QMenu) -> list[str]:
    return [action.text().partition("\t")[0] for action in menu.actions() if not action.isSeparator()]


def test_keys_open_and_close_windows_and_change_the_theme(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(250))
        await stage.until(lambda: stage.words()[0] == "live")
        app, window = stage.app, stage.app.windows[0]
        await press(stage, window, Qt.Key.Key_N)
        await stage.until(lambda: len(app.windows) == 2 and stage.words(1)[0] == "live")
        assert app.windows[1].panels[0].list_label == "All 101–200"
        await press(stage, window, Qt.Key.Key_T)
        assert app.theme.name == "light"
        await press(stage, window, Qt.Key.Key_K)
        field = window.commands.palette.field
        await stage.until(field.hasFocus)
        QTest.keyClicks(field, "s249")
        QTest.keyClick(field, Qt.Key.Key_Return)
        await stage.until(lambda: window.panels[0].list_label == "All 201–250")
        await press(stage, window, Qt.Key.Key_W)
        await stage.until(lambda: len(app.windows) == 1)

    play(scenario)


def test_the_menus_offer_what_there_is(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(5))
        await stage.until(lambda: stage.words()[0] == "live")
        window, menu = stage.app.windows[0], QMenu()
        fill_scopes(menu, stage.app, window)
        live = ["This window", "Live market", "All windows", "Live market"]
        assert entries(menu) == [*live, "No replay session is running"]
        await recording(stage)
        await stage.until(lambda: stage.app.sessions())
        menu.clear()
        fill_scopes(menu, stage.app, window)
        both = ["Live market", "Replay eth-0808"]
        assert entries(menu) == ["This window", *both, "All windows", *both]
        menu.clear()
        fill_settings(menu, stage.app, window)
        assert {"New window", "Dark theme", "Light theme", "Colours", "Density", "Quit"} <= set(entries(menu))
        menu.deleteLater()

    play(scenario)


def test_a_second_watchlist_stands_beside_the_first_and_paints(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(30))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        beside = window.add_watchlist(window.panels[0].choice)
        await stage.until(lambda: len(beside.grid.painted_cells()) == 30)
        assert beside.width() > 200
        assert window.docked[1].tools.isVisible()
        assert [group["holds"] for group in stage.app.groups_json()] == [2]
        window.activateWindow()
        await stage.until(window.isActiveWindow)
        window.panels[0].setFocus()
        QTest.keyClick(window, Qt.Key.Key_F6)
        assert beside.isAncestorOf(window.focusWidget())
        QTest.keyClick(window, Qt.Key.Key_F, CTRL)
        assert window.docked[1].tools.isAncestorOf(window.focusWidget()), "the filter of the panel in use"
        QTest.keyClicks(window.focusWidget(), "S001")
        assert (beside.grid.row_counts()[0], window.panels[0].grid.row_counts()[0]) == (1, 30)
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
        assert beside.grid.row_counts()[0] == 30
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
        assert beside.isAncestorOf(window.focusWidget())
        QTest.keyClick(window, Qt.Key.Key_F6)
        assert window.panels[0].isAncestorOf(window.focusWidget())

    play(scenario)


def test_a_replayed_window_has_a_solid_frame_four_pixels_wide_on_every_side(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await recording(stage)
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        picture = window.grab().toImage()
        amber = QColor(stage.app.theme.css("state_fill.replay")).rgb()
        width, height = picture.width(), picture.height()
        for inset in range(4):
            for x, y in (
                (inset, height // 2), (width - 1 - inset, height // 2),
                (width // 2, inset), (width // 2, height - 1 - inset),
            ):  # fmt: skip
                assert picture.pixel(x, y) == amber, (x, y)
        assert picture.pixel(4, height // 2) != amber
        assert picture.pixel(width // 2, 4 + 29) == amber, "the band is 30 high"

    play(scenario, session="eth-0808")


def test_every_bar_has_the_height_the_look_gives_it(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        window = stage.app.windows[0]
        await stage.until(window.isVisible)
        assert (window.bar.height(), window.strip.height(), window.band.height()) == (34, 24, 30)
        assert window.docked[0].dock.dockAreaWidget().titleBar().height() == 26

    play(scenario)


def test_in_the_smallest_window_nothing_in_the_bar_lies_over_another_thing(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(5))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        window.resize(window.minimumSize())
        await stage.until(lambda: window.bar.width() == window.minimumWidth())
        shown = [part for part in window.bar.children() if isinstance(part, QWidget) and part.isVisible()]
        shown = [part for part in shown if part.width() and not part.isWindow()]
        for place, one in enumerate(shown):
            for other in shown[place + 1 :]:
                assert not one.geometry().intersects(other.geometry()), (one, other)

    play(scenario)


def test_every_button_has_a_name_and_every_place_of_tab_says_what_it_is(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(5))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        window.activateWindow()
        await stage.until(window.isActiveWindow)
        for button in window.findChildren(QToolButton):
            if button.isVisible():
                assert button.accessibleName(), button.objectName()
                assert button.toolTip(), button.accessibleName()
        window.bar.search.setFocus()
        named = []
        for _ in range(10):
            named.append(window.focusWidget().accessibleName())
            QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        assert named == [
            "Symbol or command", "Live market", "Messages", "Settings", "Rows",
            "Link group 1, source and destination", "List: All", "Filter rows", "Choose columns", "More",
        ]  # fmt: skip
        window.bar.search.setFocus()
        QTest.keyClick(window, Qt.Key.Key_F, CTRL)
        assert window.focusWidget().accessibleName() == "Filter rows"

    play(scenario)


def visible(window: DeskWindow) -> list[QLabel]:
    return [label for label in window.band.findChildren(QLabel) if label.isVisible()]


def fits(label: QLabel) -> bool:
    return label.width() >= label.sizeHint().width()


def test_a_narrow_replay_window_leaves_out_whole_words_but_never_the_time(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await recording(stage)
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        for width in (480, 700, 900):
            window.resize(width, 300)
            await stage.until(lambda width=width: window.band.width() == width - 8)
            await stage.until(lambda: all(fits(label) for label in visible(window)), "the layout to follow")
            shown = visible(window)
            texts = [label.text() for label in shown]
            assert texts[:2] == ["REPLAY", "Thu 8 Aug 2024  23:58:26 UTC"]
            assert all(label.width() >= label.sizeHint().width() for label in shown), texts
        assert "Session eth-0808" in texts

    play(scenario, session="eth-0808")
