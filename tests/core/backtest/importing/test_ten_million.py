"""Ten million generated trades of a year: every bar of a minute and of a day equals a plain loop's.

All sessions of 2024 with both changes of the clocks and the half days, days on which most minutes are empty,
stamps that are equal by the dozen and stamps that go back, trades before the open and after the close.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard

from core.backtest.home import ResearchHome
from tests.core.backtest.importing import made_files, plain
from tests.core.backtest.importing.plain import NEW_YORK, NS, Trade
from tests.core.backtest.importing.test_days import day_bars

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]
TRADES = 10_000_000
QUIET_EVERY = 5  # of so many days one has next to no trades
Columns = tuple[Any, Any, Any]


def days() -> list[date]:
    """Of the week, holidays included."""
    every = [date(2024, 1, 1) + timedelta(days=each) for each in range(366)]
    return [each for each in every if each.weekday() < 5]


def made_day(day: date, count: int, rng: np.random.Generator) -> Columns:
    """Times, prices and sizes in order of arrival, from nine to half past four and thickest at the bounds."""
    begin = datetime(day.year, day.month, day.day, 9, tzinfo=NEW_YORK)
    even = rng.integers(0, 27_000, count - count // 4)
    bounds = rng.choice([1_800, 14_400, 25_200], count // 4) + rng.integers(-3, 3, count // 4)
    seconds = np.sort(np.concatenate([even, bounds]))
    times = int(begin.timestamp()) * NS + seconds * NS + rng.integers(-2 * NS, 2 * NS, count)
    times -= times % (20 * 10**6)
    return times, 10_000 + np.cumsum(rng.integers(-1, 2, count)), rng.integers(0, 90, count)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[Columns]]:
    """Two files, the year cut at the end of June, and what is in them."""
    rng = np.random.default_rng(7)
    every = days()
    quiet = len(every[::QUIET_EVERY]) * 40
    busy, rest = divmod(TRADES - quiet, len(every) - len(every[::QUIET_EVERY]))
    made, files = [], []
    for number, day in enumerate(every):
        count = 40 if number % QUIET_EVERY == 0 else busy + (rest if number == 1 else 0)
        made.append(made_day(day, count, rng))
    assert sum(len(each[0]) for each in made) == TRADES
    half = next(number for number, day in enumerate(every) if day.month == 7)
    for name, part, symbols in (("a", made[:half], ("AAA",)), ("b", made[half:], ("AAA", "B"))):
        path = tmp_path_factory.mktemp("year") / f"{name}.dbn.zst"
        with path.open("wb") as file, zstandard.ZstdCompressor(level=1).stream_writer(file) as sink:
            sink.write(made_files.header("trades", symbols=symbols))
            for columns in part:
                sink.write(made_files.trade_columns(*columns).tobytes())
        files.append(path)
    return files, made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> ResearchHome:
    return made_files.home_in(tmp_path_factory.mktemp("home"))


def one_by_one(made: list[Columns]) -> Iterator[Trade]:
    for columns in made:
        for event_ns, price, size in zip(*(each.tolist() for each in columns), strict=True):
            yield Trade(event_ns, price, size)


def test_every_minute_of_ten_million_trades(
    home: ResearchHome, year: tuple[list[Path], list[Columns]]
) -> None:
    files, made = year
    dataset = made_files.opened(home, *files, name="minutes")
    expected = plain.bars(one_by_one(made), 60 * NS)
    rows = made_files.bar_rows(dataset)
    assert len(rows) == len(expected)
    assert rows == expected
    found = made_files.findings(dataset)
    assert found["disorder"] > 1_000_000, "stamps went back"
    assert found["empty"] > 10_000, "there were empty minutes"
    inside = sum(row[8] for row in rows)
    assert found["outside_session"] == TRADES - inside, "none is lost"


def test_every_day_of_ten_million_trades(home: ResearchHome, year: tuple[list[Path], list[Columns]]) -> None:
    files, made = year
    dataset = made_files.opened(home, *files, name="days", interval="1d")
    expected = [row for columns in made for row in day_bars(list(one_by_one([columns])))]
    assert made_files.bar_rows(dataset) == expected
    assert len(expected) == 252
