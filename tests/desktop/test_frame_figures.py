"""Figures of painting: what is counted, over which stretch, for which window."""

import numpy as np

from core.clock import NS_PER_MS, NS_PER_S
from desktop.frame_figures import FrameFigures


def test_rates_and_percentiles_cover_only_the_stretch_and_the_window_asked_for() -> None:
    figures = FrameFigures()
    for number in range(1, 61):
        figures.add(1, number * 16 * NS_PER_MS, 4 * NS_PER_MS, 20 * NS_PER_MS)
        figures.add(2, number * 16 * NS_PER_MS, 8 * NS_PER_MS, 40 * NS_PER_MS)
    summary = figures.summary(0, NS_PER_S, window=1)
    assert (summary.frames, round(summary.frames_per_s)) == (60, 60)
    assert (summary.frame_p99_ms, summary.latency_p95_ms) == (4.0, 20.0)
    assert figures.summary(0, NS_PER_S).frames == 120
    assert figures.summary(NS_PER_S, 2 * NS_PER_S).frames == 0


def test_a_frame_that_showed_nothing_new_has_no_latency() -> None:
    figures = FrameFigures()
    figures.add(1, 10, 2 * NS_PER_MS, -1)
    summary = figures.summary(0, NS_PER_S)
    assert summary.frames == 1
    assert summary.latency_p99_ms is None


def test_no_frames_are_no_figures_rather_than_noughts() -> None:
    summary = FrameFigures().summary(0, NS_PER_S)
    assert (summary.frames, summary.frame_p50_ms) == (0, None)


def test_old_frames_are_overwritten_and_never_counted_twice() -> None:
    figures = FrameFigures(frames_max=8)
    for number in range(20):
        figures.add(1, number + 1, number * NS_PER_MS, -1)
    summary = figures.summary(0, NS_PER_S)
    assert summary.frames == 8
    assert summary.frame_p50_ms == float(np.median(np.arange(12, 20)))
