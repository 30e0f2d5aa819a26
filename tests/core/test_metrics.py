"""Totals by name."""

from core.metrics import Counters


def test_a_counter_is_the_same_one_for_the_same_name() -> None:
    counters = Counters()
    rejected = counters.counter("ticks_rejected")
    rejected.add()
    counters.counter("ticks_rejected").add(2)
    counters.counter("drops")
    assert counters.totals() == {"drops": 0, "ticks_rejected": 3}
