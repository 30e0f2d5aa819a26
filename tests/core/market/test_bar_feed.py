"""A chart follows its bars, says when they cannot be trusted, and reads back page by page."""

import random
from itertools import pairwise

import pytest

from core.market.bar_feed import APPLIED_MAX, BUFFERED_MAX, BarEvent, BarFeed
from core.market.bar_requests import BarsAsk
from core.market.bar_series import BarField
from core.market.group_feed import FeedReason, FeedState
from core.market.intervals import seconds
from core.market.snapshot_requests import JITTER_MS_MAX
from tests.core.market.bar_publisher import KEY, MINUTE, BarPublisher
from tests.core.market.test_bar_feed_recovery import rows_of

NEWEST = BarsAsk(0, 10)


def loaded(bars: int = 30, *, is_session: bool = False) -> tuple[BarPublisher, BarFeed]:
    """A publisher and a chart with its newest ten bars, live at 0 ms."""
    publisher = BarPublisher(bars=bars)
    feed = BarFeed(KEY, MINUTE, random.Random(1), is_session=is_session, page_bars=10)
    ask = feed.poll(0)
    assert ask == NEWEST
    assert feed.on_page(publisher.page(ask), ask, 0) == BarEvent.CHANGED | BarEvent.RESYNCED
    assert feed.state is FeedState.LIVE
    return publisher, feed


def equal(publisher: BarPublisher, feed: BarFeed) -> bool:
    return (
        rows_of(feed) == [(key, *publisher.bars[key]) for key in sorted(publisher.bars)][-feed.series.count :]
    )


def test_a_chart_loads_a_page_and_follows() -> None:
    publisher, feed = loaded()
    assert (feed.series.count, feed.bars_total, feed.has_earlier) == (10, 30, True)
    for _ in range(5):
        assert feed.on_update(publisher.update(), 10) == BarEvent.CHANGED
        assert feed.state is FeedState.LIVE
        assert equal(publisher, feed)
    assert feed.take_oldest_recv_ns() == 77
    assert feed.take_oldest_recv_ns() == 0
    assert feed.on_update(publisher.idle(), 20) == BarEvent.IDLE
    assert feed.market_ns == publisher.now_ns


def test_updates_that_come_before_the_page_are_kept() -> None:
    publisher = BarPublisher(bars=5)
    feed = BarFeed(KEY, MINUTE)
    ask = feed.poll(0)
    assert ask is not None
    page = publisher.page(ask)
    updates = [publisher.update() for _ in range(3)]
    for update in reversed(updates):
        assert feed.on_update(update, 1) == BarEvent.NOTHING
    feed.on_page(page, ask, 2)
    assert feed.state is FeedState.LIVE
    assert (feed.sequence, equal(publisher, feed)) == (3, True)


def test_what_is_buffered_is_bounded_and_counted() -> None:
    publisher = BarPublisher(bars=5)
    feed = BarFeed(KEY, MINUTE)
    for _ in range(BUFFERED_MAX + 10):
        feed.on_update(publisher.update(), 1)
    assert feed.counters.buffered_dropped == 10
    feed.on_page(publisher.page(NEWEST), NEWEST, 2)
    assert feed.state is FeedState.LIVE


def test_a_late_message_fills_the_gap_without_a_page() -> None:
    publisher, feed = loaded()
    lost, following = publisher.update(), publisher.update()
    feed.on_update(following, 1)
    assert (feed.state, feed.reason) == (FeedState.STALE, FeedReason.GAP)
    assert feed.counters.gaps == 1
    feed.on_update(lost, 5)
    assert feed.state is FeedState.LIVE
    assert equal(publisher, feed)
    assert feed.poll(500) is None


