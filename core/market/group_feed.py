"""A subscriber's copy of one group, and how it recovers.

Fed with deltas, snapshots and the state of the bus, it keeps the publisher's table: LIVE says that the table
equals the publisher's at (`epoch`, `sequence`) and that nothing newer is known; anything doubtful makes it
STALE with a reason, the last good values staying, until deltas or a snapshot prove it right. Pure: it sends
nothing, reads no clock, and a bad message changes no value.
"""

import random
from dataclasses import dataclass
from enum import Enum, IntFlag, auto
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import FIELD_COUNT, Field, SourceState, TradingState
from core.market.groups import GroupSpec
from core.market.instruments import Instrument
from core.market.quote_table import QuoteTable
from core.market.snapshot_requests import Request, RequestKind, SnapshotRequests
from core.wire.delta import Delta, DeltaHeader, apply_opened, open_delta
from core.wire.errors import WireError
from core.wire.snapshot import Snapshot, decode_snapshot

__all__ = [
    "FeedCounters", "FeedEvent", "FeedReason", "FeedState", "GroupFeed", "Request", "RequestKind",
]  # fmt: skip

# Idle headers come every 250 ms: three may be lost.
SILENT_AFTER_MS: Final = 1_000
BUFFERED_MAX: Final = 256
CLOCK_SET_BACK_NS: Final = 1_000_000_000  # no message is reordered by as much

BoolRows = NDArray[np.bool_]


class FeedState(Enum):
    """LOADING: no values yet. LIVE: proven. STALE: the last good values, and a reason."""

    LOADING = auto()
    LIVE = auto()
    STALE = auto()


class FeedReason(Enum):
    """Why a feed is not live."""

    GAP = "a message was lost"
    SILENT = "nothing heard for a second"
    BUS_DOWN = "the bus is down"
    RESTART = "the publisher was restarted"
    LAYOUT = "the layout changed"
    CORRUPT = "a message could not be read"


class FeedEvent(IntFlag):
    """What a message did. RESYNCED: a snapshot replaced the table."""

    NOTHING = 0
    APPLIED = 1
    IDLE = 2
    LAYOUT_CHANGED = 4
    RESYNCED = 8


@dataclass(slots=True)
class FeedCounters:
    """Messages by what became of them."""

    deltas: int = 0
    idle: int = 0
    duplicates: int = 0
    old_epoch: int = 0
    gaps: int = 0
    reordered: int = 0
    corrupt: int = 0
    buffered_dropped: int = 0
    snapshots: int = 0


