"""The system ends the desk: whatever closes the windows then, all of them come back with the next start."""

import asyncio
import json
from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.desktop.conftest import Play, Stage


def test_six_windows_come_back_after_the_application_was_asked_to_quit(
    play: Play, qapp: QApplication
) -> None:
    async def leave(stage: Stage) -> None:
        for _ in range(5):
            stage.app.open_window()
        qapp.quit()
        await stage.until(lambda: not stage.app.windows, "the end of the desk")

    async def look(stage: Stage) -> None:
        assert len(stage.app.windows) == 6

    play(leave, keeps=True)
    play(look, keeps=True)


def test_the_end_of_a_session_writes_at_once_and_the_desk_goes_on_keeping_if_it_stays(
    play: Play, tmp_path: Path
) -> None:
    def kept() -> int:
        saved = json.loads((tmp_path / "desk" / "workspaces" / "main.json").read_text())
        return len(saved["windows"])

    async def stay(stage: Stage) -> None:
        stage.app.open_window()
        stage.app.workspaces.leaving.session_ends()
        assert kept() == 2
        stage.app.open_window()
        await asyncio.sleep(0)
        await stage.until(lambda: kept() == 3, "the window opened after it")

    play(stay, keeps=True)
