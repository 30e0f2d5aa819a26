"""Files of workspaces that cannot be read or written for a moment: nothing a person made is lost."""

from pathlib import Path

import pytest

from desktop.workspace.asking import ask_save_as
from desktop.workspace.name_dialog import NameDialog
from tests.desktop.conftest import Play, Stage


def test_a_workspace_is_not_saved_without_a_name_and_the_dialog_says_why(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        window = stage.app.windows[0]
        ask_save_as(window)
        dialog = window.findChild(NameDialog)
        assert dialog is not None
        dialog.field.setText("   ")
        dialog.button.click()
        assert dialog.isVisible()
        assert dialog.complaint.text() == "A name has 1 to 40 characters"
        assert dialog.complaint.isVisible()
        assert stage.app.workspaces.store.names == ["Main"]
        dialog.field.setText("  Morning  one ")
        dialog.button.click()
        assert stage.app.workspaces.store.names == ["Main", "Morning one"]

    async def look(stage: Stage) -> None:
        assert stage.app.workspaces.store.names == ["Main", "Morning one"]

    play(scenario, keeps=True)
    play(look, keeps=True)


def test_a_file_that_cannot_be_read_for_a_moment_is_left_as_it_is(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "desk" / "workspaces" / "main.json"

    async def name(stage: Stage) -> None:
        stage.app.workspaces.rename("main", "My day")

    async def look(stage: Stage) -> None:
        said = [message.text for message in stage.app.messages.all]
        assert any("main.json could not be read (Permission denied)" in text for text in said), said
        assert stage.app.workspaces.slug == "main-2", "the windows are kept elsewhere"

    async def again(stage: Stage) -> None:
        assert "My day" in stage.app.workspaces.store.names

    play(name, keeps=True)
    whole, read = path.read_text(), Path.read_text

    def locked(self: Path, encoding: str | None = None, errors: str | None = None) -> str:
        if self == path:
            raise PermissionError(13, "Permission denied")
        return read(self, encoding, errors)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", locked)
        play(look, keeps=True)
    assert path.read_text() == whole
    assert not list(path.parent.glob("*unreadable*"))
    play(again, keeps=True)


def test_workspaces_are_there_without_the_file_that_says_which_is_open(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = tmp_path / "desk" / "desk.json", Path.read_text

    async def name(stage: Stage) -> None:
        stage.app.workspaces.rename("main", "My day")

    async def look(stage: Stage) -> None:
        assert stage.app.workspaces.store.names == ["My day"]

    def locked(self: Path, encoding: str | None = None, errors: str | None = None) -> str:
        if self == path:
            raise PermissionError(13, "Permission denied")
        return read(self, encoding, errors)

    play(name, keeps=True)
    monkeypatch.setattr(Path, "read_text", locked)
    play(look, keeps=True)
