"""What the mouse is told that the cell has no room for: whole names, exact sizes, what a tag means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.panels.grid.columns import Col
from desktop.panels.grid.formats import Shape
from desktop.panels.grid.picture import RowState
from desktop.panels.grid.text import age_text
from desktop.tr import mark, tr

if TYPE_CHECKING:
    from desktop.panels.grid.rows_view import RowsView

_STATE_WORDS = {
    RowState.LATE: mark("The source is behind"),
    RowState.HALTED: mark("Halted by the venue"),
    RowState.STALE: mark("No update, asking again"),
}


def cell_tooltip(view: RowsView, row: int, place_index: int) -> str:
    """Plain text for the cell of a table row; empty where the cell says it all."""
    place = view.columns.layout.places[place_index]
    instrument = view.instruments[row]
    match place.spec.shape:
        case Shape.TEXT:
            name = f"\n{instrument.name}" if instrument.name else ""
            return f"{instrument.key.symbol}\n{instrument.key.exchange}{name}"
        case Shape.SIZE:
            return view.model.exact(row, place.spec.col)
        case Shape.TIME:
            return view.model.exact(row, Col.TIME)
        case Shape.AGE:
            state = RowState(int(view.picture.state[row]))
            age = age_text(int(view.picture.age_ms[row]))
            lines = (
                tr(_STATE_WORDS.get(state, "")),
                tr("Last event {age} ago", age=age) if age else tr("No event yet"),
            )
            return "\n".join(line for line in lines if line)
        case _:
            return ""
