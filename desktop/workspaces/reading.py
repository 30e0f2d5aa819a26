"""Workspaces from and to the data of a file. Every key is checked; what is wrong is named with its place.

Version 1 had the position of each window on the whole desktop; version 2 has one for each set of screens, in
pixels of one screen.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from core.market.zones import EXCHANGE_ZONE, LOCAL_ZONE, ZoneError, zone_info
from core.scope import Scope, ScopeError
from core.state.versioned_file import Migration, StateError
from desktop.workspaces.model import (
    NAME_LENGTH_MAX,
    PANELS_MAX,
    WINDOWS_MAX,
    Data,
    Place,
    SavedPanel,
    SavedWindow,
    SavedWorkspace,
    ScreenPlace,
)

VERSION: Final = 2
SIZE_PX_MAX: Final = 100_000
TREE_DEPTH_MAX: Final = 16
_STATES: Final = ("normal", "maximised", "full")
Item = TypeVar("Item")


# ---- to data -----------------------------------------------------------------------------------------
def workspace_data(workspace: SavedWorkspace) -> Data:
    """What `read_workspace` reads."""
    return {
        "name": workspace.name,
        "screens": {
            key: [_screen_data(screen) for screen in screens] for key, screens in workspace.screens.items()
        },
        "windows": [window_data(window) for window in workspace.windows],
        "links": workspace.links,
        "zone": workspace.zone,
    }


def _screen_data(screen: ScreenPlace) -> Data:
    return {name: getattr(screen, name) for name in ("name", "x", "y", "width", "height", "scale")}


def window_data(window: SavedWindow) -> Data:
    """Of one window."""
    return {
        "id": window.id,
        "session": window.session,
        **({"run": window.run_id} if window.run_id is not None else {}),
        "places": {key: _place_data(place) for key, place in window.places.items()},
        "panels": [panel_data(panel) for panel in window.panels],
        "layout": window.layout,
        "zoomed": window.zoomed,
        "focus": window.focus,
    }


def _place_data(place: Place) -> Data:
    return {name: getattr(place, name) for name in ("screen", "x", "y", "width", "height", "state")}


def panel_data(panel: SavedPanel) -> Data:
    """Of one panel."""
    return {
        "name": panel.name,
        "kind": panel.kind,
        "title": panel.title,
        "pinned": panel.is_pinned,
        "link": panel.link,
        "content": panel.content,
    }


# ---- from data ---------------------------------------------------------------------------------------
def read_workspace(data: Mapping[str, Any]) -> SavedWorkspace:
    """Raises `StateError` that names the first key that is wrong."""
    name = _text(data, "name", "workspace")
    if not name.strip() or len(name) > NAME_LENGTH_MAX:
        raise StateError(f"the name must have 1 to {NAME_LENGTH_MAX} characters, not “{name[:60]}”")
    screens = {
        key: tuple(_each(_list(value, f"screens.{key}"), f"screens.{key}", _read_screen))
        for key, value in _map(data, "screens", "workspace").items()
    }
    windows = tuple(_each(_list(data.get("windows"), "windows"), "windows", _read_window))
    if len(windows) > WINDOWS_MAX:
        raise StateError(f"windows: {len(windows)} are more than {WINDOWS_MAX}")
    _differ([window.id for window in windows], "windows", "id")
    links = _map({"links": {}, **data}, "links", "workspace")
    return SavedWorkspace(name, windows, screens, links, _read_zone(data))


def unknown_zone(data: Mapping[str, Any]) -> str:
    """The zone in it that this machine does not know; empty when all is well."""
    zone = _text({"zone": "", **data}, "zone", "workspace")
    if zone not in ("", LOCAL_ZONE, EXCHANGE_ZONE):
        try:
            zone_info(zone)
        except ZoneError:
            return zone
    return ""


def _read_zone(data: Mapping[str, Any]) -> str:
    """Empty for one that is not known here: that is no reason to lose the workspace."""
    return "" if unknown_zone(data) else _text({"zone": "", **data}, "zone", "workspace")


def _read_screen(data: Data, where: str) -> ScreenPlace:
    scale = data.get("scale")
    if not isinstance(scale, int | float) or not 0.1 <= scale <= 16:
        raise StateError(f"{where}.scale: {scale!r} is no scale")
    x, y, width, height = _box(data, where)
    return ScreenPlace(_text(data, "name", where), x, y, width, height, float(scale))


def _read_window(data: Data, where: str) -> SavedWindow:
    session, run_id = data.get("session"), data.get("run")
    try:
        Scope(session, run_id)
    except (ScopeError, TypeError, AttributeError) as error:
        raise StateError(f"{where}.session: {error}") from error
    panels = tuple(_each(_list(data.get("panels"), f"{where}.panels"), f"{where}.panels", _read_panel))
    if len(panels) > PANELS_MAX:
        raise StateError(f"{where}.panels: {len(panels)} are more than {PANELS_MAX}")
    _differ([panel.name for panel in panels], f"{where}.panels", "name")
    layout = data.get("layout")
    if layout is not None:
        check_tree(layout, f"{where}.layout")
    places = _map(data, "places", where)
    return SavedWindow(
        id=_text(data, "id", where),
        session=session,
        places={key: _read_place(value, f"{where}.places.{key}") for key, value in places.items()},
        panels=panels,
        layout=layout,
        zoomed=_text(data, "zoomed", where),
        focus=_text(data, "focus", where),
        run_id=run_id,
    )


def _read_place(data: object, where: str) -> Place:
    if not isinstance(data, dict):
        raise StateError(f"{where} must be an object")
    state = data.get("state")
    if state not in _STATES:
        raise StateError(f"{where}.state: {state!r} is none of {', '.join(_STATES)}")
    x, y, width, height = _box(data, where)
    return Place(_text(data, "screen", where), x, y, width, height, state)


def _read_panel(data: Data, where: str) -> SavedPanel:
    link, content = data.get("link"), data.get("content")
    if link is not None and not isinstance(link, dict):
        raise StateError(f"{where}.link must be an object or null")
    if not isinstance(content, dict):
        raise StateError(f"{where}.content must be an object")
    pinned = data.get("pinned")
    if not isinstance(pinned, bool):
        raise StateError(f"{where}.pinned must be true or false")
    return SavedPanel(
        _text(data, "name", where),
        _text(data, "kind", where),
        _text(data, "title", where),
        pinned,
        link,
        content,
    )


def check_tree(tree: object, where: str, depth: int = 0) -> None:
    """A layout: `{"tabs", "active"}` or `{"split", "sizes", "parts"}`. Raises `StateError`."""
    if not isinstance(tree, dict):
        raise StateError(f"{where} must be an object")
    if depth > TREE_DEPTH_MAX:
        raise StateError(f"{where} is nested deeper than {TREE_DEPTH_MAX}")
    if "tabs" in tree:
        tabs = _list(tree["tabs"], f"{where}.tabs")
        if not tabs or not all(isinstance(name, str) for name in tabs):
            raise StateError(f"{where}.tabs must be names of panels")
        if not isinstance(tree.get("active"), str):
            raise StateError(f"{where}.active must be the name of a panel")
        return
    if tree.get("split") not in ("across", "down"):
        raise StateError(f"{where}.split: {tree.get('split')!r} is neither across nor down")
    parts, sizes = _list(tree.get("parts"), f"{where}.parts"), _list(tree.get("sizes"), f"{where}.sizes")
    if len(parts) < 1 or len(sizes) != len(parts):
        raise StateError(f"{where} has {len(parts)} parts and {len(sizes)} sizes")
    if not all(type(size) is int and 0 <= size <= SIZE_PX_MAX for size in sizes):
        raise StateError(f"{where}.sizes must be pixels")
    for number, part in enumerate(parts):
        check_tree(part, f"{where}.parts[{number}]", depth + 1)


# ---- older versions ----------------------------------------------------------------------------------
def _places_by_screens(data: Data) -> Data:
    """From 1: one position on the whole desktop. It is taken for that of a screen as large as its windows
    reach, of which nothing else is known: the first screens it is opened on map it to themselves.
    """
    windows = []
    right = bottom = 1
    for window in data["windows"]:
        x, y, width, height = (int(window["geometry"][name]) for name in ("x", "y", "width", "height"))
        right, bottom = max(right, x + width), max(bottom, y + height)
        place = {
            "screen": "",
            "x": x,
            "y": y,
            "width": width,
            "height": height,
            "state": "maximised" if window.get("maximised") else "normal",
        }
        kept = {key: value for key, value in window.items() if key not in ("geometry", "maximised")}
        windows.append({**kept, "places": {"": place}})
    screen = {"name": "", "x": 0, "y": 0, "width": right, "height": bottom, "scale": 1.0}
    return {**data, "windows": windows, "screens": {"": [screen]}}


MIGRATIONS: Final[Mapping[int, Migration]] = {1: _places_by_screens}


# ---- single keys -------------------------------------------------------------------------------------
def _each(items: list[Any], where: str, read: Callable[[Data, str], Item]) -> list[Item]:
    found = []
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            raise StateError(f"{where}[{number}] must be an object")
        found.append(read(item, f"{where}[{number}]"))
    return found


def _differ(names: list[str], where: str, key: str) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise StateError(f"{where}: the {key} “{min(twice)}” is there twice")


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise StateError(f"{where} must be a list")
    return value


def _map(data: Mapping[str, Any], key: str, where: str) -> Data:
    value = data.get(key)
    if not isinstance(value, dict):
        raise StateError(f"{where}.{key} must be an object")
    return value


def _text(data: Mapping[str, Any], key: str, where: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise StateError(f"{where}.{key} must be a text")
    return value


def _box(data: Mapping[str, Any], where: str) -> tuple[int, int, int, int]:
    values = [data.get(key) for key in ("x", "y", "width", "height")]
    if not all(type(value) is int and abs(value) <= SIZE_PX_MAX for value in values):
        raise StateError(f"{where}: x, y, width and height must be pixels, not {values}")
    x, y, width, height = (int(value) for value in values if value is not None)
    if width < 1 or height < 1:
        raise StateError(f"{where}: {width} x {height} is no size")
    return x, y, width, height
