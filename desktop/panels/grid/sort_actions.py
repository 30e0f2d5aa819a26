"""Sorting without a mouse: by the column of the current cell, alone or together with the others."""

from desktop.actions import Action, ActionContext
from desktop.panels.grid.actions import grid_of
from desktop.tr import tr


def _refusal(at: ActionContext) -> str:
    grid = grid_of(at)
    if grid is None:
        return tr("There is no watchlist in this window")
    return "" if grid.rows.hand.ring_col else tr("No cell is current: press Left or Right in the rows")


def _sort(at: ActionContext, add: bool) -> None:
    grid = grid_of(at)
    if grid is not None and grid.rows.hand.ring_col:
        grid.sort_by(grid.rows.hand.ring_col, add)


def actions() -> tuple[Action, ...]:
    group = tr("Rows")
    return (
        Action(
            "grid.sort_column",
            tr("Sort by this column"),
            group,
            lambda at: _sort(at, False),
            ("Ctrl+Alt+S",),
            "list-filter",
            _refusal,
            words="order ascending descending",
        ),
        Action(
            "grid.sort_column_too",
            tr("Sort by this column as well"),
            group,
            lambda at: _sort(at, True),
            ("Ctrl+Alt+Shift+S",),
            "list-filter",
            _refusal,
            words="order second key",
        ),
    )
