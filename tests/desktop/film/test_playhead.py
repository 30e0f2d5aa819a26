"""The playhead: pace by the clock, whole microseconds, epochs for jumps, and the end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backtest.film.pace import Pace
from core.clock import NS_PER_S
from desktop.film.playhead import SPEED_START_MILLI, Playhead

MINUTE_NS = 60 * NS_PER_S
NIGHT_NS = 17 * 3_600 * NS_PER_S


def pace(sessions: int = 3, bars: int = 20) -> Pace:
    opens = np.concatenate(
        [session * (bars * MINUTE_NS + NIGHT_NS) + np.arange(bars) * MINUTE_NS for session in range(sessions)]
    )
    return Pace.of(opens + MINUTE_NS, 0, MINUTE_NS, opens[::bars])


def test_it_plays_through_nights_as_through_one_bar() -> None:
    head = Playhead(pace())
    head.play(0)
    bar_ns = MINUTE_NS * 1_000 // SPEED_START_MILLI
    head.advance(20 * bar_ns)
    assert head.time_ns == 20 * MINUTE_NS
    head.advance(21 * bar_ns)
    assert head.time_ns == 21 * MINUTE_NS + NIGHT_NS


def test_at_the_end_it_stands_and_play_begins_again() -> None:
    head = Playhead(pace())
    head.play(0)
    head.advance(NIGHT_NS)
    assert (head.time_ns, head.is_playing) == (head._pace.end_ns, False)
    epoch = head.epoch
    head.play(NIGHT_NS)
    assert (head.time_ns, head.is_playing, head.epoch) == (0, True, epoch + 1)


def test_a_loop_begins_an_epoch_of_its_own() -> None:
    head = Playhead(pace())
    head.is_looped = True
    head.play(0)
    epoch = head.epoch
    head.advance(NIGHT_NS)
    assert (head.time_ns, head.is_playing, head.epoch) == (0, True, epoch + 1)


def test_it_waits_for_the_next_thing_that_is_another() -> None:
    head = Playhead(pace())
    head.set_speed(1_000, 0)
    head.play(0)
    assert head.wait_ns(0) == pytest.approx(NS_PER_S, abs=10_000)
    head.set_speed(60_000, 0)
    assert head.wait_ns(0) == pytest.approx(NS_PER_S, abs=10_000), "a minute at 60 times"
    head.pause(0)
    assert head.wait_ns(0) == 0


moves = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 10 * NS_PER_S)),
    st.tuples(st.just("seek"), st.integers(-MINUTE_NS, 3 * (20 * MINUTE_NS + NIGHT_NS) + MINUTE_NS)),
    st.tuples(st.just("speed"), st.sampled_from([0, 10, 1_000, 60_000, 5_000_000])),
    st.tuples(st.just("play"), st.just(0)),
    st.tuples(st.just("pause"), st.just(0)),
)


@given(st.lists(moves, max_size=40), st.booleans())
def test_time_never_leaves_the_film_and_never_goes_back_within_an_epoch(
    made: list[tuple[str, int]], looped: bool
) -> None:
    head, now_ns = Playhead(pace()), 0
    head.is_looped = looped
    for what, value in made:
        before, epoch = head.time_ns, head.epoch
        if what == "wait":
            now_ns += value
            head.advance(now_ns)
        elif what == "seek":
            head.seek(value, now_ns)
            assert head.epoch == epoch + 1
        elif what == "speed":
            head.set_speed(value, now_ns)
        elif what == "play":
            head.play(now_ns)
        else:
            head.pause(now_ns)
            assert not head.is_playing
        assert 0 <= head.time_ns <= head._pace.end_ns
        assert head.time_ns % 1_000 == 0
        if head.epoch == epoch:
            assert head.time_ns >= before
        if head.is_playing:
            due_ns = now_ns + head.wait_ns(now_ns) + 1
            at = head.time_ns
            head.advance(due_ns)
            assert head.time_ns > at or head.epoch > epoch or not head.is_playing
            now_ns = due_ns
