"""What killed processes left of runs: directories that nobody makes any more, and specs for their children.

Never those of a run that is being made.
"""

import shutil
from pathlib import Path

from core import platform
from core.backtest.home import ResearchHome


def sweep(home: ResearchHome, keep: str = "") -> None:
    """Remove them, but not that of the run `keep`, which is about to be made."""
    for path in home.runs.glob(".*.*"):
        run_id = path.name.split(".")[1]
        if not path.is_dir() or run_id == keep:
            continue
        lock = platform.FileLock(lock_file(home, run_id))
        if lock.acquire():
            shutil.rmtree(path, ignore_errors=True)
            lock.release()
    for path in home.runs.glob(".*.*.json"):
        pid = path.name.split(".")[2]
        if pid.isdecimal() and platform.process_started_s(int(pid)) is None:
            path.unlink(missing_ok=True)


def lock_file(home: ResearchHome, run_id: str) -> Path:
    """Empty, and it stays: who has opened one that is then removed would hold another lock than the next."""
    return home.runs / f".{run_id}.lock"
