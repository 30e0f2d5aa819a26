"""Whatever the way does to the messages, a chart ends with the same bars as one that saw everything.

Hypothesis drives a publisher and a channel that loses, doubles, reorders, cuts and changes updates and pages,
while the publisher restarts, begins another series or falls silent, the bus goes away and somebody scrolls
back. At every step: LIVE means that the bars are the publisher's of that (epoch, version, sequence) from the
first one held on, without a hole. At the end the channel heals.
"""

import random

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.market.bar_feed import BarFeed
from core.market.bar_requests import BarsAsk
from core.market.group_feed import FeedState
from tests.core.market.bar_publisher import KEY, MINUTE, BarPublisher

PAGE_BARS = 6
HEAL_STEPS_MAX = 200
Place = tuple[int, int, int]


class BarRecoveryMachine(RuleBasedStateMachine):
    """The channel is a list of messages under way, oldest first."""

    @initialize(seed=st.integers(0, 2**32), bars=st.integers(0, 40))
    def subscribe(self, seed: int, bars: int) -> None:
        self.publisher = BarPublisher(seed, bars)
        self.feed = BarFeed(KEY, MINUTE, random.Random(seed), page_bars=PAGE_BARS)
        # the page's ask or None, the message, what it tells of; None once it is damaged
        self.under_way: list[tuple[BarsAsk | None, bytes, Place | None]] = []
        self.told_of: Place = (0, 0, 0)
        self.now_ms = 0

    # ---- the publisher -----------------------------------------------------------------------------------
    @rule(count=st.integers(1, 4))
    def publish(self, count: int) -> None:
        for _ in range(count):
            self._send(self.publisher.update())

    @rule(count=st.integers(1, 20))
    def publish_unheard(self, count: int) -> None:
        for _ in range(count):
            self.publisher.update()

    @rule()
    def publish_idle_header(self) -> None:
        self._send(self.publisher.idle())

    @rule()
    def begin_another_series(self) -> None:
        self.publisher.change_version()

    @rule(bars=st.none() | st.integers(0, 40))
    def restart(self, bars: int | None) -> None:
        self.publisher.restart(bars)

    @rule()
    def scroll_back(self) -> None:
        self.feed.want_earlier()

    def _send(self, data: bytes, ask: BarsAsk | None = None) -> None:
        self.under_way.append((ask, data, self.publisher.place))

    # ---- the way -----------------------------------------------------------------------------------------
    @precondition(lambda self: self.under_way)
    @rule(count=st.integers(1, 6))
    def deliver(self, count: int) -> None:
        for _ in range(min(count, len(self.under_way))):
            self._arrive(*self.under_way.pop(0))

    @rule(count=st.integers(0, 3))
    def all_goes_well(self, count: int) -> None:
        """Most of a day: what is sent arrives, and what is asked for is answered."""
        self.publish(count)
        self.publish_idle_header()
        self.time_passes(300)
        while self.under_way:
            self._arrive(*self.under_way.pop(0))
            self.live_is_the_truth()

    @precondition(lambda self: self.under_way)
    @rule(at=st.integers(0, 99))
    def deliver_out_of_order(self, at: int) -> None:
        self._arrive(*self.under_way.pop(at % len(self.under_way)))

    @precondition(lambda self: self.under_way)
    @rule(at=st.integers(0, 99))
    def lose(self, at: int) -> None:
        del self.under_way[at % len(self.under_way)]

    @precondition(lambda self: self.under_way)
    @rule(at=st.integers(0, 99), later=st.integers(0, 99))
    def double(self, at: int, later: int) -> None:
        self.under_way.insert(later % len(self.under_way), self.under_way[at % len(self.under_way)])

    @precondition(lambda self: self.under_way)
    @rule(at=st.integers(0, 99), byte=st.integers(0, 9_999), cut=st.booleans())
    def damage(self, at: int, byte: int, cut: bool) -> None:
        ask, data, _ = self.under_way[at % len(self.under_way)]
        changed = bytearray(data or b"\0")
        if cut:
            del changed[byte % len(changed) :]
        else:
            changed[byte % len(changed)] ^= 0x21
        self.under_way[at % len(self.under_way)] = ask, bytes(changed), None

    @rule(missed=st.integers(0, 12), ms=st.sampled_from([5, 3_000]))
    def bus_drops(self, missed: int, ms: int) -> None:
        self.under_way.clear()
        self.feed.on_bus(False, self.now_ms)
        self.live_is_the_truth()
        for _ in range(missed):
            self.publisher.update()
        self.now_ms += ms
        assert self.feed.poll(self.now_ms) is None  # nobody could hear it
        self.feed.on_bus(True, self.now_ms)

    @rule(ms=st.sampled_from([1, 40, 250, 1_100]))
    def time_passes(self, ms: int) -> None:
        self.now_ms += ms
        self._serve()

    def _arrive(self, ask: BarsAsk | None, data: bytes, tells: Place | None) -> None:
        if tells is not None:
            self.told_of = max(self.told_of, tells)
        layout, bars = self.feed.series.layout, rows_of(self.feed)
        if ask is None:
            self.feed.on_update(data, self.now_ms)
        else:
            self.feed.on_page(data, ask, self.now_ms)
        if self.feed.series.layout == layout:  # a chart keeps its place by the bars it has
            assert {row[0] for row in bars} <= {row[0] for row in rows_of(self.feed)}

    def _serve(self) -> None:
        ask = self.feed.poll(self.now_ms)
        if ask is not None:
            self._send(self.publisher.page(ask), ask)

    # ---- what must hold ----------------------------------------------------------------------------------
    @invariant()
    def live_is_the_truth(self) -> None:
        feed = self.feed
        if feed.state is not FeedState.LIVE:
            return
        place = feed.epoch, feed.version, feed.sequence
        assert place >= self.told_of
        held = rows_of(feed)
        if not feed.is_proving:
            assert held == self._past_from(place, held)

    def _past_from(self, place: Place, held: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """The publisher's bars then; of the earlier ones only those that were loaded."""
        then = self.publisher.past[place]
        first = held[0][0] if self.feed.has_earlier and held else 0
        return [(key, *then[key]) for key in sorted(then) if key >= first]

    def teardown(self) -> None:
        """Heal: what is under way arrives, requests are served, headers come. Then the bars are equal."""
        if not hasattr(self, "publisher"):
            return
        while self.under_way:
            self._arrive(*self.under_way.pop(0))
            self.live_is_the_truth()
        for _ in range(HEAL_STEPS_MAX):
            self.now_ms += 250
            self._serve()
            self._send(self.publisher.idle())
            while self.under_way:
                self._arrive(*self.under_way.pop(0))
                self.live_is_the_truth()
            if self.feed.state is FeedState.LIVE and not self.feed.is_proving:
                if not self.feed.has_earlier:
                    break
                self.feed.want_earlier()
        feed, publisher = self.feed, self.publisher
        assert feed.state is FeedState.LIVE, feed.reason
        assert (feed.epoch, feed.version, feed.sequence) == publisher.place
        assert rows_of(feed) == [(key, *publisher.bars[key]) for key in sorted(publisher.bars)]
        assert feed.bars_total == len(publisher.bars)
        self.now_ms += 1
        assert feed.poll(self.now_ms) is None
        assert not feed.is_loading_earlier


def rows_of(feed: BarFeed) -> list[tuple[int, ...]]:
    return list(map(tuple, np.asarray(feed.series.values).T.tolist()))


BarRecoveryMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestBarRecovery = BarRecoveryMachine.TestCase
