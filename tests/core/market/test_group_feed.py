"""What a trader is told about a group: live, loading, stale and why, and what the feed asks for."""

import random
from itertools import pairwise

import numpy as np
import pytest

from core.market.fields import Field, SourceState, TradingState
from core.market.group_feed import (
    BUFFERED_MAX,
    FeedEvent,
    FeedReason,
    FeedState,
    GroupFeed,
    RequestKind,
)
from core.market.groups import group_spec
from core.market.instruments import InstrumentKey
from core.market.snapshot_requests import JITTER_MS_MAX
from tests.core.market.group_publisher import ROWS, SPEC, GroupPublisher


@pytest.fixture
def publisher() -> GroupPublisher:
    return GroupPublisher()


@pytest.fixture
def feed() -> GroupFeed:
    return GroupFeed(SPEC, random.Random(1))


@pytest.fixture
def live(feed: GroupFeed, publisher: GroupPublisher) -> GroupFeed:
    feed.on_snapshot(publisher.snapshot(), 0)
    assert feed.state is FeedState.LIVE
    return feed


def same_table(feed: GroupFeed, publisher: GroupPublisher) -> bool:
    return np.array_equal(feed.table.values, publisher.values)


def test_rows_are_known_before_the_first_message(feed: GroupFeed) -> None:
    assert feed.state is FeedState.LOADING
    assert tuple(instrument.key for instrument in feed.instruments) == SPEC.keys
    assert not any(instrument.known for instrument in feed.instruments)
    assert feed.table.row_count == ROWS
    assert feed.row_stale(0).all()


def test_a_late_subscriber_buffers_until_its_snapshot(feed: GroupFeed, publisher: GroupPublisher) -> None:
    publisher.delta()
    snapshot = publisher.snapshot()
    for _ in range(3):
        assert feed.on_delta(publisher.delta(), 10) is FeedEvent.NOTHING
    assert feed.state is FeedState.LOADING
    event = feed.on_snapshot(snapshot, 20)
    assert event == FeedEvent.RESYNCED | FeedEvent.LAYOUT_CHANGED | FeedEvent.APPLIED
    assert feed.state is FeedState.LIVE
    assert feed.sequence == 4
    assert same_table(feed, publisher)


def test_deltas_in_order_stay_live(live: GroupFeed, publisher: GroupPublisher) -> None:
    for now_ms in range(0, 330, 33):
        assert live.on_delta(publisher.delta(), now_ms) is FeedEvent.APPLIED
    assert live.state is FeedState.LIVE
    assert same_table(live, publisher)
    assert live.cadence_ms == 33
    assert live.counters.deltas == 10


def test_only_changed_rows_are_stamped(live: GroupFeed, publisher: GroupPublisher) -> None:
    seen = live.table.version
    live.on_delta(publisher.delta([2, 5]), 1)
    assert live.table.changed_since(seen).tolist() == [2, 5]


def test_a_lost_delta_is_stale_until_it_arrives_late(live: GroupFeed, publisher: GroupPublisher) -> None:
    lost, *later = (publisher.delta() for _ in range(3))
    for message in later:
        live.on_delta(message, 10)
    assert (live.state, live.reason) == (FeedState.STALE, FeedReason.GAP)
    assert live.counters.gaps == 1
    assert live.on_delta(lost, 20) is FeedEvent.APPLIED
    assert live.state is FeedState.LIVE
    assert live.counters.reordered == 1
    assert same_table(live, publisher)
    assert live.poll(21) is None


def test_a_lost_delta_is_asked_for(live: GroupFeed, publisher: GroupPublisher) -> None:
    publisher.delta()
    live.on_delta(publisher.delta(), 10)
    kept = live.table.values.copy()
    asked = [now_ms for now_ms in range(10, 400) if live.poll(now_ms) is not None]
    assert asked
    assert asked[0] <= 10 + JITTER_MS_MAX
    np.testing.assert_array_equal(live.table.values, kept)  # the last good picture stays
    assert live.on_snapshot(publisher.snapshot(), 300) == FeedEvent.RESYNCED
    assert live.state is FeedState.LIVE
    assert same_table(live, publisher)


def test_a_lost_last_delta_shows_in_the_next_idle_header(live: GroupFeed, publisher: GroupPublisher) -> None:
    publisher.delta()
    live.on_delta(publisher.idle(), 250)
    assert (live.state, live.reason) == (FeedState.STALE, FeedReason.GAP)
    assert live.counters.gaps == 1


