"""What the desk asks a person about workspaces: names and files. No file is touched on the GUI thread."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from core.state.versioned_file import StateError
from desktop.export_file import ExportError, write_text
from desktop.messages import Level
from desktop.tr import tr
from desktop.workspace.name_dialog import NameDialog
from desktop.workspaces.screens import set_key
from desktop.workspaces.store import read_file, slug_of

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow

FILE_ENDING = "json"


def _ask(window: "DeskWindow", title: str, name: str, done: str, take: Callable[[str], object]) -> None:
    NameDialog(window, window.host.theme, title, name, done, take).open()


def ask_save_as(window: "DeskWindow") -> None:
    """The workspace under another name."""
    workspaces = window.host.workspaces
    _ask(window, tr("Save workspace as"), workspaces.name, tr("Save"), workspaces.save_as)


def ask_rename(window: "DeskWindow", slug: str) -> None:
    """Another name for a workspace."""
    workspaces = window.host.workspaces
    name = workspaces.store[slug].name
    _ask(window, tr("Rename workspace"), name, tr("Rename"), lambda new: workspaces.rename(slug, new))


def ask_panel_title(window: "DeskWindow", panel: object) -> None:
    """Another name in the tab of a panel; none: that of its kind."""
    docked = window.contents.docked_of(panel)
    _ask(
        window, tr("Rename panel"), docked.title or docked.dock.windowTitle(), tr("Rename"), docked.set_title
    )


def ask_monitors_name(window: "DeskWindow") -> None:
    """A name for the screens that are there."""
    workspaces = window.host.workspaces
    key = set_key([room.screen for room in workspaces.read_rooms()])
    name = workspaces.store.monitors.get(key, "") or tr("Office")
    _ask(
        window,
        tr("Name these monitors"),
        name,
        tr("Name"),
        lambda new: workspaces.store.name_monitors(key, new),
    )


def ask_export(window: "DeskWindow", slug: str) -> None:
    """Where to write a workspace."""
    workspaces = window.host.workspaces
    name = f"{slug_of(workspaces.store[slug].name, ())}.{FILE_ENDING}"
    dialog = _file_dialog(window, tr("Export workspace"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(FILE_ENDING)
    dialog.selectFile(name)
    dialog.fileSelected.connect(lambda path: export_workspace(window, slug, Path(path)))
    dialog.open()


def ask_import(window: "DeskWindow") -> None:
    """Which file to read a workspace from."""
    dialog = _file_dialog(window, tr("Import workspace"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(lambda path: import_workspace(window, Path(path)))
    dialog.open()


def _file_dialog(window: "DeskWindow", title: str) -> QFileDialog:
    dialog = QFileDialog(window, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setNameFilter(tr("Workspaces (*.json)"))
    return dialog


def export_workspace(window: "DeskWindow", slug: str, path: Path) -> None:
    """Write it; says where, or why not."""
    host = window.host
    text = host.workspaces.store.text_of(slug)
    name = host.workspaces.store[slug].name

    async def write() -> None:
        try:
            await asyncio.to_thread(write_text, path, text)
        except ExportError as error:
            host.messages.add(Level.ERROR, str(error), host.now_ms())
        else:
            host.workspaces.say(tr("Workspace {name} was exported to {path}", name=name, path=path))

    host.start_task(write(), "export-workspace")


def import_workspace(window: "DeskWindow", path: Path) -> None:
    """Open what is in a file as another workspace; says what is wrong with it."""
    host = window.host

    async def read() -> None:
        try:
            workspace = await asyncio.to_thread(read_file, path)
            host.workspaces.open_workspace(workspace)
        except StateError as error:
            host.messages.add(Level.ERROR, str(error), host.now_ms())

    host.start_task(read(), "import-workspace")
