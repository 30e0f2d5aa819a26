"""What a run costs over nautilus' own `engine.run`, and what an import does.

A year of minutes under `sma_crossover`, from the run's start to the last artifact closed, inside the child.
In the same child the bare engine goes over the same bars, in turns of 4,096 with the run (quick: over each
third of these), its time kept apart: a shared machine changes its speed by half within seconds, and so it
does for both. The ratio is the median over such children. Two go at once, but each starts when the one
before has: starts are timed, too. One comes first and does not count: it compiles what is imported and
reads the calendar, once a dataset.
"""

import statistics
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from aggregator.bench import importing
from aggregator.bench import year_dataset as year
from core.backtest.dataset import Dataset
from core.backtest.home import ResearchHome
from core.backtest.planning import plan
from core.backtest.run_child import RunChild
from core.backtest.run_files import RunState
from core.backtest.spec import RunSpec
from core.bench_report import Report, Result, at_most, describe_machine, recorded

SESSIONS: Final = 252  # also when quick: what does not grow with the bars would weigh more in less
RUNS_FULL: Final = 6
RUNS_QUICK: Final = 3
AT_ONCE: Final = 2
BARE_FULL: Final = 1  # over each chunk of bars
BARE_QUICK: Final = 3
OVER_BARE_GOAL: Final = 1.25
START_GOAL_S: Final = 2.0
ARTIFACTS_GOAL_MB: Final = 50.0


def run(quick: bool) -> Report:
    """Medians of `RUNS_FULL` (`quick`: `RUNS_QUICK`) runs; then the import."""
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
        _warm_up(home, spec)
        # Another seed is another run, so that two are made at once; nothing here is left to chance.
        specs = [replace(spec, seed=number) for number in range(RUNS_QUICK if quick else RUNS_FULL)]
        starting, every = threading.Lock(), BARE_QUICK if quick else BARE_FULL
        with ThreadPoolExecutor(AT_ONCE) as pool:
            ours = list(pool.map(lambda each: _result(home, each, starting, every), specs))
        bytes_written = sum(path.stat().st_size for path in (home.runs / spec.run_id).iterdir())
    total_s = [each["durations_s"]["total"] for each in ours]
    bare_s = [each["bare_s"] for each in ours]
    starts_s = [each["durations_s"]["start"] for each in ours]
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


def _warm_up(home: ResearchHome, spec: RunSpec) -> None:
    begin_ns = Dataset.open(home, spec.dataset_id).manifest.instruments[0].begin_ns
    _result(home, replace(spec, end_ns=begin_ns + 60 * year.MINUTE_NS), threading.Lock(), BARE_FULL)


def _result(home: ResearchHome, spec: RunSpec, starting: threading.Lock, every: int) -> dict[str, Any]:
    """What the child says of the run; `starting` is held until it has begun."""
    with ExitStack() as begun:
        begun.enter_context(starting)
        end = RunChild(home, spec, again=True, beside_bare=every).wait(lambda _progress: begun.close())
    if end.state is not RunState.DONE or end.result is None:
        raise RuntimeError(f"the run failed: {end.error}")
    return end.result
