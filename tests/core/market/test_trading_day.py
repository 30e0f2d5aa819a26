"""Trading days begin where the exchange says, also over changes of daylight saving time."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.market.trading_day import day_begins, next_day_begin, trading_day

EXCHANGES = ("GLBX", "XNAS", "FXCM", "BINANCE")


def at(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 10**9


def begin(exchange: str, time_ns: int) -> int:
    return int(day_begins(trading_day(exchange), np.array([time_ns]))[0])


@pytest.mark.parametrize(
    ("exchange", "time", "zone", "begins"),
    [
        ("BINANCE", "2024-08-08 23:59:59", "UTC", "2024-08-08 00:00"),
        ("GLBX.MDP3", "2024-07-01 16:59:59", "America/Chicago", "2024-06-30 17:00"),
        ("GLBX.MDP3", "2024-07-01 17:00:00", "America/Chicago", "2024-07-01 17:00"),
        ("GLBX.MDP3", "2024-03-10 17:00:00", "America/Chicago", "2024-03-10 17:00"),  # clocks went forward
        ("GLBX.MDP3", "2024-03-11 12:00:00", "America/Chicago", "2024-03-10 17:00"),
        ("GLBX.MDP3", "2024-11-04 12:00:00", "America/Chicago", "2024-11-03 17:00"),  # and back
        ("XNAS.ITCH", "2024-03-10 23:00:00", "America/New_York", "2024-03-10 00:00"),
        ("EQUS-95", "2023-03-28 09:34:00", "America/New_York", "2023-03-28 00:00"),
        ("FXCM", "2013-02-01 17:00:00", "America/New_York", "2013-02-01 17:00"),
    ],
)
def test_the_day_a_time_belongs_to(exchange: str, time: str, zone: str, begins: str) -> None:
    assert begin(exchange, at(time, zone)) == at(begins, zone)


def test_days_of_a_clock_change_are_23_and_25_hours_long() -> None:
    day = trading_day("XNAS")
    for date, hours in (("2024-03-10", 23), ("2024-11-03", 25), ("2024-06-03", 24)):
        begins = at(f"{date} 00:00", "America/New_York")
        assert next_day_begin(day, begins) - begins == hours * 3_600 * 10**9


@given(st.sampled_from(EXCHANGES), st.lists(st.integers(0, 2_000_000_000), min_size=1, max_size=20))
def test_every_time_lies_in_its_own_day(exchange: str, times_s: list[int]) -> None:
    times_ns = np.array(times_s, np.int64) * 10**9
    day = trading_day(exchange)
    begins = day_begins(day, times_ns)
    for time_ns, begins_ns in zip(times_ns.tolist(), begins.tolist(), strict=True):
        assert begins_ns <= time_ns < next_day_begin(day, begins_ns)


@pytest.mark.parametrize("exchange", EXCHANGES)
@pytest.mark.parametrize("days", [1, 30, 3_000])
def test_the_days_of_many_times_are_those_of_each(exchange: str, days: int) -> None:
    times_ns = np.linspace(at("2024-03-08", "UTC"), at("2024-03-08", "UTC") + days * 86_400 * 10**9, 200)
    times_ns = times_ns.astype(np.int64)[::-1]
    expected = [begin(exchange, time_ns) for time_ns in times_ns.tolist()]
    assert day_begins(trading_day(exchange), times_ns).tolist() == expected


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_days_follow_each_other_without_a_hole(exchange: str) -> None:
    day = trading_day(exchange)
    begins = [begin(exchange, at("2024-02-20 12:00", "UTC"))]
    for _ in range(300):
        begins.append(next_day_begin(day, begins[-1]))
    for earlier, later in pairwise(begins):
        assert begin(exchange, later - 1) == earlier
        assert begin(exchange, later) == later


def test_no_times_have_no_days() -> None:
    assert len(day_begins(trading_day("XNAS"), np.zeros(0, np.int64))) == 0
