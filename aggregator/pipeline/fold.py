"""Folds market events into the quote table, many at once.

Keeps nothing but scratch columns. The result of one call with n events equals n calls with one event each
(tests fold both ways): quotes last wins, trades and bars accumulate, session figures are absolute. No Python
runs per event; every accumulation is a NumPy ufunc, whose order for repeated rows is defined.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.clock import NS_PER_US
from core.market.fields import NULL, Field, TradingState
from core.market.instruments import COUNT_MAX
from core.market.quote_table import QuoteTable, Rows
from core.wire.raw_events import TradeFlag

HISTORY: Final = int(TradeFlag.HISTORY)
CANCEL: Final = int(TradeFlag.CANCEL)
TRADING_STATE_MAX: Final = max(TradingState)  # above: not told, or not known to this version
_NS_MAX: Final = np.iinfo(np.int64).max

Column = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Quotes:
    """Equal-length columns in event order; `rows` are table rows. Null: no order on that side."""

    rows: Rows
    event_ns: Column
    recv_ns: Column
    bid: Column
    bid_size: Column
    ask: Column
    ask_size: Column


@dataclass(frozen=True, slots=True)
class Trades:
    """`order` compares events of different kinds: message number << 16 | position."""

    rows: Rows
    order: Column
    event_ns: Column
    recv_ns: Column
    price: Column
    size: Column
    flags: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Bars:
    rows: Rows
    order: Column
    event_ns: Column
    recv_ns: Column
    interval_ns: Column
    open: Column
    high: Column
    low: Column
    close: Column
    volume: Column


@dataclass(frozen=True, slots=True)
class Sessions:
    """Absolute figures of the session; null, or a trading state above `TRADING_STATE_MAX`: not told."""

    rows: Rows
    order: Column
    event_ns: Column
    recv_ns: Column
    open: Column
    high: Column
    low: Column
    reference: Column
    volume: Column
    trading_state: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Events:
    """What one call folds; a kind without events is None."""

    quotes: Quotes | None = None
    trades: Trades | None = None
    bars: Bars | None = None
    sessions: Sessions | None = None

    def kinds(self) -> list[Quotes | Trades | Bars | Sessions]:
        return [kind for kind in (self.quotes, self.trades, self.bars, self.sessions) if kind is not None]


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows touched by a fold, ascending and unique, with the earliest and latest `recv_ns` of each."""

    rows: Rows
    recv_oldest_ns: Column
    recv_newest_ns: Column


@dataclass(frozen=True, slots=True)
class _Prints:
    """Trades and bars as one sequence: what they do to last, open, high, low and volume is the same."""

    rows: Rows
    order: Column
    open: Column
    high: Column
    low: Column
    close: Column
    volume: Column
    counted: NDArray[np.bool_] | None  # None: every one


