"""The time line tells what was traded up to the clock, and nothing of what comes after it."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aggregator.feeds.recorded.tape import RecordedTape
from aggregator.replay.index import TapeIndex
from aggregator.replay.timeline import BUCKETS_MAX, KEPT_MAX, TimelineError, Timelines
from core.market.instruments import InstrumentKey
from core.wire.generated import control_pb2
from core.wire.generated.control_pb2 import TimelineRequest
from tests.aggregator.replay.tapes import KEYS, mixed_tape, tape


def _request(buckets: int, key: InstrumentKey | None = None) -> TimelineRequest:
    if key is None:
        return TimelineRequest(buckets=buckets)
    named = control_pb2.InstrumentKey(exchange=key.exchange, symbol=key.symbol)
    return TimelineRequest(buckets=buckets, key=named)


def _prints(recorded: RecordedTape, key: InstrumentKey | None) -> list[tuple[int, int, bool]]:
    """(playing time, size that counts, whether it is a trade done) of every trade and bar."""
    found = []
    for exchange in recorded.exchanges:
        for rank in range(exchange.event_count):
            block = exchange.events(rank, rank + 1)
            events = block.trades or block.bars
            if events is None or key not in (None, exchange.instruments[int(events.instrument[0])].key):
                continue
            size = int(block.bars.volume[0]) if block.bars else int(block.trades.size[0])  # type: ignore[union-attr]
            flags = int(block.trades.flags[0]) if block.trades else 0
            size = 0 if flags & 4 else -size if flags & 8 else size
            found.append((int(exchange.time_ns[rank]), size, not flags & 12))
    return found


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 2**32), st.integers(2, 60), st.integers(1, 40), st.sampled_from([None, *KEYS]),
    st.lists(st.integers(-1, 110_000), min_size=1, max_size=3),
)  # fmt: skip
def test_buckets_up_to_the_clock(
    seed: int, count: int, buckets: int, key: InstrumentKey | None, clocks_ms: list[int]
) -> None:
    recorded = mixed_tape(seed, count)
    index = TapeIndex(recorded)
    assume(key is None or index.place(key) is not None)  # a tape has no exchange without events
    timelines = Timelines(index)
    prints = _prints(recorded, key)
    for clock_ms in clocks_ms:
        clock_ns = recorded.begin_ns + clock_ms * 1_000_000
        answer = timelines.answer(_request(buckets, key), 7, clock_ns)
        assert (answer.epoch, answer.begin_ns) == (7, recorded.begin_ns)
        assert answer.begin_ns + buckets * answer.bucket_ns > recorded.end_ns
        begun = [
            (answer.begin_ns + place * answer.bucket_ns, answer.begin_ns + (place + 1) * answer.bucket_ns)
            for place in range(buckets)
            if answer.begin_ns + place * answer.bucket_ns <= clock_ns
        ]
        heard = [each for each in prints if each[0] <= clock_ns]
        assert list(answer.trades) == [
            sum(first <= at < last and done for at, _, done in heard) for first, last in begun
        ]  # fmt: skip
        if key is None:
            assert not answer.volume
        else:
            assert list(answer.volume) == [
                sum(size for at, size, _ in heard if first <= at < last) for first, last in begun
            ]


def test_bad_requests_are_refused_with_the_remedy() -> None:
    timelines = Timelines(TapeIndex(tape([(0, 0, 1), (10, 0, 1)])))
    for buckets in (0, BUCKETS_MAX + 1):
        with pytest.raises(TimelineError, match="ask for 1 to 2,000"):
            timelines.answer(_request(buckets), 1, 0)
    with pytest.raises(TimelineError, match="NONE of XAAA is not in this recording"):
        timelines.answer(_request(5, InstrumentKey("XAAA", "NONE")), 1, 0)


def test_histograms_that_are_kept_are_bounded() -> None:
    recorded = tape([(at, 0, 1) for at in range(1_000)])
    timelines = Timelines(TapeIndex(recorded))
    for buckets in range(1, KEPT_MAX + 50):
        assert sum(timelines.answer(_request(buckets), 1, recorded.end_ns).trades) == 1_000
    assert len(timelines._kept) == KEPT_MAX
    assert np.isfinite(timelines._kept[None, KEPT_MAX + 49].trades).all()
