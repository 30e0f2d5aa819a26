"""Which figures the Health panel plots, in which order, and in which words; pure.

A plot has at most three lines of one scale. `limit` is drawn dashed: what lies above it is worth a look.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from desktop.health.history import FIGURES, Floats, HealthHistory
from desktop.health.warnings import LIMITS, Kind
from desktop.panels.health.segments import CPU_LIMIT_PERCENT, MEMORY_LIMIT_MB
from desktop.tr import tr

DASH: Final = "–"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of `HealthHistory`; `label` parts it from the others of its plot."""

    figure: str
    label: Callable[[], str] = lambda: ""


@dataclass(frozen=True, slots=True)
class Plot:
    """`least` is the smallest full height, so that a quiet line is not blown up to a mountain range."""

    name: str
    title: Callable[[], str]
    unit: str
    lines: tuple[Line, ...]
    least: float
    decimals: int = 0
    limit: float | None = None


PLOTS: Final = (
    Plot("frames", lambda: tr("Frames"), "/s", (Line("frames_per_s"),), 60.0),
    Plot(
        "frame", lambda: tr("Frame time"), "ms",
        (Line("frame_p50_ms", lambda: "p50"), Line("frame_p99_ms", lambda: "p99")), 30.0, 1,
        LIMITS[Kind.FRAMES].over,
    ),
    Plot(
        "paint", lambda: tr("Event to paint"), "ms",
        (
            Line("paint_p50_ms", lambda: "p50"), Line("paint_p95_ms", lambda: "p95"),
            Line("paint_p99_ms", lambda: "p99"),
        ),
        80.0, 0, 70.0,
    ),
    Plot(
        "cpu", lambda: tr("Processor"), "%",
        (Line("main_cpu_percent", lambda: tr("painting")), Line("cpu_percent", lambda: tr("all"))), 100.0, 0,
        CPU_LIMIT_PERCENT,
    ),
    Plot("memory", lambda: tr("Memory"), "MB", (Line("memory_mb"),), 400.0, 0, MEMORY_LIMIT_MB),
    Plot("gc", lambda: tr("Collector pause"), "ms", (Line("gc_pause_ms"),), 10.0, 1),
    Plot(
        "stall", lambda: tr("Standstill"), "ms", (Line("stall_ms"),), 60.0, 0, LIMITS[Kind.STALL].over
    ),
    Plot("messages", lambda: tr("Messages in"), "/s", (Line("messages_per_s"),), 50.0),
    Plot("bytes", lambda: tr("Bytes in"), "Mbit/s", (Line("mbit_per_s"),), 1.0, 2),
    Plot("batches", lambda: tr("Batches"), "/s", (Line("batches_per_s"),), 50.0),
    Plot("dropped", lambda: tr("Dropped"), "/s", (Line("dropped"),), 1.0),
)  # fmt: skip


def number(value: float | None, decimals: int) -> str:
    """`1,204`, `8.5`, a dash for what was not measured."""
    return DASH if value is None else f"{value:,.{decimals}f}"


def values_of(plot: Plot, history: HealthHistory, ago: int = 0) -> tuple[tuple[str, str, bool], ...]:
    """Label, value and whether it is over the limit, line by line; `ago` seconds back."""
    told = []
    for line in plot.lines:
        value = history.newest(line.figure)
        if ago:
            series = history.series(line.figure)
            found = float(series[-1 - ago]) if ago < len(series) else np.nan
            value = None if np.isnan(found) else found
        over = plot.limit is not None and value is not None and value > plot.limit
        told.append((line.label(), number(value, plot.decimals), over))
    return tuple(told)


def top_of(plot: Plot, lines: Mapping[str, Floats]) -> float:
    """The value at the upper edge: a round one above everything plotted."""
    highest = plot.least
    for line in plot.lines:
        peak = float(np.fmax.reduce(lines[line.figure], initial=np.nan))
        highest = peak if peak > highest else highest
    return round_up(highest)


def round_up(value: float) -> float:
    """The next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(max(value, 1e-9)))
    for step in (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0):
        if value <= step * power * (1 + 1e-9):
            return float(step * power)
    return float(10 * power)


def thinned(history: HealthHistory, columns: int) -> tuple[Floats, dict[str, Floats]]:
    """x in 0..1 (1 is now) and y of every figure, at most `columns` points: the highest of each stretch.

    Stretches lie on fixed seconds, so that a line moves as a whole and does not shimmer.
    """
    rows, seconds_max = history.rows(), history.seconds_max
    step = max(1, -(-seconds_max // max(columns, 1)))
    count, late = rows.shape[1], history.version % step
    begin = (step - (history.version - count) % step) % step if count == seconds_max else 0
    rows = rows[:, begin:]
    before = (history.version - rows.shape[1]) % step
    after = (step - late) % step
    padded = np.pad(rows, ((0, 0), (before, after)), constant_values=np.nan)
    highest = np.fmax.reduce(padded.reshape(len(rows), -1, step), axis=2)
    ends = np.arange(1, highest.shape[1] + 1) * step - after  # seconds from the left end of `padded`
    places = 1.0 - np.maximum(padded.shape[1] - after - ends, 0) / seconds_max
    return places, dict(zip(FIGURES, highest, strict=True))
