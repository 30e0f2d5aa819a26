"""Which bars a time axis names, and how, from their open times alone.

Every bar has a mark: the largest unit of calendar that begins with it. Marks are taken from the largest down,
each at least `min_bars` from those taken before. The choice goes by the bars and the zoom, never by where the
view begins: a label stays with its bar while one pans. Pure; times are ns since 1970, nothing reads a clock.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from core.clock import NS_PER_S
from core.market.intervals import Interval
from core.market.trading_day import TradingDay, day_begins
from core.market.zones import offsets_s

I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]

HOUR_S: Final = 3_600
DAY_S: Final = 86_400
_QUARTER_HOUR_S: Final = 900
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Mark(IntEnum):
    """What begins with a bar, smallest first; each unit is made of whole ones of the unit before it."""

    NONE = 0
    SECOND = 1
    SECONDS_5 = 2
    SECONDS_15 = 3
    SECONDS_30 = 4
    MINUTE = 5
    MINUTES_5 = 6
    MINUTES_15 = 7
    MINUTES_30 = 8
    HOUR = 9
    HOURS_3 = 10
    HOURS_6 = 11
    HOURS_12 = 12
    DAY = 13
    WEEK = 14  # not made into months, and yielding to them
    MONTH = 15
    QUARTER = 16
    YEAR = 17
    YEARS_5 = 18
    YEARS_10 = 19


_ALL_MARKS: Final = tuple(Mark)
_STEP_S: Final = {
    Mark.SECOND: 1, Mark.SECONDS_5: 5, Mark.SECONDS_15: 15, Mark.SECONDS_30: 30, Mark.MINUTE: 60,
    Mark.MINUTES_5: 300, Mark.MINUTES_15: 900, Mark.MINUTES_30: 1_800, Mark.HOUR: HOUR_S,
    Mark.HOURS_3: 3 * HOUR_S, Mark.HOURS_6: 6 * HOUR_S, Mark.HOURS_12: 12 * HOUR_S,
}  # fmt: skip
_MONTHS_OF: Final = {
    Mark.MONTH: 1, Mark.QUARTER: 3, Mark.YEAR: 12, Mark.YEARS_5: 60, Mark.YEARS_10: 120,
}  # fmt: skip
_MONTH_S: Final = 30.4375 * DAY_S
# How far apart bars with a mark are when none is missing.
NOMINAL_S: Final = np.array(
    [0.0, *_STEP_S.values(), DAY_S, 7 * DAY_S, *(months * _MONTH_S for months in _MONTHS_OF.values())]
)
# A mark's fate hangs on neighbours, theirs on their neighbours, at most four cells a unit: with that much
# looked at beyond the view, the choice cannot differ by where the view begins.
REACH_CELLS: Final = 4 * len(Mark)


@dataclass(frozen=True, slots=True)
class Tick:
    """A bar to name: its `x`, the unit that begins with it, its label.

    `is_strong`: more begins than the axis counts by: a day among hours, a month among days, a year among
    months.
    """

    x: int
    mark: Mark
    label: str
    is_strong: bool = False


def strong_from(least: Mark) -> Mark:
    """The unit from which on marks stand out on an axis whose smallest unit is `least`."""
    if least < Mark.DAY:
        return Mark.DAY
    return Mark.MONTH if least < Mark.MONTH else Mark.YEAR


# ---- days --------------------------------------------------------------------------------------------------
def follows_sessions(day: TradingDay) -> bool:
    """The venue has a trading day of its own; without one, days are those of the zone on the axis."""
    return day != TradingDay()


def dates_of(open_ns: I64, zone: ZoneInfo, day: TradingDay, is_day: bool) -> I64:
    """Days since 1970 of the date that each bar belongs to: of its trading day, else the zone's."""
    if not (follows_sessions(day) or is_day):
        seconds = open_ns // NS_PER_S
        return (seconds + offsets_s(zone, seconds)) // DAY_S
    # A day may begin on the evening before the date it is called by: its twelfth hour is always on it.
    middle_s = day_begins(day, open_ns) // NS_PER_S + 12 * HOUR_S
    return (middle_s + offsets_s(ZoneInfo(day.zone), middle_s)) // DAY_S


