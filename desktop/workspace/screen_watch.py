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
        self._are_others = False  # a screen has come or gone, even if those of now are the ones of before
        self.is_settling = False  # windows stand where the system has pushed them: no place of theirs counts

    def begin(self) -> None:
        qt = QGuiApplication.instance()
        qt.screenAdded.connect(self._came_or_went)  # type: ignore[union-attr]
        qt.screenRemoved.connect(self._came_or_went)  # type: ignore[union-attr]
        for screen in QGuiApplication.screens():
            screen.geometryChanged.connect(self._changed)
        self._set_key = set_key([room.screen for room in self._workspaces.read_rooms()])

    def end(self) -> None:
        self._settle.stop()
        QGuiApplication.instance().screenAdded.disconnect(self._came_or_went)  # type: ignore[union-attr]
        QGuiApplication.instance().screenRemoved.disconnect(self._came_or_went)  # type: ignore[union-attr]

    def _came_or_went(self, screen: QScreen) -> None:
        if screen in QGuiApplication.screens():
            screen.geometryChanged.connect(self._changed)
        self._are_others = True
        self._changed()

    def _changed(self, _geometry: object = None) -> None:
        self.is_settling = True
        self._settle.start(SCREENS_SETTLE_MS)

    def follow(self) -> None:
        """Other screens: windows go where they stood on these, or in proportion; none is out of reach."""
        workspaces = self._workspaces
        there = workspaces.read_rooms()
        key = set_key([room.screen for room in there])
        self._settle.stop()
        if not there:
            return  # until a screen comes
        if not workspaces.is_settled:
            self._settle.start(SCREENS_SETTLE_MS)
            return
        workspace = workspaces.store[workspaces.slug]
        saved = {window.id: window for window in workspace.windows}
        for window in self._app.windows:
            places = dict(saved[window.id].places) if window.id in saved else {}
            now = place_of(window, there)
            if key == self._set_key and not self._are_others and now is not None:
                places = {key: now}
            place = place_for(places, workspace.screens, there)
            if place is not None and place != now:
                put(window, place, there)
        if key != self._set_key and key in workspaces.store.monitors:
            workspaces.say(tr("Monitors: {name}", name=workspaces.store.monitors[key]))
        self._set_key = key
        self._are_others = self.is_settling = False
        workspaces.note_change()
