"""A trader makes lists of their own: types, pastes, imports, drags, takes out, undoes, finds them again."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import (
    QGuiApplication,
)
from PySide6.QtTest import QTest

from desktop.panels.watchlist.lists import own_choice
from tests.desktop.conftest import Play, Stage
from tests.desktop.panels.watchlist.own_lists import (
    dropped,
    key,
    keys_of,
    live,
    panel,
    said,
    symbols,
    with_list,
)


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
        await stage.until(lambda: "out.txt was not written: " in said(stage))

    play(scenario)


# ---- dragging ------------------------------------------------------------------------------------
