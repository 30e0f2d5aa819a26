"""The chart bench: an update of the last bar and a pan of the whole panel, against empty pyqtgraph and peers.

Runs offscreen, in turns, so that a busy neighbour slows all alike; figures are medians of turns, each the
median of its frames. "500" is a history of 500 bars, "1m" one of a million, both with 500 bars in view; with
"1m_all" the million is in view. Peers run as children after that, with a time box each.
"""

import gc
import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rich.console import Console

from core.bench_report import (
    REPEATS_FULL,
    REPEATS_QUICK,
    Report,
    Result,
    at_least,
    at_most,
    describe_machine,
    recorded,
)
from core.bench_table import print_report

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from desktop.bench.chart_peers import PeerBox, PeerFigures, finplot_run, vnpy_run
from desktop.bench.chart_runs import Chart, FloorChart, PanelChart, frame_times_ms, linked_fps
from desktop.links import LinkGroups
from desktop.paint.fonts import register_fonts

VISIBLE: Final = 500
MILLION: Final = 1_000_000
FRAMES_QUICK: Final = 30
FRAMES_FULL: Final = 100
CHANGES: Final = 3
LINKED_CHARTS: Final = 5
LINKED_BARS: Final = 20_000
LINKED_S_QUICK: Final = 1.0
LINKED_S_FULL: Final = 4.0
FRAME_MS: Final = 16
PEER_QUICK: Final = PeerBox(28.0, 6)
PEER_FULL: Final = PeerBox(90.0, 40)

UPDATE_OVER_FLOOR_GOAL: Final = 2.4
PAN_OVER_FLOOR_GOAL: Final = 1.5
PAN_ALL_OVER_FLOOR_GOAL: Final = 2.0
MILLION_OVER_500_GOAL: Final = 1.2
PEER_OVER_OURS_GOAL: Final = 150.0
LINKED_FPS_GOAL: Final = 60.0
# Three tenths of a frame at 60 Hz: the rest is for the grids beside the chart.
UPDATE_GOAL_MS: Final = 5.0

CASES: Final = {"500": (500, VISIBLE), "1m": (MILLION, VISIBLE), "1m_all": (MILLION, MILLION)}
Turn = dict[str, float]


def run_chart_bench(json_file: Path, *, quick: bool = False) -> int:
    """Write the report; 0 when every goal is met, 1 when not or when it cannot be written."""
    report, remarks = measure(quick)
    print_report(report, Console())
    for remark in remarks:
        sys.stderr.write(f"tapedeck bench chart: {remark}\n")
    try:
        report.write(json_file)
    except OSError as error:
        sys.stderr.write(f"tapedeck bench chart: {error}\n")
        return 1
    return 0 if report.ok else 1


def measure(quick: bool) -> tuple[Report, list[str]]:
    """All figures, and what is to be said about peers that are missing."""
    application = QApplication.instance() or QApplication([])
    register_fonts()
    repeats = REPEATS_QUICK if quick else REPEATS_FULL
    turns = take_turns(repeats, FRAMES_QUICK if quick else FRAMES_FULL, CASES)
    fps = [
        linked(LINKED_CHARTS, LINKED_BARS, LINKED_S_QUICK if quick else LINKED_S_FULL) for _ in range(repeats)
    ]
    machine = describe_machine(repeats)
    application.processEvents()
    box = PEER_QUICK if quick else PEER_FULL
    # Each has a core of its own, and both are far slower than what one takes from the other.
    runs = [start(MILLION, VISIBLE, box) for start in (vnpy_run, finplot_run)]
    vnpy, finplot = (run.figures() for run in runs)
    remarks = [figures.remark for figures in (vnpy, finplot) if figures.remark]
    if remarks:
        machine["remarks"] = remarks
    return Report("chart", machine, _results(turns, fps, float(machine["factor"]), vnpy, finplot)), remarks


