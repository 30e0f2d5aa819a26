"""`import.events_per_s` and `import.rss_mb`: generated DBN, trades and quotes, into a dataset.

Ten million records (quick: one), half of them trades and half mbp-1, zstd, timed from hashing to the renamed
directory, each time in a process of its own. Beside it databento_dbn's own records in a plain Python loop, on
trades alone, and (not quick) the floor: unpacking and finding the records. In turns; figures are medians.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from aggregator.bench.import_files import write_file
from core.backtest.run_child import compiled_once
from core.bench_report import Report, Result, at_least, at_most, describe_machine, recorded

EVENTS_FULL: Final = 10_000_000
EVENTS_QUICK: Final = 1_000_000
TURNS_FULL: Final = 5
TURNS_QUICK: Final = 3
PEER_EVENTS: Final = 300_000  # a plain loop does some 0.5 million a second
GOAL_PER_S: Final = 1_000_000
GOAL_MB: Final = 2_048
CHILD_S_MAX: Final = 300


def run(quick: bool) -> Report:
    """The report of `bench importing`."""
    machine = describe_machine()
    return Report("importing", machine, measure(quick, float(machine["factor"])))


def measure(quick: bool, factor: float) -> list[Result]:
    """The import's results, for a report of somebody else, too. Absolute goals are scaled by `factor`."""
    events = EVENTS_QUICK if quick else EVENTS_FULL
    with tempfile.TemporaryDirectory(prefix="tapedeck-import-") as place:
        directory = Path(place)
        files = [
            write_file(directory / "trades.dbn.zst", "trades", events // 2),
            write_file(directory / "mbp-1.dbn.zst", "mbp-1", events // 2),
        ]
        few = write_file(directory / "few.dbn.zst", "trades", PEER_EVENTS)
        kinds = {"ours": files, "databento": [few], **({} if quick else {"floor": files})}
        turns: dict[str, list[dict[str, float]]] = {name: [] for name in kinds}
        for turn in range(TURNS_QUICK if quick else TURNS_FULL):
            for name, given in kinds.items():
                turns[name].append(_child(name, directory / f"home-{turn}", given))
    per_s = {name: statistics.median(each["events_per_s"] for each in told) for name, told in turns.items()}
    rss_mb = max(each["rss_mb"] for each in turns["ours"])
    results = [
        at_least(
            "import.events_per_s", per_s["ours"], "events/s", GOAL_PER_S / factor,
            peer=per_s["databento"], ratio=per_s["ours"] / per_s["databento"],
        ),
        at_most("import.rss_mb", rss_mb, "MB", GOAL_MB),
    ]  # fmt: skip
    if not quick:
        over = per_s["floor"] / per_s["ours"]
        results.append(recorded("import.over_floor", over, "x", peer=per_s["floor"], ratio=over))
    return results


def _child(name: str, home: Path, files: Sequence[Path]) -> dict[str, Any]:
    command = [sys.executable, "-m", "aggregator.bench.import_child", name, str(home), *map(str, files)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=CHILD_S_MAX, check=False,
        env=compiled_once(home.parent / "bytecode"),
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr.strip().splitlines()[-1:]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures
