"""Which child is started again when, and which one counts as hung."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from aggregator.restart import FIRST_SIGN_MS, RETRY, SILENT_MS, STABLE_MS, RestartPlan, SignsOfLife


@given(st.lists(st.integers(0, 2 * STABLE_MS), max_size=40))
def test_a_child_that_keeps_failing_waits_longer_until_one_life_was_stable(lives_ms: list[int]) -> None:
    plan = RestartPlan(Random(1))
    now_ms = failures = 0
    for life_ms in lives_ms:
        plan.started(now_ms)
        now_ms += life_ms
        delay_ms = plan.ended(now_ms)
        failures = 1 if life_ms >= STABLE_MS else failures + 1
        full_ms = min(RETRY.max_ms, RETRY.first_ms * 2 ** (failures - 1))
        assert full_ms // 2 <= delay_ms <= full_ms
        now_ms += delay_ms
    assert plan.restarts == len(lives_ms)


def test_silence_is_a_hang_only_when_somebody_could_have_heard() -> None:
    signs = SignsOfLife(started_ms=0)
    assert not signs.is_hung(FIRST_SIGN_MS - 1)
    assert signs.is_hung(FIRST_SIGN_MS)
    signs.seen(1_000)
    assert not signs.is_hung(1_000 + SILENT_MS - 1)
    assert signs.is_hung(1_000 + SILENT_MS)
    signs.unknown(10_000)  # the bus was down
    assert not signs.is_hung(10_000 + SILENT_MS - 1)
    signs = SignsOfLife(started_ms=0)
    signs.unknown(0)
    assert not signs.is_hung(FIRST_SIGN_MS - 1)  # it does not shorten the time for a start
