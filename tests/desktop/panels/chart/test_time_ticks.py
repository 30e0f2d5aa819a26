"""A time axis names bars that begin something, never two at one place, and the same ones while one pans."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import NS_PER_S
from core.market.intervals import Interval, parse_interval
from core.market.trading_day import TradingDay, day_begins, trading_day
from desktop.panels.chart.axes_ruler import TickRuler
from desktop.panels.chart.time_ticks import I64, Mark, marks_of

NEW_YORK, CHICAGO, GREENWICH = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago"), ZoneInfo("UTC")
ANY_HOUR = TradingDay()
CME = trading_day("GLBX.MDP3")


def ns(text: str) -> int:
    """`2024-08-08 23:58` of UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS_PER_S


def every(interval: str, begin: str, bars: int) -> I64:
    return ns(begin) + np.arange(bars) * parse_interval(interval).span_ns


def ruler(
    opens: I64,
    interval: str = "1m",
    zone: ZoneInfo = GREENWICH,
    day: TradingDay = ANY_HOUR,
    gaps: bool = False,
) -> TickRuler:
    made = TickRuler()
    made.set_bars(opens, parse_interval(interval), zone, day, gaps)
    return made


def labels(of: TickRuler, left: float, right: float, min_bars: int) -> list[tuple[int, str]]:
    return [(tick.x, tick.label) for tick in of.ticks(left, right, min_bars)]


def test_three_second_bars_are_named_by_the_minute() -> None:
    of = ruler(every("3s", "2024-08-08 23:54:18", 100), "3s")
    assert labels(of, 0, 99, 18) == [
        (14, "23:55"),
        (34, "23:56"),
        (54, "23:57"),
        (74, "23:58"),
        (94, "23:59"),
    ]


@pytest.mark.parametrize(
    ("interval", "opens", "said"),
    [
        ("3s", ["14:30:03", "14:30:12", "14:30:18"], "14:30:18"),
        ("5m", ["23:50", "23:55"], "23:50"),
        ("1m", ["09:31"], "09:31"),
    ],
)
def test_a_few_bars_have_a_time_too(interval: str, opens: list[str], said: str) -> None:
    times = np.array([ns(f"2024-08-08 {at}") for at in opens])
    found = labels(ruler(times, interval), -80, len(opens), 13)
    assert [label for _, label in found] == [said]
    grown = ruler(times[:1], interval)
    grown.ticks(-80, 1, 13)
    grown.set_bars(times, parse_interval(interval), GREENWICH, ANY_HOUR, changed_from=1)
    assert labels(grown, -80, len(opens), 13) == found


def test_bars_of_trades_within_a_second_have_its_time() -> None:
    times = ns("2024-08-08 09:31:07") + np.array([400_000_000, 900_000_000])
    assert labels(ruler(times, "10t"), -80, 2, 13) == [(0, "09:31:07")]


def test_close_up_every_few_seconds_have_a_name() -> None:
    of = ruler(every("1s", "2024-08-08 23:59:50", 30), "1s")
    assert labels(of, 0, 29, 5) == [
        (0, "23:59:50"), (5, "23:59:55"), (10, "9 Aug"), (15, "00:00:05"), (20, "00:00:10"), (25, "00:00:15"),
    ]  # fmt: skip


def test_a_new_day_is_stronger_than_any_hour() -> None:
    of = ruler(every("1m", "2024-08-08 20:00", 400))
    ticks = {tick.label: tick.is_strong for tick in of.ticks(0, 399, 60)}
    assert ticks == {
        "20:00": False, "21:00": False, "22:00": False, "23:00": False, "9 Aug": True,
        "01:00": False, "02:00": False,
    }  # fmt: skip


def test_among_days_a_month_stands_out_and_among_months_a_year() -> None:
    of = ruler(every("1d", "2023-11-01 00:00", 500), "1d")
    assert [tick.label for tick in of.ticks(0, 100, 5) if tick.is_strong] == ["Nov", "Dec", "2024", "Feb"]
    assert [tick.label for tick in of.ticks(0, 499, 25) if tick.is_strong] == ["2024", "2025"]


def test_further_out_come_months_and_years() -> None:
    of = ruler(every("1d", "2020-01-01 00:00", 2_000), "1d")
    assert [label for _, label in labels(of, 300, 500, 25)] == [
        "Nov",
        "Dec",
        "2021",
        "Feb",
        "Mar",
        "Apr",
        "May",
    ]
    assert [label for _, label in labels(of, 0, 1_999, 300)] == [
        "2020",
        "2021",
        "2022",
        "2023",
        "2024",
        "2025",
    ]


