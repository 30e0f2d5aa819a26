"""Columns of the files that datasets and runs consist of, and how they are read.

Parquet is the record. Beside it an uncompressed Arrow IPC copy, named by the Parquet file's SHA-256, is what
gets memory-mapped; it is made when it is missing and may be deleted at any time. Prices of a dataset are
int64 counts of the instrument's increment, of a run float64 in its currency's units.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Columns = dict[str, NDArray[Any]]
Texts = tuple[str, ...]
REMEDY: Final = "import or run it again"

# A minute in which nothing was traded has no bar. `session` is days since 1970 of the exchange's trading day.
BARS: Final = pa.schema(
    [
        ("open_ns", pa.int64()),
        ("close_ns", pa.int64()),
        ("session", pa.int32()),
        ("open", pa.int64()),
        ("high", pa.int64()),
        ("low", pa.int64()),
        ("close", pa.int64()),
        ("volume", pa.int64()),
        ("trades", pa.int32()),
    ]
)
# Means over the quotes of a minute, in units of price; a minute without a two-sided quote has no row.
QUOTES: Final = pa.schema(
    [
        ("open_ns", pa.int64()),
        ("bid_mean", pa.float64()),
        ("ask_mean", pa.float64()),
        ("spread_mean", pa.float64()),
        ("quotes", pa.int32()),
    ]
)
# One row a bar's close, over all instruments of the run. `exposure` is the gross notional held, in currency.
EQUITY: Final = pa.schema(
    [("close_ns", pa.int64()), ("equity", pa.float64()), ("cash", pa.float64()), ("exposure", pa.float64())]
)
# One row a change of an order, in the order in which they happened; quantity and price as they were then.
# `price` is the limit, of a stop without one its trigger, NaN of a market order. `quantity` of FILLED and
# PARTIAL is what was filled.
ORDERS: Final = pa.schema(
    [
        ("ts_ns", pa.int64()),
        ("order_id", pa.string()),
        ("instrument", pa.string()),
        ("event", pa.string()),  # SUBMITTED ACCEPTED FILLED PARTIAL CANCELLED REJECTED EXPIRED
        ("side", pa.int8()),  # +1 buy, -1 sell
        ("type", pa.string()),
        ("quantity", pa.float64()),
        ("price", pa.float64()),
        ("reason", pa.string()),
    ]
)
# `slippage` and `fee` are costs in currency, positive when they cost.
FILLS: Final = pa.schema(
    [
        ("ts_ns", pa.int64()),
        ("order_id", pa.string()),
        ("instrument", pa.string()),
        ("side", pa.int8()),
        ("quantity", pa.float64()),
        ("price", pa.float64()),
        ("fee", pa.float64()),
        ("slippage", pa.float64()),
    ]
)
# Round trips, by the time they opened. One still open has `closed_ns` 0 and NaN as `exit_price` and `pnl`.
# `pnl` is net of the fees and slippage of its fills.
POSITIONS: Final = pa.schema(
    [
        ("opened_ns", pa.int64()),
        ("closed_ns", pa.int64()),
        ("instrument", pa.string()),
        ("side", pa.int8()),
        ("quantity", pa.float64()),  # the most that was held
        ("entry_price", pa.float64()),
        ("exit_price", pa.float64()),
        ("pnl", pa.float64()),
        ("fees", pa.float64()),
        ("slippage", pa.float64()),
    ]
)
# What a strategy wanted to be seen: any number by name.
RECORDED: Final = pa.schema([("ts_ns", pa.int64()), ("name", pa.string()), ("value", pa.float64())])

RUN_FILES: Final = {
    "equity": EQUITY,
    "orders": ORDERS,
    "fills": FILLS,
    "positions": POSITIONS,
    "recorded": RECORDED,
}


class ColumnsError(ValueError):
    """A file is not what it should be; names the file and the remedy."""


def write_parquet(path: Path, columns: Columns, schema: Any) -> str:
    """Write beside, then rename; the SHA-256 of the file. Same columns, same bytes. Raises `OSError`."""
    table = pa.table([_column(columns[each.name], each.type) for each in schema], schema=schema)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        pq.write_table(table, beside, compression="zstd", write_statistics=True)
        with open(beside, "rb+") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return digest


def read_columns(path: Path, schema: Any, cache: Path, sha256: str, remedy: str = REMEDY) -> Columns:
    """Every column, numbers as views into the memory-mapped cache. Raises `ColumnsError`, which says the
    remedy, or `OSError`.
    """
    table = _table(path, schema, cache, sha256, remedy)
    return {name: _array(table.column(name)) for name in schema.names}


def _table(path: Path, schema: Any, cache: Path, sha256: str, remedy: str) -> Any:
    cached = cache / f"{sha256}.arrow"
    if not cached.exists():
        _derive(path, schema, cached, sha256, remedy)
    try:
        table = _mapped(cached)
    except pa.ArrowInvalid:  # as after a crash of the machine: it is only a copy
        cached.unlink(missing_ok=True)
        _derive(path, schema, cached, sha256, remedy)
        table = _mapped(cached)
    if table.schema.names != schema.names:
        raise ColumnsError(f"{path.name} has other columns than this version reads: {remedy}")
    return table


def read_coded(
    path: Path, schema: Any, cache: Path, sha256: str, coded: str, remedy: str = REMEDY
) -> tuple[Columns, Texts]:
    """As `read_columns`, but column `coded` as int32 places in the texts that come with it: no Python object
    a row. Texts stand in the order of their first row.
    """
    table = _table(path, schema, cache, sha256, remedy)
    whole = table.column(coded).combine_chunks().dictionary_encode()
    columns = {name: _array(table.column(name)) for name in schema.names if name != coded}
    if not len(whole):
        return columns | {coded: np.zeros(0, np.int32)}, ()
    codes = np.frombuffer(whole.indices.buffers()[1], np.int32, len(whole), whole.offset * 4)
    return columns | {coded: codes}, tuple(whole.dictionary.to_pylist())


def _mapped(cached: Path) -> Any:
    with pa.memory_map(str(cached)) as source:
        return pa.ipc.open_file(source).read_all()


def _derive(path: Path, schema: Any, cached: Path, sha256: str, remedy: str) -> None:
    """The copy is of that very file: what has another hash is refused."""
    try:
        with open(path, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise ColumnsError(f"{path.name} is missing from {path.parent}: {remedy}") from error
    if found != sha256:
        raise ColumnsError(f"{path.name} is damaged (not as it was written): {remedy}")
    try:
        with pq.ParquetFile(path) as file:
            table = file.read()
    except pa.ArrowInvalid as error:
        raise ColumnsError(f"{path.name} is damaged ({error}): {remedy}") from error
    if table.schema.names != schema.names or table.schema.types != schema.types:
        raise ColumnsError(f"{path.name} has other columns than this version reads: {remedy}")
    handle, beside = tempfile.mkstemp(dir=cached.parent, prefix=f".{cached.name}.")
    os.close(handle)
    try:
        with pa.ipc.new_file(beside, schema) as writer:
            writer.write_table(table.combine_chunks(), max_chunksize=max(1, table.num_rows))
        with open(beside, "rb+") as written:
            os.fsync(written.fileno())
        os.replace(beside, cached)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _column(values: NDArray[Any], kind: Any) -> Any:
    """As an Arrow array. Not by `pa.array`: that imports pandas, as `pq.read_table` does."""
    if not pa.types.is_string(kind):
        values = np.ascontiguousarray(values, np.dtype(kind.to_pandas_dtype()))
        return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])
    texts = values.tolist()
    encoded = {text: str(text).encode() for text in dict.fromkeys(texts)}  # few texts, many rows
    length = {text: len(said) for text, said in encoded.items()}
    ends = np.zeros(len(texts) + 1, np.int32)
    np.cumsum(np.fromiter(map(length.__getitem__, texts), np.int32, len(texts)), out=ends[1:])
    content = b"".join(map(encoded.__getitem__, texts))
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(content))


def _array(column: Any) -> NDArray[Any]:
    """Numbers as read-only views. Not by `to_numpy`: that imports pandas, seconds and 60 MB for nothing."""
    if pa.types.is_string(column.type):
        return np.asarray(column.to_pylist(), object)
    dtype = np.dtype(column.type.to_pandas_dtype())
    chunks = [
        np.frombuffer(chunk.buffers()[1], dtype, len(chunk), chunk.offset * dtype.itemsize)
        for chunk in column.chunks
        if len(chunk)
    ]
    if len(chunks) == 1:
        return chunks[0]
    array: NDArray[Any] = np.concatenate(chunks) if chunks else np.zeros(0, dtype)
    return array
