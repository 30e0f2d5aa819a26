"""Writes exported rows as CSV or Parquet. Apart from the rest, for it needs polars.

CSV has the titles people see, exact decimals without thousands commas, times as ISO 8601 in UTC. Parquet has
the columns' ids; prices and sizes are decimals as fine as the finest row, times are timestamps in UTC, and
numbers that were computed are float64.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from core.market.fields import NULL
from desktop.export_file import ExportError, write_whole
from desktop.panels.grid.export import Content, ExportColumn

DECIMAL_DIGITS: Final = 38
KINDS: Final = ("csv", "parquet")


def write_rows(path: Path, kind: str, columns: Sequence[ExportColumn]) -> int:
    """Write every row; how many there were. Raises `ExportError`; then an old file is as it was."""
    count = len(columns[0].values) if columns else 0
    if not count:
        raise ExportError(f"{path.name} was not written: there is no row to write; clear the filter")
    series = [_series(column, for_people=kind == "csv") for column in columns]

    def save(unfinished: Path) -> None:
        try:
            table = pl.DataFrame(series)
            if kind == "csv":
                table.write_csv(unfinished)
            else:
                table.write_parquet(unfinished)
        except pl.exceptions.PolarsError as error:
            raise OSError(str(error)) from error

    write_whole(path, save)
    return count


def _series(column: ExportColumn, *, for_people: bool) -> pl.Series:
    name = column.title if for_people else column.name
    values = column.values
    match column.content:
        case Content.TEXT:
            return pl.Series(name, values.tolist(), pl.String)
        case Content.DECIMAL:
            texts = pl.Series(name, decimal_texts(values, column.decimals), pl.String)
            return (
                texts
                if for_people
                else texts.cast(pl.Decimal(DECIMAL_DIGITS, int(column.decimals.max(initial=0))))
            )
        case Content.TRUTH:
            return pl.Series(
                name, [None if value != value else bool(value) for value in values.tolist()], pl.Boolean
            )
        case Content.FLOAT:
            return pl.Series(name, values, pl.Float64).fill_nan(None)
        case Content.TIME_US:
            times = pl.Series(name, [None if at == NULL else at for at in values.tolist()], pl.Int64)
            stamps = times.cast(pl.Datetime("us", "UTC"))
            return stamps.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ") if for_people else stamps


def decimal_texts(counts: np.ndarray, decimals: np.ndarray) -> list[str | None]:
    """Exact text of each count of 10^-decimals; None for null."""
    return [
        None if count == NULL else _text(count, places)
        for count, places in zip(counts.tolist(), decimals.tolist(), strict=True)
    ]


def _text(count: int, places: int) -> str:
    sign, size = "-" if count < 0 else "", abs(count)
    whole, part = divmod(size, 10**places)
    return f"{sign}{whole}.{part:0{places}d}" if places else f"{sign}{whole}"
