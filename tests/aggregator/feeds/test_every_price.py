"""Every price of every recording arrives exactly, or is counted as rejected."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from aggregator.feeds.recorded.tape import TapeError
from core.wire.raw_events import DepthFlag, TradeFlag
from tests.aggregator.feeds import plain_readers
from tests.aggregator.feeds.played import FOUR, events, load, only

NORMALISED = ("crypto_multi_dev", "binance_spot_btcusdt_l2", "binance_usdm_ethusdt_l2")


def _found(path: Path) -> "dict[str, Counter[tuple[Any, ...]]]":
    """What a DBN file's tape delivers, in the plain reader's terms."""
    found: dict[str, Counter[tuple[Any, ...]]] = {
        name: Counter() for name in ("quotes", "trades", "history", "bars", "orders")
    }
    from_book = {"MBOMsg"} == {type(record).__name__ for record in plain_readers.dbn_records(path)}
    for kind, _, event in events(only(load(path))):
        match kind:
            case "quotes" if not from_book:
                found[kind][tuple(event[name] for name in FOUR)] += 1
            case "trades":
                name = "history" if event["flags"] & TradeFlag.HISTORY else "trades"
                found[name][event["price"], event["size"]] += 1
            case "bars":
                found[kind][tuple(event[name] for name in ("open", "high", "low", "close", "volume"))] += 1
            case "depth" if event["action"]:
                found["orders"][chr(event["action"]), event["price"], event["reference"]] += 1
    return found


def test_dbn(shared_data: Path) -> None:
    files = sorted(shared_data.rglob("*.dbn.zst"))
    assert len(files) >= 27
    for path in files:
        records = plain_readers.dbn_records(path)
        expected = plain_readers.dbn_prices(records)
        if not any(expected.values()):
            with pytest.raises(TapeError, match="nothing to play"):
                load(path)
            continue
        tape = load(path)
        found = _found(path)
        if "LIVE" in path.parts:  # a top of book is built from its orders as well
            assert found["quotes"] >= expected["quotes"]
            found["quotes"] = expected["quotes"]
        assert found == expected, path.name
        assert tape.counts.rejected == 0
        assert sum(tape.counts.records.values()) == len(records)


def test_dbn_trades_keep_their_order(shared_data: Path) -> None:
    (path,) = shared_data.rglob("futures_trades*.dbn.zst")
    expected = [(record.ts_event, record.ts_recv, record.size) for record in plain_readers.dbn_records(path)]
    found = [
        (event["event_ns"], event["recv_ns"], int(event["size"])) for _, _, event in events(only(load(path)))
    ]
    assert found == expected


def test_best_prices_of_an_order_file_are_those_of_a_plain_book(shared_data: Path) -> None:
    (path,) = shared_data.rglob("orderbooks_mbo*.dbn.zst")
    found = [
        tuple(event[name] for name in FOUR) for kind, _, event in events(only(load(path))) if kind == "quotes"
    ]
    assert found == plain_readers.best_prices(plain_readers.dbn_records(path))
    assert len(found) > 100


@pytest.mark.parametrize("name", NORMALISED)
def test_normalised(shared_data: Path, name: str) -> None:
    path = shared_data / "normalised" / f"{name}.parquet"
    tape = load(path)
    expected: dict[str, list[tuple[Any, ...]]] = {exchange.exchange: [] for exchange in tape.exchanges}
    for exchange, symbol, kind, numbers in plain_readers.parquet_rows(path):
        expected[exchange].append((kind, symbol, numbers))
    for exchange in tape.exchanges:
        found = []
        for kind, instrument, event in events(exchange):
            if kind == "depth" and event["flags"] & DepthFlag.CLEAR:
                continue
            names = FOUR if kind == "quotes" else ("price", "size")
            numbers = tuple(event[each] for each in names)
            found.append((kind.removesuffix("s"), instrument.key.symbol, numbers))
        assert found == expected[exchange.exchange], exchange.exchange
    assert tape.counts.rejected == 0


def test_csv(shared_data: Path) -> None:
    files = sorted(shared_data.rglob("*.csv.gz"))
    assert len(files) == 6
    for path in files:
        tape = load(path)
        found = [
            tuple(event[name] for name in ("open", "high", "low", "close", "volume"))
            for _, _, event in events(only(tape))
        ]
        expected = plain_readers.csv_bars(path)
        if not tape.counts.rejected:
            assert found == expected, path.name
            continue
        missing = Counter(expected) - Counter(found)
        assert not Counter(found) - Counter(expected), path.name
        assert missing.total() == tape.counts.rejected, path.name
        # What is rejected has a volume that the others' increment and sum leave no room for.
        assert all(bar[4].as_tuple().exponent < -7 for bar in missing), path.name
