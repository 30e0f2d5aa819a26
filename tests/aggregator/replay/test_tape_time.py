"""A time on a tape as people type it."""

from datetime import UTC, datetime

import pytest

from aggregator.feeds.recorded.tape import TapeError
from aggregator.replay.tape_time import TapeTimeError, tape_time
from tests.aggregator.replay.tapes import BEGIN_NS, tape

BEGIN = datetime.fromtimestamp(BEGIN_NS / 1e9, UTC)  # 2024-01-02 14:30
HALF_DAY = tape([(0, 0, 1), (12 * 3_600_000, 0, 1)])


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("2024-01-02T14:31:05", 65), ("2024-01-02 14:31:05.25", 65.25), ("14:31", 60), ("00:30", 36_000),
        ("2024-01-02T15:31:05+01:00", 65), ("14:30", 0),
    ],
)  # fmt: skip
def test_found_on_the_tape(text: str, second: float) -> None:
    assert tape_time(text)(HALF_DAY) == BEGIN_NS + int(second * 1e9)


def test_what_is_no_time_or_not_on_the_tape_is_refused() -> None:
    assert BEGIN.hour == 14
    with pytest.raises(TapeTimeError, match="give 2024-01-02T14:30:05"):
        tape_time("soon")
    with pytest.raises(TapeError, match="from 2024-01-02T14:30:00 to 2024-01-03T02:30:00 UTC"):
        tape_time("2024-01-05")(HALF_DAY)
    with pytest.raises(TapeError, match="is not on this tape"):
        tape_time("09:00")(HALF_DAY)
