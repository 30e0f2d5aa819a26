"""Trend lines: which samples they are made of and what is drawn for them."""

import numpy as np

from core.market.fields import NULL
from desktop.paint.sparks import LEVELS, spark_colours, spark_levels
from desktop.paint.theme import Theme
from desktop.panels.grid.trend import FIRST_STEP_US, SAMPLES, STEP_US, TrendRing

ROW = np.array([0])


def fed(until_us: int, every_us: int = 33_000) -> TrendRing:
    """A ring over a price that counts tenths of a second."""
    ring = TrendRing(1)
    for clock_us in range(0, until_us, every_us):
        ring.sample(clock_us, np.array([clock_us // 100_000]))
    return ring


def test_a_line_begins_within_a_second_and_later_spans_the_last_minute():
    assert fed(1_000_000).of(ROW).shape[1] == 1_000_000 // FIRST_STEP_US
    for seconds in (10, 20, 60, 300):
        samples = fed(seconds * 1_000_000).of(ROW)[0]
        assert SAMPLES // 2 <= len(samples) <= SAMPLES
        assert (np.diff(samples) > 0).all()
        assert seconds * 10 - samples[-1] <= STEP_US / 100_000
    assert np.allclose(np.diff(samples), 10, atol=1), "a second apart in the end"


def test_a_clock_that_went_back_starts_over_and_null_is_no_sample():
    ring = fed(30_000_000)
    assert ring.sample(5_000_000, np.array([NULL]))
    assert np.isnan(ring.of(ROW)).all()
    assert not ring.sample(5_100_000, np.array([7])), "still the same step"


def test_a_line_is_one_pixel_scaled_to_its_own_range():
    samples = np.array([np.linspace(5, 9, 50), np.full(50, 3.0), np.full(50, np.nan)])
    levels = spark_levels(samples, 48, 13, 1.0)
    rising, flat, empty = levels
    assert rising[12, 0] > 0
    assert rising[0, 47] > 0
    assert (rising.astype(int).sum(0) <= 2.3 * (LEVELS - 1)).all(), "no fill below the line"
    assert (flat[6] == LEVELS - 1).all()
    assert (np.delete(flat, 6, 0) == 0).all()
    assert not empty.any()


def test_missing_samples_leave_a_gap():
    samples = np.arange(50.0)[None]
    samples[0, :25] = np.nan
    levels = spark_levels(samples, 50, 13, 1.0)[0]
    assert not levels[:, :24].any()
    assert levels[:, 30].any()


def test_colours_run_from_the_ground_to_the_line(qapp):
    theme = Theme()
    colours = spark_colours(theme)
    assert colours[0, 0] == theme.argb("surface.panel")
    assert (colours[:, -1] == theme.argb("chart.axis_text")).all()
