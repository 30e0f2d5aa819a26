"""Where a window stands on Qt's screens, and how it gets there."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from desktop.workspaces.model import Place, ScreenPlace, WindowState
from desktop.workspaces.screens import Room

_FILLING = Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen
_OFF_NORMAL = _FILLING | Qt.WindowState.WindowMinimized


def rooms() -> list[Room]:
    """The screens that are there, the first one first."""
    return [_room(screen) for screen in QGuiApplication.screens()]


def _room(screen: QScreen) -> Room:
    whole, free = screen.geometry(), screen.availableGeometry()
    place = ScreenPlace(
        screen.name(), whole.x(), whole.y(), whole.width(), whole.height(), screen.devicePixelRatio()
    )
    left, top = free.x() - whole.x(), free.y() - whole.y()
    return Room(place, left, top, left + free.width(), top + free.height())


def place_of(window: QWidget, there: Sequence[Room]) -> Place | None:
    """Where it stands; None while no screen has it."""
    off_normal = bool(window.windowState() & _OFF_NORMAL)
    box = window.normalGeometry() if off_normal else window.geometry()
    if not box.isValid():
        return None
    name = window.screen().name()
    room = next((room for room in there if room.screen.name == name), None)
    if room is None:
        return None
    screen = room.screen
    return Place(name, box.x() - screen.x, box.y() - screen.y, box.width(), box.height(), _state(window))


def _state(window: QWidget) -> WindowState:
    state = window.windowState()
    if state & Qt.WindowState.WindowFullScreen:
        return "full"
    return "maximised" if state & Qt.WindowState.WindowMaximized else "normal"


def put(window: QWidget, place: Place, there: Sequence[Room]) -> None:
    """Make it stand there; shown or not."""
    room = next((room for room in there if room.screen.name == place.screen), None)
    screen = next((screen for screen in QGuiApplication.screens() if screen.name() == place.screen), None)
    if room is None:
        return
    moves = screen is not None and window.screen() is not screen
    if window.windowState() & _FILLING and (moves or place.state == "normal"):
        # It fills the screen it is on: it can go to another one, or to a size of its own, only from normal.
        window.setWindowState(window.windowState() & ~_FILLING)
    if screen is not None and moves:
        window.setScreen(screen)
    if not window.windowState() & _OFF_NORMAL:
        box = QRect(room.screen.x + place.x, room.screen.y + place.y, place.width, place.height)
        window.setGeometry(box)
    if place.state == "maximised":
        window.setWindowState(window.windowState() | Qt.WindowState.WindowMaximized)
    elif place.state == "full":
        window.setWindowState(window.windowState() | Qt.WindowState.WindowFullScreen)