def test_the_day_of_futures_begins_on_the_evening_before() -> None:
    opens = every("30m", "2024-08-08 20:00", 8)  # 15:00 in Chicago
    opens = opens[opens != ns("2024-08-08 21:30")]  # and the break from 16:00 to 17:00
    opens = opens[opens != ns("2024-08-08 21:00")]
    of = ruler(opens, "30m", CHICAGO, CME)
    assert (2, "9 Aug") in labels(of, 0, 5, 2)
    assert labels(ruler(opens, "30m", GREENWICH, CME), 0, 5, 1)[2] == (2, "9 Aug")


def test_round_the_clock_a_day_begins_at_midnight_of_the_zone_on_the_axis() -> None:
    opens = every("1h", "2024-08-08 00:00", 48)
    assert (4, "8 Aug") in labels(ruler(opens, "1h", NEW_YORK), 0, 47, 1)
    assert (24, "9 Aug") in labels(ruler(opens, "1h", GREENWICH), 0, 47, 1)


def test_hours_follow_the_clocks_when_summer_time_begins_and_ends() -> None:
    spring = labels(ruler(every("30m", "2024-03-10 05:00", 8), "30m", NEW_YORK), 0, 7, 2)
    assert spring == [(0, "10 Mar"), (2, "01:00"), (4, "03:00"), (6, "04:00")]
    autumn = labels(ruler(every("30m", "2024-11-03 04:00", 10), "30m", NEW_YORK), 0, 9, 2)
    assert autumn == [(0, "3 Nov"), (2, "01:00"), (4, "01:00"), (6, "02:00"), (8, "03:00")]


def test_bars_by_the_day_have_their_trading_date_in_every_zone() -> None:
    opens = np.unique(day_begins(CME, every("1d", "2024-03-04 12:00", 30)))
    for zone in (GREENWICH, CHICAGO, ZoneInfo("Asia/Tokyo")):
        named = labels(ruler(opens, "1d", zone, CME), 0, 29, 1)
        assert named[:3] == [(0, "4 Mar"), (1, "5 Mar"), (2, "6 Mar")]


def test_nothing_is_named_after_the_last_bar() -> None:
    of = ruler(every("1m", "2024-08-08 20:00", 90))
    assert max(tick.x for tick in of.ticks(-50, 5_000, 5)) == 85
    with_gaps = ruler(every("1m", "2024-08-08 20:00", 90), gaps=True)
    assert max(tick.x for tick in with_gaps.ticks(-50, 5_000, 5)) == 85
    assert ruler(np.zeros(0, np.int64)).ticks(0, 100, 5) == ()


def test_with_gaps_closed_hours_have_their_place() -> None:
    friday, monday = every("1h", "2024-08-09 18:00", 3), every("1h", "2024-08-12 00:00", 3)
    of = ruler(np.concatenate((friday, monday)), "1h", gaps=True)
    assert labels(of, 0, 60, 12) == [
        (6, "10 Aug"),
        (18, "12:00"),
        (30, "11 Aug"),
        (42, "12:00"),
        (54, "12 Aug"),
    ]
    assert of.open_ns_at(6) == ns("2024-08-10 00:00")
    assert of.open_ns_at(57) is None


def test_with_gaps_days_of_other_lengths_keep_one_slot_each() -> None:
    opens = np.unique(day_begins(CME, every("1d", "2024-03-04 12:00", 30)))  # summer time begins among them
    of = ruler(opens, "1d", CHICAGO, CME, gaps=True)
    assert of.last_x == len(opens) - 1
    assert labels(of, 0, 29, 1) == labels(ruler(opens, "1d", CHICAGO, CME), 0, 29, 1)


@st.composite
def open_times(draw: st.DrawFn) -> I64:
    """Minutes of a market with nights, holes and quiet stretches."""
    runs = draw(st.lists(st.tuples(st.integers(1, 120), st.integers(1, 1_500)), min_size=1, max_size=15))
    begin_min = draw(st.integers(28_000_000, 28_600_000))
    steps = np.concatenate([np.r_[np.ones(length, np.int64), hole] for length, hole in runs])
    return (begin_min + np.cumsum(steps)) * 60 * NS_PER_S


