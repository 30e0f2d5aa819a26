"""The system ends the desk: by a quit of the application, at the end of a session, when a person logs out.

What is on the screen is written before any window goes, so that all of it comes back.
"""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from desktop.qt_app import DeskQt

if TYPE_CHECKING:
    from desktop.app import DeskApp
    from desktop.workspace.keeper import Workspaces


class Leaving:
    """`begin` when the desk starts, `end` before it goes."""

    def __init__(self, workspaces: "Workspaces", app: "DeskApp") -> None:
        self._workspaces = workspaces
        self._app = app
        self._qt: QApplication = app.qt

    def begin(self) -> None:
        self._qt.commitDataRequest.connect(self.session_ends)
        if isinstance(self._qt, DeskQt):
            self._qt.on_quit = self.quit

    def end(self) -> None:
        self._qt.commitDataRequest.disconnect(self.session_ends)
        if isinstance(self._qt, DeskQt):
            self._qt.on_quit = None

    def session_ends(self, _manager: object = None) -> None:
        """Write now. The person may yet stay, so that changes go on to count."""
        self._workspaces.write_now()

    def quit(self) -> None:
        """The windows as they are now count; the desk takes itself down."""
        self._workspaces.write_now(last=True)
        self._app.quit()
