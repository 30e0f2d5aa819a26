"""`tapedeckd bench replay`: a session, and then a run, under a real desk, with everything running.

An hour of 100 instruments, when quick ten minutes: from the order to seek to the end of the paint that shows
it, events a second and frames a second as fast as possible, and memory while it is looped. A recording of 13
exchanges, or half a minute of that tape where there is none: how well the gaps between events keep their
length at 1x. Absolute goals are scaled by the machine's factor.
"""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from aggregator.bench.desk_child import DeskChild, DesktopMissing, check_installed
from aggregator.bench.hour_tape import hour_tape_file
from aggregator.bench.playback import Amount as PlaybackAmount
from aggregator.bench.playback import Played, measure_playback, playback_results
from aggregator.bench.replay_timing import gap_errors_ms
from aggregator.bench.session_child import MAX_SPEED, SessionChild
from core import platform
from core.bench_report import Report, Result, at_least, at_most, describe_machine, machine_factor, recorded
from core.bus import Bus
from core.clock import NS_PER_MS, NS_PER_S, wall_ns
from core.profile import Profile, SupervisorInfo, start_supervisor, stop_supervisor
from core.tasks import TaskSet
from core.wire.generated.control_pb2 import ReplayControl, SessionClock

__all__ = ["DesktopMissing", "run"]

