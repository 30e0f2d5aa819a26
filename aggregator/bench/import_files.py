"""Generated DBN files of any length, for the import bench: trades and quotes of one busy future.

Written some thousand records at a time, so ten million of them are never in memory. The same arguments
give the same bytes. Prices are a seeded walk on a tick of 0.25, stamps are jittered: some are equal, some go
back.
"""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import databento_dbn
import numpy as np
import zstandard
from numpy.typing import NDArray

from core.clock import NS_PER_S
from core.market import dbn_layout

BEGIN_NS: Final = 1_704_121_200 * NS_PER_S  # 2024-01-01 15:00 UTC
TICK_NANOS: Final = 250_000_000
BLOCK: Final = 100_000
INSTRUMENT_ID: Final = 7
SYMBOL: Final = "ESH4"
DATASET: Final = "GLBX.MDP3"
_TRADES, _MBP_1 = 0x00, 0x01


def write_file(
    path: Path, schema: str, records: int, *, compressed: bool = True, span_s: int = 20 * 86_400
) -> Path:
    """A file of `trades` or `mbp-1` over `span_s`; of mbp-1 every fourth record is a trade."""
    layout = dbn_layout.TRADE if schema == "trades" else dbn_layout.TOP
    kinds: Any = databento_dbn.SType  # its stubs take the members for plain text
    metadata = databento_dbn.Metadata(
        dataset=DATASET, start=BEGIN_NS, stype_in=kinds.RAW_SYMBOL,
        stype_out=kinds.INSTRUMENT_ID, schema=databento_dbn.Schema.from_str(schema), version=3,
        symbols=[SYMBOL],
        mappings=[_mapping()],
    )  # fmt: skip
    rng = np.random.default_rng(len(schema))
    step_ns = span_s * NS_PER_S // records
    price = 5_000 * NS_PER_S
    with path.open("wb") as file:
        sink: Any = zstandard.ZstdCompressor(level=3).stream_writer(file) if compressed else file
        sink.write(bytes(metadata))
        for first in range(0, records, BLOCK):
            count = min(BLOCK, records - first)
            rows = np.zeros(count, layout)
            price = _fill(rows, first, step_ns, price, rng, is_quote=schema != "trades")
            sink.write(rows.tobytes())
        if compressed:
            sink.close()
    return path


def _mapping() -> Any:
    """What databento_dbn takes for a mapping: anything with these attributes."""
    year = SimpleNamespace(start_date=date(2024, 1, 1), end_date=date(2025, 1, 1), symbol=str(INSTRUMENT_ID))
    return SimpleNamespace(raw_symbol=SYMBOL, intervals=[year])


def _fill(
    rows: NDArray[np.void], first: int, step_ns: int, price: int, rng: np.random.Generator, *, is_quote: bool
) -> int:
    """Times with jitter, so some are equal and some go back; the price after the last record."""
    count = len(rows)
    number = np.arange(first, first + count)
    times = BEGIN_NS + number * step_ns + rng.integers(-2 * step_ns, 2 * step_ns, count)
    walk = price + TICK_NANOS * np.cumsum(rng.integers(-1, 2, count))
    rows["length"], rows["rtype"] = rows.itemsize // 4, _MBP_1 if is_quote else _TRADES
    rows["publisher_id"], rows["instrument_id"] = 1, INSTRUMENT_ID
    rows["ts_event"] = times
    rows["ts_recv"] = times + rng.integers(1_000, 90_000, count)
    rows["price"], rows["size"] = walk, rng.integers(1, 40, count)
    rows["action"] = np.where(number % 4 == 0, ord("T"), ord("M")) if is_quote else ord("T")
    rows["side"], rows["flags"], rows["sequence"] = ord("B"), 128, number
    if is_quote:
        levels = rows["levels"][:, 0]
        levels["bid_px"], levels["ask_px"] = walk, walk + TICK_NANOS
        levels["bid_sz"], levels["ask_sz"] = rng.integers(1, 300, (2, count))
    return int(walk[-1])
