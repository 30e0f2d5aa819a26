"""A subscriber's copy of one series of bars, and how it recovers.

Fed with updates, pages and the state of the bus. LIVE says that the series equals the publisher's at
(`epoch`, `version`, `sequence`) from its first bar on and that nothing newer is known; anything doubtful
makes it STALE with a reason, the last good bars staying, until updates or a page prove it right. Bars from
before a resync stay and are read again, page by page (`is_proving`). Pure: it sends nothing, reads no clock,
and a bad message changes no bar.
"""

import random
from collections import deque
from typing import Final

from core.market.bar_events import BarEvent, BarFeedCounters
from core.market.bar_requests import BarsAsk, PageRequests
from core.market.bar_series import BarField, BarSeries
from core.market.bars import BarColumns, no_bars
from core.market.group_feed import SILENT_AFTER_MS, FeedReason, FeedState
from core.market.instruments import InstrumentKey
from core.market.intervals import Interval
from core.wire.bars import PAGE_BARS_MAX, BarBlock, decode_bars
from core.wire.errors import WireError

__all__ = ["BarEvent", "BarFeed", "BarFeedCounters"]

BUFFERED_MAX: Final = 256
# What was applied last is kept, so that a page that is older than the series can be brought up to it.
APPLIED_MAX: Final = 256
# 1,000,000 bars are 80 MB: twelve days of seconds.
BARS_HELD_MAX: Final = 1_000_000
TRIM_BARS: Final = 100_000

_Identity = tuple[int, int]  # epoch and version: other ones are another series


