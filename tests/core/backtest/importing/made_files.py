"""Small DBN files of whole columns, and what a directory holds, for the importer's tests."""

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import databento_dbn as dbn
import numpy as np
import zstandard

from core.backtest.dataset import Dataset, DatasetInstrument
from core.backtest.home import ResearchHome
from core.backtest.importing.importer import Imported, ImportOptions, import_dataset
from core.market.dbn_layout import TOP, TRADE
from tests.core.backtest.importing.plain import Trade

NANOS = 10**9
FIRST_DAY, END_DAY = date(2020, 1, 1), date(2030, 1, 1)


def header(schema: str | None, dataset: str = "XNAS.ITCH", symbols: Sequence[str] = ("AAA",)) -> bytes:
    """Ids are 1, 2, ... in the order of `symbols`."""
    mappings = [
        SimpleNamespace(
            raw_symbol=symbol,
            intervals=[
                SimpleNamespace(
                    start_date=date(2020, 1, 1), end_date=date(2030, 1, 1), symbol=str(number + 1)
                )
            ],
        )
        for number, symbol in enumerate(symbols)
    ]
    metadata = dbn.Metadata(
        dataset=dataset, start=1, stype_in=dbn.SType.RAW_SYMBOL, stype_out=dbn.SType.INSTRUMENT_ID,
        schema=None if schema is None else dbn.Schema.from_str(schema), version=3, symbols=list(symbols),
        mappings=mappings,
    )  # fmt: skip
    return bytes(metadata)


def trade_rows(trades: Sequence[Trade], instrument_id: int = 1) -> Any:
    """Records of trades; prices are given in cents."""
    columns = [[getattr(each, name) for each in trades] for name in ("event_ns", "price", "size")]
    return trade_columns(*(np.array(each, np.int64) for each in columns), instrument_id)


def trade_columns(event_ns: Any, price: Any, size: Any, instrument_id: int = 1) -> Any:
    """As `trade_rows`, of arrays."""
    rows = np.zeros(len(event_ns), TRADE)
    rows["length"], rows["rtype"] = TRADE.itemsize // 4, 0
    rows["publisher_id"], rows["instrument_id"] = 2, instrument_id
    rows["action"], rows["side"] = ord("T"), ord("B")
    rows["ts_event"] = event_ns
    rows["ts_recv"] = rows["ts_event"] + 1_000
    rows["price"] = price * (NANOS // 100)
    rows["size"] = size
    rows["sequence"] = np.arange(len(rows))
    return rows


def quote_rows(quotes: Sequence[tuple[int, int, int]], instrument_id: int = 1) -> Any:
    """Records of mbp-1 of (time, bid, ask) in nanos; none of them a trade."""
    rows = np.zeros(len(quotes), TOP)
    rows["length"], rows["rtype"] = TOP.itemsize // 4, 1
    rows["publisher_id"], rows["instrument_id"] = 2, instrument_id
    rows["action"], rows["side"], rows["price"] = ord("M"), ord("N"), dbn.UNDEF_PRICE
    rows["ts_event"] = [each[0] for each in quotes]
    rows["ts_recv"] = rows["ts_event"] + 1_000
    level = rows["levels"][:, 0]
    level["bid_px"], level["ask_px"] = [each[1] for each in quotes], [each[2] for each in quotes]
    return rows


def write(path: Path, schema: str | None, *rows: Any, compressed: bool = True, **said: Any) -> Path:
    data = header(schema, **said) + b"".join(each.tobytes() for each in rows)
    path.write_bytes(zstandard.compress(data) if compressed else data)
    return path


def home_in(directory: Path) -> ResearchHome:
    home = ResearchHome(directory / "a research é")
    home.make()
    return home


def imported(home: ResearchHome, *files: Path, **options: Any) -> Imported:
    return import_dataset(home, files, ImportOptions(options.pop("name", "made"), **options))


def opened(home: ResearchHome, *files: Path, **options: Any) -> Dataset:
    return Dataset.open(home, imported(home, *files, **options).manifest.id)


def bar_rows(dataset: Dataset, instrument: DatasetInstrument | None = None) -> list[tuple[int, ...]]:
    """Rows of the first, or the given, instrument's bars."""
    columns = dataset.bars(instrument or dataset.manifest.instruments[0])
    names = ("open_ns", "close_ns", "session", "open", "high", "low", "close", "volume", "trades")
    return list(zip(*(columns[name].tolist() for name in names), strict=True))


def mean_rows(dataset: Dataset) -> list[tuple[float, ...]]:
    columns = dataset.quotes(dataset.manifest.instruments[0])
    assert columns is not None
    names = ("open_ns", "bid_mean", "ask_mean", "spread_mean", "quotes")
    return list(zip(*(columns[name].tolist() for name in names), strict=True))


def findings(found: Imported | Dataset) -> dict[str, int]:
    """Count by kind."""
    counts: dict[str, int] = {}
    for each in found.manifest.findings:
        counts[each["kind"]] = counts.get(each["kind"], 0) + each["count"]
    return counts


def state_of(directory: Path) -> dict[str, str]:
    """Every file below, with its hash: what must be as before."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }
