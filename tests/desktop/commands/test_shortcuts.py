"""Keys in real windows: what was bound works at once, everywhere, and after a restart."""

import json
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.desktop.conftest import Play, Stage

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


async def front(stage: Stage, place: int = 0) -> object:
    window = stage.app.windows[place]
    window.activateWindow()
    await stage.until(window.isActiveWindow)
    return window


def test_another_key_works_at_once_in_every_window_and_the_old_one_does_no_more(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        app = stage.app
        app.open_window()
        app.commands.keys.add("look.toggle_theme", "Alt+D")
        app.commands.keys.remove("look.toggle_theme", "Ctrl+T")
        for place in (0, 1):
            window = await front(stage, place)
            before = app.theme.name
            QTest.keyClick(window, Qt.Key.Key_T, CTRL)
            assert app.theme.name == before
            QTest.keyClick(window, Qt.Key.Key_D, ALT)
            assert app.theme.name != before, f"in window {place}"

    play(scenario)


def test_keys_that_were_chosen_are_there_after_a_restart(play: Play, tmp_path: Path) -> None:
    async def choose(stage: Stage) -> None:
        stage.app.commands.keys.add("window.new", "Ctrl+Alt+W")
        stage.app.commands.keys.add("window.close", "Ctrl+N")
        await stage.until((tmp_path / "desk" / "keys.json").exists)

    async def use(stage: Stage) -> None:
        keys = stage.app.commands.keys
        assert keys.keys("window.new") == ("Ctrl+Alt+W",)
        assert keys.keys("window.close") == ("Ctrl+W", "Ctrl+N")
        window = await front(stage)
        QTest.keyClick(window, Qt.Key.Key_W, CTRL | ALT)
        await stage.until(lambda: len(stage.app.windows) == 2)

    play(choose)
    assert json.loads((tmp_path / "desk" / "keys.json").read_text()) == {
        "version": 1,
        "keys": {"window.close": ["Ctrl+W", "Ctrl+N"], "window.new": ["Ctrl+Alt+W"]},
    }
    play(use)


def test_a_file_of_keys_that_cannot_be_read_is_set_aside_with_a_notice(play: Play, tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "keys.json").write_text('{"version": 1, "keys": {"window.new": ["Nonsense"]}}')

    async def scenario(stage: Stage) -> None:
        (notice,) = [message.text for message in stage.app.messages.all]
        assert "keys.json cannot be used (“window.new” has 'Nonsense', which is no key)" in notice
        assert stage.app.commands.keys.keys("window.new") == ("Ctrl+N",)

    play(scenario)
    assert (tmp_path / "desk" / "keys.unreadable-1.json").exists()
