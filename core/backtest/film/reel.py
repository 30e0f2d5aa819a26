"""One instrument of a film: its mapped bars, and what they say as of a time.

A bar is known once it has closed, and not before: its high and low are of no earlier time. Bars of longer
intervals form of those that have closed; where each of them begins is worked out once, by times alone.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.columns import Columns
from core.backtest.dataset import DatasetInstrument
from core.market.bar_builder import end_ns
from core.market.bars import BarColumns, BarFlag, no_bars
from core.market.fields import FIELD_COUNT, NULL, Field, TradingState
from core.market.instruments import Instrument
from core.market.intervals import Interval
from core.market.trading_day import TradingDay, day_begins, trading_day

I64 = NDArray[np.int64]
NS_PER_US: Final = 1_000


class Reel:
    """`columns` are those of `BARS`, by ascending open."""

    def __init__(self, described: DatasetInstrument, columns: Columns) -> None:
        self.instrument: Instrument = described.instrument
        self.columns = columns
        self.open_ns: I64 = columns["open_ns"]
        self.close_ns: I64 = columns["close_ns"]
        self.has_volume = bool(columns["volume"].any())  # data of currencies tell none
        self._session_of = (0, 0)  # a session and its first row

    def __len__(self) -> int:
        return len(self.close_ns)

    def known(self, time_ns: int) -> int:
        """How many bars had closed by then."""
        return int(np.searchsorted(self.close_ns, time_ns, side="right"))

    def last_price(self, time_ns: int) -> float | None:
        """Close of the last bar, in units of price; None before the first."""
        known = self.known(time_ns)
        if not known:
            return None
        return float(self.columns["close"][known - 1]) / float(10**self.instrument.price_decimals)

    def session_begin(self, known: int) -> int:
        """First row of the session that row `known` - 1 belongs to."""
        sessions = self.columns["session"]
        session = int(sessions[known - 1])
        if self._session_of[0] != session:
            self._session_of = session, int(np.searchsorted(sessions[:known], session, side="left"))
        return self._session_of[1]

    def write_quote(self, known: int, values: I64) -> None:
        """What a quote table says after `known` bars; `values` of shape (FIELD_COUNT,)."""
        values[:] = NULL
        if not known:
            return
        bars, first = self.columns, self.session_begin(known)
        part = slice(first, known)
        values[Field.LAST] = bars["close"][known - 1]
        values[Field.OPEN] = bars["open"][first]
        values[Field.HIGH] = bars["high"][part].max()
        values[Field.LOW] = bars["low"][part].min()
        if self.has_volume:
            values[Field.VOLUME] = bars["volume"][part].sum()
        values[Field.REFERENCE] = bars["close"][first - 1] if first else bars["open"][first]
        values[Field.EVENT_US] = self.close_ns[known - 1] // NS_PER_US
        values[Field.TRADING_STATE] = TradingState.TRADING


assert FIELD_COUNT > Field.TRADING_STATE


class FormingBars:
    """The bars of one reel at an interval that the film's own divides, as of any time."""

    def __init__(self, reel: Reel, interval: Interval, film_interval: Interval) -> None:
        self.interval = interval
        self._reel = reel
        self._day: TradingDay = trading_day(reel.instrument.key.exchange)
        self._starts: I64 | None = None  # row of each bar's first one; None: every row is a bar
        if interval != film_interval:
            keys = self._keys_of(reel.open_ns)
            self._starts = np.flatnonzero(np.diff(keys, prepend=keys[:1] - 1))

    def _keys_of(self, open_ns: I64) -> I64:
        if self.interval.is_day:
            return day_begins(self._day, open_ns)
        span_ns = self.interval.span_ns
        keys: I64 = open_ns // span_ns * span_ns
        return keys

    def count(self, known: int) -> int:
        """Bars, the forming one included, that the first `known` rows make."""
        if self._starts is None:
            return known
        return int(np.searchsorted(self._starts, known, side="left"))

    def columns(self, first: int, stop: int, known: int, time_ns: int) -> BarColumns:
        """Bars `first` up to and without `stop` of `count(known)`, all but one that still forms CLOSED."""
        if stop <= first:
            return no_bars()
        bars = self._plain(first, stop) if self._starts is None else self._grouped(first, stop, known)
        bars.flags[:] = BarFlag.CLOSED
        if time_ns < end_ns(self.interval, self._day, int(bars.key[-1])):
            bars.flags[-1] = 0
        return bars

    def _plain(self, first: int, stop: int) -> BarColumns:
        rows, part = self._reel.columns, slice(first, stop)
        return BarColumns(
            self._keys_of(rows["open_ns"][part]) if self.interval.is_day else rows["open_ns"][part],
            rows["open_ns"][part],
            rows["close_ns"][part] - 1,
            rows["open"][part],
            rows["high"][part],
            rows["low"][part],
            rows["close"][part],
            rows["volume"][part],
            rows["trades"][part].astype(np.int64),
            np.zeros(stop - first, np.uint8),
        )

    def _grouped(self, first: int, stop: int, known: int) -> BarColumns:
        assert self._starts is not None
        rows = self._reel.columns
        starts = self._starts[first:stop]
        begin = int(starts[0])
        end = min(int(self._starts[stop]), known) if stop < len(self._starts) else known
        ends = np.append(starts[1:], end) - 1
        part, groups = slice(begin, end), starts - begin
        return BarColumns(
            self._keys_of(rows["open_ns"][starts]),
            rows["open_ns"][starts],
            rows["close_ns"][ends] - 1,
            rows["open"][starts],
            np.maximum.reduceat(rows["high"][part], groups),
            np.minimum.reduceat(rows["low"][part], groups),
            rows["close"][ends],
            np.add.reduceat(rows["volume"][part], groups),
            np.add.reduceat(rows["trades"][part], groups, dtype=np.int64),
            np.zeros(stop - first, np.uint8),
        )
