"""Where windows go on the screens there are: kept for each set of screens, mapped to sets not seen before.

Pure. On the screens it was saved on a window stands where it stood, to the pixel; on others in proportion. No
window ever stands where its title bar cannot be reached.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from desktop.workspaces.model import Place, ScreenPlace

SETS_MAX: Final = 16  # sets of screens remembered, the ones used last
TITLE_PX: Final = 32  # of a system's title bar, above the content
REACH_PX: Final = 96  # so much of a title bar must lie on a screen, to take hold of it
SIZE_MIN_PX: Final = (480, 240)


@dataclass(frozen=True, slots=True)
class Room:
    """A screen that is there. `left` to `bottom`: what panels of the system leave, from its left top."""

    screen: ScreenPlace
    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


def set_key(screens: Sequence[ScreenPlace]) -> str:
    """The same for the same screens, wherever they stand beside each other."""
    said = (f"{screen.name} {screen.width}x{screen.height}@{screen.scale:g}" for screen in screens)
    return " | ".join(sorted(said))


def remembered(
    screens: Mapping[str, tuple[ScreenPlace, ...]], now: Sequence[ScreenPlace]
) -> dict[str, tuple[ScreenPlace, ...]]:
    """These sets with the one of now as the last; bounded."""
    key = set_key(now)
    kept = {other: known for other, known in screens.items() if other != key}
    for old in list(kept)[: max(0, len(kept) + 1 - SETS_MAX)]:
        del kept[old]
    return {**kept, key: tuple(now)}


def place_for(
    places: Mapping[str, Place], known: Mapping[str, tuple[ScreenPlace, ...]], rooms: Sequence[Room]
) -> Place | None:
    """Where a window with these places goes now; None for one that has never stood anywhere."""
    if not rooms:
        return None
    key = set_key([room.screen for room in rooms])
    if key in places:
        return kept_reachable(places[key], rooms)
    for other in reversed(list(known)):
        if other in places:
            return mapped(places[other], known[other], rooms)
    return mapped(list(places.values())[-1], (), rooms) if places else None


def kept_reachable(place: Place, rooms: Sequence[Room]) -> Place:
    """As it is, if it can be reached; else moved into the nearest screen."""
    room = next((room for room in rooms if room.screen.name == place.screen), None)
    if room is not None and is_reachable(place, rooms):
        return place
    return _inside(place, room or rooms[0])


def is_reachable(place: Place, rooms: Sequence[Room]) -> bool:
    """Enough of its upper edge lies on a screen to take hold of it there."""
    own = next((room for room in rooms if room.screen.name == place.screen), None)
    if own is None:
        return False
    x, y = own.screen.x + place.x, own.screen.y + place.y
    for room in rooms:
        left, right = room.screen.x + room.left, room.screen.x + room.right
        top, bottom = room.screen.y + room.top, room.screen.y + room.bottom
        seen_px = min(x + place.width, right) - max(x, left)
        if seen_px >= min(REACH_PX, place.width) and top <= y <= bottom - TITLE_PX:
            return True
    return False


def mapped(place: Place, known: Sequence[ScreenPlace], rooms: Sequence[Room]) -> Place:
    """In proportion, on the screen that stands for the one it was on."""
    ordered = sorted(rooms, key=lambda room: (room.screen.x, room.screen.y, room.screen.name))
    source = next((screen for screen in known if screen.name == place.screen), None)
    target = next((room for room in ordered if room.screen.name == place.screen), None)
    if target is None:
        before = sorted(known, key=lambda screen: (screen.x, screen.y, screen.name))
        number = before.index(source) if source is not None else 0
        target = ordered[number * len(ordered) // max(1, len(before))]
    if source is None:
        return _inside(place, target)
    across, down = target.width / source.width, target.height / source.height
    scaled = Place(
        target.screen.name,
        target.left + round(place.x * across),
        target.top + round(place.y * down),
        max(1, round(place.width * across)),
        max(1, round(place.height * down)),
        place.state,
    )
    return _inside(scaled, target)


def _inside(place: Place, room: Room) -> Place:
    """Wholly on the screen, with room for a title bar where there is any."""
    width = min(max(place.width, SIZE_MIN_PX[0]), room.width)
    height = min(max(place.height, SIZE_MIN_PX[1]), max(1, room.height - TITLE_PX))
    top = room.top + TITLE_PX
    return Place(
        room.screen.name,
        max(room.left, min(place.x, room.right - width)),
        max(top, min(place.y, room.bottom - height)),
        width,
        height,
        place.state,
    )
