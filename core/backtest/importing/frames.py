"""Rows of a CSV or Parquet file, by role, as the importer's chunks: exact numbers, times in UTC.

A frame has one column a role, of text or of numbers. Numbers become counts of the file's increments; when a
frame needs finer ones than those before, `FinerNeeded` says so and the file is read again. A text that is no
number or no time is refused with its row, unless partial results were asked for.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.backtest.importing.chunks import (
    BAR_SOURCES,
    DAY_NS,
    I32,
    I64,
    Chunk,
    Group,
    Increments,
    Quotes,
    SourceBars,
    Trades,
)
from core.backtest.importing.findings import Findings
from core.backtest.importing.frame_times import are_dates, times_of
from core.backtest.importing.mapping import BARS, MIXED, QUOTES, TRADES, ColumnMapping
from core.backtest.importing.refused import ImportRefused
from core.market.exact import COUNT_LIMIT, UNFIT, float_counts, rescale, text_count
from core.market.fields import NULL
from core.market.instruments import DECIMALS_MAX

PRICES: Final = ("open", "high", "low", "close", "price", "bid", "ask")
SIZES: Final = ("volume", "size")
_NOTHING: Final = ("", "nan", "null", "none", "na", "n/a", "-")


class FinerNeeded(Exception):
    """A number needs more decimals than the file was begun with: begin again with `increments`."""

    def __init__(self, increments: Increments) -> None:
        self.increments = increments


class FrameConverter:
    """Of one file. `interval_ns` is that of bars."""

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
        self._path, self._mapping, self._findings = path, mapping, findings
        self.increments, self._interval_ns, self._allow_partial = increments, interval_ns, allow_partial
        self.groups: list[Group] = []
        self._numbers: dict[tuple[str, str, str, bool], int] = {}
        self._dated = False  # of the frame at hand: bars of a day with dates alone
        self.is_partial = False

    def chunks(self, frame: pl.DataFrame, row: I64) -> Iterator[Chunk]:
        """Raises `ImportRefused`, `FinerNeeded`."""
        if not frame.height:
            return
        numbers, bad = self._counts(frame, row)
        self._dated = self._interval_ns == DAY_NS and are_dates(frame, self._mapping)
        mapping = replace(self._mapping, zone="UTC") if self._dated else self._mapping
        time_ns, wrong = times_of(frame, mapping, self._findings, row)
        if wrong.any():
            at = int(wrong.argmax())
            self.refuse(
                int(row[at]),
                f"its time is {_shown(frame, 'time', at)}, expected {self._mapping.time_format}: "
                "repair or drop the row, or map the time",
                int(wrong.sum()),
            )
        for role, which in bad.items():
            if which.any():
                at = int(which.argmax())
                said = f"{role} is {_shown(frame, role, at)}, no number: repair or drop the row"
                self.refuse(int(row[at]), said, int(which.sum()))
                wrong |= which
        self._count("no_time", (time_ns == 0) & ~wrong, row)
        good = ~wrong & (time_ns != 0)
        yield from self._of_kind(frame, numbers, time_ns, row, good)

    def refuse(self, row: int, said: str, count: int = 1) -> None:
        """Raise, or count when partial results were asked for."""
        if not self._allow_partial:
            raise ImportRefused(self._path, said, row)
        self.is_partial = True
        self._findings.add("unreadable", count, row=row, note=said.partition(":")[0])

    def _of_kind(
        self, frame: pl.DataFrame, numbers: dict[str, I64], time_ns: I64, row: I64, good: NDArray[np.bool_]
    ) -> Iterator[Chunk]:
        kind = self._mapping.kind
        if kind == BARS:
            yield self._bars(frame, numbers, time_ns, row, good)
        elif kind == MIXED:
            kinds = frame["kind"].cast(pl.String)
            trades, quotes = (kinds.eq_missing(each).to_numpy() for each in ("trade", "quote"))
            if "history" in frame.columns:
                trades = trades & ~frame["history"].fill_null(False).to_numpy().astype(np.bool_)
            others = good & ~trades & ~quotes
            self._count("unused", others, row, "rows that are neither trade nor quote")
            yield self._quotes(frame, numbers, time_ns, row, good & quotes)
            yield self._trades(frame, numbers, time_ns, row, good & trades)
        elif kind == TRADES:
            yield self._trades(frame, numbers, time_ns, row, good)
        else:
            yield self._quotes(frame, numbers, time_ns, row, good)

    def _trades(
        self, frame: pl.DataFrame, numbers: dict[str, I64], time_ns: I64, row: I64, good: NDArray[np.bool_]
    ) -> Trades:
        price = numbers["price"]
        size = numbers.get("size", np.full(len(price), NULL))
        self._count("undefined_price", good & (price == NULL), row)
        good = good & (price != NULL) & self._not_negative(size, good, row)
        at = np.flatnonzero(good)
        group = self._groups(frame, at, TRADES)
        return Trades(group, time_ns[at], price[at], size[at], row[at])

    def _quotes(
        self, frame: pl.DataFrame, numbers: dict[str, I64], time_ns: I64, row: I64, good: NDArray[np.bool_]
    ) -> Quotes:
        bid, ask = numbers["bid"], numbers["ask"]
        sided = (bid != NULL) & (ask != NULL)
        self._count("one_sided_quote", good & ~sided, row)
        self._count("crossed_quote", good & sided & (bid > ask), row)
        at = np.flatnonzero(good & sided & (bid <= ask))
        return Quotes(self._groups(frame, at, QUOTES), time_ns[at], bid[at], ask[at], row[at])

    def _bars(
        self, frame: pl.DataFrame, numbers: dict[str, I64], time_ns: I64, row: I64, good: NDArray[np.bool_]
    ) -> SourceBars:
        opens, highs, lows, closes = (numbers[name] for name in ("open", "high", "low", "close"))
        volume = numbers.get("volume", np.full(len(row), NULL))
        priced = np.logical_and.reduce([each != NULL for each in (opens, highs, lows, closes)])
        self._count("undefined_price", good & ~priced, row)
        good = good & priced & self._not_negative(volume, good & priced, row)
        consistent = (highs >= np.maximum(opens, closes)) & (lows <= np.minimum(opens, closes))
        self._count("inconsistent_bar", good & ~consistent, row)
        at = np.flatnonzero(good & consistent)
        source = BAR_SOURCES.get(self._interval_ns, "bars")
        by_close = self._mapping.stamp == "close" and not self._dated
        open_ns = time_ns[at] - (self._interval_ns if by_close else 0)
        group = self._groups(frame, at, source, self._interval_ns)
        return SourceBars(
            group, open_ns, opens[at], highs[at], lows[at], closes[at], volume[at], row[at]
        )  # fmt: skip

    def _not_negative(self, size: I64, good: NDArray[np.bool_], row: I64) -> NDArray[np.bool_]:
        fine: NDArray[np.bool_] = (size >= 0) | (size == NULL)
        self._count("negative_size", good & ~fine, row)
        return fine

    def _groups(self, frame: pl.DataFrame, at: NDArray[np.intp], source: str, interval_ns: int = 0) -> I32:
        """Group of every row of `at`, by its exchange and symbol."""
        named = [
            frame[role].cast(pl.String).fill_null("").to_numpy()[at] if role in frame.columns else None
            for role in ("exchange", "symbol")
        ]
        if named[0] is None and named[1] is None:
            number = self._number(source, self._mapping.exchange, self._mapping.symbol, interval_ns)
            return np.full(len(at), number, np.int32)
        exchange, symbol = (
            np.full(len(at), said) if column is None else column
            for column, said in zip(named, (self._mapping.exchange, self._mapping.symbol), strict=True)
        )
        pairs = pl.DataFrame({"exchange": exchange.astype(str), "symbol": symbol.astype(str)})
        ids = pairs.select(pl.struct("exchange", "symbol").rank("dense") - 1).to_series().to_numpy()
        names = pairs.with_columns(id=ids).unique("id").sort("id")
        numbers = [
            self._number(source, str(ex), str(sym), interval_ns)
            for ex, sym in zip(names["exchange"], names["symbol"], strict=True)
        ]
        group: I32 = np.array(numbers, np.int32)[ids.astype(np.int64)] if len(at) else np.zeros(0, np.int32)
        return group

    def _number(self, source: str, exchange: str, symbol: str, interval_ns: int) -> int:
        dated = self._dated and interval_ns == DAY_NS
        number = self._numbers.setdefault((source, exchange, symbol, dated), len(self.groups))
        if number == len(self.groups):
            closes = interval_ns == DAY_NS and self._mapping.stamp == "close" and not dated
            self.groups.append(
                Group(
                    source,
                    exchange or "CSV",
                    symbol or "UNNAMED",
                    interval_ns=interval_ns,
                    closes=closes,
                    dated=dated,
                )
            )
        return number

    def _count(self, kind: str, which: NDArray[np.bool_], row: I64, note: str = "") -> None:
        if which.any():
            self._findings.add(kind, int(which.sum()), row=int(row[which.argmax()]), note=note)

    def _rounded(
        self, column: pl.Series, counts: I64, decimals: NDArray[np.int8], row: I64, role: str
    ) -> tuple[I64, NDArray[np.int8]]:
        """To the decimals that a person asked for; how many that changed is told."""
        places = self._mapping.decimals
        assert places is not None
        counts, decimals, changed = rounded(column, self._mapping.decimal, counts, decimals, places)
        self._count("rounded", changed, row, f"{role} to {places} decimals")
        return counts, decimals

    # ---- numbers -------------------------------------------------------------------------------------
    def _counts(self, frame: pl.DataFrame, row: I64) -> tuple[dict[str, I64], dict[str, NDArray[np.bool_]]]:
        """(counts by role, which rows of a role hold no number). Rows that no count holds become null."""
        found: dict[str, I64] = {}
        bad: dict[str, NDArray[np.bool_]] = {}
        needed = {"price": self.increments.price_decimals, "size": self.increments.size_decimals}
        exact: dict[str, tuple[I64, NDArray[np.int8]]] = {}
        for role in (*PRICES, *SIZES):
            if role in frame.columns:
                counts, decimals, bad[role] = number_counts(frame[role], self._mapping.decimal)
                exact[role] = counts, decimals
                what = "size" if role in SIZES else "price"
                if what == "price" and self._mapping.decimals is not None:
                    counts, decimals = self._rounded(frame[role], counts, decimals, row, role)
                    exact[role] = counts, decimals
                needed[what] = max(needed[what], _holding(counts, decimals))
        wanted = Increments(needed["price"], needed["size"])
        if wanted != self.increments:
            raise FinerNeeded(wanted)
        for role, (counts, decimals) in exact.items():
            places = np.full(len(counts), needed["size" if role in SIZES else "price"], np.int64)
            scaled, fits = rescale(counts, decimals, places)
            self._count("unfit_number", ~fits & ~bad[role], row, role)
            found[role] = np.where(fits, scaled, NULL)
        return found, bad


def rounded(
    column: pl.Series, mark: str, counts: I64, decimals: NDArray[np.int8], places: int
) -> tuple[I64, NDArray[np.int8], NDArray[np.bool_]]:
    """(counts of at most `places` decimals, their decimals, which were rounded), halves away from zero."""
    finer = (decimals > places) & (decimals != UNFIT) & (counts != NULL)
    step = np.power(10, np.where(finer, decimals.astype(np.int64) - places, 0), dtype=np.int64)
    near = np.sign(counts) * ((np.abs(counts) + step // 2) // step)
    counts, decimals = np.where(finer, near, counts), np.where(finer, places, decimals).astype(np.int8)
    for at in np.flatnonzero(decimals == UNFIT).tolist():  # more digits than a count holds
        value = text_count(_rounded_text(str(column[at]).replace(mark, "."), places))
        if value is not None:
            counts[at], decimals[at], finer[at] = *value, True
    return counts, decimals, finer


def _rounded_text(text: str, places: int) -> str:
    try:
        return f"{Decimal(text).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
    except InvalidOperation:
        return ""


def number_counts(column: pl.Series, mark: str) -> tuple[I64, NDArray[np.int8], NDArray[np.bool_]]:
    """(counts, their decimals, which are no numbers at all); null stays null with 0 decimals."""
    if column.dtype == pl.String:
        return _text_counts(column, mark)
    null = column.is_null().to_numpy()
    if column.dtype.is_integer():
        counts = np.where(
            null, NULL, column.fill_null(0).cast(pl.Int64, strict=False).fill_null(NULL).to_numpy()
        )
        return counts, np.zeros(len(counts), np.int8), np.zeros(len(counts), np.bool_)
    if column.dtype.is_decimal():
        return _text_counts(column.cast(pl.String), ".")
    if column.dtype == pl.Float32:  # 182.01 of 32 bits prints so, and is 182.00999450683594 in 64
        column = column.cast(pl.String)
    values = column.cast(pl.Float64).fill_null(0.0).to_numpy()
    counts, decimals = float_counts(values)
    null = null | np.isnan(values)
    return (
        np.where(null, NULL, counts),
        np.where(null, 0, decimals).astype(np.int8),
        np.zeros(len(null), np.bool_),
    )


def _text_counts(column: pl.Series, mark: str) -> tuple[I64, NDArray[np.int8], NDArray[np.bool_]]:
    """Whole columns of plain decimals at once; exponents and other rarities one by one."""
    text = column.str.strip_chars(" \t\"'\r").str.strip_prefix("+")
    parts = text.str.split_exact(mark, 1)
    whole = parts.struct.field("field_0")
    part = parts.struct.field("field_1").fill_null("").str.strip_chars_end("0")
    plain = text.str.contains(rf"^-?(\d+[{mark}]?\d*|[{mark}]\d+)$").fill_null(False)
    lengths = part.str.len_bytes().to_numpy().astype(np.int64)
    counts_text = (whole + part).cast(pl.Int64, strict=False)
    simple = (plain & counts_text.is_not_null()).to_numpy() & (lengths <= DECIMALS_MAX)
    counts = counts_text.fill_null(0).to_numpy().copy()
    simple &= np.abs(counts) <= COUNT_LIMIT
    decimals = np.where(simple, lengths, 0).astype(np.int8)
    bad = np.zeros(len(counts), np.bool_)
    for at in np.flatnonzero(~simple).tolist():
        said = text[at]
        if said is None or said.lower() in _NOTHING:
            counts[at] = NULL
            continue
        said = said.replace(mark, ".")
        found = text_count(said)
        if found is not None:
            counts[at], decimals[at] = found
        else:
            counts[at], decimals[at] = 0, UNFIT
            bad[at] = not _is_number(said)
    return counts, decimals, bad


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _holding(counts: I64, decimals: NDArray[np.int8]) -> int:
    """Decimals that hold the most of these numbers exactly; of those that hold as many the finest."""
    keep = (decimals != UNFIT) & (counts != NULL)
    most, held = 0, -1
    for places in np.unique(decimals[keep]).tolist():
        fits = rescale(counts[keep], decimals[keep], np.full(int(keep.sum()), places))[1]
        if (count := int(fits.sum())) >= held:
            most, held = places, count
    return most


def _shown(frame: pl.DataFrame, role: str, at: int) -> str:
    value: Any = frame[role][at]
    return repr(value if not isinstance(value, str) else value[:40])
