"""A line of figures drawn into pixels with NumPy: what a polyline of Qt takes a millisecond for takes 30 us.

One column of the picture is one device pixel; a line is joined by vertical runs and never blurred. A second
that was not measured is a gap, not a bridge.
"""

import numpy as np
from numpy.typing import NDArray

from desktop.health.history import Floats

Pixels = NDArray[np.uint32]


def stroke(pixels: Pixels, places: Floats, shares: Floats, argb: int, thick_px: int) -> None:
    """Draw `shares` (0 bottom, 1 top, NaN a gap) at `places` (0 left, 1 right) into rows and columns."""
    height, width = pixels.shape
    if not len(places):
        return
    columns = np.arange(width)
    y = np.interp(columns / max(width - 1, 1), places, shares, left=np.nan, right=np.nan)
    np.fmax.at(y, np.rint(places * (width - 1)).astype(np.intp), shares)  # no peak falls between columns
    shown = ~np.isnan(y)
    if not shown.any():
        return
    rows = np.full(width, -1, np.int64)
    rows[shown] = np.rint((1 - np.clip(y[shown], 0, 1)) * (height - thick_px)).astype(np.int64)
    before = np.concatenate([rows[:1], rows[:-1]])
    before = np.where(before < 0, rows, before)
    begin, end = np.minimum(rows, before), np.maximum(rows, before) + thick_px
    # Only the band of rows the line lies in is looked at.
    first, last = int(begin[shown].min()), int(end[shown].max())
    at = np.arange(first, last)[:, None]
    pixels[first:last][(at >= begin) & (at < end) & shown] = argb
