"""One file of any kind, read to its end and folded into minutes.

A file's kind is told by its first bytes. Of a file that breaks off, what was read before is used only when
partial results were asked for, and is marked so.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from core.backtest.importing.chunks import DAY_NS, Increments, SourceBars
from core.backtest.importing.csv_reader import CsvReader
from core.backtest.importing.date_order import csv_times, decided_format
from core.backtest.importing.dbn_reader import DbnReader
from core.backtest.importing.dbn_stream import DBN_MAGIC, DbnStream
from core.backtest.importing.findings import Findings
from core.backtest.importing.frame_times import time_texts
from core.backtest.importing.frames import FinerNeeded
from core.backtest.importing.guess import DAY_OR_MONTH, guess_csv, guess_parquet
from core.backtest.importing.histdata import HISTDATA, zone_of
from core.backtest.importing.mapping import BARS, ColumnMapping
from core.backtest.importing.minutes import MINUTE_NS, Minutes
from core.backtest.importing.parquet_reader import PARQUET_MAGIC, ParquetReader
from core.backtest.importing.parts import Part
from core.backtest.importing.refused import ImportRefused, OptionRefused
from core.backtest.importing.said import Said
from core.backtest.importing.steady_file import ZSTD_MAGIC, Unpacked, first_bytes
from core.market.intervals import parse_interval

# Steps between days: shorter after a half day stamped by its close, longer when clocks go back.
DAY_STEPS_NS: Final = DAY_NS // 2, DAY_NS + 3_600 * 10**9
DBN: Final = "dbn"
CSV: Final = "csv"
PARQUET: Final = "parquet"


@dataclass(frozen=True, slots=True)
class Source:
    """A file and how it is to be read; `mapping` is None for DBN, `interval_ns` 0 unless it holds bars.

    `doubts`: what was guessed of it, may be otherwise, and was not said by a person. `missing`: roles whose
    column, as it was said of all files, is none of its `names`.
    """

    path: Path
    kind: str
    exchange: str = ""  # that of its instruments, as far as it is one
    mapping: ColumnMapping | None = None
    interval_ns: int = 0
    doubts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)

    def how(self, base_ns: int) -> dict[str, Any]:
        """All that decides what is read of the file's bytes."""
        mapping = None if self.mapping is None else self.mapping.as_dict()
        return {"kind": self.kind, "mapping": mapping, "interval_ns": self.interval_ns, "base_ns": base_ns}


def source_of(path: Path, said: Mapping[str, str], *, allow_partial: bool = False) -> Source:
    """How a file will be read: its kind, and of columns what was guessed and then said (said.py).

    Raises `ImportRefused`, `OptionRefused`, `OSError`.
    """
    kind = file_kind(path)
    if kind == DBN:
        stream = DbnStream(path)
        stream.close()
        return Source(path, kind, str(stream.metadata.dataset))
    found = guess_csv(path) if kind == CSV else guess_parquet(path)
    try:
        fitted = Said.of(path, said).fit(found, is_csv=kind == CSV).check()
    except OptionRefused as refused:
        raise ImportRefused(path, str(refused)) from refused
    mapping, changes = fitted.mapping, fitted.changes
    doubts = (*fitted.doubts, *fitted.told)
    if fitted.time_formats and "time_format" not in changes:
        formats = (mapping.time_format, *fitted.time_formats)
        decided = decided_format(path, mapping, formats, is_csv=kind == CSV)
        mapping = replace(mapping, time_format=decided)
        doubts = tuple(each for each in doubts if not each.startswith(DAY_OR_MONTH))
    if found.mapping.exchange == HISTDATA and "zone" not in changes:
        zone, told = zone_of(_walls(path, mapping))
        mapping, doubts = replace(mapping, zone=zone), (*doubts, told) if told else doubts
    exchange = "" if "exchange" in mapping.columns else mapping.exchange
    source = Source(path, kind, exchange, mapping, doubts=doubts, names=fitted.names, missing=fitted.missing)
    if mapping.kind != BARS:
        return source
    if mapping.interval:
        return replace(source, interval_ns=parse_interval(mapping.interval).span_ns)
    as_minutes = replace(source, interval_ns=MINUTE_NS)
    return replace(as_minutes, interval_ns=_found_interval_ns(as_minutes, allow_partial))


