"""CSV and Parquet: columns guessed and mapped, every digit kept, times in any form and zone."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backtest.importing import csv_reader
from core.backtest.importing.frames import number_counts
from core.backtest.importing.guess import guess_csv, guess_parquet
from core.backtest.importing.refused import ImportRefused, OptionRefused
from core.market.exact import UNFIT, text_count
from core.market.fields import NULL
from tests.core.backtest.importing import made_files

BARS = "100,110,90,105,7"


def csv(directory: Path, text: str, name: str = "ABC.csv") -> Path:
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("header", "rows", "zone", "first"),
    [
        ("timestamp", ["2024-03-11 14:00:00", "2024-03-11 14:01:00"], "", "2024-03-11 14:00"),
        ("Date", ["2024-03-11T14:00:00Z", "2024-03-11T14:01:00Z"], "", "2024-03-11 14:00"),
        ("time", ["2024-03-11 14:00:00+05:30", "2024-03-11 14:01:00+05:30"], "", "2024-03-11 08:30"),
        ("open_time", ["1710165600", "1710165660"], "", "2024-03-11 14:00"),
        ("open_time", ["1710165600000", "1710165660000"], "", "2024-03-11 14:00"),
        ("ts", ["1710165600000000000", "1710165660000000000"], "", "2024-03-11 14:00"),
        ("Gmt time", ["11.03.2024 14:00:00.000", "11.03.2024 14:01:00.000"], "", "2024-03-11 14:00"),
        ("time", ["20240311 140000", "20240311 140100"], "", "2024-03-11 14:00"),
        ("time", ["2024-03-11 10:00", "2024-03-11 10:01"], "America/New_York", "2024-03-11 14:00"),
        ("time", ["03/25/2024 09:00", "03/25/2024 09:01"], "UTC-5", "2024-03-25 14:00"),
    ],
)
def test_times_are_read_in_the_forms_people_have(
    tmp_path: Path, header: str, rows: list[str], zone: str, first: str
) -> None:
    lines = [f"{header},Open,High,Low,Close,Volume", *(f"{each},{BARS}" for each in rows)]
    path = csv(tmp_path, "\r\n".join(lines) + "\r\n")
    dataset = made_files.opened(
        made_files.home_in(tmp_path), path, mapping={"zone": zone} if zone else {}, calendar="24/7"
    )
    rows_found = made_files.bar_rows(dataset)
    assert [row[0] for row in rows_found] == [utc(first), utc(first) + 60 * 10**9]
    assert rows_found[0][3:8] == (100, 110, 90, 105, 7)


ISO_ROWS = ("2023-01-03T14:30:00Z", "2023-01-03T14:31:00Z", "2023-01-03T09:32:00-05:00")


@pytest.mark.parametrize("bad", ["xxx", "2023-01-99T14:33:00Z", "2023-01-03 25:00"])
def test_a_row_without_a_time_among_times_with_an_offset_is_named(tmp_path: Path, bad: str) -> None:
    text = "time,open,high,low,close,volume\n" + "".join(f"{each},{BARS}\n" for each in (*ISO_ROWS, bad))
    path, home = csv(tmp_path, text), made_files.home_in(tmp_path)
    with pytest.raises(ImportRefused, match=rf"ABC\.csv: row 4: its time is '{bad}'"):
        made_files.imported(home, path, calendar="24/7")
    dataset = made_files.opened(home, path, calendar="24/7", allow_partial=True)
    first = utc("2023-01-03 14:30")
    assert [row[0] for row in made_files.bar_rows(dataset)] == [
        first + each * 60 * 10**9 for each in range(3)
    ]
    assert (dataset.manifest.state, made_files.findings(dataset)["unreadable"]) == ("PARTIAL", 1)


@pytest.mark.parametrize("empty", ["", " ", '""'])
def test_an_empty_time_among_times_with_an_offset_is_left_out(tmp_path: Path, empty: str) -> None:
    text = "time,open,high,low,close,volume\n" + "".join(f"{each},{BARS}\n" for each in (*ISO_ROWS, empty))
    dataset = made_files.opened(made_files.home_in(tmp_path), csv(tmp_path, text), calendar="24/7")
    assert (len(made_files.bar_rows(dataset)), made_files.findings(dataset)["no_time"]) == (3, 1)


def test_zoned_and_local_times_of_one_file_are_each_read_as_they_say(tmp_path: Path) -> None:
    rows = ("2023-01-03T14:30:00Z", "2023-01-03 09:31:00")
    text = "time,open,high,low,close,volume\n" + "".join(f"{each},{BARS}\n" for each in rows)
    dataset = made_files.opened(
        made_files.home_in(tmp_path), csv(tmp_path, text), mapping={"zone": "America/New_York"}
    )
    first = utc("2023-01-03 14:30")
    assert [row[0] for row in made_files.bar_rows(dataset)] == [first, first + 60 * 10**9]


def by_day(form: str, days: range) -> str:
    """Bars of March 2023, one a day, dates as `form` writes them."""
    rows = (datetime(2023, 3, 1 + day, 14, 30, tzinfo=UTC) for day in days)
    return "time,open,high,low,close,volume\n" + "".join(f"{each.strftime(form)},{BARS}\n" for each in rows)


def test_dates_that_read_both_ways_are_asked_about(tmp_path: Path) -> None:
    """March 6 to 10, written the American way, are also days in June to October."""
    path, home = csv(tmp_path, by_day("%m/%d/%Y %H:%M", range(5, 10))), made_files.home_in(tmp_path)
    for partial in (False, True):
        with pytest.raises(OptionRefused, match=r"ABC\.csv: .*'03/06/2023 14:30'.* --map time_format="):
            made_files.imported(home, path, calendar="24/7", allow_partial=partial)
    assert made_files.state_of(home.datasets) == {}
    for form, first in (("%m/%d/%Y %H:%M", "2023-03-06 14:30"), ("%d/%m/%Y %H:%M", "2023-06-03 14:30")):
        said = {"time_format": form, "interval": "1m"}
        dataset = made_files.opened(home, path, calendar="24/7", mapping=said)
        assert made_files.bar_rows(dataset)[0][0] == utc(first)


@pytest.mark.parametrize("form", ["%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_one_date_far_down_a_file_decides_the_order(tmp_path: Path, form: str, kind: str) -> None:
    """The first 20 rows, from which all else is guessed, read both ways."""
    text = by_day(form, range(5, 10)).replace("\n", "\n\n", 1)  # an empty line is no row
    head, _, rows = text.partition("\n")
    text = f"{head}\n{rows * 5}{by_day(form, range(20, 21)).partition(chr(10))[2]}"
    path = csv(tmp_path, text)
    if kind == "parquet":
        pl.read_csv(path).write_parquet(path := tmp_path / "ABC.parquet")
    dataset = made_files.opened(
        made_files.home_in(tmp_path), path, calendar="24/7", mapping={"interval": "1m"}
    )
    opens = [row[0] for row in made_files.bar_rows(dataset)]
    assert opens == [utc(f"2023-03-{day:02} 14:30") for day in (6, 7, 8, 9, 10, 21)]
    told = [each["note"] for each in dataset.manifest.findings if each["kind"] == "doubtful"]
    assert told == ["times carry no zone: taken as UTC"]


def test_what_was_guessed_in_doubt_stands_in_the_manifest_until_it_is_said(tmp_path: Path) -> None:
    path = csv(tmp_path, "".join(f"2023-01-03 14:{30 + each}:00,{BARS}\n" for each in range(3)))
    found = made_files.imported(made_files.home_in(tmp_path), path, calendar="24/7")
    told = [(each["file"], each["note"]) for each in found.manifest.findings if each["kind"] == "doubtful"]
    assert told == [
        ("ABC.csv", "no header: taken as time, open, high, low, close"),
        ("ABC.csv", "times carry no zone: taken as UTC"),
    ]
    said = {"zone": "UTC", "close": "5"}
    told_now = made_files.imported(made_files.home_in(tmp_path / "b"), path, calendar="24/7", mapping=said)
    assert "doubtful" not in made_files.findings(told_now)


def test_semicolons_commas_as_decimal_marks_and_quotes(tmp_path: Path) -> None:
    path = csv(tmp_path, '"Date";"Time";"Open";"High";"Low";"Close"\n'
               '"2024.03.11";"14:00";"1,5";"2,25";"1,25";"2"\n\n'
               '"2024.03.11";"14:01";"1,5";"2,25";"1,25";"2"\n')  # fmt: skip
    found = guess_csv(path)
    assert (found.mapping.separator, found.mapping.decimal, found.mapping.kind) == (";", ",", "bars")
    dataset = made_files.opened(made_files.home_in(tmp_path), path)
    assert [row[3:7] for row in made_files.bar_rows(dataset)] == [(150, 225, 125, 200)] * 2


def test_trades_and_quotes_by_symbol(tmp_path: Path) -> None:
    trades = csv(tmp_path, "ts,symbol,price,qty\n" + "".join(
        f"{1710165600 + each},{'BTC' if each % 2 else 'ETH'},{100 + each}.5,0.{each}\n" for each in range(8)
    ), "trades.csv")  # fmt: skip
    rows = "1710165600,BTC,100,102\n1710165601,BTC,,5\n1710165602,BTC,9,8\n"
    quotes = csv(tmp_path, f"ts,symbol,bid,ask\n{rows}",
                 "quotes.csv")  # fmt: skip
    dataset = made_files.opened(made_files.home_in(tmp_path), trades, quotes)
    btc, eth = dataset.manifest.instruments
    assert (btc.symbol, eth.symbol, btc.price_decimals, btc.size_decimals) == ("BTC", "ETH", 1, 1)
    assert made_files.bar_rows(dataset, btc)[0][3:] == (1015, 1075, 1015, 1075, 1 + 3 + 5 + 7, 4)
    assert made_files.mean_rows(dataset)[0][1:] == (100.0, 102.0, 2.0, 1)
    counted = made_files.findings(dataset)
    assert (counted["one_sided_quote"], counted["crossed_quote"]) == (1, 1)


def test_a_mapping_says_what_no_guess_can(tmp_path: Path) -> None:
    path = csv(tmp_path, "a|b|c|d|e\n2024-03-11 14:01:00|5|6|4|5\n2024-03-11 14:02:00|5|6|4|5\n")
    with pytest.raises(ImportRefused, match=r"ABC\.csv: no column for time"):
        made_files.imported(made_files.home_in(tmp_path), path)
    columns = {"time": "a", "open": "b", "high": "c", "low": "d", "close": "e"}
    said = {**columns, "stamp": "close", "symbol": "X/Y", "exchange": "MINE"}
    dataset = made_files.opened(made_files.home_in(tmp_path), path, mapping=said)
    assert str(dataset.manifest.instruments[0].key) == "MINE:X/Y"
    assert made_files.bar_rows(dataset)[0][0] == utc("2024-03-11 14:00")  # bars carried their close


def test_an_hour_that_occurs_twice_is_told_and_one_that_does_not_exist_refused(tmp_path: Path) -> None:
    rows = "time,open,high,low,close\n2024-11-03 01:30:00,1,1,1,1\n2024-11-03 03:00:00,1,1,1,1\n"
    home = made_files.home_in(tmp_path)
    dataset = made_files.opened(
        home, csv(tmp_path, rows), mapping={"zone": "America/New_York", "interval": "1m"}
    )
    assert made_files.bar_rows(dataset)[0][0] == utc("2024-11-03 05:30")  # the earlier one
    assert made_files.findings(dataset)["ambiguous_time"] == 1
    missing = csv(tmp_path, rows.replace("2024-11-03 03", "2024-03-10 02"), "DEF.csv")
    with pytest.raises(ImportRefused, match=r"DEF\.csv: row 2: its time is '2024-03-10 02:00:00'"):
        made_files.imported(home, missing, mapping={"zone": "America/New_York", "interval": "1m"})


def test_bars_make_longer_bars_and_doubled_ones_are_told(tmp_path: Path) -> None:
    rows = [f"2024-03-11 14:0{each}:00,{each},{each + 2},{each},{each + 1},10" for each in range(10)]
    text = "time,open,high,low,close,volume\n" + "\n".join([*rows, rows[3], "2024-03-11 14:20:00,5,4,3,4,1"])
    dataset = made_files.opened(
        made_files.home_in(tmp_path), csv(tmp_path, text), interval="5m", calendar="24/7"
    )
    assert [row[3:8] for row in made_files.bar_rows(dataset)] == [(0, 6, 0, 5, 50), (5, 11, 5, 10, 50)]
    counted = made_files.findings(dataset)
    assert (counted["duplicate_bar"], counted["disorder"], counted["inconsistent_bar"]) == (1, 1, 1)
    with pytest.raises(ImportRefused, match="holds bars of 60 s, no divisor of 30s"):
        made_files.imported(made_files.home_in(tmp_path), csv(tmp_path, text), interval="30s")


def test_blocks_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when later rows need finer increments than the first ones."""
    text = "time,price,size\n" + "".join(
        f"{1710165600 + each},{each}.{'1' * (1 + each // 40)},{each}\n" for each in range(200)
    )
    whole = made_files.opened(made_files.home_in(tmp_path / "a"), csv(tmp_path, text))
    monkeypatch.setattr(csv_reader, "BLOCK_BYTES", 100)
    parts = made_files.opened(made_files.home_in(tmp_path / "b"), csv(tmp_path, text))
    assert whole.manifest.outputs == parts.manifest.outputs
    assert whole.manifest.instruments[0].price_decimals == 5