def test_a_gap_is_asked_for_after_a_pause_and_again_with_longer_ones() -> None:
    publisher, feed = loaded()
    publisher.update()
    feed.on_update(publisher.idle(), 100)
    assert feed.reason is FeedReason.GAP
    asked = []
    for now_ms in range(100, 6_000):
        feed.on_update(publisher.idle(), now_ms)
        if feed.poll(now_ms) is not None:
            asked.append(now_ms)
    assert 100 <= asked[0] <= 100 + JITTER_MS_MAX
    pauses = [later - earlier for earlier, later in pairwise(asked)]
    assert all(
        low <= pause <= low + JITTER_MS_MAX + 1 for pause, low in zip(pauses, (250, 500, 1_000), strict=False)
    )
    feed.on_page(publisher.page(NEWEST), NEWEST, 6_000)
    assert feed.state is FeedState.LIVE
    assert equal(publisher, feed)


def test_silence_and_a_lost_bus_are_told_and_bars_stay() -> None:
    publisher, feed = loaded()
    feed.poll(1_001)
    assert (feed.state, feed.reason) == (FeedState.STALE, FeedReason.SILENT)
    feed.on_update(publisher.idle(), 1_100)
    assert feed.state is FeedState.LIVE
    feed.on_bus(False, 1_200)
    assert (feed.state, feed.reason) == (FeedState.STALE, FeedReason.BUS_DOWN)
    assert feed.series.count == 10
    assert feed.poll(1_300) is None
    feed.on_bus(True, 1_400)
    assert feed.state is FeedState.STALE
    feed.on_update(publisher.idle(), 1_500)
    assert feed.state is FeedState.LIVE


def test_scrolling_back_reads_page_by_page_to_the_first_bar() -> None:
    publisher, feed = loaded(bars=25)
    asked = []
    while feed.has_earlier:
        feed.want_earlier()
        assert feed.is_loading_earlier
        feed.want_earlier()  # it is on its way
        ask = feed.poll(1)
        assert ask is not None
        assert feed.poll(1) is None
        asked.append(ask.before_key)
        assert ask.before_key == feed.series.column(BarField.KEY)[0]
        feed.on_update(publisher.update(), 1)  # the market goes on
        assert feed.on_page(publisher.page(ask), ask, 1) == BarEvent.CHANGED
        assert not feed.is_loading_earlier
        assert equal(publisher, feed)
    assert len(asked) in (2, 3)
    assert feed.series.count == len(publisher.bars)
    feed.want_earlier()
    assert not feed.is_loading_earlier


def test_a_page_of_an_older_epoch_or_version_is_dropped() -> None:
    publisher, feed = loaded()
    feed.want_earlier()
    ask = feed.poll(1)
    assert ask is not None
    old_earlier, old_newest = publisher.page(ask), publisher.page(NEWEST)
    publisher.change_version()
    feed.on_update(publisher.idle(), 2)
    assert feed.reason is FeedReason.LAYOUT
    assert feed.on_page(old_earlier, ask, 3) == BarEvent.NOTHING
    assert feed.on_page(old_newest, NEWEST, 3) == BarEvent.NOTHING
    assert feed.counters.old == 2
    assert feed.poll(3) == NEWEST  # at once: nobody else lost anything
    feed.on_page(publisher.page(NEWEST), NEWEST, 4)
    assert feed.on_page(old_earlier, ask, 5) == BarEvent.NOTHING
    assert feed.state is FeedState.LIVE
    assert equal(publisher, feed)


def test_an_earlier_page_that_comes_twice_or_too_late_joins_no_hole() -> None:
    publisher, feed = loaded(bars=60)
    feed.want_earlier()
    ask = feed.poll(1)
    assert ask is not None
    page = publisher.page(ask)
    assert feed.on_page(page, ask, 1) == BarEvent.CHANGED
    assert feed.on_page(page, ask, 1) == BarEvent.NOTHING
    feed.want_earlier()
    assert feed.on_page(page, ask, 1) == BarEvent.NOTHING
    assert feed.counters.pages_dropped == 2
    assert equal(publisher, feed)


