"""`tapedeckd bench desk`: minutes of the scenario while a hand sorts, filters and types in the front window.

Five windows of 100 rows, 500 instruments, 4,000 ticks/s, in real processes. Every frame is told with its time
on the wall and the processor time the GUI thread had in it: one that was slow because other programs had the
machine is told from one that had too much to do. Besides: full garbage collections while prices came, memory,
frames a second.
"""

import asyncio
import itertools
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from aggregator.bench.desk_child import DeskChild, DesktopMissing, check_installed
from aggregator.bench.e2e import running_desk, shows_prices
from core.bench_report import Report, Result, at_least, at_most, describe_machine, machine_factor, recorded
from core.bus import BusTimeout
from core.logs import logger

__all__ = ["DesktopMissing", "run"]

SECONDS_FULL: Final = 600.0
SECONDS_QUICK: Final = 24.0
WARM_UP_S: Final = 6.0
STRETCH_S: Final = 6.0  # of one kind of work
TICKS_PER_S: Final = 4_000
FRONT: Final = 1
FRAME_CPU_GOAL_MS: Final = 40.0
FRAME_WALL_GOAL_MS: Final = 50.0
FPS_GOAL: Final = 60.0
GROWTH_GOAL_PERCENT: Final = 1.0
ASKS_MAX: Final = 12  # a minute
SORTS: Final = (("last", True), ("change", False), ("volume", True), ("bid", False), ("symbol", False))
FILTERS: Final = ("", "last > 0", "bid > 0 and ask > 0", "ask > 0")
TYPED: Final = "last > 0"

_log = logger("bench")
Act = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Work:
    """What a hand does over and over: `acts` one after the other, every `pause_s`."""

    name: str
    pause_s: float
    acts: Iterator[Act]


@dataclass(slots=True)
class Measured:
    """Frames in columns; `fps` of the front window by the kind of work, one entry a stretch."""

    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    outliers: list[tuple[int, float, float]] = field(default_factory=list)  # window, wall ms, CPU ms
    fps: dict[str, list[float]] = field(default_factory=dict)
    rss_mb: list[float] = field(default_factory=list)
    main_cpu: list[float] = field(default_factory=list)
    full_collections: int = 0
    dropped: int = 0
    seconds: float = 0.0


def run(quick: bool, seconds: float | None = None) -> Report:
    """Measure for `seconds`. Raises `DesktopMissing` when there is no desktop."""
    check_installed()
    machine = describe_machine(3)
    factors = [float(machine["factor"])]
    measured = asyncio.run(_measure(seconds or (SECONDS_QUICK if quick else SECONDS_FULL), factors))
    machine["factor"] = round(statistics.median(factors), 3)
    return Report("desk", machine, results(measured, machine["factor"]))


def works() -> tuple[Work, ...]:
    """Reading, sorting, filtering, typing."""
    letters = [*TYPED, *("\b" * len(TYPED))]
    return (
        Work("read", 1.0, itertools.cycle([{}])),
        Work("sort", 0.5, itertools.cycle([{"sort": list(sort)} for sort in SORTS])),
        Work("filter", 0.4, itertools.cycle([{"filter": text} for text in FILTERS])),
        Work("type", 0.12, itertools.cycle([{"keys": letter} for letter in letters])),
    )


async def _measure(seconds: float, factors: list[float]) -> Measured:
    measured = Measured()
    async with running_desk() as (desk, markets), markets.running(TICKS_PER_S):
        await desk.until(shows_prices, "painted prices")
        await _ask(
            desk,
            cells=False,
            do=[{"pages": list(range(5))}, {"cadence_ms": 33}, {"window": FRONT, "cadence_ms": 16}],
        )
        await desk.until(shows_prices, "prices of every page")
        await asyncio.sleep(WARM_UP_S)
        before = await _ask(desk, cells=False, mark=True)
        begin_s = time.monotonic()
        for work in itertools.cycle(works()):
            if time.monotonic() - begin_s >= seconds:
                break
            await _stretch(measured, desk, work)
            if work.name == "type":
                factors.append(await asyncio.to_thread(machine_factor, 1))
                await _ask(desk, cells=False, mark=True)  # what the factor cost is nobody's frame
        after = await _ask(desk, cells=False)
        measured.seconds = time.monotonic() - begin_s
        measured.full_collections = (
            after["process"]["full_collections"] - before["process"]["full_collections"]
        )
        measured.dropped = int(after["process"]["dropped"])
    return measured


