"""Screens that come and go while the desk runs: windows follow them, and none is left out of reach."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication, QScreen

from desktop.tr import tr
from desktop.workspace.screen_places import place_of, put
from desktop.workspaces.screens import place_for, set_key

if TYPE_CHECKING:
    from desktop.app import DeskApp
    from desktop.workspace.keeper import Workspaces

SCREENS_SETTLE_MS: Final = 400  # screens come and go one by one


class ScreenWatch(QObject):
    """`begin` when the desk starts, `end` before it goes."""

    def __init__(self, workspaces: "Workspaces", app: "DeskApp") -> None:
        super().__init__(workspaces)
        self._workspaces = workspaces
        self._app = app
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.timeout.connect(self.follow)
        self._set_key = ""

    def begin(self) -> None:
        qt = QGuiApplication.instance()
        qt.screenAdded.connect(self._changed)  # type: ignore[union-attr]
        qt.screenRemoved.connect(self._changed)  # type: ignore[union-attr]
        for screen in QGuiApplication.screens():
            screen.geometryChanged.connect(self._changed)
        self._set_key = set_key([room.screen for room in self._workspaces.read_rooms()])

    def end(self) -> None:
        self._settle.stop()
        QGuiApplication.instance().screenAdded.disconnect(self._changed)  # type: ignore[union-attr]
        QGuiApplication.instance().screenRemoved.disconnect(self._changed)  # type: ignore[union-attr]

    def _changed(self, change: object = None) -> None:
        if isinstance(change, QScreen) and change in QGuiApplication.screens():
            change.geometryChanged.connect(self._changed)
        self._settle.start(SCREENS_SETTLE_MS)

    def follow(self) -> None:
        """Other screens: windows go where they stood on these, or in proportion; none is out of reach."""
        workspaces = self._workspaces
        there = workspaces.read_rooms()
        key = set_key([room.screen for room in there])
        if not there or not workspaces.is_settled:
            return
        workspace = workspaces.store[workspaces.slug]
        saved = {window.id: window for window in workspace.windows}
        for window in self._app.windows:
            places = dict(saved[window.id].places) if window.id in saved else {}
            now = place_of(window, there)
            if key == self._set_key and now is not None:
                places = {key: now}
            place = place_for(places, workspace.screens, there)
            if place is not None and place != now:
                put(window, place, there)
        if key != self._set_key and key in workspaces.store.monitors:
            workspaces.say(tr("Monitors: {name}", name=workspaces.store.monitors[key]))
        self._set_key = key
        workspaces.note_change()
