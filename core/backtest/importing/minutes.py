"""Trades, quotes and source bars folded into the minutes of their group, as they stream by.

A chunk becomes one part for each minute it touches; parts of one minute are put together by the rules of
docs/bars.md: a bar opens with its earliest trade by the market's time and closes with its latest, of equal
times the first and the last that arrived. So neither the chunks' borders nor disorder change a bar. What is
held are parts, never rows.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.importing.chunks import I32, I64, Quotes, SourceBars, Trades
from core.backtest.importing.findings import Findings
from core.clock import NS_PER_S
from core.market.partial_bars import sums

MINUTE_NS: Final = 60 * NS_PER_S
PARTS_FOLD_AT: Final = 1_000_000  # parts (some 100 MB) after which those of equal minutes are put together
# Sums of 64-bit prices as two sums of 32 bits each: exact for 2 thousand million quotes a minute.
LOW_BITS: Final = 32
LOW_MASK: Final = (1 << LOW_BITS) - 1

Parts = NDArray[np.int64]


class Bar(IntEnum):
    """Rows of an array of bar parts, shape (len(Bar), parts)."""

    GROUP = 0
    KEY = 1
    FIRST_NS = 2
    LAST_NS = 3
    OPEN = 4
    HIGH = 5
    LOW = 6
    CLOSE = 7
    VOLUME = 8  # null when nothing told its size
    TRADES = 9
    ROW = 10  # the first in the file


class Mean(IntEnum):
    """Rows of an array of quote parts."""

    GROUP = 0
    KEY = 1
    BID_HIGH = 2
    BID_LOW = 3
    ASK_HIGH = 4
    ASK_LOW = 5
    QUOTES = 6
    ROW = 7


class Minutes:
    """What one file comes to: `bars()` and `means()` by ascending group and key."""

    def __init__(self, base_ns: int, findings: Findings) -> None:
        self._base_ns = base_ns
        self._findings = findings
        self._bars: list[Parts] = []
        self._means: list[Parts] = []
        self._own: list[Parts] = []  # the source's own bars
        self._held: dict[int, int] = {}  # parts by list
        self._newest: dict[int, int] = {}  # latest time of a trade or source bar, by group

    def add(self, chunk: Trades | Quotes | SourceBars) -> None:
        if isinstance(chunk, Trades):
            self._hold(self._bars, self._of_trades(chunk), fold_bars)
        elif isinstance(chunk, Quotes):
            self._hold(self._means, _of_quotes(chunk, self._base_ns), fold_means)
        else:
            self._hold(self._own, self._of_source_bars(chunk), self._first_ones)

    def bars(self) -> Parts:
        own = self._first_ones(_joined(self._own, len(Bar)))
        return fold_bars(_joined([*self._bars, own], len(Bar)))

    def means(self) -> Parts:
        return fold_means(_joined(self._means, len(Mean)))

    def _hold(self, held: list[Parts], parts: Parts, fold: Callable[[Parts], Parts]) -> None:
        held.append(parts)
        count = self._held.get(id(held), 0) + parts.shape[1]
        if count >= PARTS_FOLD_AT:
            whole = fold(_joined(held, parts.shape[0]))
            held[:] = [whole]
            count = whole.shape[1] // 2  # what could not be put together is not tried again at once
        self._held[id(held)] = count

    def _first_ones(self, parts: Parts) -> Parts:
        """By group and time, of bars of one time the first; the others are told."""
        kept, others = first_of_each(parts)
        for group in np.unique(others[Bar.GROUP]).tolist():
            mine = others[:, others[Bar.GROUP] == group]
            self._findings.add(
                "duplicate_bar", mine.shape[1], instrument=str(group), row=int(mine[Bar.ROW].min()),
                time_ns=int(mine[Bar.KEY, mine[Bar.ROW].argmin()]),
            )  # fmt: skip
        return kept

    def _of_trades(self, trades: Trades) -> Parts:
        if not len(trades.event_ns):
            return np.zeros((len(Bar), 0), np.int64)
        order = _by_group(trades.group)
        group, times, price, size, row = (
            _taken(column, order)
            for column in (trades.group, trades.event_ns, trades.price, trades.size, trades.row)
        )
        back = (times[1:] < times[:-1]) & (group[1:] == group[:-1])
        self._watch_order(group, times, row, is_ordered=not back.any())
        if back.any():
            again = np.lexsort((times, group))
            group, times, price, size, row = (column[again] for column in (group, times, price, size, row))
        key = times - times % self._base_ns
        starts, ends = _runs(group, key)
        parts = np.empty((len(Bar), len(starts)), np.int64)
        parts[Bar.GROUP], parts[Bar.KEY] = group[starts], key[starts]
        parts[Bar.FIRST_NS], parts[Bar.LAST_NS] = times[starts], times[ends]
        parts[Bar.OPEN], parts[Bar.CLOSE] = price[starts], price[ends]
        parts[Bar.HIGH] = np.maximum.reduceat(price, starts)
        parts[Bar.LOW] = np.minimum.reduceat(price, starts)
        parts[Bar.VOLUME] = sums(size, starts)
        parts[Bar.TRADES] = ends - starts + 1
        parts[Bar.ROW] = np.minimum.reduceat(row, starts)
        return parts

    def _of_source_bars(self, bars: SourceBars) -> Parts:
        """One part a bar; one of a time that is there already is told and left out when all is folded."""
        order = _by_group(bars.group)
        group, times, row = (_taken(column, order) for column in (bars.group, bars.open_ns, bars.row))
        back = (times[1:] < times[:-1]) & (group[1:] == group[:-1])
        self._watch_order(group, times, row, is_ordered=not back.any())
        columns = (
            group, times, times, times, *(_taken(each, order) for each in (bars.open, bars.high, bars.low,
            bars.close, bars.volume)), np.zeros(len(times), np.int64), row,
        )  # fmt: skip
        return np.stack([column.astype(np.int64, copy=False) for column in columns])

    def _watch_order(self, group: I64, times: I64, row: I64, *, is_ordered: bool) -> None:
        """Count times before that of an earlier row of the group; rows of one group follow each other."""
        if not len(group):
            return
        starts, ends = _runs(group, group)
        for first, last in zip(starts.tolist(), ends.tolist(), strict=True):
            mine = int(group[first])
            newest = self._newest.get(mine)
            if not is_ordered or (newest is not None and times[first] < newest):
                own = times[first : last + 1]
                before = np.empty(len(own), np.int64)
                before[0] = own[0] if newest is None else newest
                np.maximum(np.maximum.accumulate(own[:-1]), before[0], out=before[1:])
                late = np.flatnonzero(own < before)
                if len(late):
                    at = first + int(late[0])
                    self._findings.add(
                        "disorder", len(late), instrument=str(mine), row=int(row[at]), time_ns=int(times[at])
                    )
                newest = max(int(before[-1]), int(own[-1]))
            else:
                newest = int(times[last])
            self._newest[mine] = newest


def fold_bars(parts: Parts) -> Parts:
    """Parts by ascending group and key, each once. `parts` are in order of arrival."""
    if not parts.shape[1] or _ascends(parts):
        return parts
    order = np.lexsort((parts[1], parts[0]))
    parts = parts[:, order]
    starts, ends = _runs(parts[0], parts[1])
    whole = np.empty((len(Bar), len(starts)), np.int64)
    whole[Bar.GROUP], whole[Bar.KEY] = parts[Bar.GROUP, starts], parts[Bar.KEY, starts]
    whole[Bar.HIGH] = np.maximum.reduceat(parts[Bar.HIGH], starts)
    whole[Bar.LOW] = np.minimum.reduceat(parts[Bar.LOW], starts)
    whole[Bar.VOLUME] = sums(parts[Bar.VOLUME], starts)
    whole[Bar.TRADES] = np.add.reduceat(parts[Bar.TRADES], starts)
    whole[Bar.ROW] = np.minimum.reduceat(parts[Bar.ROW], starts)
    first_ns = whole[Bar.FIRST_NS] = np.minimum.reduceat(parts[Bar.FIRST_NS], starts)
    last_ns = whole[Bar.LAST_NS] = np.maximum.reduceat(parts[Bar.LAST_NS], starts)
    bar = np.repeat(np.arange(len(starts)), ends - starts + 1)
    # Of equal times the open is the first that arrived, the close the last: the sort keeps that order.
    opening = np.flatnonzero(parts[Bar.FIRST_NS] == first_ns[bar])
    closing = np.flatnonzero(parts[Bar.LAST_NS] == last_ns[bar])
    whole[Bar.OPEN] = parts[Bar.OPEN, opening[_runs(bar[opening], bar[opening])[0]]]
    whole[Bar.CLOSE] = parts[Bar.CLOSE, closing[_runs(bar[closing], bar[closing])[1]]]
    return whole


def first_of_each(parts: Parts) -> tuple[Parts, Parts]:
    """Of parts in order of arrival: the first of each (group, key), ascending, and the others."""
    if not parts.shape[1] or _ascends(parts):
        return parts, parts[:, :0]
    parts = parts[:, np.lexsort((parts[1], parts[0]))]
    is_first = np.zeros(parts.shape[1], np.bool_)
    is_first[_runs(parts[0], parts[1])[0]] = True
    return parts[:, is_first], parts[:, ~is_first]


def fold_means(parts: Parts) -> Parts:
    """As `fold_bars`, of quote parts."""
    if not parts.shape[1] or _ascends(parts):
        return parts
    parts = parts[:, np.lexsort((parts[1], parts[0]))]
    starts, _ = _runs(parts[0], parts[1])
    whole = np.empty((len(Mean), len(starts)), np.int64)
    whole[:2] = parts[:2, starts]
    whole[2:] = np.add.reduceat(parts[2:], starts, axis=1)
    whole[Mean.ROW] = np.minimum.reduceat(parts[Mean.ROW], starts)
    return whole


def _of_quotes(quotes: Quotes, base_ns: int) -> Parts:
    if not len(quotes.event_ns):
        return np.zeros((len(Mean), 0), np.int64)
    key = quotes.event_ns - quotes.event_ns % base_ns
    group: NDArray[Any] = quotes.group
    bid, ask, row = quotes.bid, quotes.ask, quotes.row
    if not ((key[1:] >= key[:-1]).all() and (group[1:] == group[:-1]).all()):
        order = _by_group_and_key(group, key)
        group, key = group[order], key[order]
        bid, ask, row = bid[order], ask[order], row[order]
    starts, ends = _runs(group, key)
    parts = np.empty((len(Mean), len(starts)), np.int64)
    parts[Mean.GROUP], parts[Mean.KEY] = group[starts], key[starts]
    for price, high, low in ((bid, Mean.BID_HIGH, Mean.BID_LOW), (ask, Mean.ASK_HIGH, Mean.ASK_LOW)):
        parts[high] = np.add.reduceat(price >> LOW_BITS, starts)
        parts[low] = np.add.reduceat(price & LOW_MASK, starts)
    parts[Mean.QUOTES] = ends - starts + 1
    parts[Mean.ROW] = np.minimum.reduceat(row, starts)
    return parts


def _by_group(group: I32) -> NDArray[np.intp] | None:
    """Order that brings rows of one group together and keeps their own; None: they are."""
    if not len(group) or (group[1:] >= group[:-1]).all():
        return None
    # Of 16 bits NumPy's stable sort is a radix sort, several times as fast as of 32.
    if int(group.max()) < 2**16:
        return np.argsort(group.astype(np.uint16), kind="stable")
    return np.argsort(group, kind="stable")


def _by_group_and_key(group: I32, key: I64) -> NDArray[np.intp]:
    order = _by_group(group)
    if order is None:
        order = np.arange(len(group))
    back = (np.diff(key[order]) < 0) & (np.diff(group[order]) == 0)
    return np.lexsort((key, group)) if back.any() else order


def _taken(column: NDArray[Any], order: NDArray[np.intp] | None) -> NDArray[Any]:
    return column if order is None else column[order]


def _runs(group: I64 | I32, key: I64 | I32) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last index of each run of equal (group, key)."""
    changes = np.flatnonzero((key[1:] != key[:-1]) | (group[1:] != group[:-1]))
    return np.concatenate(([0], changes + 1)), np.concatenate((changes, [len(key) - 1]))


def _ascends(parts: Parts) -> bool:
    group, key = parts[0], parts[1]
    later = (group[1:] > group[:-1]) | ((group[1:] == group[:-1]) & (key[1:] > key[:-1]))
    return bool(later.all())


def _joined(parts: list[Parts], rows: int) -> Parts:
    return np.concatenate(parts, axis=1) if parts else np.zeros((rows, 0), np.int64)
