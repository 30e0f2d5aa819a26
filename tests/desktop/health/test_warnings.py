"""Warnings do not flap: every episode begins once and ends once, and needs its time for both."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.health.warnings import LIMITS, Episode, Kind, Limit, Step, Watchman

LIMIT = Limit(25.0, 20.0, over_for_ms=3_000, calm_for_ms=10_000)
values = st.lists(st.one_of(st.none(), st.floats(0, 60)), max_size=400)


def steps(given_values: list[float | None], limit: Limit = LIMIT) -> list[tuple[int, Step]]:
    episode = Episode(limit)
    found = []
    for second, value in enumerate(given_values):
        step = episode.take(second * 1_000, value)
        if step is not None:
            found.append((second, step))
    return found


@settings(deadline=None)
@given(values)
def test_begin_and_end_take_turns_and_begin_comes_first(given_values: list[float | None]) -> None:
    told = [step for _, step in steps(given_values)]
    assert told == [Step.BEGUN, Step.ENDED] * (len(told) // 2) + [Step.BEGUN] * (len(told) % 2)


@settings(deadline=None)
@given(values)
def test_an_episode_begins_only_after_three_seconds_over_the_limit(given_values: list[float | None]) -> None:
    for second, step in steps(given_values):
        if step is Step.BEGUN:
            before = [value for value in given_values[second - 3 : second + 1] if value is not None]
            assert before
            assert all(value > LIMIT.over for value in before)


@settings(deadline=None)
@given(values)
def test_it_ends_only_after_ten_calm_seconds(given_values: list[float | None]) -> None:
    for second, step in steps(given_values):
        if step is Step.ENDED:
            before = [value for value in given_values[second - 10 : second + 1] if value is not None]
            assert all(value <= LIMIT.calm for value in before)


@settings(deadline=None)
@given(values)
def test_two_warnings_of_a_kind_are_a_minute_apart(given_values: list[float | None]) -> None:
    begun = [second for second, step in steps(given_values) if step is Step.BEGUN]
    assert all(later - earlier >= 60 for earlier, later in itertools.pairwise(begun))


def test_a_value_between_the_limits_neither_begins_nor_ends() -> None:
    assert steps([22.0] * 30) == []
    assert steps([30.0] * 4 + [22.0] * 60) == [(3, Step.BEGUN)]


def test_a_single_drop_is_told_at_once_and_over_after_ten_calm_seconds() -> None:
    watch = Watchman()
    told = []
    for second in range(20):
        found = watch.take(second * 1_000, {Kind.OVERFLOW: 4.0 if second == 2 else 0.0})
        told += [(second, kind, step) for kind, step in found]
    assert told == [(2, Kind.OVERFLOW, Step.BEGUN), (13, Kind.OVERFLOW, Step.ENDED)]
    assert watch.episodes[Kind.OVERFLOW].worst == 4.0


def test_every_kind_has_a_limit_that_can_end() -> None:
    assert set(LIMITS) == set(Kind)
    assert all(limit.calm <= limit.over for limit in LIMITS.values())
