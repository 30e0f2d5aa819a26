"""Candles, bars and volume as batches of whole-pixel rectangles; the close as a line.

Paints what it was last shown, only where Qt asks, and remembers what it painted. Nothing here knows a series:
`DrawnBars` come from `lod.py`. No antialiasing but on lines.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

from desktop.paint.lod import DrawnBars
from desktop.paint.pixels import PixelItem, PlotScale, PolylineBatch, RectBatch
from desktop.paint.theme import Theme, tokens

BarStyle = Literal["candles", "bars", "line", "heikin_ashi"]
BAR_STYLES: Final[tuple[BarStyle, ...]] = ("candles", "bars", "line", "heikin_ashi")

BODY_SHARE: Final = 0.68
BODY_FROM_PX: Final = 3.0  # logical pixels a bar; narrower ones are a line from high to low
DENSE_PX: Final = 1.5  # from one bar to the next
HOLLOW_FROM_PX: Final = 3  # a narrower body has no inside


@dataclass(frozen=True, slots=True)
class BarInk:
    """Colours of bars; grey ones say that they are not live."""

    up: QColor
    down: QColor
    up_marked: QColor  # a bar that may lack trades, too narrow to be hollow
    down_marked: QColor
    line: QColor
    volume: QColor
    ground: QColor


def bar_ink(theme: Theme, is_grey: bool) -> BarInk:
    """The market's two colours, or two greys."""
    up, down = ("text.tertiary", "text.disabled") if is_grey else ("market.candle_up", "market.candle_down")
    ground = theme.color("chart.background")
    return BarInk(
        theme.color(up),
        theme.color(down),
        _between(theme.color(up), ground),
        _between(theme.color(down), ground),
        theme.color("state.stale" if is_grey else "chart.equity"),
        theme.color("chart.volume"),
        ground,
    )


def _between(one: QColor, other: QColor) -> QColor:
    return QColor(
        (one.red() + other.red()) // 2, (one.green() + other.green()) // 2, (one.blue() + other.blue()) // 2
    )


@dataclass(frozen=True, slots=True)
class BarShape:
    """Widths of one bar in device pixels: both odd or both even, so that they share their middle."""

    wick_px: int
    body_px: int  # 0: high-low lines only

    @property
    def is_hollow(self) -> bool:
        return self.body_px >= HOLLOW_FROM_PX * self.wick_px


def bar_shape(pitch_px: float, scale: PlotScale) -> BarShape:
    """By the pixels from one drawn bar to the next."""
    wick = scale.hairline_px
    if pitch_px < BODY_FROM_PX * scale.ratio:
        return BarShape(wick if pitch_px >= 2 * wick else 1, 0)
    body = max(wick, int(pitch_px * BODY_SHARE + 1e-9))
    if (body - wick) % 2:
        # Made odd (even where a wick is two pixels wide): upwards while a gap of a wick remains.
        body += 1 if body + 1 <= pitch_px - wick else -1
    return BarShape(wick, body)


