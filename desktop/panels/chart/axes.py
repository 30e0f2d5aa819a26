"""The chart's own axes: times of bars below, prices at the right.

Both are pyqtgraph axes as far as its layout and its mouse go, and paint by themselves: ticks are kept while
one pans, labels are pictures, everything sits on whole device pixels. Neither draws a grid: who does asks for
the ticks. Neither ever names a time after the last bar.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem

from core.market.instruments import format_counts
from core.market.intervals import Interval
from core.market.trading_day import TradingDay
from desktop.paint.theme import Theme
from desktop.panels.chart.axes_paint import (
    CLEAR_OF_TAG_PX,
    TAG_HEIGHT_PX,
    TAG_PAD_PX,
    Labels,
    Tag,
    line_color,
)
from desktop.panels.chart.axes_price_ticks import price_step, price_ticks
from desktop.panels.chart.axes_ruler import TickRuler
from desktop.panels.chart.time_ticks import I64, Tick

TIME_AXIS_HEIGHT_PX: Final = 20
LABEL_GAP_PX: Final = 38  # between two times: closer they read as one
PRICE_PAD_PX: Final = 8
_EPSILON: Final = 1e-6


class ChartAxis(pg.AxisItem):
    """What both have: a theme, tags by name, and no work of pyqtgraph's own per range."""

    def __init__(self, orientation: str, theme: Theme) -> None:
        self.labels = Labels(theme)
        self._tags: dict[str, Tag] = {}
        self._width_px = self._height_px = 0.0
        super().__init__(orientation, maxTickLength=0, showValues=False)
        self.enableAutoSIPrefix(False)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def set_theme(self, theme: Theme) -> None:
        self.labels.set_theme(theme)
        self.look_anew()

    def look_anew(self) -> None:
        """Something but a tag is another: all of it is placed and painted anew."""
        self.forget_places()
        self.update()

    def forget_places(self) -> None:
        """What was placed for the last picture no longer holds."""
        raise NotImplementedError

    def strip_of(self, tag: Tag) -> QRectF:
        """What a tag covers, with the labels that give way to it."""
        raise NotImplementedError

    def set_tag(self, name: str, tag: Tag | None) -> None:
        """A tag such as `last` or `crosshair`, in front of those set before it; None takes it away.

        Only where it was and where it is now is painted anew: the last price moves with every trade.
        """
        before = self._tags.get(name)
        if before == tag:
            return
        if tag is None:
            del self._tags[name]
        else:
            self._tags[name] = tag
        self.forget_places()
        for changed in (before, tag):
            if changed is not None:
                self.update(self.strip_of(changed))

    @property
    def tags(self) -> dict[str, Tag]:
        return dict(self._tags)

    def setRange(self, mn: float, mx: float) -> None:
        if not (math.isfinite(mn) and math.isfinite(mx)):
            raise ValueError(f"no axis can go from {mn} to {mx}")
        if [mn, mx] != getattr(self, "range", None):
            self.range = [mn, mx]
            self.look_anew()

    def resizeEvent(self, event: Any = None) -> None:
        self._width_px, self._height_px = float(self.size().width()), float(self.size().height())
        self.look_anew()

    def boundingRect(self) -> QRectF:
        return QRectF(0.0, 0.0, self._width_px, self._height_px)

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self.paint_axis(painter, self._exposed_parts(painter))

    def _exposed_parts(self, painter: QPainter) -> list[QRectF]:
        """What of the axis Qt will show: it tells an item only the rectangle round all parts of a window."""
        to_axis, _ = painter.deviceTransform().inverted()
        whole = self.boundingRect()
        clip = painter.paintEngine().systemClip()
        parts = [to_axis.mapRect(QRectF(part)) for part in clip]  # type: ignore[attr-defined]
        return [part for part in parts if part.intersects(whole)] or [whole]

    def paint_axis(self, painter: QPainter, exposed: list[QRectF]) -> None:
        """Draw at least what touches the `exposed` parts."""
        raise NotImplementedError


