"""`tapedeckd bench e2e`: from a feed's event to the end of the paint that shows it, with everything running.

Five windows of 100 rows, 500 instruments, 4,000 ticks/s over all, in real processes: supervisor, feed, desk.
Besides: all windows at 16 ms, ten times the ticks, a quiet market, one group in all windows. At the end of
the busy cases the market stops, and every painted cell is compared with the feed's own final values.
Each figure is the median of several stretches; absolute goals are scaled by the machine's factor.
"""

import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aggregator.bench.desk_child import DeskChild, DesktopMissing, check_installed
from aggregator.bench.final_cells import lost_cells
from aggregator.bench.market_child import MarketChild
from core import platform
from core.bench_report import Report, Result, at_least, at_most, describe_machine, machine_factor, recorded
from core.bus import Bus
from core.logs import logger
from core.profile import Profile, start_supervisor, stop_supervisor

__all__ = ["DesktopMissing", "run"]

WINDOWS: Final = 5
INSTRUMENTS: Final = 500
# 100 rows of 18 px under header, bar and strip.
WINDOW_PX: Final = (1248, 1980)
SETTLE_S: Final = 0.7
PACE_TIMEOUT_S: Final = 10.0
LIVE_STATES: Final = ("live", "halted")
LAST_CELLS_TIMEOUT_S: Final = 5.0
EXAMPLES: Final = 20
CONFIG: Final = "[market]\nfeeds = []\n"

_log = logger("bench")


@dataclass(frozen=True, slots=True)
class Case:
    """One way to run the desk. `cadence_ms` 33 or 16 for all windows; `pages` of 100 instruments shown."""

    name: str
    ticks_per_s: int
    cadence_ms: int = 33
    pages: int = WINDOWS


# Cases of one rate follow each other on one market; the last of them shows all instruments.
CASES: Final = (
    Case("quiet", 40),
    Case("same_group", 4_000, pages=1),
    Case("16ms", 4_000, cadence_ms=16),
    Case("scenario", 4_000),
    Case("10x", 40_000),
)


@dataclass(slots=True)
class Measured:
    """What the stretches of one case gave, one entry a stretch."""

    latency_p50_ms: list[float] = field(default_factory=list)
    latency_p95_ms: list[float] = field(default_factory=list)
    latency_p99_ms: list[float] = field(default_factory=list)
    frame_p99_ms: list[float] = field(default_factory=list)
    fps_slowest: list[float] = field(default_factory=list)
    main_cpu: list[float] = field(default_factory=list)
    total_cpu: list[float] = field(default_factory=list)
    ticks_per_s: list[float] = field(default_factory=list)
    rss_mb: float = 0.0
    dropped: int = 0
    overloads: int = 0
    lost_cells: int | None = None

    def median(self, name: str) -> float | None:
        values: list[float] = getattr(self, name)
        return statistics.median(values) if values else None


def run(quick: bool) -> Report:
    """Measure every case. Raises `DesktopMissing` when there is no desktop; about 40 s when quick."""
    check_installed()
    stretches, stretch_s = (3, 1.2) if quick else (5, 4.0)
    machine = describe_machine(3 if quick else 5)
    factors = [float(machine["factor"])]
    measured = asyncio.run(_measure(stretches, stretch_s, factors))
    # The machine may be busy with other work for half of the minute that this takes.
    machine["factor"] = round(statistics.median(factors), 3)
    return Report("e2e", machine, _results(measured, machine["factor"]))


async def _measure(stretches: int, stretch_s: float, factors: list[float]) -> dict[str, Measured]:
    """Every case; the machine's factor is taken again before each market begins."""
    measured: dict[str, Measured] = {}
    async with running_desk() as (desk, markets):
        for ticks_per_s, cases in itertools.groupby(CASES, lambda case: case.ticks_per_s):
            factors.append(machine_factor(3))
            async with markets.running(ticks_per_s) as market:
                await desk.until(shows_prices, "painted prices")
                for case in cases:
                    figures = measured[case.name] = await _run_case(case, desk, market, stretches, stretch_s)
                figures.lost_cells = await _lost_cells(desk, market)
    return measured