class BarsItem(PixelItem):
    """Bars and volume of one plot. `show_bars`, then Qt paints; `painted` is what stands on the screen."""

    def __init__(self, parent: QGraphicsItem, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ink = bar_ink(theme, False)
        self._is_grey = False
        self._bars: DrawnBars | None = None
        self._places = np.zeros(0)
        self._marked: NDArray[np.bool_] | None = None
        self._scale: PlotScale | None = None
        self._style: BarStyle = "candles"
        self._rects = RectBatch()
        self._inside = RectBatch()
        self._line = PolylineBatch()
        self.painted: DrawnBars | None = None

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._ink = bar_ink(theme, self._is_grey)
        self.update()

    def set_grey(self, is_grey: bool) -> None:
        """What is shown is not live."""
        if is_grey != self._is_grey:
            self._is_grey = is_grey
            self._ink = bar_ink(self._theme, is_grey)
            self.update()

    @property
    def is_grey(self) -> bool:
        return self._is_grey

    def show_bars(
        self,
        bars: DrawnBars,
        places: NDArray[np.float64],
        marked: NDArray[np.bool_] | None,
        scale: PlotScale,
        style: BarStyle,
    ) -> None:
        """What to paint from now on; the caller asks for the update.

        `places` of the bars' middles along the plot, ascending, and which are `marked`: as long as `bars`.
        """
        self._bars, self._places, self._marked = bars, places, marked
        self._scale, self._style = scale, style

    def clear(self) -> None:
        """Nothing to draw any more."""
        self._bars = self._scale = self.painted = None
        self.update()

    def paint_pixels(self, painter: QPainter, ratio: float, left: int, right: int) -> None:
        bars, scale = self._bars, self._scale
        self.painted = bars
        if bars is None or scale is None or not len(bars):
            return
        scale = scale.at_ratio(ratio)
        middle = scale.x(self._places)
        reach = scale.pitch * bars.step
        begin = int(np.searchsorted(middle, left - reach))
        end = int(np.searchsorted(middle, right + reach))
        if end <= begin:
            return
        part = slice(begin, end)
        columns = np.rint(middle[part]).astype(np.int32)
        shape = bar_shape(reach, scale)
        painter.setPen(Qt.PenStyle.NoPen)
        self._draw_volume(painter, bars.volume[part], columns, shape, scale)
        if self._style == "line":
            self._draw_line(painter, bars, max(begin - 1, 0), end + 1, scale)
        else:
            self._draw_bars(painter, bars, part, columns, shape, scale)

    def _draw_volume(
        self,
        painter: QPainter,
        volume: NDArray[np.float64],
        columns: NDArray[np.int32],
        shape: BarShape,
        scale: PlotScale,
    ) -> None:
        if scale.volume_px <= 0:
            return
        heights = np.ceil(volume * (scale.volume_px / max(scale.volume_max, 1.0))).astype(np.int32)
        traded = heights > 0
        width = max(shape.body_px, shape.wick_px)
        lefts = columns - width // 2
        rights = lefts + width - 1
        if width == 1 and len(columns) > 1 and columns[-1] - columns[0] < DENSE_PX * (len(columns) - 1):
            # Bars that touch: rounding would leave a column empty now and then, a stripe in a full block.
            rights[:-1] = lefts[1:] - 1
        lefts, rights, bottom = lefts[traded], rights[traded], scale.height_px - 1
        rects = self._rects
        rects.clear()
        rects.add(lefts, bottom + 1 - heights[traded], rights, bottom, len(lefts))
        painter.setBrush(self._ink.volume)
        rects.draw(painter, self.exposed)

    def _draw_line(self, painter: QPainter, bars: DrawnBars, begin: int, end: int, scale: PlotScale) -> None:
        x = scale.x(self._places[begin:end]) + 0.5
        y = scale.y(bars.close[begin:end]) + 0.5
        self._line.draw(painter, x, y, line_pen(self._ink.line, scale.ratio, bars.step > 1))

    def _draw_bars(
        self,
        painter: QPainter,
        bars: DrawnBars,
        part: slice,
        columns: NDArray[np.int32],
        shape: BarShape,
        scale: PlotScale,
    ) -> None:
        y = np.rint(scale.y(np.stack((bars.open[part], bars.high[part], bars.low[part], bars.close[part]))))
        opens, highs, lows, closes = y.astype(np.int32)
        rising = bars.close[part] >= bars.open[part]
        prices = (opens, highs, lows, closes)
        if self._marked is None:
            self._fill(painter, self._ink.up, rising, columns, prices, shape)
            self._fill(painter, self._ink.down, ~rising, columns, prices, shape)
            return
        marked = self._marked[part]
        hollow = shape.is_hollow and self._style != "bars"
        for is_up in (True, False):
            chosen = rising == is_up
            plain = chosen if hollow else chosen & ~marked
            ink = self._ink.up if is_up else self._ink.down
            self._fill(painter, ink, plain, columns, prices, shape)
            odd = chosen & marked
            if not odd.any():
                continue
            if hollow:
                self._hollow_out(painter, odd, columns, opens, closes, shape)
            else:
                pale = self._ink.up_marked if is_up else self._ink.down_marked
                self._fill(painter, pale, odd, columns, prices, shape)

    def _fill(
        self,
        painter: QPainter,
        ink: QColor,
        chosen: NDArray[np.bool_],
        columns: NDArray[np.int32],
        prices: tuple[NDArray[np.int32], ...],
        shape: BarShape,
    ) -> None:
        rows = np.flatnonzero(chosen)  # taking by places is faster than by a mask, five times over
        count = len(rows)
        if not count:
            return
        opens, highs, lows, closes = (price[rows] for price in prices)
        columns = columns[rows]
        rects, wick, body = self._rects, shape.wick_px, shape.body_px
        rects.clear()
        wicks = columns - wick // 2
        rects.add(wicks, highs, wicks + wick - 1, np.maximum(lows, highs + wick - 1), count)
        if body and self._style == "bars":
            arm = max(body // 2, wick)
            rects.add(wicks - arm, opens, wicks - 1, opens + wick - 1, count)
            rects.add(wicks + wick, closes, wicks + wick + arm - 1, closes + wick - 1, count)
        elif body:
            lefts = columns - body // 2
            tops = np.minimum(opens, closes)
            bottoms = np.maximum(np.maximum(opens, closes), tops + wick - 1)
            rects.add(lefts, tops, lefts + body - 1, bottoms, count)
        painter.setBrush(ink)
        rects.draw(painter, self.exposed)

    def _hollow_out(
        self,
        painter: QPainter,
        chosen: NDArray[np.bool_],
        columns: NDArray[np.int32],
        opens: NDArray[np.int32],
        closes: NDArray[np.int32],
        shape: BarShape,
    ) -> None:
        """The inside of bodies that may lack trades, in the colour of the ground."""
        edge = shape.wick_px
        lefts = columns[chosen] - shape.body_px // 2
        tops = np.minimum(opens[chosen], closes[chosen]) + edge
        bottoms = np.maximum(opens[chosen], closes[chosen]) - edge
        room = bottoms >= tops
        inside = self._inside
        inside.clear()
        inside.add(
            lefts[room] + edge,
            tops[room],
            lefts[room] + shape.body_px - 1 - edge,
            bottoms[room],
            int(room.sum()),
        )
        painter.setBrush(self._ink.ground)
        inside.draw(painter)


def line_pen(color: QColor, ratio: float, is_thin: bool = False) -> QPen:
    """Of indicators and of the line style; thin where one pixel column stands for many bars."""
    token = "series_on_1m" if is_thin else "series"
    pen = QPen(color, float(tokens()["line_px"][token]) * ratio)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen
