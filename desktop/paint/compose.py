"""Composes rows of atlas glyphs into a surface: the inner loop of every grid.

One function, so that a faster kernel can take its place. Writes only the rows and units it is given; whole
rows in one pass for each scanline, a row cut by the lower edge as far as it reaches.
"""

import numpy as np
from numpy.typing import NDArray

from desktop.paint.glyphs import GlyphAtlas
from desktop.paint.surface import Surface


def compose(
    surface: Surface,
    atlas: GlyphAtlas,
    index: NDArray[np.intp],
    positions: NDArray[np.intp],
    begin: int,
    end: int,
    first_unit: int = 0,
) -> None:
    """Write units `[begin, end)` of the rows at `positions` (ascending).

    `index[position, unit]` is the place in the atlas; unit `first_unit` stands at the surface's left edge and
    what lies outside the surface is left out.
    """
    row_px = atlas.metrics.row_px
    across = surface.width // atlas.metrics.unit_px
    begin, end = max(begin, first_unit), min(end, first_unit + across, index.shape[1])
    if begin >= end or not len(positions):
        return
    left, right = begin - first_unit, end - first_unit
    whole_rows = surface.height // row_px
    whole = positions[: int(np.searchsorted(positions, whole_rows))]
    if len(whole):
        target = surface.units(atlas.item, row_px)
        glyphs = index[whole, begin:end]
        first, last = int(whole[0]), int(whole[-1]) + 1
        if last - first == len(whole):
            block = target[first:last, :, left:right]
            for y, line in enumerate(atlas.lines):
                block[:, y] = line.take(glyphs, mode="clip")
        else:
            for y, line in enumerate(atlas.lines):
                target[whole, y, left:right] = line.take(glyphs, mode="clip")
    cut_px = surface.height - whole_rows * row_px
    if cut_px and len(whole) < len(positions) and positions[len(whole)] == whole_rows:
        scanlines = surface.units(atlas.item, 1, whole_rows * row_px)
        glyphs = index[whole_rows, begin:end]
        for y in range(cut_px):
            scanlines[y, 0, left:right] = atlas.lines[y].take(glyphs, mode="clip")
