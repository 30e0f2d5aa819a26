"""Numbers of CSV and Parquet that do not go together: one absurd one, and floats of 32 bits."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from core.backtest.dataset import COMPLETE
from core.backtest.importing.frames import number_counts, rounded
from core.backtest.importing.refused import ImportRefused
from core.market.fields import NULL
from tests.core.backtest.importing import made_files

BEGIN_S = 1_710_165_600  # 2024-03-11 14:00 UTC


def trades(directory: Path, prices: list[str]) -> Path:
    path = directory / "ABC.csv"
    rows = "".join(f"{BEGIN_S + each},{price},1\n" for each, price in enumerate(prices))
    path.write_text(f"time,price,size\n{rows}")
    return path


def as_32_bit_floats(directory: Path, *, as_text: bool) -> Path:
    """Closes of a share as they are often handed on: 182.01 is 182.00999450683594."""
    prices = np.array([182.01, 181.99, 182.5, 0.07], np.float32).astype(np.float64)
    frame = pl.DataFrame({"time": np.arange(4) + BEGIN_S, "price": prices, "size": [1, 2, 3, 4]})
    path = directory / ("ABC.csv" if as_text else "ABC.parquet")
    if as_text:
        frame.write_csv(path)
    else:
        frame.write_parquet(path)
    return path


@pytest.mark.parametrize("absurd", ["99999999999999", "1.234567890123456789"])
@pytest.mark.parametrize("at", [0, 13, 20])
def test_one_absurd_price_costs_its_own_row_alone(tmp_path: Path, absurd: str, at: int) -> None:
    prices = ["182.23456"] * 20
    path = trades(tmp_path, [*prices[:at], absurd, *prices[at:]])
    dataset = made_files.opened(made_files.home_in(tmp_path), path, calendar="24/7")
    (row,) = made_files.bar_rows(dataset)
    assert row[3:] == (18223456, 18223456, 18223456, 18223456, 20, 20)
    assert dataset.manifest.instruments[0].price_decimals == 5
    told = {each["kind"]: each for each in dataset.manifest.findings}
    assert (told["unfit_number"]["count"], told["unfit_number"]["first_row"]) == (1, at + 1)


@pytest.mark.parametrize("as_text", [False, True])
def test_32_bit_floats_are_told_with_the_remedy(tmp_path: Path, as_text: bool) -> None:
    path, home = as_32_bit_floats(tmp_path, as_text=as_text), made_files.home_in(tmp_path)
    plain = made_files.opened(home, path, calendar="24/7")
    told = {each["kind"]: each for each in plain.manifest.findings}
    assert plain.manifest.instruments[0].price_decimals > 9
    assert told["fine_prices"]["instrument"] == "CSV:ABC"
    assert told["fine_prices"]["note"] == "import again with --map decimals=2"

    dataset = made_files.opened(home, path, calendar="24/7", mapping={"decimals": "2"})
    (instrument,) = dataset.manifest.instruments
    assert (instrument.price_decimals, dataset.manifest.state) == (2, COMPLETE)
    assert dataset.manifest.id != plain.manifest.id
    assert made_files.bar_rows(dataset)[0][3:] == (18201, 18250, 7, 7, 10, 4)
    told = {each["kind"]: each for each in dataset.manifest.findings}
    assert "fine_prices" not in told
    assert (told["rounded"]["count"], told["rounded"]["note"]) == (3, "price to 2 decimals")
    assert told["rounded"]["first_row"] == int(as_text)  # a header is a row


def test_floats_of_32_bits_stand_for_what_they_print_as() -> None:
    texts = ["182.01", "0.07", "1234.5", "1e-07", "3", "nan"]
    column = pl.Series([*map(float, texts), None], dtype=pl.Float32)
    counts, decimals, bad = number_counts(column, ".")
    assert counts.tolist() == [18201, 7, 12345, 1, 3, NULL, NULL]
    assert decimals.tolist() == [2, 2, 1, 7, 0, 0, 0]
    assert not bad.any()


def test_prices_round_to_the_nearest_and_halves_away_from_zero() -> None:
    texts = ["1.005", "-1.005", "1.0049", "2", "", "0.12345678901234567890123", "1e-30", "abc"]
    column = pl.Series(texts)
    counts, decimals, bad = number_counts(column, ".")
    found, places, changed = rounded(column, ".", counts, decimals, 2)
    values = (found[:4] / 10.0 ** places[:4]).tolist()
    assert values == [1.01, -1.01, 1.0, 2.0]
    assert changed.tolist() == [True, True, True, False, False, True, True, False]
    assert (found[5:7] / 10.0 ** places[5:7]).tolist() == [0.12, 0.0]
    assert bad.tolist() == [False] * 7 + [True]


@pytest.mark.parametrize("said", ["two", "-1", "10"])
def test_decimals_that_cannot_be_are_refused(tmp_path: Path, said: str) -> None:
    with pytest.raises(ImportRefused, match=r"ABC\.csv: decimals"):
        made_files.imported(made_files.home_in(tmp_path), trades(tmp_path, ["1"]), mapping={"decimals": said})
