"""A workspace as plain, frozen values: its windows, where they stand on which screens, and their panels.

What a panel or a link keeps is its own business: here it is data that are handed through. The reading of
files is in `reading`, the mapping of places to screens in `screens`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from core.scope import Scope

Data = dict[str, Any]
WindowState = Literal["normal", "maximised", "full"]
WINDOWS_MAX: Final = 32
PANELS_MAX: Final = 32  # of one window
NAME_LENGTH_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class ScreenPlace:
    """A screen in the desk's own pixels; `scale` is device pixels to one of them."""

    name: str
    x: int
    y: int
    width: int
    height: int
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a window stands: its content without the system's frame, from the left top of its screen.

    Maximised or full screen, it is the place it has when it is normal again.
    """

    screen: str
    x: int
    y: int
    width: int
    height: int
    state: WindowState = "normal"


@dataclass(frozen=True, slots=True)
class SavedPanel:
    """`name` is unique in its window and what `layout` refers to; `content` is what `Panel.saved` gave."""

    name: str
    kind: str
    title: str = ""  # given by a person; empty: the kind's own
    is_pinned: bool = False
    link: Data | None = None
    content: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SavedWindow:
    """`places` by the key of a set of screens; `layout` as `desktop.workspace.dock_tree` reads it."""

    id: str
    session: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    panels: tuple[SavedPanel, ...] = ()
    layout: Data | None = None
    zoomed: str = ""  # the panel that fills the window
    focus: str = ""  # the panel that has the keys
    run_id: str | None = None  # of the run it plays; never with a session

    @property
    def scope(self) -> Scope:
        return Scope(self.session, self.run_id)

    def with_(self, **changes: Any) -> "SavedWindow":
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class SavedWorkspace:
    """`screens` tells what each key of `places` stands for, the set used last at the end; `links` are its
    link groups as `LinkGroups.saved` gave them; `zone` is the zone of its times, empty: that of the settings.
    """

    name: str
    windows: tuple[SavedWindow, ...] = ()
    screens: Mapping[str, tuple[ScreenPlace, ...]] = field(default_factory=dict)
    links: Data = field(default_factory=dict)
    zone: str = ""

    def with_(self, **changes: Any) -> "SavedWorkspace":
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Closed:
    """What was closed last: a window, a panel of one with the layout it stood in, or a whole workspace."""

    slug: str
    window: SavedWindow | None = None
    panel: SavedPanel | None = None
    window_id: str = ""
    layout: Data | None = None
    workspace: SavedWorkspace | None = None
    place: int = 0
