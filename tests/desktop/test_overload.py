"""When background windows have to step back, and when they may come forward again."""

from core.clock import NS_PER_MS, NS_PER_S
from desktop.overload import CALM_NS, Overload

TICK_NS = 250 * NS_PER_MS


def paint(overload: Overload, begin_ns: int, seconds: float, share: float) -> int:
    """Spend `share` of the time on frames, ticking as the frame clock does; returns when it ended."""
    now_ns = begin_ns
    while now_ns < begin_ns + seconds * NS_PER_S:
        now_ns += TICK_NS
        overload.worked(round(TICK_NS * share))
        overload.tick(now_ns)
    return now_ns


def test_a_second_of_hardly_anything_but_painting_is_overload() -> None:
    overload = Overload()
    now_ns = paint(overload, 0, 1.0, 0.95)
    assert not overload.active, "not yet a whole second between two judgements"
    paint(overload, now_ns, 0.5, 0.95)
    assert overload.active
    assert overload.episodes == 1


def test_slow_frames_now_and_then_are_the_machine_and_no_overload() -> None:
    overload = Overload()
    now_ns = paint(overload, 0, 2.0, 0.4)
    for _ in range(5):  # one stall: a slow frame in each of five windows
        overload.worked(60 * NS_PER_MS)
    paint(overload, now_ns, 5.0, 0.4)
    assert overload.episodes == 0


def test_it_ends_after_three_calm_seconds_and_not_before() -> None:
    overload = Overload()
    now_ns = paint(overload, 0, 2.0, 0.95)
    now_ns = paint(overload, now_ns, 3.0, 0.2)
    assert overload.active
    paint(overload, now_ns, (CALM_NS / NS_PER_S) - 2.0, 0.2)
    assert not overload.active
    assert overload.episodes == 1
