"""Bars of hours and days: a day is a session, with summer time, half days and breaks; stamps of any kind."""

import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.backtest.dataset import Dataset
from core.backtest.importing.refused import ImportRefused, OptionRefused
from tests.core.backtest.importing import made_files, plain
from tests.core.backtest.importing.plain import NEW_YORK, NS, Trade
from tests.core.backtest.importing.test_bars import a_trade, moment

HALF = datetime(2024, 7, 3, tzinfo=NEW_YORK)
# Around Independence Day: a half day on Wednesday, closed on Thursday; and both changes of the clocks.
WEEKS = ("2024-07-01", "2024-03-04", "2024-03-11", "2024-10-28", "2024-11-04")


def day_bars(trades: list[Trade]) -> list[tuple[int, ...]]:
    """One trade after the other, one bar a session; rows of `BARS`."""
    found: dict[int, list[Trade]] = {}
    bounds: dict[int, tuple[int, int]] = {}
    known: dict[int, tuple[int, int, int] | None] = {}
    for trade in trades:
        minute = trade.event_ns // (60 * NS)
        if minute not in known:  # sessions begin and end on whole minutes
            known[minute] = plain.session_of(minute * 60 * NS)
        if (session := known[minute]) is not None:
            found.setdefault(session[0], []).append(trade)
            bounds[session[0]] = session[1:]
    rows = []
    for day in sorted(found):
        mine = found[day]
        first = min(range(len(mine)), key=lambda place: (mine[place].event_ns, place))
        last = max(range(len(mine)), key=lambda place: (mine[place].event_ns, place))
        prices = [each.price for each in mine]
        rows.append((*bounds[day], day, mine[first].price, max(prices), min(prices), mine[last].price,
                     sum(each.size for each in mine), len(mine)))  # fmt: skip
    return rows


def sessions() -> list[tuple[datetime, datetime]]:
    """(open, close) in New York of the sessions of those weeks."""
    found = []
    for monday in WEEKS:
        for more in range(5):
            day = datetime.fromisoformat(monday).replace(tzinfo=NEW_YORK) + timedelta(days=more)
            if day.date() not in plain.CLOSED:
                close = 13 if day.date() in plain.HALF_DAYS else 16
                found.append((day.replace(hour=9, minute=30), day.replace(hour=close)))
    return sorted(found)


def daily_csv(directory: Path, stamps: list[str], name: str = "ABC.csv") -> Path:
    path = directory / name
    rows = "".join(
        f"{stamp},{100 + each},{110 + each},{90 + each},{105 + each},{each}\n"
        for each, stamp in enumerate(stamps)
    )
    path.write_text("Date,Open,High,Low,Close,Volume\n" + rows)
    return path


def check_days(dataset: Dataset, ends: list[datetime] | None = None) -> None:
    """Every session has its own row of the file, from its open to its close, or to each of `ends`."""
    until = [int(end.timestamp()) * NS for end in ends or [end for _, end in sessions()]]
    expected = [
        (int(begin.timestamp()) * NS, until[each], (begin.date() - date(1970, 1, 1)).days,
         100 + each, 110 + each, 90 + each, 105 + each, each, 0)
        for each, (begin, _) in enumerate(sessions())
    ]  # fmt: skip
    assert made_files.bar_rows(dataset) == expected
    past = made_files.findings(dataset).get("past_session", 0)
    assert past == (len(expected) if ends else 0)
    assert not {"outside_session", "duplicate_bar", "empty"} & set(made_files.findings(dataset))


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trades=st.lists(a_trade(), min_size=1, max_size=120))
def test_any_trades_make_the_days_of_a_plain_loop(
    tmp_path_factory: pytest.TempPathFactory, trades: list[Trade]
) -> None:
    directory = tmp_path_factory.mktemp("days")
    path = made_files.write(directory / "t.dbn.zst", "trades", made_files.trade_rows(trades))
    expected = day_bars(trades)
    home = made_files.home_in(directory)
    if not expected:
        with pytest.raises(OptionRefused, match="no trade or bar lies in a session"):
            made_files.imported(home, path, interval="1d")
        return
    dataset = made_files.opened(home, path, interval="1d")
    scale = 10 ** (2 - dataset.manifest.instruments[0].price_decimals)
    rows = made_files.bar_rows(dataset)
    assert [(*row[:3], *(price * scale for price in row[3:7]), *row[7:]) for row in rows] == expected
    hours = made_files.opened(home, path, interval="1h")
    scale = 10 ** (2 - hours.manifest.instruments[0].price_decimals)
    rows = made_files.bar_rows(hours)
    assert [(*row[:3], *(price * scale for price in row[3:7]), *row[7:]) for row in rows] == plain.bars(
        trades, 3_600 * NS
    )


