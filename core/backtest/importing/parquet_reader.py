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

from core.backtest.importing.chunks import Chunk
from core.backtest.importing.frame_reader import FrameReader
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


class ParquetReader(FrameReader):
    """Of columns with types."""

    def _open(self) -> None:
        self._file = open_parquet(self._path)
        self._bytes = self._path.stat().st_size
        self.rows["parquet row"] = 0

    @property
    def offset(self) -> int:
        total = max(1, int(self._file.metadata.num_rows))
        return self._bytes * self.rows["parquet row"] // total

    def close(self) -> None:
        self._file.close()

    def chunks(self) -> Iterator[Chunk]:
        """Raises `ImportRefused`, `OSError`, and `FinerNeeded` of the converter."""
        self._find_columns(self._file.schema_arrow.names)
        if not self._file.metadata.num_rows:
            raise ImportRefused(self._path, "no rows: give a file with market data")
        wanted = sorted(set(self._mapping.columns.values()))
        batches = self._file.iter_batches(batch_size=BATCH_ROWS, columns=wanted)
        first = 0
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError) as error:
                if getattr(error, "errno", None):
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