class Markets:
    """Starts one feed process a case, on one supervisor."""

    def __init__(self, profile: Profile, credentials: str, url: str) -> None:
        self._profile, self._credentials, self._url = profile, credentials, url

    @asynccontextmanager
    async def running(self, ticks_per_s: int) -> AsyncIterator[MarketChild]:
        market = MarketChild.start(self._profile, self._url, self._credentials, INSTRUMENTS, ticks_per_s)
        try:
            yield market
        finally:
            market.stop()


@asynccontextmanager
async def running_desk() -> AsyncIterator[tuple[DeskChild, Markets]]:
    """Supervisor and desk with five windows, all ended afterwards."""
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tapedeck-bench-")))
        profile = _profile(home)
        config = home / "bench.toml"
        config.write_text(CONFIG, encoding="utf-8")
        info = await asyncio.to_thread(start_supervisor, profile, tie_to_parent=True, config=config)
        stack.callback(stop_supervisor, info)
        bus = Bus("bench", info.address("admin"))
        await bus.connect()
        stack.push_async_callback(bus.close)
        desk = DeskChild.start(profile, info, bus, WINDOWS, "--layout", "grids")
        stack.callback(desk.stop)
        await desk.until(lambda answer: len(answer["windows"]) == WINDOWS, "its windows")
        # Nobody looks at four of the windows: they shall paint as if somebody did.
        await desk.ask(cells=False, do=[{"density": "compact"}, {"size": list(WINDOW_PX)}, {"untended_s": 0}])
        yield desk, Markets(profile, info.credentials_file, info.url)


def _profile(home: Path) -> Profile:
    """A profile under `home`, whatever the environment says."""
    profile = Profile(home, "bench")
    for directory in (profile.directory, profile.run_dir, profile.logs_dir, profile.state_dir):
        platform.private_directory(directory)
    return profile


async def _run_case(
    case: Case, desk: DeskChild, market: MarketChild, stretches: int, stretch_s: float
) -> Measured:
    measured = Measured()
    pages = [number % case.pages for number in range(WINDOWS)]
    answer = await desk.ask(cells=False, do=[{"pages": pages}, {"cadence_ms": case.cadence_ms}])
    overloads = int(answer["overload"]["episodes"])
    await asyncio.sleep(SETTLE_S)
    await desk.until(shows_prices, "painted prices")
    overloads -= await _is_overloaded(desk)
    for _ in range(stretches):
        await _stretch(measured, desk, market, stretch_s)
    answer = await desk.ask(cells=False)
    measured.rss_mb = desk.rss_mb()
    measured.dropped = int(answer["process"]["dropped"])
    measured.overloads = int(answer["overload"]["episodes"]) - overloads
    return measured


async def _is_overloaded(desk: DeskChild) -> bool:
    """False once its windows paint at their own pace: what one case slowed down does not count in the next.

    On a machine that is too slow for the case it stays so, and that is a result.
    """
    try:
        await desk.until(
            lambda said: not said["overload"]["active"], "its own pace", PACE_TIMEOUT_S, cells=False
        )
    except DesktopMissing as error:
        _log.warning("measured while overloaded", reason=str(error))
        return True
    return False


