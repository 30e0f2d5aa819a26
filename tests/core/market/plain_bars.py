"""Bars built plainly: a loop over all trades in order of arrival, dictionaries and Python's own numbers.

Shares no code with the product but the flags' numbers and when a trading day begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.market.trading_day import TradingDay, day_begins

NULL = -(2**63)
MOST = 2**63 - 1
SECOND_NS = 10**9
DAY_S = 86_400


@dataclass(frozen=True)
class Trade:
    event_ns: int
    price: int
    size: int = 1
    cancel: bool = False
    history: bool = False


@dataclass
class Bar:
    key: int
    first_ns: int
    last_ns: int
    open: int
    high: int
    low: int
    close: int
    added: int
    trades: int
    taken: int = 0
    is_changed: bool = False

    @property
    def volume(self) -> int:
        if self.added == NULL or self.added == MOST:
            return self.added
        return max(0, self.added - self.taken)

    @property
    def row(self) -> tuple[int, ...]:
        return (
            self.key, self.first_ns, self.last_ns, self.open, self.high, self.low, self.close, self.volume,
            max(0, self.trades), self.is_changed,
        )  # fmt: skip


def plain_timed(trades: Sequence[Trade], seconds: int, day: TradingDay) -> list[tuple[int, ...]]:
    bars: dict[int, Bar] = {}
    early: dict[int, list[Trade]] = {}  # taken back before anything of the bar was heard
    newest = NULL
    for trade in trades:
        if trade.history:
            continue
        key = _begin(trade.event_ns, seconds, day)
        bar = bars.get(key)
        if trade.cancel:
            if bar is None:
                early.setdefault(key, []).append(trade)
            else:
                _take(bar, trade)
                bar.is_changed |= newest > key
            continue
        if bar is None:
            bar = bars[key] = _new(key, trade)
            for cancel in early.pop(key, []):
                _take(bar, cancel)
        else:
            _add(bar, trade)
        bar.is_changed |= newest > key
        newest = max(newest, key)
    return [bars[key].row for key in sorted(bars)]


def plain_counted(
    trades: Sequence[Trade], full: int, day: TradingDay, *, is_volume: bool
) -> list[tuple[int, ...]]:
    bars: list[Bar] = []
    where: dict[tuple[int, int, int], list[Bar]] = {}
    filled = 0
    today = NULL
    for trade in trades:
        if trade.history:
            continue
        name = (trade.event_ns, trade.price, trade.size)
        if trade.cancel:
            if where.get(name):
                bar = where[name].pop()
                _take(bar, trade)
                bar.is_changed |= bar is not bars[-1]
            continue
        begin = _begin(trade.event_ns, DAY_S, day)
        if not bars or filled >= full or begin > today:
            bars.append(_new(len(bars), trade))
            filled = 0
        else:
            bar = bars[-1]
            opened = bar.open
            _add(bar, trade)
            bar.open, bar.close = opened, trade.price  # by arrival
        today = max(today, begin)
        filled += max(0, trade.size) if is_volume else 1
        where.setdefault(name, []).append(bars[-1])
    return [bar.row for bar in bars]


def _begin(event_ns: int, seconds: int, day: TradingDay) -> int:
    if seconds == DAY_S:
        return int(day_begins(day, np.array([event_ns]))[0])
    return event_ns // (seconds * SECOND_NS) * seconds * SECOND_NS


def _new(key: int, trade: Trade) -> Bar:
    price, time_ns = trade.price, trade.event_ns
    return Bar(key, time_ns, time_ns, price, price, price, price, trade.size, 1)


def _add(bar: Bar, trade: Trade) -> None:
    if trade.event_ns < bar.first_ns:
        bar.first_ns = trade.event_ns
        bar.open = trade.price
    if trade.event_ns >= bar.last_ns:
        bar.last_ns, bar.close = trade.event_ns, trade.price
    bar.high, bar.low = max(bar.high, trade.price), min(bar.low, trade.price)
    if trade.size != NULL:
        bar.added = min(MOST, max(0, bar.added) + trade.size)
    bar.trades += 1


def _take(bar: Bar, trade: Trade) -> None:
    bar.trades -= 1
    if trade.size != NULL:
        bar.taken = min(MOST, bar.taken + trade.size)
