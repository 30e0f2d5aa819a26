"""The state at any time is what folding everything up to it gives, however far the keyframes are apart."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.feeds.newest import NewestValues
from aggregator.feeds.recorded.load import load_tape
from aggregator.feeds.recorded.tape import RecordedTape
from aggregator.replay import keyframes
from aggregator.replay.keyframes import Keyframes
from tests.aggregator.replay.tapes import BEGIN_NS, folded, mixed_tape, tape


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(1, 9), st.integers(0, 9), st.data())
def test_at_any_time_of_a_tape_with_events_of_every_kind(
    seed: int, count: int, apart: int, span_s: int, data: st.DataObject
) -> None:
    recorded = mixed_tape(seed, count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyframes, "FRAME_EVENTS_MIN", apart)
        patch.setattr(keyframes, "FRAME_EVENTS_MAX", 3 * apart)
        patch.setattr(keyframes, "FRAME_SPAN_NS", span_s * 1_000_000_000)
        made = Keyframes.of(recorded)
        time_ns = data.draw(st.integers(recorded.begin_ns - 1, recorded.end_ns + 1))
        for number, exchange in enumerate(recorded.exchanges):
            state = made.state_at(number, time_ns)
            assert state.rank == exchange.rank_at(time_ns)
            assert state.newest.table.values.T.tolist() == folded(recorded, number, state.rank)


@pytest.mark.parametrize(
    "file", ["normalised/crypto_multi_dev.parquet", "databento-python/tests/data/LIVE/test_data.live.dbn.zst"]
)
def test_at_random_times_of_recordings(shared_data: Path, file: str) -> None:
    _check(load_tape([shared_data / file]), 12)


def _check(recorded: RecordedTape, times: int) -> None:
    made = Keyframes.of(recorded)
    dice = np.random.default_rng(1)
    newest = [NewestValues(len(exchange.instruments)) for exchange in recorded.exchanges]
    ranks = [0] * len(newest)
    for time_ns in np.sort(dice.integers(recorded.begin_ns, recorded.end_ns + 1, times)).tolist():
        for number, exchange in enumerate(recorded.exchanges):
            state = made.state_at(number, time_ns)
            while ranks[number] < state.rank:
                end = min(state.rank, ranks[number] + 1_000)
                newest[number].note(exchange.events(ranks[number], end))
                ranks[number] = end
            assert (state.newest.table.values == newest[number].table.values).all()


def test_playing_on_from_a_state_changes_no_keyframe() -> None:
    recorded = mixed_tape(3, 10_000)
    made = Keyframes.of(recorded)
    time_ns = recorded.begin_ns + 60_000_000_000
    before = made.state_at(0, time_ns).newest.table.values.copy()
    state = made.state_at(0, time_ns)
    state.newest.note(recorded.exchanges[0].events(state.rank, recorded.exchanges[0].event_count))
    assert (state.newest.table.values != before).any()
    assert (made.state_at(0, time_ns).newest.table.values == before).all()


def test_keyframes_stay_within_their_memory() -> None:
    recorded = tape([(at * 10_000, at % 3, at) for at in range(30_000)])  # a keyframe's span at every event
    assert Keyframes.of(recorded).nbytes > 2_000
    assert Keyframes.of(recorded, bytes_max=2_000).nbytes <= 2_000


def test_far_times_fold_no_more_than_a_keyframes_events() -> None:
    recorded = tape([(at // 50, at % 3, at) for at in range(200_000)])  # 4 s: dense
    frames = Keyframes.of(recorded)._frames
    for exchange, made in zip(recorded.exchanges, frames, strict=True):
        gaps = np.diff(np.concatenate(([0], made.ranks, [exchange.event_count])))
        assert gaps.max() <= keyframes.FRAME_EVENTS_MAX
    assert recorded.begin_ns == BEGIN_NS
