"""A chart's bars as CSV: exact decimals without thousands separators, times with offsets, words for flags.

Apart from the picture, for it needs polars: a desk that exports nothing does not load it.
"""

from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from core.clock import NS_PER_S
from core.market.bars import BarColumns, BarFlag
from core.market.fields import NULL
from core.market.intervals import Interval
from core.market.trading_day import TradingDay, day_begins
from core.market.zones import offsets_s
from desktop.export_file import ExportError, write_whole
from desktop.panels.chart.text import FLAG_WORDS
from desktop.panels.chart.time_ticks import I64

_NOT_CLOSED: Final = "forming"


def write_csv(
    path: Path,
    bars: BarColumns,
    interval: Interval,
    zone: ZoneInfo,
    day: TradingDay,
    price_decimals: int,
    size_decimals: int,
) -> int:
    """Every bar a row, earliest first; returns how many. Raises `ExportError`; then an old file is as it was.

    Columns: open_time, end_time (ISO 8601 with offset; the end of a bar of trades is its last trade), open,
    high, low, close, volume (empty for bars of quotes), trades, flags (words joined by "; ").
    """
    if not len(bars):
        raise ExportError(f"{path.name} was not written: there is no bar yet")
    opens = bars.key if interval.is_timed else bars.first_ns
    table = pl.DataFrame(
        {
            "open_time": _times(opens, zone, interval.is_timed),
            "end_time": _times(_ends(bars, interval, day), zone, interval.is_timed),
            "open": _decimals(bars.open, price_decimals),
            "high": _decimals(bars.high, price_decimals),
            "low": _decimals(bars.low, price_decimals),
            "close": _decimals(bars.close, price_decimals),
            "volume": _decimals(bars.volume, size_decimals),
            "trades": bars.trades,
            "flags": _flags(bars.flags.astype(np.int64)),
        }
    )

    def save(unfinished: Path) -> None:
        try:
            table.write_csv(unfinished)
        except pl.exceptions.PolarsError as error:
            raise OSError(str(error)) from error

    write_whole(path, save)
    return len(bars)


def _ends(bars: BarColumns, interval: Interval, day: TradingDay) -> I64:
    if not interval.is_timed:
        return bars.last_ns
    if not interval.is_day:
        return bars.key + interval.span_ns
    # A day is 23 to 25 hours: thirty-six after its begin lie within the next.
    ends: I64 = day_begins(day, bars.key + 36 * 3_600 * NS_PER_S)
    return ends


def _times(at_ns: I64, zone: ZoneInfo, whole_seconds: bool) -> pl.Series:
    # Polars takes ten times as long for times in a zone as for those without one: the offset is put behind.
    offsets = offsets_s(zone, at_ns // NS_PER_S)
    layout = "%Y-%m-%dT%H:%M:%S" if whole_seconds else "%Y-%m-%dT%H:%M:%S%.9f"
    local = pl.Series(at_ns + offsets * NS_PER_S).cast(pl.Datetime("ns")).dt.strftime(layout)
    signs = {int(offset): _offset(int(offset)) for offset in np.unique(offsets)}
    return local + pl.Series(offsets).replace_strict(signs, return_dtype=pl.String)


def _offset(offset_s: int) -> str:
    """`-04:00`, as ISO 8601 has it."""
    hours, minutes = divmod(abs(offset_s) // 60, 60)
    return f"{'-' if offset_s < 0 else '+'}{hours:02d}:{minutes:02d}"


def _decimals(counts: I64, decimals: int) -> pl.Series:
    """Exact text of each count x 10^-decimals, null for null."""
    column = pl.Series("counts", counts).to_frame().select(
        pl.when(pl.col("counts") != NULL).then(pl.col("counts")).alias("counts")
    )  # fmt: skip
    sign = pl.when(pl.col("counts") < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    size = pl.col("counts").abs()
    whole = (size // 10**decimals).cast(pl.String)
    text = sign + whole
    if decimals:
        text = text + pl.lit(".") + (size % 10**decimals).cast(pl.String).str.zfill(decimals)
    return column.select(text.alias("text")).to_series()


def _flags(flags: I64) -> pl.Series:
    words = {
        int(value): "; ".join(
            [word for flag, word in FLAG_WORDS if value & flag]
            + ([] if value & BarFlag.CLOSED else [_NOT_CLOSED])
        )
        for value in np.unique(flags)
    }
    return pl.Series([words[value] for value in flags.tolist()], dtype=pl.String)
