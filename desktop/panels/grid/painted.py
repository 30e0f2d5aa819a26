"""What stands on the screen, read back from what was composed: for tests, `--inspect` and copies of it."""

from typing import Any

from desktop.panels.grid.picture import RowState
from desktop.panels.grid.rows_view import RowsView


def painted_cells(rows: RowsView) -> list[dict[str, str]]:
    """Column title -> text as painted, for every row in view from top to bottom.

    Numbers are decoded from the glyphs that were composed; symbol and venue are given whole even where
    the cell elides or abbreviates them; Age is the tag where one is shown. Pending paint is done first.
    """
    _finish_paint(rows)
    return rows.painter.painted_cells(rows.picture)


def painted_states(rows: RowsView) -> list[dict[str, Any]]:
    """For every row in view: `state` (live, late, halted, stale), `dim`, `tag` and `grounds`.

    `grounds` are flash and heat as composed: column title -> flash_up, heat_5 and so on.
    """
    _finish_paint(rows)
    picture, painter = rows.picture, rows.painter
    grounds = painter.painted_grounds(picture)
    dim = ~picture.live(picture.visible)
    return [
        {
            "state": RowState(int(picture.state[row])).name.lower(),
            "dim": bool(dim[position]),
            "tag": painter.painted_tag(picture, position),
            "grounds": grounds[position],
        }
        for position, row in enumerate(picture.visible.tolist())
    ]


def _finish_paint(rows: RowsView) -> None:
    if rows.canvas.waiting and rows.is_shown:
        rows.canvas.repaint()
