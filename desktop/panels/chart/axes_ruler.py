"""The ticks of a series of bars, kept up while it grows and while one pans over it.

Marks are worked out once a bar; the choice of ticks once a stretch about three views wide, again only when
the zoom changes or the view leaves it. Panning within costs a bisection. No Qt, no clock.
"""

import math
from bisect import bisect_left, bisect_right
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from core.clock import NS_PER_S
from core.market.intervals import Interval, seconds
from core.market.trading_day import TradingDay
from desktop.panels.chart.time_ticks import (
    I64,
    REACH_CELLS,
    U8,
    Mark,
    Tick,
    choose,
    gap_slots,
    least_mark,
    marks_at,
    marks_of,
    shows_seconds,
    ticks_at,
)

_NEVER: Final = 1 << 62


class TickRuler:
    """`set_bars`, then `ticks` of a view. `x` is the bar's place, or its time slot with gaps."""

    def __init__(self) -> None:
        self.count = 0
        # Open times and marks of `count` bars, and room to grow in: a new bar must not copy a million.
        self._times: I64 = np.zeros(0, np.int64)
        self._marks: U8 = np.zeros(0, np.uint8)
        self._what: tuple[Interval, ZoneInfo, TradingDay, bool] = (
            seconds(60), ZoneInfo("UTC"), TradingDay(), False,
        )  # fmt: skip
        self._anchor = 0
        self._forget()

    def _forget(self) -> None:
        self._chosen_for: tuple[int, Mark] = (0, Mark.NONE)
        self._from, self._to = _NEVER, -_NEVER
        self._ticks: tuple[Tick, ...] = ()
        self._places: list[int] = []
        self._is_sparse = False  # no bar begins a unit of this zoom: smaller ones are named

    @property
    def zone(self) -> ZoneInfo:
        return self._what[1]

    @property
    def interval(self) -> Interval:
        return self._what[0]

    @property
    def day(self) -> TradingDay:
        return self._what[2]

    @property
    def has_gaps(self) -> bool:
        return self._what[3]

    @property
    def _first_ns(self) -> int:
        return int(self._times[0]) if self.count else 0

    @property
    def last_x(self) -> int:
        """Where the last bar is; -1 without bars."""
        count = self.count
        return self.slot_of(count - 1) if count and self.has_gaps else count - 1

    def slot_of(self, row: int) -> int:
        """The time slot of a bar: intervals since the first one began."""
        span_ns = self.interval.span_ns
        # A trading day may be an hour shorter or longer: to the nearest.
        return (int(self._times[row]) - self._first_ns + span_ns // 2) // span_ns

    def open_ns_at(self, x: int) -> int | None:
        """Open time of the bar (or slot) at `x`; None before the first and after the last."""
        if not 0 <= x <= self.last_x:
            return None
        if self.has_gaps:
            return self._first_ns + x * self.interval.span_ns
        return int(self._times[x])

    # ---- bars ------------------------------------------------------------------------------------
    def set_bars(
        self,
        open_ns: I64,
        interval: Interval,
        zone: ZoneInfo,
        day: TradingDay,
        has_gaps: bool = False,
        changed_from: int | None = None,
    ) -> bool:
        """Open times ascending, shape (bars,), copied; True when the axis may look different.

        `changed_from`: rows before it are those of the last call; without it all are looked at.
        """
        what = (interval, zone, day, has_gaps and interval.is_timed)
        if what != self._what:
            self._what = what
            self.count = self._anchor = 0
            self._forget()
        count, known = len(open_ns), self.count
        same = min(changed_from or 0, count, known)
        if not same and known and count:
            same = self._take_front(open_ns)
            known = self.count
        both = min(count, known)
        differ = np.flatnonzero(open_ns[same:both] != self._times[same:both])
        same = same + int(differ[0]) if len(differ) else both
        if same == count == known:
            return False
        return self._take(open_ns, same)

    def _take_front(self, open_ns: I64) -> int:
        """A page of history came in front: only its marks are new. Returns how many rows are then known."""
        known, count = self.count, len(open_ns)
        front = int(np.searchsorted(open_ns, self._times[0]))
        if (
            not front
            or front + known > count
            or not (open_ns[front : front + known] == self._times[:known]).all()
        ):
            return 0
        earlier = marks_of(open_ns[: front + 1], None, *self._what[:3])
        self._times = open_ns[: front + known].copy()
        self._marks = np.concatenate((earlier, self._marks[1:known]))
        self.count = front + known
        self._anchor += front  # cells stay with their bars
        self._forget()
        return self.count

    def _take(self, open_ns: I64, same: int) -> bool:
        known, count = self.count, len(open_ns)
        before_ns = int(open_ns[same - 1]) if same else None
        added = marks_of(open_ns[same:], before_ns, *self._what[:3])
        if count > len(self._times):
            room = max(1_024, count + count // 2)
            times, marks = np.zeros(room, np.int64), np.zeros(room, np.uint8)
            times[:same], marks[:same] = self._times[:same], self._marks[:same]
            self._times, self._marks = times, marks
        self._times[same:count], self._marks[same:count] = open_ns[same:], added
        self.count = count
        is_plain = not self.has_gaps and not self._is_sparse
        if same == known and is_plain and added.max(initial=0) < self._chosen_for[1]:
            return False  # more bars, none of them named at this zoom
        self._forget()
        return True

    # ---- ticks -----------------------------------------------------------------------------------
    def bar_s(self) -> float:
        """Seconds a bar takes: of a bar of trades the average, in powers of two, for it changes."""
        if self.interval.is_timed:
            return float(self.interval.count)
        span_ns = int(self._times[self.count - 1]) - self._first_ns if self.count else 0
        average_s = span_ns / NS_PER_S / max(1, self.count - 1)
        return float(2.0 ** round(math.log2(max(average_s, 1e-3))))

    def least(self, min_bars: int) -> Mark:
        """The smallest unit named when labels are `min_bars` apart."""
        return max(least_mark(min_bars, self.bar_s()), Mark.SECOND)

    def needs_seconds(self, min_bars: int) -> bool:
        return not self.interval.is_day and shows_seconds(self.least(min_bars))

    def ticks(self, left: float, right: float, min_bars: int) -> tuple[Tick, ...]:
        """Ticks with left <= x <= right, any two at least `min_bars` >= 1 apart; none after the last bar."""
        first, last = math.ceil(left), min(math.floor(right), self.last_x)
        if first > last:
            return ()
        chosen_for = (min_bars, self.least(min_bars))
        if chosen_for != self._chosen_for or first < self._from or last > self._to:
            self._choose(first, last, *chosen_for)
        return self._ticks[bisect_left(self._places, first) : bisect_right(self._places, last)]

    def _few(self) -> tuple[I64, U8]:
        """Places and marks of bars that begin no unit of this zoom: without a time they would say nothing."""
        x = np.flatnonzero(self._marks[: self.count])
        if not len(x):  # trades within one second: the first
            return np.zeros(1, np.int64), np.full(1, Mark.SECOND, np.uint8)
        return x, self._marks[x]

    def _choose(self, first: int, last: int, min_bars: int, least: Mark) -> None:
        width = max(last - first, 1)
        self._from, self._to = max(0, first - width), min(self.last_x, last + width)
        reach = REACH_CELLS * min_bars
        begin, end = max(0, self._from - reach), min(self.last_x, self._to + reach) + 1
        interval, zone, day, has_gaps = self._what
        self._chosen_for = (min_bars, least)
        self._is_sparse = not has_gaps and not (self._marks[: self.count] >= least).any()
        anchor = self._anchor
        if has_gaps:
            span_ns = interval.span_ns
            times = gap_slots(self._first_ns, span_ns, begin, end - 1, least, zone, day)
            marks = marks_at(times, interval, zone, day)
            x = (times - self._first_ns + (span_ns // 2 if interval.is_day else 0)) // span_ns
        elif self._is_sparse:
            anchor, (x, marks) = 0, self._few()
            least, times = Mark(int(marks.min())), self._times[x]
        else:
            x = np.flatnonzero(self._marks[begin:end] >= least) + begin
            marks, times = self._marks[x], self._times[x]
        chosen = choose(x, marks, min_bars, least, anchor)
        chosen = chosen[(x[chosen] >= self._from) & (x[chosen] <= self._to)]
        self._ticks = ticks_at(x[chosen], marks[chosen], times[chosen], least, interval, zone, day)
        self._places = [tick.x for tick in self._ticks]
        if self._from == 0:
            self._from = -_NEVER
        if self._to == self.last_x:
            self._to = _NEVER  # until a bar with a mark of its own comes
