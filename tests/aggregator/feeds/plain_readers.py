"""Independent readers of the recordings: one record or row after the other, prices as Decimal.

Nothing here is shared with the product's readers: databento_dbn's objects, polars rows, `Decimal(repr(x))`.
"""

import gzip
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import databento_dbn
import polars
import zstandard

UNDEFINED = 2**63 - 1


def dbn_records(path: Path) -> list[Any]:
    """Every record of a DBN file, decoded by databento_dbn, with the metadata left out."""
    with (
        path.open("rb") as file,
        zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as out,
    ):
        data = out.read()
    decoder = databento_dbn.DBNDecoder()
    decoder.write(data)
    return list(decoder.decode()[1:])


def nano_price(nanos: int) -> Decimal | None:
    return None if nanos == UNDEFINED else Decimal(nanos).scaleb(-9)


@cache
def float_price(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(value))


def dbn_prices(records: list[Any]) -> "dict[str, Counter[tuple[Any, ...]]]":
    """What has to arrive of a DBN file, by kind of event, as multisets of prices with sizes."""
    found: dict[str, Counter[tuple[Any, ...]]] = {
        name: Counter() for name in ("quotes", "trades", "history", "bars", "orders")
    }
    for record in records:
        match type(record).__name__:
            case "TradeMsg":
                found["trades"][nano_price(record.price), record.size] += 1
            case "MBP1Msg" | "MBP10Msg":
                found["quotes"][_top(record)] += 1
                if record.action == databento_dbn.Action.TRADE:
                    found["trades"][nano_price(record.price), record.size] += 1
            case "BBOMsg":
                found["quotes"][_top(record)] += 1
                if record.price != UNDEFINED:
                    found["history"][nano_price(record.price), record.size] += 1
            case "OHLCVMsg":
                four = (nano_price(getattr(record, name)) for name in ("open", "high", "low", "close"))
                found["bars"][*four, record.volume] += 1
            case "MBOMsg":
                if record.action == databento_dbn.Action.TRADE:
                    found["trades"][nano_price(record.price), record.size] += 1
                else:
                    found["orders"][str(record.action), nano_price(record.price), record.order_id] += 1
    return found


def _top(record: Any) -> tuple[Any, ...]:
    level = record.levels[0]
    bid, ask = nano_price(level.bid_px), nano_price(level.ask_px)
    bid_size = None if bid is None else level.bid_sz
    ask_size = None if ask is None else level.ask_sz
    return bid, bid_size, ask, ask_size


def best_prices(records: list[Any]) -> list[tuple[Any, ...]]:
    """Best prices after each venue message of an MBO file of one instrument, whenever they changed."""
    orders: dict[int, tuple[str, int, int]] = {}
    tops: list[tuple[Any, ...]] = [(None, None, None, None)]
    for record in records:
        action, known = str(record.action), orders.get(record.order_id)
        if action == "R":
            orders.clear()
        elif action in "AM":
            orders[record.order_id] = (str(record.side), record.price, record.size)
        elif action == "C" and known is not None:
            side, price, size = known
            orders[record.order_id] = (side, price, size - record.size)
            if size <= record.size:
                del orders[record.order_id]
        if not int(record.flags) & databento_dbn.F_LAST:
            continue
        bids = [price for side, price, _ in orders.values() if side == "B"]
        asks = [price for side, price, _ in orders.values() if side == "A"]
        top: list[Any] = []
        for wanted, best in (("B", max(bids, default=None)), ("A", min(asks, default=None))):
            held = [size for side, price, size in orders.values() if side == wanted and price == best]
            top += [None, None] if best is None else [nano_price(best), sum(held)]
        if tuple(top) != tops[-1]:
            tops.append(tuple(top))
    return tops[1:]


def parquet_rows(path: Path) -> Iterator[tuple[str, str, str, tuple[Any, ...]]]:
    """(exchange, symbol, kind, numbers) of every row of a normalised recording, in file order."""
    for row in polars.read_parquet(path).iter_rows(named=True):
        names = ("bid", "bid_size", "ask", "ask_size") if row["kind"] == "quote" else ("price", "size")
        numbers = tuple(float_price(row[name]) for name in names)
        yield row["exchange"], row["symbol"], row["kind"], numbers


def csv_bars(path: Path) -> list[tuple[Any, ...]]:
    """Open, high, low, close, volume of every row as Decimals; no volume where the file has none."""
    with gzip.open(path, "rt") as file:
        lines = file.read().splitlines()
    separator = ";" if ";" in lines[0] else ","
    rows = [line.split(separator) for line in (lines if separator == ";" else lines[1:])]
    return [
        (*map(Decimal, row[1:5]), Decimal(row[5]) if separator == "," and len(row) > 5 else None)
        for row in rows
    ]
