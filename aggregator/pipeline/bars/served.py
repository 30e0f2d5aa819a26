"""The bar series that charts lease: which there are, when the next message of each is due, pages of history.

A series is served while any desk leases it or asks for its pages, and 5 s longer. The first news after quiet
goes out at once, then updates keep their spacing; a header without bars goes every 250 ms. Messages leave
through `send`, which may drop: subscribers see the gap and ask. Time is an argument.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from aggregator.pipeline.bars.leases import BarLeases, SeriesKey
from aggregator.pipeline.bars.series import ServedSeries
from aggregator.pipeline.bars.store import BarStore
from aggregator.pipeline.cadence import GroupClock, stretched_ms
from aggregator.pipeline.instruments import Defined, InstrumentRows
from core import subjects
from core.market.bars import BarColumns, no_bars
from core.market.instruments import Instrument, InstrumentKey
from core.market.intervals import Interval
from core.metrics import Counters
from core.scope import Scope
from core.wire.bars import BarBlock, encode_bars

SERIES_MAX: Final = 256
_NEVER: Final = int(np.iinfo(np.int64).max)


@dataclass(slots=True)
class _Served:
    series: ServedSeries
    instrument: Instrument
    subject: str
    clock: GroupClock
    recv_oldest_ns: int = 0  # earliest arrival of what no update has told yet


@dataclass(frozen=True, slots=True)
class BarsAsked:
    """A request for a page."""

    key: InstrumentKey
    interval: Interval
    before_key: int
    bars_max: int


class ServedBars:
    """`send(subject, data)` publishes. `market_ns` is the scope's clock, by which bars close."""

    def __init__(
        self,
        scope: Scope,
        registry: InstrumentRows,
        store: BarStore,
        counters: Counters,
        epoch: int,
        send: Callable[[str, bytes], None],
        market_ns: Callable[[], int],
        wall_ns: Callable[[], int],
    ) -> None:
        self._scope = scope
        self._registry = registry
        self._store = store
        self._epoch = epoch
        self._send = send
        self._market_ns = market_ns
        self._wall_ns = wall_ns
        self._leases = BarLeases()
        self._served: dict[tuple[int, Interval], _Served] = {}
        self._by_row: dict[int, list[_Served]] = {}
        # Numbers go on from the highest of series that ended: a desk that slept still has one of them.
        self._sequence = self._version = 0
        self._due_ns = _NEVER
        self._level = 0  # of load
        self._updates = counters.counter("bar_updates")
        self._pages = counters.counter("bar_pages")
        self._headers = counters.counter("bar_headers")
        self._refused = counters.counter("bar_series_refused")

    def __len__(self) -> int:
        return len(self._served)

    # ---- leases ------------------------------------------------------------------------------------------
    def renew(self, desk: str, spacings_ms: Mapping[SeriesKey, int], now_ns: int) -> None:
        """A desk's lease."""
        if not spacings_ms and desk not in self._leases:
            return
        self._leases.renew(desk, spacings_ms, now_ns)
        for key, interval in spacings_ms:
            served = self._open(key, interval, now_ns)
            if served is not None:
                self._keep_spacing(served, key, interval, now_ns)
        self._schedule()

    def keep_house(self, level: int, now_ns: int) -> None:
        """End series that nobody leases, follow the load, and see which bars the clock has closed."""
        self._level = level
        self._store.tidy()
        if not self._served:
            return
        market_ns = self._market_ns()
        for (row, interval), served in list(self._served.items()):
            key = served.instrument.key
            if not self._leases.is_held((key, interval), now_ns):
                self._end(row, interval)
                continue
            self._keep_spacing(served, key, interval, now_ns)
            if served.series.is_closing(market_ns):
                served.clock.on_change(now_ns)
        self._schedule()

    def _open(self, key: InstrumentKey, interval: Interval, now_ns: int) -> _Served | None:
        row = self._registry.row_of.get(key)
        if row is None:
            return None
        served = self._served.get((row, interval))
        if served is not None:
            return served
        if len(self._served) >= SERIES_MAX:
            self._refused.add()
            return None
        series = ServedSeries(row, interval, self._store, self._sequence + 1, self._version + 1)
        served = _Served(
            series, self._registry.instruments[row], subjects.bar(self._scope, key), GroupClock(now_ns)
        )
        self._served[row, interval] = served
        self._by_row.setdefault(row, []).append(served)
        self._store.watch(list(self._by_row))
        return served

    def _end(self, row: int, interval: Interval) -> None:
        served = self._served.pop((row, interval))
        self._sequence = max(self._sequence, served.series.sequence)
        self._version = max(self._version, served.series.version)
        left = [each for each in self._by_row.pop(row) if each is not served]
        if left:
            self._by_row[row] = left
        self._store.watch(list(self._by_row))

    def _keep_spacing(self, served: _Served, key: InstrumentKey, interval: Interval, now_ns: int) -> None:
        spacing_ms = stretched_ms(self._leases.spacing_ms((key, interval), now_ns), self._level)
        served.clock.keep_spacing(spacing_ms, now_ns)

    # ---- what changed ------------------------------------------------------------------------------------
    def on_drained(self, since_ns: int, now_ns: int) -> None:
        """A turn was folded; the first of its messages arrived at `since_ns`."""
        gaps = self._store.take_ended_gaps()
        if not self._served:
            return
        for row, recv_ns in self._store.take_changed():
            for served in self._by_row.get(row, ()):
                served.recv_oldest_ns = min(served.recv_oldest_ns or recv_ns, recv_ns)
                served.clock.on_change(since_ns)
                self._due_ns = min(self._due_ns, served.clock.due_ns())
        for exchange, begin_ns in gaps:
            for served in self._served.values():
                if served.instrument.key.exchange == exchange:
                    served.series.doubt_from(begin_ns)
                    served.clock.on_change(now_ns)
                    self._due_ns = min(self._due_ns, served.clock.due_ns())

    def on_defined(self, defined: Defined, before: Sequence[Instrument], now_ns: int) -> None:
        """Instruments are new, or count finer than `before`: those become other series."""
        for row in defined.changed.tolist():
            instrument, old = self._registry.instruments[row], before[row]
            price, size = (
                instrument.price_decimals - old.price_decimals, instrument.size_decimals - old.size_decimals
            )  # fmt: skip
            if price or size:
                self._store.rescale(row, 10**price, 10**size)
            for served in self._by_row.get(row, ()):
                served.instrument = instrument
                if price or size:
                    served.series.begin_anew()
                    self._send_header(served, now_ns)
        self._schedule()

    # ---- sending -----------------------------------------------------------------------------------------
    def due_ns(self) -> int:
        """When the next message of any series is due."""
        return self._due_ns

    def send_due(self, now_ns: int, stop_ns: int, monotonic_ns: Callable[[], int]) -> None:
        """Send what is due at `now_ns`, the longest due first, until `stop_ns`; the rest stays due."""
        due = [each for each in self._served.values() if each.clock.due_ns() <= now_ns]
        for served in sorted(due, key=lambda each: each.clock.due_ns()):
            if served.clock.is_changed:
                self._send_changes(served, now_ns)
            if now_ns >= served.clock.idle_due_ns():
                self._send_header(served, now_ns)
            now_ns = monotonic_ns()
            if now_ns >= stop_ns:
                break
        self._schedule()

    def _send_changes(self, served: _Served, now_ns: int) -> None:
        series, market_ns = served.series, self._market_ns()
        version = series.version
        if series.look(served.instrument):
            self._send_header(served, now_ns)
            return
        series.catch_up(served.instrument, market_ns)
        bars = series.update(market_ns)
        if series.version != version:
            self._send_header(served, now_ns)
        elif bars is None:
            served.recv_oldest_ns = 0  # a page has told it
            served.clock.on_nothing()
        else:
            series.sequence += 1
            recv_ns, served.recv_oldest_ns = served.recv_oldest_ns, 0
            self._send(served.subject, self._encoded(served, bars, market_ns, recv_ns))
            served.clock.on_sent(now_ns)
            self._updates.add()

    def _send_header(self, served: _Served, now_ns: int) -> None:
        served.series.look(served.instrument)
        self._send(served.subject, self._encoded(served, no_bars(), self._market_ns(), 0))
        served.clock.on_header(now_ns)
        self._headers.add()

    def _encoded(self, served: _Served, bars: BarColumns, market_ns: int, recv_ns: int) -> bytes:
        series, instrument = served.series, served.instrument
        return encode_bars(
            BarBlock(
                epoch=self._epoch, version=series.version, sequence=series.sequence, interval=series.interval,
                price_decimals=series.price_decimals(instrument), size_decimals=instrument.size_decimals,
                is_history=False, has_earlier=False, bars_total=0, market_ns=market_ns,
                recv_oldest_ns=recv_ns, sent_ns=self._wall_ns(), error="", bars=bars,
            )
        )  # fmt: skip

    # ---- pages -------------------------------------------------------------------------------------------
    def page(self, asked: BarsAsked, now_ns: int) -> bytes:
        """A page of history, or why there is none. The series is served from now on as if leased."""
        self._pages.add()
        if asked.key not in self._registry.row_of:
            return self.error(
                asked.interval, f"No source has named {asked.key}: choose a symbol of this scope"
            )
        served = self._open(asked.key, asked.interval, now_ns)
        if served is None:
            return self.error(
                asked.interval, f"{SERIES_MAX} bar series are served already: close some charts"
            )
        self._leases.touch((asked.key, asked.interval), now_ns)
        series, market_ns = served.series, self._market_ns()
        if series.look(served.instrument):
            self._send_header(served, now_ns)
        refusal = series.refusal(served.instrument)
        if refusal:
            return self.error(asked.interval, refusal)
        series.catch_up(served.instrument, market_ns)
        if series.has_changes:
            served.clock.on_change(now_ns)
        page = series.page(asked.before_key, asked.bars_max, market_ns)
        self._schedule()
        return encode_bars(
            BarBlock(
                epoch=self._epoch, version=series.version, sequence=series.sequence, interval=series.interval,
                price_decimals=series.price_decimals(served.instrument),
                size_decimals=served.instrument.size_decimals, is_history=True,
                has_earlier=page.has_earlier, bars_total=page.total, market_ns=market_ns, recv_oldest_ns=0,
                sent_ns=self._wall_ns(), error="", bars=page.bars,
            )
        )  # fmt: skip

    def error(self, interval: Interval, why: str) -> bytes:
        """An answer without bars."""
        return encode_bars(
            BarBlock(
                epoch=self._epoch, version=0, sequence=0, interval=interval, price_decimals=0,
                size_decimals=0, is_history=True, has_earlier=False, bars_total=0,
                market_ns=self._market_ns(), recv_oldest_ns=0, sent_ns=self._wall_ns(), error=why,
                bars=no_bars(),
            )
        )  # fmt: skip

    # ---- seeking -----------------------------------------------------------------------------------------
    def forget(self) -> None:
        """Everything the series are made of is void."""
        for served in self._served.values():
            served.series.forget()
            served.series.made = None
            served.recv_oldest_ns = 0

    def begin_epoch(self, epoch: int, now_ns: int) -> None:
        """A seek has been carried out: every series says so."""
        self._epoch = epoch
        for served in self._served.values():
            served.clock.begin(now_ns)
            self._send_header(served, now_ns)
        self._schedule()

    def _schedule(self) -> None:
        self._due_ns = min((each.clock.due_ns() for each in self._served.values()), default=_NEVER)
