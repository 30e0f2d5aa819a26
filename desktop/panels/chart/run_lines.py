"""What a played run recorded as prices, drawn over the bars of its instrument as of the clock.

A bar has the newest value by its end, the last one that by the clock. Only bars in sight are looked up, as
many as are drawn; series recorded together are looked up once. Nothing here knows a later value.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.film.recorded import Series
from core.market.instruments import InstrumentKey, format_counts
from desktop.desk import FilmReading
from desktop.paint.theme import Theme
from desktop.panels.chart.legend import Group, Span
from desktop.panels.chart.lines import Curve
from desktop.panels.chart.plots import ChartPlots
from desktop.panels.chart.sight import Sight

INKS: Final = 6  # of `chart.series`
DRAWN_MAX: Final = 12  # the first ones that are not hidden
HIDDEN_MAX: Final = 256
SAMPLES_MAX: Final = 2_000

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


def ink_of(series: Series) -> str:
    """Its colour token, the same in every panel."""
    return f"chart.series.{series.number % INKS}"


class RunLines:
    """Of one chart. `follow` the film, then `extremes`, `draw` and `words` of the bars in sight."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self.is_shown = True
        self.hidden: frozenset[str] = frozenset()
        self.all: tuple[Series, ...] = ()  # of the chart's instrument, hidden ones too
        self._symbol = ""
        self._time_ns = 0

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme

    def follow(self, film: FilmReading | None, key: InstrumentKey | None) -> None:
        """The film as of its clock; in any other scope there is nothing."""
        place = film.film.place_of.get(key) if film is not None and key is not None else None
        if film is None or key is None or place is None:
            self.all = ()
            return
        self.all, self._time_ns, self._symbol = film.film.recorded.on_price(place), film.time_ns, key.symbol

    @property
    def shown(self) -> tuple[Series, ...]:
        if not self.is_shown:
            return ()
        return tuple(one for one in self.all if one.name not in self.hidden)[:DRAWN_MAX]

    @property
    def inks(self) -> frozenset[int]:
        """Colours that are taken."""
        return frozenset(one.number % INKS for one in self.shown)

    def name_of(self, series: Series) -> str:
        """Without the symbol that a run of several instruments puts behind it: the chart says it."""
        return series.name.removesuffix(f" {self._symbol}")

    def show(self, name: str, is_shown: bool) -> None:
        """One series, by its name. With all of them hidden it is shown alone."""
        if not self.is_shown:
            self.is_shown = True
            self.hidden = frozenset(one.name for one in self.all)
        hidden = self.hidden - {name} if is_shown else self.hidden | {name}
        self.hidden = frozenset(sorted(hidden)[:HIDDEN_MAX])

    # ---- values ----------------------------------------------------------------------------------
    def _ends(self, rows: NDArray[np.int64], times: Times) -> Times:
        """Until when each bar tells: its end or the clock, whichever comes first."""
        last = rows >= len(times) - 1
        ends = times[np.minimum(rows + 1, len(times) - 1)]
        return np.where(last, self._time_ns, np.minimum(ends, self._time_ns))

    def values_of(self, rows: NDArray[np.int64], times: Times) -> list[Floats]:
        """Of each shown series at these bars, in units of price; NaN where it has none yet."""
        ends, found = self._ends(rows, times), []
        looked_up: Times | None = None
        at = rows
        for one in self.shown:
            if one.ts_ns is not looked_up:
                looked_up, at = one.ts_ns, np.searchsorted(one.ts_ns, ends, side="right") - 1
            if not len(one.values):
                found.append(np.full(len(rows), np.nan))
                continue
            found.append(np.where(at >= 0, one.values[np.maximum(at, 0)], np.nan))
        return found

    def extremes(self, sight: Sight, times: Times) -> tuple[float, float] | None:
        """Lowest and highest value of the bars in view, in counts."""
        first, last = sight.rows()
        if last <= first or not self.shown:
            return None
        ends = self._ends(np.array([first, last - 1]), times)
        unit, low, high = 10.0**sight.pyramid.price_decimals, np.inf, -np.inf
        for one in self.shown:
            begin, end = np.searchsorted(one.ts_ns, ends, side="right").tolist()
            part = one.values[max(begin - 1, 0) : end : max(1, (end - begin) // SAMPLES_MAX)]
            part = part[np.isfinite(part)]
            if len(part):
                low, high = min(low, float(part.min())), max(high, float(part.max()))
        return (low * unit, high * unit) if low <= high else None

    # ---- drawing ---------------------------------------------------------------------------------
    def draw(self, plots: ChartPlots, sight: Sight, times: Times) -> None:
        """Hand the lines in sight to their layer; who moved the view asks for the update."""
        layer, scale, bars = plots.main.recorded, sight.scale, sight.bars
        shown = self.shown
        if not shown or scale is None or bars is None or not len(bars):
            if layer.marks:
                layer.clear()
            return
        rows, places = sight.drawn_rows()
        unit = 10.0**sight.pyramid.price_decimals
        marks = tuple(
            Curve(values * unit, self._theme.color(ink_of(one)))
            for one, values in zip(shown, self.values_of(rows, times), strict=True)
        )
        if len(marks) != len(layer.marks):
            layer.update()
        layer.show_lines(places, marks, scale, bars.step > 1)

    # ---- words -----------------------------------------------------------------------------------
    def words(self, row: int, times: Times, decimals: int) -> tuple[Group, ...]:
        """Name in the line's colour, value at that bar; nothing where there is none yet."""
        if row < 0 or not self.shown:
            return ()
        values = self.values_of(np.array([row]), times)
        return tuple(
            (Span(self.name_of(one), ink_of(one)), *_value(float(value[0]), decimals))
            for one, value in zip(self.shown, values, strict=True)
        )


def _value(value: float, decimals: int) -> Iterable[Span]:
    if np.isfinite(value):
        yield Span(format_counts(round(value * 10**decimals), decimals))


def joined(*ranges: tuple[float, float] | None) -> tuple[float, float] | None:
    """Over all of them."""
    known = [each for each in ranges if each is not None]
    return (min(low for low, _ in known), max(high for _, high in known)) if known else None
