"""Takes a chart out of the desk: its bars as CSV, its picture as PNG.

Either file is whole or not there: written beside its place and moved. Numbers are exact decimals without
thousands separators, times carry their offset, what a bar may lack is said in words. What goes wrong is one
line for a person.
"""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from core.clock import NS_PER_S
from core.market.bars import BarColumns, BarFlag
from core.market.fields import NULL
from core.market.intervals import Interval
from core.market.trading_day import TradingDay, day_begins
from desktop.paint.theme import Theme
from desktop.panels.chart.text import FLAG_WORDS
from desktop.panels.chart.time_ticks import I64, offsets_s

CAPTION_HEIGHT_PX: Final = 22
CAPTION_LINE_PX: Final = 14  # of each line after the first
CAPTION_DOT: Final = " · "
_NOT_CLOSED: Final = "forming"


class ExportError(Exception):
    """Which file, what was wrong, what to do."""


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
    _write_whole(path, lambda unfinished: table.write_csv(unfinished))
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


def caption_lines(caption: str, metrics: QFontMetricsF, room_px: float) -> list[str]:
    """Broken between parts: that a picture is of a replay must not be cut off in a narrow chart."""
    lines: list[str] = []
    for part in caption.split(CAPTION_DOT):
        longer = f"{lines[-1]}{CAPTION_DOT}{part}" if lines else part
        if lines and metrics.horizontalAdvance(longer) <= room_px:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def picture_of(widget: QWidget, caption: str, theme: Theme) -> QImage:
    """The widget as it is on the screen, with lines below that say what it is of."""
    shown = widget.grab().toImage()
    ratio = shown.devicePixelRatio()
    width, height = shown.width() / ratio, shown.height() / ratio
    font, pad = theme.number_font("small"), theme.px("spacing.m")
    lines = caption_lines(caption, QFontMetricsF(font), width - 2 * pad)
    caption_px = CAPTION_HEIGHT_PX + (len(lines) - 1) * CAPTION_LINE_PX
    whole = QImage(shown.width(), shown.height() + round(caption_px * ratio), QImage.Format.Format_RGB32)
    whole.setDevicePixelRatio(ratio)
    whole.fill(theme.color("surface.panel"))
    painter = QPainter(whole)
    painter.drawPixmap(0, 0, QPixmap.fromImage(shown))
    painter.fillRect(QRectF(0, height, width, 1), theme.color("border.default"))
    painter.setFont(font)
    painter.setPen(theme.color("text.secondary"))
    place = QRectF(pad, height, width - 2 * pad, caption_px)
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, "\n".join(lines))
    painter.end()
    return whole


def write_png(path: Path, widget: QWidget, caption: str, theme: Theme) -> None:
    """The picture with its caption as a PNG file. Raises `ExportError`; then an old file is as it was."""
    image = picture_of(widget, caption, theme)

    def save(unfinished: Path) -> None:
        if not image.save(str(unfinished), "PNG"):  # type: ignore[call-overload]
            raise OSError(f"{unfinished.parent} cannot be written to or is full")

    _write_whole(path, save)


def _write_whole(path: Path, write: Callable[[Path], object]) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        write(unfinished)
        unfinished.replace(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ExportError(f"{path} was not written: {reason}; choose another place") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