async def _ask(desk: DeskChild, **request: Any) -> dict[str, Any]:
    """As `DeskChild.ask`, again when a busy machine took longer than an answer may take."""
    for attempt in itertools.count(1):
        try:
            return await desk.ask(**request)
        except BusTimeout as error:
            if attempt >= ASKS_MAX:
                raise
            _log.warning("asked again", reason=str(error))
    raise AssertionError("unreachable")


async def _stretch(measured: Measured, desk: DeskChild, work: Work) -> None:
    """One kind of work for a few seconds; the grid is as it was afterwards."""
    await _ask(desk, cells=False, mark=True)
    main_s, begin_s = desk.cpu_s()[0], time.monotonic()
    while time.monotonic() - begin_s < STRETCH_S:
        act = next(work.acts)
        if act:
            await _ask(desk, cells=False, do=[{"window": FRONT, **act}])
        await asyncio.sleep(work.pause_s)
    lasted_s = time.monotonic() - begin_s
    measured.main_cpu.append((desk.cpu_s()[0] - main_s) / lasted_s)
    answer = await _ask(desk, cells=False, frames=True)
    _take_frames(measured, answer["frames"])
    front = next(window for window in answer["windows"] if window["number"] == FRONT)
    measured.fps.setdefault(work.name, []).append(front["since_mark"]["frames_per_s"])
    measured.rss_mb.append(desk.rss_mb())
    await _ask(desk, cells=False, do=[{"window": FRONT, "filter": "", "sort": [None, False]}])


def _take_frames(measured: Measured, frames: dict[str, list[int]]) -> None:
    for window, frame_us, cpu_us in zip(frames["window"], frames["frame_us"], frames["cpu_us"], strict=True):
        wall_ms, cpu_ms = frame_us / 1e3, cpu_us / 1e3
        measured.wall_ms.append(wall_ms)
        measured.cpu_ms.append(cpu_ms)
        if wall_ms > FRAME_WALL_GOAL_MS or cpu_ms > FRAME_CPU_GOAL_MS:
            measured.outliers.append((window, wall_ms, cpu_ms))
            _log.warning("slow frame", window=window, wall_ms=round(wall_ms, 1), cpu_ms=round(cpu_ms, 1))


def growth_percent(rss_mb: list[float]) -> float | None:
    """From the median of the first quarter to that of the last."""
    if len(rss_mb) < 4:
        return None
    quarter = max(1, len(rss_mb) // 4)
    first, last = statistics.median(rss_mb[:quarter]), statistics.median(rss_mb[-quarter:])
    return (last / first - 1) * 100


def results(measured: Measured, factor: float) -> list[Result]:
    """Goals of the wall, the processor and frames a second go with the machine's factor."""
    wall = np.array(measured.wall_ms)
    cpu = np.array(measured.cpu_ms)
    some = len(wall) > 0

    def slowest(name: str) -> float | None:
        return min(measured.fps[name]) if measured.fps.get(name) else None

    by_work = [
        at_least(f"desk.{name}.fps", statistics.median(measured.fps[name]) if name in measured.fps else None,
                 "frames/s", FPS_GOAL / max(1.0, factor))
        for name in ("sort", "filter", "type")
    ]  # fmt: skip
    wall_p999 = float(np.percentile(wall, 99.9)) if some else None
    return [
        at_most(
            "desk.frame_cpu_max_ms", float(cpu.max()) if some else None, "ms", FRAME_CPU_GOAL_MS * factor
        ),
        at_most("desk.frame_wall_p999_ms", wall_p999, "ms", FRAME_WALL_GOAL_MS * factor),
        *by_work,
        at_most("desk.full_collections", float(measured.full_collections), "passes", 0),
        at_most("desk.rss_growth", growth_percent(measured.rss_mb), "%", GROWTH_GOAL_PERCENT),
        at_most("desk.dropped", float(measured.dropped), "messages", 0),
        recorded("desk.slow_frames", float(len(measured.outliers)), "frames"),
        recorded("desk.slow_frames_worst_wall_ms", float(wall.max()) if some else None, "ms"),
        recorded("desk.frame_cpu_p99_ms", float(np.percentile(cpu, 99)) if some else None, "ms"),
        recorded(
            "desk.slowest_stretch.fps",
            min(filter(None, map(slowest, measured.fps)), default=None),
            "frames/s",
        ),
        recorded(
            "desk.main_cpu", statistics.median(measured.main_cpu) if measured.main_cpu else None, "cores"
        ),
        recorded("desk.rss_mb", max(measured.rss_mb, default=0.0), "MB"),
        recorded("desk.frames", float(len(wall)), "frames"),
        recorded("desk.seconds", measured.seconds, "s"),
    ]
