"""Bars from CSV (plain or .gz): HistData's `;` files without header, and `timestamp,open,high,low,close`.

Times are taken as the open of the interval; a bar is played at its close. HistData's are of the zone that
core/backtest/importing/histdata.py finds, files with a header are UTC. Prices are read as text, exactly.
"""

import re
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aggregator.feeds.recorded.builder import Columns, EventChunk, EventKind, FileEvents
from aggregator.feeds.recorded.tape import TAPE_EVENTS_MAX, TapeError
from core.backtest.importing.histdata import zone_of
from core.backtest.importing.mapping import fixed_offset_ns
from core.clock import NS_PER_S
from core.market.exact import group_decimals, rescale, text_counts
from core.market.fields import NULL
from core.market.instruments import DECIMALS_MAX, Instrument, InstrumentKey

_PRICES: Final = ("open", "high", "low", "close")
_HISTDATA_NAME: Final = re.compile(r"DAT_ASCII_([A-Z]+)_M1", re.IGNORECASE)
_DATE_PART: Final = re.compile(r"\d{4,8}|m\d+|\d+[smhd]", re.IGNORECASE)


def read_csv(path: Path) -> FileEvents:
    """Bars of a file. Raises `TapeError` for other columns or an unreadable row."""
    try:
        lines = pl.read_csv(
            path, has_header=False, separator="\x01", new_columns=["line"], schema={"line": pl.String},
            quote_char=None,
        )["line"]  # fmt: skip
    except (pl.exceptions.PolarsError, OSError) as error:
        said = str(error).splitlines()[0][:160]
        raise TapeError(f"{path.name}: damaged or cut-off CSV ({said}): get the file again") from error
    first = str(lines[0]) if len(lines) else ""
    histdata = first.count(";") == 5
    header = _PRICES if histdata else tuple(first.lower().split(","))[1:]
    if not histdata and (not first.lower().startswith("timestamp,") or header[:4] != _PRICES):
        raise TapeError(
            f"{path.name}: columns {first[:60]!r} are not known: "
            "give HistData bars or timestamp,open,high,low,close[,volume]"
        )
    if len(lines) > TAPE_EVENTS_MAX:
        raise TapeError(f"{path.name}: {len(lines):,} rows, at most {TAPE_EVENTS_MAX:,}: split the file")
    separator, skipped = (";", 0) if histdata else (",", 1)
    lines = lines.slice(skipped)
    names = ["timestamp", *_PRICES, *(["volume"] if histdata or "volume" in header else [])]
    split = lines.str.split(separator).list
    short = (split.len() < len(names)).fill_null(True)
    if short.any():
        row = int(short.arg_max() or 0) + skipped
        raise TapeError(f"{path.name}: row {row:,} has fewer than {len(names)} columns: repair or drop it")
    return _bars(path, pl.DataFrame({name: split.get(i) for i, name in enumerate(names)}), skipped, histdata)


def _bars(path: Path, frame: pl.DataFrame, skipped: int, histdata: bool) -> FileEvents:
    if frame.height == 0:
        raise TapeError(f"{path.name}: no rows: give a file with bars")
    events = FileEvents(path.name)
    row = np.arange(frame.height) + skipped
    event_ns = _times(path, frame["timestamp"], skipped, histdata, events.notes)
    gaps = np.diff(event_ns)
    interval_ns = int(gaps[gaps > 0].min()) if (gaps > 0).any() else 60 * NS_PER_S
    zero = np.zeros(frame.height, np.int64)
    found = {name: text_counts(frame[name].to_list()) for name in _PRICES}
    price_decimals = group_decimals(
        np.concatenate([found[name][0] for name in _PRICES]),
        np.concatenate([found[name][1] for name in _PRICES]),
        np.tile(zero, len(_PRICES)),
        1,
    )
    columns: Columns = {}
    good = np.ones(frame.height, np.bool_)
    for name in _PRICES:
        columns[name], exact = rescale(*found[name], price_decimals[zero])
        exact &= columns[name] != NULL
        events.reject(f"{name} is no decimal of at most 18 places within 64 bits", row[good & ~exact])
        good &= exact
    size_decimals = np.zeros(1, np.int8)
    columns["volume"] = np.full(frame.height, NULL)
    if "volume" in frame.columns and not histdata:  # HistData's volume is always 0: it has none
        volume = text_counts(frame["volume"].to_list())
        told = np.where(volume[0] == NULL, 0, volume[0]) / 10.0 ** np.minimum(volume[1], DECIMALS_MAX)
        size_decimals = group_decimals(*volume, zero, 1, np.array([told.sum()]))
        columns["volume"], exact = rescale(*volume, size_decimals[zero])
        exact &= (columns["volume"] >= 0) | (columns["volume"] == NULL)
        events.reject("volume is no positive decimal of at most 18 places within 64 bits", row[good & ~exact])
        good &= exact
    columns |= {"instrument": zero, "event_ns": event_ns, "interval_ns": np.full(frame.height, interval_ns)}
    key = _key(path)
    events.instruments = [Instrument(key, int(price_decimals[0]), int(size_decimals[0]), inferred=True)]
    events.records["csv bar"] = frame.height
    chunk = EventChunk(EventKind.BAR, columns, event_ns + interval_ns, row, row, row)
    events.chunks.append(chunk.take(good))
    return events


def _times(
    path: Path, text: pl.Series, skipped: int, histdata: bool, notes: list[str]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Open times in UTC ns; what was taken so goes to `notes`."""
    if histdata:
        parsed = text.str.to_datetime("%Y%m%d %H%M%S", time_unit="ns", strict=False)
    else:
        plain = text.str.replace(r"(\+00:00|Z)$", "").str.replace("T", " ", literal=True)
        parsed = plain.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="ns", strict=False)
    if parsed.null_count():
        row = int(parsed.is_null().arg_max() or 0)
        raise TapeError(
            f"{path.name}: row {row + skipped:,} has the time {text[row]!r}: "
            "times are 2013-02-01 00:00:00 in UTC (HistData: 20130201 000000), repair or drop it"
        )
    if histdata:
        zone, said = zone_of((parsed,))
        notes += [f"{path.name}: {said}"] if said else []
        if (offset_ns := fixed_offset_ns(zone)) is None:
            parsed = _of_zone(path, parsed, zone, skipped)
        else:
            parsed = parsed.dt.offset_by(f"{-offset_ns}ns")
    times: NDArray[np.int64] = parsed.dt.timestamp("ns").to_numpy()
    return times


def _of_zone(path: Path, walls: pl.Series, zone: str, skipped: int) -> pl.Series:
    """In UTC; of an hour that occurs twice the earlier one."""
    times = walls.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    if times.null_count():
        row = int(times.is_null().arg_max() or 0)
        raise TapeError(
            f"{path.name}: row {row + skipped:,} has the time {walls[row]}, "
            "which New York's clocks leave out: repair or drop it"
        )
    return times


def _key(path: Path) -> InstrumentKey:
    """The instrument as the file's name tells it: EURUSD of HISTDATA, BTC-PERP or USDJPY-ASK of CSV."""
    stem = path.name.split(".")[0]
    histdata = _HISTDATA_NAME.search(stem)
    if histdata:
        return InstrumentKey("HISTDATA", histdata[1].upper())
    parts = [part for part in re.split(r"[-_ ]", stem) if part and not _DATE_PART.fullmatch(part)]
    return InstrumentKey("CSV", "-".join(parts).upper() or "UNNAMED")
