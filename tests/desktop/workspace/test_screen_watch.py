"""Monitors that come and go: what is saved meanwhile loses no place, and the windows go back to theirs."""

from collections.abc import Callable

from PySide6.QtWidgets import QApplication

from desktop.workspace.screen_places import rooms
from desktop.workspaces.model import ScreenPlace
from desktop.workspaces.screens import Room, set_key
from tests.desktop.conftest import Play, Stage

BOX = (120, 90, 500, 400)
PUSHED = (0, 40, 480, 300)  # by the system, when its screen goes


def undock(stage: Stage) -> Callable[[], None]:
    """Save `BOX`, take the screen away, have the system push the window, and save; returns docking."""
    workspaces, window = stage.app.workspaces, stage.app.windows[0]
    window.setGeometry(*BOX)
    workspaces.write_now()
    both = workspaces.read_rooms()
    small = ScreenPlace(both[0].screen.name, 0, 0, 600, 600, 1.0)
    workspaces.read_rooms = lambda: [Room(small, 0, 0, small.width, small.height)]
    screen = window.screen()
    QApplication.instance().screenAdded.emit(screen)  # type: ignore[union-attr]
    window.setGeometry(*PUSHED)
    workspaces.write_now()

    def dock() -> None:
        workspaces.read_rooms = lambda: both
        QApplication.instance().screenAdded.emit(screen)  # type: ignore[union-attr]
        workspaces.note_change()
        workspaces.write_now()

    return dock


def test_a_save_while_screens_change_does_not_overwrite_the_places_on_the_ones_that_come(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        workspaces, window = stage.app.workspaces, stage.app.windows[0]
        dock = undock(stage)
        workspaces.screens.follow()
        small = set_key([room.screen for room in workspaces.read_rooms()])
        workspaces.write_now()
        assert small in workspaces.store[workspaces.slug].windows[0].places
        dock()
        workspaces.screens.follow()
        assert window.geometry().getRect() == BOX

    play(scenario, keeps=True)


def test_windows_go_back_when_a_screen_blinks_away_and_is_there_again(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        undock(stage)()
        await stage.until(lambda: stage.app.windows[0].geometry().getRect() == BOX, "its old place")
        assert not stage.app.workspaces.screens.is_settling

    play(scenario, keeps=True)


def test_a_desk_that_ends_while_screens_change_comes_back_as_it_stood_before(play: Play) -> None:
    async def end(stage: Stage) -> None:
        undock(stage)
        stage.app.workspaces.read_rooms = rooms

    async def look(stage: Stage) -> None:
        assert stage.app.windows[0].geometry().getRect() == BOX

    play(end, keeps=True)
    play(look, keeps=True)