def take_turns(repeats: int, frames: int, cases: dict[str, tuple[int, int]]) -> list[Turn]:
    """`{"500.update", "500.update_floor", "500.pan", ...}` in ms, floor and panel in turns."""
    charts: dict[str, Chart] = {}
    for name, (bars, visible) in cases.items():
        charts[name] = PanelChart(bars, visible)
        charts[f"{name}_floor"] = FloorChart(bars, visible)
    turns: list[Turn] = []
    gc.collect()
    gc.disable()  # as the desk does while it paints
    try:
        for _ in range(repeats):
            turn: Turn = {}
            for act in ("update", "pan"):
                for case in cases:
                    turn |= _side_by_side(f"{case}.{act}", charts[case], charts[f"{case}_floor"], act, frames)
            turns.append(turn)
            gc.collect()
    finally:
        gc.enable()
        for chart in charts.values():
            chart.close()
        QApplication.processEvents()
    return turns


def _side_by_side(name: str, panel: Chart, floor: Chart, act: str, frames: int) -> Turn:
    """Medians of both; they change places a few times, for a neighbour's burst lasts longer than a frame."""
    times: dict[str, list[float]] = {name: [], f"{name}_floor": []}
    for _ in range(CHANGES):
        for key, chart in ((f"{name}_floor", floor), (name, panel)):
            times[key] += frame_times_ms(chart, getattr(chart, act), max(1, frames // CHANGES))
    return {key: statistics.median(figures) for key, figures in times.items()}


def linked(count: int, bars: int, seconds: float) -> float:
    """Frames a second of charts in windows of their own that pan together."""
    links = LinkGroups()
    charts = [PanelChart(bars, VISIBLE, links) for _ in range(count)]
    gc.disable()
    try:
        return linked_fps(charts, seconds, FRAME_MS)
    finally:
        gc.enable()
        for chart in charts:
            chart.close()
        QApplication.processEvents()


def _results(
    turns: list[Turn], fps: list[float], factor: float, vnpy: PeerFigures, finplot: PeerFigures
) -> list[Result]:
    def median(of: Callable[[Turn], float]) -> float:
        return statistics.median(of(turn) for turn in turns)

    def over_floor(name: str, goal: float) -> Result:
        ratio = median(lambda turn: turn[name] / turn[f"{name}_floor"])
        floor_ms = median(lambda turn: turn[f"{name}_floor"])
        return at_most(f"chart.{name}_over_floor", ratio, "x", goal, peer=floor_ms, ratio=ratio)

    slower = max(1.0, factor)  # a faster machine gets no harder goals
    update_ms = median(lambda turn: turn["1m.update"])
    growth = median(lambda turn: turn["1m.update"] / turn["500.update"])

    def over_ours(name: str, peer_ms: float | None) -> Result:
        ratio = None if peer_ms is None else peer_ms / update_ms
        return at_least(
            f"chart.1m.{name}_over_ours", ratio, "x", PEER_OVER_OURS_GOAL, peer=peer_ms, ratio=ratio
        )

    return [
        over_floor("500.update", UPDATE_OVER_FLOOR_GOAL),
        over_floor("500.pan", PAN_OVER_FLOOR_GOAL),
        over_floor("1m.update", UPDATE_OVER_FLOOR_GOAL),
        over_floor("1m.pan", PAN_OVER_FLOOR_GOAL),
        over_floor("1m_all.update", UPDATE_OVER_FLOOR_GOAL),
        over_floor("1m_all.pan", PAN_ALL_OVER_FLOOR_GOAL),
        at_most("chart.1m_over_500", growth, "x", MILLION_OVER_500_GOAL, ratio=growth),
        at_most("chart.1m.update_ms", update_ms, "ms", UPDATE_GOAL_MS * slower),
        recorded("chart.1m.pan_ms", median(lambda turn: turn["1m.pan"]), "ms"),
        over_ours("vnpy", vnpy.update_ms),
        over_ours("finplot", finplot.update_ms),
        recorded("chart.1m.vnpy_pan_ms", vnpy.pan_ms, "ms"),
        recorded("chart.1m.finplot_pan_ms", finplot.pan_ms, "ms"),
        at_least("chart.linked5.pan_fps", statistics.median(fps), "fps", LINKED_FPS_GOAL / slower),
    ]
