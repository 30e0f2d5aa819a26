"""The generated hour, in small: the same each time, ordered, kept as a file that plays the same."""

from pathlib import Path

import numpy as np

from aggregator.bench.hour_tape import hour_tape, hour_tape_file
from aggregator.feeds.recorded.load import load_tape
from aggregator.recording.verify import verify_tape
from tests.aggregator.recording.same_tape import assert_same_tape


def test_the_same_arguments_make_the_same_tape() -> None:
    first, again = hour_tape(instruments=12, seconds=5), hour_tape(instruments=12, seconds=5)
    assert_same_tape(first, again)
    assert first.instrument_count == 12
    other = hour_tape(seed=8, instruments=12, seconds=5)
    assert [each.instruments for each in other.exchanges] != [each.instruments for each in first.exchanges]


def test_it_is_about_as_long_and_busy_as_asked() -> None:
    tape = hour_tape(instruments=30, seconds=20, ticks_per_s=1_000.0)
    assert 19.0 < (tape.end_ns - tape.begin_ns) / 1e9 <= 20.0
    assert 10_000 < tape.event_count < 40_000
    for exchange in tape.exchanges:
        assert (np.diff(exchange.time_ns) >= 0).all()
        ranks = np.sort(np.concatenate([order for order in exchange.orders if order is not None]))
        np.testing.assert_array_equal(ranks, np.arange(exchange.event_count))


def test_its_file_plays_the_same_and_is_made_once(tmp_path: Path) -> None:
    path = hour_tape_file(tmp_path, instruments=12, seconds=30)
    made = path.stat().st_mtime_ns
    assert hour_tape_file(tmp_path, instruments=12, seconds=30) == path
    assert path.stat().st_mtime_ns == made
    assert_same_tape(load_tape([path]), hour_tape(instruments=12, seconds=30))
    assert verify_tape(path).defects == ()
