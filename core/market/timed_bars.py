"""Bars of a time interval that grow with their trades: each call folds what has arrived since the last.

Keeps one part per bar (partial_bars.py) in a growing array by ascending key, so that a late or cancelled
trade amends the bar it belongs to, however old. Says which bars each call touched. Pure; flags that go by a
clock or by lost messages are somebody else's.
"""

from typing import Final

import numpy as np

from core.market.bars import BarColumns, no_bars
from core.market.fields import NULL
from core.market.growing_parts import GrowingParts
from core.market.intervals import Interval
from core.market.partial_bars import (
    Part,
    Parts,
    at_interval,
    combine,
    has_prints,
    newest_print_ns,
    no_parts,
    parts_of_trades,
    timed_columns,
)
from core.market.trades import I64, TradeColumns
from core.market.trading_day import TradingDay

ORPHANS_MAX: Final = 1_024


class TimedBars:
    """`count` bars by ascending key. Trades are those that count (no HISTORY), in order of arrival."""

    def __init__(self, interval: Interval, day: TradingDay) -> None:
        assert interval.is_timed
        self.interval = interval
        self._day = day
        self._parts = GrowingParts()
        self._orphans = no_parts()  # taken back before the trade itself was heard
        self._newest_ns = NULL

    @property
    def count(self) -> int:
        return self._parts.count

    @property
    def keys(self) -> I64:
        """Shape (count,): a view, valid until the bars change."""
        return self._parts.keys

    def add(self, trades: TradeColumns) -> I64:
        """Fold trades in; ascending keys of the bars that are new or changed."""
        return self._merge(parts_of_trades(trades, self.interval, self._day, self._newest_ns))

    def add_parts(self, parts: Parts) -> I64:
        """Fold parts in, of this interval or of shorter ones that divide it, in order of arrival."""
        return self._merge(combine(at_interval(parts, self.interval, self._day), self._newest_ns))

    def columns(self, first: int = 0, stop: int | None = None) -> BarColumns:
        """Bars `first` to `stop`; flags but CHANGED are 0."""
        parts = self._parts.values[:, first:stop]
        return timed_columns(parts, self.interval, self._day) if parts.shape[1] else no_bars()

    def keep(self, count: int) -> None:
        """Forget all but the newest `count` bars."""
        self._parts.keep(count)

    def _merge(self, parts: Parts) -> I64:
        kept = self._parts.values
        if self._orphans.shape[1] or not has_prints(parts).all():
            parts = self._without_orphans(parts)
        if not parts.shape[1]:
            return np.zeros(0, np.int64)
        touched: I64 = parts[Part.KEY]
        first = int(np.searchsorted(kept[Part.KEY], touched[0]))
        tail = kept[:, first:]
        if tail.shape[1] > 2 * parts.shape[1] + 16:
            self._merge_within(parts)
        else:
            whole = combine(np.concatenate((tail, parts), axis=1)) if tail.shape[1] else parts
            self._parts.replace_from(first, whole)
        self._newest_ns = max(self._newest_ns, newest_print_ns(parts))
        return touched

    def _without_orphans(self, parts: Parts) -> Parts:
        """The parts that belong to bars; the others wait for a trade of their bar."""
        parts = combine(np.concatenate((self._orphans, parts), axis=1))
        is_bar = has_prints(parts) | np.isin(parts[Part.KEY], self.keys)
        self._orphans = parts[:, ~is_bar][:, -ORPHANS_MAX:]
        return parts[:, is_bar]

    def _merge_within(self, parts: Parts) -> None:
        """A late trade far back: rows that are there are amended in place, others put between."""
        kept = self._parts.values
        at = np.searchsorted(kept[Part.KEY], parts[Part.KEY])
        is_there = np.zeros(parts.shape[1], np.bool_)
        inside = np.flatnonzero(at < kept.shape[1])
        is_there[inside] = kept[Part.KEY, at[inside]] == parts[Part.KEY, inside]
        rows = at[is_there]
        kept[:, rows] = combine(np.concatenate((kept[:, rows], parts[:, is_there]), axis=1))
        if not is_there.all():
            self._parts.insert(at[~is_there], parts[:, ~is_there])