class BarFeed:
    """See the module. `series` is one object for as long as the feed lives.

    `error` is why there are no bars, `market_ns` the scope's clock in the newest message. `is_session`: a new
    epoch is a seek, its page is asked for without a pause.
    """

    def __init__(
        self,
        key: InstrumentKey,
        interval: Interval,
        jitter: random.Random | None = None,
        *,
        is_session: bool = False,
        page_bars: int = PAGE_BARS_MAX,
    ) -> None:
        jitter = jitter or random.Random()
        self.key = key
        self.interval = interval
        self.series = BarSeries()
        self.epoch = 0
        self.version = 0
        self.sequence = 0
        self.market_ns = 0
        self.error = ""
        self.state = FeedState.LOADING
        self.reason: FeedReason | None = None
        self.counters = BarFeedCounters()
        self._is_session = is_session
        self._page_bars = page_bars
        self._newest_requests = PageRequests(jitter)
        self._earlier_requests = PageRequests(jitter)
        self._buffered: dict[int, BarBlock] = {}
        self._applied: deque[BarBlock] = deque(maxlen=APPLIED_MAX)
        self._applied_after = 0  # every update since this sequence is in `_applied`
        self._loaded = False
        self._wants_earlier = False
        self._bars_total = 0
        # Bars before this key were read before a resync: pages have to say again what they are. 0: none.
        self._proven_from = 0
        # The newest that any message of the series has told of; the series may be behind.
        self._newest: _Identity = (0, 0)
        self._newest_sequence = 0
        self._heard_ms: int | None = None
        self._bus_connected = True
        # A message was unreadable, or the bus was away: the next header has to show that nothing is missing.
        self._doubt: FeedReason | None = None
        self._oldest_recv_ns = 0

    # ---- messages ----------------------------------------------------------------------------------------
    def on_update(self, data: bytes, now_ms: int) -> BarEvent:
        """Take one message of md.bar; those of other intervals are passed over, any bytes are safe."""
        try:
            block = decode_bars(data)
        except WireError:
            return self._on_corrupt(now_ms)
        if block.interval != self.interval or block.is_history:
            return BarEvent.NOTHING
        return self.take_update(block, now_ms)

    def take_update(self, block: BarBlock, now_ms: int) -> BarEvent:
        """As `on_update`, read already and of this interval."""
        if (block.epoch, block.version) < self._newest:
            self.counters.old += 1
            return BarEvent.NOTHING
        is_idle = not len(block.bars)
        if self._is_current(block) and block.sequence - (not is_idle) > max(
            self._newest_sequence, self.sequence
        ):
            self.counters.gaps += 1
        self._hear(block, now_ms)
        event = self._take_idle(block) if is_idle else self._take_rows(block)
        self._judge(now_ms)
        return event

    def on_page(self, data: bytes, ask: BarsAsk, now_ms: int) -> BarEvent:
        """Take the answer to `ask`; what does not fit what is held by now changes nothing."""
        try:
            block = decode_bars(data)
        except WireError:
            self.counters.corrupt += 1
            return BarEvent.NOTHING
        if block.interval != self.interval or not block.is_history:
            return BarEvent.NOTHING
        if block.error:
            return self._on_refusal(block, ask)
        if (block.epoch, block.version) < self._newest:
            self.counters.old += 1
            return BarEvent.NOTHING
        self.counters.pages += 1
        self.error = ""
        self._hear(block, now_ms)
        event = self._take_newest(block) if ask.is_newest else self._take_earlier(block, ask)
        self._judge(now_ms)
        return event

    # ---- time and the bus --------------------------------------------------------------------------------
    def on_bus(self, connected: bool, now_ms: int) -> None:
        """Tell whether the bus is connected; telling it again changes nothing."""
        if connected and not self._bus_connected:
            self._heard_ms = now_ms
            if self._loaded:
                self._doubt = FeedReason.BUS_DOWN
        self._bus_connected = connected
        self._judge(now_ms)

    def poll(self, now_ms: int) -> BarsAsk | None:
        """Let time pass; the page that has to be asked for now, if any."""
        if self._heard_ms is None:
            self._heard_ms = now_ms
        self._judge(now_ms)
        wants_newest = self._bus_connected and self.state is not FeedState.LIVE
        if self._newest_requests.is_due(wants_newest, self._asks_at_once, now_ms):
            return BarsAsk(0, self._page_bars)
        before_key = self._earlier_key if self.state is FeedState.LIVE else 0
        if self._earlier_requests.is_due(before_key > 0, True, now_ms):
            return BarsAsk(before_key, self._page_bars)
        return None

    def want_earlier(self) -> None:
        """Read the page before the first bar; nothing happens when there is none."""
        if self._loaded and self.has_earlier and self.series.count < BARS_HELD_MAX:
            self._wants_earlier = True

    def forget(self) -> None:
        """Hold no bars: what is held is of an epoch that has passed, and its successor has not come."""
        self.series.replace(no_bars(), self.series.price_decimals, self.series.size_decimals)
        self.epoch = self.version = self.sequence = 0
        self.series.has_earlier = self._wants_earlier = self._loaded = False
        self._proven_from = 0
        self._doubt = None
        self._applied.clear()
        self.state = FeedState.LOADING

    @property
    def has_earlier(self) -> bool:
        return self.series.has_earlier

    @property
    def is_loading_earlier(self) -> bool:
        """A page that was wanted has not come yet."""
        return self._wants_earlier

    @property
    def bars_total(self) -> int:
        """Bars the publisher has, as its last page said; late trades of bars not held may have added some."""
        return max(self._bars_total, self.series.count) if self.has_earlier else self.series.count

    @property
    def is_proving(self) -> bool:
        """Bars from before a resync are still being read again."""
        return bool(self._proven_from)

    @property
    def known_epoch(self) -> int:
        """The newest epoch heard of, 0 for none; `epoch` is that of the bars."""
        return self._newest[0]

    def take_oldest_recv_ns(self) -> int:
        """Earliest arrival first told by the updates applied since the last call; 0: there were none."""
        oldest_ns, self._oldest_recv_ns = self._oldest_recv_ns, 0
        return oldest_ns

    # ---- hearing -----------------------------------------------------------------------------------------
    def _on_corrupt(self, now_ms: int) -> BarEvent:
        self.counters.corrupt += 1
        self._doubt = FeedReason.CORRUPT
        self._judge(now_ms)
        return BarEvent.NOTHING

    def _on_refusal(self, block: BarBlock, ask: BarsAsk) -> BarEvent:
        if ask.is_newest:
            self.error = block.error  # asked again: the instrument may still come
        else:
            self._wants_earlier = False
        return BarEvent.NOTHING

    def _hear(self, block: BarBlock, now_ms: int) -> None:
        """Note the newest that is known of the publisher."""
        self._heard_ms = now_ms
        identity = block.epoch, block.version
        if identity > self._newest:
            # The first sign of a publisher: the page that was just asked for may be on its way.
            if self._newest[0] or self._newest_requests.tries > 1:
                self._newest_requests.reset()
            self._newest, self._newest_sequence = identity, block.sequence
            self.market_ns = block.market_ns
            self._buffered.clear()
            return
        self._newest_sequence = max(self._newest_sequence, block.sequence)
        self.market_ns = max(self.market_ns, block.market_ns)

    def _is_current(self, block: BarBlock) -> bool:
        return self._loaded and (block.epoch, block.version) == (self.epoch, self.version)

    # ---- updates -----------------------------------------------------------------------------------------
    def _take_idle(self, block: BarBlock) -> BarEvent:
        self.counters.idle += 1
        if not self._is_current(block) or block.sequence != self.sequence:
            return BarEvent.NOTHING
        self._doubt = None
        return BarEvent.IDLE

    def _take_rows(self, block: BarBlock) -> BarEvent:
        self.counters.updates += 1
        current = self._is_current(block)
        if (current and block.sequence <= self.sequence) or block.sequence in self._buffered:
            self.counters.duplicates += 1
            return BarEvent.NOTHING
        if current and block.sequence == self.sequence + 1:
            self._apply(block)
            self._apply_buffered()
            return BarEvent.CHANGED
        self._buffer(block)
        return BarEvent.NOTHING

    def _buffer(self, block: BarBlock) -> None:
        """Keep for later. When full the oldest goes: a page will hold it sooner than the others."""
        self._buffered[block.sequence] = block
        if len(self._buffered) > BUFFERED_MAX:
            del self._buffered[min(self._buffered)]
            self.counters.buffered_dropped += 1

    def _apply(self, block: BarBlock) -> None:
        """Fold in the update that follows the series' sequence."""
        count = self.series.count
        self.series.merge(self._within(block.bars))
        self._bars_total += self.series.count - count
        self.sequence = block.sequence
        self._doubt = None
        if len(self._applied) == APPLIED_MAX:
            self._applied_after = self._applied[0].sequence
        self._applied.append(block)
        oldest_ns = block.recv_oldest_ns
        if oldest_ns and (not self._oldest_recv_ns or oldest_ns < self._oldest_recv_ns):
            self._oldest_recv_ns = oldest_ns
        if self.series.count > BARS_HELD_MAX + TRIM_BARS:
            self._trim()

    def _within(self, bars: BarColumns) -> BarColumns:
        """The bars that lie in what is held: one before it would leave a hole behind it."""
        if not (self.has_earlier and self.series.count):
            return bars
        first_key = self._first_key
        return bars if bars.key[0] >= first_key else bars.take(bars.key >= first_key)

    def _trim(self) -> None:
        newest = self.series.columns.take(slice(-BARS_HELD_MAX, None))
        self.series.replace(newest, self.series.price_decimals, self.series.size_decimals)
        self.series.has_earlier = True

    def _apply_buffered(self) -> None:
        """Apply what follows without a gap, forget what is folded in."""
        if not self._buffered:
            return
        while (block := self._buffered.get(self.sequence + 1)) is not None:
            self._apply(block)
        self._buffered = {seq: block for seq, block in self._buffered.items() if seq > self.sequence}

    # ---- pages -------------------------------------------------------------------------------------------
    def _take_newest(self, block: BarBlock) -> BarEvent:
        if self._is_current(block) and block.sequence <= self.sequence:
            if block.sequence == self.sequence:
                self._doubt = None
            return BarEvent.NOTHING
        if self._is_current(block) and self._joins(block.bars):
            self._proven_from = int(block.bars.key[0]) if self._first_key < block.bars.key[0] else 0
            if not self._proven_from:
                self.series.has_earlier = block.has_earlier
            self.series.merge(block.bars)
        else:
            self.series.replace(block.bars, block.price_decimals, block.size_decimals)
            self.series.has_earlier = block.has_earlier
            self._proven_from = 0
            self._wants_earlier = False
        self.epoch, self.version, self.sequence = block.epoch, block.version, block.sequence
        self._bars_total = block.bars_total
        self._loaded = True
        self._doubt = None
        self._applied.clear()
        self._applied_after = block.sequence
        self._earlier_requests.reset()
        self._apply_buffered()
        return BarEvent.CHANGED | BarEvent.RESYNCED

    def _joins(self, bars: BarColumns) -> bool:
        """Whether the newest bars overlap what is held: bars of one series never vanish."""
        return (
            len(bars) > 0
            and self.series.count > 0
            and int(self.series.column(BarField.KEY)[-1]) >= int(bars.key[0])
        )

    def _take_earlier(self, block: BarBlock, ask: BarsAsk) -> BarEvent:
        bars = block.bars
        fits = self._is_current(block) and ask.before_key == self._earlier_key
        if not fits or block.sequence < self._applied_after or (len(bars) and bars.key[-1] >= ask.before_key):
            self.counters.pages_dropped += 1
            return BarEvent.NOTHING
        self._earlier_requests.reset()
        self._bars_total = block.bars_total
        first_key = int(bars.key[0]) if len(bars) else 0
        if self._proven_from:
            is_done = first_key <= self._first_key
            self._proven_from = 0 if is_done else first_key
        else:
            is_done = True
            self._wants_earlier = False
        if is_done:
            self.series.has_earlier = block.has_earlier
        if not len(bars):
            return BarEvent.NOTHING
        version = self.series.version
        if bars.key[-1] < self._first_key:
            self.series.prepend(bars)
        else:
            self.series.merge(bars)
        for update in self._applied:  # what the page did not know yet
            if update.sequence > block.sequence:
                self.series.merge(self._within(update.bars))
        return BarEvent.CHANGED if self.series.version > version else BarEvent.NOTHING

    @property
    def _first_key(self) -> int:
        return int(self.series.column(BarField.KEY)[0])

    @property
    def _earlier_key(self) -> int:
        """The key before which a page is wanted; 0 for none."""
        if self._proven_from:
            return self._proven_from
        return self._first_key if self._wants_earlier and self.series.count else 0

    @property
    def _asks_at_once(self) -> bool:
        """Only who starts is surely alone, and a trader waits for the page of a seek."""
        is_turn = self.reason is FeedReason.RESTART and self._is_session
        return not self._loaded or is_turn or self.reason is FeedReason.LAYOUT

    # ---- judging -----------------------------------------------------------------------------------------
    def _judge(self, now_ms: int) -> None:
        self.reason = self._doubts(now_ms)
        if not self._loaded:
            self.state = FeedState.LOADING
        else:
            self.state = FeedState.LIVE if self.reason is None else FeedState.STALE
        if self.state is FeedState.LIVE:
            self._newest_requests.reset()  # the next doubt has pauses of its own

    def _doubts(self, now_ms: int) -> FeedReason | None:
        if not self._bus_connected:
            return FeedReason.BUS_DOWN
        if self._loaded:
            if self.epoch != self._newest[0]:
                return FeedReason.RESTART
            if self.version != self._newest[1]:
                return FeedReason.LAYOUT
            if self._doubt is FeedReason.CORRUPT:
                return FeedReason.CORRUPT
            if self.sequence < self._newest_sequence:
                return FeedReason.GAP
        if self._heard_ms is not None and now_ms - self._heard_ms > SILENT_AFTER_MS:
            return FeedReason.SILENT
        return self._doubt if self._loaded else None
