"""HistData's zone: by known news of winter and summer, and by a file's own weeks."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from core.backtest.importing.histdata import FIXED, NEW_YORK, SAID_FIXED, SAID_NEW_YORK, SAID_UNDECIDED
from tests.core.backtest.importing import made_files

DATA = "btgym/examples/data"
# News as published, in UTC: the widest minute of the hour around it is its own or one of the next two.
NEWS = (
    ("2017-01-06 13:30", "payrolls, half past eight in New York's winter"),
    ("2017-02-01 19:00", "the Fed, 14:00 in New York's winter"),
    ("2017-02-03 13:30", "payrolls, winter"),
    ("2017-03-10 13:30", "payrolls, the last Friday of winter time"),
    ("2017-03-15 18:00", "the Fed, 14:00 in New York's summer"),
)


def week(zone: str, friday: str) -> str:
    """Rows as HistData writes them: New York's week from Sunday to `friday`, 17:00, stamped in `zone`."""
    end = datetime.fromisoformat(f"{friday} 17:00").replace(tzinfo=ZoneInfo("America/New_York"))
    utc = [end.astimezone(UTC) - timedelta(minutes=back) for back in range(5 * 1_440, 0, -6)]
    walls = [
        each.astimezone(ZoneInfo(zone)) if zone == NEW_YORK else each - timedelta(hours=5) for each in utc
    ]
    return "".join(f"{wall:%Y%m%d %H%M}00;1.1;1.3;1.0;1.2;0\n" for wall in walls)


@pytest.mark.slow
def test_news_of_winter_and_summer_are_where_they_were(tmp_path: Path, shared_data: Path) -> None:
    files = sorted((shared_data / DATA).glob("DAT_ASCII_EURUSD_M1_2017*.csv.gz"))
    dataset = made_files.opened(made_files.home_in(tmp_path), *files)
    (instrument,) = dataset.manifest.instruments
    bars = dataset.bars(instrument)
    wide = bars["high"] - bars["low"]
    for moment, what in NEWS:
        news = np.datetime64(moment, "ns").astype(np.int64)
        near = np.flatnonzero(abs(bars["open_ns"] - news) <= 40 * 60 * 10**9)
        widest = int(bars["open_ns"][near[wide[near].argmax()]] - news) // (60 * 10**9)
        assert 0 <= widest <= 2, f"{what}: the widest minute is {widest} from it"
    told = [each["note"] for each in dataset.manifest.findings if each["kind"] == "doubtful"]
    assert told == [SAID_NEW_YORK], "only the file with summer weeks can tell"
    assert "outside_session" not in made_files.findings(dataset), "no Friday evening after the week's end"
    rows = sum(len(gzip.decompress(file.read_bytes()).splitlines()) for file in files)
    assert instrument.bars == rows


@pytest.mark.parametrize(
    ("friday", "zone", "taken", "told"),
    [
        ("2017-06-16", NEW_YORK, NEW_YORK, [SAID_NEW_YORK]),
        ("2017-06-16", FIXED, FIXED, [SAID_FIXED]),
        ("2017-01-13", FIXED, NEW_YORK, []),
        ("2017-11-03", FIXED, FIXED, [SAID_FIXED]),
        ("2017-11-10", NEW_YORK, NEW_YORK, []),
    ],
)
def test_a_file_s_weeks_in_summer_time_decide(
    tmp_path: Path, friday: str, zone: str, taken: str, told: list[str]
) -> None:
    path = tmp_path / "DAT_ASCII_EURUSD_M1_2017.csv"
    path.write_text(week(zone, friday))
    dataset = made_files.opened(made_files.home_in(tmp_path), path)
    assert dataset.manifest.parameters["files"][0]["mapping"]["zone"] == taken
    assert [each["note"] for each in dataset.manifest.findings if each["kind"] == "doubtful"] == told
    end = datetime.fromisoformat(f"{friday} 17:00").replace(tzinfo=ZoneInfo("America/New_York"))
    last_ns = made_files.bar_rows(dataset)[-1][0]
    assert last_ns == int(end.timestamp() - 6 * 60) * 10**9, "the week ends when New York's does"
    assert "outside_session" not in made_files.findings(dataset)


def test_a_person_s_word_stands(tmp_path: Path) -> None:
    path = tmp_path / "DAT_ASCII_EURUSD_M1_2017.csv"
    path.write_text(week(NEW_YORK, "2017-06-16"))
    dataset = made_files.opened(made_files.home_in(tmp_path), path, mapping={"zone": "UTC"})
    assert dataset.manifest.parameters["files"][0]["mapping"]["zone"] == "UTC"
    assert "doubtful" not in made_files.findings(dataset)


def test_ticks_and_the_other_form_of_bars_are_known(tmp_path: Path) -> None:
    ticks = tmp_path / "DAT_ASCII_EURUSD_T_201706.csv"
    ticks.write_text("20170615 093000123,1.1,1.2,0\n20170615 093001456,1.2,1.3,0\n")
    bars = tmp_path / "DAT_MT_EURUSD_M1_201706.csv"
    bars.write_text("2017.06.15,09:30,1.1,1.3,1.0,1.2,0\n2017.06.15,09:31,1.1,1.3,1.0,1.2,0\n")
    dataset = made_files.opened(made_files.home_in(tmp_path), ticks, bars)
    assert str(dataset.manifest.instruments[0].key) == "HISTDATA:EURUSD"
    first = np.datetime64("2017-06-15T13:30", "ns").astype(np.int64)
    assert made_files.bar_rows(dataset)[0][0] == first
    told = {(each["file"], each["note"]) for each in dataset.manifest.findings if each["kind"] == "doubtful"}
    assert told == {(ticks.name, SAID_UNDECIDED), (bars.name, SAID_UNDECIDED)}, "a Thursday decides nothing"
    assert "--map zone=UTC-5" in SAID_UNDECIDED
    assert made_files.mean_rows(dataset)[0] == (first, 1.15, 1.25, pytest.approx(0.1), 2)
