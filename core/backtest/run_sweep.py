"""What killed processes left of runs: directories that nobody makes any more, and specs for their children.

A run that was killed between the two renames that replace it is put back into its place first: the new one
when it is whole, else the old one. Never touches those of a run that is being made.
"""

import shutil
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final

from core import platform
from core.backtest.columns import ColumnsError
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunFiles
from core.clock import NS_PER_S, monotonic_ns
from core.logs import logger

SWEPT_S: Final = 1.0  # longer than a run is swept
LOOK_S: Final = 0.02
_log = logger("runs")


def sweep(home: ResearchHome, keep: str = "", dead: Collection[str] = ()) -> list[str]:
    """Remove them, but not those of the run `keep`, which is about to be made. Ids of runs put back.

    `dead` are runs that nobody makes: who holds their lock sweeps them, which is waited for.
    """
    back: list[str] = []
    for run_id in sorted({path.name.split(".")[1] for path in home.runs.glob(".*.*") if path.is_dir()}):
        if run_id == keep:
            continue
        lock = platform.FileLock(lock_file(home, run_id))
        if acquire_soon(lock) if run_id in dead else lock.acquire():
            if _swept(home, run_id):
                back.append(run_id)
            lock.release()
    for path in home.runs.glob(".*.*.json"):
        pid = path.name.split(".")[2]
        if pid.isdecimal() and platform.process_started_s(int(pid)) is None:
            path.unlink(missing_ok=True)
    return back


def lock_file(home: ResearchHome, run_id: str) -> Path:
    """Empty, and it stays: who has opened one that is then removed would hold another lock than the next."""
    return home.runs / f".{run_id}.lock"


def acquire_soon(lock: platform.FileLock) -> bool:
    """Also when another process just sweeps that run. False when it is held longer: the run is being made."""
    until_ns = monotonic_ns() + int(SWEPT_S * NS_PER_S)
    while not lock.acquire():
        if monotonic_ns() > until_ns:
            return False
        time.sleep(LOOK_S)
    return True


def old_directory(making: Path) -> Path:
    """Where the run that is replaced by the one in `making` stays until that is in its place."""
    return making.with_suffix(f".old{making.suffix.removeprefix('.')}")


def _swept(home: ResearchHome, run_id: str) -> bool:
    """Under the run's lock. Whether it was put back into its place."""
    place = home.runs / run_id
    left = [path for path in sorted(home.runs.glob(f".{run_id}.*")) if path.is_dir()]
    is_back = False
    if not place.exists():
        old = [path for path in left if path.name.startswith(f".{run_id}.old")]
        whole = [path for path in left if path not in old and _is_whole(home, path)]
        try:
            for path in (*whole, *old)[:1]:
                path.rename(place)
                is_back = True
        except OSError as error:  # nothing of it is removed: the next start tries again
            _log.warning("a run cannot be put back", run=run_id, why=str(error))
            return False
    for path in left:
        shutil.rmtree(path, ignore_errors=True)  # that which was put back is not there any more
    return is_back


def _is_whole(home: ResearchHome, directory: Path) -> bool:
    try:
        RunFiles.open(home, directory.name).check()
    except ColumnsError:
        return False
    return True
