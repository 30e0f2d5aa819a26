"""What a result depends on beside its spec: our code, and the packages it ran with.

Both are hashed into the run's manifest, never into its id: the same spec is the same run, and a manifest that
names other code or another environment says that running it again may give something else.
"""

import hashlib
import importlib.metadata
import json
import platform
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
# Everything between a dataset's files and a run's: what reads, runs, computes and writes.
SOURCES: Final = (
    "core/backtest/engine/**/*.py",
    "core/backtest/accounting.py",
    "core/backtest/calendars.py",
    "core/backtest/columns.py",
    "core/backtest/dataset.py",
    "core/backtest/daily_figures.py",
    "core/backtest/metric*.py",
    "core/backtest/planning.py",
    "core/backtest/recorded_series.py",
    "core/backtest/run_files.py",
    "core/backtest/spec.py",
    "core/backtest/trading_days.py",
    "core/market/instruments.py",
    "core/market/intervals.py",
)
PACKAGES: Final = ("nautilus_trader", "numpy", "pandas", "pyarrow", "msgspec", "exchange_calendars")


def code_hash() -> str:
    """SHA-256 over names and contents of `SOURCES`, line ends as \\n."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in SOURCES for path in ROOT.glob(pattern)}):
        source = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{len(source)}\0".encode())
        digest.update(source)
    return digest.hexdigest()


def environment() -> dict[str, str]:
    """Python, machine and packages that decide a result, with their versions."""
    said = {name: importlib.metadata.version(name) for name in PACKAGES}
    version = ".".join(map(str, sys.version_info[:3]))
    return {"python": version, "machine": f"{platform.system()} {platform.machine()}", **said}


def environment_hash(said: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
