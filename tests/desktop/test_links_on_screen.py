"""Links on the screen: rows, charts and chips of several windows under real mouse and keys."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.market.instruments import InstrumentKey
from core.market.intervals import parse_interval
from desktop.actions import ActionContext
from desktop.commands.all_actions import all_actions
from desktop.links_chip import LinkChip
from desktop.links_terms import Carried, LinkRole
from desktop.panels.typed_entry import TypedEntry
from desktop.panels.watchlist.lists import WatchChoice
from desktop.panels.watchlist.panel import WatchlistPanel
from desktop.workspace.window import DeskWindow
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto
from tests.desktop.test_replay_scope import SESSION, recording

ROW_PX = 20
LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


async def begin(stage: Stage, count: int = 8) -> None:
    """A live market of one exchange, rows in every window, a symbol in every chart."""
    await stage.market(crypto(count, ("BINF",)))
    for number, window in enumerate(stage.app.windows):
        await stage.until(lambda number=number: stage.words(number)[0] == "live")
        for chart in window.contents.charts:
            await stage.until(lambda chart=chart: chart.key is not None, "a symbol to begin with")


def click_row(panel: WatchlistPanel, place: int) -> InstrumentKey:
    """With the mouse, where the row stands."""
    QTest.mouseClick(panel.grid.rows.canvas, LEFT, pos=QPoint(40, place * ROW_PX + 5))
    current = panel.grid.current_instrument()
    assert current is not None
    return current.key


def chip_of(window: DeskWindow, panel: QWidget) -> LinkChip:
    chip = window.contents.docked_of(panel).chip
    assert chip is not None
    return chip


async def type_over(stage: Stage, window: DeskWindow, panel: QWidget, text: str) -> TypedEntry:
    """Letters go to whatever has the keys, as a keyboard sends them."""
    window.activateWindow()
    await stage.until(window.isActiveWindow)
    panel.setFocus()
    for letter in text:
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClicks(focused, letter)
    entry = next(one for one in panel.findChildren(TypedEntry) if one.isVisible())
    assert entry.field.text() == text
    assert panel.isAncestorOf(QApplication.focusWidget()), "the keys stay in the panel"
    return entry


def test_a_clicked_row_is_shown_by_the_linked_chart_of_another_window(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await begin(stage)
        first, second = stage.app.windows
        chart, rows = first.contents.charts[0], second.contents.watchlists[0]
        for place in (3, 5):
            key = click_row(rows, place)
            assert chart.key == key
            current = first.contents.watchlists[0].grid.current_instrument()
            assert current is not None
            assert current.key == key, "the other window's rows show it, too"

    play(scenario, windows=2, layout="desk")


def test_a_click_on_the_current_row_brings_its_symbol_back(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await begin(stage)
        window = stage.app.windows[0]
        rows, chart = window.contents.watchlists[0], window.contents.charts[0]
        chip_of(window, rows).link.set_role(LinkRole.SOURCE)
        key = click_row(rows, 2)
        chart.choose(window.contents.instruments[5].key)
        assert click_row(rows, 2) == key
        assert chart.key == key

    play(scenario, layout="desk")


def test_roles_and_groups_are_changed_with_mouse_and_keys_on_the_chip(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await begin(stage)
        window = stage.app.windows[0]
        rows, chart = window.contents.watchlists[0], window.contents.charts[0]
        chip = chip_of(window, chart)
        assert (chip.mark, chip.accessibleName()) == ("1", "Link group 1, source and destination")
        QTest.mouseClick(chip, LEFT, SHIFT, chip.rect().center())
        assert (chip.mark, chip.accessibleName()) == ("1›", "Link group 1, source")
        before = chart.key
        click_row(rows, 4)
        assert chart.key == before, "a source is never changed by others"
        QTest.keyClick(chip, Qt.Key.Key_Space, SHIFT)
        assert (chip.mark, chip.accessibleName()) == ("1‹", "Link group 1, destination")
        shown = rows.grid.current_instrument()
        assert shown is not None
        assert chart.key == shown.key, "a destination shows the group at once"
        other = window.contents.instruments[0].key
        chart.choose(other)
        assert rows.grid.current_instrument() == shown, "nothing of a destination reaches the group"
        assert "of its own" in chip.toolTip()
        QTest.keyClick(chip, Qt.Key.Key_3)
        assert chip.mark == "3‹"
        QTest.keyClick(chip, Qt.Key.Key_0)
        assert chip.accessibleName() == "Not linked"
        click_row(rows, 6)
        assert chart.key == other

    play(scenario, layout="desk")


def test_the_menu_of_the_chip_offers_groups_roles_and_what_is_carried(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await begin(stage)
        window = stage.app.windows[0]
        chart = window.contents.charts[0]
        chip = chip_of(window, chart)
        menu = chip.menu()
        texts = {action.text().partition("\t")[0]: action for action in menu.actions()}
        assert {"Group 1", "Group 6", "Not linked", "Source and destination"} <= set(texts)
        assert texts["Group 1"].isChecked()
        assert texts["Group 1"].text().endswith(chart.key.symbol)
        on = [text for text, action in texts.items() if text.startswith("Link ") and action.isChecked()]
        assert on == ["Link symbol in group 1", "Link crosshair and view in group 1"]
        texts["Link interval in group 1"].trigger()
        assert Carried.INTERVAL in stage.app.links.group(1).carried  # type: ignore[union-attr]
        second = window.add_chart()
        chart.choose_interval(parse_interval("5m"))
        assert str(second.interval) == "5m"
        texts["Group 2"].trigger()
        assert chip.mark == "2"
        menu.deleteLater()

    play(scenario, layout="desk")


def test_a_symbol_typed_over_rows_goes_to_its_row_and_to_the_linked_chart(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await begin(stage)
        window = stage.app.windows[0]
        rows, chart = window.contents.watchlists[0], window.contents.charts[0]
        entry = await type_over(stage, window, rows, "s00")
        listed = [candidate.title for candidate in entry.candidates.all]
        assert listed[:3] == ["S000USDT", "S001USDT", "S002USDT"]
        QTest.keyClick(entry.field, Qt.Key.Key_Down)
        assert entry.field.accessibleDescription().startswith("S001USDT, ")
        QTest.keyClick(entry.field, Qt.Key.Key_Return)
        assert not entry.isVisible()
        assert rows.isAncestorOf(QApplication.focusWidget())
        current = rows.grid.current_instrument()
        assert current is not None
        assert (current.key.symbol, chart.key) == ("S001USDT", current.key)
        again = await type_over(stage, window, rows, "s")
        assert again.candidates.all[0].title == "S001USDT", "the one used last stands first"
        QTest.keyClick(again.field, Qt.Key.Key_Escape)
        assert not again.isVisible()
        assert chart.key == current.key

    play(scenario, layout="desk")


def test_what_no_symbol_is_like_is_said_in_place_and_changes_nothing(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await begin(stage)
        window = stage.app.windows[0]
        rows, chart = window.contents.watchlists[0], window.contents.charts[0]
        before = chart.key
        entry = await type_over(stage, window, rows, "xyz")
        assert entry.said.text() == "No symbol like “xyz” here"
        QTest.keyClick(entry.field, Qt.Key.Key_Return)
        assert entry.isVisible()
        assert chart.key == before
        QTest.keyClick(entry.field, Qt.Key.Key_Escape)

    play(scenario, layout="desk")


def test_a_symbol_that_a_list_does_not_have_still_reaches_the_chart_and_the_chip_says_so(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await begin(stage, 130)
        window = stage.app.windows[0]
        rows, chart = window.contents.watchlists[0], window.contents.charts[0]
        rows.choose(WatchChoice(page=0))
        entry = await type_over(stage, window, rows, "s129")
        QTest.keyClick(entry.field, Qt.Key.Key_Return)
        assert chart.key == InstrumentKey("BINF", "S129USDT")
        chip = chip_of(window, rows)
        assert rows.row_count == 100, "nothing was added"
        assert chip.link.reason == ""  # it was chosen here, the row stays where it was
        chart.choose(InstrumentKey("BINF", "S128USDT"))
        assert "S128USDT BINF is not in this list" in chip.toolTip()
        QTest.keyClick(chip, Qt.Key.Key_0)
        entry = await type_over(stage, window, rows, "s127")
        QTest.keyClick(entry.field, Qt.Key.Key_Return)
        assert entry.said.text() == "S127USDT BINF is not in this list"
        QTest.keyClick(entry.field, Qt.Key.Key_Escape)

    play(scenario, layout="desk")


def test_a_symbol_typed_over_a_chart_is_shown_by_the_rows(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await begin(stage)
        window = stage.app.windows[0]
        rows, chart = window.contents.watchlists[0], window.contents.charts[0]
        entry = await type_over(stage, window, chart, "s006")
        QTest.keyClick(entry.field, Qt.Key.Key_Return)
        assert chart.key == InstrumentKey("BINF", "S006USDT")
        current = rows.grid.current_instrument()
        assert current is not None
        assert current.key == chart.key
        await type_over(stage, window, chart, "15s")
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
        assert str(chart.interval) == "15s"

    play(scenario, layout="desk")


def test_a_scope_without_the_symbol_keeps_its_own_and_its_chip_is_hollow(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await begin(stage)
        await recording(stage)
        await stage.until(lambda: stage.app.sessions() == ("eth-0808",))
        live, replay = stage.app.windows
        chart = replay.add_chart()
        stage.app.set_scope(SESSION, (replay,))
        await stage.until(lambda: chart.key is not None and chart.key.exchange == "KRKN")
        key = click_row(live.contents.watchlists[0], 3)
        assert live.contents.charts[0].key == key
        assert chart.key is not None
        assert chart.key.exchange == "KRKN"
        chip = chip_of(replay, chart)
        assert f"{key.symbol} BINF is not in this scope" in chip.accessibleName()
        replay.return_to_live()
        await stage.until(lambda: chart.key == key, "the group's symbol again")
        assert chip.accessibleName() == "Link group 1, source and destination"

    play(scenario, windows=2, layout="desk")


def test_a_closed_window_leaves_its_groups(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await begin(stage)
        group = stage.app.links.group(1)
        assert group is not None
        assert len(group.members) == 3
        stage.app.windows[1].close()
        await stage.until(lambda: len(group.members) == 2)
        click_row(stage.app.windows[0].contents.watchlists[0], 1)

    play(scenario, windows=2, layout="desk")


def test_actions_link_the_panel_in_use(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await begin(stage)
        window = stage.app.windows[0]
        window.activateWindow()
        await stage.until(window.isActiveWindow)
        rows, chart = window.contents.watchlists[0], window.contents.charts[0]
        chart.setFocus()
        QTest.keyClick(chart, Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
        await stage.until(lambda: chip_of(window, chart).mark == "4")
        assert chip_of(window, rows).mark == "1"
        at, found = ActionContext(window, chart), all_actions()
        for action_id, mark in (("link.role", "4›"), ("link.destination", "4‹"), ("link.none", "")):
            assert not found[action_id].refusal(at)
            found[action_id].run(at)
            assert chip_of(window, chart).mark == mark
        assert found["link.role"].refusal(at) == "The panel in use is not linked"
        found["link.group_1"].run(at)
        found["link.carry_symbol"].run(at)
        before = chart.key
        click_row(rows, 6)
        assert chart.key == before, "the group does not carry the symbol any more"
        assert found["link.group_2"].refusal(ActionContext(window)) == "No panel that can be linked is in use"

    play(scenario, layout="desk")
