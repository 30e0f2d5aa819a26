"""When background windows have to step back, and when they may come forward again."""

from core.clock import NS_PER_MS, NS_PER_S
from desktop.overload import Overload

SLOW, FAST = 13 * NS_PER_MS, 4 * NS_PER_MS


def test_two_slow_frames_are_bad_luck_and_three_are_overload() -> None:
    overload = Overload()
    for frame_ns in (SLOW, SLOW, FAST, SLOW, SLOW):
        overload.frame(1, frame_ns, 0)
    assert not overload.active
    overload.frame(1, SLOW, 0)
    assert overload.active


def test_one_stall_of_the_machine_is_one_slow_frame_in_each_window_and_no_overload() -> None:
    overload = Overload()
    for window in range(5):
        overload.frame(window, SLOW, 0)
    assert not overload.active


def test_it_ends_after_three_calm_seconds_and_not_before() -> None:
    overload = Overload()
    for _ in range(3):
        overload.frame(1, SLOW, NS_PER_S)
    overload.frame(1, FAST, 2 * NS_PER_S)
    overload.frame(1, SLOW, 3 * NS_PER_S)
    overload.tick(4 * NS_PER_S)
    assert overload.active
    overload.tick(4 * NS_PER_S + 1)
    assert not overload.active
    assert overload.episodes == 1