# ---- marks -------------------------------------------------------------------------------------------------
def marks_of(open_ns: I64, before_ns: int | None, interval: Interval, zone: ZoneInfo, day: TradingDay) -> U8:
    """The `Mark` of each bar, against the bar before it; `before_ns` opens the one before the first.

    With None the first bar has the mark of the unit that begins at exactly its time.
    """
    if not len(open_ns):
        return np.zeros(0, np.uint8)
    times = np.concatenate(([open_ns[0] - 1 if before_ns is None else before_ns], open_ns))
    return _marks(times, slice(1, None), slice(0, -1), interval, zone, day)


def _marks(all_ns: I64, now: slice, then: slice, interval: Interval, zone: ZoneInfo, day: TradingDay) -> U8:
    """The mark of each time at `now` against that at `then`, two stretches of `all_ns` of one length."""
    all_s = all_ns // NS_PER_S
    marks = np.zeros(len(all_s[now]), np.uint8)
    if not interval.is_day:
        offsets = offsets_s(zone, all_s)
        local_s = all_s + offsets
        for mark, step_s in _STEP_S.items():
            if step_s < (interval.count if interval.is_timed else 0):
                continue
            units = local_s // step_s
            begins = units[now] != units[then]
            if not begins.any():
                break  # units are made of whole smaller ones: no larger one begins either
            marks[begins] = mark
        # Clocks set back an hour show it twice; it begins both times.
        marks[(offsets[now] != offsets[then]) & (marks < Mark.HOUR)] = Mark.HOUR
    all_dates = dates_of(all_ns, zone, day, interval.is_day)
    dates, dates_then = all_dates[now], all_dates[then]
    # What begins a day is rare: the calendar is asked only there.
    begins = np.flatnonzero(dates != dates_then)
    if not len(begins):
        return marks
    dates, dates_then = dates[begins], dates_then[begins]
    of_day = np.full(len(begins), Mark.DAY, np.uint8)
    of_day[(dates + 3) // 7 != (dates_then + 3) // 7] = Mark.WEEK  # 1970 began on a Thursday
    months, months_then = _months(dates), _months(dates_then)
    for mark, count in _MONTHS_OF.items():
        of_day[months // count != months_then // count] = mark
    marks[begins] = of_day
    return marks


def _months(dates: I64) -> I64:
    """Months since the year 0."""
    return dates.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 12 * 1970


def least_mark(min_bars: int, bar_s: float) -> Mark:
    """The smallest unit whose bars, none missing, are `min_bars` apart when a bar takes `bar_s`."""
    return Mark(min(int(np.searchsorted(NOMINAL_S, min_bars * bar_s * (1 - 1e-9))), Mark.YEARS_10))


# ---- choice ------------------------------------------------------------------------------------------------
def choose(x: I64, marks: U8, min_bars: int, least: Mark, anchor: int = 0) -> I64:
    """Places in `x` (ascending) of the marks to name: the largest first, any two `min_bars` apart.

    Bars with equal marks that crowd give way to the one in front within cells of `min_bars` bars, counted
    from `anchor`, and then to the lower neighbour's.
    """
    kept = np.zeros(0, np.int64)
    found = np.flatnonzero(np.bincount(marks, minlength=Mark.YEARS_10 + 1)).tolist()
    for mark in reversed(found):
        if mark < max(least, Mark.SECOND):
            break
        places = np.flatnonzero(marks == mark)
        if len(places) and len(kept):
            places = places[_is_apart(x[places], x[kept], min_bars)]
        if not len(places):
            continue
        cells = (x[places] - anchor) // min_bars
        if len(places) > 1:
            places = places[np.concatenate(([True], cells[1:] != cells[:-1]))]
        kept = np.sort(np.concatenate((kept, _thin(x[places], places, min_bars, anchor))))
    return kept


def _is_apart(x: I64, kept: I64, min_bars: int) -> NDArray[np.bool_]:
    right = np.searchsorted(kept, x)
    gap_right = kept[np.minimum(right, len(kept) - 1)] - x
    gap_left = x - kept[np.maximum(right - 1, 0)]
    return ((right == len(kept)) | (gap_right >= min_bars)) & ((right == 0) | (gap_left >= min_bars))


def _thin(x: I64, places: I64, min_bars: int, anchor: int) -> I64:
    """At most one a cell comes in: only neighbours can be too close. Even cells go first, then the others."""
    even = ((x - anchor) // min_bars) % 2 == 0
    first, second = places[even], places[~even]
    if not len(first) or not len(second):
        return places
    return np.concatenate((first, second[_is_apart(x[~even], x[even], min_bars)]))


# ---- words -------------------------------------------------------------------------------------------------
@lru_cache(maxsize=4_096)
def label_of(mark: Mark, open_ns: int, date: int, zone: ZoneInfo, with_seconds: bool) -> str:
    """`2024`, `Aug`, `9 Aug`, `14:30` or `14:30:15`; `date` in days since 1970."""
    if mark >= Mark.DAY:
        when = datetime.fromordinal(719_163 + date)
        if mark >= Mark.YEAR:
            return str(when.year)
        month = _MONTHS[when.month - 1]
        return month if mark >= Mark.MONTH else f"{when.day} {month}"
    at = datetime.fromtimestamp(open_ns // NS_PER_S, UTC).astimezone(zone)
    return f"{at:%H:%M:%S}" if with_seconds else f"{at:%H:%M}"


def shows_seconds(least: Mark) -> bool:
    """Labels of an axis whose smallest unit is this need seconds."""
    return least < Mark.MINUTE


def gap_slots(
    first_ns: int, span_ns: int, from_slot: int, to_slot: int, least: Mark, zone: ZoneInfo, day: TradingDay
) -> I64:
    """Times within slots `from_slot`..`to_slot` at which a unit of at least `least` may begin.

    For an axis with a slot for every interval, traded or not; slot 0 begins at `first_ns`.
    """
    begin_ns, end_ns = first_ns + from_slot * span_ns, first_ns + to_slot * span_ns
    if least >= Mark.DAY:
        middles = np.arange(begin_ns - 12 * HOUR_S * NS_PER_S, end_ns + DAY_S * NS_PER_S, DAY_S * NS_PER_S)
        if follows_sessions(day) or span_ns >= DAY_S * NS_PER_S:
            times = np.unique(day_begins(day, middles))
        else:
            seconds = middles // NS_PER_S
            midnights = (seconds + offsets_s(zone, seconds)) // DAY_S * DAY_S
            times = np.unique((midnights - offsets_s(zone, midnights)) * NS_PER_S)
    else:
        step_s = min(_STEP_S[max(least, Mark.SECOND)], _QUARTER_HOUR_S)  # zones differ by whole quarters
        step_ns = step_s * NS_PER_S
        times = np.arange(-(-begin_ns // step_ns) * step_ns, end_ns + 1, step_ns)
    return times[(times >= begin_ns) & (times <= end_ns)]


def marks_at(times: I64, interval: Interval, zone: ZoneInfo, day: TradingDay) -> U8:
    """The `Mark` of the unit that begins at exactly each time."""
    count = len(times)
    if not count:
        return np.zeros(0, np.uint8)
    both = np.concatenate((times, times - 1))
    return _marks(both, slice(0, count), slice(count, None), interval, zone, day)


def ticks_at(
    x: I64, marks: U8, times: I64, least: Mark, interval: Interval, zone: ZoneInfo, day: TradingDay
) -> tuple[Tick, ...]:
    """Ticks with their labels; all of equal length."""
    named = marks >= Mark.DAY  # what is smaller is called by its time alone
    dates = np.zeros(len(times), np.int64)
    if named.any():
        dates[named] = dates_of(times[named], zone, day, interval.is_day)
    seconds, strong = shows_seconds(least), strong_from(least)
    return tuple(
        Tick(at, _ALL_MARKS[mark], label_of(_ALL_MARKS[mark], time, date, zone, seconds), mark >= strong)
        for at, mark, time, date in zip(
            x.tolist(), marks.tolist(), times.tolist(), dates.tolist(), strict=True
        )
    )
