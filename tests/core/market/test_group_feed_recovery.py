"""Whatever the way does to the messages, a subscriber ends with the publisher's table.

Hypothesis drives a publisher and a channel that loses, doubles, reorders, cuts and changes messages, while
the publisher restarts, changes its layout or falls silent and the bus goes away. At every step: LIVE means
the table is the publisher's of that (epoch, sequence), and that no message told of anything newer. At the
end the channel heals.
"""

import random

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.market.group_feed import FeedState, GroupFeed, RequestKind
from tests.core.market.group_publisher import SPEC, GroupPublisher

DELTA, SNAPSHOT = "delta", "snapshot"
HEAL_STEPS_MAX = 60


class RecoveryMachine(RuleBasedStateMachine):
    """The channel is a list of messages under way, oldest first."""

    @initialize(seed=st.integers(0, 2**32), sent_before=st.integers(0, 5))
    def subscribe(self, seed: int, sent_before: int) -> None:
        self.publisher = GroupPublisher(seed=seed)
        for _ in range(sent_before):
            self.publisher.delta()  # a late subscriber never sees these
        self.feed = GroupFeed(SPEC, random.Random(seed))
        # kind, message, and what it tells of: (epoch, sequence, layout), None once it is damaged
        self.under_way: list[tuple[str, bytes, tuple[int, int, int] | None]] = []
        self.told_of = (0, 0, 0)
        self.now_ms = 0

    # ---- the publisher -----------------------------------------------------------------------------
    @rule(count=st.integers(1, 4))
    def publish(self, count: int) -> None:
        for _ in range(count):
            self._send(DELTA, self.publisher.delta())

    @rule()
    def publish_idle_header(self) -> None:
        self._send(DELTA, self.publisher.idle())

    @rule()
    def publish_snapshot(self) -> None:
        self._send(SNAPSHOT, self.publisher.snapshot())

    @rule(tell=st.booleans())
    def change_layout(self, tell: bool) -> None:
        self.publisher.change_layout()
        if tell:
            self._send(SNAPSHOT, self.publisher.snapshot())

    @rule()
    def restart(self) -> None:
        self.publisher.restart()

    def _send(self, kind: str, data: bytes) -> None:
        publisher = self.publisher
        self.under_way.append((kind, data, (publisher.epoch, publisher.sequence, publisher.layout)))

    # ---- the way -----------------------------------------------------------------------------------
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
    @rule(at=st.integers(0, 99))
    def double(self, at: int) -> None:
        self.under_way.insert(at % len(self.under_way), self.under_way[at % len(self.under_way)])

    @precondition(lambda self: self.under_way)
    @rule(at=st.integers(0, 99), byte=st.integers(0, 9_999), cut=st.booleans())
    def damage(self, at: int, byte: int, cut: bool) -> None:
        kind, data, _ = self.under_way[at % len(self.under_way)]
        changed = bytearray(data or b"\0")
        if cut:
            del changed[byte % len(changed) :]
        else:
            changed[byte % len(changed)] ^= 0x21
        self.under_way[at % len(self.under_way)] = kind, bytes(changed), None

    @rule(missed=st.integers(0, 3), ms=st.sampled_from([5, 3_000]))
    def bus_drops(self, missed: int, ms: int) -> None:
        self.under_way.clear()
        self.feed.on_bus(False, self.now_ms)
        self.live_is_the_truth()
        for _ in range(missed):
            self.publisher.delta()
        self.now_ms += ms
        assert self.feed.poll(self.now_ms) is None  # nobody could hear it
        self.feed.on_bus(True, self.now_ms)

    @rule(ms=st.sampled_from([1, 40, 250, 1_100]))
    def time_passes(self, ms: int) -> None:
        self.now_ms += ms
        self._serve()

    def _arrive(self, kind: str, data: bytes, tells: tuple[int, int, int] | None) -> None:
        if tells is not None and tells[0] >= self.told_of[0]:
            newer = tells[0] > self.told_of[0]
            self.told_of = tells if newer else tuple(map(max, self.told_of, tells))
        if kind == DELTA:
            self.feed.on_delta(data, self.now_ms)
        else:
            self.feed.on_snapshot(data, self.now_ms)

    def _serve(self) -> None:
        request = self.feed.poll(self.now_ms)
        if request is not None and request.kind is RequestKind.SNAPSHOT:
            self._send(SNAPSHOT, self.publisher.snapshot())

    # ---- what must hold ----------------------------------------------------------------------------
    @invariant()
    def live_is_the_truth(self) -> None:
        if self.feed.state is not FeedState.LIVE:
            return
        then = self.publisher.past[self.feed.epoch, self.feed.sequence]
        np.testing.assert_array_equal(self.feed.table.values, then)
        epoch, sequence, newest_layout = self.told_of
        assert self.feed.epoch == epoch
        assert self.feed.sequence >= sequence
        assert self.feed.layout_version >= newest_layout
        layout = self.feed.epoch, self.feed.layout_version
        assert self.feed.instruments[0].price_decimals == self.publisher.decimals_of_layout[layout]

    def teardown(self) -> None:
        """Heal: what is under way arrives, requests are served, headers come. Then the tables are equal."""
        if not hasattr(self, "publisher"):
            return
        while self.under_way:
            self._arrive(*self.under_way.pop(0))
            self.live_is_the_truth()
        # The publisher falls silent after its last change but for its idle headers.
        for _ in range(HEAL_STEPS_MAX):
            self.now_ms += 250
            self._serve()
            self._send(DELTA, self.publisher.idle())
            while self.under_way:
                self._arrive(*self.under_way.pop(0))
                self.live_is_the_truth()
            if self.feed.state is FeedState.LIVE:
                break
        assert self.feed.state is FeedState.LIVE, self.feed.reason
        assert (self.feed.epoch, self.feed.sequence) == (self.publisher.epoch, self.publisher.sequence)
        np.testing.assert_array_equal(self.feed.table.values, self.publisher.values)
        assert self.feed.instruments[0].price_decimals == self.publisher.decimals
        assert self.feed.poll(self.now_ms) is None


RecoveryMachine.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestRecovery = RecoveryMachine.TestCase
