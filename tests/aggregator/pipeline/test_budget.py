"""Nothing starves, what moves most is fresh, and a group stays within 2 Mbit/s."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aggregator.pipeline.budget import (
    BURST_BYTES,
    GROUP_BITS_PER_S,
    ROWS_FLOOR,
    RowCost,
    TokenBucket,
    pick_rows,
)
from core.clock import NS_PER_MS, NS_PER_S


@given(st.integers(2, 60), st.integers(2, 30), st.randoms(use_true_random=False), st.integers(0, 40))
def test_every_changed_row_is_sent_within_a_bounded_number_of_deltas(
    row_count: int, places: int, dice, busy_percent: int
) -> None:  # type: ignore[no-untyped-def]
    since = np.zeros(row_count, np.int64)
    dirty = np.ones(row_count, np.bool_)
    activity = np.array([dice.randrange(1, 50) for _ in range(row_count)])
    bound = math.ceil(row_count / (places - places // 2))
    for delta in range(1, 4 * bound):
        rows = np.flatnonzero(dirty)
        chosen = pick_rows(rows, activity[rows], since[rows], places)
        assert len(chosen) == min(places, len(rows))
        assert len(set(chosen.tolist())) == len(chosen)
        dirty[chosen] = False
        activity[chosen] = 0
        assert delta - since[dirty].min() <= bound if dirty.any() else True
        for row in range(row_count):  # busy rows change again at once, and often
            if dice.randrange(100) < max(busy_percent, 5):
                activity[row] += dice.randrange(1, 20)
                if not dirty[row]:
                    dirty[row], since[row] = True, delta


def test_the_most_active_rows_share_the_delta_with_those_that_wait() -> None:
    rows = np.arange(10)
    activity = np.array([1, 1, 1, 1, 1, 1, 1, 1, 90, 80])
    waiting_since = np.array([5, 5, 5, 5, 5, 5, 1, 1, 9, 9])
    assert pick_rows(rows, activity, waiting_since, 4).tolist() == [6, 7, 8, 9]


def test_when_all_fit_all_go() -> None:
    rows = np.array([2, 5, 7])
    assert pick_rows(rows, np.ones(3, np.int64), np.ones(3, np.int64), 3).tolist() == [2, 5, 7]


@given(st.lists(st.integers(0, 40_000), min_size=1, max_size=300), st.sampled_from((16, 33)))
def test_a_group_stays_within_its_bits(wishes: list[int], spacing_ms: int) -> None:
    bucket, sent, now_ns = TokenBucket(0), 0, 0
    for wish in wishes:
        now_ns += spacing_ms * NS_PER_MS
        size = min(wish, max(0, bucket.available(now_ns)))
        bucket.charge(size)
        sent += size
    assert sent * 8 <= GROUP_BITS_PER_S * now_ns / NS_PER_S + BURST_BYTES * 8 + 8


def test_a_snapshot_is_charged_too_and_makes_the_next_deltas_smaller() -> None:
    bucket, cost = TokenBucket(0), RowCost()
    full = cost.rows_within(bucket.available(0))
    bucket.charge(60_000)
    assert cost.rows_within(bucket.available(0)) == ROWS_FLOOR < full


def test_the_estimate_follows_dearer_rows_at_once_and_cheaper_ones_slowly() -> None:
    cost = RowCost()
    for _ in range(40):
        cost.on_sent(100, RowCost.HEADER_BYTES + 3_000)
    assert 29 < cost.row_bytes < 31
    cost.on_sent(100, RowCost.HEADER_BYTES + 8_000)
    assert cost.row_bytes == 80
