"""Diagnostics for whoever supports the desk: copied, or saved beside the crash reports, ten of them kept."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from core import platform
from core.clock import NS_PER_S, wall_ns
from desktop.diagnostics import diagnostics
from desktop.messages import Level, MessageLink
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.app import DeskApp

SAVED_KEPT: Final = 10
_GLOB: Final = "diagnostics-*.txt"


class Support:
    """Of one desk. The text is made at once, from memory; a file is written in a thread."""

    def __init__(self, app: "DeskApp") -> None:
        self._app = app
        self._directory = app.desk_dir / "crash"
        self._saved = 0

    def copy(self) -> None:
        """Put the text on the clipboard, and keep it as a file for what a clipboard cannot hold."""
        text = diagnostics(self._app)
        QGuiApplication.clipboard().setText(text)
        self._keep(text, tr("Diagnostics copied"))

    def save(self) -> None:
        self._keep(diagnostics(self._app), tr("Diagnostics saved"))

    def open_folder(self) -> None:
        """In the file manager; made first when nothing was ever written."""
        try:
            platform.private_directory(self._directory)
        except OSError as error:
            self._say(
                Level.WARNING,
                tr("{place} cannot be made: {reason}", place=self._directory, reason=error.strerror or error),
            )
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._directory)))

    def _keep(self, text: str, done: str) -> None:
        self._saved += 1
        at = datetime.fromtimestamp(wall_ns() / NS_PER_S).astimezone()
        path = self._directory / f"diagnostics-{at:%Y%m%d-%H%M%S}-{self._saved:03}.txt"
        self._app.start_task(self._write(path, text, done), "save-diagnostics")

    async def _write(self, path: Path, text: str, done: str) -> None:
        try:
            await asyncio.to_thread(_write, path, text)
        except OSError as error:
            reason = error.strerror or error
            self._say(
                Level.WARNING,
                tr("{path} was not saved: {reason}; free or allow the place", path=path, reason=reason),
            )
            return
        link = MessageLink(tr("Open folder"), self.open_folder)
        self._say(Level.INFO, tr("{done}: {path}", done=done, path=path), link)

    def _say(self, level: Level, text: str, link: MessageLink | None = None) -> None:
        self._app.messages.add(level, text, self._app.now_ms(), link)


def _write(path: Path, text: str) -> None:
    platform.private_directory(path.parent)
    platform.write_private(path, text)
    for old in sorted(path.parent.glob(_GLOB), reverse=True)[SAVED_KEPT:]:
        old.unlink(missing_ok=True)
