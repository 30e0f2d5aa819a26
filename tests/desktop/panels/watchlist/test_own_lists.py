"""A trader makes lists of their own: types, pastes, imports, drags, takes out, undoes, finds them again."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QMouseEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.market.fields import Field
from core.market.instruments import Instrument, InstrumentKey
from core.state.versioned_file import StateError
from desktop.panels.watchlist.lists import EVERYTHING, WatchChoice, own_choice
from desktop.panels.watchlist.mime import MIME, Carried, carried_mime, read_carried
from desktop.panels.watchlist.panel import WatchlistPanel
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto

NO_KEYS = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


def key(number: int) -> InstrumentKey:
    return crypto(40)[number].key


def panel(stage: Stage, window: int = 0) -> WatchlistPanel:
    found: WatchlistPanel = stage.app.windows[window].panels[0]
    return found


def symbols(stage: Stage, window: int = 0) -> list[str]:
    return [row["Symbol"] for row in stage.cells(window)]


def said(stage: Stage) -> str:
    told = stage.app.messages.all
    return told[-1].text if told else ""


async def with_list(stage: Stage, *numbers: int, name: str = "Majors", window: int = 0) -> str:
    """A list that is shown in a window, with prices; its id."""
    made = stage.app.watchlists.store.create(name, [key(number) for number in numbers])
    panel(stage, window).choose(own_choice(made))
    wanted = [key(number).symbol for number in numbers]
    await stage.until(lambda: stage.words(window)[0] == "live" and symbols(stage, window) == wanted, name)
    return made.id


async def live(stage: Stage, count: int = 40) -> None:
    await stage.market(crypto(count))
    await stage.until(lambda: stage.words()[0] == "live")


def keys_of(stage: Stage, list_id: str) -> list[InstrumentKey]:
    found = stage.app.watchlists.store.get(list_id)
    return [] if found is None else list(found.keys)


def at_row(shown: WatchlistPanel, row: float) -> QPoint:
    canvas = shown.grid.rows.canvas
    metrics = shown.grid.rows.painter.atlas.metrics
    return canvas.mapTo(shown, QPoint(20, round((row + 0.25) * metrics.row_px / metrics.ratio)))


def dropped(shown: WatchlistPanel, mime: QMimeData, at: QPoint, modifiers: Any = NO_KEYS) -> bool:
    """Real events, as Qt sends them; whether the drop was taken."""
    actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    enter = QDragEnterEvent(at, actions, mime, LEFT, modifiers)
    shown.dragEnterEvent(enter)
    if not enter.isAccepted():
        return False
    move = QDragMoveEvent(at, actions, mime, LEFT, modifiers)
    shown.dragMoveEvent(move)
    assert shown.drops.mark.isVisible()
    if not move.isAccepted():
        shown.dragLeaveEvent(QDragLeaveEvent())
        assert not shown.drops.mark.isVisible()
        return False
    drop = QDropEvent(QPointF(at), actions, mime, LEFT, modifiers)
    shown.dropEvent(drop)
    assert not shown.drops.mark.isVisible()
    return drop.isAccepted()


# ---- typing --------------------------------------------------------------------------------------
def test_a_new_list_is_named_filled_by_typing_and_there_after_a_restart(play: Play, tmp_path: Path) -> None:
    async def first(stage: Stage) -> None:
        await live(stage)
        shown = panel(stage)
        shown.asking.ask_new()
        field = shown.asking.field
        field.edit.clear()
        QTest.keyClicks(field.edit, "Majors")
        QTest.keyClick(field.edit, Qt.Key.Key_Return)
        assert (shown.state.title, shown.state.sentence, shown.state.actions) == (
            "This watchlist is empty",
            "Type a symbol, paste a list, or drop a CSV file.",
            ("Add symbols", "Import a list"),
        )
        shown.grid.action_requested.emit("Add symbols")
        QTest.keyClicks(field.edit, "s007")
        assert [match.key for match in field.suggestions.matches] == [key(7)]
        QTest.keyClick(field.edit, Qt.Key.Key_Return)
        QTest.keyClicks(field.edit, "s002usdt, s003usdt")
        QTest.keyClick(field.edit, Qt.Key.Key_Return)
        QTest.keyClicks(field.edit, "nosuch")
        QTest.keyClick(field.edit, Qt.Key.Key_Return)
        assert field.error == "Not in this scope: nosuch"
        QTest.keyClick(field.edit, Qt.Key.Key_Escape)
        assert not field.isVisible()
        await stage.until(lambda: symbols(stage) == ["S007USDT", "S002USDT", "S003USDT"])
        await stage.until(lambda: stage.words()[0] == "live")
        assert all(row["Last"] for row in stage.cells())

    async def second(stage: Stage) -> None:
        await live(stage)
        kept = stage.app.watchlists.store.lists
        assert [(each.name, list(each.keys)) for each in kept] == [("Majors", [key(7), key(2), key(3)])]
        assert stage.app.symbols.recents.keys == (key(7),)
        panel(stage).choose(own_choice(kept[0]))
        await stage.until(lambda: symbols(stage) == ["S007USDT", "S002USDT", "S003USDT"])

    play(first, desk_dir=tmp_path / "desk")
    play(second, desk_dir=tmp_path / "desk")


def test_an_empty_list_is_typed_and_pasted_into_without_a_click_and_rows_get_the_keys_back(
    play: Play,
) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        window, shown = stage.app.windows[0], panel(stage)
        shown.setFocus()
        shown.choose(own_choice(stage.app.watchlists.store.create("Empty")))
        await stage.until(lambda: window.focusWidget() is shown, "the page stands and the panel has the keys")
        QTest.keyClick(window.focusWidget(), "s")
        field = shown.asking.field
        assert (field.isVisible(), field.edit.text()) == (True, "s")
        assert len(field.suggestions.matches) == 8
        QTest.keyClicks(field.edit, "004")
        QTest.keyClick(field.edit, Qt.Key.Key_Return)
        assert window.focusWidget() is field.edit, "the field stays for the next one"
        QTest.keyClick(field.edit, Qt.Key.Key_Escape)
        await stage.until(lambda: symbols(stage) == ["S004USDT"])
        assert window.focusWidget() is shown.grid.rows.canvas
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Delete)
        assert window.focusWidget() is shown
        QGuiApplication.clipboard().setText("S001USDT S002USDT")
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        await stage.until(lambda: symbols(stage) == ["S001USDT", "S002USDT"])
        assert window.focusWidget() is shown.grid.rows.canvas

    play(scenario)


def test_a_name_that_is_taken_is_said_in_the_field_and_the_text_stays(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        await with_list(stage, 1)
        shown = panel(stage)
        shown.asking.ask_new()
        shown.asking.field.edit.setText("majors")
        QTest.keyClick(shown.asking.field.edit, Qt.Key.Key_Return)
        assert shown.asking.field.error == "There is a watchlist “Majors” already: choose another name"
        assert shown.asking.field.edit.text() == "majors"
        shown.asking.field.close_field()
        shown.asking.ask_name()
        shown.asking.field.edit.setText("Best ones")
        QTest.keyClick(shown.asking.field.edit, Qt.Key.Key_Return)
        assert shown.list_label == "Best ones"
        assert _list_button(stage).text() == "Best ones ▾"

    play(scenario)


def _list_button(stage: Stage) -> Any:
    return stage.app.windows[0].docked[0].tools._list


# ---- pasting and files ---------------------------------------------------------------------------
def test_a_pasted_list_is_taken_but_for_what_is_named_in_one_message_and_undone(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        made = await with_list(stage, 1)
        QGuiApplication.clipboard().setText("S003USDT, binf:S004USDT NOSUCH\nS001USDT")
        QTest.keyClick(panel(stage).grid.rows.canvas, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert keys_of(stage, made) == [key(1), key(3), key(4)]
        assert said(stage) == ("Added 2 instruments to “Majors”; 1 in it already; not in this scope: NOSUCH")
        QTest.keyClick(panel(stage).grid.rows.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert keys_of(stage, made) == [key(1)]
        assert said(stage) == "Undone: Added 2 to “Majors”"

    play(scenario)


def test_pasting_into_a_built_in_list_offers_a_list_of_ones_own(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        QGuiApplication.clipboard().setText("S003USDT S004USDT")
        panel(stage).editing.paste()
        assert stage.app.watchlists.store.lists == ()
        link = stage.app.messages.all[-1].link
        assert said(stage).startswith("“All” is built in and stays as it is")
        assert link is not None
        link.run()
        await stage.until(lambda: symbols(stage) == ["S003USDT", "S004USDT"])
        assert panel(stage).list_label == "Watchlist"

    play(scenario)


def test_a_dropped_csv_becomes_a_list_and_a_bad_one_is_said_with_its_row(play: Play, tmp_path: Path) -> None:
    good, bad = tmp_path / "metals.csv", tmp_path / "bad.csv"
    good.write_text("Exchange,Symbol\nBINF,S004USDT\nBYBT,S001USDT\nBYBT,S004USDT\n")
    bad.write_text("Symbol\nS001USDT\n,\n''\n\"")

    def mime(path: Path) -> QMimeData:
        carried = QMimeData()
        carried.setUrls([QUrl.fromLocalFile(str(path))])
        return carried

    async def scenario(stage: Stage) -> None:
        await live(stage)
        shown = panel(stage)
        assert dropped(shown, mime(good), QPoint(50, 80))
        await stage.until(lambda: symbols(stage) == ["S004USDT", "S001USDT"])
        assert shown.list_label == "metals"
        assert said(stage) == "Added 2 instruments to “metals”; not in this scope: BYBT:S004USDT"
        assert dropped(shown, mime(bad), QPoint(50, 80))
        await stage.until(lambda: said(stage) == "bad.csv, row 5: unexpected end of data")
        assert dropped(shown, mime(tmp_path / "gone.csv"), QPoint(50, 80))
        await stage.until(lambda: said(stage) == "gone.csv cannot be read: No such file or directory")
        assert symbols(stage) == ["S004USDT", "S001USDT"]

    play(scenario)


def test_a_list_is_exported_as_text_that_can_be_imported(play: Play, tmp_path: Path) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        await with_list(stage, 5, 2)
        panel(stage).editing.export(tmp_path / "out.txt")
        await stage.until(lambda: said(stage) == "Wrote out.txt")
        assert (tmp_path / "out.txt").read_text() == f"{key(5)}\n{key(2)}\n"
        panel(stage).editing.copy_list()
        assert QGuiApplication.clipboard().text() == f"{key(5)}\n{key(2)}\n"
        panel(stage).editing.export(tmp_path / "no" / "out.txt")
        await stage.until(lambda: said(stage).startswith("out.txt was not written: "))

    play(scenario)


# ---- dragging ------------------------------------------------------------------------------------
def test_a_press_on_a_selected_row_drags_all_selected_rows(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        made = await with_list(stage, 1, 2, 3, 4)
        shown = panel(stage)
        started: list[Carried | None] = []
        shown.dragging.run = lambda drag: started.append(read_carried(QDrag.mimeData(drag)))
        canvas = shown.grid.rows.canvas
        row_px = at_row(shown, 1).y() - at_row(shown, 0).y()
        QTest.mouseClick(canvas, LEFT, NO_KEYS, QPoint(20, 5))
        QTest.mouseClick(canvas, LEFT, SHIFT, QPoint(20, 5 + 2 * row_px))
        assert shown.selected_keys() == [key(1), key(2), key(3)]
        QTest.mousePress(canvas, LEFT, NO_KEYS, QPoint(20, 5 + row_px))
        assert shown.selected_keys() == [key(1), key(2), key(3)], "the selection waits for the release"
        QTest.mouseMove(canvas, QPoint(20, 8 + row_px))
        move_left(canvas, QPoint(60, 5 + 3 * row_px))
        assert started == [Carried((key(1), key(2), key(3)), made)]
        QTest.mousePress(canvas, LEFT, NO_KEYS, QPoint(20, 5 + row_px))
        QTest.mouseRelease(canvas, LEFT, NO_KEYS, QPoint(20, 5 + row_px))
        assert shown.selected_keys() == [key(2)], "a click selects one of them"

    play(scenario)


def move_left(canvas: Any, at: QPoint) -> None:
    """A move with the left button down: `QTest.mouseMove` has none."""
    where = QPointF(at)
    event = QMouseEvent(QEvent.Type.MouseMove, where, QPointF(canvas.mapToGlobal(at)), LEFT, LEFT, NO_KEYS)
    QApplication.sendEvent(canvas, event)


def test_rows_are_dragged_within_their_list_and_not_while_it_is_sorted(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        made = await with_list(stage, 1, 2, 3, 4)
        shown = panel(stage)
        mime = carried_mime(Carried((key(4),), made))
        assert dropped(shown, mime, at_row(shown, 1))
        await stage.until(lambda: symbols(stage) == ["S001USDT", "S004USDT", "S002USDT", "S003USDT"])
        assert stage.words()[0] == "live", "the same prices in another order"
        shown.grid.set_sort("symbol")
        assert not dropped(shown, mime, at_row(shown, 0))
        assert shown.drops.mark.verdict.reason == "The rows are sorted: end the sorting to move them by hand"
        assert keys_of(stage, made) == [key(1), key(4), key(2), key(3)]

    play(scenario)


def test_rows_go_to_the_list_of_another_window_copied_or_with_shift_moved(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        source = await with_list(stage, 1, 2, 3)
        target = await with_list(stage, 8, 9, name="Others", window=1)
        there = panel(stage, 1)
        assert dropped(there, carried_mime(Carried((key(1),), source)), at_row(there, 1))
        assert keys_of(stage, target) == [key(8), key(1), key(9)]
        assert keys_of(stage, source) == [key(1), key(2), key(3)]
        assert dropped(there, carried_mime(Carried((key(2),), source)), QPoint(50, 300), SHIFT)
        assert keys_of(stage, target) == [key(8), key(1), key(9), key(2)]
        assert keys_of(stage, source) == [key(1), key(3)]
        await stage.until(lambda: symbols(stage) == ["S001USDT", "S003USDT"], "both windows show it")
        await stage.until(lambda: len(symbols(stage, 1)) == 4)

    play(scenario, windows=2)


def test_a_built_in_list_takes_no_rows_and_says_why(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        shown = panel(stage)
        assert not dropped(shown, carried_mime(Carried((key(1),))), at_row(shown, 0))
        assert shown.drops.mark.verdict.reason == "“All” is built in: drop on a list of your own"
        assert not dropped(shown, QMimeData(), QPoint(5, 5))

    play(scenario)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"keys": 3, "list": ""}', b'{"keys": ["x"], "list": ""}']
)
def test_what_another_program_calls_ours_is_read_or_left(data: bytes) -> None:
    mime = QMimeData()
    mime.setData(MIME, data)
    assert read_carried(mime) is None


# ---- taking out ----------------------------------------------------------------------------------
def test_selected_rows_are_taken_out_in_every_window_and_come_back(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        made = await with_list(stage, 1, 2, 3)
        panel(stage, 1).choose(panel(stage).choice)
        shown = panel(stage)
        shown.grid.rows.selection.press(1, NO_KEYS)
        QTest.keyClick(shown.grid.rows.canvas, Qt.Key.Key_Delete)
        assert keys_of(stage, made) == [key(1), key(3)]
        for window in (0, 1):
            await stage.until(lambda at=window: symbols(stage, at) == ["S001USDT", "S003USDT"])
        link = stage.app.messages.all[-1].link
        assert link is not None
        link.run()
        assert keys_of(stage, made) == [key(1), key(2), key(3)]
        shown.choose(EVERYTHING)
        shown.grid.rows.selection.press(0, NO_KEYS)
        shown.editing.remove_selected()
        assert said(stage) == "“All” is built in and stays as it is: hide rows with a filter"

    play(scenario, windows=2)


def test_prices_stay_while_a_row_is_added_and_removed(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(40))
        await stage.until(lambda: stage.words()[0] == "live")
        made = await with_list(stage, 1, 2)
        await stage.until(lambda: len(stage.app.groups_json()) == 1, "the list before is given back")
        market.snapshots = False  # the new group has to wait
        stage.app.watchlists.store.add(made, [key(3)])
        assert [row["Last"] for row in stage.cells()] == ["100.02", "100.03", ""]
        await stage.until(
            lambda: [row["dim"] for row in panel(stage).grid.painted_states()] == [False, False, True]
        )
        assert stage.words()[0] == "live"
        market.snapshots = True
        await stage.until(lambda: [row["Last"] for row in stage.cells()] == ["100.02", "100.03", "100.04"])
        await stage.until(lambda: not any(row["dim"] for row in panel(stage).grid.painted_states()))

    play(scenario)


# ---- what a scope lacks, what is gone --------------------------------------------------------------
def test_instruments_that_the_scope_lacks_are_counted_and_kept(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        elsewhere = InstrumentKey("XCME", "ES")
        made = stage.app.watchlists.store.create("Mixed", [key(1), elsewhere])
        panel(stage).choose(own_choice(made))
        await stage.until(lambda: symbols(stage) == ["S001USDT"])
        assert panel(stage).missing == 1
        assert stage.app.windows[0].docked[0].tools._missing.text() == "1 not here"
        stage.app.watchlists.store.remove(made.id, [key(1)])
        assert panel(stage).state.title == "Nothing of “Mixed” is in this scope"
        assert keys_of(stage, made.id) == [elsewhere]

    play(scenario)


def test_a_deleted_list_says_so_in_the_panel_that_shows_it_and_can_be_brought_back(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        await with_list(stage, 1, 2)
        shown = panel(stage)
        shown.asking.delete()
        assert shown.state.title == "There is no watchlist “Majors” any more"
        assert shown.state.actions == ("Bring it back", "Show all instruments")
        assert said(stage) == "Deleted the watchlist “Majors” of 2 instruments"
        shown.grid.action_requested.emit("Bring it back")
        await stage.until(lambda: symbols(stage) == ["S001USDT", "S002USDT"])
        shown.asking.delete()
        shown.grid.action_requested.emit("Show all instruments")
        await stage.until(lambda: len(symbols(stage)) > 20)

    play(scenario)


def test_the_menu_offers_ones_own_lists_before_those_of_the_scope(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        await with_list(stage, 1, name="A & B")
        tools: Any = stage.app.windows[0].docked[0].tools
        tools.fill_lists()
        texts = [action.text() for action in tools._lists.actions()]
        assert texts[:5] == ["A && B", "", "All", "BINF", "BYBT"]
        assert "Delete “A && B”" in texts
        checked = [action.text() for action in tools._lists.actions() if action.isChecked()]
        assert checked == ["A && B"]

    play(scenario)


# ---- kept with the workspace ---------------------------------------------------------------------
def test_a_panel_comes_back_with_list_columns_sort_filter_and_row(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        await with_list(stage, 1, 2, 3)
        shown = panel(stage)
        shown.grid.set_sort("last", descending=True)
        shown.grid.set_filter("s00")
        shown.select(key(2))
        kept = shown.saved()
        other = panel(stage, 1)
        other.restore(kept)
        await stage.until(lambda: symbols(stage, 1) == ["S003USDT", "S002USDT", "S001USDT"])
        current = other.grid.current_instrument()
        assert current is not None
        assert current.key == key(2)
        assert other.saved() == kept
        assert other.grid.filter_words == "s00"

    play(scenario, windows=2)


def test_a_kept_list_that_is_gone_is_named_and_one_of_the_same_name_is_taken_for_it(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await live(stage)
        shown = panel(stage)
        shown.restore({"list": {"id": "0badf00d", "name": "Lost ones"}})
        assert shown.state.title == "There is no watchlist “Lost ones” any more"
        assert shown.state.actions == ("Show all instruments",)
        assert shown.saved()["list"] == {"id": "0badf00d", "name": "Lost ones"}
        made = stage.app.watchlists.store.create("lost ones", [key(4)])
        await stage.until(lambda: symbols(stage) == ["S004USDT"])
        assert shown.saved()["list"] == {"id": made.id, "name": "lost ones"}

    play(scenario)


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ({"list": 3}, "watchlist: “list” is 3, not a choice of a list"),
        ({"list": {"page": -1}}, "watchlist: “page” of the list is -1, not a number up to 10000"),
        ({"list": {"rows_max": 0}}, "watchlist: “rows_max” of the list is 0, not a number up to 10000"),
        ({"list": {"id": 3}}, "watchlist: “id” of the list is 3, not a text"),
        ({"current": 3}, "watchlist: “current” is 3, not an instrument"),
        ({"current": "x"}, "“x” is not an exchange and a symbol, like BINF:BTCUSDT"),
        ({"by_hand": 1}, "watchlist: “by_hand” is 1, not true or false"),
        ({"grid": []}, "watchlist: “grid” is [], not the state of a grid"),
    ],
)
def test_what_is_no_state_of_a_watchlist_is_refused_and_nothing_changes(
    play: Play, kept: dict[str, Any], words: str
) -> None:
    async def scenario(stage: Stage) -> None:
        shown = panel(stage)
        before = shown.saved()
        with pytest.raises(StateError) as told:
            shown.restore(kept)
        assert str(told.value) == words
        assert shown.saved() == before

    play(scenario)


# ---- long lists ----------------------------------------------------------------------------------
def test_a_list_longer_than_a_group_shows_all_and_marks_only_the_rows_of_a_group_that_is_lost(
    play: Play,
) -> None:
    many = tuple(Instrument(InstrumentKey("BINF", f"S{number:04}"), 2, 3) for number in range(2_500))

    async def scenario(stage: Stage) -> None:
        market = await stage.market(many)
        await stage.until(lambda: stage.words()[0] == "live")
        shown = panel(stage)
        shown.choose(WatchChoice(rows_max=10_000))
        await stage.until(lambda: len(market.leases) == 3)
        await stage.until(lambda: stage.words()[0] == "live" and not rows_dim(shown))
        assert shown.grid.row_counts() == (2_500, 2_500)
        assert [row["Symbol"] for row in stage.cells()][:2] == ["S0000", "S0001"]
        shown.select(many[2_400].key)
        await stage.until(lambda: any(row["Symbol"] == "S2400" for row in stage.cells()))
        lost = next(group for group in market.groups.values() if many[2_400].key in group.spec.keys)
        lost.sequence += 5  # messages were lost
        market.snapshots = False
        market.send(many[2_400].key)
        await stage.until(lambda: rows_dim(shown) == {instrument.key for instrument in many[2_000:]})
        await stage.until(lambda: stage.words()[1].startswith("500 rows without update for "))
        market.set_values(many[2_400].key, {Field.LAST: 77_700})
        market.snapshots = True
        await stage.until(lambda: not rows_dim(shown) and stage.words()[0] == "live")
        found = [row for row in stage.cells() if row["Symbol"] == "S2400"]
        assert found[0]["Last"] == "777.00"

    play(scenario)


def rows_dim(shown: WatchlistPanel) -> set[InstrumentKey]:
    """Every instrument of the list whose row does not look live."""
    picture = shown.grid.rows.picture
    return {
        instrument.key
        for instrument, state in zip(shown.instruments, picture.state.tolist(), strict=True)
        if state
    }
