"""A watchlist panel as plain data for a workspace file, and back: whole, or not at all."""

from typing import TYPE_CHECKING, Any

from core.state.versioned_file import StateError
from desktop.panels.watchlist.lists import read_choice
from desktop.watchlists.watchlist import key_of, key_text

if TYPE_CHECKING:
    from desktop.panels.watchlist.panel import WatchlistPanel


def saved(panel: "WatchlistPanel") -> dict[str, Any]:
    """Which list, the row in use, and the grid."""
    current = panel.grid.current_instrument()
    return {
        "list": panel.choice.saved(),
        "by_hand": panel.chosen_by_hand,
        "current": key_text(current.key) if current is not None else None,
        "grid": panel.grid.saved(),
    }


def restore(panel: "WatchlistPanel", kept: dict[str, Any]) -> None:
    """Take what `saved` gave. Raises `StateError`, naming the key; then nothing has changed."""
    choice = read_choice(kept["list"]) if "list" in kept else panel.choice
    current, grid, by_hand = kept.get("current"), kept.get("grid", {}), kept.get("by_hand", True)
    if current is not None and not isinstance(current, str):
        raise StateError(f"watchlist: “current” is {current!r}, not an instrument")
    if type(by_hand) is not bool:
        raise StateError(f"watchlist: “by_hand” is {by_hand!r}, not true or false")
    if not isinstance(grid, dict):
        raise StateError(f"watchlist: “grid” is {grid!r}, not the state of a grid")
    wanted = key_of(current) if current is not None else None
    if grid:
        panel.grid.restore(grid)
    panel.show_kept(choice, by_hand, wanted)
