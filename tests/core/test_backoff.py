"""Waits double, stay in bounds, and differ between those who wait."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.backoff import Backoff


@given(
    st.integers(1, 10_000),
    st.integers(0, 100_000),
    st.integers(-5, 10_000),
    st.randoms(use_true_random=False),
)
def test_every_wait_is_between_half_and_all_of_what_doubling_gives(
    first_ms: int, more_ms: int, attempt: int, random: Random
) -> None:
    backoff = Backoff(first_ms, first_ms + more_ms)
    full_ms = min(backoff.max_ms, first_ms * 2 ** min(max(attempt, 0), 40))
    assert full_ms // 2 <= backoff.delay_ms(attempt, random) <= full_ms


def test_a_hundred_who_lost_the_same_server_do_not_return_at_once() -> None:
    backoff = Backoff(50, 2_000)
    assert len({backoff.delay_ms(8, Random(seed)) for seed in range(100)}) > 80


def test_a_first_wait_past_the_bound_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="first_ms 5"):
        Backoff(5, 4)
