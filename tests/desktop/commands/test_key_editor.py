"""The dialog of the keys, by real presses: found, recorded, refused, taken over, reset; the sheet of all."""

import os
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from core.tasks import TaskSet
from desktop.commands.commands import Commands
from desktop.commands.key_editor import KeyEditor
from desktop.commands.key_sheet import KeySheet, sheet_markdown, sheet_text
from tests.desktop.conftest import Play, Stage
from tests.golden.pictures import APPROVE

CTRL, ALT, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)
KEYS_PAGE = Path(__file__).parents[3] / "docs" / "keys.md"
HEAD = """# Keys

What is here holds until it is changed: `Ctrl+/` opens the shortcuts, `F1` shows those in force on one sheet.
Keys of a panel's own work while it has the focus and cannot be changed. This page is made from the list of
actions.

"""


async def editor(stage: Stage, action_id: str) -> KeyEditor:
    window = stage.app.windows[0]
    window.activateWindow()
    await stage.until(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_Slash, CTRL)
    await stage.until(lambda: window.findChild(KeyEditor) is not None)
    found = window.findChild(KeyEditor)
    assert isinstance(found, KeyEditor)
    found.list.choose(action_id)
    found.field.setFocus()
    return found


def removers(dialog: KeyEditor) -> list[str]:
    """The keys of the chosen action, as they stand on their buttons."""
    return [button.text().removesuffix("  ×") for button in dialog._shown_keys]


def test_a_key_is_recorded_by_pressing_it_and_works_at_once(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        app = stage.app
        dialog = await editor(stage, "look.toggle_theme")
        assert removers(dialog) == ["Ctrl+T"]
        QTest.keyClick(dialog.field, Qt.Key.Key_D, CTRL | ALT)
        assert removers(dialog) == ["Ctrl+T", "Ctrl+Alt+D"]
        assert dialog.said.text() == "Ctrl+Alt+D calls it from now on, in all windows."
        QTest.keyClick(dialog.field, Qt.Key.Key_Escape)
        QTest.mouseClick(dialog._shown_keys[0], Qt.MouseButton.LeftButton)
        assert removers(dialog) == ["Ctrl+Alt+D"]
        dialog.close()
        window = app.windows[0]
        window.activateWindow()
        await stage.until(window.isActiveWindow)
        QTest.keyClick(window, Qt.Key.Key_T, CTRL)
        assert app.theme.name == "dark"
        QTest.keyClick(window, Qt.Key.Key_D, CTRL | ALT)
        assert app.theme.name == "light"

    play(scenario)


def test_a_key_of_another_action_is_named_with_both_and_goes_over_when_it_is_wanted(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        keys = stage.app.commands.keys
        dialog = await editor(stage, "window.close")
        QTest.keyClick(dialog.field, Qt.Key.Key_N, CTRL)
        assert dialog.said.text() == "Ctrl+N is “New window” now. Give it to “Close window”?"
        assert keys.keys("window.new") == ("Ctrl+N",), "not before it is wanted"
        assert len(stage.app.windows) == 1, "while it is recorded a key calls nothing"
        QTest.mouseClick(dialog.replace, Qt.MouseButton.LeftButton)
        assert keys.keys("window.close") == ("Ctrl+W", "Ctrl+N")
        assert keys.keys("window.new") == ()
        assert dialog.replace.isHidden()
        QTest.mouseClick(dialog.reset, Qt.MouseButton.LeftButton)
        assert keys.keys("window.close") == ("Ctrl+W",)
        QTest.mouseClick(dialog.reset_all, Qt.MouseButton.LeftButton)
        assert keys.keys("window.new") == ("Ctrl+N",)
        assert not dialog.reset_all.isEnabled()

    play(scenario)


def test_keys_that_are_typed_or_a_panels_are_refused_with_the_reason(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        dialog = await editor(stage, "window.new")
        for key, modifiers, words in (
            (Qt.Key.Key_5, NONE, "5 is typed as text into fields and over charts"),
            (Qt.Key.Key_M, SHIFT, "Shift+M is typed as text"),
            (Qt.Key.Key_0, CTRL, "Ctrl+0 belongs to Chart: Automatic prices"),
            (Qt.Key.Key_C, CTRL, "Ctrl+C belongs to Watchlist: Copy the selected rows"),
            (Qt.Key.Key_Home, NONE, "Home moves in lists"),
        ):
            QTest.keyClick(dialog.field, key, modifiers)
            assert dialog.said.text().startswith(words)
            assert dialog.replace.isHidden(), "there is nobody to take it from"
        assert removers(dialog) == ["Ctrl+N"]

    play(scenario)


def test_actions_are_found_by_their_words_and_by_their_keys(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        dialog = await editor(stage, "window.new")

        def shown() -> list[str]:
            return [item.text(0) for item, _said in dialog.list._texts if not item.isHidden()]

        QTest.keyClicks(dialog.search, "theme")
        assert {"Dark theme", "Light theme", "Switch between dark and light"} <= set(shown())
        assert "New window" not in shown()
        dialog.search.setText("ctrl+shift+n")
        assert shown() == ["Add a chart"]
        dialog.search.setText("half a page")
        assert shown() == ["Earlier, later; half a page with Shift"], "a panel's own keys are listed, too"
        dialog.list.setCurrentItem(dialog.list._texts[-1][0])
        assert not dialog.field.isEnabled()
        dialog.search.setText("nothing at all")
        assert shown() == []

    play(scenario)


def test_the_sheet_shows_copies_and_prints_the_keys_in_force(play: Play, tmp_path: Path) -> None:
    async def scenario(stage: Stage) -> None:
        app = stage.app
        window = app.windows[0]
        window.activateWindow()
        await stage.until(window.isActiveWindow)
        QTest.keyClick(window, Qt.Key.Key_F1)
        await stage.until(lambda: window.findChild(KeySheet) is not None)
        sheet = window.findChild(KeySheet)
        assert isinstance(sheet, KeySheet)
        assert "Ctrl+Shift+N" in sheet.page.toPlainText()
        app.commands.keys.add("chart.new", "Ctrl+J")
        assert "Ctrl+Shift+N, Ctrl+J" in sheet.page.toPlainText(), "it follows while it is open"
        copy = next(button for button in sheet.findChildren(QPushButton) if button.text() == "Copy")
        QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
        assert "Ctrl+Shift+N, Ctrl+J\tAdd a chart\n" in QGuiApplication.clipboard().text()
        assert "Chart\n5, M\tType an interval (5m, 100t), an indicator (ema 21) or a symbol" in sheet_text(
            app.commands
        )
        sheet.save_pdf(str(tmp_path / "keys.pdf"))
        assert (tmp_path / "keys.pdf").read_bytes().startswith(b"%PDF-")

    play(scenario)


def test_the_page_of_keys_in_the_docs_is_that_of_the_desk(tmp_path: Path) -> None:
    """Approve a change with TAPEDECK_APPROVE=1."""
    commands = Commands(tmp_path, TaskSet(), lambda _level, _text: None)
    page = HEAD + sheet_markdown(commands)
    if os.environ.get(APPROVE):
        KEYS_PAGE.write_text(page, encoding="utf-8")
    assert KEYS_PAGE.read_text(encoding="utf-8") == page, f"make it anew with {APPROVE}=1"
