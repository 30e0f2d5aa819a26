"""Columns of a grid as plain data for the workspace file, and data of older versions brought up to date.

Reads everything before anything is taken: a state that cannot be used raises `ValueError` naming what is
wrong and changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

STATE_VERSION: Final = 2
WIDTH_MAX_PX: Final = 4_000.0


@dataclass(frozen=True, slots=True)
class SavedColumn:
    """One column: id, width in logical px, whether it is hidden."""

    col: str
    width_px: float
    hidden: bool = False


def write_state(columns: Sequence[SavedColumn], fills: bool) -> dict[str, Any]:
    """From left to right; `fills` says that the columns fill the window."""
    entries = [{"col": saved.col, "px": saved.width_px, "hidden": saved.hidden} for saved in columns]
    return {"version": STATE_VERSION, "columns": entries, "fills": fills}


def read_state(state: Mapping[str, Any]) -> tuple[list[SavedColumn], bool]:
    """Columns from left to right, and whether they fill the window."""
    state = migrated(state)
    entries = state.get("columns")
    if not isinstance(entries, list):
        raise ValueError("column state: “columns” is no list")
    return [_column(entry) for entry in entries], bool(state.get("fills", True))


def migrated(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """The state as this version writes it. Raises `ValueError` for an unknown version."""
    version = state.get("version")
    if version == 1:
        state = _from_1(state)
    elif version != STATE_VERSION:
        raise ValueError(f"column state version {version!r} is not {STATE_VERSION}")
    return state


def _from_1(state: Mapping[str, Any]) -> dict[str, Any]:
    """Version 1 named columns in capitals, sorts too."""

    def lower(entry: Any) -> Any:
        if isinstance(entry, Mapping) and isinstance(entry.get("col"), str):
            return {**entry, "col": entry["col"].lower()}
        return entry

    columns = state.get("columns")
    return {
        **state,
        "version": 2,
        "columns": [lower(entry) for entry in columns] if isinstance(columns, list) else columns,
        "sort": lower(state.get("sort")),
    }


def _column(entry: Any) -> SavedColumn:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("col"), str):
        raise ValueError(f"column state: {entry!r} names no column")
    width = entry.get("px")
    if isinstance(width, bool) or not isinstance(width, int | float) or not 0 < width <= WIDTH_MAX_PX:
        raise ValueError(f"column state: width {width!r} of “{entry['col']}” is no number of pixels")
    return SavedColumn(entry["col"], float(width), bool(entry.get("hidden", False)))
