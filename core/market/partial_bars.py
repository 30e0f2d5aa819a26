"""Parts of time bars: what some of a bar's trades say of it, so that parts put together are the bar.

One int64 array of shape (PART_FIELDS, parts); a column is what one run of trades knows of one bar (its key).
Put together in order of arrival they give the bars of all trades, however those were split and in whatever
order those of different times came. Volume is added up to the largest count and stays there. Parts of minutes
make bars of every interval that is whole minutes.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.bars import BarColumns, BarFlag
from core.market.fields import NULL
from core.market.intervals import Interval
from core.market.trades import I64, TradeColumns
from core.market.trading_day import TradingDay, day_begins
from core.wire.raw_events import TradeFlag

COUNT_MAX: Final = 2**63 - 1
CANCEL: Final = int(TradeFlag.CANCEL)
HISTORY: Final = int(TradeFlag.HISTORY)
_SURELY_FITS: Final = float(2**62)


class Part(IntEnum):
    """Rows of an array of parts. Without a print: times and prices are those that lose every comparison."""

    KEY = 0
    FIRST_NS = 1
    LAST_NS = 2
    OPEN = 3
    HIGH = 4
    LOW = 5
    CLOSE = 6
    VOLUME = 7  # of the prints; null when none told its size
    TRADES = 8
    TAKEN_VOLUME = 9  # of trades taken back
    TAKEN_TRADES = 10
    OVERTAKEN_NS = 11  # latest time of a print that had arrived before one of these trades


PART_FIELDS: Final = len(Part)
Parts = NDArray[np.int64]


def no_parts() -> Parts:
    return np.zeros((PART_FIELDS, 0), np.int64)


def interval_keys(interval: Interval, day: TradingDay, event_ns: I64) -> I64:
    """Begin of the interval, or of the trading day, that each time lies in."""
    if interval.is_day:
        return day_begins(day, event_ns)
    return event_ns - event_ns % interval.span_ns


def counted(trades: TradeColumns) -> TradeColumns:
    """Without those of before (HISTORY), which are in no bar."""
    old = (trades.flags & HISTORY) != 0
    return trades.take(~old) if old.any() else trades


def parts_of_trades(
    trades: TradeColumns, interval: Interval, day: TradingDay, newest_ns: int = NULL
) -> Parts:
    """Parts by ascending key of trades in order of arrival; `newest_ns`: latest print before them."""
    if not len(trades):
        return no_parts()
    taken = (trades.flags & CANCEL) != 0
    has_taken = bool(taken.any())
    printed_ns = np.where(taken, NULL, trades.event_ns) if has_taken else trades.event_ns
    overtaken = np.empty(len(trades), np.int64)
    overtaken[0] = newest_ns
    np.maximum(np.maximum.accumulate(printed_ns[:-1]), newest_ns, out=overtaken[1:])
    if not has_taken:
        return _of_prints(trades, overtaken, interval, day)
    prints = _of_prints(trades.take(~taken), overtaken[~taken], interval, day)
    backs = _of_taken(trades.take(taken), overtaken[taken], interval, day)
    return put_together(np.concatenate((prints, backs), axis=1))


def _of_prints(trades: TradeColumns, overtaken: I64, interval: Interval, day: TradingDay) -> Parts:
    times, price, size = trades.event_ns, trades.price, trades.size
    if not len(times):
        return no_parts()
    if (times[1:] < times[:-1]).any():
        order = np.argsort(times, kind="stable")
        times, price, size, overtaken = times[order], price[order], size[order], overtaken[order]
    keys = interval_keys(interval, day, times)
    starts, ends = _runs(keys)
    parts = np.zeros((PART_FIELDS, len(starts)), np.int64)
    parts[Part.KEY] = keys[starts]
    parts[Part.FIRST_NS], parts[Part.LAST_NS] = times[starts], times[ends]
    parts[Part.OPEN], parts[Part.CLOSE] = price[starts], price[ends]
    parts[Part.HIGH] = np.maximum.reduceat(price, starts)
    parts[Part.LOW] = np.minimum.reduceat(price, starts)
    parts[Part.VOLUME] = sums(size, starts)
    parts[Part.TRADES] = ends - starts + 1
    parts[Part.OVERTAKEN_NS] = np.maximum.reduceat(overtaken, starts)
    return parts


def _of_taken(trades: TradeColumns, overtaken: I64, interval: Interval, day: TradingDay) -> Parts:
    order = np.argsort(trades.event_ns, kind="stable")
    keys = interval_keys(interval, day, trades.event_ns[order])
    starts, ends = _runs(keys)
    parts = empty_parts(keys[starts])
    parts[Part.TAKEN_VOLUME] = np.maximum(sums(trades.size[order], starts), 0)
    parts[Part.TAKEN_TRADES] = ends - starts + 1
    parts[Part.OVERTAKEN_NS] = np.maximum.reduceat(overtaken[order], starts)
    return parts


def empty_parts(keys: I64) -> Parts:
    """Parts that know of no print."""
    parts = np.zeros((PART_FIELDS, len(keys)), np.int64)
    parts[Part.KEY] = keys
    parts[[Part.FIRST_NS, Part.LOW]] = COUNT_MAX
    parts[[Part.LAST_NS, Part.HIGH, Part.OPEN, Part.CLOSE, Part.VOLUME, Part.OVERTAKEN_NS]] = NULL
    return parts


def at_interval(parts: Parts, interval: Interval, day: TradingDay) -> Parts:
    """The same parts as parts of longer bars; not put together yet."""
    longer = parts.copy()
    longer[Part.KEY] = interval_keys(interval, day, parts[Part.KEY])
    return longer


def combine(parts: Parts, newest_ns: int = NULL) -> Parts:
    """Put parts together: by ascending key, each key once. `parts` are in order of arrival."""
    if not parts.shape[1]:
        return parts
    keys = parts[Part.KEY]
    before = np.empty(len(keys), np.int64)
    before[0] = newest_ns
    np.maximum(np.maximum.accumulate(parts[Part.LAST_NS, :-1]), newest_ns, out=before[1:])
    parts = parts.copy()
    np.maximum(parts[Part.OVERTAKEN_NS], before, out=parts[Part.OVERTAKEN_NS])
    return parts if (keys[1:] > keys[:-1]).all() else put_together(parts)


def put_together(parts: Parts) -> Parts:
    """As `combine`, of parts that know themselves what had overtaken them."""
    keys = parts[Part.KEY]
    order = np.argsort(keys, kind="stable")
    sorted_parts = parts[:, order]
    starts, ends = _runs(sorted_parts[Part.KEY])
    whole = np.empty((PART_FIELDS, len(starts)), np.int64)
    whole[Part.KEY] = sorted_parts[Part.KEY, starts]
    whole[Part.HIGH] = np.maximum.reduceat(sorted_parts[Part.HIGH], starts)
    whole[Part.LOW] = np.minimum.reduceat(sorted_parts[Part.LOW], starts)
    for field in (Part.VOLUME, Part.TRADES, Part.TAKEN_VOLUME, Part.TAKEN_TRADES):
        whole[field] = sums(sorted_parts[field], starts)
    whole[Part.OVERTAKEN_NS] = np.maximum.reduceat(sorted_parts[Part.OVERTAKEN_NS], starts)
    # Of equal times the open is the first that arrived, the close the last: the sort keeps that order.
    first_ns = whole[Part.FIRST_NS] = np.minimum.reduceat(sorted_parts[Part.FIRST_NS], starts)
    last_ns = whole[Part.LAST_NS] = np.maximum.reduceat(sorted_parts[Part.LAST_NS], starts)
    bar = np.repeat(np.arange(len(starts)), ends - starts + 1)
    opening = np.flatnonzero(sorted_parts[Part.FIRST_NS] == first_ns[bar])
    closing = np.flatnonzero(sorted_parts[Part.LAST_NS] == last_ns[bar])
    whole[Part.OPEN] = sorted_parts[Part.OPEN, opening[_runs(bar[opening])[0]]]
    whole[Part.CLOSE] = sorted_parts[Part.CLOSE, closing[_runs(bar[closing])[1]]]
    return whole


def newest_print_ns(parts: Parts) -> int:
    """Latest time of a print; null when there is none."""
    return int(parts[Part.LAST_NS].max()) if parts.shape[1] else NULL


def has_prints(parts: Parts) -> NDArray[np.bool_]:
    """Which parts are bars; a trade taken back whose bar is unknown makes none."""
    printed: NDArray[np.bool_] = parts[Part.LAST_NS] != NULL
    return printed


def timed_columns(parts: Parts, interval: Interval, day: TradingDay) -> BarColumns:
    """Bars of whole parts with prints; CHANGED where a later bar had begun before one of its trades."""
    flags = np.zeros(parts.shape[1], np.uint8)
    doubtful = np.flatnonzero(parts[Part.OVERTAKEN_NS] > parts[Part.LAST_NS])
    if len(doubtful):
        overtaken = interval_keys(interval, day, parts[Part.OVERTAKEN_NS, doubtful])
        flags[doubtful[overtaken > parts[Part.KEY, doubtful]]] = BarFlag.CHANGED
    return columns(parts, flags)


def columns(parts: Parts, flags: NDArray[np.uint8]) -> BarColumns:
    """Bars with what was taken back left out of volume and count, never below nothing."""
    volume, taken = parts[Part.VOLUME], parts[Part.TAKEN_VOLUME]
    if taken.any():
        less = np.maximum(0, volume - np.where(volume == NULL, 0, taken))
        volume = np.where((volume == NULL) | (volume == COUNT_MAX), volume, less)
    trades = np.maximum(0, parts[Part.TRADES] - parts[Part.TAKEN_TRADES])
    return BarColumns(
        parts[Part.KEY], parts[Part.FIRST_NS], parts[Part.LAST_NS], parts[Part.OPEN], parts[Part.HIGH],
        parts[Part.LOW], parts[Part.CLOSE], volume, trades, flags,
    )  # fmt: skip


def join_parts(parts: Sequence[Parts]) -> Parts:
    """Parts after each other, as they arrived."""
    return np.concatenate(parts, axis=1) if parts else no_parts()


def sums(values: I64, starts: NDArray[np.intp]) -> I64:
    """Sum of each run of counts: the largest count when 64 bits cannot hold it, null when all are null."""
    told = values != NULL
    is_told = bool(told.all())
    amounts = values if is_told else np.where(told, values, 0)
    totals: I64 = np.add.reduceat(amounts, starts)
    if float(amounts.max()) * len(amounts) >= _SURELY_FITS:
        about = np.add.reduceat(amounts.astype(np.float64), starts)
        stops = np.append(starts[1:], len(amounts))
        for run in np.flatnonzero(about >= _SURELY_FITS).tolist():  # once in a lifetime of an instrument
            totals[run] = min(COUNT_MAX, sum(amounts[starts[run] : stops[run]].tolist()))
    if not is_told:
        totals[~np.logical_or.reduceat(told, starts)] = NULL
    return totals


def _runs(keys: I64) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First and last index of each run of equal keys."""
    changes = np.flatnonzero(keys[1:] != keys[:-1])
    return np.concatenate(([0], changes + 1)), np.concatenate((changes, [len(keys) - 1]))
