"""Columns of a grid as plain data for the workspace file, and data of older versions brought up to date.

Reads everything before anything is taken: a state that cannot be used raises `ValueError` naming what is
wrong and changes nothing. Columns and settings of a later program that are not known here are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from core.expressions import Expression
from desktop.panels.grid.catalogue import built_ins
from desktop.panels.grid.columns import ColumnSpec
from desktop.panels.grid.computed import COMPUTED_MAX, read_all
from desktop.panels.grid.formats import read_format, write_format

STATE_VERSION: Final = 2
WIDTH_MAX_PX: Final = 4_000.0
_COMPUTED_KEYS: Final = ("col", "title", "expression")


@dataclass(frozen=True, slots=True)
class SavedColumn:
    """One column: what it is with its format, its width in logical px, whether it is hidden."""

    spec: ColumnSpec
    width_px: float
    hidden: bool


@dataclass(frozen=True, slots=True)
class SavedColumns:
    """Columns from left to right; `fills` says that they fill the window."""

    columns: Sequence[SavedColumn]
    fills: bool = True
    expressions: Mapping[str, Expression] = field(default_factory=dict)


def write_state(saved: SavedColumns) -> dict[str, Any]:
    """As plain data."""
    computed = [
        {"col": column.spec.col, "title": column.spec.title, "expression": column.spec.expression}
        for column in saved.columns
        if column.spec.computed
    ]
    entries = [_entry(column) for column in saved.columns]
    return {"version": STATE_VERSION, "columns": entries, "computed": computed, "fills": saved.fills}


def _entry(column: SavedColumn) -> dict[str, Any]:
    entry = {"col": column.spec.col, "px": column.width_px, "hidden": column.hidden}
    form = write_format(column.spec.format, column.spec.first_format)
    return {**entry, "format": form} if form else entry


def read_state(state: Mapping[str, Any]) -> SavedColumns:
    """What `write_state` gave, in this version or an older one."""
    state = migrated(state)
    computed, expressions = read_all(_read_computed(state.get("computed", [])))
    entries = state.get("columns")
    if not isinstance(entries, list):
        raise ValueError("column state: “columns” is no list")
    known = built_ins() | computed
    columns = {column.spec.col: column for entry in entries if (column := _column(entry, known)) is not None}
    for col, spec in computed.items():
        columns.setdefault(col, SavedColumn(spec, spec.width_px, hidden=True))
    return SavedColumns(list(columns.values()), bool(state.get("fills", True)), expressions)


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


def _read_computed(entries: Any) -> list[tuple[str, str, str]]:
    if not isinstance(entries, list) or len(entries) > COMPUTED_MAX:
        raise ValueError(f"column state: “computed” is no list of at most {COMPUTED_MAX} columns")
    read = []
    for entry in entries:
        given = [entry.get(name) for name in _COMPUTED_KEYS] if isinstance(entry, Mapping) else []
        texts = [text for text in given if isinstance(text, str) and text]
        if len(texts) != len(_COMPUTED_KEYS):
            raise ValueError(f"column state: {entry!r} is no computed column")
        col, title, expression = texts
        if col in built_ins() or not col.isidentifier():
            raise ValueError(f"column state: “{col}” cannot name a computed column")
        read.append((col, title, expression))
    return read


def _column(entry: Any, known: Mapping[str, ColumnSpec]) -> SavedColumn | None:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("col"), str):
        raise ValueError(f"column state: {entry!r} names no column")
    col, width = entry["col"], entry.get("px")
    if isinstance(width, bool) or not isinstance(width, int | float) or not 0 < width <= WIDTH_MAX_PX:
        raise ValueError(f"column state: width {width!r} of “{col}” is no number of pixels")
    if col not in known:
        return None
    spec = known[col]
    try:
        spec = spec.with_format(read_format(entry.get("format", {}), spec.format, spec.shape))
    except ValueError as error:
        raise ValueError(f"column state: format of “{col}”: {error}") from error
    return SavedColumn(spec, float(width), bool(entry.get("hidden", False)))