class TimeAxis(ChartAxis):
    """Times of bars: `x` is the bar's index, bars are centred on it; or its time slot with gaps."""

    def __init__(self, theme: Theme) -> None:
        self.ruler = TickRuler()
        self._placed: list[tuple[float, Tick]] | None = None
        super().__init__("bottom", theme)
        self.setHeight(TIME_AXIS_HEIGHT_PX)

    def set_keys(
        self,
        open_ns: I64,
        interval: Interval,
        zone: ZoneInfo,
        day: TradingDay,
        *,
        has_gaps: bool = False,
        changed_from: int | None = None,
    ) -> None:
        """Open times of the bars, ascending, as they are now; copied, and cheap when they only grew.

        `changed_from`: the rows before it are those of the last call.
        """
        if self.ruler.set_bars(open_ns, interval, zone, day, has_gaps, changed_from):
            self.look_anew()

    def forget_places(self) -> None:
        self._placed = None

    @property
    def min_bars(self) -> int:
        """Bars between two labels at this zoom; grows with the widest label."""
        left, right = self.range
        pitch_px = max(self._width_px, 1.0) / max(right - left, _EPSILON)
        bars = self._bars_of("00:00", pitch_px)
        if self.ruler.needs_seconds(bars):
            bars = self._bars_of("00:00:00", pitch_px)
        return bars

    def _bars_of(self, widest: str, pitch_px: float) -> int:
        labels = self.labels
        width_px = max(labels.width_px(widest), labels.width_px("28 May", is_strong=True))
        # Rounding that a pan brings into the pitch must not move the limit.
        return max(1, math.ceil((width_px + LABEL_GAP_PX) / pitch_px - 1e-4))

    def ticks(self) -> tuple[Tick, ...]:
        """Those in view, from left to right; where the grid has its lines."""
        left, right = self.range
        return self.ruler.ticks(left, right, self.min_bars)

    @property
    def end_ns(self) -> int | None:
        """The latest open time that can be read off the axis; None without bars."""
        return self.ruler.open_ns_at(self.ruler.last_x)

    def px_of(self, x: float) -> float:
        left, right = self.range
        return (x - left) / max(right - left, _EPSILON) * self._width_px

    def labels_in_view(self) -> list[tuple[float, Tick]]:
        """Left edge in px and tick of every label drawn: whole ones, none under a tag."""
        if self._placed is not None:
            return self._placed
        tags = [self._span(tag) for tag in self._tags.values()]
        found = []
        for tick in self.ticks():
            label_px = self.labels.width_px(tick.label, tick.is_strong)
            left = self.px_of(tick.x) - label_px / 2
            right = left + label_px
            if left < 0 or right > self._width_px:
                continue
            if any(right + CLEAR_OF_TAG_PX > begin and left - CLEAR_OF_TAG_PX < end for begin, end in tags):
                continue
            found.append((left, tick))
        self._placed = found
        return found

    def _span(self, tag: Tag) -> tuple[float, float]:
        """Left and right edge of a tag in px, held within the axis."""
        width = self.labels.width_px(tag.text, is_strong=True) + 2 * TAG_PAD_PX
        room = max(self._width_px - width, 0.0)
        left = min(max(self.px_of(tag.value) - width / 2, 0.0), room)
        return round(left), round(left) + width

    def strip_of(self, tag: Tag) -> QRectF:
        begin, end = self._span(tag)
        reach = CLEAR_OF_TAG_PX + self.labels.width_px("00:00:00") + 2
        return QRectF(begin - reach, 0, end - begin + 2 * reach, self._height_px)

    def paint_axis(self, painter: QPainter, exposed: list[QRectF]) -> None:
        painter.fillRect(QRectF(0, 0, self._width_px, 1), line_color(self.labels.theme))
        middle = (self._height_px + 1) / 2
        for left, tick in self.labels_in_view():
            right = left + self.labels.width_px(tick.label, tick.is_strong) + 2
            if any(part.left() <= right and part.right() >= left - 1 for part in exposed):
                self.labels.draw(painter, left, middle, tick.label, tick.is_strong)
        for tag in self._tags.values():
            begin, end = self._span(tag)
            rect = QRectF(begin, round(middle - TAG_HEIGHT_PX / 2), end - begin, TAG_HEIGHT_PX)
            self.labels.draw_tag(painter, rect, tag)


