"""Small trend lines for many rows at once, antialiased by coverage in NumPy.

A line is one logical pixel wide, scaled to its own smallest and largest sample. What it covers is a level
from 0 to 16; a table of colours by background turns levels into pixels.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop.paint.glyphs import BACKGROUNDS, background_argb
from desktop.paint.theme import Theme

LEVELS: Final = 17


def spark_levels(
    samples: NDArray[np.float64], width_px: int, height_px: int, line_px: float
) -> NDArray[np.uint8]:
    """Shape (n, height_px, width_px) of levels for samples of shape (n, k), oldest first.

    NaN is a sample that is not there: no line is drawn to or from it. A flat line stands in the middle.
    """
    low = _nan_edge(samples, np.inf, np.minimum)
    span = _nan_edge(samples, -np.inf, np.maximum) - low
    flat = ~(span > 0)
    height = (samples - low) / np.where(flat, 1.0, span)
    height = np.where(flat & ~np.isnan(samples), 0.5, height)
    y = (1.0 - height) * (height_px - line_px) + line_px / 2
    at = np.linspace(0, samples.shape[1] - 1, width_px + 1)
    before = np.minimum(at.astype(np.intp), samples.shape[1] - 2)
    share = at - before
    edges = y[:, before] * (1 - share) + y[:, before + 1] * share
    top, bottom = np.minimum(edges[:, :-1], edges[:, 1:]), np.maximum(edges[:, :-1], edges[:, 1:])
    rise = bottom - top
    # The line's own area in a column over the box it runs through: a steep stroke is not a filled box.
    weight = np.minimum(1.0, np.sqrt(line_px**2 + rise**2) / (rise + line_px))
    top, bottom = top - line_px / 2, bottom + line_px / 2
    pixel = np.arange(height_px)[None, :, None]
    cover = np.minimum(bottom[:, None], pixel + 1) - np.maximum(top[:, None], pixel)
    cover = np.clip(np.nan_to_num(cover), 0.0, 1.0) * np.nan_to_num(weight)[:, None]
    return np.rint(cover * (LEVELS - 1)).astype(np.uint8)


def _nan_edge(samples: NDArray[np.float64], empty: float, edge: np.ufunc) -> NDArray[np.float64]:
    """Smallest or largest of each row without NaN, shape (n, 1); `empty` where there is none."""
    filled = np.where(np.isnan(samples), empty, samples)
    result: NDArray[np.float64] = edge.reduce(filled, axis=1, keepdims=True)
    return result


@lru_cache(maxsize=6)
def spark_colours(theme: Theme) -> NDArray[np.uint32]:
    """Shape (backgrounds, LEVELS): 0xAARRGGBB of each level over each row background."""
    ink = _channels(theme.argb("chart.axis_text"))
    grounds = np.array([_channels(background_argb(theme, bg)) for bg in range(len(BACKGROUNDS))])
    share = np.linspace(0, 1, LEVELS)[None, :, None]
    mixed = np.rint(grounds[:, None] * (1 - share) + ink * share).astype(np.uint32)
    return np.asarray(0xFF000000 | mixed[..., 0] << 16 | mixed[..., 1] << 8 | mixed[..., 2], np.uint32)


def _channels(argb: int) -> NDArray[np.float64]:
    return np.array([argb >> 16 & 255, argb >> 8 & 255, argb & 255], np.float64)
