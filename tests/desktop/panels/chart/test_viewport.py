"""Following, panning and zooming never lose the bars and never leave whole pixels."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.panels.chart.viewport import PITCH_MAX_PX, PITCH_WHOLE_FROM_PX, Viewport

moves = st.one_of(
    st.tuples(st.just("pan"), st.floats(-1e6, 1e6), st.just(0.0)),
    st.tuples(st.just("zoom"), st.floats(0.01, 100.0), st.floats(0.0, 1.0)),
    st.tuples(st.just("width"), st.floats(90, 4_000), st.just(0.0)),
)


@settings(max_examples=100, deadline=None)
@given(count=st.integers(1, 2_000_000), steps=st.lists(moves, max_size=12))
def test_some_bars_stay_in_view_on_whole_pixels(count: int, steps: list[tuple[str, float, float]]) -> None:
    view = Viewport(1_134).following(count)
    for what, value, at in steps:
        if what == "pan":
            view = view.panned(value, count)
        elif what == "zoom":
            view = view.zoomed(value, at * view.width_px, count)
        else:
            view = view.resized(int(value)).clamped(count)
        first, last = view.rows(count)
        assert last > first
        assert 0 < view.pitch <= PITCH_MAX_PX
        if view.pitch >= PITCH_WHOLE_FROM_PX:
            assert view.pitch == int(view.pitch)
            assert (view.right * view.pitch) == pytest.approx(round(view.right * view.pitch), abs=1e-3)


@given(count=st.integers(2, 100_000), width=st.integers(300, 4_000))
def test_following_leaves_4_to_8_percent_of_air(count: int, width: int) -> None:
    view = Viewport(width).following(count)
    assert view.is_following(count)
    assert 0.04 <= view.air_share(count) <= 0.08
    assert not view.panned(-3, count).is_following(count)


def test_all_of_a_million_bars_fit() -> None:
    view = Viewport(1_134).whole(1_000_000)
    assert view.rows(1_000_000) == (0, 1_000_000)
    assert Viewport(1_134).following(1_000_000).zoomed(1e-9, 500.0, 1_000_000).bars >= 1_000_000