class PriceAxis(ChartAxis):
    """Prices as counts of the instrument's increment (`y` = counts), or values of an indicator's pane."""

    def __init__(self, theme: Theme) -> None:
        self._ticks: tuple[float, ...] | None = None
        self._whole: list[tuple[float, str]] | None = None
        self._placed: list[tuple[float, str]] | None = None
        super().__init__("right", theme)
        self._decimals = 0
        self._tick_counts = 1
        self._counts_per_y = 1.0
        self._words: Callable[[int], str] | None = None
        self._fixed: tuple[float, ...] | None = None
        self._step = 0
        self.setWidth(theme.px("width.price_axis"))

    def set_decimals(
        self,
        decimals: int,
        tick_counts: int = 1,
        counts_per_y: float = 1.0,
        words: Callable[[int], str] | None = None,
    ) -> None:
        """Labels have `decimals`; steps are whole `tick_counts`; a unit of `y` is `counts_per_y` counts.

        `words` spells counts otherwise (volume with a suffix).
        """
        self._decimals, self._tick_counts, self._counts_per_y = decimals, max(1, tick_counts), counts_per_y
        self._words = words
        self._step = 0
        self.look_anew()

    def set_fixed(self, values: Sequence[float] | None) -> None:
        """Label only these (`y`), as 30 and 70 of an RSI; None for the axis' own choice."""
        fixed = None if values is None else tuple(values)
        if fixed != self._fixed:
            self._fixed = fixed
            self.look_anew()

    def look_anew(self) -> None:
        self._ticks = self._whole = None
        super().look_anew()

    def forget_places(self) -> None:
        self._placed = None

    def text(self, counts: int) -> str:
        return self._words(counts) if self._words is not None else format_counts(counts, self._decimals)

    def text_at(self, y: float) -> str:
        """The price at a place, on a whole tick: what the crosshair says."""
        ticks = round(y * self._counts_per_y / self._tick_counts)
        return self.text(ticks * self._tick_counts)

    def width_for(self, low_y: float, high_y: float) -> int:
        """Px that the labels of these prices need, never under the usual."""
        widest = max(
            self.labels.width_px(self.text(round(y * self._counts_per_y)), is_strong=True)
            for y in (low_y, high_y)
        )
        return max(self.labels.theme.px("width.price_axis"), math.ceil(widest) + 2 * PRICE_PAD_PX)

    def ticks(self) -> tuple[float, ...]:
        """`y` of every label in view, ascending; where the grid has its lines."""
        if self._ticks is None:
            self._ticks = self._choose()
        return self._ticks

    def _choose(self) -> tuple[float, ...]:
        low, high = self.range
        if self._fixed is not None:
            return tuple(value for value in self._fixed if low <= value <= high)
        if not high > low or self._height_px < 1:
            return ()
        scale = self._counts_per_y
        self._step = price_step((high - low) * scale / self._height_px, self._tick_counts, self._step)
        return tuple((price_ticks(low * scale, high * scale, self._step) / scale).tolist())

    def px_of(self, y: float) -> float:
        low, high = self.range
        return (high - y) / max(high - low, 1e-300) * self._height_px

    def labels_in_view(self) -> list[tuple[float, str]]:
        """Middle in px and text of every label drawn: whole ones, none within 15 px of a tag."""
        if self._placed is None:
            tags = [self._tag_y(tag) for tag in self._tags.values()]
            self._placed = [
                label
                for label in self._whole_labels()
                if all(abs(label[0] - tag_y) >= CLEAR_OF_TAG_PX for tag_y in tags)
            ]
        return self._placed

    def _whole_labels(self) -> list[tuple[float, str]]:
        if self._whole is None:
            half = self.labels.height_px / 2
            places = [(self.px_of(y), y) for y in self.ticks()]
            self._whole = [
                (middle, self.text(round(y * self._counts_per_y)))
                for middle, y in places
                if half <= middle <= self._height_px - half
            ]
        return self._whole

    def _tag_y(self, tag: Tag) -> float:
        half = TAG_HEIGHT_PX / 2
        return min(max(self.px_of(tag.value), half), max(self._height_px - half, half))

    def strip_of(self, tag: Tag) -> QRectF:
        reach = CLEAR_OF_TAG_PX + self.labels.height_px / 2 + 2
        return QRectF(0, self._tag_y(tag) - reach, self._width_px, 2 * reach)

    def paint_axis(self, painter: QPainter, exposed: list[QRectF]) -> None:
        painter.fillRect(QRectF(0, 0, 1, self._height_px), line_color(self.labels.theme))
        half = self.labels.height_px / 2 + 1
        reach = [(part.top() - half, part.bottom() + half) for part in exposed]
        for middle, text in self.labels_in_view():
            if any(top <= middle <= bottom for top, bottom in reach):
                self.labels.draw(painter, PRICE_PAD_PX, middle, text, is_strong=False)
        low, high = sorted((float(self.range[0]), float(self.range[1])))
        for tag in self._tags.values():
            if low <= tag.value <= high:  # at the edge it would name a price that is not there
                tag_top = round(self._tag_y(tag) - TAG_HEIGHT_PX / 2)
                self.labels.draw_tag(painter, QRectF(1, tag_top, self._width_px - 1, TAG_HEIGHT_PX), tag)


def align_widths(axes: Sequence[PriceAxis], width_px: int) -> None:
    """One width for all axes below each other, so that their bars stay in line."""
    for axis in axes:
        if axis.fixedWidth != width_px:
            axis.setWidth(width_px)
