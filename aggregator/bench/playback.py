"""Part of `tapedeckd bench replay`: a finished run played as a film on a real desk.

A year of minutes of ten instruments, with fills, on a window with every panel of a run: frames a second,
how evenly they come and what the GUI thread spends while the year passes in a minute; and from the order
to seek to the end of the paint that shows it.
"""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from aggregator.bench.desk_child import DeskChild
from aggregator.bench.made_run import made_dataset, made_run
from core.backtest.home import ResearchHome
from core.backtest.spec import VenueModel
from core.bench_report import Result, at_least, at_most, recorded
from core.bus import Bus
from core.clock import NS_PER_MS, NS_PER_S, wall_ns
from core.profile import Profile, SupervisorInfo

INSTRUMENTS: Final = tuple(f"XNAS:{letter * 3}" for letter in "ABCDEFGHIJ")
SESSIONS: Final = 252
YEAR_S: Final = 60
FRAME_MS: Final = 1_000 / 60
FPS_GOAL: Final = 60.0
JITTER_GOAL_MS: Final = 3.0
SEEK_GOAL_MS: Final = 33.0
MAIN_CPU_GOAL: Final = 0.4
WINDOW_PX: Final = (1600, 1000)
PANELS: Final = ("metrics", "trades", "equity")
SEED: Final = 11
PAINT_TIMEOUT_S: Final = 5.0
SETTLE_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured."""

    seeks: int
    seconds: float
    sessions: int = SESSIONS


@dataclass(slots=True)
class Played:
    """What was found; one entry a frame or a seek."""

    gaps_ms: list[float] = field(default_factory=list)  # between the ends of frames
    frame_ms: list[float] = field(default_factory=list)
    seek_ms: list[float] = field(default_factory=list)
    fps: float | None = None
    main_cpu: float | None = None  # of a core
    bars: int = 0


async def measure_playback(
    profile: Profile, info: SupervisorInfo, bus: Bus, amount: Amount, played: Played
) -> None:
    """Fill `played`. Raises `DesktopMissing`."""
    run_id, played.bars = await asyncio.to_thread(_make, profile, amount.sessions)
    desk = DeskChild.start(profile, info, bus, 1, "--run", run_id)
    try:
        await desk.until(_plays, "the film")
        acts: list[dict[str, Any]] = [{"size": list(WINDOW_PX)}, {"untended_s": 0}]
        acts += [{"panel": kind} for kind in PANELS]
        answer = await desk.ask(cells=False, do=acts)
        begin_ns, end_ns = _span(answer)
        await _seek(played, desk, begin_ns, end_ns, amount.seeks)
        await _play(played, desk, begin_ns, end_ns, amount)
    finally:
        desk.stop()


def _make(profile: Profile, sessions: int) -> tuple[str, int]:
    home = ResearchHome.of(profile)
    dataset = made_dataset(home, INSTRUMENTS, sessions)
    # So much cash that nothing of it is a question of solvency.
    run = made_run(home, dataset, fast=60, slow=240, venue=VenueModel(starting_cash=1e7))
    return run.manifest.run_id, run.manifest.bars


def _player(answer: dict[str, Any]) -> dict[str, Any] | None:
    panels = [panel for window in answer["windows"] for panel in window["panels"]]
    return next((panel for panel in panels if panel["kind"] == "player"), None)


def _plays(answer: dict[str, Any]) -> bool:
    player = _player(answer)
    panels = [panel for window in answer["windows"] for panel in window["panels"]]
    charts = [panel for panel in panels if panel["kind"] == "chart"]
    return player is not None and bool(player["end_ns"]) and bool(charts)


def _span(answer: dict[str, Any]) -> tuple[int, int]:
    player = _player(answer)
    assert player is not None
    return int(player["begin_ns"]), int(player["end_ns"])


async def _seek(played: Played, desk: DeskChild, begin_ns: int, end_ns: int, seeks: int) -> None:
    """Random seeks back and forth; the first two warm up."""
    dice = random.Random(SEED)
    for number in range(seeks + 2):
        to_ns = begin_ns + dice.randrange(end_ns - begin_ns)
        before = await desk.ask(cells=False)
        epoch = int(before["windows"][0]["epoch"])
        ordered_ns = wall_ns()
        await desk.ask(cells=False, do=[{"transport": {"seek": to_ns}}])

        def is_painted(answer: dict[str, Any], epoch: int = epoch) -> bool:
            flipped = answer["windows"][0]["flipped"]
            return bool(flipped["epoch"] > epoch and flipped["at_ns"])

        answer = await desk.until(is_painted, "the frame of a seek", PAINT_TIMEOUT_S, cells=False)
        if number >= 2:
            painted_ns = int(answer["windows"][0]["flipped"]["at_ns"])
            played.seek_ms.append((painted_ns - ordered_ns) / NS_PER_MS)


async def _play(played: Played, desk: DeskChild, begin_ns: int, end_ns: int, amount: Amount) -> None:
    """At the speed at which the year takes a minute, from a third of it on."""
    trading_s = amount.sessions * 390 * 60
    speed_milli = trading_s * 1_000 // YEAR_S
    seek_ns = begin_ns + (end_ns - begin_ns) // 3 if amount.seconds < YEAR_S / 2 else begin_ns
    transport = {"seek": seek_ns, "speed": speed_milli, "play": True}
    await desk.ask(cells=False, do=[{"transport": transport}])
    await asyncio.sleep(SETTLE_S)
    await desk.ask(cells=False, mark=True)
    main_s, begin = desk.cpu_s()[0], asyncio.get_running_loop().time()
    await asyncio.sleep(amount.seconds)
    lasted_s = asyncio.get_running_loop().time() - begin
    played.main_cpu = (desk.cpu_s()[0] - main_s) / lasted_s
    answer = await desk.ask(cells=False, frames=True)
    frames = answer["frames"]
    ends_ns = np.array(frames["end_ns"], np.int64)
    ends_ns = ends_ns[ends_ns <= (ends_ns[0] if len(ends_ns) else 0) + amount.seconds * NS_PER_S]
    played.gaps_ms += (np.diff(ends_ns) / NS_PER_MS).tolist()
    played.frame_ms += [us / 1e3 for us in frames["frame_us"]]
    if len(ends_ns) > 1:
        played.fps = (len(ends_ns) - 1) / ((ends_ns[-1] - ends_ns[0]) / NS_PER_S)


def playback_results(played: Played, factor: float) -> list[Result]:
    """Lines of the report. Frames a second go to a hundredth: the grid of frames is a timer's."""
    gaps, seeks = np.array(played.gaps_ms), played.seek_ms
    jitter = float(np.percentile(np.abs(gaps - FRAME_MS), 95)) if len(gaps) else None
    seek_p95 = float(np.percentile(seeks, 95)) if seeks else None
    frame_p95 = float(np.percentile(played.frame_ms, 95)) if played.frame_ms else None
    fps = round(played.fps, 0) if played.fps is not None else None
    return [
        at_least("playback.fps", fps, "frames/s", FPS_GOAL / max(1.0, factor)),
        at_most("playback.frame_jitter_p95_ms", jitter, "ms", JITTER_GOAL_MS * factor),
        at_most("playback.seek_to_paint_p95_ms", seek_p95, "ms", SEEK_GOAL_MS * factor),
        at_most("playback.main_cpu", played.main_cpu, "cores", MAIN_CPU_GOAL * factor),
        recorded("playback.frame_p95_ms", frame_p95, "ms"),
        recorded("playback.bars", float(played.bars), "bars"),
    ]
