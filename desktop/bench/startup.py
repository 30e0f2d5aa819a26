"""How long from exec to the first live value on the screen, and what the desk then holds in memory.

A supervisor with a synthetic market runs already, in a profile of its own; each round starts a whole desk as
a child and asks it over the bus when its first paint with a live value had ended.
"""

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
from rich.console import Console

from core import platform, subjects
from core.bench_report import REPEATS_FULL, REPEATS_QUICK, Report, at_most, describe_machine
from core.bench_table import print_report
from core.bus import Bus, BusError
from core.clock import NS_PER_S, wall_ns
from core.profile import (
    HOME_VARIABLE,
    Profile,
    ProfileError,
    SupervisorInfo,
    start_supervisor,
    stop_supervisor,
)
from desktop.demo import settings_text
from desktop.platform import prepare_platform

FIRST_CELL_GOAL_S: Final = 2.5
RSS_GOAL_MB: Final = 350.0
INSTRUMENTS: Final = 100
TICKS_PER_S: Final = 2_000
ROUND_TIMEOUT_S: Final = 20.0
SETTLE_S: Final = 1.5  # resident memory after the first hundred frames


@dataclass(frozen=True, slots=True)
class Round:
    """One start: seconds to the first live value, MB resident a moment later."""

    first_cell_s: float
    rss_mb: float


def run_startup_bench(json_file: Path, *, quick: bool = False) -> int:
    """Write the report; 0 when both goals are met, 1 when not or when nothing could be measured."""
    home = Path(tempfile.mkdtemp(prefix="tapedeck-startup-"))
    os.environ[HOME_VARIABLE] = str(home)
    try:
        profile = Profile.open("startup")
        config = profile.directory / "market.toml"
        config.write_text(settings_text(INSTRUMENTS, TICKS_PER_S), encoding="utf-8")
        info = start_supervisor(profile, tie_to_parent=True, config=config)
        try:
            rounds = asyncio.run(_measure(info, REPEATS_QUICK if quick else REPEATS_FULL))
        finally:
            stop_supervisor(info)
    except (ProfileError, BusError, TimeoutError, OSError) as error:
        sys.stderr.write(f"tapedeck bench startup: {error}\n")
        return 1
    finally:
        shutil.rmtree(home, ignore_errors=True)
    report = _report(rounds, quick)
    print_report(report, Console())
    report.write(json_file)
    return 0 if report.ok else 1


def _report(rounds: list[Round], quick: bool) -> Report:
    machine = describe_machine(REPEATS_QUICK if quick else REPEATS_FULL)
    first_cell_s = statistics.median(each.first_cell_s for each in rounds)
    rss_mb = statistics.median(each.rss_mb for each in rounds)
    # Time scales with the machine, memory does not.
    goal_s = FIRST_CELL_GOAL_S * max(1.0, float(machine["factor"]))
    return Report(
        "startup",
        machine,
        (
            at_most("startup.first_cell_s", round(first_cell_s, 3), "s", round(goal_s, 3)),
            at_most("startup.rss_mb", round(rss_mb, 1), "MB", RSS_GOAL_MB),
        ),
    )


async def _measure(info: SupervisorInfo, repeats: int) -> list[Round]:
    bus = Bus("bench-startup", info.address("admin"))
    await bus.connect()
    try:
        await _wait_market(bus)
        return [await _one_start(bus, info) for _ in range(repeats)]
    finally:
        await bus.close()


async def _wait_market(bus: Bus) -> None:
    """Until the market process answers: its start is not the desk's."""
    from core.scope import LIVE

    async with asyncio.timeout(ROUND_TIMEOUT_S):
        while True:
            try:
                if await bus.request(subjects.directory_get(LIVE), b"", 500):
                    return
            except BusError:
                await asyncio.sleep(0.1)


async def _one_start(bus: Bus, info: SupervisorInfo) -> Round:
    prepare_platform(offscreen=True)
    command = [sys.executable, "-m", "desktop", "--server", info.url, "--inspect", "--layout", "grids"]
    command += ["--creds", info.credentials_file] if info.credentials_file else []
    begin_ns = wall_ns()
    # Blocking on purpose: it is the start that is measured.
    desk = subprocess.Popen(  # noqa: ASYNC220
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ},
        **platform.background_flags(detached=False),
    )  # fmt: skip
    try:
        first_value_ns = await _first_value_ns(bus, desk.pid)
        await asyncio.sleep(SETTLE_S)
        rss_mb = psutil.Process(desk.pid).memory_info().rss / (1 << 20)
    finally:
        platform.finish(desk, ROUND_TIMEOUT_S)
    return Round((first_value_ns - begin_ns) / NS_PER_S, rss_mb)


async def _first_value_ns(bus: Bus, pid: int) -> int:
    """Wall time at which the desk `pid` had first painted a live value. Raises `TimeoutError`."""
    request = json.dumps({"cells": False}).encode()
    async with asyncio.timeout(ROUND_TIMEOUT_S):
        while True:
            try:
                answer = json.loads(await bus.request(subjects.inspect(f"desk-{pid}"), request, 500))
            except BusError:
                answer = {}
            if answer.get("first_value_ns"):
                return int(answer["first_value_ns"])
            await asyncio.sleep(0.1)
