"""What may be drawn of a time line while the clock stands at another time than when it was asked for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from desktop.desk import TimelineReading
from desktop.transport import cut_timeline

BEGIN_NS, BUCKET_NS, BUCKETS = 1_000, 100, 20


def line(tape_ns: int) -> TimelineReading:
    count = -(-(tape_ns - BEGIN_NS) // BUCKET_NS)
    return TimelineReading(1, BEGIN_NS, BUCKET_NS, tape_ns, np.arange(count), np.arange(count) / 2)


@given(
    asked_ns=st.integers(BEGIN_NS, BEGIN_NS + BUCKETS * BUCKET_NS),
    clock_ns=st.integers(BEGIN_NS, BEGIN_NS + BUCKETS * BUCKET_NS),
)
def test_no_bucket_holds_what_was_traded_after_the_clock(asked_ns: int, clock_ns: int) -> None:
    whole = line(asked_ns)
    cut = cut_timeline(whole, clock_ns)
    end_ns = BEGIN_NS + len(cut.trades) * BUCKET_NS
    if asked_ns > clock_ns:
        assert end_ns <= clock_ns, "a bucket under way has trades of after the clock"
    else:
        assert cut is whole
    assert cut.tape_ns <= clock_ns
    assert cut.volume is not None
    assert len(cut.volume) == len(cut.trades)