EVENTS_PER_S_GOAL: Final = 500_000
FPS_GOAL: Final = 60
TIMING_GOAL_MS: Final = 5.0
SEEK_GOAL_MS: Final = 150.0
GROWTH_GOAL_PERCENT: Final = 2.0
SEED: Final = 7
WINDOW_PX: Final = (1600, 1000)
FAST_CADENCE_MS: Final = 16
PAINT_TIMEOUT_S: Final = 5.0
ROUND_TIMEOUT_S: Final = 120.0
RSS_INTERVAL_S: Final = 0.05
WARM_UP_ROUNDS: Final = 2  # the one that is under way, and a whole one
CONFIG: Final = "[market]\nfeeds = []\n"
# Beside the repository, as the tests look for it.
RECORDING: Final = (
    Path(__file__).resolve().parents[3] / "shared" / "data" / "normalised" / "crypto_multi_dev.parquet"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured."""

    seeks: int
    max_runs: int
    rounds: int  # of the loop after the one that warms up
    timing_s: float
    playback: PlaybackAmount
    tape_s: int  # how much of the synthetic market


QUICK: Final = Amount(
    seeks=30, max_runs=2, rounds=3, timing_s=3.0, playback=PlaybackAmount(seeks=20, seconds=5.0), tape_s=600
)
FULL: Final = Amount(
    seeks=200,
    max_runs=5,
    rounds=6,
    timing_s=28.0,
    playback=PlaybackAmount(seeks=100, seconds=55.0),
    tape_s=3_600,
)


@dataclass(slots=True)
class Measured:
    """What was found; one entry a seek, a run or a sample."""

    seek_ms: list[float] = field(default_factory=list)
    events_per_s: list[float] = field(default_factory=list)
    fps: list[float] = field(default_factory=list)
    session_rss_mb: list[float] = field(default_factory=list)  # median of each round
    desk_rss_mb: list[float] = field(default_factory=list)
    timing_p99_ms: float | None = None
    timing_events: int = 0
    played: Played = field(default_factory=Played)


def run(quick: bool) -> Report:
    """Measure everything. Raises `DesktopMissing` when there is no desktop; about 45 s when quick."""
    check_installed()
    machine = describe_machine(3 if quick else 5)
    factors = [float(machine["factor"])]
    measured = asyncio.run(measure(QUICK if quick else FULL, factors))
    machine["factor"] = round(statistics.median(factors), 3)
    return Report("replay", machine, results(measured, machine["factor"]))


async def measure(amount: Amount, factors: list[float], tape: Path | None = None) -> Measured:
    """Every figure; `tape` instead of the hour is for tests."""
    measured = Measured()
    async with _stage() as stage:
        path = tape
        if path is None:
            path = await asyncio.to_thread(hour_tape_file, stage.home, seconds=amount.tape_s)
        async with stage.session(path, "hour") as session:
            begin = await session.ready()
            async with stage.desk(session) as desk:
                await _seek(measured, session, desk, begin, amount.seeks)
                factors.append(machine_factor(3))
                for _ in range(amount.max_runs):
                    await _run_at_max(measured, session, desk, begin)
                factors.append(machine_factor(3))
                await _loop(measured, session, desk, amount.rounds)
        recording = RECORDING if RECORDING.exists() else path
        async with stage.session(recording, "timing") as session:
            await session.ready()
            errors = await gap_errors_ms(stage.bus, session, amount.timing_s)
            measured.timing_events = len(errors)
            measured.timing_p99_ms = float(np.percentile(errors, 99)) if len(errors) else None
        await measure_playback(stage.profile, stage.info, stage.bus, amount.playback, measured.played)
    return measured


class _Stage:
    """Starts sessions and desks on one supervisor."""

    def __init__(self, home: Path, profile: Profile, info: SupervisorInfo, bus: Bus) -> None:
        self.home, self.bus = home, bus
        self.profile, self.info = profile, info

    @asynccontextmanager
    async def session(self, file: Path, name: str) -> AsyncIterator[SessionChild]:
        session = SessionChild.start(self.profile, self.info, self.bus, (file,), name)
        try:
            yield session
        finally:
            session.stop()

    @asynccontextmanager
    async def desk(self, session: SessionChild) -> AsyncIterator[DeskChild]:
        """One window with grid, chart and player, at the pace of one that is in front."""
        desk = DeskChild.start(self.profile, self.info, self.bus, 1, "--session", session.name)
        try:
            await desk.until(lambda answer: answer["windows"], "its window")
            await desk.ask(cells=False, do=[{"size": list(WINDOW_PX)}, {"cadence_ms": FAST_CADENCE_MS}])
            await desk.until(_stands, "a picture of the session")
            yield desk
        finally:
            desk.stop()


@asynccontextmanager
async def _stage() -> AsyncIterator[_Stage]:
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tapedeck-bench-")))
        profile = Profile(home, "bench")
        for directory in (profile.directory, profile.run_dir, profile.logs_dir, profile.state_dir):
            platform.private_directory(directory)
        config = home / "bench.toml"
        config.write_text(CONFIG, encoding="utf-8")
        info = await asyncio.to_thread(start_supervisor, profile, tie_to_parent=True, config=config)
        stack.callback(stop_supervisor, info)
        bus = Bus("bench", info.address("admin"))
        await bus.connect()
        stack.push_async_callback(bus.close)
        yield _Stage(home, profile, info, bus)


def _stands(answer: dict[str, Any]) -> bool:
    """Grid and chart of every window show something."""
    panels = [panel for window in answer["windows"] for panel in window["panels"]]
    return all(panel["cells"] for panel in panels if "cells" in panel) and any(
        panel["bars"] for panel in panels if panel["kind"] == "chart"
    )


async def _seek(
    measured: Measured, session: SessionChild, desk: DeskChild, begin: SessionClock, seeks: int
) -> None:
    """Random seeks back and forth, each from the order to the end of the paint that shows it."""
    dice = random.Random(SEED)
    for _ in range(seeks):
        to_ns = begin.begin_ns + dice.randrange(begin.end_ns - begin.begin_ns)
        ordered_ns = wall_ns()
        clock = await session.seek(to_ns)
        flipped_ns = await _flipped(desk, clock.epoch)
        measured.seek_ms.append((flipped_ns - ordered_ns) / NS_PER_MS)


async def _flipped(desk: DeskChild, epoch: int) -> int:
    """Wall time at which the first frame of that epoch was painted. Raises `DesktopMissing` without one."""

    def is_painted(answer: dict[str, Any]) -> bool:
        flipped = answer["windows"][0]["flipped"]
        return bool(flipped["epoch"] >= epoch and flipped["at_ns"])

    answer = await desk.until(is_painted, f"epoch {epoch}", PAINT_TIMEOUT_S)
    return int(answer["windows"][0]["flipped"]["at_ns"])


async def _run_at_max(
    measured: Measured, session: SessionChild, desk: DeskChild, begin: SessionClock
) -> None:
    """Once from the first event to the last, as fast as possible."""
    clocks: list[SessionClock] = []
    clock = await session.seek(begin.begin_ns)
    await _flipped(desk, clock.epoch)
    subscription = await session.listen(clocks.append)
    try:
        await desk.ask(cells=False, mark=True)
        started = await session.play(MAX_SPEED)
        await _wait(lambda: bool(clocks) and clocks[-1].state == SessionClock.ENDED, ROUND_TIMEOUT_S)
        answer = await desk.ask(cells=False)
    finally:
        subscription.unsubscribe()
    ended = next(clock for clock in clocks if clock.state == SessionClock.ENDED)
    seconds = (ended.sent_ns - started.sent_ns) / NS_PER_S
    measured.events_per_s.append((ended.events_played - started.events_played) / seconds)
    measured.fps.append(min(window["since_mark"]["frames_per_s"] for window in answer["windows"]))


async def _loop(measured: Measured, session: SessionChild, desk: DeskChild, rounds: int) -> None:
    """Loop at the greatest speed; the median memory of each round but the first two, one of them whole.

    A round begins with an epoch of its own. `rounds` follow the first one that counts.
    """
    epochs: dict[int, list[tuple[float, float]]] = {}  # in their order: samples of (session, desk)

    def on_clock(clock: SessionClock) -> None:
        epochs.setdefault(clock.epoch, [(session.rss_mb(), desk.rss_mb())])

    subscription = await session.listen(on_clock)
    sampling = TaskSet()
    last = WARM_UP_ROUNDS + rounds + 1
    try:
        await session.order(ReplayControl.LOOP, is_looped=True)
        epochs.clear()
        await session.play(MAX_SPEED)
        sampling.start(_sample(session, desk, epochs), "rss")
        for number in range(1, last + 1):
            await _wait(lambda begun=number: len(epochs) > begun, ROUND_TIMEOUT_S)
        await session.order(ReplayControl.PAUSE)
    finally:
        await sampling.close()
        subscription.unsubscribe()
    counted = [each for each in list(epochs.values())[WARM_UP_ROUNDS:last] if each]
    measured.session_rss_mb += [statistics.median(mb for mb, _ in each) for each in counted]
    measured.desk_rss_mb += [statistics.median(mb for _, mb in each) for each in counted]


async def _sample(
    session: SessionChild, desk: DeskChild, epochs: dict[int, list[tuple[float, float]]]
) -> None:
    while True:
        if epochs:
            epochs[max(epochs)].append((session.rss_mb(), desk.rss_mb()))
        await asyncio.sleep(RSS_INTERVAL_S)


async def _wait(condition: Any, timeout_s: float) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"the session did not play its tape in {timeout_s:g} s")
        await asyncio.sleep(0.005)


def growth_percent(rss_mb: list[float]) -> float | None:
    """From the first counted round to the last."""
    return 100 * (rss_mb[-1] / rss_mb[0] - 1) if len(rss_mb) > 1 else None


def results(measured: Measured, factor: float) -> list[Result]:
    """The lines of the report."""
    seeks = measured.seek_ms
    p50, p95 = (float(np.percentile(seeks, q)) if seeks else None for q in (50, 95))
    growth = [growth_percent(each) for each in (measured.session_rss_mb, measured.desk_rss_mb)]
    events_per_s = statistics.median(measured.events_per_s) if measured.events_per_s else None
    fps = statistics.median(measured.fps) if measured.fps else None
    return [
        at_least("replay.max_events_per_s", events_per_s, "events/s", EVENTS_PER_S_GOAL / factor),
        at_least("replay.max_desk_fps", fps, "frames/s", FPS_GOAL),
        at_most("replay.timing_p99_ms", measured.timing_p99_ms, "ms", TIMING_GOAL_MS * factor),
        recorded("replay.timing_events", measured.timing_events, "events"),
        recorded("replay.seek_to_paint_p50_ms", p50, "ms"),
        recorded("replay.seek_to_paint_p95_ms", p95, "ms"),
        at_most("replay.seek_to_paint_max_ms", max(seeks, default=None), "ms", SEEK_GOAL_MS * factor),
        recorded("replay.seeks", len(seeks), "seeks"),
        at_most("replay.loop_rss_growth_percent.session", growth[0], "%", GROWTH_GOAL_PERCENT),
        at_most("replay.loop_rss_growth_percent.desk", growth[1], "%", GROWTH_GOAL_PERCENT),
        recorded("replay.session_rss_mb", max(measured.session_rss_mb, default=None), "MB"),
        recorded("replay.desk_rss_mb", max(measured.desk_rss_mb, default=None), "MB"),
        *playback_results(measured.played, factor),
    ]
