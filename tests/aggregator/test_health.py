"""What an operator reads of a process."""

from hypothesis import given
from hypothesis import strategies as st

from aggregator.health import HealthFigures, SourceHealth, encode_health, health_line, read_health
from core.clock import NS_PER_S
from core.market.fields import SourceState


def test_one_line_says_what_runs_how_late_from_what_and_what_was_lost() -> None:
    figures = HealthFigures(
        cadence_ms=50,
        degradation=2,
        lag_ms=12,
        sources=[
            SourceHealth("SIM", SourceState.OK, instruments=1_500),
            SourceHealth("B", SourceState.LATE, 900),
        ],
        counters={"raw_dropped": 1_234, "raw_rejected": 0, "ticks": 5},
    )
    message = read_health(encode_health("market", 1, figures, loop_late_ms=3).SerializeToString())
    assert message is not None
    line = health_line(message, now_ns=1 + 3_723 * NS_PER_S)
    assert line == (
        "market        up   1h02m  lag 12 ms  cadence 50 ms (degradation 2)  SIM OK (1,500 instruments)  "
        "B LATE 900 ms  raw_dropped 1,234"
    )


def test_a_late_loop_is_lag_and_no_trouble_is_said() -> None:
    message = encode_health("supervisor", 0, HealthFigures(), loop_late_ms=40)
    message.sources.add(exchange="NEW", state=99)
    line = health_line(message, now_ns=5 * NS_PER_S)
    assert line == "supervisor    up   0m05s  lag 40 ms  NEW state 99  no trouble"


@given(st.binary(max_size=60))
def test_bytes_that_are_no_health_message_are_none_or_readable(data: bytes) -> None:
    message = read_health(data)
    if message is not None:
        assert health_line(message, now_ns=0).strip()
