"""Normalised Parquet recordings (quotes, trades, depth of many exchanges) as events.

Floats become the exact decimal that they print as; increments are inferred per instrument and marked so.
Rows of one (exchange, src_line) are one message of the venue and stay together. The first row of a snapshot
message of a symbol is preceded by a clear.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aggregator.feeds.recorded.builder import Columns, EventChunk, EventKind, FileEvents
from aggregator.feeds.recorded.tape import TAPE_EVENTS_MAX, TapeError
from core.market.exact import UNFIT, float_counts, group_decimals, rescale
from core.market.fields import NULL
from core.market.instruments import Instrument, InstrumentKey
from core.wire.raw_events import DepthFlag, TradeFlag

PARQUET_MAGIC: Final = b"PAR1"
_COLUMNS: Final = {
    "ts_ns": pl.Int64, "exchange": pl.String, "symbol": pl.String, "kind": pl.String, "bid": pl.Float64,
    "bid_size": pl.Float64, "ask": pl.Float64, "ask_size": pl.Float64, "price": pl.Float64,
    "size": pl.Float64, "side": pl.String, "is_snapshot": pl.Boolean, "src_line": pl.Int32,
}  # fmt: skip
_PRICES: Final = ("bid", "ask", "price")
_SIZES: Final = ("bid_size", "ask_size", "size")
_KINDS: Final = ("quote", "trade", "depth")
_CLEAR_PLACE, _EVENT_PLACE = 0, 1  # a clear stands before the row that asks for it
_PLACES: Final = 2

Ints = NDArray[np.int64]
Exact = dict[str, tuple[Ints, NDArray[np.bool_]]]  # by column: counts, and which of them are exact


def read_parquet(path: Path) -> FileEvents:
    """Events of a file. Raises `TapeError` for a file that is not Parquet or has other columns."""
    frame = _read_frame(path)
    events = FileEvents(path.name)
    row = np.arange(frame.height, dtype=np.int64)
    keys = frame.select("exchange", "symbol").unique(maintain_order=True).with_row_index("instrument")
    instrument = (
        frame.select("exchange", "symbol")
        .join(keys, on=["exchange", "symbol"], how="left", maintain_order="left")["instrument"]
        .to_numpy()
        .astype(np.int64)
    )
    exact, decimals = _exact_columns(frame, instrument, keys.height, events)
    events.instruments = [
        Instrument(
            InstrumentKey(exchange, symbol),
            int(decimals["price"][at]),
            int(decimals["size"][at]),
            inferred=True,
        )
        for at, exchange, symbol in keys.iter_rows()
    ]
    kind = frame["kind"].to_numpy()
    counts = frame["kind"].value_counts()
    events.records.update(dict(counts.iter_rows()))
    known = frame["kind"].is_in(_KINDS).to_numpy()
    for name, count in counts.iter_rows():
        if name not in _KINDS:
            events.unused[f"rows of kind {name}"] += count
    good = known & _representable(exact, kind, row, events)
    unit = _message_numbers(frame)
    for name, read in (("quote", _quotes), ("trade", _trades), ("depth", _depth)):
        at = np.flatnonzero(good & (kind == name))
        if at.size:
            events.chunks += read(frame, exact, instrument, unit, at, events)
    return events


def _read_frame(path: Path) -> pl.DataFrame:
    try:
        scan = pl.scan_parquet(path)
        schema = scan.collect_schema()
        missing = [
            f"{name} ({kind})" for name, kind in _COLUMNS.items() if schema.get(name) not in (kind, pl.Null)
        ]
        if missing:
            raise TapeError(
                f"{path.name}: no column {missing[0]}, which a normalised recording has: see docs/data.md"
            )
        rows = int(scan.select(pl.len()).collect().item())
        if rows > TAPE_EVENTS_MAX:
            raise TapeError(
                f"{path.name}: {rows:,} rows, at most {TAPE_EVENTS_MAX:,} are played at once: split the file"
            )
        frame = scan.select(*_COLUMNS).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        said = str(error).splitlines()[0][:160]
        raise TapeError(f"{path.name}: damaged or cut-off Parquet ({said}): get the file again") from error
    for name in ("ts_ns", "exchange", "symbol", "kind", "src_line"):
        bad = frame[name].null_count() and int(frame[name].is_null().arg_max() or 0)
        if frame[name].null_count():
            raise TapeError(f"{path.name}: row {bad:,} has no {name}: every row needs one, repair the file")
    if frame.height == 0:
        raise TapeError(f"{path.name}: no rows: give a recording with market events")
    return frame


def _exact_columns(
    frame: pl.DataFrame, instrument: Ints, count: int, events: FileEvents
) -> tuple[Exact, dict[str, NDArray[np.int8]]]:
    """Every number column as (counts at the instrument's increment, exact mask), and those increments."""
    exact: Exact = {}
    decimals: dict[str, NDArray[np.int8]] = {}
    amounts = frame.select(
        pl.when(pl.col("kind") == "trade").then("size").cast(pl.Float64).fill_null(0.0).fill_nan(0.0)
    )
    traded = np.bincount(instrument, np.abs(amounts.to_series().to_numpy()), minlength=count).astype(
        np.float64
    )
    for group, names in (("price", _PRICES), ("size", _SIZES)):
        found: dict[str, tuple[Ints, NDArray[np.int8]]] = {}
        for name in names:
            null = frame[name].is_null().to_numpy()
            counts, places = float_counts(frame[name].cast(pl.Float64).fill_null(0.0).to_numpy())
            found[name] = (np.where(null, NULL, counts), np.where(null, 0, places).astype(np.int8))
        decimals[group] = group_decimals(
            np.concatenate([found[name][0] for name in names]),
            np.concatenate([found[name][1] for name in names]),
            np.tile(instrument, len(names)),
            count,
            traded if group == "size" else None,
        )
        for name in names:
            counts, places = found[name]
            exact[name] = rescale(counts, places, decimals[group][instrument])
    return exact, decimals


def _representable(exact: Exact, kind: NDArray[Any], row: Ints, events: FileEvents) -> NDArray[np.bool_]:
    """Rows whose own numbers are all whole counts; the others are counted, by the column at fault."""
    good = np.ones(len(row), np.bool_)
    for kinds, names in ((("quote",), (*_PRICES[:2], *_SIZES[:2])), (("trade", "depth"), ("price", "size"))):
        mine = np.isin(kind, kinds)
        for name in names:
            bad = good & mine & ~exact[name][1]
            events.reject(f"{name} is no decimal of at most 18 places within 64 bits", row[bad])
            good &= ~bad
    for sizes, of_kinds in ((_SIZES[:2], ("quote",)), (_SIZES[2:], ("trade", "depth"))):
        for name in sizes:
            counts = exact[name][0]
            bad = good & np.isin(kind, of_kinds) & (counts < 0) & (counts != NULL)
            events.reject(f"negative {name}", row[bad])
            good &= ~bad
    for name in ("price", "size"):
        bad = good & np.isin(kind, ("trade", "depth")) & (exact[name][0] == NULL)
        events.reject(f"trade or depth row without a {name}", row[bad])
        good &= ~bad
    return good


def _message_numbers(frame: pl.DataFrame) -> Ints:
    """First row of each row's message: rows of one (exchange, src_line), which may lie apart in the file."""
    numbered = frame.select("exchange", "src_line").with_row_index("row")
    first = numbered.select(pl.col("row").min().over("exchange", "src_line"))["row"]
    return first.to_numpy().astype(np.int64)


def _chunk(
    kind: EventKind,
    frame: pl.DataFrame,
    instrument: Ints,
    unit: Ints,
    at: NDArray[np.intp],
    place: int,
    columns: Columns,
) -> EventChunk:
    time_ns = frame["ts_ns"].to_numpy()[at]
    return EventChunk(
        kind,
        {"instrument": instrument[at], "event_ns": time_ns, **columns},
        time_ns,
        at.astype(np.int64) * _PLACES + place,
        unit[at],
        at.astype(np.int64),
    )


def _quotes(
    frame: pl.DataFrame,
    exact: Exact,
    instrument: Ints,
    unit: Ints,
    at: NDArray[np.intp],
    _: FileEvents,
) -> list[EventChunk]:
    columns: Columns = {name: exact[name][0][at] for name in ("bid", "bid_size", "ask", "ask_size")}
    for side in ("bid", "ask"):
        columns[f"{side}_size"] = np.where(columns[side] == NULL, NULL, columns[f"{side}_size"])
    return [_chunk(EventKind.QUOTE, frame, instrument, unit, at, _EVENT_PLACE, columns)]


def _trades(
    frame: pl.DataFrame,
    exact: Exact,
    instrument: Ints,
    unit: Ints,
    at: NDArray[np.intp],
    _: FileEvents,
) -> list[EventChunk]:
    side = frame["side"].to_numpy()[at]
    history = frame["is_snapshot"].fill_null(False).to_numpy()[at]
    flags = np.where(side == "buy", int(TradeFlag.BUYER_TAKES), 0) | np.where(
        side == "sell", int(TradeFlag.SELLER_TAKES), 0
    )
    flags |= np.where(history, int(TradeFlag.HISTORY), 0)
    columns: Columns = {
        "price": exact["price"][0][at],
        "size": exact["size"][0][at],
        "flags": flags.astype(np.uint8),
    }
    return [_chunk(EventKind.TRADE, frame, instrument, unit, at, _EVENT_PLACE, columns)]


def _depth(
    frame: pl.DataFrame,
    exact: Exact,
    instrument: Ints,
    unit: Ints,
    at: NDArray[np.intp],
    events: FileEvents,
) -> list[EventChunk]:
    side = frame["side"].to_numpy()[at]
    sided = np.isin(side, ("buy", "sell"))
    events.reject("depth row without a side", at[~sided])
    at, side = at[sided], side[sided]
    snapshot = frame["is_snapshot"].fill_null(False).to_numpy()[at]
    flags = np.where(side == "buy", int(DepthFlag.BID), int(DepthFlag.ASK))
    flags |= np.where(snapshot, int(DepthFlag.SNAPSHOT), 0)
    columns: Columns = {
        "price": exact["price"][0][at],
        "size": exact["size"][0][at],
        "flags": flags.astype(np.uint8),
        "action": np.zeros(len(at), np.uint8),
        "reference": np.zeros(len(at), np.uint64),
    }
    chunks = [_chunk(EventKind.DEPTH, frame, instrument, unit, at, _EVENT_PLACE, columns)]
    # One clear for each (message, symbol) of a snapshot, before its first row.
    _, first = np.unique(np.stack([unit[at][snapshot], instrument[at][snapshot]]), axis=1, return_index=True)
    clears = np.sort(at[snapshot][first])
    if clears.size:
        mark = int(DepthFlag.CLEAR | DepthFlag.SNAPSHOT)
        cleared: Columns = {
            "price": np.full(len(clears), NULL),
            "size": np.zeros(len(clears), np.int64),
            "flags": np.full(len(clears), mark, np.uint8),
            "action": np.zeros(len(clears), np.uint8),
            "reference": np.zeros(len(clears), np.uint64),
        }
        chunks.append(_chunk(EventKind.DEPTH, frame, instrument, unit, clears, _CLEAR_PLACE, cleared))
    return chunks


assert UNFIT > 18  # rescale tells such numbers apart by it
