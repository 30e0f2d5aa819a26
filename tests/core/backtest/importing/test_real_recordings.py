"""Databento's own minutes, and real recordings of every kind at hand, come out exactly."""

import gzip
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import databento_dbn
import numpy as np
import pytest

from core.backtest.dataset import Dataset
from core.backtest.home import ResearchHome
from core.backtest.importing.importer import ImportOptions, import_dataset

ES = "nautilus/tests/test_data/databento/historical_bars_catalog/databento"


@pytest.fixture
def home(tmp_path: Path) -> ResearchHome:
    home = ResearchHome(tmp_path / "a research")
    home.make()
    return home


def made(home: ResearchHome, name: str, *files: Path, **options: str) -> Dataset:
    found = import_dataset(home, files, ImportOptions(name, **options))  # type: ignore[arg-type]
    return Dataset.open(home, found.manifest.id)


def test_trades_make_the_minutes_that_databento_made_of_them(home: ResearchHome, shared_data: Path) -> None:
    es = shared_data / ES
    definition, theirs_file = next(es.glob("*definition*")), next(es.glob("*ohlcv*"))
    ours = made(home, "trades", definition, next(es.glob("*trades*")))
    theirs = made(home, "bars", definition, theirs_file)
    (es_ours,) = ours.manifest.instruments
    es_theirs = next(each for each in theirs.manifest.instruments if each.symbol == "ESU4")
    assert (es_ours.symbol, es_ours.price_decimals, es_ours.tick_counts) == ("ESU4", 2, 25)
    mine, own = ours.bars(es_ours), theirs.bars(es_theirs)
    rows = np.searchsorted(own["open_ns"], mine["open_ns"])
    assert len(rows) == 4
    for name in ("open_ns", "close_ns", "session", "open", "high", "low", "close", "volume"):
        assert mine[name].tolist() == own[name][rows].tolist(), name
    assert int(mine["trades"].sum()) == 120


def test_top_of_book_gives_the_means_of_its_minutes(home: ResearchHome, shared_data: Path) -> None:
    """Against databento_dbn's own records, added up in decimals."""
    file = next((shared_data / ES).glob("*mbp-1*"))
    dataset = made(home, "mbp", file)
    (instrument,) = dataset.manifest.instruments
    means = dataset.quotes(instrument)
    assert means is not None
    decoder = databento_dbn.DBNDecoder()
    import zstandard

    decoder.write(zstandard.ZstdDecompressor().stream_reader(file.read_bytes()).read())
    sums: dict[int, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for record in decoder.decode()[1:]:
        level = record.levels[0]
        minute = record.ts_event // 60_000_000_000 * 60_000_000_000
        known = sums[minute]
        sums[minute] = [
            known[0] + Decimal(level.bid_px).scaleb(-9),
            known[1] + Decimal(level.ask_px).scaleb(-9),
            known[2] + 1,
        ]  # fmt: skip
    assert means["open_ns"].tolist() == sorted(sums)
    for row, minute in enumerate(sorted(sums)):
        bid, ask, count = sums[minute]
        assert means["quotes"][row] == count
        assert means["bid_mean"][row] == pytest.approx(float(bid / count), rel=1e-15)
        assert means["ask_mean"][row] == pytest.approx(float(ask / count), rel=1e-15)
        assert means["spread_mean"][row] == pytest.approx(float((ask - bid) / count), rel=1e-12)


def test_histdata_bars_keep_every_digit(home: ResearchHome, shared_data: Path) -> None:
    file = shared_data / "btgym/examples/data/DAT_ASCII_EURUSD_M1_201701.csv.gz"
    dataset = made(home, "eurusd", file)
    (instrument,) = dataset.manifest.instruments
    assert (str(instrument.key), instrument.currency) == ("HISTDATA:EURUSD", "USD")
    bars = dataset.bars(instrument)
    with gzip.open(file, "rt") as lines:
        rows = [line.strip().split(";") for line in lines]
    assert len(bars["open_ns"]) == len(rows) == instrument.bars
    for name, place in (("open", 1), ("high", 2), ("low", 3), ("close", 4)):
        written = [int(Decimal(row[place]).scaleb(instrument.price_decimals)) for row in rows]
        assert bars[name].tolist() == written
    # 2017-01-02 02:00 in New York's winter time is 07:00 UTC.
    assert np.datetime64(int(bars["open_ns"][0]), "ns") == np.datetime64("2017-01-02T07:00")
    assert [each["kind"] for each in dataset.manifest.findings if each["kind"] == "no_volume"]


def test_every_recording_is_imported_or_refused_in_one_line(home: ResearchHome, shared_data: Path) -> None:
    from core.backtest.importing.refused import ImportRefused, OptionRefused

    done, refused, said = [], set(), []
    for file in sorted((shared_data / "databento-python").rglob("*.zst")):
        try:
            done.append(made(home, file.name, file, outside="keep").manifest.instruments[0].bars)
        except (ImportRefused, OptionRefused) as error:
            said.append(str(error))
            refused.add(file.name.split(".")[1])
    assert len(done) >= 9
    assert not [each for each in said if "\n" in each]
    # What has no trade and no bar, and bars longer than a minute.
    without = {"definition", "imbalance", "mbo", "mbp-1", "mbp-10", "bbo-1s", "bbo-1m"}
    assert refused <= without | {"ohlcv-1h", "ohlcv-1d"}
