"""A CSV file (plain, gzip or zstd) in blocks of lines; every row keeps its number in the file.

Row 0 is the first line, a header included. A row with fewer or more columns than the first one, and bytes
that are no text, are refused with their row. A field may stand in quotes but not hold the separator.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from core.backtest.importing.chunks import Chunk
from core.backtest.importing.frame_reader import FrameReader
from core.backtest.importing.mapping import ColumnMapping
from core.backtest.importing.refused import ImportRefused
from core.backtest.importing.steady_file import Unpacked

BLOCK_BYTES: Final = 4 << 20
LINE_BYTES_MAX: Final = 1 << 20
_NEVER: Final = "\x01"  # a separator that no text file has: a line stays whole
_BOM: Final = b"\xef\xbb\xbf"


class CsvReader(FrameReader):
    """Of text."""

    def _open(self) -> None:
        self._file = Unpacked(self._path)

    @property
    def offset(self) -> int:
        return self._file.offset

    def close(self) -> None:
        self._file.close()

    def chunks(self) -> Iterator[Chunk]:
        """Raises `ImportRefused`, `OSError`, and `FinerNeeded` of the converter."""
        names: list[str] = []
        for first, lines in line_blocks(self._path, self._file):
            row = np.arange(first, first + len(lines))
            if not names:
                names = column_names(str(lines[0] or ""), self._mapping)
                self._find_columns(names, 0)
                if self._mapping.has_header:
                    lines, row = lines.slice(1), row[1:]
            frame, row = self._split(lines, row, names)
            self.rows["csv row"] = self.rows.get("csv row", 0) + frame.height
            yield from self._convert.chunks(frame, row)
        if not self.rows.get("csv row"):
            raise ImportRefused(self._path, "no rows: give a file with market data")

    def _split(
        self, lines: pl.Series, row: np.ndarray[tuple[int], np.dtype[np.int64]], names: list[str]
    ) -> tuple[pl.DataFrame, np.ndarray[tuple[int], np.dtype[np.int64]]]:
        said = lines.is_not_null().to_numpy() & (lines.str.strip_chars() != "").fill_null(False).to_numpy()
        if not said.all():  # empty lines hold nothing
            lines, row = lines.filter(pl.Series(said)), row[said]
        count = lines.str.count_matches(self._mapping.separator, literal=True).to_numpy() + 1
        other = count != len(names)
        if other.any():
            at = int(other.argmax())
            self._convert.refuse(
                int(row[at]),
                f"has {int(count[at])} columns, the first row {len(names)}: repair or drop the row",
                int(other.sum()),
            )
            lines, row = lines.filter(pl.Series(~other)), row[~other]
        fields = lines.str.split_exact(self._mapping.separator, len(names) - 1)
        columns = {
            role: fields.struct.field(f"field_{names.index(name)}").str.strip_chars(" \t\"'\r")
            for role, name in self._mapping.columns.items()
        }
        return pl.DataFrame(columns), row


def line_blocks(path: Path, file: Unpacked) -> Iterator[tuple[int, pl.Series]]:
    """(number of the first line, lines), some megabytes at a time. Raises `ImportRefused`."""
    rest, first = b"", 0
    while True:
        block = file.read(BLOCK_BYTES)
        data = rest + block
        if first == 0 and data[:3] == _BOM:
            data = data[3:]
        cut = data.rfind(b"\n") + 1 if block else len(data)
        rest = data[cut:]
        if len(rest) > LINE_BYTES_MAX:
            raise ImportRefused(path, f"has no end of line in {len(rest):,} bytes: not a CSV file", first)
        if cut:
            lines = _lines(path, data[:cut], first)
            yield first, lines
            first += len(lines)
        if not block:
            return


def column_names(first_line: str, mapping: ColumnMapping) -> list[str]:
    """Names of a file's columns: of its header, else their places from 1 on."""
    fields = [field.strip(" \t\"'\r") for field in first_line.split(mapping.separator)]
    return fields if mapping.has_header else [str(place + 1) for place in range(len(fields))]


def _lines(path: Path, data: bytes, first: int) -> pl.Series:
    try:
        return pl.read_csv(
            data, has_header=False, separator=_NEVER, new_columns=["line"], schema={"line": pl.String},
            quote_char=None,
        )["line"]  # fmt: skip
    except pl.exceptions.NoDataError:
        return pl.Series("line", [], pl.String)
    except pl.exceptions.PolarsError as error:
        for place, line in enumerate(data.split(b"\n")):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                said = "is not UTF-8 text: save the file as UTF-8 or drop the row"
                raise ImportRefused(path, said, first + place) from error
        said = str(error).splitlines()[0][:160]
        raise ImportRefused(path, f"cannot be split into lines ({said})", first) from error