def test_an_earlier_page_older_than_what_is_known_is_brought_up_to_date_or_dropped() -> None:
    publisher, feed = loaded(bars=30)
    feed.want_earlier()
    ask = feed.poll(1)
    assert ask is not None
    page = publisher.page(ask)
    for _ in range(20):
        feed.on_update(
            publisher.update(), 1
        )  # late trades among them, in bars that the page holds as they were
    assert feed.on_page(page, ask, 1) == BarEvent.CHANGED
    assert equal(publisher, feed)
    feed.want_earlier()
    ask = BarsAsk(int(feed.series.column(BarField.KEY)[0]), 10)
    page = publisher.page(ask)
    for _ in range(APPLIED_MAX + 1):
        feed.on_update(publisher.update(), 1)
    assert feed.on_page(page, ask, 1) == BarEvent.NOTHING
    assert feed.is_loading_earlier  # asked again


def test_bars_from_before_a_gap_stay_and_are_read_again() -> None:
    publisher, feed = loaded(bars=30)
    for _ in range(2):
        feed.want_earlier()
        ask = feed.poll(1)
        assert ask is not None
        feed.on_page(publisher.page(ask), ask, 1)
    layout = feed.series.layout
    publisher.update()
    publisher.update()
    feed.on_update(publisher.idle(), 2)
    feed.on_page(publisher.page(NEWEST), NEWEST, 3)
    assert (feed.state, feed.is_proving) == (FeedState.LIVE, True)
    while feed.is_proving:
        ask = feed.poll(3)
        assert ask is not None
        feed.on_page(publisher.page(ask), ask, 3)
    assert feed.series.layout == layout
    assert equal(publisher, feed)
    assert feed.series.count == len(publisher.bars)


@pytest.mark.parametrize("is_session", [False, True])
def test_a_restart_is_asked_for_after_a_pause_and_a_seek_at_once(is_session: bool) -> None:
    publisher, feed = loaded(is_session=is_session)
    publisher.restart()
    feed.on_update(publisher.idle(), 100)
    assert (feed.state, feed.reason) == (FeedState.STALE, FeedReason.RESTART)
    assert feed.known_epoch == publisher.epoch > feed.epoch
    assert (feed.poll(100) == NEWEST) == is_session
    feed.on_page(publisher.page(NEWEST), NEWEST, 110)
    assert feed.state is FeedState.LIVE
    assert equal(publisher, feed)


def test_a_refusal_is_told_and_asked_again() -> None:
    publisher = BarPublisher(bars=5)
    feed = BarFeed(KEY, MINUTE, random.Random(1))
    ask = feed.poll(0)
    assert ask is not None
    feed.on_page(publisher.refusal("S1 of ALPHA is unknown"), ask, 1)
    assert (feed.state, feed.error) == (FeedState.LOADING, "S1 of ALPHA is unknown")
    assert any(feed.poll(now_ms) == ask for now_ms in range(1, 500))
    feed.on_page(publisher.page(ask), ask, 500)
    assert (feed.state, feed.error) == (FeedState.LIVE, "")


def test_a_bad_message_changes_no_bar_and_the_next_header_proves_them() -> None:
    publisher, feed = loaded()
    before = rows_of(feed)
    feed.on_update(b"\x00nonsense", 1)
    assert (feed.state, feed.reason, rows_of(feed)) == (FeedState.STALE, FeedReason.CORRUPT, before)
    feed.on_update(publisher.idle(), 2)
    assert feed.state is FeedState.LIVE


def test_other_intervals_of_the_instrument_are_passed_over() -> None:
    publisher, _ = loaded()
    feed = BarFeed(KEY, seconds(300))
    assert feed.on_update(publisher.update(), 1) == BarEvent.NOTHING
    assert feed.known_epoch == 0


def test_what_is_of_a_passed_epoch_can_be_forgotten() -> None:
    publisher, feed = loaded(is_session=True)
    publisher.restart()
    feed.on_update(publisher.idle(), 1)
    feed.forget()
    assert (feed.epoch, feed.series.count, feed.state) == (0, 0, FeedState.LOADING)
    feed.on_page(publisher.page(NEWEST), NEWEST, 2)
    assert feed.state is FeedState.LIVE
    assert equal(publisher, feed)
