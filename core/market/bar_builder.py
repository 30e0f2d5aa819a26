"""Bars of any interval from trades in order of arrival, by the rules in bars.py.

`build_bars` makes all at once; `bars_builder` gives what folds trades in bit by bit, to the same bars.
`closed_flags` and `finished` add what a clock tells. Pure and vectorised.
"""

from typing import Protocol

import numpy as np

from core.market.bars import BarColumns, BarFlag
from core.market.cut_bars import CutBars
from core.market.fields import NULL
from core.market.intervals import Interval
from core.market.partial_bars import counted
from core.market.timed_bars import TimedBars
from core.market.trades import I64, U8, TradeColumns
from core.market.trading_day import TradingDay, next_day_begin

MID_DECIMALS = 1  # of a mid, more than its quote's
_HALF_MAX = (2**63 - 1) // 10


class BarsBuilder(Protocol):
    """What `TimedBars` and `CutBars` have in common."""

    interval: Interval

    @property
    def count(self) -> int: ...
    @property
    def keys(self) -> I64: ...
    def add(self, trades: TradeColumns) -> I64: ...
    def columns(self, first: int = 0, stop: int | None = None) -> BarColumns: ...
    def keep(self, count: int) -> None: ...


def bars_builder(interval: Interval, day: TradingDay, size_decimals: int) -> TimedBars | CutBars:
    """An empty series that trades are added to."""
    return TimedBars(interval, day) if interval.is_timed else CutBars(interval, day, size_decimals)


def build_bars(
    interval: Interval,
    event_ns: I64,
    price: I64,
    size: I64,
    flags: U8,
    *,
    day: TradingDay,
    size_decimals: int,
    number_from: int = 0,
) -> BarColumns:
    """Every bar of these trades, all but the last CLOSED. `number_from`: number of the first counted bar."""
    trades = counted(TradeColumns(event_ns, price, size, flags))
    builder = (
        TimedBars(interval, day) if interval.is_timed else CutBars(interval, day, size_decimals, number_from)
    )
    builder.add(trades)
    bars = builder.columns()
    if len(bars):
        bars.flags[:-1] |= np.uint8(BarFlag.CLOSED)
    return bars


def end_ns(interval: Interval, day: TradingDay, key: int) -> int:
    """When a time bar is over."""
    return next_day_begin(day, key) if interval.is_day else key + interval.span_ns


def mids(event_ns: I64, bid: I64, ask: I64) -> TradeColumns:
    """Quotes with both sides as trades at their mid: at `MID_DECIMALS` more, without size."""
    usable = (bid != NULL) & (ask != NULL)
    usable &= (np.abs(np.where(usable, bid, 0)) <= _HALF_MAX) & (
        np.abs(np.where(usable, ask, 0)) <= _HALF_MAX
    )
    if not usable.all():
        event_ns, bid, ask = event_ns[usable], bid[usable], ask[usable]
    return TradeColumns(
        event_ns, (bid + ask) * 5, np.full(len(event_ns), NULL, np.int64), np.zeros(len(event_ns), np.uint8)
    )
