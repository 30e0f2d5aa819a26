"""What a reader missed is sent again as it was, as far back as the bounds allow."""

from hypothesis import given
from hypothesis import strategies as st

from aggregator.feeds import sent
from aggregator.feeds.sent import ANSWER_BYTES_MAX, SentMessages


@given(st.integers(0, 10), st.integers(0, 40), st.integers(-2, 60))
def test_everything_after_a_number_or_nothing(begin: int, count: int, after: int) -> None:
    messages = SentMessages()
    messages.begin(begin)
    for sequence in range(begin + 1, begin + count + 1):
        messages.note(sequence, "s", str(sequence).encode())
    found = messages.after(after)
    if begin <= after <= begin + count:
        assert found == [("s", str(sequence).encode()) for sequence in range(after + 1, begin + count + 1)]
    else:
        assert found is None


def test_the_oldest_go_first_and_all_stays_within_bounds() -> None:
    messages = SentMessages()
    total = sent.SENT_MESSAGES_MAX + 10
    for sequence in range(1, total + 1):
        messages.note(sequence, "s", b"x")
    assert messages.after(9) is None
    assert len(messages.after(10) or ()) == sent.SENT_MESSAGES_MAX
    for sequence in range(total + 1, total + 100):
        messages.note(sequence, "s", b"x" * 100_000)
    assert messages.after(total) is None  # 9.9 MB are more than are kept, and than an answer may have
    last = total + 99
    fits = ANSWER_BYTES_MAX // 100_000
    assert len(messages.after(last - fits) or ()) == fits
    assert messages.after(last - fits - 1) is None
    messages.begin(0)
    assert messages.after(0) == []
