"""Times of a file's rows as ns since 1970 UTC, by the mapping's format and zone."""

import re
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.backtest.importing.chunks import I64
from core.backtest.importing.findings import Findings
from core.backtest.importing.mapping import EPOCHS, ISO, ColumnMapping, fixed_offset_ns

_NS_MAX: Final = 2**62  # the year 2116
_DATE: Final = r"^\d{4}-\d\d-\d\d$"
_HOUR: Final = re.compile(r"%[-_0]?[HIklTRXcsr+]")  # codes of a pattern that tell an hour
_OFFSET: Final = r"(Z|[+-]\d\d:?\d\d)$"


def times_of(
    frame: pl.DataFrame, mapping: ColumnMapping, findings: Findings, row: I64
) -> tuple[I64, NDArray[np.bool_]]:
    """(ns since 1970, 0 where the row has no time; which rows hold a text that is none)."""
    column = frame["time"]
    if isinstance(column.dtype, pl.Datetime):
        if column.dtype.time_zone is not None:
            return _told(column.dt.convert_time_zone("UTC").dt.replace_time_zone(None), column)
        return _local(column.cast(pl.Datetime("ns")), column, mapping.zone, findings, row)
    if column.dtype == pl.Date:
        return _local(column.cast(pl.Datetime("ns")), column, mapping.zone, findings, row)
    if column.dtype.is_integer() or column.dtype.is_float():
        return _epochs(column, mapping.time_format)
    text = time_texts(frame)
    if mapping.time_format in EPOCHS:
        numbers = text.cast(pl.Int64, strict=False)
        if (numbers.is_null() & text.is_not_null()).any():
            return _epochs(text.cast(pl.Float64, strict=False), mapping.time_format, text)
        return _epochs(numbers, mapping.time_format)
    if mapping.time_format == ISO:
        return _iso(text, mapping.zone, findings, row)
    parsed = text.str.to_datetime(mapping.time_format, time_unit="ns", strict=False)
    if isinstance(parsed.dtype, pl.Datetime) and parsed.dtype.time_zone is not None:
        return _told(parsed.dt.convert_time_zone("UTC").dt.replace_time_zone(None), text)
    return _local(parsed, text, mapping.zone, findings, row)


def are_dates(frame: pl.DataFrame, mapping: ColumnMapping) -> bool:
    """Whether all times of a frame are dates alone: without an hour in their text, or in the format said."""
    column = frame["time"]
    if column.dtype == pl.Date:
        return True
    has_pattern = mapping.time_format not in (ISO, *EPOCHS)
    if isinstance(column.dtype, pl.Datetime):
        return (
            has_pattern
            and not _HOUR.search(mapping.time_format)
            and column.dtype.time_zone is None
            and bool((column.dt.truncate("1d") == column).fill_null(True).all())
        )
    if column.dtype != pl.String:
        return False
    if has_pattern:
        return not _HOUR.search(mapping.time_format)
    return mapping.time_format == ISO and bool(time_texts(frame).str.contains(_DATE).fill_null(True).all())


def time_texts(frame: pl.DataFrame) -> pl.Series:
    """Of columns `time` and, where there is one, `date`; null where there is none."""
    text = frame["time"].str.strip_chars(" \t\"'\r")
    if "date" in frame.columns:
        text = frame["date"].cast(pl.String).str.strip_chars(" \t\"'\r") + " " + text
    return text.set(text == "", None)


def _iso(text: pl.Series, zone: str, findings: Findings, row: I64) -> tuple[I64, NDArray[np.bool_]]:
    """Rows with an offset and rows without one; a file may change its way of writing times."""
    plain = text.str.replace("T", " ", literal=True)
    has_offset = plain.str.contains(_OFFSET).fill_null(False)
    if not has_offset.any():
        return _local(_without_offset(plain), plain, zone, findings, row)
    if (has_offset | text.is_null()).all():
        return _told(_with_offset(plain), plain)
    with_ns, wrong = _told(_with_offset(plain.set(~has_offset, None)), plain.set(~has_offset, None))
    others = plain.set(has_offset, None)
    others_ns, also = _local(_without_offset(others), others, zone, findings, row)
    return np.where(has_offset.to_numpy(), with_ns, others_ns), wrong | also


def _with_offset(plain: pl.Series) -> pl.Series:
    """In UTC, without a zone; null where it is no time."""
    whole = plain.str.replace("Z$", "+00:00")
    parsed = whole.str.to_datetime("%Y-%m-%d %H:%M:%S%.f%:z", time_unit="ns", strict=False)
    if parsed.null_count() > plain.null_count():  # without seconds
        shorter = whole.str.to_datetime("%Y-%m-%d %H:%M%:z", time_unit="ns", strict=False)
        parsed = parsed.fill_null(shorter) if parsed.dtype == shorter.dtype else parsed
    return parsed.dt.replace_time_zone(None)


def _without_offset(plain: pl.Series) -> pl.Series:
    """Of the mapping's zone; null where it is no time."""
    parsed = plain.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="ns", strict=False)
    for pattern in ("%Y-%m-%d %H:%M", "%Y-%m-%d"):
        if parsed.null_count() == plain.null_count():
            break
        if pattern == "%Y-%m-%d":
            shorter = plain.str.to_date(pattern, strict=False).cast(pl.Datetime("ns"))
        else:
            shorter = plain.str.to_datetime(pattern, time_unit="ns", strict=False)
        parsed = parsed.fill_null(shorter)
    return parsed


def _told(parsed: pl.Series, said: pl.Series) -> tuple[I64, NDArray[np.bool_]]:
    wrong = (parsed.is_null() & said.is_not_null()).to_numpy()
    return parsed.dt.timestamp("ns").fill_null(0).to_numpy(), wrong


def _local(
    parsed: pl.Series, said: pl.Series, zone: str, findings: Findings, row: I64
) -> tuple[I64, NDArray[np.bool_]]:
    """A wall time that occurs twice is the earlier one, and told; one that does not exist is wrong."""
    offset_ns = fixed_offset_ns(zone)
    if offset_ns is not None:
        times, wrong = _told(parsed, said)
        return np.where(parsed.is_null().to_numpy(), 0, times - offset_ns), wrong
    first, last = (
        parsed.dt.replace_time_zone(zone, ambiguous=which, non_existent="null").dt.timestamp("ns")
        for which in ("earliest", "latest")
    )
    twice = (first != last).fill_null(False).to_numpy()
    if twice.any():
        findings.add("ambiguous_time", int(twice.sum()), row=int(row[twice.argmax()]))
    return first.fill_null(0).to_numpy(), (first.is_null() & said.is_not_null()).to_numpy()


def _epochs(column: pl.Series, unit: str, said: pl.Series | None = None) -> tuple[I64, NDArray[np.bool_]]:
    scale = EPOCHS.get(unit, 1)
    given = column if said is None else said
    if column.dtype.is_float():
        values = column.fill_null(0.0).fill_nan(0.0).to_numpy() * scale
        fits = np.abs(values) < _NS_MAX
        times = np.where(fits, values, 0).round().astype(np.int64)
    else:
        whole = column.cast(pl.Int64, strict=False).fill_null(0).to_numpy()
        fits = np.abs(whole) < _NS_MAX // scale
        times = np.where(fits, whole, 0) * scale
    wrong = ~fits | (column.is_null() & given.is_not_null()).to_numpy()
    return times, wrong
