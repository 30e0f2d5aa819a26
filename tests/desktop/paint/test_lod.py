"""What a chart draws at every scale is the series itself, or its exact highs, lows and sums."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.bar_series import BarSeries
from core.market.bars import BarColumns
from core.market.fields import NULL
from desktop.paint.lod import CLOSE, HIGH, LOW, OPEN, VOLUME, BarPyramid, HeikinAshi
from tests.desktop.panels.chart.fake_bars import walk_bars


def series_of(bars: BarColumns) -> BarSeries:
    series = BarSeries()
    series.replace(bars, 2, 3)
    return series


def checked(pyramid: BarPyramid, series: BarSeries, bars_per_column: float, first: int, last: int) -> None:
    drawn = pyramid.levels.drawn(first, last, bars_per_column)
    bars = series.columns
    assert len(drawn) <= (last - first) / max(1.0, bars_per_column) + 2
    assert drawn.first[0] <= first
    assert drawn.last[-1] >= last - 1
    for place in range(0, len(drawn), max(1, len(drawn) // 7)):
        rows = slice(int(drawn.first[place]), int(drawn.last[place]) + 1)
        assert drawn.open[place] == bars.open[rows][0]
        assert drawn.high[place] == bars.high[rows].max()
        assert drawn.low[place] == bars.low[rows].min()
        assert drawn.close[place] == bars.close[rows][-1]
        assert drawn.volume[place] == bars.volume[rows].sum()


def test_one_bar_a_column_or_fewer_is_the_series_itself() -> None:
    series = series_of(walk_bars(3_000))
    pyramid = BarPyramid()
    pyramid.follow(series)
    drawn = pyramid.levels.drawn(1_200, 1_700, 0.2)
    bars = series.columns
    assert drawn.step == 1
    assert np.array_equal(drawn.first, np.arange(1_200, 1_700))
    for column in ("open", "high", "low", "close", "volume"):
        assert np.array_equal(getattr(drawn, column), getattr(bars, column)[1_200:1_700])


@settings(max_examples=30, deadline=None)
@given(
    count=st.integers(1, 40_000),
    bars_per_column=st.floats(1.0, 900.0),
    steps=st.lists(st.integers(1, 3_000), max_size=4),
)
def test_levels_stay_exact_while_bars_come_at_both_ends(
    count: int, bars_per_column: float, steps: list[int]
) -> None:
    whole = walk_bars(count + sum(steps) + 1)
    first, last = sum(steps[::2]), sum(steps[::2]) + count
    series, pyramid = series_of(whole.take(slice(first, last))), BarPyramid()
    pyramid.follow(series)
    for place, step in enumerate(steps):
        if place % 2:
            series.merge(whole.take(slice(last - 1, last + step)))
            last += step
        else:
            series.prepend(whole.take(slice(first - step, first)))
            first -= step
        change = pyramid.follow(series)
        assert change is not None
        assert change.shift == (0 if place % 2 else step)
    checked(pyramid, series, bars_per_column, 0, series.count)
    middle = series.count // 2
    checked(pyramid, series, bars_per_column, middle, min(series.count, middle + 500) or 1)


def test_only_the_last_bar_is_read_again_when_only_it_changed() -> None:
    series = series_of(walk_bars(100_000))
    pyramid = BarPyramid()
    pyramid.follow(series)
    last = series.columns.take(slice(-1, None))
    series.merge(
        BarColumns(**{name: getattr(last, name) for name in last.__slots__} | {"high": last.high + 9})
    )
    change = pyramid.follow(series)
    assert change is not None
    assert change.row == 99_999
    assert pyramid.follow(series) is None
    checked(pyramid, series, 70.0, 90_000, 100_000)


def test_what_is_drawn_is_a_copy_as_of_the_last_frame() -> None:
    series = series_of(walk_bars(500))
    pyramid = BarPyramid()
    pyramid.follow(series)
    before = pyramid.levels.drawn(0, 500, 0.5).close.copy()
    last = series.columns.take(slice(-1, None))
    series.merge(
        BarColumns(**{name: getattr(last, name) for name in last.__slots__} | {"close": last.close + 5})
    )
    assert np.array_equal(pyramid.levels.drawn(0, 500, 0.5).close, before)


def test_a_bar_without_a_volume_is_no_bar_of_zero() -> None:
    bars = walk_bars(10)
    bars.volume[:] = NULL
    pyramid = BarPyramid()
    pyramid.follow(series_of(bars))
    assert (pyramid.volumes == NULL).all()
    assert (pyramid.columns[VOLUME] == 0).all()


def plain_heikin(columns: np.ndarray) -> np.ndarray:
    out = np.zeros_like(columns)
    for row in range(columns.shape[1]):
        opened, high, low, close, volume = columns[:, row]
        mean = (opened + high + low + close) / 4
        body = (opened + close) / 2 if row == 0 else (out[OPEN, row - 1] + out[CLOSE, row - 1]) / 2
        out[:, row] = (body, max(high, body, mean), min(low, body, mean), mean, volume)
    return out


@pytest.mark.parametrize("first", [1, 2, 63, 64, 65, 700])
def test_heikin_ashi_bar_by_bar_equals_all_at_once(first: int) -> None:
    pyramid, heikin = BarPyramid(), HeikinAshi()
    pyramid.follow(series_of(walk_bars(700)))
    source = pyramid.columns
    heikin.follow(source[:, :first], 0)
    for count in range(first + 1, 701):
        heikin.follow(source[:, :count], count - 2)  # the last bar changes, one comes
    expected = plain_heikin(source)
    assert np.allclose(heikin.columns, expected, rtol=1e-12)
    assert (heikin.columns[HIGH] >= heikin.columns[LOW]).all()
    assert heikin.levels.count == 700
