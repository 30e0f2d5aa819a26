"""The groups being served: each with its stream, its clock and its budget, sent when due.

Knows from a set of changed rows which groups they concern, and when the next message of any group is due, in
constant time whatever the number of groups. Messages leave through `send`; a bus that is down costs them,
and the subscribers see the gap. Time is an argument, in monotonic nanoseconds; `wall_ns` stamps messages.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from aggregator.pipeline.budget import RowCost, TokenBucket
from aggregator.pipeline.cadence import GroupClock, LoadGauge, stretched_ms
from aggregator.pipeline.fold import Changes
from aggregator.pipeline.groups import GROUPS_MAX, SOURCES_PER_GROUP_MAX, Leases, Membership
from aggregator.pipeline.instruments import Defined, InstrumentRows
from aggregator.pipeline.publish import SLOWER, GroupStream, Sent
from aggregator.pipeline.sources import SourceBoard
from core import subjects
from core.clock import NS_PER_MS
from core.market.groups import GroupError, GroupSpec
from core.market.instruments import InstrumentKey
from core.metrics import Counters
from core.scope import Scope

SNAPSHOT_MS: Final = 3_000
SNAPSHOT_ANSWER_MS: Final = 200  # requests within it share one broadcast
LAYOUT_SPACING_MS: Final = 300  # definitions arrive in waves; each layout makes every desk rebuild its rows
REBASE_MS: Final = 2_000
REBASE_LIMIT_MS: Final = 64_000
CHANGES_KEPT: Final = 2_048
LATENESS_KEPT: Final = 4_096
_NEVER: Final = np.iinfo(np.int64).max


@dataclass(slots=True)
class Served:
    """One group. `layout_ns`: when a new layout is due, None if none is; no changes are sent until then."""

    slot: int
    stream: GroupStream
    clock: GroupClock
    bucket: TokenBucket
    cost: RowCost
    cursor: int  # first entry of the change log that concerns the group
    snapshot_ns: int
    answered_ns: int
    layout_ns: int | None
    laid_out_ns: int
    rebase_ns: int
    rebase_wait_ms: int = REBASE_MS
    header_ns: int | None = None  # when a source's state has to be told, changes or not

    def due_ns(self) -> int:
        due_ns = min(
            self.clock.idle_due_ns() if self.layout_ns is not None else self.clock.due_ns(), self.snapshot_ns
        )
        if self.layout_ns is not None:
            due_ns = min(due_ns, self.layout_ns)
        return due_ns if self.header_ns is None else min(due_ns, self.header_ns)


class ServedGroups:
    """`send(subject, data)` publishes; it may drop, never raise."""

    def __init__(
        self,
        scope: Scope,
        registry: InstrumentRows,
        sources: SourceBoard,
        counters: Counters,
        epoch: int,
        send: Callable[[str, bytes], None],
        wall_ns: Callable[[], int],
    ) -> None:
        self.leases = Leases()
        self.load = LoadGauge()
        self.lateness_ns: deque[int] = deque(maxlen=LATENESS_KEPT)
        self._scope = scope
        self._registry = registry
        self._sources = sources
        self._epoch = epoch
        self._send = send
        self._wall_ns = wall_ns
        self._groups: dict[str, Served] = {}
        self._slots: list[Served | None] = [None] * GROUPS_MAX
        self._membership = Membership()
        # The highest numbers of groups that ended: a desk that slept meanwhile still has the group's last
        # table, and would take numbers that start over for news it has had.
        self._ended_sequence = self._ended_layout = 0
        self._awaiting: dict[InstrumentKey, set[int]] = {}  # slots by instruments no feed has defined yet
        self._log: deque[Changes] = deque(maxlen=CHANGES_KEPT)
        self._logged = 0  # entries ever appended
        self._due_ns = np.full(GROUPS_MAX, _NEVER, np.int64)
        self._opens_ns = np.full(GROUPS_MAX, _NEVER, np.int64)
        self._level = 0
        self._deltas = counters.counter("deltas")
        self._delta_rows = counters.counter("delta_rows")
        self._delta_bytes = counters.counter("delta_bytes")
        self._headers = counters.counter("idle_headers")
        self._snapshots = counters.counter("snapshots")
        self._left = counters.counter("rows_left")
        self._layouts = counters.counter("layouts")
        self._leases_refused = counters.counter("leases_refused")

    def __len__(self) -> int:
        return len(self._groups)

    @property
    def level(self) -> int:
        """Load level in force."""
        return self._level

    # ---- groups ------------------------------------------------------------------------------------------
    def define(self, spec: GroupSpec, now_ns: int) -> str:
        """Serve a group (again); its snapshot follows. Returns its id, raises `GroupError`."""
        group_id = spec.group_id
        if len({key.exchange for key in spec.keys}) > SOURCES_PER_GROUP_MAX:
            raise GroupError(f"more than {SOURCES_PER_GROUP_MAX} exchanges in one group: split the list")
        self.leases.open(group_id, now_ns)
        if group_id not in self._groups:
            slot = self._slots.index(None)
            served = Served(
                slot,
                GroupStream(spec, self._epoch, self._ended_sequence, self._ended_layout),
                GroupClock(now_ns, self._spacing_ms(group_id, now_ns)),
                TokenBucket(now_ns),
                RowCost(),
                cursor=self._logged,
                snapshot_ns=now_ns,
                answered_ns=now_ns - SNAPSHOT_ANSWER_MS * NS_PER_MS,
                layout_ns=None,
                laid_out_ns=now_ns,
                rebase_ns=now_ns + REBASE_MS * NS_PER_MS,
            )
            self._groups[group_id] = self._slots[slot] = served
            self._lay_out(served, now_ns)
            served.laid_out_ns = now_ns - LAYOUT_SPACING_MS * NS_PER_MS  # the first definitions need not wait
        self.want_snapshot(group_id, now_ns)
        return group_id

    def want_snapshot(self, group_id: str, now_ns: int) -> None:
        """Broadcast a snapshot now, or as soon as the last one is 200 ms old. Unknown groups: nothing."""
        served = self._groups.get(group_id)
        if served is not None:
            earliest_ns = max(now_ns, served.answered_ns + SNAPSHOT_ANSWER_MS * NS_PER_MS)
            served.snapshot_ns = min(served.snapshot_ns, earliest_ns)
            self._schedule(served)

    def renew(self, desk: str, spacings_ms: dict[str, int], now_ns: int) -> None:
        """A desk's lease."""
        if not self.leases.renew(desk, spacings_ms, now_ns):
            self._leases_refused.add()
        for group_id in spacings_ms:
            if group_id in self._groups:
                self._keep_spacing(self._groups[group_id], now_ns)

    def keep_house(self, now_ns: int) -> None:
        """Close groups nobody leases, follow leases that ran out and the load."""
        for group_id in self.leases.close_expired(now_ns):
            served = self._groups.pop(group_id)
            self._ended_sequence = max(self._ended_sequence, served.stream.sequence)
            self._ended_layout = max(self._ended_layout, served.stream.layout)
            self._slots[served.slot] = None
            self._membership.put(served.slot, np.zeros(0, np.intp))
            self._await(served, ())
            self._due_ns[served.slot] = self._opens_ns[served.slot] = _NEVER
        self.load.tick(now_ns)
        self._level = self.load.level
        for served in self._groups.values():
            self._keep_spacing(served, now_ns)

    def _keep_spacing(self, served: Served, now_ns: int) -> None:
        served.clock.keep_spacing(self._spacing_ms(served.stream.group_id, now_ns), now_ns)
        self._schedule(served)

    def _spacing_ms(self, group_id: str, now_ns: int) -> int:
        return stretched_ms(self.leases.spacing_ms(group_id, now_ns), self._level)

    def begin_epoch(self, epoch: int, now_ns: int) -> None:
        """A seek has been carried out: every group gets a snapshot at once, under the new epoch."""
        self._epoch = epoch
        self._log.clear()
        for served in self._groups.values():
            served.stream.epoch = epoch
            self._lay_out_anew(served, now_ns)
            served.clock.begin(now_ns)
            self._schedule(served)

    # ---- what changed ------------------------------------------------------------------------------------
    def on_changes(self, changes: Iterable[Changes], since_ns: int) -> None:
        """Rows were folded; the first of their events arrived at `since_ns`."""
        for change in changes:
            for slot in self._membership.slots_of(change.rows):
                served = self._slots[slot]
                assert served is not None
                if not served.clock.is_changed:
                    served.cursor = max(served.cursor, self._logged)
                    served.clock.on_change(since_ns)
                    self._schedule(served)
            self._log.append(change)
            self._logged += 1

    def on_defined(self, defined: Defined, now_ns: int) -> None:
        """Rows are new or count finer: the groups that contain them get a new layout."""
        self._membership.grow(self._registry.table.row_count)
        slots = set(self._membership.slots_of(defined.changed))
        for row in defined.added.tolist():
            slots |= self._awaiting.get(self._registry.instruments[row].key, set())
        for slot in slots:
            served = self._slots[slot]
            if served is not None and served.layout_ns is None:
                served.layout_ns = max(now_ns, served.laid_out_ns + LAYOUT_SPACING_MS * NS_PER_MS)
                self._schedule(served)

    def on_sources(self, exchanges: Iterable[str], now_ns: int) -> None:
        """States of sources changed: groups that have them say so at once."""
        changed = set(exchanges)
        for served in self._groups.values():
            if not changed.isdisjoint(served.stream.sources):
                served.header_ns = now_ns
                self._schedule(served)

    # ---- sending -----------------------------------------------------------------------------------------
    def due_ns(self) -> int:
        """When the next message of any group is due."""
        return int(self._due_ns.min())

    def opens_ns(self) -> int:
        """From when on a change could go out at its group's leading edge."""
        return int(self._opens_ns.min())

    def send_due(self, now_ns: int, stop_ns: int, monotonic_ns: Callable[[], int]) -> None:
        """Send what is due at `now_ns`, the longest due first, until `stop_ns`; the rest stays due."""
        due = np.flatnonzero(self._due_ns <= now_ns)
        for slot in due[np.argsort(self._due_ns[due], kind="stable")].tolist():
            served = self._slots[slot]
            assert served is not None
            self._act(served, now_ns)
            self._schedule(served)
            now_ns = monotonic_ns()
            if now_ns >= stop_ns:
                break

    def _act(self, served: Served, now_ns: int) -> None:
        if served.layout_ns is not None and now_ns >= served.layout_ns:
            self._lay_out_anew(served, now_ns)
        elif served.layout_ns is None and served.clock.is_changed and now_ns >= served.clock.due_ns():
            self._send_changes(served, now_ns)
        elif now_ns >= served.clock.idle_due_ns() or (
            served.header_ns is not None and now_ns >= served.header_ns
        ):
            self._send_header(served, now_ns)
        if now_ns >= served.rebase_ns:
            self._consider_bases(served, now_ns)
        if now_ns >= served.snapshot_ns:
            self._send_snapshot(served, now_ns)

    def _send_changes(self, served: Served, now_ns: int) -> None:
        late_ns = now_ns - served.clock.due_ns()
        stream = served.stream
        first = served.cursor - (self._logged - len(self._log))
        if first < 0:
            stream.doubt()
        for index in range(max(0, first), len(self._log)):
            stream.absorb(self._log[index])
        served.cursor = self._logged
        places = served.cost.rows_within(served.bucket.available(now_ns))
        sources = self._sources.columns(stream.sources)
        sent = stream.delta(
            self._registry, places, sources, served.clock.spacing_ms, SLOWER * self._level, self._wall_ns()
        )
        if sent is None:
            served.clock.on_nothing()
            return
        self._send(subjects.delta(self._scope, stream.group_id), sent.data)
        self._account(served, sent)
        served.clock.on_sent(now_ns, more=sent.rows_left > 0)
        served.header_ns = None
        self.lateness_ns.append(late_ns)
        self.load.on_sent(late_ns, now_ns)

    def _account(self, served: Served, sent: Sent) -> None:
        served.bucket.charge(len(sent.data))
        served.cost.on_sent(sent.rows, len(sent.data))
        self._deltas.add()
        self._delta_rows.add(sent.rows)
        self._delta_bytes.add(len(sent.data))
        self._left.add(sent.rows_left)

    def _send_header(self, served: Served, now_ns: int) -> None:
        stream = served.stream
        sources = self._sources.columns(stream.sources)
        level = SLOWER * self._level
        data = stream.idle_header(sources, served.clock.spacing_ms, level, self._wall_ns())
        self._send(subjects.delta(self._scope, stream.group_id), data)
        served.clock.on_header(now_ns)
        served.header_ns = None
        self._headers.add()

    def _send_snapshot(self, served: Served, now_ns: int) -> None:
        stream = served.stream
        data = stream.snapshot(self._sources.columns(stream.sources), self._wall_ns())
        self._send(subjects.snapshot(self._scope, stream.group_id), data)
        served.bucket.charge(len(data))
        served.answered_ns = now_ns
        served.snapshot_ns = now_ns + SNAPSHOT_MS * NS_PER_MS
        self._snapshots.add()

    # ---- layouts -----------------------------------------------------------------------------------------
    def _lay_out(self, served: Served, now_ns: int) -> None:
        """Rows, increments and bases as they are now; a snapshot has to tell them."""
        stream = served.stream
        stream.lay_out(self._registry)
        self._membership.grow(self._registry.table.row_count)
        self._membership.put(served.slot, stream.rows)
        self._await(served, (stream.spec.keys[row] for row in stream.unknown))
        served.cursor = self._logged
        served.layout_ns = None
        served.laid_out_ns = now_ns
        served.rebase_ns = now_ns + served.rebase_wait_ms * NS_PER_MS
        served.clock.on_nothing()
        self._layouts.add()

    def _lay_out_anew(self, served: Served, now_ns: int) -> None:
        self._lay_out(served, now_ns)
        self._send_snapshot(served, now_ns)

    def _consider_bases(self, served: Served, now_ns: int) -> None:
        """New bases when prices have run away from them; ever more rarely while that does not last."""
        if served.layout_ns is None and served.stream.wants_new_bases():
            served.rebase_wait_ms = min(REBASE_LIMIT_MS, 2 * served.rebase_wait_ms)
            self._lay_out_anew(served, now_ns)
        else:
            served.rebase_wait_ms = max(REBASE_MS, served.rebase_wait_ms // 2)
            served.rebase_ns = now_ns + REBASE_MS * NS_PER_MS

    def _await(self, served: Served, keys: Iterable[InstrumentKey]) -> None:
        for slots in self._awaiting.values():
            slots.discard(served.slot)
        self._awaiting = {key: slots for key, slots in self._awaiting.items() if slots}
        for key in keys:
            self._awaiting.setdefault(key, set()).add(served.slot)

    def _schedule(self, served: Served) -> None:
        self._due_ns[served.slot] = served.due_ns()
        held = served.layout_ns is not None or served.clock.is_changed
        self._opens_ns[served.slot] = _NEVER if held else served.clock.opens_ns
