"""When a window paints: on arrival, never twice within a frame, never off the screen."""

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from core.clock import NS_PER_MS, NS_PER_S, monotonic_ns, wall_ns
from desktop.frame import BACKGROUND_SPACING_NS, CATCH_UP_NS, SPACING_NS, FrameClock
from tests.waiting import wait_for_sync


class Pane:
    """A window as the frame clock sees it; it paints when it is told to."""

    def __init__(self) -> None:
        self.frames: list[int] = []
        self.on_screen = True
        self.in_front = True
        self.under_mouse = False
        self.asleep = False
        self.flashes_skipped = 0
        self.changes = True
        self.turning = False
        self.oldest_recv_ns = 0
        self.lit_until_ms: int | None = None

    def is_on_screen(self) -> bool:
        return self.on_screen

    def is_in_front(self) -> bool:
        return self.in_front

    def is_under_mouse(self) -> bool:
        return self.under_mouse

    def set_asleep(self, asleep: bool) -> None:
        self.asleep = asleep

    def skip_flash(self) -> None:
        self.flashes_skipped += 1

    def clock_us(self, now_ms: int) -> int:
        return 0

    def is_turning(self) -> bool:
        return self.turning

    def prepare_frame(self, now_ms: int, clock_us: int) -> bool:
        self.frames.append(monotonic_ns())
        if self.lit_until_ms is not None and now_ms >= self.lit_until_ms:
            self.lit_until_ms = None
        return self.changes

    def take_oldest_recv_ns(self) -> int:
        oldest_ns, self.oldest_recv_ns = self.oldest_recv_ns, 0
        return oldest_ns

    def flash_deadline_ms(self) -> int | None:
        return self.lit_until_ms


@pytest.fixture
def clock(qapp: QApplication) -> "object":
    frames = FrameClock()
    frames._tick.stop()  # its slow frames would be counted among those under test
    yield frames
    frames.close()


def until(condition: "object", timeout_s: float = 2.0) -> None:
    def met() -> bool:
        QCoreApplication.processEvents()
        return bool(condition())  # type: ignore[operator]

    wait_for_sync(met, timeout_s)


def test_the_first_change_after_quiet_is_painted_before_the_call_returns(clock: FrameClock) -> None:
    pane = Pane()
    clock.add(pane)
    clock.data_arrived((pane,))
    assert len(pane.frames) == 1


def test_what_follows_within_a_frame_waits_for_the_next_and_is_painted_once(clock: FrameClock) -> None:
    pane = Pane()
    clock.add(pane)
    clock.data_arrived((pane,))
    clock.painted(pane)
    for _ in range(5):
        clock.data_arrived((pane,))
    assert len(pane.frames) == 1
    until(lambda: len(pane.frames) == 2)
    assert pane.frames[1] - pane.frames[0] >= SPACING_NS
    QCoreApplication.processEvents()
    assert len(pane.frames) == 2


def test_a_frame_that_was_held_up_is_followed_on_the_beat(clock: FrameClock) -> None:
    pane = Pane()
    clock.add(pane)
    pace = clock._paces[id(pane)]
    clock.data_arrived((pane,))
    clock.painted(pane)
    first_ns = pace.slot_ns
    clock.data_arrived((pane,))
    wait_for_sync(lambda: monotonic_ns() > first_ns + SPACING_NS + 2 * NS_PER_MS)  # nobody serves the timer
    until(lambda: len(pane.frames) == 2)
    assert pace.slot_ns == max(first_ns + SPACING_NS, pace.begun_ns - CATCH_UP_NS) < pace.begun_ns


def test_each_window_has_its_own_pace(clock: FrameClock) -> None:
    first, second = Pane(), Pane()
    clock.add(first)
    clock.add(second)
    clock.data_arrived((first,))
    clock.data_arrived((second,))
    assert (len(first.frames), len(second.frames)) == (1, 1), "one emission reaches both groups at once"


def test_a_window_off_the_screen_is_not_painted_and_its_wait_is_no_latency(clock: FrameClock) -> None:
    pane = Pane()
    pane.on_screen = False
    clock.add(pane)
    pane.oldest_recv_ns = 1
    clock.data_arrived((pane,))
    assert pane.frames == []
    clock._on_tick()
    assert pane.oldest_recv_ns == 0


def test_a_desk_that_cannot_keep_up_skips_frames_and_never_queues_them(clock: FrameClock) -> None:
    pane = Pane()
    clock.add(pane)
    clock.data_arrived((pane,))
    begun_ns = pane.frames[0]
    for _ in range(100):
        clock.data_arrived((pane,))  # the paint of the first frame has not ended yet
    assert len(pane.frames) == 1
    clock.painted(pane)
    until(lambda: len(pane.frames) == 2)
    assert pane.frames[1] - begun_ns >= SPACING_NS


def test_latency_is_from_the_oldest_arrival_to_the_end_of_the_paint(clock: FrameClock) -> None:
    pane = Pane()
    number = clock.add(pane)
    pane.oldest_recv_ns = wall_ns() - 30 * NS_PER_MS
    clock.data_arrived((pane,))
    clock.painted(pane)
    summary = clock.figures.summary(0, monotonic_ns(), number)
    assert summary.frames == 1
    assert summary.latency_p99_ms is not None
    assert 30 <= summary.latency_p99_ms < 60


def test_a_frame_that_changes_nothing_is_not_counted(clock: FrameClock) -> None:
    pane = Pane()
    pane.changes = False
    clock.add(pane)
    clock.data_arrived((pane,))
    QCoreApplication.processEvents()
    assert clock.figures.total == 0


