"""What a trader may type as an interval, and what is said to what cannot be one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.market.intervals import DAY_S, Interval, IntervalError, IntervalUnit, parse_interval, seconds

DIVISORS = [count for count in range(1, DAY_S + 1) if DAY_S % count == 0]


@pytest.mark.parametrize(
    ("typed", "unit", "count", "shown"),
    [
        ("1s", IntervalUnit.SECONDS, 1, "1s"),
        ("15S", IntervalUnit.SECONDS, 15, "15s"),
        ("5", IntervalUnit.SECONDS, 300, "5m"),
        (" 60 m ", IntervalUnit.SECONDS, 3_600, "1h"),
        ("90min", IntervalUnit.SECONDS, 5_400, "90m"),
        ("4h", IntervalUnit.SECONDS, 14_400, "4h"),
        ("1D", IntervalUnit.SECONDS, DAY_S, "1d"),
        ("100t", IntervalUnit.TRADES, 100, "100t"),
        ("50 v", IntervalUnit.VOLUME, 50, "50v"),
    ],
)
def test_what_is_typed_is_understood(typed: str, unit: IntervalUnit, count: int, shown: str) -> None:
    interval = parse_interval(typed)
    assert (interval.unit, interval.count, str(interval)) == (unit, count, shown)


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("", "type 15s"),
        ("fast", "type 15s"),
        ("-5m", "type 15s"),
        ("7m", "do not divide a day"),
        ("2d", "do not divide a day"),
        ("0s", "use 1 to"),
        ("1M", "“M” is no unit"),
        ("5w", "“w” is no unit"),
        ("99999999999t", "type 15s"),
        ("1000000001t", "use 1 to"),
    ],
)
def test_what_is_no_interval_is_refused_with_the_remedy(typed: str, named: str) -> None:
    with pytest.raises(IntervalError, match=named):
        parse_interval(typed)


@given(
    st.sampled_from(DIVISORS).map(seconds)
    | st.builds(
        Interval,
        st.sampled_from([IntervalUnit.TRADES, IntervalUnit.VOLUME]),
        st.integers(1, 1_000_000_000),
    )
)
def test_every_interval_reads_back_as_itself(interval: Interval) -> None:
    assert parse_interval(str(interval)) == interval


def test_only_a_whole_day_is_a_trading_day() -> None:
    assert parse_interval("24h").is_day
    assert not parse_interval("12h").is_day
    assert not Interval(IntervalUnit.TRADES, DAY_S).is_day
