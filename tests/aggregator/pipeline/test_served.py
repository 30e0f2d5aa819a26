"""Groups on a simulated clock: who gets what, when, and how much."""

import itertools
import random
from dataclasses import dataclass, field

import numpy as np
import pytest

from aggregator.pipeline.fold import Changes
from aggregator.pipeline.groups import DESKS_MAX, HOLD_S
from aggregator.pipeline.instruments import Defined, Definition, InstrumentRows
from aggregator.pipeline.served import LAYOUT_SPACING_MS, SNAPSHOT_ANSWER_MS, ServedGroups
from aggregator.pipeline.sources import SourceBoard, SourceFigures
from core.clock import NS_PER_MS, NS_PER_S
from core.market.fields import PRICE_FIELDS, Field, SourceState
from core.market.group_feed import FeedState, GroupFeed
from core.market.groups import GroupError, GroupSpec, group_spec
from core.market.instruments import Instrument, InstrumentKey
from core.metrics import Counters
from core.scope import LIVE
from core.wire.delta import decode_delta_header


@dataclass
class Hall:
    """Groups over `row_count` instruments, with everything they sent: (ms, subject, bytes)."""

    row_count: int
    counters: Counters = field(default_factory=Counters)
    sent: list[tuple[int, str, bytes]] = field(default_factory=list)
    now_ms: int = 0

    def __post_init__(self) -> None:
        self.registry = InstrumentRows(self.counters)
        self.keys = [InstrumentKey("AAA", f"S{number:04}") for number in range(self.row_count)]
        self.sources = SourceBoard()
        self.groups = ServedGroups(
            LIVE, self.registry, self.sources, self.counters, 7, self._send, lambda: self.now_ms * NS_PER_MS
        )
        self.define()
        self._dice = np.random.default_rng(1)

    def define(self, count: int | None = None, decimals: int = 2, version: int = 1) -> None:
        keys = self.keys[:count]
        definitions = [Definition(n, Instrument(key, decimals)) for n, key in enumerate(keys)]
        defined: Defined = self.registry.define("AAA", 1, version, definitions)
        self.groups.on_defined(defined, self.now_ms * NS_PER_MS)

    def serve(self, spec: GroupSpec | None = None) -> GroupSpec:
        spec = spec or group_spec(self.keys)
        self.groups.define(spec, self.now_ms * NS_PER_MS)
        return spec

    def change(self, rows: list[int] | None = None) -> None:
        """New prices and sizes, anything but near the last ones."""
        chosen = np.array(rows if rows is not None else range(1, self.row_count + 1))
        values = self.registry.table.values
        for each in PRICE_FIELDS:
            values[each, chosen] = self._dice.integers(1, 2**40, len(chosen))
        self.registry.table.touch(chosen)
        stamps = np.full(len(chosen), max(1, self.now_ms * NS_PER_MS))
        self.groups.on_changes([Changes(chosen, stamps, stamps)], self.now_ms * NS_PER_MS)

    def run_to(self, until_ms: int) -> None:
        """Let time pass, millisecond by millisecond, sending what is due."""
        while self.now_ms < until_ms:
            self.now_ms += 1
            now_ns = self.now_ms * NS_PER_MS
            if self.now_ms % 50 == 0:
                self.groups.keep_house(now_ns)
            self.groups.send_due(now_ns, now_ns + NS_PER_S, lambda: now_ns)  # noqa: B023

    def lease(self, spec: GroupSpec, cadence_ms: int = 33) -> None:
        self.groups.renew("desk", {spec.group_id: cadence_ms}, self.now_ms * NS_PER_MS)

    def deliver(self, feed: GroupFeed) -> None:
        """Hand everything sent since the last call to a desk."""
        taken, self.sent = self.sent, []
        for now_ms, subject, data in taken:
            feed.on_snapshot(data, now_ms) if "snapshot" in subject else feed.on_delta(data, now_ms)
        feed.poll(self.now_ms)

    def times_ms(self, kind: str, data_only: bool = True) -> list[int]:
        return [
            ms
            for ms, subject, data in self.sent
            if kind in subject
            and (kind != "agg" or not data_only or decode_delta_header(data).recv_oldest_ns)
        ]

    def _send(self, subject: str, data: bytes) -> None:
        self.sent.append((self.now_ms, subject, data))


