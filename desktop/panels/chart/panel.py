"""The chart panel: bars of one instrument at one interval, and what they can be trusted for.

Holds one series at a time. Data paints only when the frame clock says so; what is on the screen is a copy as
of the last frame, so that no repaint can show a bar that the clock has not reached. Nothing of another scope
is ever kept.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QWidget

from core.clock import NS_PER_MS, NS_PER_US, monotonic_ns
from core.market.bar_series import BarSeries
from core.market.instruments import Instrument, InstrumentKey
from core.market.intervals import Interval
from core.market.trading_day import trading_day
from core.market.zones import Zone
from core.scope import Scope
from desktop.desk import BarHold, Desk, QuotePhase
from desktop.links import PanelLink
from desktop.links_terms import TimeStretch
from desktop.paint.theme import Theme
from desktop.panels.chart.awaited import AwaitedView
from desktop.panels.chart.drawing import Subject
from desktop.panels.chart.entry import ChartEntry
from desktop.panels.chart.face import ChartFace
from desktop.panels.chart.hand import Hand
from desktop.panels.chart.menus import chart_menu
from desktop.panels.chart.of_run import RunInterval, take_earlier
from desktop.panels.chart.reading import chart_bars, chart_words
from desktop.panels.chart.saved import ManualPrices, apply_saved, chart_saved, read_chart
from desktop.panels.chart.states import ChartFacts, chart_facts, chart_state, no_instrument
from desktop.tr import tr
from desktop.zones import WORKSPACE_ZONE, zone_or

EARLIER_VIEWS: Final = 1.0  # a page is asked for when fewer views of bars than this lie left of the view


class ChartPanel(ChartFace):
    """`set_desk` on every change of scope, `show` for an instrument; the window calls the rest."""

    interval_changed = Signal(object)  # Interval
    symbol_changed = Signal(object)  # InstrumentKey
    symbol_chosen = Signal(object)  # InstrumentKey, by hand in this chart
    interval_chosen = Signal(object)  # Interval, by hand in this chart
    saved_changed = Signal()  # `saved` gives something else now

    def __init__(
        self,
        theme: Theme,
        on_data: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._on_data = on_data
        self.link: PanelLink | None = None  # told by whoever links it
        self._desk: Desk | None = None
        self._hold: BarHold | None = None
        self._in_front = False
        self._run_interval = RunInterval(self)
        self._since_ms = monotonic_ns() // NS_PER_MS
        self.key: InstrumentKey | None = None
        self._zone = Zone()  # of the workspace
        self.zone_name = WORKSPACE_ZONE
        self.shows_gaps = False
        self.shows_values = False  # a frame with bars of a live series has been prepared
        self.entry = ChartEntry(theme, self)
        self.hand = Hand(self)
        self.drawing.on_cursor = self._tell_cursor
        self.drawing.film = lambda: self._desk.film if self._desk is not None else None
        self.awaited = AwaitedView(self)
        self.view_changed.connect(self.saved_changed)
        self._name_itself()
        self.show_state(no_instrument())

    # ---- what is shown ---------------------------------------------------------------------------
    def show(self, key: InstrumentKey | None = None) -> None:
        """Another instrument; without one shown as any widget is."""
        if key is None:
            super().show()
        elif key != self.key:
            self.key = key
            self._hold_series()
            self.symbol_changed.emit(key)
            self.saved_changed.emit()

    def choose(self, key: InstrumentKey) -> None:
        """By hand: linked panels show it, too."""
        self.show(key)
        self.symbol_chosen.emit(key)

    def choose_interval(self, interval: Interval) -> None:
        """By hand, likewise."""
        self.set_interval(interval)
        self.interval_chosen.emit(interval)

    def set_interval(self, interval: Interval) -> None:
        """Cut the same trades otherwise."""
        if interval != self.interval:
            self.interval = interval
            self._hold_series()
            self.interval_changed.emit(interval)
            self.view_changed.emit()

    def follow_zone(self, zone: Zone, _clock_zone: ZoneInfo | None = None) -> None:
        """The workspace's, for a chart that has none of its own."""
        self._zone = zone
        self._take_subject()
        self.redraw()

    def set_zone(self, zone: str) -> None:
        """`workspace`, `UTC`, `local`, `exchange` or an IANA name. Raises `ZoneError`."""
        zone_or(zone, self._zone)
        self.zone_name = zone
        self.follow_zone(self._zone)
        self.view_changed.emit()

    def set_follow(self, is_following: bool) -> None:
        """Keep the newest bar at the right."""
        if is_following:
            self.sight.follow()
        else:
            self.sight.is_following = False
        self.awaited.end()
        self.draw()
        self.view_changed.emit()

    def show_all(self) -> None:
        """Every bar that has come, as wide as they fit."""
        self.sight.move(self.sight.view.whole(self.sight.extent), False)
        self.moved_by_hand()

    def set_gaps(self, shows_gaps: bool) -> None:
        """Leave room for intervals without trades."""
        if shows_gaps != self.shows_gaps:
            self.shows_gaps = shows_gaps
            self._take_rows(0, 0)
            self.redraw()
            self.view_changed.emit()

    @property
    def theme(self) -> Theme:
        return self._theme

    @property
    def series(self) -> BarSeries | None:
        """The bars that are held; what is painted is a copy."""
        return self._hold.series if self._hold is not None else None

    # ---- saved -----------------------------------------------------------------------------------
    def saved(self) -> dict[str, Any]:
        """Everything a person has set in it."""
        return chart_saved(self)

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take what `saved` gave, whole or not at all. Raises `StateError`, naming the key."""
        apply_saved(self, read_chart(saved))

    @property
    def manual_prices(self) -> ManualPrices | None:
        """The range set by hand, restored or shown."""
        window = self.sight.window
        if self.awaited.prices is not None or window is None:
            return self.awaited.prices
        return ManualPrices(window.low, window.high, self.sight.pyramid.price_decimals)

    def clock_ns(self) -> int:
        """Of the scope."""
        desk = self._desk
        if desk is None:
            return 0
        return desk.clock.read(monotonic_ns() // NS_PER_MS).time_us * NS_PER_US

    # ---- the series ------------------------------------------------------------------------------
    def set_desk(self, desk: Desk | None) -> None:
        """Another scope, or None while there is none: nothing of the old one stays."""
        self.let_go()
        self._desk = desk
        self._run_interval.follow(desk)
        self._hold_series()

    def _hold_series(self) -> None:
        self.let_go()
        self.sight.forget()
        self.shows_values = False
        self._since_ms = monotonic_ns() // NS_PER_MS
        self.studies.begin(trading_day(self.key.exchange if self.key is not None else ""))
        self._take_subject()
        if self._desk is not None and self.key is not None:
            self._hold = self._desk.bars.hold(self.key, self.interval, self._on_data)
            self._hold.set_in_front(self._in_front)
        self._name_itself()
        # Words follow with the next tick: a page that stands for a few ms, until bars are there, would flash.
        self.redraw()
        self._on_data()

    def let_go(self) -> None:
        """Give the series back: the panel or its desk is about to go."""
        self._tell_cursor(None)
        self.drawing.marked_ns = None
        if self._hold is not None:
            self._hold.close()
            self._hold = None

    def close_chart(self) -> None:
        """For good."""
        self.let_go()

    def follow_directory(self) -> None:
        self._take_subject()

    @property
    def scope(self) -> Scope | None:
        return self._desk.scope if self._desk is not None else None

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """Of the scope."""
        return self._desk.quotes.instruments if self._desk is not None else ()

    def subject(self) -> Subject | None:
        if self.key is None:
            return None
        day = trading_day(self.key.exchange)
        ticks = (item.tick_counts for item in self.instruments if item.key == self.key)
        return Subject(self.key, self.interval, self.zone_info, day, next(ticks, 1))

    @property
    def zone_info(self) -> ZoneInfo:
        return zone_or(self.zone_name, self._zone).of(self.key.exchange if self.key is not None else "")

    def _take_subject(self) -> None:
        self.drawing.set_subject(self.subject())
        self.drawing.take_keys(0, self.shows_gaps)

    def _slots(self) -> NDArray[np.int64] | None:
        """With gaps: the interval each bar stands in, counted from the first bar's."""
        if not self.shows_gaps or not self.interval.is_timed:
            return None
        keys, span = self.sight.pyramid.keys, self.interval.span_ns
        return (keys - keys[:1] + span // 2) // span

    # ---- frames ----------------------------------------------------------------------------------
    def prepare_frame(self, now_ms: int, clock_us: int) -> bool:
        hold = self._hold
        if hold is None:
            return False
        change = self.sight.pyramid.follow(hold.series)
        if change is None:
            return False
        if not self.shows_values and hold.series.count:
            self.shows_values = hold.reading(now_ms).phase is QuotePhase.LIVE
        appeared = not self._has_bars
        self._take_rows(change.row, change.shift)
        if appeared or not self.sight.count:
            self._refresh_state(now_ms)
            self.drawing.fit_axis()
        self.draw()
        self.awaited.bars_came()
        return True

    @property
    def _has_bars(self) -> bool:
        return self.sight.scale is not None and self.sight.bars is not None and len(self.sight.bars) > 0

    def _take_rows(self, row: int, shift: int) -> None:
        """The copied series has changed from `row` on."""
        sight = self.sight
        known = sight.known_count
        sight.take_change(row, shift, self._slots())
        # Row 0 may be the only bar of another series: its time is another, too.
        if not row or row != sight.count - 1 or known != sight.count:
            self.drawing.take_keys(row, self.shows_gaps)
        self.studies.follow(sight.pyramid, row, self.interval.is_timed)

    def moved_by_hand(self) -> None:
        """The view is another one: show it, and have linked charts show it."""
        self.awaited.end()
        self.draw()
        self.saved_changed.emit()
        if self.link is not None and self.link.is_heard:
            stretch = self.stretch()
            if stretch is not None:
                self.link.moved_view(stretch)

    def drawn(self) -> None:
        """Near the earliest bars, or when an indicator needs them: ask for the page before them."""
        hold, sight = self._hold, self.sight
        is_near = sight.rows()[0] < EARLIER_VIEWS * sight.view.bars
        if hold is not None and (is_near or self.studies.wants_earlier):
            hold.want_earlier()

    # ---- links -----------------------------------------------------------------------------------
    def stretch(self) -> TimeStretch | None:
        """The time in view; None without bars."""
        return self.sight.stretch(self.times())

    def show_stretch(self, stretch: TimeStretch) -> None:
        """As a linked chart that was moved says."""
        self.awaited.end()
        self.saved_changed.emit()
        if self.sight.show_stretch(stretch, self.times()):
            self.draw()

    def reveal(self, begin_ns: int, end_ns: int) -> None:
        """Show that time, and no more follow the newest bar; earlier bars come where they are at once."""
        if self._hold is not None:
            take_earlier(self._hold, begin_ns)
            self.prepare_frame(monotonic_ns() // NS_PER_MS, 0)
            self.show_stretch(TimeStretch(begin_ns, end_ns, is_following=False))

    def mark_time(self, time_ns: int | None) -> None:
        """Where the crosshair of a linked chart is; None: nowhere."""
        self.drawing.marked_ns = time_ns
        if self.sight.count:
            self.drawing.draw_crosshair()

    def _tell_cursor(self, time_ns: int | None) -> None:
        if self.link is not None:
            self.link.moved_cursor(time_ns)

    def times(self) -> NDArray[np.int64]:
        """Of the bars, in ns since 1970: where each began, or had its first trade."""
        pyramid = self.sight.pyramid
        return pyramid.keys if self.interval.is_timed else pyramid.first_ns

    # ---- state -----------------------------------------------------------------------------------
    def tick(self, now_ms: int) -> None:
        """Words and ages, four times a second."""
        self._refresh_state(now_ms)
        legend = self.plots.legend.text
        if legend != self.accessibleDescription():
            self.setAccessibleDescription(legend)

    def facts(self, now_ms: int) -> ChartFacts | None:
        """What is known now; None without a desk."""
        desk, hold, count = self._desk, self._hold, self.sight.count
        if desk is None:
            return None
        return chart_facts(desk, hold, self.key, self.interval, self.zone_info, count, now_ms)

    def _refresh_state(self, now_ms: int) -> None:
        facts = self.facts(now_ms)
        if facts is None:
            return
        note = ""
        if facts.bars is not None and facts.bars.loading_earlier and facts.count:
            note = tr(
                "Loading bars: {count:,} of {bars_total:,}",
                count=facts.count,
                bars_total=max(facts.bars.bars_total, facts.count),
            )
        if note != self.drawing.note:
            self.drawing.note = note
            self.drawing.draw_crosshair()
        self.show_state(chart_state(facts))
        if facts.bars is not None:
            self.loading.show_progress(self._state, facts.count, facts.bars.bars_total)

    def _name_itself(self) -> None:
        key = self.key
        of = tr("no instrument") if key is None else f"{key.symbol} {key.exchange} {self.interval}"
        self.setAccessibleName(tr("Chart of {of}", of=of))

    def take_oldest_recv_ns(self) -> int:
        return self._hold.take_oldest_recv_ns() if self._hold is not None else 0

    def set_in_front(self, in_front: bool) -> None:
        self._in_front = in_front
        if self._hold is not None:
            self._hold.set_in_front(in_front)

    def set_asleep(self, asleep: bool) -> None:
        """Nobody can see the panel: it receives nothing until somebody can, and keeps its picture."""
        if self._hold is not None:
            self._hold.set_asleep(asleep)

    def set_theme(self, theme: Theme) -> None:
        """Another look; also when the window comes to a screen of another pixel ratio."""
        self.set_face_theme(theme)
        self.entry.set_theme(theme)
        self.redraw()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        chart_menu(self).popup(event.globalPos())

    # ---- reading back ----------------------------------------------------------------------------
    def inspect(self, now_ms: int) -> dict[str, Any]:
        """What stands in this panel, for --inspect. The bars are apart."""
        return chart_words(self)

    def inspect_rows(self) -> dict[str, Any]:
        """The bars in view as painted: key, open, high, low, close, volume, flags."""
        return {"bars": chart_bars(self)}