@pytest.mark.parametrize(
    ("form", "zone", "stamp"),
    [
        ("%Y-%m-%d", "UTC", "open"),
        ("%Y-%m-%d", "America/New_York", "open"),
        ("%Y%m%d", "UTC", "open"),
        ("%Y-%m-%d 09:30:00", "America/New_York", "open"),
        ("%Y-%m-%d %H:%M:%S", "America/New_York", "close"),
    ],
)
def test_daily_files_become_sessions_however_they_are_stamped(
    tmp_path: Path, form: str, zone: str, stamp: str
) -> None:
    """Also by closes, which on a half day are hours earlier than the day before."""
    times = [(begin if stamp == "open" else end).strftime(form) for begin, end in sessions()]
    said = {"zone": zone, "stamp": stamp, "exchange": "XNYS"}
    path = daily_csv(tmp_path, times)
    check_days(made_files.opened(made_files.home_in(tmp_path), path, interval="1d", mapping=said))


def test_a_close_at_the_next_midnight_is_of_the_day_that_ended(tmp_path: Path) -> None:
    """And ends then: nobody knows that its close is of the afternoon. A format of dates says that it is."""
    ends = [begin.replace(hour=0, minute=0) + timedelta(days=1) for begin, _ in sessions()]
    said = {"zone": "America/New_York", "stamp": "close", "exchange": "XNYS"}
    path = daily_csv(tmp_path, [f"{end:%Y-%m-%d 00:00:00}" for end in ends])
    check_days(made_files.opened(made_files.home_in(tmp_path), path, interval="1d", mapping=said), ends)
    path = daily_csv(tmp_path, [f"{begin:%Y-%m-%d 00:00:00}" for begin, _ in sessions()], "DATES.csv")
    said |= {"time_format": "%Y-%m-%d 00:00:00", "symbol": "ABC"}
    check_days(made_files.opened(made_files.home_in(tmp_path), path, interval="1d", mapping=said))


@pytest.mark.parametrize("calendar", ["XNYS", "CMES"])
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y%m%d"])
def test_dates_alone_are_their_sessions_whatever_the_stamp(tmp_path: Path, calendar: str, form: str) -> None:
    """End-of-day files: no Monday is lost, nothing moves to the day before, zone and stamp decide nothing."""
    days = [begin for begin, _ in sessions()]
    path = daily_csv(tmp_path, [f"{day:{form}}" for day in days])
    made = []
    for number, (stamp, zone) in enumerate((("close", "UTC"), ("open", "UTC"), ("close", "Asia/Tokyo"))):
        said = {"stamp": stamp, "zone": zone}
        home = made_files.home_in(tmp_path / str(number))
        dataset = made_files.opened(home, path, interval="1d", calendar=calendar, mapping=said)
        rows = made_files.bar_rows(dataset)
        assert [(row[2], row[7]) for row in rows] == [
            ((day.date() - date(1970, 1, 1)).days, number) for number, day in enumerate(days)
        ]
        assert not {"outside_session", "past_session"} & set(made_files.findings(dataset))
        made.append(rows)
    assert made[0] == made[1] == made[2]


def test_dates_of_parquet_are_their_sessions_too(tmp_path: Path) -> None:
    path = tmp_path / "ABC.parquet"
    days = [begin.date() for begin, _ in sessions()]
    columns = {"open": 100, "high": 110, "low": 90, "close": 105}
    rows = {name: [value + each for each in range(len(days))] for name, value in columns.items()}
    pl.DataFrame({"date": days, **rows, "volume": range(len(days))}).write_parquet(path)
    said = {"stamp": "close", "exchange": "XNYS"}
    check_days(made_files.opened(made_files.home_in(tmp_path), path, interval="1d", mapping=said))