def test_a_new_group_gets_its_snapshot_at_once_and_then_every_three_seconds() -> None:
    hall = Hall(3)
    hall.serve()
    hall.run_to(7_000)
    assert hall.times_ms("snapshot") == [1, 3_001, 6_001]
    idle = hall.times_ms("agg", data_only=False)
    assert all(later - earlier <= 251 for earlier, later in itertools.pairwise(idle))


def test_a_change_after_quiet_goes_out_after_2_ms_then_every_33() -> None:
    hall = Hall(3)
    hall.serve()
    hall.run_to(100)
    for now_ms in range(100, 200):
        hall.change()
        hall.run_to(now_ms + 1)
    assert hall.times_ms("agg") == [102, 135, 168]


def test_requests_for_snapshots_share_a_broadcast() -> None:
    hall = Hall(3)
    spec = hall.serve()
    hall.run_to(1_000)
    hall.sent.clear()
    for now_ms in range(1_000, 1_300, 10):
        hall.groups.want_snapshot(spec.group_id, now_ms * NS_PER_MS)
        hall.run_to(now_ms + 10)
    assert hall.times_ms("snapshot") == [1_001, 1_001 + SNAPSHOT_ANSWER_MS]
    hall.groups.want_snapshot("0123456789abcdef", hall.now_ms * NS_PER_MS)


def test_equal_requests_share_one_stream() -> None:
    hall = Hall(3)
    first = hall.serve(group_spec(hall.keys))
    second = hall.serve(group_spec(reversed(hall.keys)))
    assert first == second
    assert len(hall.groups) == 1


def test_a_group_ends_ten_seconds_after_its_last_lease() -> None:
    hall = Hall(3)
    spec = hall.serve()
    hall.run_to(5_000)
    hall.lease(spec)
    hall.run_to(5_000 + HOLD_S * 1_000 - 100)
    assert len(hall.groups) == 1
    hall.run_to(5_000 + HOLD_S * 1_000 + 100)
    assert len(hall.groups) == 0
    last_ms = hall.sent[-1][0]
    hall.change()
    hall.run_to(20_000)
    assert hall.sent[-1][0] == last_ms


def test_leases_of_too_many_desks_are_counted() -> None:
    hall = Hall(1)
    spec = hall.serve()
    for number in range(DESKS_MAX + 2):
        hall.groups.renew(f"desk{number}", {spec.group_id: 16}, 1)
    assert hall.counters.totals()["leases_refused"] == 2


def test_the_slot_of_an_ended_group_serves_the_next() -> None:
    hall = Hall(4)
    hall.serve(group_spec(hall.keys[:2]))
    hall.run_to(11_000)
    hall.serve(group_spec(hall.keys[2:]))
    hall.sent.clear()
    hall.change([1])
    hall.run_to(11_040)
    assert hall.times_ms("agg") == []
    hall.change([3])
    hall.run_to(11_080)
    assert len(hall.times_ms("agg")) == 1


def test_a_desk_that_slept_past_its_lease_gets_the_group_anew() -> None:
    hall = Hall(3)
    spec = hall.serve()
    feed = GroupFeed(spec, random.Random(1))
    for now_ms in range(0, 1_000, 50):
        hall.change()
        hall.run_to(now_ms + 50)
    hall.deliver(feed)
    assert feed.state is FeedState.LIVE
    hall.run_to(12_000)
    assert len(hall.groups) == 0
    hall.sent.clear()
    hall.change()
    hall.serve()
    for now_ms in range(12_000, 14_000, 50):  # as many messages as before: their numbers must not meet
        hall.deliver(feed)
        if feed.state is FeedState.LIVE:
            assert (feed.table.column(Field.LAST) == hall.registry.table.column(Field.LAST)[1:]).all()
        hall.change([1])
        hall.run_to(now_ms + 50)
    hall.deliver(feed)
    assert feed.state is FeedState.LIVE
    assert feed.counters.duplicates == 0


