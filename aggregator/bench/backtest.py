"""What a run costs over nautilus' own `engine.run`, and what an import does.

A year of minutes under `sma_crossover`: our time is from the run's start to the last
artifact closed, inside the child. The bare engine goes over the same bars in a child of its own at the same
time, one core each: a shared machine changes its speed within seconds by half, and so it does for both. The
ratio is the median over such pairs; starts are timed alone. One of each comes first and does not count: it
compiles what is imported and reads the calendar, once a dataset.
"""

import json
import statistics
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from aggregator.bench import importing
from aggregator.bench import year_dataset as year
from core.backtest.home import ResearchHome
from core.backtest.planning import plan
from core.backtest.run_child import RunChild, start_engine
from core.backtest.run_files import RunState
from core.backtest.spec import RunSpec
from core.bench_report import Report, Result, at_most, describe_machine, recorded

SESSIONS: Final = 252  # also when quick: what does not grow with the bars would weigh more in less
PAIRS_FULL: Final = 5
PAIRS_QUICK: Final = 3
OVER_BARE_GOAL: Final = 1.25
START_GOAL_S: Final = 2.0
ARTIFACTS_GOAL_MB: Final = 50.0
CHILD_S_MAX: Final = 600


def run(quick: bool) -> Report:
    """Medians of `PAIRS_FULL` (`quick`: `PAIRS_QUICK`) pairs; then the import."""
    machine = describe_machine()
    factor = float(machine["factor"])
    return Report("backtest", machine, [*measure(quick, factor), *importing.measure(quick, factor)])


def measure(quick: bool, factor: float) -> list[Result]:
    """The run's results. Absolute goals are scaled by `factor`."""
    with tempfile.TemporaryDirectory(prefix="tapedeck-backtest-") as place:
        home = ResearchHome(Path(place) / "research")
        home.make()
        manifest = year.year_dataset(home, SESSIONS)
        spec = plan(home, manifest.id, "sma_crossover", {})
        morning_ns = manifest.instruments[0].begin_ns + 60 * year.MINUTE_NS
        short = plan(home, manifest.id, "sma_crossover", {}, end_ns=morning_ns)
        bare_s, ours, starts_s = [], [], []
        _bare_s(home, short)
        _our_result(home, short)
        with ThreadPoolExecutor(1) as beside:
            for _ in range(PAIRS_QUICK if quick else PAIRS_FULL):
                starts_s.append(_our_result(home, short)["durations_s"]["start"])
                bare = beside.submit(_bare_s, home, spec)
                ours.append(_our_result(home, spec))
                bare_s.append(bare.result())
        bytes_written = sum(path.stat().st_size for path in (home.runs / spec.run_id).iterdir())
    total_s = [each["durations_s"]["total"] for each in ours]
    ratio = statistics.median(mine / theirs for mine, theirs in zip(total_s, bare_s, strict=True))
    bars = ours[0]["bars"]
    return [
        at_most(
            "backtest.over_bare", ratio, "x", OVER_BARE_GOAL, peer=statistics.median(bare_s), ratio=ratio
        ),
        recorded("backtest.run_s", statistics.median(total_s), "s"),
        recorded("backtest.bars_per_s", bars / statistics.median(total_s), "bars/s"),
        recorded("backtest.bars", bars, "bars"),
        at_most("backtest.child_start_s", statistics.median(starts_s), "s", START_GOAL_S * factor),
        at_most("backtest.artifacts_mb", bytes_written / 1e6, "MB", ARTIFACTS_GOAL_MB),
    ]


def _our_result(home: ResearchHome, spec: RunSpec) -> dict[str, Any]:
    end = RunChild(home, spec, again=True).wait(lambda _progress: None)
    if end.state is not RunState.DONE or end.result is None:
        raise RuntimeError(f"the run failed: {end.error}")
    return end.result


def _bare_s(home: ResearchHome, spec: RunSpec) -> float:
    file = home.directory / "bare.json"
    file.write_text(spec.canonical(), encoding="utf-8")
    child = start_engine(home, ["bare", str(file)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    out, complaint = child.communicate(timeout=CHILD_S_MAX)
    if child.returncode:
        raise RuntimeError(f"the bare engine failed: {complaint.strip().splitlines()[-1:]}")
    return float(json.loads(out)["bare_s"])