def test_flashes_end_without_new_data_and_the_timer_then_rests(clock: FrameClock) -> None:
    pane = Pane()
    clock.add(pane)
    pane.lit_until_ms = monotonic_ns() // NS_PER_MS + 60
    clock.data_arrived((pane,))
    clock.painted(pane)
    until(lambda: pane.lit_until_ms is None)
    until(lambda: not clock._sweep.isActive())


def test_only_under_overload_a_window_behind_paints_ten_times_a_second(clock: FrameClock) -> None:
    pane = Pane()
    clock.add(pane)
    pane.in_front = False
    begin_ns = monotonic_ns() - 2 * NS_PER_S
    clock.overload.tick(begin_ns)
    clock.overload.worked(2 * NS_PER_S)
    clock.overload.tick(begin_ns + 2 * NS_PER_S)
    clock.data_arrived((pane,))
    clock.painted(pane)
    clock.data_arrived((pane,))
    until(lambda: len(pane.frames) == 2)
    assert pane.frames[1] - pane.frames[0] >= BACKGROUND_SPACING_NS - NS_PER_MS


def test_a_window_whose_scope_turns_keeps_its_picture_and_then_flips_at_once(clock: FrameClock) -> None:
    pane, other = Pane(), Pane()
    for each in (pane, other):
        clock.add(each)
    pane.turning = True
    clock.data_arrived((pane, other))
    assert (len(pane.frames), len(other.frames)) == (0, 1)
    pane.turning = False
    clock.data_arrived((pane,))
    assert len(pane.frames) == 1


def frames_of_sixty_changes(clock: FrameClock, pane: Pane, milliseconds: int) -> int:
    """Paints while data come with every frame for so long."""
    end_ns = monotonic_ns() + milliseconds * NS_PER_MS
    before = len(pane.frames)

    def fed() -> bool:
        clock.data_arrived((pane,))
        clock.painted(pane)
        return monotonic_ns() > end_ns

    until(fed)
    return len(pane.frames) - before


def test_a_window_nobody_has_looked_after_for_a_minute_paints_fifteen_times_a_second(
    clock: FrameClock,
) -> None:
    pane = Pane()
    clock.add(pane)
    pane.in_front = False
    pace = clock._paces[id(pane)]
    pace.tended_ns -= clock.untended_after_ns + 1
    assert frames_of_sixty_changes(clock, pane, 600) <= 10
    assert clock.pace_words(pane) == "15 Hz"


def test_focus_or_the_mouse_bring_the_full_pace_back(clock: FrameClock) -> None:
    pane = Pane()
    clock.add(pane)
    pane.in_front = False
    pace = clock._paces[id(pane)]
    for tend in ("mouse", "focus", "hand"):
        pace.tended_ns = monotonic_ns() - clock.untended_after_ns - 1
        assert clock.pace_words(pane) == "15 Hz"
        if tend == "mouse":
            pane.under_mouse = True
            clock._on_tick()
            pane.under_mouse = False
        elif tend == "focus":
            pane.in_front = True
            clock.data_arrived((pane,))
            pane.in_front = False
        else:
            clock.tended(pane)
        assert clock.pace_words(pane) == "full"


def test_who_does_not_want_it_never_paints_slower(clock: FrameClock) -> None:
    pane = Pane()
    clock.add(pane)
    pane.in_front = False
    clock._paces[id(pane)].tended_ns = 0
    clock.untended_after_ns = 0
    assert clock.pace_words(pane) == "full"


def test_a_window_sleeps_when_it_was_off_the_screen_for_a_while_and_wakes_when_it_is_shown(
    clock: FrameClock,
) -> None:
    pane = Pane()
    clock.add(pane)
    pane.on_screen = False
    clock._on_tick()
    assert not pane.asleep, "it may only be passed over"
    clock._paces[id(pane)].seen_ns -= clock.asleep_after_ns + 1
    clock._on_tick()
    assert pane.asleep
    assert clock.pace_words(pane) == "asleep"
    pane.on_screen = True
    clock.shown(pane)
    assert not pane.asleep


def test_a_window_that_cannot_be_painted_takes_no_frame_of_another(clock: FrameClock) -> None:
    told: list[str] = []
    clock.failed = lambda what, error: told.append(f"{what}: {error}")

    class Broken(Pane):
        def prepare_frame(self, now_ms: int, clock_us: int) -> bool:
            raise ValueError("no band")

    broken, other = Broken(), Pane()
    for pane in (broken, other):
        clock.add(pane)
    clock.data_arrived((broken, other))
    assert len(other.frames) == 1
    assert told == ["A window could not be painted: no band"]


def test_nothing_flashes_in_the_first_frame_after_a_window_was_off_the_screen(clock: FrameClock) -> None:
    pane = Pane()
    clock.add(pane)
    clock.data_arrived((pane,))
    clock.painted(pane)
    pane.on_screen = False
    clock._on_tick()
    pane.on_screen = True
    clock.data_arrived((pane,))
    until(lambda: len(pane.frames) == 2)
    assert pane.flashes_skipped == 1


def test_a_window_that_is_back_is_painted_with_what_waited_for_it(clock: FrameClock) -> None:
    pane = Pane()
    pane.on_screen = False
    clock.add(pane)
    clock.data_arrived((pane,))
    pane.on_screen = True
    clock._tick.stop()  # not by the next look round
    clock.shown(pane)
    until(lambda: len(pane.frames) == 1)