class Folder:
    """Folds into one table. The caller has dropped events that `price_is_sane` refuses."""

    def __init__(self, table: QuoteTable) -> None:
        self._table = table
        self._mark = np.zeros(0, np.bool_)
        self._scratch = np.zeros((2, 0), np.int64)

    def fold(self, events: Events) -> Changes:
        """Fold, stamp the touched rows once, and say which they were."""
        values = self._table.values
        self._fit(values.shape[1])
        kinds = events.kinds()
        for kind in kinds:
            self._mark[kind.rows] = True
        touched = np.flatnonzero(self._mark)
        self._mark[touched] = False
        event_us = self._extreme(kinds, touched, np.maximum, "event_ns") // NS_PER_US
        values[Field.EVENT_US, touched] = np.maximum(values[Field.EVENT_US, touched], event_us)
        if events.quotes is not None:
            self._fold_quotes(values, events.quotes)
        # Trades taken back leave the volume, and nothing else: apart from the others, after all of them.
        events, taken = _apart(events)
        if events.trades is not None or events.bars is not None:
            self._fold_prints(values, events, taken)
        elif taken is not None and events.sessions is None:
            _fold_volume(values, None, taken)
        if events.sessions is not None:
            _fold_sessions(values, events.sessions, events, taken)
        self._table.touch(touched)
        oldest_ns = self._extreme(kinds, touched, np.minimum, "recv_ns")
        return Changes(touched, oldest_ns, self._extreme(kinds, touched, np.maximum, "recv_ns"))

    def _fit(self, row_count: int) -> None:
        if row_count != self._mark.shape[0]:
            self._mark = np.zeros(row_count, np.bool_)
            self._scratch = np.zeros((2, row_count), np.int64)

    def _extreme(
        self, kinds: list[Quotes | Trades | Bars | Sessions], touched: Rows, pick: np.ufunc, column: str
    ) -> Column:
        scratch = self._scratch[0]
        scratch[touched] = NULL if pick is np.maximum else _NS_MAX
        for kind in kinds:
            pick.at(scratch, kind.rows, getattr(kind, column))
        return scratch[touched]

    def _last_of(self, rows: Rows) -> tuple[Rows, Rows]:
        """Rows without repeats, and the position of the last event of each."""
        newest = self._scratch[1]
        newest[rows] = -1
        np.maximum.at(newest, rows, np.arange(rows.shape[0]))
        positions = newest[rows]
        chosen = np.flatnonzero(positions == np.arange(rows.shape[0]))
        return rows[chosen], chosen

    def _first_of(self, rows: Rows) -> tuple[Rows, Rows]:
        unique, reverse_positions = self._last_of(rows[::-1])
        return unique, rows.shape[0] - 1 - reverse_positions

    def _fold_quotes(self, values: Column, quotes: Quotes) -> None:
        rows, chosen = self._last_of(quotes.rows)
        values[Field.BID, rows] = quotes.bid[chosen]
        values[Field.BID_SIZE, rows] = quotes.bid_size[chosen]
        values[Field.ASK, rows] = quotes.ask[chosen]
        values[Field.ASK_SIZE, rows] = quotes.ask_size[chosen]

    def _fold_prints(self, values: Column, events: Events, taken: Trades | None) -> None:
        prints = _as_prints(events.trades, events.bars)
        rows, chosen = self._last_of(prints.rows)
        values[Field.LAST, rows] = prints.close[chosen]
        if events.trades is not None:
            trade_rows, chosen = self._last_of(events.trades.rows)
            values[Field.LAST_SIZE, trade_rows] = events.trades.size[chosen]
        if prints.counted is not None:
            prints = _only(prints, prints.counted)
        if not prints.rows.shape[0] and taken is None:
            return
        for field in (Field.OPEN, Field.REFERENCE):
            if (values[field, rows] == NULL).any():
                first_rows, chosen = self._first_of(prints.rows)
                empty = values[field, first_rows] == NULL
                values[field, first_rows[empty]] = prints.open[chosen[empty]]
        if events.sessions is None:  # else _fold_sessions does it, cut at each row's last session event
            accumulate_high(values, prints.rows, prints.high)
            accumulate_low(values, prints.rows, prints.low)
            _fold_volume(values, prints, taken)


def _apart(events: Events) -> tuple[Events, Trades | None]:
    """Events without the trades taken back, and those that count in the volume."""
    trades = events.trades
    if trades is None:
        return events, None
    is_back = (trades.flags & CANCEL) != 0
    if not is_back.any():
        return events, None
    left = _chosen(trades, ~is_back) if not is_back.all() else None
    counted = is_back & ((trades.flags & HISTORY) == 0)
    taken = _chosen(trades, counted) if counted.any() else None
    return Events(events.quotes, left, events.bars, events.sessions), taken


def _chosen(trades: Trades, mask: NDArray[np.bool_]) -> Trades:
    return Trades(
        trades.rows[mask], trades.order[mask], trades.event_ns[mask], trades.recv_ns[mask],
        trades.price[mask], trades.size[mask], trades.flags[mask],
    )  # fmt: skip


def _fold_volume(values: Column, prints: _Prints | None, taken: Trades | None) -> None:
    """Add what was traded, subtract what was taken back; in order where both meet."""
    if taken is None:
        if prints is not None:
            accumulate_volume(values, prints.rows, prints.volume)
        return
    touched = np.zeros(values.shape[1], np.bool_)
    touched[taken.rows] = True
    amounts: list[tuple[int, int, int]] = []
    if prints is not None:
        mixed = touched[prints.rows]
        accumulate_volume(values, prints.rows[~mixed], prints.volume[~mixed])
        amounts += zip(
            prints.order[mixed].tolist(), prints.rows[mixed].tolist(), prints.volume[mixed].tolist(),
            strict=True,
        )  # fmt: skip
    less = (-np.maximum(taken.size, 0)).tolist()
    amounts += zip(taken.order.tolist(), taken.rows.tolist(), less, strict=True)
    column = values[Field.VOLUME]
    backs = set(taken.order.tolist())
    for order, row, amount in sorted(amounts):  # trades taken back are rare
        before = int(column[row])
        if before == NULL and order in backs:
            continue  # no volume is told: nothing to take from
        column[row] = min(COUNT_MAX, max(0, (0 if before == NULL else before) + amount))


