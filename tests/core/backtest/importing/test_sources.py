"""Which instrument a record is of, which source a session is made of, and what is told of both."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import databento_dbn as dbn
import numpy as np
import polars as pl
import pytest

from core.backtest.dataset import Dataset
from core.backtest.importing import importer
from tests.aggregator.feeds import dbn_files
from tests.core.backtest.importing import made_files
from tests.core.backtest.importing.plain import NS, Trade

BEGIN_NS = 1_710_165_600 * NS  # 2024-03-11 14:00 UTC
DAY_NS = 86_400 * NS
HOURS = (14, 15, 16)


def trades(count: int, *, first_ns: int = BEGIN_NS, price: int = 100) -> list[Trade]:
    return [Trade(first_ns + each * 7 * NS, price + each % 5, 1 + each % 3) for each in range(count)]


def test_records_of_several_kinds_in_one_file_are_those_of_files_apart(tmp_path: Path) -> None:
    """As live captures are: found one after the other instead of all at once."""
    bought = made_files.trade_rows(trades(50))
    quoted = made_files.quote_rows(
        [(BEGIN_NS + each * 5 * NS, 10**9 * each, 10**9 * each + 1) for each in range(1, 70)]
    )
    mixed = b"".join(
        (bought[each : each + 1].tobytes() if each < 50 else b"") + quoted[each : each + 1].tobytes()
        for each in range(69)
    )
    one = tmp_path / "one.dbn"
    one.write_bytes(made_files.header(None) + mixed)
    apart = (
        made_files.write(tmp_path / "t.dbn.zst", "trades", bought),
        made_files.write(tmp_path / "q.dbn.zst", "mbp-1", quoted),
    )
    together = made_files.opened(made_files.home_in(tmp_path / "a"), one)
    separate = made_files.opened(made_files.home_in(tmp_path / "b"), *apart)
    assert together.manifest.outputs == separate.manifest.outputs
    assert together.manifest.instruments[0].quotes > 1


def test_an_id_is_the_symbol_that_it_stood_for_on_that_day(tmp_path: Path) -> None:
    days = [date(2024, 3, 11), date(2024, 3, 12), date(2024, 3, 13)]
    mappings = [
        SimpleNamespace(raw_symbol=symbol,
                        intervals=[SimpleNamespace(start_date=days[at], end_date=days[at + 1], symbol="1")])
        for at, symbol in enumerate(("OLD", "NEW"))
    ]  # fmt: skip
    metadata = dbn.Metadata(
        dataset="XNAS.ITCH", start=1, stype_in=dbn.SType.RAW_SYMBOL, stype_out=dbn.SType.INSTRUMENT_ID,
        schema=dbn.Schema.TRADES, version=3, symbols=["OLD", "NEW"], mappings=mappings,
    )  # fmt: skip
    rows = made_files.trade_rows([*trades(10), *trades(10, first_ns=BEGIN_NS + DAY_NS, price=900)])
    path = tmp_path / "two.dbn"
    path.write_bytes(bytes(metadata) + rows.tobytes())
    dataset = made_files.opened(made_files.home_in(tmp_path), path)
    new, old = dataset.manifest.instruments
    assert [str(each.key) for each in (old, new)] == ["XNAS:OLD", "XNAS:NEW"]
    assert max(row[4] for row in made_files.bar_rows(dataset, old)) < 900
    assert min(row[5] for row in made_files.bar_rows(dataset, new)) >= 90


def test_definitions_of_any_file_name_instruments_and_their_steps(tmp_path: Path) -> None:
    definition = dbn_files.write(
        tmp_path / "z.dbn.zst", [dbn_files.definition_v2(1, "ESU4", 250_000_000)], version=2,
        schema=dbn.Schema.DEFINITION, dataset="GLBX.MDP3",
    )  # fmt: skip
    path = made_files.write(
        tmp_path / "a.dbn.zst",
        "trades",
        made_files.trade_rows(trades(9)),
        dataset="GLBX.MDP3",
        symbols=("ES.c.0",),
    )
    dataset = made_files.opened(made_files.home_in(tmp_path), path, definition)
    (es,) = dataset.manifest.instruments
    assert (str(es.key), es.price_decimals, es.tick_counts) == ("GLBX:ESU4", 2, 25)
    assert dataset.manifest.calendar == "CMES"


def test_a_session_is_made_of_its_best_source_and_the_rest_is_told(tmp_path: Path) -> None:
    """Trades of the first day; top of book with trades of both days."""
    first, both = trades(20), [*trades(20), *trades(15, first_ns=BEGIN_NS + DAY_NS)]
    top = made_files.quote_rows([(each.event_ns, 10**9, 2 * 10**9) for each in both])
    top["action"], top["price"] = ord("T"), [each.price * 10**7 for each in both]
    top["size"] = [each.size for each in both]
    paths = (
        made_files.write(tmp_path / "t.dbn.zst", "trades", made_files.trade_rows(first)),
        made_files.write(tmp_path / "q.dbn.zst", "mbp-1", top),
    )
    dataset = made_files.opened(made_files.home_in(tmp_path), *paths)
    rows = made_files.bar_rows(dataset)
    assert sum(row[8] for row in rows) == 35  # each trade once
    assert sum(row[7] for row in rows) == sum(each.size for each in both)
    told = [each for each in dataset.manifest.findings if each["kind"] == "other_source"]
    assert [(each["count"], each["note"]) for each in told] == [(20, "trades of mbp-1")]


def test_doubles_and_overlaps_are_told(tmp_path: Path) -> None:
    rows = made_files.trade_rows(trades(30))
    twice = np.concatenate((rows[:10], rows[9:10], rows[10:]))
    first = made_files.write(tmp_path / "1.dbn.zst", "trades", twice)
    copy = tmp_path / "2.dbn.zst"
    copy.write_bytes(first.read_bytes())
    other = made_files.write(tmp_path / "3.dbn.zst", "trades", made_files.trade_rows(trades(5)))
    dataset = made_files.opened(made_files.home_in(tmp_path), first, copy, other)
    counted = made_files.findings(dataset)
    assert (counted["repeated_row"], counted["duplicate_file"], counted["overlap"]) == (1, 1, 1)
    assert sum(row[8] for row in made_files.bar_rows(dataset)) == 31 + 5
    assert len(dataset.manifest.inputs) == 2


def test_silence_is_counted_by_the_calendar(tmp_path: Path) -> None:
    """Friday's last minutes, a weekend, a whole Monday without a trade, Tuesday's first minutes."""
    friday, tuesday = 1_709_931_000 * NS, 1_710_250_200 * NS  # 2024-03-08 20:50, 2024-03-12 13:30 UTC
    told = [Trade(friday, 100, 1), Trade(friday + 3 * 60 * NS, 100, 1), Trade(tuesday, 100, 1)]
    dataset = made_files.opened(
        made_files.home_in(tmp_path),
        made_files.write(tmp_path / "t.dbn.zst", "trades", made_files.trade_rows(told)),
    )
    found = {each["kind"]: each for each in dataset.manifest.findings}
    assert (found["empty"]["count"], found["empty_session"]["count"]) == (2 + 6, 1)
    assert found["empty_session"]["note"] == "first 2024-03-11"


def test_order_and_place_of_files_do_not_matter(tmp_path: Path) -> None:
    home = made_files.home_in(tmp_path)
    paths = [
        made_files.write(
            tmp_path / f"{each}.dbn.zst", "trades", made_files.trade_rows(trades(9, price=100 + each))
        )
        for each in range(3)
    ]
    first = made_files.imported(home, *paths)
    (tmp_path / "elsewhere").mkdir()
    moved = [each.rename(tmp_path / "elsewhere" / each.name) for each in paths]
    again = made_files.imported(home, *reversed(moved), name="another name")
    assert (again.manifest.id, again.existed, again.manifest.name) == (first.manifest.id, True, "made")
    other = made_files.imported(home, *moved, interval="5m")
    assert other.manifest.id != first.manifest.id


def test_recordings_of_many_coins_give_their_trades_and_quotes(tmp_path: Path, shared_data: Path) -> None:
    """Against a plain loop over the rows; symbols with a slash among them."""
    file = shared_data / "normalised/crypto_multi_dev.parquet"
    dataset = made_files.opened(made_files.home_in(tmp_path), file)
    volume: dict[str, Decimal] = defaultdict(Decimal)
    last: dict[str, float] = {}
    frame = pl.read_parquet(file).filter((pl.col("kind") == "trade") & ~pl.col("is_snapshot"))
    for row in frame.iter_rows(named=True):
        key = f"{row['exchange']}:{row['symbol']}"
        volume[key] += Decimal(repr(row["size"]))
        last[key] = row["price"]
    assert sorted(volume) == [str(each.key) for each in dataset.manifest.instruments]
    for each in dataset.manifest.instruments:
        bars = dataset.bars(each)
        assert Decimal(int(bars["volume"].sum())).scaleb(-each.size_decimals) == volume[str(each.key)]
        assert int(bars["close"][-1]) / 10**each.price_decimals == last[str(each.key)]
    assert any("/" in each.symbol for each in dataset.manifest.instruments)
    counted = made_files.findings(dataset)
    assert counted["unused"] == 137_719 + 52  # depth, and history of before the connection


def test_what_an_older_importer_made_stays_beside_what_this_one_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours and 5 minutes of one instrument: version 2 made six bars of both, now the minutes make three."""
    hours, minutes = tmp_path / "hours.csv", tmp_path / "minutes.csv"
    hours.write_text("time,open,high,low,close\n" + "".join(f"2024-03-11 {h}:00:00,1,9,1,2\n" for h in HOURS))
    minutes.write_text(
        "time,open,high,low,close\n"
        + "".join(f"2024-03-11 {h}:{m:02}:00,3,4,3,3\n" for h in HOURS for m in (5, 10))
    )
    home, said = made_files.home_in(tmp_path), {"symbol": "ABC"}
    with monkeypatch.context() as before:
        before.setattr(importer, "IMPORT_VERSION", 2)
        older = made_files.imported(home, hours, minutes, interval="1h", mapping=said)
    newer = made_files.imported(home, hours, minutes, interval="1h", mapping=said)
    assert not newer.existed, "bars of older rules are not taken for these"
    assert newer.manifest.id != older.manifest.id
    assert newer.manifest.versions["import"] == "3"
    assert [row[6] for row in made_files.bar_rows(Dataset.open(home, newer.manifest.id))] == [3, 3, 3]
    assert made_files.bar_rows(Dataset.open(home, older.manifest.id)), "the older one is still read"
