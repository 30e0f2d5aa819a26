"""A step leads to the next or the last event, bar end or second, and back again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.replay.steps import StepError, bar_target, check_step, event_target, second_target
from core.clock import NS_PER_S
from core.market.intervals import Interval, IntervalUnit, parse_interval, seconds
from core.market.trading_day import day_begins, trading_day
from core.wire.generated.control_pb2 import ReplayControl

UTC_DAY = trading_day("XAAA")
times = st.lists(st.integers(0, 40), min_size=1, max_size=40).map(
    lambda drawn: np.array(sorted(drawn), np.int64)
)


@given(times, st.integers(-1, 41), st.integers(1, 50))
def test_forward_by_events_is_to_the_next_times(of_events: np.ndarray, position: int, steps: int) -> None:
    later = [at for at in np.unique(of_events).tolist() if at > position]
    expected = later[min(steps, len(later)) - 1] if later else position
    assert event_target(of_events, position, steps) == expected


@given(times, st.integers(-1, 41), st.integers(1, 50))
def test_back_by_events_undoes_the_last_times(of_events: np.ndarray, position: int, steps: int) -> None:
    played = [at for at in np.unique(of_events).tolist() if at <= position]
    expected = played[-steps - 1] if len(played) > steps else int(of_events[0]) - 1
    assert event_target(of_events, position, -steps) == expected


@given(times, st.integers(-1, 40))
def test_a_step_back_undoes_a_step_on(of_events: np.ndarray, position: int) -> None:
    on = event_target(of_events, position, 1)
    back = event_target(of_events, on, -1)
    played = lambda at: int(of_events.searchsorted(at, "right"))  # noqa: E731
    if played(on) > played(position):
        assert played(back) == played(position)


@given(st.sampled_from(["1s", "15s", "1m", "4h", "1d"]), st.integers(0, 10**18), st.integers(1, 5))
def test_a_step_by_bars_ends_a_nanosecond_before_the_next_bar(text: str, position: int, steps: int) -> None:
    interval = parse_interval(text)
    span_ns = interval.span_ns
    on = bar_target(interval, UTC_DAY, position, steps)
    assert (on + 1) % span_ns == 0
    assert (steps - 1) * span_ns < on - position <= steps * span_ns
    back = bar_target(interval, UTC_DAY, position, -steps)
    assert (back + 1) % span_ns == 0
    assert (steps - 1) * span_ns < position - back <= steps * span_ns
    assert bar_target(interval, UTC_DAY, on, -1) == on - span_ns


def test_days_are_those_of_the_exchange() -> None:
    day = trading_day("GLBX.MDP3")
    position = 1_719_878_400 * NS_PER_S  # 2024-07-02 00:00 UTC, 19:00 in Chicago
    begin = int(day_begins(day, np.array([position]))[0])
    on = bar_target(seconds(86_400), day, position, 1)
    assert on + 1 == begin + 86_400 * NS_PER_S
    assert bar_target(seconds(86_400), day, position, -1) + 1 == begin
    assert bar_target(seconds(86_400), day, on, -1) + 1 == begin


def test_seconds_are_of_tape_time() -> None:
    assert second_target(1_500_000_000, -1) == 500_000_000


@pytest.mark.parametrize(
    ("step", "steps", "interval", "remedy"),
    [
        (ReplayControl.EVENT, 0, None, "step by 1 to 10,000"),
        (ReplayControl.SECOND, -10_001, None, "step by 1 to 10,000"),
        (ReplayControl.BAR, 1, None, "choose 1s to 1d"),
        (ReplayControl.BAR, 1, Interval(IntervalUnit.TRADES, 100), "choose 1s to 1d"),
        (7, 1, None, "step by EVENT, BAR or SECOND"),
    ],
)
def test_what_leads_nowhere_is_refused_with_the_remedy(
    step: "ReplayControl.Step", steps: int, interval: Interval | None, remedy: str
) -> None:
    with pytest.raises(StepError, match=remedy):
        check_step(step, steps, interval)