class GroupFeed:
    """See the module. Rows of `table` are `spec.keys` in order, from the beginning.

    `sources` are exchange names, `source_states` (SourceState) and `source_late_ms` go by source number,
    `source_of_row` says which source each row has. `layout_version` counts within an epoch.
    """

    def __init__(self, spec: GroupSpec, jitter: random.Random | None = None) -> None:
        rows = len(spec.keys)
        self.spec = spec
        self.table = QuoteTable(rows)
        self.instruments: tuple[Instrument, ...] = tuple(Instrument(key, known=False) for key in spec.keys)
        self.sources: tuple[str, ...] = ()
        self.source_states: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.source_late_ms: NDArray[np.uint32] = np.zeros(0, np.uint32)
        self.source_of_row: NDArray[np.uint8] = np.zeros(rows, np.uint8)
        self.layout_version = 0
        self.epoch = 0
        self.sequence = 0
        self.cadence_ms = 0
        self.state = FeedState.LOADING
        self.reason: FeedReason | None = None
        self.counters = FeedCounters()
        self._group = spec.group_hash
        self._requests = SnapshotRequests(jitter or random.Random())
        self._bases = np.zeros((FIELD_COUNT, rows), np.int64)
        self._buffered: dict[int, Delta] = {}
        self._loaded = False
        # The newest that any header of the group has told of; the table may be behind.
        self._newest_epoch = 0
        self._newest_sequence = 0
        self._newest_layout = 0
        self._sources_sequence = 0
        self._sources_sent_ns = 0
        self._heard_ms: int | None = None
        self._bus_connected = True
        # A message was unreadable, or the bus was away: the next header has to show that nothing is missing.
        self._doubt: FeedReason | None = None
        self._oldest_recv_ns = 0

    # ---- messages ------------------------------------------------------------------------------------
    def on_delta(self, data: bytes, now_ms: int) -> FeedEvent:
        """Take one message of md.agg; any bytes in any order are safe."""
        try:
            delta = open_delta(data)
        except WireError:
            return self._on_corrupt(now_ms)
        header = delta.header
        if header.group != self._group:
            return self._on_corrupt(now_ms)
        if header.epoch < self._newest_epoch:
            self.counters.old_epoch += 1
            return FeedEvent.NOTHING
        # What must have been sent before this message; an idle header repeats the last sequence.
        self._count_gap(header, header.sequence - (not delta.is_idle))
        self._hear(header.epoch, header.sequence, header.layout, now_ms)
        event = self._take_idle(header) if delta.is_idle else self._take_delta(delta)
        self._judge(now_ms)
        return event

    def on_snapshot(self, data: bytes, now_ms: int) -> FeedEvent:
        """Take one message of md.snapshot; what is not newer than the table changes nothing."""
        known = (self.epoch, self.layout_version) if self._loaded else None
        try:
            snapshot = decode_snapshot(data, known)
            self._check_rows(snapshot)
        except WireError:
            self.counters.corrupt += 1
            return FeedEvent.NOTHING
        if snapshot.epoch < self._newest_epoch:
            self.counters.old_epoch += 1
            return FeedEvent.NOTHING
        self.counters.snapshots += 1
        self._requests.answered()
        self._hear(snapshot.epoch, snapshot.sequence, snapshot.layout, now_ms)
        event = FeedEvent.NOTHING
        if self._is_news(snapshot):
            event = self._take_snapshot(snapshot)
        elif snapshot.sequence == self.sequence:
            self._doubt = None
        self._judge(now_ms)
        return event

    # ---- time and the bus ----------------------------------------------------------------------------
    def on_bus(self, connected: bool, now_ms: int) -> None:
        """Tell whether the bus is connected; telling it again changes nothing."""
        if connected and not self._bus_connected:
            self._heard_ms = now_ms
            if self._loaded:
                self._doubt = FeedReason.BUS_DOWN
        self._bus_connected = connected
        self._judge(now_ms)

    def poll(self, now_ms: int) -> Request | None:
        """Let time pass; what has to be sent now, if anything."""
        if self._heard_ms is None:
            self._heard_ms = now_ms
        self._judge(now_ms)
        wanted = self._bus_connected and self.state is not FeedState.LIVE
        return self._requests.poll(wanted, at_once=not self._loaded, now_ms=now_ms)

    def take_oldest_recv_ns(self) -> int:
        """Earliest `recv_ns` first shown by the deltas applied since the last call; 0: there were none."""
        oldest_ns, self._oldest_recv_ns = self._oldest_recv_ns, 0
        return oldest_ns

    # ---- rows ----------------------------------------------------------------------------------------
    def row_stale(self, now_ms: int) -> BoolRows:
        """Rows whose values may be out of date: the whole feed when it is not live, else of sources down."""
        self._judge(now_ms)
        if self.state is not FeedState.LIVE:
            return np.ones(len(self.spec.keys), np.bool_)
        stale: BoolRows = self._state_of_rows() == SourceState.DOWN
        return stale

    def row_late(self) -> BoolRows:
        """Rows whose source runs behind."""
        late: BoolRows = self._state_of_rows() == SourceState.LATE
        return late

    def row_halted(self) -> BoolRows:
        """Rows halted by their venue, alone or with the whole source."""
        halted = self.table.column(Field.TRADING_STATE) == TradingState.HALTED
        both: BoolRows = halted | (self._state_of_rows() == SourceState.HALTED)
        return both

    def _state_of_rows(self) -> NDArray[np.uint8]:
        if not len(self.source_states):
            return np.zeros(len(self.spec.keys), np.uint8)
        states = self.source_states[self.source_of_row]
        # A state that this build does not know is not a good one.
        return np.where(states > max(SourceState), np.uint8(SourceState.DOWN), states)

    # ---- taking messages -----------------------------------------------------------------------------
    def _on_corrupt(self, now_ms: int) -> FeedEvent:
        self.counters.corrupt += 1
        self._doubt = FeedReason.CORRUPT
        self._judge(now_ms)
        return FeedEvent.NOTHING

    def _hear(self, epoch: int, sequence: int, layout: int, now_ms: int) -> None:
        """Note the newest that is known of the publisher."""
        self._heard_ms = now_ms
        if epoch > self._newest_epoch:
            if not self._newest_epoch:
                self._requests.answered()
            self._newest_epoch, self._newest_sequence, self._newest_layout = epoch, sequence, layout
            self._sources_sequence = self._sources_sent_ns = 0
            self._buffered.clear()
            return
        self._newest_sequence = max(self._newest_sequence, sequence)
        self._newest_layout = max(self._newest_layout, layout)

    def _count_gap(self, header: DeltaHeader, sent_before: int) -> None:
        if self._is_current(header.epoch) and sent_before > max(self._newest_sequence, self.sequence):
            self.counters.gaps += 1

    def _is_current(self, epoch: int) -> bool:
        return self._loaded and epoch == self.epoch

    def _take_idle(self, header: DeltaHeader) -> FeedEvent:
        self.counters.idle += 1
        if not self._is_current(header.epoch) or header.sequence != self.sequence:
            return FeedEvent.NOTHING
        self._doubt = None
        self._take_header(header)
        return FeedEvent.IDLE

    def _take_delta(self, delta: Delta) -> FeedEvent:
        self.counters.deltas += 1
        sequence = delta.header.sequence
        current = self._is_current(delta.header.epoch)
        if (current and sequence <= self.sequence) or sequence in self._buffered:
            self.counters.duplicates += 1
            return FeedEvent.NOTHING
        if current and sequence == self.sequence + 1 and delta.header.layout == self.layout_version:
            if self._newest_sequence > sequence:
                self.counters.reordered += 1
            if not self._apply(delta):
                return FeedEvent.NOTHING
            self._apply_buffered()
            return FeedEvent.APPLIED
        self._buffer(delta)
        return FeedEvent.NOTHING

    def _buffer(self, delta: Delta) -> None:
        """Keep for later. When full the oldest goes: a snapshot will hold it sooner than the others."""
        self._buffered[delta.header.sequence] = delta
        if len(self._buffered) > BUFFERED_MAX:
            del self._buffered[min(self._buffered)]
            self.counters.buffered_dropped += 1

    def _apply(self, delta: Delta) -> bool:
        """Fold in the delta that follows the table's sequence; False when its body is bad."""
        try:
            apply_opened(delta, self.table, self._bases, self.table.row_count)
        except WireError:
            self.counters.corrupt += 1
            self._doubt = FeedReason.CORRUPT
            return False
        self.sequence = delta.header.sequence
        self._doubt = None
        self._take_header(delta.header)
        oldest_ns = delta.header.recv_oldest_ns
        if oldest_ns and (not self._oldest_recv_ns or oldest_ns < self._oldest_recv_ns):
            self._oldest_recv_ns = oldest_ns
        return True

    def _apply_buffered(self) -> bool:
        """Apply what follows without a gap, forget what is folded in; True when something was applied."""
        if not self._buffered:
            return False
        applied = False
        while (delta := self._buffered.get(self.sequence + 1)) is not None:
            if delta.header.layout != self.layout_version:
                break  # of a layout that its snapshot has still to bring
            if not self._apply(delta):
                del self._buffered[self.sequence + 1]
                break
            applied = True
        self._buffered = {seq: delta for seq, delta in self._buffered.items() if seq > self.sequence}
        return applied

    def _take_header(self, header: DeltaHeader) -> None:
        self.cadence_ms = header.cadence_ms
        if len(header.source_states) == len(self.sources) and self._is_later(header):
            self._sources_sequence, self._sources_sent_ns = header.sequence, header.sent_ns
            self.source_states, self.source_late_ms = header.source_states, header.source_late_ms

    def _is_later(self, header: DeltaHeader) -> bool:
        """Whether it tells of the sources later than the last that did.

        Idle headers share a sequence, so their time decides; one from much earlier is not a late message but
        a publisher's clock that was set back.
        """
        earlier_ns = self._sources_sent_ns - header.sent_ns
        return header.sequence > self._sources_sequence or not 0 < earlier_ns < CLOCK_SET_BACK_NS

    def _check_rows(self, snapshot: Snapshot) -> None:
        if snapshot.group != self._group or snapshot.values.shape[1] != len(self.spec.keys):
            raise WireError("a snapshot of another group")
        if snapshot.instruments and tuple(item.key for item in snapshot.instruments) != self.spec.keys:
            raise WireError("a snapshot with other instruments")

    def _is_news(self, snapshot: Snapshot) -> bool:
        if not self._is_current(snapshot.epoch):
            return True
        if snapshot.sequence == self.sequence:
            return snapshot.layout > self.layout_version
        return snapshot.sequence > self.sequence and snapshot.layout >= self.layout_version

    def _take_snapshot(self, snapshot: Snapshot) -> FeedEvent:
        event = FeedEvent.RESYNCED
        instruments = snapshot.instruments or self.instruments
        same_rows = snapshot.sources == self.sources and np.array_equal(
            snapshot.source_of_row, self.source_of_row
        )
        if not self._loaded or instruments != self.instruments or not same_rows:
            event |= FeedEvent.LAYOUT_CHANGED
        self.instruments, self.sources = instruments, snapshot.sources
        self.source_of_row = snapshot.source_of_row
        self.source_states, self.source_late_ms = snapshot.source_states, snapshot.source_late_ms
        self._sources_sequence, self._sources_sent_ns = snapshot.sequence, snapshot.sent_ns
        self.epoch, self.sequence = snapshot.epoch, snapshot.sequence
        self.layout_version = snapshot.layout
        self._bases = snapshot.bases
        self._loaded = True
        self._doubt = None
        self.table.replace(snapshot.values)
        if self._apply_buffered():
            event |= FeedEvent.APPLIED
        return event

    # ---- judging -------------------------------------------------------------------------------------
    def _judge(self, now_ms: int) -> None:
        self.reason = self._doubts(now_ms)
        if not self._loaded:
            self.state = FeedState.LOADING
        else:
            self.state = FeedState.LIVE if self.reason is None else FeedState.STALE

    def _doubts(self, now_ms: int) -> FeedReason | None:
        if not self._bus_connected:
            return FeedReason.BUS_DOWN
        if self._loaded:
            if self.epoch != self._newest_epoch:
                return FeedReason.RESTART
            if self.layout_version != self._newest_layout:
                return FeedReason.LAYOUT
            if self._doubt is FeedReason.CORRUPT:
                return FeedReason.CORRUPT
            if self.sequence < self._newest_sequence:
                return FeedReason.GAP
        if self._heard_ms is not None and now_ms - self._heard_ms > SILENT_AFTER_MS:
            return FeedReason.SILENT
        return self._doubt if self._loaded else None
