"""Puts a chart's picture together: bars, axes, grid, indicators, last price, crosshair, legend.

Called once a frame and after a hand has moved the view; asks Qt for what changed and nothing else. The
crosshair stays where the mouse is while bars move under it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF

from core.clock import NS_PER_S
from core.market.bar_series import BAR_FIELD_COUNT, BarField
from core.market.fields import NULL
from core.market.instruments import InstrumentKey, format_counts
from core.market.intervals import Interval
from core.market.trading_day import TradingDay
from desktop.desk import FilmReading
from desktop.paint.lod import CLOSE
from desktop.paint.pixels import PlotScale
from desktop.paint.theme import Theme, Weight
from desktop.panels.chart.axes import PriceAxis
from desktop.panels.chart.axes_paint import Tag
from desktop.panels.chart.legend import Group, Span
from desktop.panels.chart.plots import ChartPlots, Plot
from desktop.panels.chart.run_lines import RunLines, joined
from desktop.panels.chart.run_marks import NO_MARKS, marks_of
from desktop.panels.chart.sight import Sight
from desktop.panels.chart.studies import Studies
from desktop.panels.chart.text import LegendRole, crosshair_words, legend_parts
from desktop.panels.grid.states import PanelKind
from desktop.zones import zone_tag

GREY_KINDS: Final = (PanelKind.STALE, PanelKind.HALTED, PanelKind.DISCONNECTED, PanelKind.ERROR)
_ROLE_INKS: Final = {
    LegendRole.SYMBOL: "text.primary",
    LegendRole.PLACE: "text.tertiary",
    LegendRole.LETTER: "text.tertiary",
    LegendRole.VALUE: "text.primary",
    LegendRole.WORD: "state.late",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What the chart is of."""

    key: InstrumentKey
    interval: Interval
    zone: ZoneInfo
    day: TradingDay
    tick_counts: int = 1