async def _stretch(measured: Measured, desk: DeskChild, market: MarketChild, stretch_s: float) -> None:
    await desk.ask(cells=False, mark=True)
    ticks, main_s, total_s = await market.events_published(), *desk.cpu_s()
    begin_s = time.monotonic()
    await asyncio.sleep(stretch_s)
    main_after_s, total_after_s = desk.cpu_s()
    ticks_after = await market.events_published()
    lasted_s = time.monotonic() - begin_s
    answer = await desk.ask(cells=False)
    summary = answer["since_mark"]
    for name in ("latency_p50_ms", "latency_p95_ms", "latency_p99_ms", "frame_p99_ms"):
        if summary[name] is not None:
            getattr(measured, name).append(summary[name])
    measured.fps_slowest.append(min(window["since_mark"]["frames_per_s"] for window in answer["windows"]))
    measured.main_cpu.append((main_after_s - main_s) / lasted_s)
    measured.total_cpu.append((total_after_s - total_s) / lasted_s)
    measured.ticks_per_s.append((ticks_after - ticks) / lasted_s)


async def _lost_cells(desk: DeskChild, market: MarketChild) -> int:
    """Stop the market; cells that still differ from its final values once nothing moves any more."""
    final = await market.final_cells()
    deadline_s = time.monotonic() + LAST_CELLS_TIMEOUT_S
    while True:
        answer = await desk.ask()
        panels = [panel for window in answer["windows"] for panel in window["panels"]]
        lost, compared = lost_cells(panels, final)
        if (compared and not lost) or time.monotonic() > deadline_s:
            if lost:
                _log.warning("cells differ from the last values", count=len(lost), first=lost[:EXAMPLES])
            return len(lost) if compared else INSTRUMENTS
        await asyncio.sleep(0.1)


def shows_prices(answer: dict[str, Any]) -> bool:
    panels: Sequence[dict[str, Any]] = [p for window in answer["windows"] for p in window["panels"]]
    return all(
        panel["instruments"] and panel["cells"] and panel["state"] in ("live", "halted") for panel in panels
    )


def _results(measured: dict[str, Measured], factor: float) -> list[Result]:
    scenario, fast, quiet, heavy = (measured[name] for name in ("scenario", "16ms", "quiet", "10x"))
    lost = [each.lost_cells for each in measured.values() if each.lost_cells is not None]
    results = [
        recorded("e2e.paint_p50_ms", scenario.median("latency_p50_ms"), "ms"),
        at_most("e2e.paint_p95_ms", scenario.median("latency_p95_ms"), "ms", 55 * factor),
        at_most("e2e.paint_p99_ms", scenario.median("latency_p99_ms"), "ms", 70 * factor),
        at_most("e2e.lost_final_cells", float(sum(lost)), "cells", 0),
        at_most("e2e.main_cpu", scenario.median("main_cpu"), "cores", 0.25 * factor),
        recorded("e2e.total_cpu", scenario.median("total_cpu"), "cores"),
        recorded("e2e.frame_p99_ms", scenario.median("frame_p99_ms"), "ms"),
        at_most("e2e.rss_mb", max(each.rss_mb for each in measured.values()), "MB", 350),
        at_most("e2e.dropped", float(max(each.dropped for each in measured.values())), "messages", 0),
        at_most("e2e.16ms.p95", fast.median("latency_p95_ms"), "ms", 32 * factor),
        at_least("e2e.16ms.fps", fast.median("fps_slowest"), "frames/s", 60),
        recorded("e2e.16ms.main_cpu", fast.median("main_cpu"), "cores"),
        at_most("e2e.quiet.p50", quiet.median("latency_p50_ms"), "ms", 10 * factor),
        recorded("e2e.10x.p95", heavy.median("latency_p95_ms"), "ms"),
        recorded("e2e.10x.main_cpu", heavy.median("main_cpu"), "cores"),
        recorded("e2e.10x.ticks_per_s", heavy.median("ticks_per_s"), "ticks/s"),
    ]
    same = measured["same_group"]
    return [
        *results,
        recorded("e2e.same_group.p95", same.median("latency_p95_ms"), "ms"),
        recorded("e2e.same_group.main_cpu", same.median("main_cpu"), "cores"),
        recorded("e2e.overloads", float(sum(each.overloads for each in measured.values())), "times"),
        recorded("e2e.ticks_per_s", scenario.median("ticks_per_s"), "ticks/s"),
    ]