def test_a_doubled_delta_is_applied_once(live: GroupFeed, publisher: GroupPublisher) -> None:
    message = publisher.delta()
    live.on_delta(message, 1)
    version = live.table.version
    assert live.on_delta(message, 2) is FeedEvent.NOTHING
    assert live.table.version == version
    assert live.counters.duplicates == 1


def test_silence_is_stale_after_a_second_and_over_with_the_next_header(
    live: GroupFeed, publisher: GroupPublisher
) -> None:
    live.poll(1_000)
    assert live.state is FeedState.LIVE
    live.poll(1_001)
    assert (live.state, live.reason) == (FeedState.STALE, FeedReason.SILENT)
    assert live.on_delta(publisher.idle(), 1_500) is FeedEvent.IDLE
    assert live.state is FeedState.LIVE


def test_idle_headers_keep_a_quiet_group_live(live: GroupFeed, publisher: GroupPublisher) -> None:
    for now_ms in range(0, 10_000, 250):
        assert live.on_delta(publisher.idle(), now_ms) is FeedEvent.IDLE
        assert live.poll(now_ms) is None
    assert not live.row_stale(10_000).any()


def test_a_restarted_publisher_is_stale_until_its_snapshot(
    live: GroupFeed, publisher: GroupPublisher
) -> None:
    old = publisher.delta()
    publisher.restart()
    live.on_delta(publisher.delta(), 10)
    assert (live.state, live.reason) == (FeedState.STALE, FeedReason.RESTART)
    live.on_delta(old, 11)
    assert live.counters.old_epoch == 1
    live.on_snapshot(publisher.snapshot(), 20)
    assert live.state is FeedState.LIVE
    assert live.epoch == publisher.epoch
    assert same_table(live, publisher)


def test_a_new_layout_waits_for_its_snapshot(live: GroupFeed, publisher: GroupPublisher) -> None:
    publisher.change_layout()
    snapshot = publisher.snapshot()
    live.on_delta(publisher.delta(), 10)
    assert (live.state, live.reason) == (FeedState.STALE, FeedReason.LAYOUT)
    event = live.on_snapshot(snapshot, 20)
    assert event & FeedEvent.LAYOUT_CHANGED
    assert event & FeedEvent.APPLIED
    assert live.state is FeedState.LIVE
    assert live.instruments[0].price_decimals == publisher.decimals
    assert same_table(live, publisher)


def test_an_unreadable_message_is_said_and_over_when_nothing_is_missing(
    live: GroupFeed, publisher: GroupPublisher
) -> None:
    live.on_delta(b"\x00" * 50, 5)
    assert (live.state, live.reason) == (FeedState.STALE, FeedReason.CORRUPT)
    assert live.counters.corrupt == 1
    live.on_delta(publisher.delta(), 10)
    assert live.state is FeedState.LIVE


def test_a_message_of_another_group_changes_nothing(live: GroupFeed) -> None:
    other = GroupPublisher(group_spec([InstrumentKey("ALPHA", f"X{n}") for n in range(ROWS)]))
    live.on_delta(other.delta(), 5)
    live.on_snapshot(other.snapshot(), 6)
    assert live.counters.corrupt == 2
    assert live.epoch == 1
    assert live.sequence == 0


def test_after_the_bus_was_away_a_header_must_prove_the_table(
    live: GroupFeed, publisher: GroupPublisher
) -> None:
    live.on_bus(False, 100)
    assert (live.state, live.reason) == (FeedState.STALE, FeedReason.BUS_DOWN)
    assert live.poll(5_000) is None
    live.on_bus(True, 6_000)
    assert live.state is FeedState.STALE
    live.on_delta(publisher.idle(), 6_010)
    assert live.state is FeedState.LIVE


def test_snapshots_that_bring_nothing_new_change_nothing(live: GroupFeed, publisher: GroupPublisher) -> None:
    old = publisher.snapshot()
    live.on_delta(publisher.delta(), 1)
    version = live.table.version
    assert live.on_snapshot(old, 2) is FeedEvent.NOTHING
    assert live.on_snapshot(publisher.snapshot(), 3) is FeedEvent.NOTHING
    assert live.table.version == version
    assert live.state is FeedState.LIVE


def test_the_buffer_is_bounded_and_drops_are_counted(feed: GroupFeed, publisher: GroupPublisher) -> None:
    for now_ms in range(BUFFERED_MAX + 10):
        feed.on_delta(publisher.delta([0]), now_ms)
    assert feed.counters.buffered_dropped == 10
    feed.on_snapshot(publisher.snapshot(), 300)
    assert feed.state is FeedState.LIVE
    assert same_table(feed, publisher)