def test_minutes_and_trades_make_the_same_days(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    times = np.sort(rng.integers(moment("2024-03-04", 0), moment("2024-03-16", 0), 4_000))
    trades = [
        Trade(int(each), int(price), 1)
        for each, price in zip(times, rng.integers(900, 1_100, 4_000), strict=True)
    ]
    path = made_files.write(tmp_path / "t.dbn.zst", "trades", made_files.trade_rows(trades))
    days = made_files.opened(made_files.home_in(tmp_path), path, interval="1d")
    minutes = made_files.opened(made_files.home_in(tmp_path), path)
    bars = minutes.bars(minutes.manifest.instruments[0])
    assert len(made_files.bar_rows(days)) == 10
    assert made_files.bar_rows(days) == day_bars(trades)
    for row in made_files.bar_rows(days):
        mine = bars["session"] == row[2]
        assert row[3:8] == (bars["open"][mine][0], bars["high"][mine].max(), bars["low"][mine].min(),
                            bars["close"][mine][-1], bars["volume"][mine].sum())  # fmt: skip


def test_a_day_with_a_lunch_break_or_an_evening_before_is_one_bar(tmp_path: Path) -> None:
    def at(text: str, zone: str) -> int:
        return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * NS

    prints = (("09:00", 5), ("11:29", 9), ("12:00", 1), ("12:31", 7), ("14:59", 6))
    tokyo = [Trade(at(f"2024-07-02 {time}", "Asia/Tokyo"), price, 1) for time, price in prints]
    path = made_files.write(tmp_path / "tokyo.dbn", "trades", made_files.trade_rows(tokyo))
    (row,) = made_files.bar_rows(
        made_files.opened(made_files.home_in(tmp_path), path, interval="1d", calendar="XTKS")
    )
    assert row[:2] == (at("2024-07-02 09:00", "Asia/Tokyo"), at("2024-07-02 15:00", "Asia/Tokyo"))
    assert row[3:] == (5, 9, 5, 6, 4, 4), "what was printed at lunch lies in no session"
    prints = (("2024-07-01 17:00", 5), ("2024-07-02 09:00", 9), ("2024-07-02 17:30", 3))
    chicago = [Trade(at(text, "America/Chicago"), price, 1) for text, price in prints]
    path = made_files.write(tmp_path / "es.dbn", "trades", made_files.trade_rows(chicago))
    rows = made_files.bar_rows(
        made_files.opened(made_files.home_in(tmp_path), path, interval="1d", calendar="CMES")
    )
    assert [row[3:] for row in rows] == [(5, 9, 5, 9, 2, 2), (3, 3, 3, 3, 1, 1)], "the evening is tomorrow's"


def test_sources_of_several_lengths_count_once(tmp_path: Path) -> None:
    """Hours and days of one instrument: the days are made of the hours."""
    hours = daily_csv(tmp_path, [f"2024-07-02 {hour}:30:00" for hour in range(14, 20)], "hours.csv")
    days = daily_csv(tmp_path, ["2024-07-01", "2024-07-02"], "days.csv")
    said = {"symbol": "ABC", "exchange": "XNYS", "zone": "UTC"}
    dataset = made_files.opened(made_files.home_in(tmp_path), hours, days, interval="1d", mapping=said)
    assert [row[7] for row in made_files.bar_rows(dataset)] == [0, sum(range(6))]
    notes = [each["note"] for each in dataset.manifest.findings if each["kind"] == "other_source"]
    assert notes == ["trades of bars-1d"]


def check_no_look_ahead(dataset: Dataset, source: list[tuple[int, int, int]]) -> None:
    """Of (begin, end, close) of source bars: no bar tells a close before that source bar has ended."""
    rows = made_files.bar_rows(dataset)
    ends = {close: end for _, end, close in source}
    assert rows
    for row in rows:
        assert row[1] >= ends[row[6]], "the bar closes when the last of its source bars does"
    assert all(row[1] <= after[0] for row, after in itertools.pairwise(rows)), "bars do not overlap"


@pytest.mark.parametrize(
    ("calendar", "first", "bars", "last_utc"),
    [("XNYS", "2024-07-01", 3, "2024-07-04"), ("CMES", "2024-06-30", 4, "2024-07-05")],
)
def test_days_of_utc_close_when_they_end(
    tmp_path: Path, calendar: str, first: str, bars: int, last_utc: str
) -> None:
    """Also on a half day, and of futures, whose sessions begin the evening before, on Sunday, too."""
    begin = datetime.fromisoformat(first).replace(tzinfo=UTC)
    days = [begin + timedelta(days=each) for each in range(5)]
    days = [day for day in days if day.date() < date(2024, 7, 5)]
    days = [day for day in days if calendar != "XNYS" or day.day != 4]
    path = daily_csv(tmp_path, [f"{day:%Y-%m-%dT%H:%M:%SZ}" for day in days])
    dataset = made_files.opened(made_files.home_in(tmp_path), path, interval="1d", calendar=calendar)
    source = [
        (int(day.timestamp()) * NS, int(day.timestamp() + 86_400) * NS, 105 + each)
        for each, day in enumerate(days)
    ]
    check_no_look_ahead(dataset, source)
    rows = made_files.bar_rows(dataset)
    assert len(rows) == bars
    assert rows[-1][1] == int(datetime.fromisoformat(last_utc).replace(tzinfo=UTC).timestamp()) * NS
    (told,) = [each for each in dataset.manifest.findings if each["kind"] == "past_session"]
    assert (told["count"], told["first_row"], told["file"]) == (bars, 1 + len(days) - bars, "ABC.csv")
    assert told["note"].endswith("use shorter ones (ohlcv-1h, ohlcv-1m)")


def test_hours_that_a_close_cuts_end_when_they_end(tmp_path: Path) -> None:
    """London closes at 16:30: the hour from 16:00 holds what came until 17:00. Hours from half past, too."""
    hours = [
        datetime(2024, 7, day, hour, tzinfo=ZoneInfo("Europe/London"))
        for day in (1, 2)
        for hour in range(8, 17)
    ]
    path = daily_csv(tmp_path, [f"{each:%Y-%m-%d %H:%M:%S}" for each in hours], "VOD.csv")
    said = {"zone": "Europe/London"}
    dataset = made_files.opened(
        made_files.home_in(tmp_path), path, interval="1h", calendar="XLON", mapping=said
    )
    begins = [int(each.timestamp()) * NS for each in hours]
    source = [(each, each + 3_600 * NS, 105 + place) for place, each in enumerate(begins)]
    check_no_look_ahead(dataset, source)
    assert [row[:2] for row in made_files.bar_rows(dataset)] == [each[:2] for each in source]
    (told,) = [each for each in dataset.manifest.findings if each["kind"] == "past_session"]
    assert (told["count"], told["first_row"]) == (2, 9)
    halves = [each + timedelta(minutes=30) for each in hours[:8]]
    path = daily_csv(tmp_path, [f"{each:%Y-%m-%d %H:%M:%S}" for each in halves], "HALF.csv")
    dataset = made_files.opened(
        made_files.home_in(tmp_path), path, interval="1h", calendar="XLON", mapping=said
    )
    source = [(each[0] + 1_800 * NS, each[1] + 1_800 * NS, each[2]) for each in source[:8]]
    check_no_look_ahead(dataset, source)
    assert "past_session" not in made_files.findings(dataset)


def test_databento_s_days_are_sessions(tmp_path: Path, shared_data: Path) -> None:
    """Of days of UTC, so they close with those: their last price is of the evening."""
    for name, file, day in (
        ("NVDA", "XNAS.ITCH", "2020-12-28"), ("QQQ", "EQUS.MINI", "2023-03-28"),
    ):  # fmt: skip
        path = shared_data / "databento-python/tests/data" / file / "test_data.ohlcv-1d.dbn.zst"
        dataset = made_files.opened(made_files.home_in(tmp_path / name), path, interval="1d")
        (row,) = made_files.bar_rows(dataset)
        begin = datetime.fromisoformat(f"{day} 09:30").replace(tzinfo=NEW_YORK).astimezone(UTC)
        end = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1)
        assert row[:2] == (int(begin.timestamp()) * NS, int(end.timestamp()) * NS)
        assert made_files.findings(dataset)["past_session"] == 1
        assert dataset.manifest.instruments[0].symbol == name
        assert "outside_session" not in made_files.findings(dataset)
        path = path.with_name("test_data.ohlcv-1h.dbn.zst")
        assert made_files.opened(made_files.home_in(tmp_path / name), path, interval="1h", outside="keep")


def test_what_days_cannot_be_made_of_is_said(tmp_path: Path) -> None:
    path = daily_csv(tmp_path, ["2024-07-01", "2024-07-02", "2024-07-03"])
    home = made_files.home_in(tmp_path)
    with pytest.raises(ImportRefused, match="holds bars of 86,400 s, no divisor of 1m: choose --interval"):
        made_files.imported(home, path)
    with pytest.raises(OptionRefused, match="bars of 1d are whole sessions: --outside keep"):
        made_files.imported(home, path, interval="1d", outside="keep")
    weekly = daily_csv(tmp_path, ["2024-07-01", "2024-07-08"], "W.csv")
    with pytest.raises(ImportRefused, match=r"or say theirs \(--map interval=1d\)"):
        made_files.imported(home, weekly, interval="1d")
    dataset = made_files.opened(home, weekly, interval="1d", mapping={"interval": "1d"}, calendar="XNYS")
    assert made_files.findings(dataset)["empty_session"] == 3
