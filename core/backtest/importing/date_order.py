"""Day first or month first: decided by all rows of a file, never by a guess.

The first rows of a file of minutes are of one day, which often reads both ways. The whole file is asked then;
what reads both ways to its end is refused, since any choice may be wrong without a sign of it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa

from core.backtest.importing.csv_reader import column_names, line_blocks
from core.backtest.importing.frame_times import time_texts
from core.backtest.importing.mapping import ColumnMapping
from core.backtest.importing.parquet_reader import BATCH_ROWS, open_parquet
from core.backtest.importing.refused import OptionRefused
from core.backtest.importing.steady_file import Unpacked


def decided_format(path: Path, mapping: ColumnMapping, patterns: Sequence[str], *, is_csv: bool) -> str:
    """The one of `patterns` that reads more rows than the others.

    Raises `OptionRefused` where two read as many; `ImportRefused`, `OSError`.
    """
    read = dict.fromkeys(patterns, 0)
    example = ""
    for frame in csv_times(path, mapping) if is_csv else _parquet_times(path, mapping):
        if "time" not in frame.columns:
            return patterns[0]  # refused by the reader
        texts = time_texts(frame)
        example = example or str(texts.drop_nulls().first() or "")
        for pattern in patterns:
            parsed = texts.str.to_datetime(pattern, time_unit="ns", strict=False)
            read[pattern] += len(parsed) - parsed.null_count()
    most = max(read.values())
    best = [pattern for pattern, count in read.items() if count == most]
    if len(best) > 1:
        ways = " or ".join(f"--map time_format='{pattern}'" for pattern in best)
        said = f"its times, such as {example!r}, read with the day or the month first: say which"
        raise OptionRefused(f"{path.name}: {said} ({ways})")
    return best[0]


def csv_times(path: Path, mapping: ColumnMapping) -> Iterator[pl.DataFrame]:
    """Columns `time` and `date` of all rows, as text, by blocks. Raises `ImportRefused`, `OSError`."""
    names: list[str] = []
    with Unpacked(path) as file:
        for _, lines in line_blocks(path, file):
            if not names:
                names = column_names(str(lines[0] or ""), mapping)
                lines = lines.slice(1) if mapping.has_header else lines
            fields = lines.str.split(mapping.separator)
            yield pl.DataFrame({
                role: fields.list.get(names.index(name), null_on_oob=True)
                for role, name in _columns(mapping, names).items()
            })  # fmt: skip


def _parquet_times(path: Path, mapping: ColumnMapping) -> Iterator[pl.DataFrame]:
    file = open_parquet(path)
    try:
        columns = _columns(mapping, file.schema_arrow.names)
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=sorted(set(columns.values()))):
            table = pa.Table.from_batches([batch])
            yield pl.DataFrame({role: pl.from_arrow(table[name]) for role, name in columns.items()}).cast(
                pl.String
            )
    finally:
        file.close()


def _columns(mapping: ColumnMapping, names: Sequence[str]) -> dict[str, str]:
    """Those of the time; none when one is missing."""
    said: dict[str, str] = {
        role: mapping.columns[role] for role in ("time", "date") if role in mapping.columns
    }
    return said if set(said.values()) <= set(names) else {}
