"""Everything a person set in a grid, as plain data of the workspace file; checked before any is taken."""

from collections.abc import Mapping
from typing import Any

from core.state.versioned_file import StateError
from desktop.panels.grid.catalogue import built_ins
from desktop.panels.grid.column_state import migrated, read_state
from desktop.panels.grid.order import Sort, read_sort


def saved_sort(columns: Mapping[str, Any]) -> Sort:
    """By which of the saved columns rows are sorted. Raises `ValueError`."""
    known = {column.spec.col for column in read_state(columns).columns} | built_ins().keys()
    return read_sort(migrated(columns).get("sort"), known)


def read_saved(saved: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, str]:
    """Columns with their sort, if they are told, and the filter's text. Raises `StateError`."""
    columns, text = saved.get("columns"), saved.get("filter", "")
    if not isinstance(text, str):
        raise StateError(f"grid: “filter” is {text!r}, not a text")
    if columns is None:
        return None, text
    if not isinstance(columns, Mapping):
        raise StateError(f"grid: “columns” is {columns!r}, not a list of columns")
    try:
        saved_sort(columns)
    except ValueError as error:
        raise StateError(f"grid: {error}") from error
    return columns, text