class Drawing:
    """`draw` after anything changed. Coordinates of the mouse are the plots' logical pixels."""

    def __init__(self, plots: ChartPlots, sight: Sight, studies: Studies, theme: Theme) -> None:
        self._plots, self._sight, self._studies = plots, sight, studies
        self._theme = theme
        self.run_lines = RunLines(theme)
        self._subject: Subject | None = None
        self._kind = PanelKind.LIVE
        self.note = ""  # words at the end of the legend: bars on their way
        self.mouse: QPointF | None = None
        self.marked_ns: int | None = None  # where the crosshair of a linked chart is
        self.on_cursor: Callable[[int | None], None] = lambda _time_ns: None  # the crosshair's own time
        self.film: Callable[[], FilmReading | None] = lambda: None
        self._decimals: tuple[int, int] | None = None
        self._ticks_changed = True
        self._has_crosshair = False

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.run_lines.set_theme(theme)

    def set_subject(self, subject: Subject | None) -> None:
        self._subject = subject
        self._decimals = None

    def set_kind(self, kind: PanelKind) -> None:
        """The state of the panel: grey bars and lines, an edge after the last one."""
        self._kind = kind
        self._plots.main.bars.set_grey(kind in GREY_KINDS)
        self._studies.is_grey = kind in GREY_KINDS
        self._sight.redraw()

    def clear(self) -> None:
        """No bar yet: nothing of what was shown before stays."""
        plots = self._plots
        plots.main.bars.clear()
        plots.main.last.clear()
        plots.main.run_marks.clear()
        plots.main.recorded.clear()
        for plot in plots.plots:
            plot.ground.clear()
            plot.lines.clear()
            plot.crosshair.clear()
        for pane in plots.panes:
            pane.scale = None
        plots.main.edge.clear()
        for axis in (plots.price_axis, plots.time_axis, *(pane.axis for pane in plots.panes)):
            for name in axis.tags:
                axis.set_tag(name, None)
        plots.price_axis.set_fixed(())
        self._decimals = None
        plots.foot.say("")
        self._ticks_changed = True
        self.say_legend(None)

    @property
    def is_grey(self) -> bool:
        return self._kind in GREY_KINDS

    # ---- a frame ---------------------------------------------------------------------------------
    def take_keys(self, changed_from: int, slots_shown: bool) -> None:
        """Bars came or went: the time axis needs their times."""
        subject, pyramid = self._subject, self._sight.pyramid
        if subject is None:
            return
        times = pyramid.keys if subject.interval.is_timed else pyramid.first_ns
        self._ticks_changed = True
        self._name_zone(subject, times)
        self._plots.time_axis.set_keys(
            times,
            subject.interval,
            subject.zone,
            subject.day,
            has_gaps=slots_shown,
            changed_from=changed_from,
        )

    def _name_zone(self, subject: Subject, times: NDArray[np.int64]) -> None:
        """Of the newest bar: summer time may have begun since the first. Days are dates of the exchange."""
        named = len(times) > 0 and not subject.interval.is_day
        self._plots.foot.say(zone_tag(subject.zone, int(times[-1]) // NS_PER_S) if named else "")

    def draw(self) -> None:
        """Everything in sight, from the copied series."""
        plots, sight, subject = self._plots, self._sight, self._subject
        if subject is None:
            return
        self._take_decimals(subject)
        before = sight.scale
        sight.fit()
        lines = self.run_lines
        lines.follow(self.film(), subject.key)
        self._studies.reserved = lines.inks
        extra = self._studies.extremes(*sight.rows())
        whole = sight.draw(joined(extra, lines.extremes(sight, self._times())))
        scale = sight.scale
        if scale is None:
            return
        window, view = sight.price_window, sight.view
        if whole or before is None:
            low, high = plots.price_axis.range
            if (low, high) != (window.low, window.high):
                plots.price_axis.setRange(window.low, window.high)
            left, right = plots.time_axis.range
            if (left, right) != (view.left, view.right):
                plots.time_axis.setRange(view.left, view.right)
        self._studies.draw(plots, sight, whole)
        if whole or self._ticks_changed:
            self._ticks_changed = False
            self._draw_grid(whole)
        self._draw_last()
        self._draw_run()
        self.draw_crosshair()

    def _draw_run(self) -> None:
        """What a run has done up to the clock; in any other scope nothing."""
        plots, subject, scale = self._plots, self._subject, self._sight.scale
        film = self.film()
        marks = NO_MARKS
        if film is not None and subject is not None:
            marks = marks_of(film, subject.key, self._sight, self._times())
        assert scale is not None
        self.run_lines.draw(plots, self._sight, self._times())
        plots.main.run_marks.show_marks(marks, scale)
        tag = None
        if marks.position is not None:
            text = plots.price_axis.text_at(marks.position.value)
            tag = Tag(marks.position.value, text, "chart.crosshair_label", "text.on_accent")
        plots.price_axis.set_tag("position", tag)

    def _take_decimals(self, subject: Subject) -> None:
        pyramid = self._sight.pyramid
        decimals = (pyramid.price_decimals, subject.tick_counts)
        if decimals != self._decimals:
            if self._decimals is not None:
                self._sight.set_window(None)  # it was in counts of another increment
            self._decimals = decimals
            self._plots.price_axis.set_fixed(None)
            self._plots.price_axis.set_decimals(*decimals)
            window = self._sight.price_window
            self._plots.price_axis.setRange(window.low, window.high)

    def fit_axis(self) -> None:
        """Wide enough for its prices and the panes'; asked for when the range has changed a lot."""
        window = self._sight.price_window
        self._plots.set_axis_width(self._plots.price_axis.width_for(window.low, window.high))

    def _draw_grid(self, whole: bool) -> None:
        plots, scale = self._plots, self._sight.scale
        assert scale is not None
        columns = [(float(tick.x), tick.is_strong) for tick in plots.time_axis.ticks()]
        rows = list(plots.price_axis.ticks())
        if plots.main.ground.show_lines(scale, columns, rows) or whole:
            plots.main.ground.update()
        for pane in plots.panes:
            if pane.scale is not None:
                changed = pane.plot.ground.show_lines(pane.scale, columns, [], list(pane.axis.ticks()))
                if changed or whole:
                    pane.plot.ground.update()

    def _draw_last(self) -> None:
        plots, sight = self._plots, self._sight
        close = sight.last_close
        assert sight.scale is not None
        plots.main.last.show_price(close, sight.scale)
        if close is None:
            plots.price_axis.set_tag("last", None)
            return
        plots.main.edge.show_edge(self._kind, sight.place_of(sight.count - 1), sight.scale)
        fill = "market.button_buy" if sight.is_last_rising() else "market.button_sell"
        ink = "text.on_accent"
        if self.is_grey:
            fill, ink = "chart.crosshair_label", "text.on_accent"
        text = format_counts(int(sight.pyramid.prices[CLOSE, -1]), sight.pyramid.price_decimals)
        plots.price_axis.set_tag("last", Tag(close, text, fill, ink))

    # ---- crosshair and legend --------------------------------------------------------------------
    def row_under_mouse(self) -> int | None:
        """The bar that the crosshair is on."""
        sight, plots = self._sight, self._plots
        if self.mouse is None or sight.scale is None or not sight.count:
            return None
        area = plots.rect_of(plots.main)
        if not area.left() <= self.mouse.x() < area.right():
            return None
        return sight.row_at(sight.view.at((self.mouse.x() - area.left()) * sight.scale.ratio))

    def draw_crosshair(self) -> None:
        """Where the mouse is now, with its tags; the legend says the bar under it."""
        plots, sight = self._plots, self._sight
        if sight.scale is None:
            return
        own = self.row_under_mouse()
        self.on_cursor(self._time_of(own))
        row = own if own is not None else self.marked_row()
        if row is None and not self._has_crosshair:
            self.say_legend(None)
            return
        self._has_crosshair = row is not None
        place = sight.place_of(row) if row is not None else None
        for plot, scale, axis in self._plots_with_axes():
            row_px = None
            if place is not None and self.mouse is not None and scale is not None:
                area = plots.rect_of(plot)
                if area.top() <= self.mouse.y() < area.bottom():
                    row_px = int((self.mouse.y() - area.top()) * scale.ratio)
            if scale is not None:
                plot.crosshair.show_at(place, row_px, scale)
            tag = None
            if row_px is not None and scale is not None:
                value = scale.top - row_px / scale.px_per_unit
                tag = Tag(value, axis.text_at(value), "chart.crosshair_label", "text.on_accent")
            axis.set_tag("crosshair", tag)
        if own is None and row is not None:
            self._tag_close(row)
        self._tag_time(row)
        self.say_legend(row)

    def _times(self) -> NDArray[np.int64]:
        pyramid = self._sight.pyramid
        is_timed = self._subject is None or self._subject.interval.is_timed
        return pyramid.keys if is_timed else pyramid.first_ns

    def _time_of(self, row: int | None) -> int | None:
        return int(self._times()[row]) if row is not None else None

    def marked_row(self) -> int | None:
        """The bar in view that the marked time falls into, or the last one before a time without trades."""
        sight, subject, time_ns = self._sight, self._subject, self.marked_ns
        if time_ns is None or subject is None or not sight.count:
            return None
        times = self._times()
        row = int(np.searchsorted(times, time_ns, "right")) - 1
        first, last = sight.rows()
        if not first <= row < last:
            return None
        interval = subject.interval
        if row == sight.count - 1 and interval.is_timed and time_ns >= int(times[row]) + interval.span_ns:
            return None  # its bar has not begun here
        return row

    def _tag_close(self, row: int) -> None:
        """A marked bar says its close: there is no mouse to say another price."""
        pyramid = self._sight.pyramid
        text = format_counts(int(pyramid.prices[CLOSE, row]), pyramid.price_decimals)
        tag = Tag(float(pyramid.columns[CLOSE, row]), text, "chart.crosshair_label", "text.on_accent")
        self._plots.price_axis.set_tag("crosshair", tag)

    def _plots_with_axes(self) -> Iterator[tuple[Plot, PlotScale | None, PriceAxis]]:
        yield self._plots.main, self._sight.scale, self._plots.price_axis
        for pane in self._plots.panes:
            yield pane.plot, pane.scale, pane.axis

    def _tag_time(self, row: int | None) -> None:
        subject = self._subject
        if row is None or subject is None:
            self._plots.time_axis.set_tag("crosshair", None)
            return
        newest_ns = int(self._times()[-1])
        words = crosshair_words(self.bar(row), subject.interval, subject.zone, subject.day, newest_ns)
        tag = Tag(self._sight.place_of(row), words, "chart.crosshair_label", "text.on_accent")
        self._plots.time_axis.set_tag("crosshair", tag)

    def bar(self, row: int) -> NDArray[np.int64]:
        """A painted bar by `BarField`; what a chart does not keep is 0."""
        pyramid = self._sight.pyramid
        bar = np.zeros(BAR_FIELD_COUNT, np.int64)
        bar[BarField.KEY], bar[BarField.FIRST_NS] = pyramid.keys[row], pyramid.first_ns[row]
        bar[BarField.OPEN : BarField.CLOSE + 1] = pyramid.prices[:, row]
        bar[BarField.VOLUME], bar[BarField.FLAGS] = pyramid.volumes[row], pyramid.flags[row]
        return bar

    def say_legend(self, row: int | None) -> None:
        """The bar at `row`, the last one without; then the indicators there."""
        subject, sight = self._subject, self._sight
        if subject is None:
            return
        shown = row if row is not None else sight.count - 1
        pyramid = sight.pyramid
        bar = self.bar(shown) if sight.count else None
        if bar is not None and sight.bars is not None and len(sight.bars) and not sight.bars.volume.any():
            bar[BarField.VOLUME] = NULL  # nothing that is not told is said to be 0
        parts = legend_parts(
            subject.key, subject.interval, bar, pyramid.price_decimals, pyramid.size_decimals
        )
        first: list[Group] = []
        for place, part in enumerate(parts):
            weight: Weight = "title" if part.role is LegendRole.SYMBOL else "body"
            span = Span(part.text, _ROLE_INKS[part.role], weight)
            if part.role is LegendRole.VALUE and parts[place - 1].role is LegendRole.LETTER:
                first[-1] = (*first[-1], span)
            else:
                first.append((span,))
        if self.note:
            first.append((Span(self.note, "text.tertiary"),))
        overlays = (
            *self.run_lines.words(shown, self._times(), pyramid.price_decimals),
            *self._studies.overlay_words(shown, pyramid.price_decimals),
        )
        lines: list[tuple[Group, ...]] = [tuple(first)]
        if overlays:
            lines.append(overlays)
        if self._plots.legend.say(tuple(lines)):
            self._plots.settle()
            sight.redraw()
        for pane, words in zip(self._plots.panes, self._studies.pane_words(shown), strict=False):
            pane.legend.say(((words,),))
