"""One series of bars that is being served: what it is made of, its bars so far, and what is to be sent next.

Built from everything the store keeps of the instrument when it is first asked for, then folded on with what
came since. `version` grows when it becomes another series: trades after quotes' mids, finer increments.
Composes columns, never sends them; time is an argument.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aggregator.pipeline.bars.source_bars import refusal
from aggregator.pipeline.bars.store import BarStore
from core.clock import NS_PER_S
from core.market.bar_builder import bars_builder, end_ns
from core.market.bars import BarColumns, BarFlag, no_bars
from core.market.cut_bars import CutBars
from core.market.fields import NULL
from core.market.instruments import DECIMALS_MAX, Instrument
from core.market.intervals import Interval
from core.market.timed_bars import TimedBars
from core.market.trades import I64
from core.market.trading_day import trading_day
from core.wire.bars import PAGE_BARS_MAX

BARS_MAX: Final = 1_000_000
_SLACK: Final = 50_000
_MINUTE_NS: Final = 60 * NS_PER_S


class Made(IntEnum):
    """What bars are made of."""

    OF_MIDS = 0
    OF_BARS = 1
    OF_TRADES = 2


@dataclass(frozen=True, slots=True)
class Page:
    """Bars of history, and whether there are earlier ones."""

    bars: BarColumns
    has_earlier: bool
    total: int


class ServedSeries:
    """`row` is the instrument's. Not built before it is asked for (`update`, `page`)."""

    def __init__(self, row: int, interval: Interval, store: BarStore, sequence: int, version: int) -> None:
        self.row = row
        self.interval = interval
        self.sequence = sequence
        self.version = version
        self.made: Made | None = None  # not known before `look`
        self._store = store
        self._exchange = ""
        self._day = trading_day("")
        self._builder: TimedBars | CutBars | None = None
        self._position = 0  # of the log that it is made of
        self._changed: list[I64] = []  # keys
        self._open_key: int | None = None  # of the last bar as it was last told, when it was not closed
        self._first_incomplete: int | None = None  # key of a bar whose earlier trades are not kept

    # ---- what it is --------------------------------------------------------------------------------------
    @property
    def count(self) -> int:
        return 0 if self._builder is None else self._builder.count

    def look(self, instrument: Instrument) -> bool:
        """Note what the series is made of now. True: it became another series."""
        store, row = self._store, self.row
        if self.made is Made.OF_TRADES:
            return False  # once traded, always
        made = Made.OF_MIDS
        if store.has_traded(row):
            made = Made.OF_TRADES
        elif store.bar_length_ns(row):
            made = Made.OF_BARS
        self._exchange, self._day = instrument.key.exchange, trading_day(instrument.key.exchange)
        is_other = self.made is not None and made is not self.made
        self.made = made
        if is_other:
            self.begin_anew()
        return is_other

    def begin_anew(self) -> None:
        """It is another series from now on."""
        self.version += 1
        self.forget()

    def forget(self) -> None:
        """Build again when asked for the next time."""
        self._builder = None
        self._changed.clear()
        self._open_key = self._first_incomplete = None

    def refusal(self, instrument: Instrument) -> str:
        """Why there are no such bars, empty when there are."""
        if self.made is not Made.OF_BARS:
            return ""
        return refusal(instrument.key.symbol, self.interval, self._store.bar_length_ns(self.row))

    def price_decimals(self, instrument: Instrument) -> int:
        return instrument.price_decimals + (self.made is Made.OF_MIDS)

    # ---- bars --------------------------------------------------------------------------------------------
    def catch_up(self, instrument: Instrument, market_ns: int) -> None:
        """Fold in what came since the last call; build it first if need be."""
        if self._builder is None:
            self._build(instrument)
            last = self._last_key()
            self._open_key = last if last is not None and not self._is_last_closed(market_ns) else None
            return
        store, row = self._store, self.row
        if self.made is Made.OF_BARS:
            self._catch_up_bars(instrument)
            return
        log = store.trades if self.made is Made.OF_TRADES else store.quotes
        position, self._position = self._position, log.position
        since = store.trades_since if self.made is Made.OF_TRADES else store.mids_since
        events = since(row, position)
        if len(events):
            self._changed.append(self._builder.add(events))
            if self._builder.count > BARS_MAX + _SLACK:
                self._builder.keep(BARS_MAX)

    def _build(self, instrument: Instrument) -> None:
        store, row = self._store, self.row
        builder = self._builder = bars_builder(self.interval, self._day, instrument.size_decimals)
        self._changed.clear()
        self._first_incomplete = None
        if self.made is Made.OF_TRADES:
            self._position = store.trades.position
            self._add_trades(builder)
        elif self.made is Made.OF_BARS:
            self._position = store.bars.position
            if isinstance(builder, TimedBars) and not self.refusal(instrument):
                builder.add_parts(store.source_bars_of(row))
        else:
            self._position = store.quotes.position
            if instrument.price_decimals < DECIMALS_MAX:
                builder.add(store.mids_of(row))
            if store.quotes.evicted and builder.count:
                self._first_incomplete = int(builder.keys[0])
        builder.keep(BARS_MAX)

    def _add_trades(self, builder: TimedBars | CutBars) -> None:
        store, row = self._store, self.row
        evicted_ns = store.minutes.newest_ns(row)
        if isinstance(builder, TimedBars) and self.interval.span_ns % _MINUTE_NS == 0:
            past = store.backfilled(row)
            if past is not None:
                builder.add(past)
            builder.add_parts(store.minutes.parts(row))
            builder.add(store.trades_kept(row))
            return
        builder.add(store.trades_of(row))
        if evicted_ns == NULL or not builder.count:
            return
        if isinstance(builder, TimedBars):
            # Bars that began before the last trade that is not kept lack trades, and all before them, too.
            builder.keep(int(np.count_nonzero(builder.keys > evicted_ns)))
        else:
            self._first_incomplete = int(builder.keys[0])

    def _catch_up_bars(self, instrument: Instrument) -> None:
        store = self._store
        position, self._position = self._position, store.bars.position
        times = store.bars.since(self.row, position)[0]
        if not len(times):
            return
        # A source may say a bar again: the whole is put together anew, which is cheap for bars.
        builder = TimedBars(self.interval, self._day) if self.interval.is_timed else None
        if builder is None or self.refusal(instrument):
            return
        builder.add_parts(store.source_bars_of(self.row))
        builder.keep(BARS_MAX)
        self._builder = builder
        first = int(np.searchsorted(builder.keys, times.min(), "right")) - 1
        self._changed.append(builder.keys[max(0, first) :].copy())

    # ---- what is told ------------------------------------------------------------------------------------
    def is_closing(self, market_ns: int) -> bool:
        """The last bar has closed since it was told, by the clock alone."""
        return self._open_key is not None and self._is_last_closed(market_ns)

    def doubt_from(self, begin_ns: int) -> None:
        """Bars from `begin_ns` on may be incomplete: tell them again."""
        if self._builder is not None and self._builder.count:
            keys = self._builder.keys
            if self.interval.is_timed:
                first = max(0, int(np.searchsorted(keys, begin_ns, "right")) - 1)
            else:
                first = int(np.searchsorted(np.maximum.accumulate(self._builder.columns().last_ns), begin_ns))
            self._changed.append(keys[first:].copy())

    @property
    def has_changes(self) -> bool:
        """Something was folded that no update has told yet."""
        return bool(self._changed)

    def update(self, market_ns: int) -> BarColumns | None:
        """Bars that changed since the last update; None: none did. More than fit one: another version."""
        keys = self._changed
        last = self._last_key()
        is_closed = self._is_last_closed(market_ns)
        if self._open_key is not None and (self._open_key != last or is_closed):
            keys.append(np.array([self._open_key], np.int64))
        self._open_key = None if is_closed else last
        if not keys:
            return None
        assert self._builder is not None
        changed = np.unique(np.concatenate(keys))
        keys.clear()
        every = self._builder.keys
        places = np.searchsorted(every, changed)
        places = places[places < len(every)]
        places = places[np.isin(every[places], changed)]
        if not len(places):
            return None
        if len(places) > PAGE_BARS_MAX:
            self.begin_anew()
            return None
        first = int(places[0])
        return self._flagged(first, len(every), market_ns).take(places - first)

    def page(self, before_key: int, bars_max: int, market_ns: int) -> Page:
        """The newest `bars_max` bars with keys below `before_key` (0: of all)."""
        if self._builder is None:
            return Page(no_bars(), False, 0)
        stop = int(np.searchsorted(self._builder.keys, before_key)) if before_key else self._builder.count
        first = max(0, stop - max(1, min(bars_max, PAGE_BARS_MAX)))
        return Page(self._flagged(first, stop, market_ns), first > 0, self._builder.count)

    def _flagged(self, first: int, stop: int, market_ns: int) -> BarColumns:
        assert self._builder is not None
        bars = self._builder.columns(first, stop)
        if not len(bars):
            return bars
        flags = bars.flags.copy()
        flags |= np.uint8(BarFlag.CLOSED)
        if stop == self._builder.count and not self._is_last_closed(market_ns):
            flags[-1] &= np.uint8(~BarFlag.CLOSED & 0xFF)
        if self.made is not Made.OF_TRADES:
            flags |= np.uint8(BarFlag.QUOTE_MID if self.made is Made.OF_MIDS else BarFlag.OF_BARS)
        gaps = self._store.gaps.of(self._exchange)
        if len(gaps):
            flags[self._is_in(gaps, bars, market_ns)] |= np.uint8(BarFlag.INCOMPLETE)
        if self._first_incomplete is not None and bars.key[0] == self._first_incomplete:
            flags[0] |= np.uint8(BarFlag.INCOMPLETE)
        return BarColumns(
            bars.key, bars.first_ns, bars.last_ns, bars.open, bars.high, bars.low, bars.close, bars.volume,
            bars.trades, flags,
        )  # fmt: skip

    def _is_in(self, gaps: I64, bars: BarColumns, market_ns: int) -> NDArray[np.bool_]:
        """Bars in whose course any gap lies. Those of a recording are not told before the clock is there."""
        begins, ends = bars.key, bars.last_ns
        if self.interval.is_day:
            ends = np.array([end_ns(self.interval, self._day, key) for key in bars.key.tolist()]) - 1
        elif self.interval.is_timed:
            ends = bars.key + (self.interval.span_ns - 1)
        else:
            begins = bars.first_ns
        if not self._store.is_live:
            ends = np.minimum(ends, np.maximum(bars.last_ns, market_ns))
        hit = np.zeros(len(bars), np.bool_)
        for begin_ns, last_ns in gaps.tolist():
            hit |= (begins <= last_ns) & (ends >= begin_ns)
        return hit

    def _last_key(self) -> int | None:
        return int(self._builder.keys[-1]) if self._builder is not None and self._builder.count else None

    def _is_last_closed(self, market_ns: int) -> bool:
        last = self._last_key()
        if last is None:
            return False
        if isinstance(self._builder, CutBars):
            return self._builder.is_last_full(market_ns)
        return end_ns(self.interval, self._day, last) <= market_ns
