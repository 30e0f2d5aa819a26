"""When a window hears of a change: soon after quiet, evenly under load, slower when the aggregator lags."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from aggregator.pipeline.cadence import (
    CATCH_UP_MS,
    GATHER_MS,
    IDLE_MS,
    SPACING_FOCUSED_MS,
    SPACING_LIMIT_MS,
    SPACING_MS,
    GroupClock,
    LoadGauge,
    stretched_ms,
)
from core.clock import NS_PER_MS

spacings = st.sampled_from((SPACING_MS, SPACING_FOCUSED_MS, SPACING_LIMIT_MS))
# Changes arrive in bursts and after pauses; a loop is up to some ms late in acting.
gaps_us = st.lists(st.one_of(st.integers(0, 500), st.integers(0, 600_000)), min_size=1, max_size=60)
lateness_us = st.lists(st.integers(0, 6_000), min_size=1, max_size=20)


def sent_at(
    clock: GroupClock, changes_ns: list[int], late_ns: list[int], until_ns: int
) -> list[tuple[int, int]]:
    """(first change, sent) of every message, from a loop that acts a little late each time."""
    sent, turn, now_ns = [], 0, 0
    waiting: int | None = None
    pending = sorted(changes_ns)
    while True:
        due_ns = clock.due_ns() + late_ns[turn % len(late_ns)]
        if pending and pending[0] <= max(now_ns, due_ns):
            now_ns = max(now_ns, pending.pop(0))
            clock.on_change(now_ns)
            waiting = now_ns if waiting is None else waiting
            continue
        now_ns = max(now_ns, due_ns)
        if now_ns > until_ns:
            return sent
        turn += 1
        if clock.is_changed:
            assert waiting is not None
            sent.append((waiting, now_ns))
            clock.on_sent(now_ns)
            waiting = None
        else:
            clock.on_header(now_ns)


@given(spacings, gaps_us, lateness_us)
def test_messages_keep_their_spacing_and_no_change_waits_longer(
    spacing_ms: int, gaps: list[int], late_us: list[int]
) -> None:
    changes_ns, at_ns = [], 0
    for gap_us in gaps:
        at_ns += gap_us * 1_000
        changes_ns.append(at_ns)
    late_ns = [each * 1_000 for each in late_us]
    sent = sent_at(GroupClock(0, spacing_ms), changes_ns, late_ns, at_ns + 1_000 * NS_PER_MS)
    for (_, earlier_ns), (_, later_ns) in itertools.pairwise(sent):
        assert later_ns - earlier_ns >= (spacing_ms - CATCH_UP_MS) * NS_PER_MS
    for changed_ns, sent_ns in sent:
        assert sent_ns - changed_ns >= GATHER_MS * NS_PER_MS
        assert sent_ns - changed_ns <= (spacing_ms + GATHER_MS) * NS_PER_MS + max(late_ns)
    assert changes_ns[-1] <= sent[-1][1]


def test_after_quiet_the_first_change_goes_out_2_ms_later() -> None:
    clock = GroupClock(0)
    clock.on_change(500 * NS_PER_MS)
    assert clock.due_ns() == 502 * NS_PER_MS


def test_under_load_sixteen_ms_stay_sixteen_although_timers_are_coarse() -> None:
    clock = GroupClock(0, SPACING_FOCUSED_MS)
    clock.on_change(0)
    now_ns = first_ns = clock.due_ns()
    for turn in range(600):
        now_ns = clock.due_ns() + (turn % 3) * NS_PER_MS // 2  # 0, 0.5 and 1 ms late
        clock.on_sent(now_ns)
        clock.on_change(now_ns + 1)
    per_s = 599 / ((now_ns - first_ns) / 1e9)
    assert 62 < per_s < 62.6


def test_without_changes_a_header_goes_every_250_ms_and_delays_no_change() -> None:
    clock = GroupClock(0)
    clock.on_header(clock.due_ns())
    assert clock.due_ns() == 2 * IDLE_MS * NS_PER_MS
    clock.on_change(251 * NS_PER_MS)
    assert clock.due_ns() == 253 * NS_PER_MS


def test_rows_left_over_go_after_the_spacing_without_a_further_change() -> None:
    clock = GroupClock(0)
    clock.on_change(0)
    clock.on_sent(2 * NS_PER_MS, more=True)
    assert clock.due_ns() == 35 * NS_PER_MS


def test_a_window_that_gets_the_focus_is_served_faster_at_once() -> None:
    clock = GroupClock(0)
    clock.on_change(0)
    clock.on_sent(2 * NS_PER_MS)
    clock.on_change(3 * NS_PER_MS)
    assert clock.due_ns() == 35 * NS_PER_MS
    clock.keep_spacing(SPACING_FOCUSED_MS, 4 * NS_PER_MS)
    assert clock.due_ns() == 18 * NS_PER_MS


def run_windows(
    gauge: LoadGauge, begin_ms: int, duration_ms: int, late_ms: int, backlog: bool = False
) -> int:
    for now_ms in range(begin_ms, begin_ms + duration_ms, 20):
        gauge.on_turn(backlog, now_ms * NS_PER_MS)
        gauge.on_sent(late_ms * NS_PER_MS, now_ms * NS_PER_MS)
    return begin_ms + duration_ms


def test_lag_stretches_the_cadence_to_50_ms_and_calm_brings_it_back() -> None:
    gauge = LoadGauge()
    now_ms = run_windows(gauge, 0, 1_000, late_ms=1)
    assert gauge.level == 0
    now_ms = run_windows(gauge, now_ms, 1_000, late_ms=25)
    assert gauge.level == 1
    assert stretched_ms(SPACING_MS, gauge.level) == SPACING_LIMIT_MS
    assert stretched_ms(SPACING_FOCUSED_MS, gauge.level) == SPACING_MS
    now_ms = run_windows(gauge, now_ms, 1_000, late_ms=1)
    assert gauge.level == 1
    run_windows(gauge, now_ms, 2_000, late_ms=1)
    assert gauge.level == 0


def test_one_hiccup_stretches_nothing() -> None:
    gauge = LoadGauge()
    now_ms = run_windows(gauge, 0, 400, late_ms=1)
    now_ms = run_windows(gauge, now_ms, 40, late_ms=300)
    run_windows(gauge, now_ms, 400, late_ms=1)
    assert gauge.level == 0


def test_a_backlog_that_is_never_drained_is_lag() -> None:
    gauge = LoadGauge()
    run_windows(gauge, 0, 1_000, late_ms=0, backlog=True)
    assert gauge.level == 1
