"""The system ends the desk: whatever closes the windows then, all of them come back with the next start."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def test_what_raises_at_the_end_keeps_nothing_else_from_ending(play: Play, tmp_path: Path) -> None:
    """The watchlists are written, the next start is told of no crash, and the failure is not swallowed."""
    reported: list[str] = []

    def broken(step: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            step()
            raise RuntimeError("will not close")

        return run

    async def leave(stage: Stage) -> None:
        app: Any = stage.app
        app.watchlists.store.create("Energy")
        app.health.close = broken(app.health.close)
        app.commands.close = broken(app.commands.close)
        app.settings.flush = broken(app.settings.flush)
        close = app.crash.close

        def last() -> None:
            reported.extend(message.text for message in app.messages.all if "end well" in message.text)
            app.failures.count = 0
            close()

        app.crash.close = last

    async def look(stage: Stage) -> None:
        assert stage.app.watchlists.store.named("Energy") is not None
        assert not any("ended unexpectedly" in message.text for message in stage.app.messages.all)

    play(leave, keeps=True)
    assert reported, "told"
    play(look, keeps=True)
