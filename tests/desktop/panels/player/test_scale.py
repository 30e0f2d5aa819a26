"""Times on the line stand where they belong, and their labels at whole steps."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from core.clock import NS_PER_S
from desktop.panels.player.scale import LABEL_EVERY_PX, TimeScale

BEGIN_NS = 1_723_161_255_000_000_000  # 23:54:15


def test_minutes_are_named_on_a_line_of_five_minutes() -> None:
    scale = TimeScale(BEGIN_NS, BEGIN_NS + 345 * NS_PER_S, 0.0, 1_560.0)
    assert [text for _, text in scale.labels()] == ["23:55", "23:56", "23:57", "23:58", "23:59"]


def test_a_narrow_line_names_nothing() -> None:
    assert TimeScale(BEGIN_NS, BEGIN_NS + NS_PER_S, 0.0, 100.0).labels() == ()


@given(span_s=st.integers(1, 40 * 86_400), width=st.integers(100, 4_000))
def test_labels_lie_inside_and_never_crowd(span_s: int, width: int) -> None:
    scale = TimeScale(BEGIN_NS, BEGIN_NS + span_s * NS_PER_S, 0.0, float(width))
    places = [scale.x(time_ns) for time_ns, _ in scale.labels()]
    assert all(0 < x <= width for x in places)
    assert all(after - before >= LABEL_EVERY_PX - 0.01 for before, after in itertools.pairwise(places))


@given(share=st.floats(-0.5, 1.5), span_s=st.integers(1, 86_400))
def test_a_pixel_and_its_time_agree_and_stay_on_the_tape(share: float, span_s: int) -> None:
    scale = TimeScale(BEGIN_NS, BEGIN_NS + span_s * NS_PER_S, 10.0, 1_000.0)
    time_ns = scale.time_ns(10.0 + share * 1_000)
    assert scale.begin_ns <= time_ns <= scale.end_ns
    assert abs(scale.x(time_ns) - (10.0 + min(max(share, 0.0), 1.0) * 1_000)) < 0.01