def test_parquet_of_any_types(tmp_path: Path) -> None:
    times = [datetime(2024, 3, 11, 14, minute, tzinfo=UTC) for minute in range(3)]
    frame = pl.DataFrame({
        "time": times, "open": [1.1, 1.2, 1.3], "high": [2, 2, 2], "low": ["1.05", "1", "1"],
        "close": [Decimal("1.5"), Decimal("1.6"), Decimal("1.25")], "volume": [0.07, 1.0, 2.5],
    })  # fmt: skip
    path = tmp_path / "XYZ.parquet"
    frame.write_parquet(path)
    assert guess_parquet(path).mapping.kind == "bars"
    dataset = made_files.opened(made_files.home_in(tmp_path), path)
    (instrument,) = dataset.manifest.instruments
    assert (instrument.symbol, instrument.price_decimals, instrument.size_decimals) == ("XYZ", 2, 2)
    assert made_files.bar_rows(dataset)[0] == (
        utc("2024-03-11 14:00"), utc("2024-03-11 14:01"), 19_793, 110, 200, 105, 150, 7, 0,
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.decimals(allow_nan=False, allow_infinity=False, places=None).map(str),
            st.decimals(-(10**9), 10**9, places=4).map(str),
            st.sampled_from(("", "-", "nan", "1e5", "1E-7", "+3", ".5", "5.", "abc", "1_0", "--1", "1.2.3")),
        ),
        min_size=1, max_size=30,
    )
)  # fmt: skip
def test_a_number_is_read_exactly_or_told_apart(texts: list[str]) -> None:
    counts, decimals, bad = number_counts(pl.Series(texts), ".")
    for text, count, places, wrong in zip(
        texts, counts.tolist(), decimals.tolist(), bad.tolist(), strict=True
    ):
        if text.lower() in ("", "-", "nan"):
            assert (count, wrong) == (NULL, False)
        elif wrong or places == UNFIT:
            assert text_count(text) is None or not text.isascii()
        else:
            assert Decimal(count).scaleb(-places) == Decimal(text)


def test_no_time_of_a_day_is_guessed_as_a_number(tmp_path: Path) -> None:
    found = guess_csv(csv(tmp_path, "ticks,bid,ask\n1,2,3\n"))
    assert found.mapping.kind == "quotes"
    assert any("no column found for time" in each for each in found.doubts)
    assert np.array(found.rows).shape == (1, 3)
