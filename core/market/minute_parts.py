"""Minutes of many instruments, of trades that are not kept themselves: how far back bars of minutes reach.

Runs of parts sorted by instrument and minute; neighbours of like size are put together, so that adding is
cheap and finding one instrument's minutes takes a handful of slices. Bounded: the oldest minutes go first.
"""

import itertools
from typing import Final

import numpy as np

from core.clock import NS_PER_S
from core.market.fields import NULL
from core.market.intervals import seconds
from core.market.partial_bars import (
    CANCEL,
    HISTORY,
    PART_FIELDS,
    Part,
    Parts,
    combine,
    has_prints,
    join_parts,
    no_parts,
    parts_of_trades,
    put_together,
    sums,
)
from core.market.row_log import SealedChunk
from core.market.trades import I64, TradeColumns
from core.market.trading_day import TradingDay

MINUTE_PARTS_MAX: Final = 400_000  # 100 bytes each
_MINUTE_NS: Final = 60 * NS_PER_S
_ROW_SHIFT: Final = 32  # a minute since 1970 takes 28 bits until 2262
_MINUTE_MASK: Final = (1 << _ROW_SHIFT) - 1
_MINUTE: Final = seconds(60)
_ROUND_THE_CLOCK: Final = TradingDay()


class MinuteParts:
    """Keys are row << 32 | minute inside, ns outside. `dropped` counts minutes given up for room."""

    def __init__(self, parts_max: int = MINUTE_PARTS_MAX) -> None:
        self.dropped = 0
        self._parts_max = parts_max
        self._runs: list[Parts] = []  # in order of arrival
        self._newest_ns = np.full(0, NULL, np.int64)  # of each row's trades that were added

    def __len__(self) -> int:
        return sum(run.shape[1] for run in self._runs)

    def newest_ns(self, row: int) -> int:
        """Latest time of a trade of the row that is only here; null when there is none."""
        return int(self._newest_ns[row]) if row < self._newest_ns.shape[0] else NULL

    def add(self, chunk: SealedChunk) -> None:
        """Trades as columns event_ns, price, size, flags; those that count."""
        self._fit(int(chunk.rows[-1]) + 1)
        parts = _parts_of_chunk(chunk)
        rows = parts[Part.KEY] >> _ROW_SHIFT
        overtaken = parts[Part.OVERTAKEN_NS]
        np.maximum(overtaken, self._newest_ns[rows], out=overtaken)
        np.maximum.at(self._newest_ns, rows, parts[Part.LAST_NS])
        self._runs.append(parts)
        while len(self._runs) > 1 and self._runs[-2].shape[1] <= 2 * self._runs[-1].shape[1]:
            newer = self._runs.pop()
            self._runs[-1] = put_together(np.concatenate((self._runs[-1], newer), axis=1))
        if len(self) > self._parts_max:
            self._drop_oldest()

    def parts(self, row: int) -> Parts:
        """Parts of a row in order of arrival; each minute may occur several times."""
        found = []
        for run in self._runs:
            first, stop = np.searchsorted(
                run[Part.KEY], (row << _ROW_SHIFT, (row + 1) << _ROW_SHIFT)
            ).tolist()
            if first < stop:
                mine = run[:, first:stop].copy()
                mine[Part.KEY] = (mine[Part.KEY] & _MINUTE_MASK) * _MINUTE_NS
                found.append(mine)
        return join_parts(found) if found else no_parts()

    def rescale(self, row: int, price_factor: int, size_factor: int) -> None:
        """Count a row finer; what does not fit 64 bits goes."""
        for number, run in enumerate(self._runs):
            first, stop = np.searchsorted(
                run[Part.KEY], (row << _ROW_SHIFT, (row + 1) << _ROW_SHIFT)
            ).tolist()
            fits = scale_parts(run[:, first:stop], price_factor, size_factor)
            if not fits.all():
                kept = np.ones(run.shape[1], np.bool_)
                kept[first:stop] = fits
                self._runs[number] = run[:, kept]

    def clear(self) -> None:
        self._runs.clear()
        self._newest_ns[:] = NULL

    def _fit(self, row_count: int) -> None:
        if row_count > self._newest_ns.shape[0]:
            wider = np.full(max(row_count, 2 * self._newest_ns.shape[0]), NULL, np.int64)
            wider[: self._newest_ns.shape[0]] = self._newest_ns
            self._newest_ns = wider

    def _drop_oldest(self) -> None:
        minutes = np.concatenate([run[Part.KEY] & _MINUTE_MASK for run in self._runs])
        oldest = np.partition(minutes, len(minutes) // 4)[len(minutes) // 4]
        self._runs = [run[:, (run[Part.KEY] & _MINUTE_MASK) > oldest] for run in self._runs]
        self.dropped += len(minutes) - len(self)


def scale_parts(
    parts: Parts, price_factor: int, size_factor: int
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Multiply in place; which parts fitted 64 bits (the others are spoilt)."""
    fits = np.ones(parts.shape[1], np.bool_)
    for fields, factor, none in (
        ((Part.OPEN, Part.HIGH, Part.LOW, Part.CLOSE), price_factor, ~has_prints(parts)),
        ((Part.VOLUME, Part.TAKEN_VOLUME), size_factor, None),
    ):
        for field in fields if factor != 1 else ():
            values = parts[field]
            empty = (values == NULL) if none is None else none
            fits &= empty | (np.abs(np.where(empty, 0, values)) <= (2**63 - 1) // factor)
            parts[field] = np.where(empty, values, values * factor)
    return fits


def _parts_of_chunk(chunk: SealedChunk) -> Parts:
    """Parts of all rows at once; rows with trades taken back one by one, there are few."""
    rows, (times, price, size, flags) = chunk.rows.astype(np.int64), chunk.data
    old = (flags & HISTORY) != 0
    if old.any():
        chunk = SealedChunk(chunk.begin, chunk.rows[~old], chunk.places[~old], chunk.data[:, ~old])
        rows, (times, price, size, flags) = rows[~old], chunk.data
    taken = (flags & CANCEL) != 0
    apart: list[Parts] = []
    if taken.any():
        special = np.unique(rows[taken])
        apart = [_parts_of_row(chunk, row) for row in special.tolist()]
        plain = ~np.isin(rows, special)
        rows, times, price, size = rows[plain], times[plain], price[plain], size[plain]
    parts = _parts_of_prints(rows, times, price, size) if len(rows) else no_parts()
    if not apart:
        return parts
    return put_together(np.concatenate((parts, *apart), axis=1))


def _parts_of_row(chunk: SealedChunk, row: int) -> Parts:
    times, price, size, flags = chunk.data[:, chunk.span(row)]
    trades = TradeColumns(times, price, size, flags.astype(np.uint8))
    parts = combine(parts_of_trades(trades, _MINUTE, _ROUND_THE_CLOCK))
    parts[Part.KEY] = (row << _ROW_SHIFT) | (parts[Part.KEY] // _MINUTE_NS)
    return parts


def _parts_of_prints(rows: I64, times: I64, price: I64, size: I64) -> Parts:
    overtaken = None
    same_row = rows[1:] == rows[:-1]
    if (same_row & (times[1:] < times[:-1])).any():
        overtaken = _overtaken(rows, times, same_row)
        order = _by_row_and_time(rows, times)
        rows, times, price, size = rows[order], times[order], price[order], size[order]
        overtaken = overtaken[order]
    keys = (rows << _ROW_SHIFT) | (times // _MINUTE_NS)
    changes = np.flatnonzero(keys[1:] != keys[:-1])
    starts, ends = np.concatenate(([0], changes + 1)), np.concatenate((changes, [len(keys) - 1]))
    parts = np.zeros((PART_FIELDS, len(starts)), np.int64)
    parts[Part.KEY] = keys[starts]
    parts[Part.FIRST_NS], parts[Part.LAST_NS] = times[starts], times[ends]
    parts[Part.OPEN], parts[Part.CLOSE] = price[starts], price[ends]
    parts[Part.HIGH], parts[Part.LOW] = np.maximum.reduceat(price, starts), np.minimum.reduceat(price, starts)
    parts[Part.VOLUME] = sums(size, starts)
    parts[Part.TRADES] = ends - starts + 1
    parts[Part.OVERTAKEN_NS] = NULL if overtaken is None else np.maximum.reduceat(overtaken, starts)
    return parts


def _by_row_and_time(rows: I64, times: I64) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    first_ns = int(times.min())
    span = int(times.max()) - first_ns + 1
    if span * (int(rows[-1]) + 1) < 2**62:
        # One key instead of two, and nearly in order already: that is sorted in a fifth of the time.
        return np.argsort(rows * span + (times - first_ns), kind="stable")
    return np.lexsort((times, rows))


def _overtaken(rows: I64, times: I64, same_row: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> I64:
    """Latest time of the row before each trade: a running maximum that begins anew with each row."""
    first_ns = int(times.min())
    span = int(times.max()) - first_ns + 1
    row_index = np.concatenate(([0], np.cumsum(~same_row)))
    overtaken = np.full(len(rows), NULL, np.int64)
    if span * (int(row_index[-1]) + 1) < 2**62:
        highest = np.maximum.accumulate(row_index * span + (times - first_ns))
        overtaken[1:][same_row] = (highest % span + first_ns)[:-1][same_row]
        return overtaken
    starts = np.concatenate(([0], np.flatnonzero(~same_row) + 1, [len(rows)])).tolist()
    for first, stop in itertools.pairwise(starts):
        overtaken[first + 1 : stop] = np.maximum.accumulate(times[first : stop - 1])
    return overtaken
