"""The indicators of one chart: their values beside its bars, colours in order of adding, panes below.

Values are worked out only from where bars changed, and drawn thinned as the bars are. Overlays share the
bars' prices; every other indicator has a pane with an axis of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.indicator_base import Indicator
from core.market.indicators import Draw, IndicatorError, IndicatorSpec, parse_indicator
from core.market.instruments import format_counts
from core.market.trading_day import TradingDay
from desktop.paint.lod import BarPyramid
from desktop.paint.theme import Theme
from desktop.panels.chart.legend import Group, Span
from desktop.panels.chart.lines import Band, Curve, Histogram
from desktop.panels.chart.plots import ChartPlots, PanePlot
from desktop.panels.chart.sight import Sight

COLOURS: Final = 6
STUDIES_MAX: Final = 12
PANES_MAX: Final = 4
SAMPLES_MAX: Final = 2_000
RATE_DECIMALS: Final = 1  # of what is no price: RSI
PANE_MARGIN: Final = 0.12
PANE_HEADROOM: Final = 0.45  # the legend stands above the lines
UNKNOWN_RANGE: Final = (-1.0, 1.0)  # of a pane without a value
GUIDED_RANGE: Final = (10.0, 90.0)  # an RSI's axis; it widens when the line leaves it

Numbers = NDArray[np.float64]


@dataclass(slots=True)
class Study:
    """One indicator in use."""

    study_id: str
    spec: IndicatorSpec
    indicator: Indicator
    colour: int


class Studies:
    """`follow` after the series changed, `draw` with the bars."""

    def __init__(self, theme: Theme, day: TradingDay) -> None:
        self._theme = theme
        self._day = day
        self._numbered = 0
        self._price_decimals = 0
        self.all: list[Study] = []
        self.reserved: frozenset[int] = frozenset()  # colours of other lines over the bars
        self.is_grey = False  # what is shown is not live

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme

    # ---- which -----------------------------------------------------------------------------------
    def add(self, spec: IndicatorSpec | str) -> str:
        """Returns its id. Raises `IndicatorError`: no indicator, or too many of them."""
        spec = parse_indicator(spec) if isinstance(spec, str) else spec
        if len(self.all) >= STUDIES_MAX:
            raise IndicatorError(f"{spec.label}: a chart shows {STUDIES_MAX} indicators at most; remove one")
        if not spec.is_overlay and len(self.in_panes) >= PANES_MAX:
            raise IndicatorError(f"{spec.label}: a chart has {PANES_MAX} panes at most; remove one")
        taken = {study.colour for study in self.all} | self.reserved
        free = [colour for colour in range(COLOURS) if colour not in taken]
        self._numbered += 1
        colour = free[0] if free else self._numbered % COLOURS
        self.all.append(Study(f"{spec.name}-{self._numbered}", spec, spec.make(self._day), colour))
        return self.all[-1].study_id

    def replace(self, wanted: Sequence[tuple[IndicatorSpec, int]]) -> None:
        """These and no others, each with its colour. Raises `IndicatorError` for too many."""
        self.all = []
        for spec, colour in wanted:
            self.of(self.add(spec)).colour = colour

    def change(self, study_id: str, spec: IndicatorSpec | str) -> None:
        """Other numbers, or another indicator in the same colour. Raises `IndicatorError`, `KeyError`."""
        spec = parse_indicator(spec) if isinstance(spec, str) else spec
        study = self.of(study_id)
        study.spec, study.indicator = spec, spec.make(self._day)

    def remove(self, study_id: str) -> None:
        """Raises `KeyError` for an id that is not there."""
        self.all.remove(self.of(study_id))

    def of(self, study_id: str) -> Study:
        for study in self.all:
            if study.study_id == study_id:
                return study
        raise KeyError(study_id)

    @property
    def overlays(self) -> list[Study]:
        return [study for study in self.all if study.spec.is_overlay]

    @property
    def in_panes(self) -> list[Study]:
        return [study for study in self.all if not study.spec.is_overlay]

    # ---- values ----------------------------------------------------------------------------------
    def begin(self, day: TradingDay) -> None:
        """Another series: every value anew."""
        self._day = day
        for study in self.all:
            study.indicator = study.spec.make(day)

    def follow(self, pyramid: BarPyramid, row: int, is_timed: bool) -> None:
        """Bars have changed from `row` on."""
        self._price_decimals = pyramid.price_decimals
        times = pyramid.keys if is_timed else pyramid.first_ns
        for study in self.all:
            behind = min(row, study.indicator.count)
            if study.indicator.is_cut != pyramid.has_earlier:
                study.indicator.is_cut, behind = pyramid.has_earlier, 0
            opened, high, low, close, volume = pyramid.columns
            study.indicator.update(opened, high, low, close, volume, times, behind)

    @property
    def wants_earlier(self) -> bool:
        """A value of the newest bar needs bars that are not held yet."""
        return any(study.indicator.wants_earlier for study in self.all)

    def extremes(self, first: int, last: int) -> tuple[float, float] | None:
        """Lowest and highest overlay value of these rows."""
        if last <= first:
            return None
        step = max(1, (last - first) // SAMPLES_MAX)
        low, high = np.inf, -np.inf
        for study in self.overlays:
            for values in study.indicator.outputs:
                part = values[first:last:step]
                part = part[np.isfinite(part)]
                if len(part):
                    low, high = min(low, float(part.min())), max(high, float(part.max()))
        return (low, high) if low <= high else None

    # ---- drawing ---------------------------------------------------------------------------------
    def draw(self, plots: ChartPlots, sight: Sight, whole: bool) -> None:
        """Hand the lines in sight to their plots."""
        bars, scale = sight.bars, sight.scale
        if bars is None or scale is None or not len(bars):
            return
        rows, places = sight.drawn_rows()
        marks: list[Curve | Band | Histogram] = []
        for study in self.overlays:
            marks += self._marks(study, rows)
        plots.main.lines.show_lines(places, tuple(marks), scale, bars.step > 1)
        for pane, study in zip(plots.panes, self.in_panes, strict=False):
            self._draw_pane(pane, study, rows, places, sight, whole)

    def _draw_pane(
        self,
        pane: PanePlot,
        study: Study,
        rows: NDArray[np.int64],
        places: Numbers,
        sight: Sight,
        whole: bool,
    ) -> None:
        marks = tuple(self._marks(study, rows))
        low, high = _range_of(marks, study.spec.kind.guides)
        is_known = (low, high) != UNKNOWN_RANGE
        ratio = sight.scale.ratio if sight.scale is not None else 1.0
        height = int(pane.plot.size().height() * ratio)
        if height < 1:  # it gave way to the bars
            pane.scale = None
            return
        before = pane.scale
        if before is not None and not whole and before.height_px == height:
            top, bottom = before.top, before.top - height / before.px_per_unit
            # The range stays while the line fills most of it: no axis is drawn again for one more bar.
            if bottom <= low and high <= top and high - low >= 0.7 * (top - bottom):
                low, high = bottom, top
        scale = sight.with_scale(height, low, high)
        moved = before is None or whole or (scale.top, scale.px_per_unit) != (before.top, before.px_per_unit)
        pane.scale = scale
        pane.plot.lines.show_lines(places, marks, scale, sight.bars is not None and sight.bars.step > 1)
        is_rate = study.spec.name == "rsi"
        decimals, per_unit = (RATE_DECIMALS, 10.0) if is_rate else (self._price_decimals, 1.0)
        words = (lambda counts: f"{counts / 10:g}") if is_rate else None
        # While it warms up there is nothing to count: an axis that says 0 would say a value.
        guides = study.spec.kind.guides if is_rate else None if is_known else ()
        pane.set_axis(decimals, per_unit, words, guides)
        if moved:
            pane.axis.setRange(low, high)
            pane.plot.update()
            pane.plot.lines.update()
        else:
            left = scale.x(float(places[-1]) - 2)
            pane.plot.lines.update_pixels(ratio, int(left) - 4, 0, scale.width_px, scale.height_px)

    def _marks(self, study: Study, rows: NDArray[np.int64]) -> Iterator[Curve | Band | Histogram]:
        theme, outputs = self._theme, study.indicator.outputs
        color = theme.color("text.tertiary" if self.is_grey else f"chart.series.{study.colour}")
        count = study.indicator.count
        rows = np.minimum(rows, count - 1)
        edges: list[Numbers] = []
        for output, values in zip(study.spec.outputs, outputs, strict=True):
            drawn = values[rows]
            if output.draw is Draw.HISTOGRAM:
                yield Histogram(drawn, theme.color("market.candle_up"), theme.color("market.candle_down"))
            elif output.draw is Draw.BAND_EDGE:
                edges.append(drawn)
                if len(edges) == 2:
                    yield Band(edges[0], edges[1], theme.color("chart.band_fill"))
                yield Curve(drawn, color)
            else:
                yield Curve(drawn, color if output.name != "signal" else theme.color("chart.benchmark"))

    # ---- words -----------------------------------------------------------------------------------
    def overlay_words(self, row: int, price_decimals: int) -> tuple[Group, ...]:
        """Name in the line's colour, value in primary; nothing where a value is not known yet."""
        return tuple(self._words(study, row, price_decimals, 1.0) for study in self.overlays)

    def pane_words(self, row: int) -> list[Group]:
        found = []
        for study in self.in_panes:
            is_rate = study.spec.name == "rsi"
            decimals, per_unit = (RATE_DECIMALS, 10.0) if is_rate else (self._price_decimals, 1.0)
            found.append(self._words(study, row, decimals, per_unit))
        return found

    def _words(self, study: Study, row: int, decimals: int, per_unit: float) -> Group:
        spans = [Span(study.spec.label, f"chart.series.{study.colour}")]
        for values in study.indicator.outputs:
            if 0 <= row < len(values) and np.isfinite(values[row]):
                spans.append(Span(format_counts(round(float(values[row]) * per_unit), decimals)))
        return tuple(spans)


def _range_of(marks: tuple[Curve | Band | Histogram, ...], guides: tuple[float, ...]) -> tuple[float, float]:
    """Lowest and highest value with some air; an oscillator keeps its usual range."""
    low, high = np.inf, -np.inf
    for mark in marks:
        if isinstance(mark, Band):
            continue
        known = mark.values[np.isfinite(mark.values)]
        if len(known):
            low, high = min(low, float(known.min())), max(high, float(known.max()))
    if len(guides) > 1:
        low, high = min(low, GUIDED_RANGE[0]), max(high, GUIDED_RANGE[1])
        return low, high
    if not low <= high:
        return UNKNOWN_RANGE
    span = max(high - low, 1e-9)
    return low - span * PANE_MARGIN, high + span * PANE_HEADROOM
