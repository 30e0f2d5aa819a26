"""Bars of a run as of its clock: a window of each held series that grows, shrinks and jumps with it.

A series holds the newest bars only, as many as its charts have asked for: a jump costs what is in sight
and not what there is. Going back cuts; a jump far ahead begins anew.
"""

from collections.abc import Callable
from typing import Final

from core.backtest.film.film import Film
from core.backtest.film.reel import FormingBars
from core.market.bar_builder import end_ns
from core.market.bar_series import BarField, BarSeries
from core.market.bars import BarColumns
from core.market.instruments import InstrumentKey
from core.market.intervals import Interval
from core.market.trading_day import trading_day
from desktop.desk import BarReading, QuotePhase
from desktop.tr import tr

BARS_KEPT: Final = 4_096
BARS_AHEAD_MAX: Final = 16_384  # a jump over more begins anew


class RunBarHold:
    """A chart's hold on a `FilmSeries`; see `desk.BarHold`."""

    def __init__(
        self, shared: "FilmSeries", on_data: Callable[[], None], let_go: Callable[["RunBarHold"], None]
    ) -> None:
        self.shared, self.on_data, self._let_go = shared, on_data, let_go

    @property
    def key(self) -> InstrumentKey:
        return self.shared.key

    @property
    def interval(self) -> Interval:
        return self.shared.interval

    @property
    def series(self) -> BarSeries:
        return self.shared.series

    def reading(self, now_ms: int) -> BarReading:
        return self.shared.reading()

    def want_earlier(self) -> None:
        if self.shared.take_earlier():
            for hold in tuple(self.shared.holds):
                hold.on_data()

    def take_oldest_recv_ns(self) -> int:
        return 0  # nothing arrives

    def set_in_front(self, in_front: bool) -> None:
        """All windows follow one clock."""

    def set_asleep(self, asleep: bool) -> None:
        """It costs next to nothing."""

    def close(self) -> None:
        self._let_go(self)


class FilmSeries:
    """One instrument at one interval; `holds` share it."""

    def __init__(self, key: InstrumentKey, interval: Interval) -> None:
        self.key, self.interval = key, interval
        self.series = BarSeries()
        self.holds: list[RunBarHold] = []
        self.error = ""
        self.kept = BARS_KEPT
        self._forming: FormingBars | None = None
        self._place = -1
        self._is_open = False
        self._first = 0  # of the interval's bars, that of the series' row 0
        self._known = -1
        self._time_ns = 0
        self._last_end_ns = 0
        self._is_closed = True  # the last bar

    def begin(self, film: Film) -> None:
        """The film is open: see whether it has such bars."""
        self._is_open = True
        self._place = film.place_of.get(self.key, -1)
        if self._place < 0:
            self.error = tr("{symbol} is not traded in this run", symbol=self.key.symbol)
        elif not self.interval.is_timed or self.interval.count % film.interval.count:
            self.error = tr(
                "The run has bars of {interval}: choose {interval} or a multiple of it",
                interval=film.interval,
            )
        else:
            self._forming = FormingBars(film.reels[self._place], self.interval, film.interval)
            instrument = film.reels[self._place].instrument
            self._decimals = instrument.price_decimals, instrument.size_decimals

    def follow(self, known_of: list[int], time_ns: int) -> None:
        """The clock stands at `time_ns`; `known_of` bars of each of the film's instruments have closed."""
        if self._forming is None:
            return
        known = known_of[self._place]
        if known == self._known and (time_ns >= self._last_end_ns) == self._is_closed:
            return
        self._known, self._time_ns = known, time_ns
        count, held = self._forming.count(known), self._first + self.series.count
        if self._is_near(count, held):
            if count < held:
                self.series.cut(count - self._first)
            self.series.merge(self._columns(max(min(held, count) - 1, self._first), count))
        else:
            self._first = max(0, count - self.kept)
            self.series.replace(self._columns(self._first, count), *self._decimals)
            self.series.has_earlier = self._first > 0
        if count:
            key = int(self.series.column(BarField.KEY)[-1])
            self._last_end_ns = end_ns(self.interval, trading_day(self.key.exchange), key)
        self._is_closed = time_ns >= self._last_end_ns

    def _is_near(self, count: int, held: int) -> bool:
        """The bars there are go over into those of now; a cut leaves what a chart may show."""
        if not self.series.count or count <= self._first or count - held > BARS_AHEAD_MAX:
            return False
        return count >= held or count - self._first >= min(self.kept, count)

    def _columns(self, first: int, stop: int) -> BarColumns:
        assert self._forming is not None
        return self._forming.columns(first, stop, self._known, self._time_ns)

    def take_earlier(self) -> bool:
        """Put as many bars in front as there are; False when there are none."""
        if self._forming is None or not self.series.has_earlier:
            return False
        first = max(0, self._first - max(self.series.count, BARS_KEPT))
        earlier = self._columns(first, self._first)
        self._first = first
        self.series.has_earlier = first > 0
        self.series.prepend(earlier)
        self.kept = max(self.kept, self.series.count)
        return True

    def reading(self) -> BarReading:
        phase = QuotePhase.LIVE if self._is_open else QuotePhase.LOADING
        return BarReading(phase, error=self.error)


class RunBars:
    """See `desk.Bars`. `begin` once the film is open, `follow` whenever its clock has moved."""

    series: tuple[()] = ()  # none on the bus

    def __init__(self) -> None:
        self._film: Film | None = None
        self._series: dict[tuple[InstrumentKey, Interval], FilmSeries] = {}
        self._told: tuple[list[int], int] | None = None

    def begin(self, film: Film) -> None:
        self._film = film
        for shared in self._series.values():
            shared.begin(film)

    def follow(self, known: list[int], time_ns: int) -> None:
        self._told = known, time_ns
        for shared in self._series.values():
            shared.follow(known, time_ns)

    def hold(self, key: InstrumentKey, interval: Interval, on_data: Callable[[], None]) -> RunBarHold:
        shared = self._series.get((key, interval))
        if shared is None:
            shared = self._series[key, interval] = FilmSeries(key, interval)
            if self._film is not None:
                shared.begin(self._film)
                if self._told is not None:
                    shared.follow(*self._told)
        hold = RunBarHold(shared, on_data, self._let_go)
        shared.holds.append(hold)
        return hold

    def _let_go(self, hold: RunBarHold) -> None:
        shared = hold.shared
        if hold in shared.holds:
            shared.holds.remove(hold)
        if not shared.holds:
            self._series.pop((shared.key, shared.interval), None)

    def close(self) -> None:
        self._series.clear()
