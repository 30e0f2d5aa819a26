"""Sessions with half days, breaks and summer time; pinned to whole years, whatever today is."""

from datetime import UTC, date, datetime

import exchange_calendars
import numpy as np
import pytest

from core.backtest.calendars import Calendar, CalendarError, calendar, check_calendar, usual_calendar


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


def of(name: str, first: str, last: str | None = None) -> Calendar:
    return calendar(name, ns(first), ns(last or first))


def is_on(sessions: Calendar, text: str) -> bool:
    return bool(sessions.locate(np.array([ns(text)]))[1][0])


def session_at(sessions: Calendar, text: str) -> date:
    place, inside = sessions.locate(np.array([ns(text)]))
    assert inside[0]
    return date(1970, 1, 1).fromordinal(719_163 + int(sessions.day[sessions.session[place[0] // 2]]))


@pytest.mark.parametrize(
    ("name", "time", "on"),
    [
        ("XNYS", "2024-03-08 14:29:59", False),  # winter time opens at 14:30 UTC
        ("XNYS", "2024-03-08 14:30:00", True),
        ("XNYS", "2024-03-11 13:30:00", True),  # summer time at 13:30
        ("XNYS", "2024-03-11 20:00:00", False),  # the close is not in
        ("XNYS", "2024-11-29 17:59:59", True),  # a half day closes at 13:00 in New York
        ("XNYS", "2024-11-29 18:00:00", False),
        ("XNYS", "2018-12-05 16:00:00", False),  # a day of mourning
        ("XTKS", "2024-03-11 02:29:59", True),
        ("XTKS", "2024-03-11 02:30:00", False),  # lunch
        ("XTKS", "2024-03-11 03:30:00", True),
        ("CMES", "2024-03-10 22:00:00", True),  # Sunday evening in summer time
        ("CMES", "2024-03-09 22:00:00", False),
        ("FX", "2024-03-08 21:59:59", True),  # Friday, 17:00 New York, winter time
        ("FX", "2024-03-08 22:00:00", False),
        ("FX", "2024-03-10 21:00:00", True),  # Sunday, 17:00 New York, summer time
        ("FX", "2024-03-10 20:59:59", False),
        ("24/7", "2024-12-25 03:00:00", True),
    ],
)
def test_a_time_lies_in_a_session_or_not(name: str, time: str, on: bool) -> None:
    assert is_on(of(name, time), time) is on


def test_an_evening_belongs_to_the_next_day() -> None:
    assert session_at(of("CMES", "2024-03-10 22:00:00"), "2024-03-10 22:00:00") == date(2024, 3, 11)
    assert session_at(of("FX", "2024-03-10 21:00:00"), "2024-03-10 21:00:00") == date(2024, 3, 11)
    # At the end of a year that of the next year's first day.
    assert session_at(of("CMES", "2023-12-31 23:30:00"), "2024-01-01 23:30:00") == date(2024, 1, 2)


def test_what_lies_outside_belongs_to_its_local_day_else_to_the_next() -> None:
    sessions = of("XNYS", "2024-03-08 09:00:00")
    times = np.array([ns("2024-03-08 09:00:00"), ns("2024-03-09 00:30:00"), ns("2024-03-09 17:00:00")])
    days = [str(np.datetime64(int(each), "D")) for each in sessions.local_days(times)]
    assert days == ["2024-03-08", "2024-03-08", "2024-03-11"]  # before, after (New York's evening), Saturday


def test_round_the_clock_is_that_of_the_package() -> None:
    ours = of("24/7", "2023-06-01 00:00:00")
    theirs = exchange_calendars.get_calendar("24/7", start=ours.first.isoformat(), end=ours.last.isoformat())
    assert ours.bounds[::2].tolist() == theirs.opens_nanos.tolist()
    assert ours.bounds[1::2].tolist() == theirs.closes_nanos.tolist()


def test_years_are_those_of_the_data() -> None:
    sessions = of("XNYS", "2023-06-01 00:00:00")
    assert (sessions.first, sessions.last) == (date(2023, 1, 1), date(2023, 12, 31))
    assert len(sessions.day) == 250
    assert of("XNYS", "2023-12-29 20:00:00").last == date(2024, 12, 31)  # its week reaches into the next


def test_what_there_is_not_is_one_line() -> None:
    with pytest.raises(CalendarError, match=r"there is no calendar 'NYSE '.*such as XNYS"):
        check_calendar("NYSE ")
    with pytest.raises(CalendarError, match="calendar XSAU has no sessions of these years"):
        of("XSAU", "1990-01-01 00:00:00")


def test_exchanges_have_their_usual_calendar() -> None:
    names = [usual_calendar(each) for each in ("XNAS.ITCH", "EQUS-95", "GLBX.MDP3", "HISTDATA", "KRAKEN", "")]
    assert names == ["XNYS", "XNYS", "CMES", "FX", "24/7", "24/7"]
