"""Bars behind the numbers of a column: from where to where, in units of the grid, and on which ground.

A plain bar begins at the left edge, one with a sign in the middle, and a split one fills its cell from both
sides. A cell that is lit has no bar for as long. Knows no pixel: whole units are grounds of the picture, the
edge between two is for the painter.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop.paint.glyphs import BG, FG, UNIT_COUNT
from desktop.panels.grid.columns import Place
from desktop.panels.grid.figures import Figure
from desktop.panels.grid.formats import Shape

Rows = NDArray[np.intp]
Numbers = NDArray[np.float64]

STYLE_ITEMS: Final = len(FG) * UNIT_COUNT  # atlas items of one ground
NO_BAR: Final = -1


@dataclass(frozen=True, slots=True)
class BarEdges:
    """Where bars end within a unit: at `share` of `unit`, between two grounds. Shape (n,) each."""

    unit: Rows
    share: Numbers
    left: Rows
    right: Rows


class BarCells:
    """The bars of one place. `rest[position]` is the ground beside the bar, `NO_BAR` where none is shown."""

    def __init__(self, index: int, place: Place, figure: Figure) -> None:
        self.index, self.place = index, place
        self._figure = figure
        form, shape = place.spec.format, place.spec.shape
        self._signed = shape in (Shape.CHANGE, Shape.PERCENT) or form.sign or form.colour
        self._units = np.arange(place.width)
        self.rest: Rows = np.zeros(0, np.intp)

    def show(self, count: int) -> None:
        """Another window over the rows."""
        self.rest = np.full(count, NO_BAR, np.intp)

    def extents(self, rows: Rows) -> tuple[Numbers, Numbers, Rows]:
        """Begin and end in units of the place, and the bar's ground."""
        share = np.nan_to_num(self._figure.share[rows])
        width = self.place.width
        if self.place.spec.split:
            return np.zeros(len(rows)), share * width, np.full(len(rows), BG["flash_up"])
        width -= 1  # a full bar does not touch the next column
        if not self._signed:
            return np.zeros(len(rows)), share * width, np.full(len(rows), BG["flash_neutral"])
        middle = width // 2
        begin = middle + np.minimum(share, 0) * middle
        end = middle + np.maximum(share, 0) * (width - middle)
        return begin, end, np.where(share < 0, BG["flash_down"], BG["flash_up"])

    def write(self, cells: Rows, positions: Rows, rows: Rows, ground: Rows, shown: NDArray[np.bool_]) -> None:
        """Put grounds under the units of `cells`, shape (n, width), whose own is `ground`."""
        begin, end, bar = self.extents(rows)
        rest = ground
        if self.place.spec.split:
            known = shown & ~np.isnan(self._figure.share[rows])
            shown, rest = known, np.where(known, BG["flash_down"], ground)
        inside = (self._units >= begin[:, None]) & (self._units + 1 <= end[:, None]) & shown[:, None]
        wanted = np.where(inside, bar[:, None], rest[:, None])
        cells += (wanted - ground[:, None]) * STYLE_ITEMS
        self.rest[positions] = np.where(shown & (end > begin), rest, NO_BAR)

    def edges(self, rows: Rows, rest: Rows) -> BarEdges:
        """The end of each bar that is not a unit's own edge; `rest` as kept for their positions."""
        begin, end, bar = self.extents(rows)
        left_going = begin % 1 > 0
        at = np.where(left_going, begin, end)
        unit = np.minimum(at.astype(np.intp), self.place.width - 1)
        return BarEdges(unit, at - unit, np.where(left_going, rest, bar), np.where(left_going, bar, rest))
