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
    frozen: int = 0,
) -> None:
    """Write units `[begin, end)` of the rows at `positions` (ascending).

    `index[position, unit]` is the place in the atlas. The first `frozen` units stand at the surface's left
    edge whatever is scrolled, then come those from `frozen + first_unit` on; what lies outside is left out.
    """
    if first_unit and frozen:
        _compose(surface, atlas, index, positions, begin, min(end, frozen), 0)
        begin = max(begin, frozen + first_unit)
    _compose(surface, atlas, index, positions, begin, end, first_unit)


def _compose(
    surface: Surface,
    atlas: GlyphAtlas,
    index: NDArray[np.intp],
    positions: NDArray[np.intp],
    begin: int,
    end: int,
    first_unit: int,
) -> None:
    row_px = atlas.metrics.row_px
    across = surface.width // atlas.metrics.unit_px
    begin, end = max(begin, first_unit), min(end, first_unit + across, index.shape[1])
    if begin >= end or not len(positions):
        return
    left, right = begin - first_unit, end - first_unit
    whole_rows = surface.height // row_px
    whole = positions[: int(np.searchsorted(positions, whole_rows))]
    if len(whole):
        glyphs = index[whole, begin:end]
        first, last = int(whole[0]), int(whole[-1]) + 1
        rows: slice | NDArray[np.intp] = slice(first, last) if last - first == len(whole) else whole
        # One scanline of all rows at a time; as one item a row, so that NumPy copies it in one piece.
        stretch = np.dtype(f"V{(end - begin) * atlas.item.itemsize}")
        scanlines = surface.scanlines(stretch, row_px, left * atlas.metrics.unit_px)
        made = np.empty(glyphs.shape, atlas.item)
        stretches = made.view(stretch)[:, 0]
        for group in atlas.groups:
            atlas.lines[group[0]].take(glyphs, mode="clip", out=made)
            for y in group:
                scanlines[y][rows] = stretches
    cut_px = surface.height - whole_rows * row_px
    if cut_px and len(whole) < len(positions) and positions[len(whole)] == whole_rows:
        glyphs = index[whole_rows, begin:end]
        top, x = whole_rows * row_px, left * atlas.metrics.unit_px
        width = (right - left) * atlas.metrics.unit_px
        pixels = surface.pixels
        for y in range(cut_px):
            pixels[top + y, x : x + width] = atlas.lines[y].take(glyphs, mode="clip").view(np.uint32)
