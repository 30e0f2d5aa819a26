"""A Parquet file, some thousand rows at a time, by the mapping's columns.

Floats stand for the decimal they print as (0.07, not 0.070000000000000006661).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from core.backtest.importing.chunks import Chunk, Group, Increments
from core.backtest.importing.findings import Findings
from core.backtest.importing.frames import FrameConverter
from core.backtest.importing.mapping import ColumnMapping
from core.backtest.importing.refused import ImportRefused
from core.backtest.importing.steady_file import steadily

PARQUET_MAGIC: Final = b"PAR1"
BATCH_ROWS: Final = 65_536


def open_parquet(path: Path) -> Any:
    """A `pyarrow.parquet.ParquetFile`. Raises `ImportRefused`, `OSError`."""
    try:
        return steadily(lambda: pq.ParquetFile(path))
    except pa.ArrowException as error:
        raise ImportRefused(
            path, f"damaged or cut-off Parquet ({_said(error)}): get the file again"
        ) from error


class ParquetReader:
    """One file, read once; `interval_ns` is that of its bars."""

    def __init__(
        self,
        path: Path,
        mapping: ColumnMapping,
        findings: Findings,
        increments: Increments,
        interval_ns: int,
        *,
        allow_partial: bool,
    ) -> None:
        self._path, self._mapping = path, mapping
        self._file = open_parquet(path)
        self._bytes = path.stat().st_size
        self._convert = FrameConverter(
            path, mapping, findings, increments, interval_ns, allow_partial=allow_partial
        )
        self.rows: dict[str, int] = {"parquet row": 0}

    @property
    def groups(self) -> list[Group]:
        return self._convert.groups

    @property
    def increments(self) -> Increments:
        return self._convert.increments

    @property
    def is_partial(self) -> bool:
        return self._convert.is_partial

    @property
    def offset(self) -> int:
        total = max(1, int(self._file.metadata.num_rows))
        return self._bytes * self.rows["parquet row"] // total

    def close(self) -> None:
        self._file.close()

    def chunks(self) -> Iterator[Chunk]:
        """Raises `ImportRefused`, `OSError`, and `FinerNeeded` of the converter."""
        names = self._file.schema_arrow.names
        for role, name in self._mapping.columns.items():
            if name not in names:
                raise ImportRefused(
                    self._path, f"no column {name!r} for {role}: it has {', '.join(names)[:200]}"
                )
        if not self._file.metadata.num_rows:
            raise ImportRefused(self._path, "no rows: give a file with market data")
        wanted = sorted(set(self._mapping.columns.values()))
        batches = self._file.iter_batches(batch_size=BATCH_ROWS, columns=wanted)
        first = 0
        while True:
            try:
                batch = next(batches, None)
            except pa.ArrowException as error:
                said = f"damaged ({_said(error)}): get the file again"
                raise ImportRefused(self._path, said, first) from error
            except OSError as error:
                if error.errno:
                    raise
                said = f"damaged ({_said(error)}): get the file again"
                raise ImportRefused(self._path, said, first) from error
            if batch is None:
                return
            read: Any = pl.from_arrow(pa.Table.from_batches([batch]))
            frame = read.select([pl.col(name).alias(role) for role, name in self._mapping.columns.items()])
            row = np.arange(first, first + frame.height)
            first += frame.height
            self.rows["parquet row"] = first
            yield from self._convert.chunks(frame, row)


def _said(error: Exception) -> str:
    return str(error).splitlines()[0][:160]