def _walls(path: Path, mapping: ColumnMapping) -> Iterator[pl.Series]:
    """Wall times of a CSV file's rows, null where a row has none."""
    for frame in csv_times(path, mapping):
        if "time" in frame.columns:
            yield time_texts(frame).str.to_datetime(mapping.time_format, time_unit="ns", strict=False)


def file_kind(path: Path) -> str:
    """By its first bytes. Raises `ImportRefused` for an empty file, `OSError`."""
    head = first_bytes(path, 4)
    if not head:
        raise ImportRefused(path, "empty: give a file with market data")
    if head == PARQUET_MAGIC:
        return PARQUET
    if head[:3] == DBN_MAGIC:
        return DBN
    if head == ZSTD_MAGIC:
        with Unpacked(path) as file:
            return DBN if file.read(3) == DBN_MAGIC else CSV
    return CSV


def read_file(source: Source, base_ns: int, told: Callable[[int], None], *, allow_partial: bool) -> Part:
    """Fold a file. `told` gets the bytes read so far. Raises `ImportRefused`, `OSError`."""
    increments = Increments(0, 0)
    while True:
        findings = Findings(source.path.name)
        minutes = Minutes(base_ns, findings)
        is_partial = False
        reader = _reader(source, findings, increments, allow_partial=allow_partial)
        try:
            for chunk in reader.chunks():
                minutes.add(chunk)
                told(reader.offset)
        except FinerNeeded as finer:
            increments = finer.increments
            continue
        except ImportRefused as refused:
            if not allow_partial:
                raise
            is_partial = True
            findings.add("unreadable", 1, row=refused.row, note=str(refused).partition(": ")[2])
        finally:
            reader.close()
        return _part(source, reader, minutes, findings, is_partial=is_partial)


def _part(
    source: Source, reader: DbnReader | CsvReader | ParquetReader, minutes: Minutes, findings: Findings,
    *, is_partial: bool,
) -> Part:  # fmt: skip
    bars, means = minutes.bars(), minutes.means()
    is_dbn = isinstance(reader, DbnReader)
    return Part(
        file=source.path.name,
        groups=tuple(reader.groups),
        increments=reader.increments,
        bars=bars,
        means=means,
        findings=findings.listed(),
        rows=reader.rows,
        schema=(reader.schema or "mixed") if isinstance(reader, DbnReader) else source.kind,
        dataset=reader.dataset if isinstance(reader, DbnReader) else "",
        definitions=tuple(reader.definitions) if isinstance(reader, DbnReader) else (),
        mapped=reader.mapped if isinstance(reader, DbnReader) else {},
        is_partial=is_partial or (not is_dbn and bool(getattr(reader, "is_partial", False))),
        currency="" if source.mapping is None else source.mapping.currency,
    )


def _reader(
    source: Source, findings: Findings, increments: Increments, *, allow_partial: bool
) -> DbnReader | CsvReader | ParquetReader:
    if source.kind == DBN:
        return DbnReader(source.path, findings)
    assert source.mapping is not None
    kind = CsvReader if source.kind == CSV else ParquetReader
    return kind(
        source.path, source.mapping, findings, increments, source.interval_ns, allow_partial=allow_partial
    )


def _found_interval_ns(source: Source, allow_partial: bool) -> int:
    """Length of a file's bars: the shortest step between two times of its first rows."""
    increments = Increments(0, 0)
    while True:
        reader = _reader(source, Findings(), increments, allow_partial=allow_partial)
        try:
            chunk = next(iter(reader.chunks()), None)
        except FinerNeeded as finer:
            increments = finer.increments
            continue
        finally:
            reader.close()
        if not isinstance(chunk, SourceBars):
            return MINUTE_NS
        steps = np.diff(np.unique(chunk.open_ns))
        shortest = int(steps.min()) if len(steps) else MINUTE_NS
        return DAY_NS if DAY_STEPS_NS[0] < shortest <= DAY_STEPS_NS[1] else shortest
