"""Tape time follows the clock at the chosen speed, stands while paused, and never leaves the tape."""

from hypothesis import given
from hypothesis import strategies as st

from aggregator.replay.playhead import ENDED, PAUSED, PLAYING, Playhead

SECOND = 1_000_000_000


def test_plays_pauses_and_changes_speed_without_a_jump() -> None:
    head = Playhead(100 * SECOND, 200 * SECOND, 1_000)
    assert head.state == PAUSED
    head.play(0)
    assert head.tape_ns(10 * SECOND) == 110 * SECOND
    head.set_speed(4_000, 10 * SECOND)
    assert head.tape_ns(12 * SECOND) == 118 * SECOND
    head.pause(12 * SECOND)
    assert head.tape_ns(50 * SECOND) == 118 * SECOND
    head.play(60 * SECOND)
    assert head.tape_ns(61 * SECOND) == 122 * SECOND
    assert head.tape_ns(900 * SECOND) == 200 * SECOND


def test_an_ended_tape_begins_again() -> None:
    head = Playhead(100, 200, 1_000)
    head.play(0)
    head.end()
    assert (head.state, head.tape_ns(0)) == (ENDED, 200)
    head.pause(1)
    assert head.state == ENDED
    head.play(5)
    assert (head.state, head.tape_ns(5)) == (PLAYING, 100)


def test_as_fast_as_possible_it_is_where_the_player_is() -> None:
    head = Playhead(100, 200, 0)
    head.play(0)
    assert head.tape_ns(10**12) == 100
    head.reached(150, 10**12)
    assert head.tape_ns(2 * 10**12) == 150
    assert head.wait_ns(199, 0) == 0
    head.set_speed(1_000, 10)
    assert head.tape_ns(20) == 160


@given(st.integers(1, 1_000_000), st.integers(0, 10**12), st.integers(0, 10**15), st.integers(0, 10**12))
def test_after_the_wait_an_event_is_due(speed: int, tape_ns: int, anchor_ns: int, now_ns: int) -> None:
    head = Playhead(0, 10**12, speed)
    head.play(anchor_ns)
    wait_ns = head.wait_ns(tape_ns, anchor_ns + now_ns)
    assert head.tape_ns(anchor_ns + now_ns + wait_ns) >= tape_ns
    if tape_ns:
        assert head.tape_ns(anchor_ns + now_ns + wait_ns - 1) < tape_ns or wait_ns <= 0


@given(
    st.lists(
        st.tuples(st.sampled_from(["play", "pause", "speed"]), st.integers(0, 10**9), st.integers(0, 5_000))
    )
)
def test_tape_time_never_goes_back(told: list[tuple[str, int, int]]) -> None:
    head = Playhead(0, 10**10, 1_000)
    now_ns = before = 0
    for what, wait_ns, speed in told:
        now_ns += wait_ns
        if what == "play":
            head.play(now_ns)
        elif what == "pause":
            head.pause(now_ns)
        else:
            head.set_speed(speed, now_ns)
        assert before <= head.tape_ns(now_ns) <= 10**10
        before = head.tape_ns(now_ns)