ZONES = st.sampled_from([GREENWICH, NEW_YORK, ZoneInfo("Asia/Kolkata")])
DAYS = st.sampled_from([ANY_HOUR, CME, trading_day("XNAS")])


@settings(max_examples=80, deadline=None)
@given(open_times(), ZONES, DAYS, st.integers(4, 400), st.booleans(), st.data())
def test_ticks_ascend_keep_apart_and_stay_while_one_pans(
    opens: I64, zone: ZoneInfo, day: TradingDay, min_bars: int, gaps: bool, data: st.DataObject
) -> None:
    of = ruler(opens, "1m", zone, day, gaps)
    every_tick = of.ticks(0, of.last_x, min_bars)
    places = [tick.x for tick in every_tick]
    assert all(later - earlier >= min_bars for earlier, later in pairwise(places))
    panned = TickRuler()
    panned.set_bars(opens, parse_interval("1m"), zone, day, gaps)
    for _ in range(4):
        left = data.draw(st.integers(-20, of.last_x))
        right = left + data.draw(st.integers(1, 300))
        assert panned.ticks(left, right, min_bars) == tuple(
            tick for tick in every_tick if left <= tick.x <= right
        )


@settings(max_examples=40, deadline=None)
@given(open_times(), DAYS, st.integers(1, 60), st.data())
def test_a_series_that_grew_is_named_as_one_that_was_whole(
    opens: I64, day: TradingDay, min_bars: int, data: st.DataObject
) -> None:
    begin = data.draw(st.integers(0, len(opens) - 1))
    end = data.draw(st.integers(begin + 1, len(opens)))
    grown = ruler(opens[begin:end], "1m", NEW_YORK, day)
    grown.ticks(0, end - begin, min_bars)
    for until in range(end, len(opens) + 1, 7):
        grown.set_bars(opens[begin:until], parse_interval("1m"), NEW_YORK, day)
    grown.set_bars(opens[begin:], parse_interval("1m"), NEW_YORK, day)
    whole = ruler(opens[begin:], "1m", NEW_YORK, day)
    assert grown.ticks(0, len(opens), min_bars) == whole.ticks(0, len(opens), min_bars)
    grown.set_bars(opens, parse_interval("1m"), NEW_YORK, day)  # a page of history came in front
    every_mark = marks_of(opens, None, parse_interval("1m"), NEW_YORK, day)
    assert (grown._marks[: len(opens)] == every_mark).all()
    assert grown.ticks(begin, len(opens), 10**6) == ruler(opens, "1m", NEW_YORK, day).ticks(
        begin, len(opens), 10**6
    )


def test_a_bar_that_comes_late_within_is_seen_when_said() -> None:
    opens = every("1m", "2024-08-08 20:00", 200)
    without = np.delete(opens, 60)
    of = ruler(without)
    assert (60, "21:01") in labels(of, 0, 199, 60)  # nothing traded in the hour's first minute
    of.set_bars(opens, parse_interval("1m"), GREENWICH, ANY_HOUR, changed_from=60)
    assert (60, "21:00") in labels(of, 0, 199, 60)


def test_bars_of_trades_are_named_by_their_own_times() -> None:
    opens = ns("2024-08-08 23:58:00") + np.array([0, 1, 2, 61, 62, 3_700, 3_701]) * NS_PER_S
    of = ruler(opens, "100t")
    assert dict(labels(of, 0, 6, 1))[5] == "9 Aug"
    assert of.bar_s() == 512.0


def test_a_million_bars_cost_little_more_than_what_is_seen() -> None:
    opens = every("1m", "2022-01-01 00:00", 1_000_000)
    of = ruler(opens, "1m", NEW_YORK, CME)
    assert 5 <= len(of.ticks(0, 999_999, 80_000)) <= 13
    before = of._ticks
    of.set_bars(np.append(opens, opens[-1] + 60 * NS_PER_S), parse_interval("1m"), NEW_YORK, CME)
    of.ticks(0, 1_000_000, 80_000)
    assert of._ticks is before  # another minute begins nothing that is named out here


def test_marks_of_units_are_made_of_whole_smaller_ones() -> None:
    assert Mark.DAY > Mark.HOURS_12 > Mark.SECOND
    marks = marks_of(every("1m", "2024-01-01 00:00", 3), None, Interval(0, 60), GREENWICH, ANY_HOUR)
    assert marks.tolist() == [Mark.YEAR, Mark.MINUTE, Mark.MINUTE]
