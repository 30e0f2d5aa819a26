"""What a scope keeps of its trades, quotes of who never traded, and sources' own bars, for charts to come.

Hears everything that is folded. No Python runs per event: a turn's columns are copied to the end of a log.
Bounded: 2 million trades, beyond them minutes (core/market/minute_parts.py); what is given up is counted.
A session's events before the point it was turned to come from `backfill`.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aggregator.pipeline.backfill import Backfill
from aggregator.pipeline.bars.gaps import Gaps, event_ns
from aggregator.pipeline.bars.source_bars import parts_of_bars, parts_of_columns
from aggregator.pipeline.fold import Bars, Events, Quotes, Trades
from aggregator.pipeline.instruments import InstrumentRows
from core.market.bar_builder import mids
from core.market.bars import BarColumns
from core.market.fields import NULL, Field
from core.market.instruments import COUNT_MAX, InstrumentKey
from core.market.minute_parts import MinuteParts
from core.market.partial_bars import HISTORY, Parts, counted
from core.market.quote_table import Rows
from core.market.row_log import CHUNK_EVENTS, RowLog, SealedChunk
from core.market.trades import TradeColumns, join_trades
from core.metrics import Counters

TRADES_MAX: Final = 2_000_000
QUOTES_MAX: Final = 1_000_000
BARS_MAX: Final = 500_000
PAST_MAX: Final = 256  # instruments
_FLAGS: Final = 3  # column of a trade's flags
_LATEST: Final = np.iinfo(np.int64).max


class BarStore:
    """`watch` rows to be told of their news by `take_changed`. `is_live`: a start has a gap before it."""

    def __init__(
        self,
        registry: InstrumentRows,
        counters: Counters,
        *,
        is_live: bool = True,
        backfill: Backfill | None = None,
        trades_max: int = TRADES_MAX,
        chunk_events: int = CHUNK_EVENTS,
    ) -> None:
        self.gaps = Gaps()
        self.backfill = backfill
        if backfill is not None:
            self.gaps.know(backfill.gaps)
        self.trades = RowLog(4, _chunks(trades_max, chunk_events), self._on_trades_evicted, chunk_events)
        self.quotes = RowLog(3, _chunks(QUOTES_MAX, chunk_events), self._on_evicted, chunk_events)
        self.bars = RowLog(7, _chunks(BARS_MAX, chunk_events), self._on_evicted, chunk_events)
        self.minutes = MinuteParts()
        self._registry = registry
        self.is_live = is_live
        self._row_count = 0
        self._traded = np.zeros(0, np.bool_)
        self._bar_ns = np.zeros(0, np.int64)  # length of the source's shortest own bars, 0: none
        self._watched = np.zeros(0, np.bool_)
        self._recv_oldest_ns = np.zeros(0, np.int64)
        self._changed: list[Rows] = []
        self._awaited: dict[str, int] = {}  # epochs of feeds whose state a turn waits for
        self._past: dict[int, TradeColumns | None] = {}  # what the backfill said, by row
        self._past_bars: dict[int, tuple[int, BarColumns] | None] = {}
        self._is_turning = False
        self._is_watching = False
        self._rows_of: dict[str, tuple[int, NDArray[np.bool_]]] = {}  # of exchanges with an open gap
        self._ended: list[tuple[str, int]] = []
        self._kept = counters.counter("bars_trades_kept")
        self._dropped = counters.counter("bars_trades_dropped")

    # ---- what is folded ----------------------------------------------------------------------------------
    def on_events(self, events: Events) -> None:
        """Keep what bars are made of. While turning: states only, which tell nothing new."""
        if self._is_turning:
            return
        if self._row_count != self._registry.table.row_count:
            self._fit(self._registry.table.row_count)
        if self.gaps.open:
            self._end_gaps(events)
        if events.trades is not None:
            self._on_trades(events.trades)
        if events.quotes is not None:
            self._on_quotes(events.quotes)
        if events.bars is not None:
            self._on_bars(events.bars)

    def on_reset(self, exchange: str, epoch: int, rows: Rows) -> None:
        """Messages of the feed were lost, or it began anew."""
        if epoch == self._awaited.get(exchange):
            del self._awaited[exchange]  # the state that a turn brought
            return
        if self._is_turning:
            return
        newest_ns = self._newest_ns(rows)
        if newest_ns != NULL or self.is_live:
            self.gaps.begin(exchange, newest_ns)

    def take_ended_gaps(self) -> list[tuple[str, int]]:
        """Gaps that ended since the last call: exchange and begin of each."""
        if not self._ended:
            return self._ended
        ended, self._ended = self._ended, []
        return ended

    def _end_gaps(self, events: Events) -> None:
        """The first events of an exchange after a reset are its state: what is after them is not missing."""
        for exchange in self.gaps.open:
            rows = self._mask_of(exchange)
            newest_ns = NULL
            for kind in events.kinds():
                mine = rows[kind.rows]
                if mine.any():
                    newest_ns = max(newest_ns, int(kind.event_ns[mine].max()))
            if newest_ns != NULL:
                self._ended.append((exchange, self.gaps.end(exchange, newest_ns)))
                del self._rows_of[exchange]

    def _mask_of(self, exchange: str) -> NDArray[np.bool_]:
        """Which rows are the exchange's; it may define more while its gap is open."""
        rows = self._registry.feed(exchange).rows
        known = self._rows_of.get(exchange)
        if known is not None and known[0] == len(rows) and len(known[1]) >= self._row_count:
            return known[1]
        mask = np.zeros(self._traded.shape[0], np.bool_)
        mask[list(rows)] = True
        self._rows_of[exchange] = len(rows), mask
        return mask

    def _newest_ns(self, rows: Rows) -> int:
        times = self._registry.table.values[Field.EVENT_US, rows]
        return event_ns(int(times.max())) if len(times) else NULL

    def _on_trades(self, trades: Trades) -> None:
        rows, flags = trades.rows, trades.flags
        times, price, size, recv_ns = trades.event_ns, trades.price, trades.size, trades.recv_ns
        if np.bitwise_or.reduce(flags) & HISTORY:
            keep = (flags & HISTORY) == 0
            rows, times, price, size = rows[keep], times[keep], price[keep], size[keep]
            flags, recv_ns = flags[keep], recv_ns[keep]
        if not rows.shape[0]:
            return
        self._traded[rows] = True
        self.trades.append(rows, times, price, size, flags)
        self._note(rows, recv_ns)

    def _on_quotes(self, quotes: Quotes) -> None:
        traded = self._traded[quotes.rows]
        if traded.all():
            return
        keep = ~traded
        rows = quotes.rows[keep]
        self.quotes.append(rows, quotes.event_ns[keep], quotes.bid[keep], quotes.ask[keep])
        self._note(rows, quotes.recv_ns[keep])

    def _on_bars(self, bars: Bars) -> None:
        known = self._bar_ns[bars.rows]
        if ((known == 0) | (bars.interval_ns < known)).any():
            for row, length_ns in {*zip(bars.rows.tolist(), bars.interval_ns.tolist(), strict=True)}:
                if length_ns > 0 and not 0 < self._bar_ns[row] <= length_ns:
                    self._bar_ns[row] = length_ns
        self.bars.append(
            bars.rows,
            bars.event_ns,
            bars.interval_ns,
            bars.open,
            bars.high,
            bars.low,
            bars.close,
            bars.volume,
        )
        self._note(bars.rows, bars.recv_ns)

    def _note(self, rows: Rows, recv_ns: NDArray[np.int64]) -> None:
        if not self._is_watching:
            return
        watched = self._watched[rows]
        if watched.any():
            rows = rows[watched]
            np.minimum.at(self._recv_oldest_ns, rows, recv_ns[watched])
            self._changed.append(rows)

    def _fit(self, row_count: int) -> None:
        size = max(64, row_count, 2 * self._row_count)
        for name, filler in (("_traded", 0), ("_bar_ns", 0), ("_watched", 0), ("_recv_oldest_ns", _LATEST)):
            before = getattr(self, name)
            if row_count > before.shape[0]:
                wider = np.full(size, filler, before.dtype)
                wider[: before.shape[0]] = before
                setattr(self, name, wider)
        self._row_count = row_count

    def _on_trades_evicted(self, chunk: SealedChunk) -> None:
        before = self.minutes.dropped
        self.minutes.add(chunk)
        self._dropped.add(chunk.rows.shape[0] + self.minutes.dropped - before)

    def _on_evicted(self, chunk: SealedChunk) -> None:
        self._dropped.add(chunk.rows.shape[0])

    # ---- news of watched rows ----------------------------------------------------------------------------
    def watch(self, rows: list[int]) -> None:
        """From now on `take_changed` tells of these rows and of no others."""
        self._fit(self._registry.table.row_count)
        self._watched[:] = False
        self._watched[rows] = True
        self._is_watching = bool(rows)

    def take_changed(self) -> list[tuple[int, int]]:
        """Watched rows with news since the last call, and the earliest arrival of each."""
        if not self._changed:
            return []
        rows = np.unique(np.concatenate(self._changed))
        self._changed.clear()
        oldest_ns = self._recv_oldest_ns[rows].tolist()
        self._recv_oldest_ns[rows] = _LATEST
        return list(zip(rows.tolist(), oldest_ns, strict=True))

    # ---- what bars are made of ---------------------------------------------------------------------------
    def has_traded(self, row: int) -> bool:
        """Whether any trade of the row is known."""
        if row < self._traded.shape[0] and self._traded[row]:
            return True
        past = self.backfilled(row)
        return past is not None and len(past) > 0

    def bar_length_ns(self, row: int) -> int:
        """Length of the source's own bars, 0 when it gives none."""
        length_ns = int(self._bar_ns[row]) if row < self._bar_ns.shape[0] else 0
        bars = self._backfilled_bars(row)
        if bars is None:
            return length_ns
        return min(length_ns, bars[0]) if length_ns else bars[0]

    def backfilled(self, row: int) -> TradeColumns | None:
        """Trades before those that were heard."""
        if self.backfill is None:
            return None
        if row not in self._past:
            if len(self._past) >= PAST_MAX:
                self._past.clear()
            trades = self.backfill.trades(self._key(row))
            self._past[row] = None if trades is None else counted(trades)
        return self._past[row]

    def trades_kept(self, row: int) -> TradeColumns:
        """Trades that were heard and are still kept, in order of arrival."""
        return counted(_as_trades(self.trades.events(row)))

    def trades_of(self, row: int) -> TradeColumns:
        """Those from before, too."""
        past, kept = self.backfilled(row), self.trades_kept(row)
        return kept if past is None else join_trades([past, kept])

    def trades_since(self, row: int, position: int) -> TradeColumns:
        """What came at `position` of the log and after."""
        return counted(_as_trades(self.trades.since(row, position)))

    def mids_of(self, row: int) -> TradeColumns:
        """Mids of every quote that is kept."""
        kept = mids(*self.quotes.events(row))
        past = self.backfill.quotes(self._key(row)) if self.backfill is not None else None
        return kept if past is None else join_trades([mids(*past), kept])

    def mids_since(self, row: int, position: int) -> TradeColumns:
        """What came at `position` of the log and after."""
        return mids(*self.quotes.since(row, position))

    def source_bars_of(self, row: int) -> Parts:
        """The source's own bars of its shortest length; of those of one time the last."""
        length_ns = self.bar_length_ns(row)
        past = self._backfilled_bars(row)
        before = [] if past is None or past[0] != length_ns else [parts_of_columns(past[1])]
        return parts_of_bars(before, self.bars.events(row), length_ns)

    def _backfilled_bars(self, row: int) -> tuple[int, BarColumns] | None:
        if self.backfill is None:
            return None
        if row not in self._past_bars:
            if len(self._past_bars) >= PAST_MAX:
                self._past_bars.clear()
            self._past_bars[row] = self.backfill.bars(self._key(row))
        return self._past_bars[row]

    def _key(self, row: int) -> InstrumentKey:
        return self._registry.instruments[row].key

    # ---- changes of everything ---------------------------------------------------------------------------
    def rescale(self, row: int, price_factor: int, size_factor: int) -> None:
        """The row counts finer from now on; what does not fit 64 bits then is left out of bars."""
        factors = ((self.trades, (1,), (2,)), (self.quotes, (1, 2), ()), (self.bars, (2, 3, 4, 5), (6,)))
        for log, prices, sizes in factors:
            log.change(row, lambda events, log=log, p=prices, s=sizes: _scale(  # type: ignore[misc]
                events, {**dict.fromkeys(p, price_factor), **dict.fromkeys(s, size_factor)},
                is_trades=log is self.trades,
            ))  # fmt: skip
        self.minutes.rescale(row, price_factor, size_factor)

    def begin_turn(self, feed_epochs: Mapping[str, int], backfill: Backfill | None) -> None:
        """Everything that is kept is void; nothing is heard until the turn has ended."""
        for log in (self.trades, self.quotes, self.bars):
            log.clear()
        self.minutes.clear()
        self.gaps.clear()
        if backfill is not None:
            self.gaps.know(backfill.gaps)
        self._rows_of.clear()
        self._ended.clear()
        self._changed.clear()
        self._traded[:] = False
        self._bar_ns[:] = 0
        self._recv_oldest_ns[:] = _LATEST
        self.backfill = backfill
        self._past.clear()
        self._past_bars.clear()
        self._awaited = dict(feed_epochs)
        self._is_turning = True

    def end_turn(self) -> None:
        self._is_turning = False

    def tidy(self) -> None:
        """A little work now that a chart need not wait for later. Counters are of what is kept now."""
        for log in (self.trades, self.quotes, self.bars):
            log.tidy()
        self._kept.value = len(self.trades)


def _as_trades(events: NDArray[np.int64]) -> TradeColumns:
    times, price, size, flags = events
    return TradeColumns(times, price, size, flags.astype(np.uint8))


def _scale(events: NDArray[np.int64], factors: dict[int, int], *, is_trades: bool) -> None:
    for column, factor in factors.items():
        if factor == 1:
            continue
        values = events[column]
        fits = (values != NULL) & (np.abs(np.where(values == NULL, 0, values)) <= COUNT_MAX // factor)
        if is_trades:
            events[_FLAGS, ~fits & (values != NULL)] |= HISTORY
        events[column] = np.where(fits, values * factor, NULL)


def _chunks(events_max: int, chunk_events: int) -> int:
    """Sealed ones, beside the open one."""
    return max(1, events_max // chunk_events - 1)
