"""Pixel columns of a series against a plain loop over its values, whole and grown step by step."""

import math

import numpy as np
import pytest

from core.backtest.film.recorded import OWN_AXIS, Series, series_of
from desktop.panels.film.recorded_columns import Axis, LineColumns, SeriesColumns, lanes_of


def made(seed: int, count: int, rows: int, gaps: float = 0.1) -> Series:
    """`count` values at some of `rows` rows, a tenth of them gaps."""
    dice = np.random.default_rng(seed)
    at = np.sort(dice.integers(0, rows, count))
    values = np.where(dice.random(count) < gaps, np.nan, dice.normal(0, 1, count).cumsum())
    return series_of("x", 0, OWN_AXIS, at * 60, at, values)


def plain(series: Series, axis: Axis, known: int) -> dict[int, tuple[float, float]]:
    """Lowest and highest of each column that holds a number."""
    found: dict[int, tuple[float, float]] = {}
    for row, value in zip(series.rows[:known].tolist(), series.values[:known].tolist(), strict=True):
        column = (row - axis.first) * axis.width // axis.span
        if row >= axis.first and not math.isnan(value):
            low, high = found.get(column, (value, value))
            found[column] = min(low, value), max(high, value)
    return found


def assert_told(line: LineColumns, series: Series, axis: Axis, known: int) -> None:
    expected = plain(series, axis, known)
    assert len(line.low) == axis.used
    for column, (low, high) in expected.items():
        assert (line.low[column], line.high[column]) == (low, high), column
    if expected:
        assert line.extremes == (
            min(low for low, _ in expected.values()),
            max(h for _, h in expected.values()),
        )


@pytest.mark.parametrize(("count", "rows", "first"), [(40, 300, 0), (900, 1_000, 250), (3_000, 1_000, 0)])
def test_every_column_tells_its_lowest_and_highest(count: int, rows: int, first: int) -> None:
    series = made(count, count, rows)
    for known_rows in (first + 1, first + 120, rows):
        axis = Axis(first, known_rows, max(known_rows - first, 60), 90)
        known = int(np.searchsorted(series.rows, known_rows))
        assert_told(SeriesColumns(series).of(axis, known), series, axis, known)


@pytest.mark.parametrize("count", [2_000, 90_000])
def test_what_has_grown_is_what_is_made_anew(count: int) -> None:
    series = made(7, count, count, gaps=0.02)
    grown, span, width = SeriesColumns(series), count, 150
    for known_rows in range(count // 10, count, count // 9):
        axis = Axis(0, known_rows, span, width)
        known = int(np.searchsorted(series.rows, known_rows))
        one, other = grown.of(axis, known), SeriesColumns(series).of(axis, known)
        assert np.array_equal(one.low, other.low, equal_nan=True)
        assert np.array_equal(one.high, other.high, equal_nan=True)
        told = series.values[:known]
        assert one.extremes == (np.nanmin(told), np.nanmax(told))


def test_a_line_goes_straight_between_far_values_and_stops_at_a_gap() -> None:
    rows = np.array([0, 10, 20, 30])
    series = series_of("x", 0, OWN_AXIS, rows, rows, np.array([1.0, 2.0, math.nan, 4.0]))
    line = SeriesColumns(series).of(Axis(0, 31, 31, 31), 4)
    assert line.low[:11].tolist() == pytest.approx((1 + np.arange(11) / 10).tolist())
    assert np.isnan(line.low[11:30]).all()
    assert line.low[30] == 4.0
    nothing = SeriesColumns(series).of(Axis(0, 5, 31, 31), 0)
    assert np.isnan(nothing.low).all()
    assert nothing.extremes is None


def test_prices_of_one_instrument_share_a_lane() -> None:
    def one(name: str, number: int, place: int) -> Series:
        nothing = np.zeros(0, np.int64)
        return series_of(name, number, place, nothing, nothing, np.zeros(0))

    series = [one("fast", 0, 0), one("other", 1, 1), one("slow", 2, 0), one("rsi", 3, -1), one("z", 4, -1)]
    assert [[each.name for each in lane] for lane in lanes_of(series)] == [
        ["fast", "slow"], ["other"], ["rsi"], ["z"],
    ]  # fmt: skip