def accumulate_high(values: Column, rows: Rows, high: Column) -> None:
    np.maximum.at(values[Field.HIGH], rows, high)  # null is the smallest of all


def accumulate_low(values: Column, rows: Rows, low: Column) -> None:
    column = values[Field.LOW]
    empty = rows[column[rows] == NULL]
    column[empty] = _NS_MAX
    np.minimum.at(column, rows, low)


def accumulate_volume(values: Column, rows: Rows, volume: Column) -> None:
    """Add; a total that 64 bits cannot hold stays at the largest count instead of wrapping."""
    if not rows.shape[0]:
        return
    column = values[Field.VOLUME]
    before = column[rows]
    column[rows[before == NULL]] = 0
    if int(volume.max()) * volume.shape[0] + max(0, int(before.max())) <= COUNT_MAX:
        np.add.at(column, rows, volume)
        return
    for row, size in zip(rows.tolist(), volume.tolist(), strict=True):  # once in a lifetime of an instrument
        column[row] = min(COUNT_MAX, int(column[row]) + size)


def _fold_sessions(values: Column, sessions: Sessions, events: Events, taken: Trades | None) -> None:
    prints = _as_prints(events.trades, events.bars) if events.trades or events.bars else None
    if prints is not None and prints.counted is not None:
        prints = _only(prints, prints.counted)
    for field, figures in ((Field.OPEN, sessions.open), (Field.REFERENCE, sessions.reference)):
        told = figures != NULL
        rows, chosen = _last_unique(sessions.rows[told])
        values[field, rows] = figures[told][chosen]
    told = sessions.trading_state <= TRADING_STATE_MAX
    rows, chosen = _last_unique(sessions.rows[told])
    values[Field.TRADING_STATE, rows] = sessions.trading_state[told][chosen]
    for field, figures in (
        (Field.HIGH, sessions.high), (Field.LOW, sessions.low), (Field.VOLUME, sessions.volume),
    ):  # fmt: skip
        told = figures != NULL
        rows, chosen = _last_unique(sessions.rows[told])
        values[field, rows] = figures[told][chosen]
        cut = np.full(values.shape[1], -1, np.int64)
        cut[rows] = sessions.order[told][chosen]
        later = None if prints is None else _only(prints, prints.order > cut[prints.rows])
        if field is Field.VOLUME:
            back = None if taken is None else _chosen(taken, taken.order > cut[taken.rows])
            _fold_volume(values, later, back)
        elif later is not None and field is Field.HIGH:
            accumulate_high(values, later.rows, later.high)
        elif later is not None:
            accumulate_low(values, later.rows, later.low)


def _last_unique(rows: Rows) -> tuple[Rows, Rows]:
    """As `Folder._last_of`, by sorting: for the rare kinds."""
    unique, reverse_positions = np.unique(rows[::-1], return_index=True)
    return unique, rows.shape[0] - 1 - reverse_positions


def _as_prints(trades: Trades | None, bars: Bars | None) -> _Prints:
    of_trades = None
    if trades is not None:
        history = (trades.flags & HISTORY) != 0
        counted = ~history if history.any() else None
        price, size = trades.price, np.maximum(trades.size, 0)  # an untold size adds nothing
        of_trades = _Prints(trades.rows, trades.order, price, price, price, price, size, counted)
        if bars is None:
            return of_trades
    assert bars is not None
    of_bars = _Prints(
        bars.rows, bars.order, bars.open, bars.high, bars.low, bars.close, np.maximum(bars.volume, 0), None
    )
    if of_trades is None:
        return of_bars
    return _merge(of_trades, of_bars)


def _merge(first: _Prints, second: _Prints) -> _Prints:
    in_order = np.argsort(np.concatenate((first.order, second.order)), kind="stable")

    def both(column: str) -> Column:
        joined: Column = np.concatenate((getattr(first, column), getattr(second, column)))[in_order]
        return joined

    counted = None
    if first.counted is not None:
        counted = np.concatenate((first.counted, np.ones(second.rows.shape[0], np.bool_)))[in_order]
    return _Prints(
        both("rows"), both("order"), both("open"), both("high"), both("low"), both("close"), both("volume"),
        counted,
    )  # fmt: skip


def _only(prints: _Prints, mask: NDArray[np.bool_]) -> _Prints:
    return _Prints(
        prints.rows[mask], prints.order[mask], prints.open[mask], prints.high[mask], prints.low[mask],
        prints.close[mask], prints.volume[mask], None,
    )  # fmt: skip