def test_an_instrument_that_is_defined_later_bumps_the_layout_once() -> None:
    hall = Hall(4)
    hall.registry = InstrumentRows(hall.counters)
    hall.groups = ServedGroups(LIVE, hall.registry, hall.sources, hall.counters, 7, hall._send, lambda: 1)
    hall.define(2)
    spec = hall.serve()
    feed = GroupFeed(spec, random.Random(1))
    hall.run_to(50)
    hall.define(3, version=2)
    hall.run_to(60)
    hall.define(4, version=3)
    hall.run_to(60 + LAYOUT_SPACING_MS + 10)
    for _, subject, data in hall.sent:
        if "snapshot" in subject:
            feed.on_snapshot(data, 1)
    assert [each.known for each in feed.instruments] == [True] * 4
    assert feed.layout_version == 3
    # The first definitions need no wait, the next ones are gathered.
    assert hall.times_ms("snapshot") == [1, 51, 51 + LAYOUT_SPACING_MS]


def test_no_change_is_sent_between_finer_decimals_and_their_layout() -> None:
    hall = Hall(2)
    spec = hall.serve()
    hall.run_to(1_000)
    hall.define(decimals=4, version=2)
    hall.run_to(1_010)
    hall.define(decimals=6, version=3)
    hall.sent.clear()
    for now_ms in range(1_010, 1_600, 10):
        hall.change()
        hall.run_to(now_ms + 10)
    layouts = {decode_delta_header(data).layout for _, subject, data in hall.sent if "agg" in subject}
    assert layouts == {3} or layouts == {2, 3}
    for _, subject, data in hall.sent:
        if "agg" in subject and decode_delta_header(data).recv_oldest_ns:
            assert decode_delta_header(data).layout == 3
    assert spec.group_id in hall.sent[0][1]


def test_a_source_that_goes_down_is_told_at_once() -> None:
    hall = Hall(2)
    hall.serve()
    hall.run_to(1_000)
    hall.sources.figures["AAA"] = SourceFigures(SourceState.LATE, 70, 1)
    hall.sources._columns.clear()
    hall.groups.on_sources(["AAA"], hall.now_ms * NS_PER_MS)
    hall.run_to(1_002)
    header = decode_delta_header(hall.sent[-1][2])
    assert hall.sent[-1][0] == 1_001
    assert (header.source_states.tolist(), header.source_late_ms.tolist()) == ([SourceState.LATE], [70])


@pytest.mark.slow
def test_a_thousand_rows_that_all_change_stay_within_2_mbit_and_none_starves() -> None:
    hall = Hall(1_000)
    spec = hall.serve()
    feed = GroupFeed(spec, random.Random(1))
    hall.run_to(10)
    for now_ms in range(10, 4_000, 10):
        hall.change()
        hall.run_to(now_ms + 10)
        if now_ms % 1_000 == 0:
            hall.lease(spec)
    bits = sum(len(data) * 8 for _, _, data in hall.sent)
    assert bits <= 2_000_000 * 4 * 1.1
    hall.run_to(6_500)
    for now_ms, subject, data in hall.sent:
        feed.on_snapshot(data, now_ms) if "snapshot" in subject else feed.on_delta(data, now_ms)
    assert (feed.table.values == hall.registry.table.values[:, 1:]).all()
    assert hall.counters.totals()["rows_left"] > 0


def test_a_group_of_too_many_exchanges_is_refused_in_words() -> None:
    hall = Hall(1)
    with pytest.raises(GroupError, match="split the list"):
        hall.serve(group_spec(InstrumentKey(f"X{number}", "S") for number in range(300)))
