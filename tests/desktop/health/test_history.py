"""Ten minutes of figures, oldest first, and nothing measured is never 0."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.health.history import HealthHistory


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(0, 1e6)), max_size=40), st.integers(1, 9))
def test_the_newest_seconds_are_kept_in_order(values: list[float | None], seconds_max: int) -> None:
    history = HealthHistory(seconds_max)
    for value in values:
        history.add({"memory_mb": value})
    kept = values[-seconds_max:]
    expected = np.array([np.nan if value is None else value for value in kept], float)
    np.testing.assert_array_equal(history.series("memory_mb"), expected)
    assert len(history) == len(kept)
    assert np.isnan(history.series("dropped")).all(), "what was never measured is never 0"
    measured = [value for value in kept if value is not None]
    spread = history.spread("memory_mb")
    assert (spread.highest if spread else None) == (max(measured) if measured else None)


def test_the_newest_second_is_none_when_it_was_not_measured() -> None:
    history = HealthHistory(4)
    assert history.newest("frame_p99_ms") is None
    history.add({"frame_p99_ms": 8.5})
    assert history.newest("frame_p99_ms") == 8.5
    history.add({"frame_p99_ms": None})
    assert history.newest("frame_p99_ms") is None