# ---- what it asks for --------------------------------------------------------------------------------
def requests(feed: GroupFeed, until_ms: int) -> list[tuple[int, RequestKind]]:
    found = [(now_ms, feed.poll(now_ms)) for now_ms in range(0, until_ms, 5)]
    return [(now_ms, request.kind) for now_ms, request in found if request is not None]


def test_a_group_nobody_has_heard_of_is_announced_first_and_again(feed: GroupFeed) -> None:
    asked = requests(feed, 6_000)
    assert asked[0] == (0, RequestKind.DEFINE)
    kinds = [kind for _, kind in asked]
    assert kinds[:4] == [RequestKind.DEFINE, RequestKind.SNAPSHOT, RequestKind.SNAPSHOT, RequestKind.DEFINE]
    assert feed.reason is FeedReason.SILENT


def test_questions_become_rarer(feed: GroupFeed, publisher: GroupPublisher) -> None:
    feed.on_delta(publisher.delta(), 0)
    times = [now_ms for now_ms, kind in requests(feed, 30_000) if kind is RequestKind.SNAPSHOT]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses[0] < 500
    assert max(pauses) <= 2_000 + 2 * JITTER_MS_MAX
    assert len(times) < 25


def test_desks_do_not_all_ask_at_once(publisher: GroupPublisher) -> None:
    publisher.delta()
    snapshot, _, later = publisher.snapshot(), publisher.delta(), publisher.delta()
    first_asked = set()
    for seed in range(50):
        desk = GroupFeed(SPEC, random.Random(seed))
        desk.on_snapshot(snapshot, 0)
        desk.on_delta(later, 0)
        first_asked.add(next(now_ms for now_ms in range(1_000) if desk.poll(now_ms) is not None))
    assert max(first_asked) <= JITTER_MS_MAX
    assert len(first_asked) > 25


# ---- rows and latency --------------------------------------------------------------------------------
def test_rows_follow_the_state_of_their_source(live: GroupFeed, publisher: GroupPublisher) -> None:
    alpha = np.array([key.exchange == "ALPHA" for key in SPEC.keys])
    for state, rows in (
        (SourceState.DOWN, lambda: live.row_stale(1)),
        (SourceState.LATE, live.row_late),
        (SourceState.HALTED, live.row_halted),
    ):
        publisher.source_states = np.array([state, SourceState.OK], np.uint8)
        live.on_delta(publisher.idle(), 1)
        np.testing.assert_array_equal(rows(), alpha)
    assert not live.row_stale(1).any()
    assert live.state is FeedState.LIVE


def test_an_older_header_does_not_bring_back_an_old_source_state(
    live: GroupFeed, publisher: GroupPublisher
) -> None:
    was_fine = publisher.idle()
    publisher.source_states = np.array([SourceState.DOWN, SourceState.OK], np.uint8)
    live.on_delta(publisher.idle(), 1)
    live.on_delta(was_fine, 2)
    assert live.row_stale(2).any()


def test_a_halted_instrument_is_halted_alone(live: GroupFeed, publisher: GroupPublisher) -> None:
    live.table.column(Field.TRADING_STATE)[3] = TradingState.HALTED
    assert np.flatnonzero(live.row_halted()).tolist() == [3]


def test_the_oldest_event_shown_is_handed_out_once(live: GroupFeed, publisher: GroupPublisher) -> None:
    assert live.take_oldest_recv_ns() == 0
    first = publisher.delta()
    first_ns = publisher.now_ns - 50
    live.on_delta(first, 1)
    live.on_delta(publisher.delta(), 2)
    assert live.take_oldest_recv_ns() == first_ns
    assert live.take_oldest_recv_ns() == 0


def test_a_source_that_goes_down_after_the_publishers_clock_was_set_back_is_seen(
    live: GroupFeed, publisher: GroupPublisher
) -> None:
    live.on_delta(publisher.delta(), 10)
    publisher.now_ns -= 3_600 * 10**9
    publisher.source_states = np.array([SourceState.OK, SourceState.DOWN], np.uint8)
    live.on_delta(publisher.idle(), 260)
    assert live.row_stale(260).tolist() == [False] * 4 + [True] * 4


def test_an_idle_header_that_comes_late_does_not_bring_a_source_back(
    live: GroupFeed, publisher: GroupPublisher
) -> None:
    overtaken = publisher.idle()
    publisher.source_states = np.array([SourceState.OK, SourceState.DOWN], np.uint8)
    live.on_delta(publisher.idle(), 10)
    live.on_delta(overtaken, 11)
    assert live.row_stale(11).tolist() == [False] * 4 + [True] * 4
