"""What of a series is in sight: which bars, between which prices, and what of the picture that changes.

Owns the view (followed or moved by hand) and the price range (of the bars in view, or set by hand) and hands
plots what to draw. A last bar that moves inside the range repaints its own columns; nothing is laid out and
no axis is touched. Nothing after the copied series is ever looked at.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop.links_terms import TimeStretch
from desktop.paint.candles import BarStyle
from desktop.paint.lod import CLOSE, BarPyramid, DrawnBars, HeikinAshi, Levels
from desktop.paint.pixels import PlotScale
from desktop.panels.chart.plots import ChartPlots
from desktop.panels.chart.viewport import PITCH_START_PX, Viewport

VOLUME_SHARE: Final = 0.17
MARGIN_PX: Final = 8  # above the highest and below the lowest bar
FEW_BARS: Final = 12
FILL_MIN: Final = 0.85  # below this the bars in view may have more of the height
VOLUME_FILL_MIN: Final = 0.6
NO_PLACES: Final = np.zeros(0)


@dataclass(frozen=True, slots=True)
class PriceWindow:
    """Counts at the lower and the upper edge of the main plot."""

    low: float
    high: float

    def zoomed(self, factor: float) -> "PriceWindow":
        """So many times as high round its middle."""
        middle, half = (self.low + self.high) / 2, (self.high - self.low) / 2 * factor
        return PriceWindow(middle - half, middle + half)

    def moved(self, counts: float) -> "PriceWindow":
        return PriceWindow(self.low + counts, self.high + counts)


class Sight:
    """`take_change` after the series changed, `move` by hand, then `draw`."""

    def __init__(self, plots: ChartPlots) -> None:
        self._plots = plots
        self.pyramid = BarPyramid()
        self.heikin = HeikinAshi()
        self.style: BarStyle = "candles"
        self.view = Viewport()
        self.is_following = True
        self.window: PriceWindow | None = None  # set by hand
        self._auto: PriceWindow | None = None  # of the bars in view when it was worked out
        self.scale: PlotScale | None = None
        self.bars: DrawnBars | None = None
        self.places: NDArray[np.float64] = NO_PLACES  # of the drawn bars' middles
        self._slots: NDArray[np.int64] | None = None  # with gaps: the place of every row
        self.known_count = 0  # bars there were after the last change
        self._heikin_from = 0
        self._exact = True  # the range of the bars in view, not a kept one
        self._whole = True
        self._is_new = True
        self._ratio = 0.0  # of the screen the view was made for
        self._start_px = PITCH_START_PX  # logical, of a bar in a view that is new
        self.shows_volume = True
        self._changed_from = 0

    # ---- the series ------------------------------------------------------------------------------
    def forget(self) -> None:
        """Another series: nothing of the old one stays but the width of its bars."""
        self.pyramid, self.heikin = BarPyramid(), HeikinAshi()
        self._heikin_from = 0
        self.is_following, self.window = True, None
        self.scale = self.bars = self._auto = None
        self.known_count = 0
        self._slots, self.places = None, NO_PLACES
        self._is_new = self._whole = self._exact = True

    def clear(self) -> None:
        """The series has become empty: nothing is in sight, the view stays as wide as it was."""
        self.scale = self.bars = self._auto = None
        self.places = NO_PLACES
        self.redraw()

    @property
    def count(self) -> int:
        return self.pyramid.count

    @property
    def extent(self) -> int:
        """Places along the time axis: bars, or intervals with gaps shown."""
        if self._slots is not None and len(self._slots):
            return int(self._slots[-1]) + 1
        return self.count

    @property
    def levels(self) -> Levels:
        if self.style != "heikin_ashi":
            return self.pyramid.levels
        if self._heikin_from < self.count or self.heikin.levels.count != self.count:
            self.heikin.follow(self.pyramid.columns, self._heikin_from)
            self._heikin_from = self.count
        return self.heikin.levels

    def take_change(self, row: int, shift: int, slots: NDArray[np.int64] | None) -> None:
        """Rows from `row` on have changed; older ones moved up by `shift` rows."""
        before = self._slots
        self._slots = slots
        if shift:
            moved = shift
            if slots is not None and before is not None and len(before):
                moved = int(slots[shift] - before[0])
            self.view = self.view.shifted(moved)
        if self.count < self.known_count or row == 0:
            # Time may have gone back: the view may lie beyond the last bar, and no range of later may stay.
            self._whole = self._exact = True
        self.known_count = self.count
        self._heikin_from = min(self._heikin_from, row)
        self._changed_from = min(self._changed_from, row)

    # ---- rows and places -------------------------------------------------------------------------
    def rows(self) -> tuple[int, int]:
        """Rows in view."""
        if self._slots is None:
            return self.view.rows(self.count)
        edges = np.searchsorted(self._slots, (self.view.left - 0.5, self.view.right + 0.5))
        return int(edges[0]), int(edges[1])

    def place_of(self, row: int) -> float:
        return float(self._slots[row]) if self._slots is not None else float(row)

    def places_of(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Of many rows."""
        return np.asarray(self._slots[rows] if self._slots is not None else rows, np.float64)

    def drawn_rows(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rows that lines go through, one a drawn bar and one on either side, and their places."""
        bars = self.bars
        assert bars is not None
        before, after = int(bars.first[0]) - 1, int(bars.last[-1]) + bars.step
        ends = ([before] if before >= 0 else [], [after] if after < self.count else [])
        rows = np.concatenate((np.array(ends[0], np.int64), bars.last, np.array(ends[1], np.int64)))
        places = (
            [self.place_of(row) for row in ends[0]], self.places, [self.place_of(row) for row in ends[1]]
        )  # fmt: skip
        return rows, np.concatenate(places)

    def row_at(self, place: float) -> int | None:
        """The bar nearest to a place; None without bars."""
        if not self.count:
            return None
        slots = self._slots
        if slots is None:
            return int(min(max(round(place), 0), self.count - 1))
        after = min(int(np.searchsorted(slots, place)), self.count - 1)
        before = max(after - 1, 0)
        return before if place - slots[before] < slots[after] - place else after

    def time_at(self, place: float, times: NDArray[np.int64]) -> int:
        """The time at a place, beyond the bars as if they went on evenly; `times` of the rows."""
        last = self.extent - 1
        if self.count < 2 or place <= 0 or place >= last:
            edge, at = (0, 0.0) if place <= 0 else (-1, float(last))
            return int(times[edge]) + int((place - at) * self._spacing_ns(times))
        row = int(place) if self._slots is None else int(np.searchsorted(self._slots, place, "right")) - 1
        row = min(row, self.count - 2)
        begin, end = self.place_of(row), self.place_of(row + 1)
        return int(times[row]) + int((place - begin) / (end - begin) * float(times[row + 1] - times[row]))

    def place_at(self, time_ns: int, times: NDArray[np.int64]) -> float:
        """Where a time is: the other way round."""
        if self.count < 2 or time_ns <= times[0] or time_ns >= times[-1]:
            edge, at = (0, 0.0) if time_ns <= times[0] else (-1, float(self.extent - 1))
            return at + (time_ns - int(times[edge])) / self._spacing_ns(times)
        row = min(int(np.searchsorted(times, time_ns, "right")) - 1, self.count - 2)
        share = (time_ns - int(times[row])) / max(int(times[row + 1] - times[row]), 1)
        return self.place_of(row) + share * (self.place_of(row + 1) - self.place_of(row))

    def stretch(self, times: NDArray[np.int64]) -> TimeStretch | None:
        """The time in view; None without bars."""
        if not self.count or self.scale is None:
            return None
        left, right = self.time_at(self.view.left, times), self.time_at(self.view.right, times)
        return TimeStretch(left, right, self.is_following)

    def show_stretch(self, stretch: TimeStretch, times: NDArray[np.int64]) -> bool:
        """Show that time; False without bars."""
        if not self.count or self.scale is None:
            return False
        left, right = self.place_at(stretch.left_ns, times), self.place_at(stretch.right_ns, times)
        self.move(self.view.fitted(left, right).clamped(self.extent), stretch.is_following)
        return True

    def _spacing_ns(self, times: NDArray[np.int64]) -> float:
        """Of the newest bars, the least: intervals without trades make no bars."""
        gaps = np.diff(times[-64:])
        return float(gaps.min()) if len(gaps) and gaps.min() > 0 else 1e9

    # ---- by hand ---------------------------------------------------------------------------------
    def move(self, view: Viewport, is_following: bool | None = None) -> None:
        """Another view; whether it still follows is seen by where the last bar is."""
        self.view = view
        self.is_following = view.is_following(self.extent) if is_following is None else is_following
        self._exact = True

    def follow(self) -> None:
        """The newest bar at the right again."""
        self.is_following = True
        self._exact = True

    def set_window(self, window: PriceWindow | None) -> None:
        """Prices by hand; None: of the bars in view."""
        self.window = window
        self._exact = True

    def redraw(self) -> None:
        """Everything anew: another style, theme or size."""
        self._whole = self._exact = True

    @property
    def bar_px(self) -> float:
        """Logical pixels of a bar, also before there is a view."""
        is_new = self.view.width_px <= 1 or not self._ratio
        return self._start_px if is_new else self.view.pitch / self._ratio

    def set_bar_px(self, bar_px: float) -> None:
        """So wide, following."""
        self._start_px = bar_px
        self.view = Viewport()
        self._is_new = self._whole = self._exact = True

    # ---- drawing ---------------------------------------------------------------------------------
    def size_px(self) -> tuple[float, int, int]:
        """Device pixels of a logical one, and of the main plot across and down."""
        ratio, size = self._plots.devicePixelRatioF(), self._plots.main.size()
        return ratio, int(size.width() * ratio), int(size.height() * ratio)

    def fit(self) -> None:
        """Follow the newest bar, take another width of the plot."""
        ratio, width, _ = self.size_px()
        if width >= 1:
            self._fit_view(width, ratio)

    def draw(self, extra: tuple[float, float] | None = None) -> bool:
        """Hand the plots what is in sight; `extra`: lowest and highest value of overlays in view.

        True when the scale is another one: whatever else is drawn has to be placed anew.
        """
        plots = self._plots
        ratio, width, height = self.size_px()
        if width < 1 or height < 1:
            return False
        first, last = self.rows()
        bars = self.levels.drawn(first, last, 1 / self.view.pitch)
        self.bars = bars
        first_places, last_places = bars.first, bars.last
        if self._slots is not None:
            first_places, last_places = self._slots[first_places], self._slots[last_places]
        self.places = (first_places + last_places).astype(np.float64) * 0.5
        scale = self._scaled(bars, width, height, ratio, extra)
        moved = scale != self.scale
        self.scale = scale
        marked = None
        if bars.step == 1:
            marks = self.pyramid.marked(first, first + len(bars))
            marked = marks if marks.any() else None
        plots.main.bars.show_bars(bars, self.places, marked, scale, self.style)
        if moved or self._whole:
            plots.main.update()
            plots.main.bars.update()
            plots.main.lines.update()
        else:
            self._update_tail(scale)
        self._changed_from = self.count
        self._whole = self._exact = False
        return moved

    def _fit_view(self, width: int, ratio: float) -> None:
        if self._is_new and self.count:
            self._is_new = False
            pitch = self.view.pitch if self.view.width_px > 1 else self._start_px * ratio
            self.view = Viewport(width, pitch)
            self.is_following = True
        if ratio != self._ratio:
            if self._ratio:  # the window came to another screen: bars stay as wide to the eye
                self.view = replace(self.view, pitch=self.view.pitch * ratio / self._ratio)
            self._ratio = ratio
            self._exact = self._whole = True
        if width != self.view.width_px:
            self.view = self.view.resized(width)
            self._exact = True
        if self.is_following:
            self.view = self.view.following(self.extent)
        elif self._whole:
            self.view = self.view.clamped(self.extent)

    def _update_tail(self, scale: PlotScale) -> None:
        """Only from the bar before the first changed one on."""
        row = min(max(self._changed_from - 1, 0), self.count - 1)
        left = int(scale.x(self.place_of(row)) - scale.pitch) - 4
        bars = self._plots.main.bars
        bars.update_pixels(scale.ratio, max(left, 0), 0, scale.width_px, scale.height_px)

    def _scaled(
        self, bars: DrawnBars, width: int, height: int, ratio: float, extra: tuple[float, float] | None
    ) -> PlotScale:
        volume_px = int(height * VOLUME_SHARE)
        before = self.scale
        volume_max = float(bars.volume.max()) if len(bars) else 0.0
        has_volume = volume_max > 0 and self.shows_volume
        if before is not None and not self._exact:
            kept = before.volume_max
            if kept * VOLUME_FILL_MIN <= volume_max <= kept:
                volume_max = kept
        margin = MARGIN_PX * ratio
        bottom = height - (volume_px if has_volume else 0) - margin
        window = self.window
        if window is None:
            window = self._auto_window(bars, margin, max(bottom, margin + 1), height, extra)
        span = max(window.high - window.low, 1e-9)
        return PlotScale(
            width,
            height,
            self.view.right,
            self.view.pitch,
            window.high,
            height / span,
            ratio,
            volume_px if has_volume else 0,
            max(volume_max, 1.0),
        )

    def _auto_window(
        self, bars: DrawnBars, margin: float, bottom: float, height: int, extra: tuple[float, float] | None
    ) -> PriceWindow:
        """Highest bar below the upper margin, lowest above the volume; a kept window while it fits well."""
        low, high = (float(bars.low.min()), float(bars.high.max())) if len(bars) else (-1.0, 1.0)
        if extra is not None:
            # A line far off must not flatten the bars: at most half their height on either side.
            reach = (high - low) / 2
            low, high = max(min(low, extra[0]), low - reach), min(max(high, extra[1]), high + reach)
        if high <= low:
            flat = max(abs(high) * 1e-4, 2.0)
            low, high = low - flat, high + flat
        if len(bars) < FEW_BARS:
            # One bar alone would fill the plot from top to bottom and look like a crash.
            reach = (high - low) * (FEW_BARS / max(len(bars), 1) - 1) / 4
            low, high = low - reach, high + reach
        before, kept = self.scale, self._auto
        if before is not None and kept is not None and not self._exact and before.height_px == height:
            top, under = before.y(np.array((high, low)))
            fits = top >= margin / 2 and under <= bottom + margin / 2
            if fits and under - top >= FILL_MIN * (bottom - margin):
                return kept
        unit = (high - low) / (bottom - margin)
        self._auto = PriceWindow(low - (height - bottom) * unit, high + margin * unit)
        return self._auto

    @property
    def price_window(self) -> PriceWindow:
        """Counts at the edges of the main plot as drawn."""
        scale = self.scale
        if scale is None:
            return PriceWindow(0.0, 1.0)
        return PriceWindow(scale.top - scale.height_px / scale.px_per_unit, scale.top)

    @property
    def last_close(self) -> float | None:
        """Of the last true bar, whatever the style."""
        return float(self.pyramid.columns[CLOSE, -1]) if self.count else None

    def is_last_rising(self) -> bool:
        opened, close = self.pyramid.columns[0, -1], self.pyramid.columns[CLOSE, -1]
        return bool(close >= opened)

    def with_scale(self, height_px: int, low: float, high: float) -> PlotScale:
        """The scale of a pane: the bars' own places, other values."""
        assert self.scale is not None
        span = max(high - low, 1e-12)
        return replace(
            self.scale,
            height_px=height_px,
            top=high,
            px_per_unit=height_px / span,
            volume_px=0,
            volume_max=1.0,
        )
