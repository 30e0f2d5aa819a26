"""Equity above and drawdown below over one time line, drawn as the chart draws: same axes, grid and legend.

Any number of lines by one set of times; a value that is no number is not drawn. Long lines are thinned to
what a pixel column can show, without losing a high or a low. Who shows it says the legend.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.market.intervals import Interval, seconds
from core.market.trading_day import TradingDay
from desktop.paint.pixels import PlotScale
from desktop.paint.theme import Theme
from desktop.panels.chart.legend import Group, Span
from desktop.panels.chart.lines import Band, Curve
from desktop.panels.chart.plots import ChartPlots

PAD: Final = 0.08  # of the span, above and below
MANY: Final = 2  # values a pixel column from which on a line is drawn thin

MINUTE: Final = seconds(60)
UTC: Final = ZoneInfo("UTC")
ROUND_THE_CLOCK: Final = TradingDay()

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Line:
    """`values` by the times; `ink` is a token."""

    values: F64
    ink: str
    is_filled: bool = False  # down from zero


@dataclass(frozen=True, slots=True)
class CurveSet:
    """`times_ns` ascending. `base` is a dashed value of the upper plot, `decimals` are those of its axis."""

    times_ns: I64
    upper: tuple[Line, ...]
    lower: tuple[Line, ...]
    upper_words: tuple[Group, ...] = ()
    lower_words: tuple[Group, ...] = ()
    base: float | None = None
    decimals: int = 2
    interval: Interval = MINUTE
    zone: ZoneInfo = UTC
    day: TradingDay = ROUND_THE_CLOCK


class _Plots(ChartPlots):
    """Tells when it has another size: who draws into it needs the new one."""

    resized: Callable[[], object] = staticmethod(lambda: None)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self.resized()


class Curves(QWidget):
    """`show_curves`; None empties it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._set: CurveSet | None = None
        self.plots = _Plots(theme, self)
        self.plots.set_pane_count(1)
        self.plots.panes[0].legend.has_ground = True
        self.plots.resized = self._draw
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plots)
        self.setMinimumSize(160, 140)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.plots.set_theme(theme)
        self._draw()

    def show_curves(self, curves: CurveSet | None) -> None:
        self._set = curves
        if curves is None or not len(curves.times_ns):
            self._set = None
            for plot in self.plots.plots:
                plot.ground.clear()
                plot.lines.clear()
            self.plots.legend.say(())
            return
        axis = self.plots.time_axis
        axis.set_keys(curves.times_ns, curves.interval, curves.zone, curves.day)
        self.plots.legend.say((curves.upper_words,))
        self.plots.panes[0].legend.say((curves.lower_words,))
        self._draw()

    @property
    def legend(self) -> str:
        """As read."""
        return "\n".join(filter(None, (self.plots.legend.text, self.plots.panes[0].legend.text)))

    # ---- drawing ---------------------------------------------------------------------------------
    def _draw(self) -> None:
        curves, plots = self._set, self.plots
        if curves is None:
            return
        plots.settle()
        count = len(curves.times_ns)
        low, high = _range([line.values for line in curves.upper], curves.base)
        plots.price_axis.set_decimals(curves.decimals, 1, 10.0**curves.decimals)
        depth = min(_range([line.values for line in curves.lower], 0.0)[0], -1e-4)
        pane = plots.panes[0]
        pane.axis.set_decimals(1, 1, 1_000.0, lambda counts: f"{counts / 10:.1f} %".replace("-", "−"))
        plots.set_axis_width(plots.price_axis.width_for(low, high))
        plots.time_axis.setRange(-0.5, count - 0.5)
        plots.price_axis.setRange(low, high)
        pane.axis.setRange(depth * 1.1, 0.0)
        columns = [(float(tick.x), tick.is_strong) for tick in plots.time_axis.ticks()]
        dashed = [] if curves.base is None else [curves.base]
        for plot, axis, lines, top, bottom in (
            (plots.main, plots.price_axis, curves.upper, high, low),
            (pane.plot, pane.axis, curves.lower, 0.0, depth * 1.1),
        ):
            scale = self._scale(plot, count, top, bottom)
            plot.ground.show_lines(scale, columns, list(axis.ticks()), dashed if plot is plots.main else None)
            plot.ground.update()
            rows, marks = self._marks(lines, scale)
            plot.lines.show_lines(rows, marks, scale, count > MANY * scale.width_px)
            plot.lines.update()

    def _scale(self, plot: Any, count: int, top: float, bottom: float) -> PlotScale:
        ratio = self.devicePixelRatioF()
        width = max(round(plot.size().width() * ratio), 1)
        height = max(round(plot.size().height() * ratio), 1)
        return PlotScale(
            width, height, count - 0.5, width / count, top, height / max(top - bottom, 1e-12), ratio
        )

    def _marks(self, lines: Sequence[Line], scale: PlotScale) -> tuple[F64, tuple[Curve | Band, ...]]:
        """Places of the values that are drawn, and the marks by them."""
        rows = thinned([line.values for line in lines], scale.width_px)
        marks: list[Curve | Band] = []
        for line in lines:
            values, ink = line.values[rows], self._theme.color(line.ink)
            if line.is_filled:
                fill = self._theme.color(line.ink)
                fill.setAlphaF(0.45)
                marks.append(Band(np.zeros(len(values)), values, fill))
            marks.append(Curve(values, ink))
        return rows.astype(np.float64), tuple(marks)


def thinned(lines: Sequence[F64], columns: int) -> I64:
    """Rows to draw: of each of `columns` stretches the ends and every line's lowest and highest."""
    count = len(lines[0]) if lines else 0
    if count <= 4 * max(columns, 1):
        return np.arange(count, dtype=np.int64)
    step = -(-count // columns)
    begins = np.arange(0, count, step)
    kept = [begins, np.minimum(begins + step, count) - 1]
    for values in lines:
        for missing, pick in ((np.inf, np.argmin), (-np.inf, np.argmax)):
            whole = np.full(len(begins) * step, missing)
            whole[:count] = np.where(np.isnan(values), missing, values)
            kept.append(np.minimum(begins + pick(whole.reshape(-1, step), axis=1), count - 1))
    rows: I64 = np.unique(np.concatenate(kept)).astype(np.int64)
    return rows


def _range(lines: Sequence[F64], base: float | None) -> tuple[float, float]:
    """Lowest and highest of what is known, with room around it."""
    known = [part for values in lines if len(part := values[np.isfinite(values)])]
    low = min((float(part.min()) for part in known), default=0.0)
    high = max((float(part.max()) for part in known), default=1.0)
    if base is not None:
        low, high = min(low, base), max(high, base)
    pad = max(high - low, 1e-9, abs(high) * 1e-6) * PAD
    return low - pad, high + pad


def words(*spans: tuple[str, str]) -> Group:
    """A group of the legend: texts with their inks."""
    return tuple(Span(text, ink) for text, ink in spans)
