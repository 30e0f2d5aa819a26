"""How the panels of a window stand, as plain data: splits with sizes in pixels, tabs and which is in front.

Our own tree and not QtAds' saved state: it can be read, written by hand for a template, and docked one panel
short when one of its kind is not known any more.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

import PySide6QtAds as ads
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from desktop.workspace.docks import DockedPanel

Tree = dict[str, Any]
ACROSS: Final = "across"
DOWN: Final = "down"


def tabs(*names: str, active: str = "") -> Tree:
    """Panels on each other."""
    return {"tabs": list(names), "active": active or names[0]}


def split(way: str, *parts: Tree, sizes: Collection[int] = ()) -> Tree:
    """Parts beside or below each other; without sizes as large as each other."""
    return {"split": way, "sizes": list(sizes) or [100] * len(parts), "parts": list(parts)}


def names_of(tree: Tree | None) -> list[str]:
    """Of every panel in it, in reading order."""
    if tree is None:
        return []
    if "tabs" in tree:
        return [str(name) for name in tree["tabs"]]
    return [name for part in tree["parts"] for name in names_of(part)]


def only(tree: Tree | None, names: Collection[str]) -> Tree | None:
    """The tree with these panels alone: what is left takes the room of what is not there."""
    if tree is None:
        return None
    if "tabs" in tree:
        kept = [name for name in tree["tabs"] if name in names]
        active = tree["active"] if tree["active"] in kept else (kept[0] if kept else "")
        return tabs(*kept, active=active) if kept else None
    pairs = [
        (part, size)
        for old, size in zip(tree["parts"], tree["sizes"], strict=True)
        if (part := only(old, names)) is not None
    ]
    if len(pairs) < 2:
        return pairs[0][0] if pairs else None
    return split(tree["split"], *(part for part, _ in pairs), sizes=[size for _, size in pairs])


# ---- reading -----------------------------------------------------------------------------------------
def read_tree(manager: Any, names: Collection[str]) -> Tree | None:
    """How these panels stand in the window; None without any."""
    root = manager.rootSplitter()
    return only(_read(root), names) if root is not None else None


def _read(widget: QWidget | None) -> Tree | None:
    if isinstance(widget, ads.CDockAreaWidget):
        docks = widget.dockWidgets()
        current = widget.currentDockWidget()
        if not docks:
            return None
        return tabs(*(dock.objectName() for dock in docks), active=current.objectName() if current else "")
    if not isinstance(widget, QSplitter):
        return None
    pairs = [
        (part, size)
        for place, size in enumerate(widget.sizes())
        if (part := _read(widget.widget(place))) is not None
    ]
    if not pairs:
        return None
    way = ACROSS if widget.orientation() is Qt.Orientation.Horizontal else DOWN
    return split(way, *(part for part, _ in pairs), sizes=[size for _, size in pairs])


# ---- building ----------------------------------------------------------------------------------------
def build(manager: Any, tree: Tree, docked: Mapping[str, DockedPanel]) -> None:
    """Dock these panels, of which none is docked yet, as the tree says. Sizes come with `apply_sizes`."""
    known = only(tree, docked.keys())
    if known is not None:
        _place(manager, known, docked, None, ads.DockWidgetArea.CenterDockWidgetArea)
        _stand(manager, known, docked)


def _place(
    manager: Any, tree: Tree, docked: Mapping[str, DockedPanel], area: Any, side: ads.DockWidgetArea
) -> Any:
    """The first tabs of the tree, at a side of `area`; returns their area."""
    while "tabs" not in tree:
        tree = tree["parts"][0]
    first, *others = (docked[name] for name in tree["tabs"])
    if area is None:
        placed = manager.addDockWidget(side, first.dock)
    else:
        placed = manager.addDockWidget(side, first.dock, area)
    for panel in others:
        manager.addDockWidgetTabToArea(panel.dock, placed)
    docked[tree["active"]].dock.setAsCurrentTab()
    for panel in (first, *others):
        panel.place_tools()
    return placed


def _stand(manager: Any, tree: Tree, docked: Mapping[str, DockedPanel]) -> None:
    """The first panel of the tree is there: dock what stands beside it, then what stands in each part."""
    if "tabs" in tree:
        return
    across = tree["split"] == ACROSS
    side = ads.DockWidgetArea.RightDockWidgetArea if across else ads.DockWidgetArea.BottomDockWidgetArea
    area = docked[names_of(tree)[0]].dock.dockAreaWidget()
    for part in tree["parts"][1:]:
        area = _place(manager, part, docked, area, side)
    for part in tree["parts"]:
        _stand(manager, part, docked)


def apply_sizes(manager: Any, tree: Tree | None) -> None:
    """Give every splitter the sizes of the tree, in proportion where the room is another now."""
    root = manager.rootSplitter()
    if tree is not None and root is not None:
        _apply(root, tree)


def _apply(widget: QWidget | None, tree: Tree) -> None:
    """Parts that the tree does not know, the player, keep the size they have."""
    if "tabs" in tree or not isinstance(widget, QSplitter):
        return
    wanted = set(names_of(tree))
    parts = [(place, widget.widget(place)) for place in range(widget.count())]
    known = [(place, part) for place, part in parts if wanted & set(names_of(_read(part)))]
    if len(known) == 1:  # this splitter stands for one part of the window, or holds the player
        _apply(known[0][1], tree)
        return
    across = widget.orientation() is Qt.Orientation.Horizontal
    if across != (tree["split"] == ACROSS) or len(known) != len(tree["parts"]):
        return
    sizes = widget.sizes()
    for (place, _), size in zip(known, tree["sizes"], strict=True):
        sizes[place] = size
    widget.setSizes(sizes)
    for (_, part), inner in zip(known, tree["parts"], strict=True):
        _apply(part, inner)
