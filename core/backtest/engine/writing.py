"""A run's directory: made beside its place, renamed into it when it is whole.

The manifest is written last and everything is on the disk before the rename, so a run that is there is whole,
whatever happened to the process or the machine. What killed runs left behind is swept away later.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from core import platform
from core.backtest.columns import RUN_FILES, write_parquet
from core.backtest.engine.run import Outcome, Run
from core.backtest.engine.venue import rules
from core.backtest.home import ResearchHome
from core.backtest.metrics import final_metrics
from core.backtest.provenance import code_hash, environment, environment_hash
from core.backtest.recorded_series import SERIES, series_text
from core.backtest.run_files import KEPT, LOG, MANIFEST, METRICS, SPEC, RunManifest
from core.backtest.run_sweep import acquire_soon, lock_file, old_directory, sweep
from core.backtest.spec import RunSpec
from core.backtest.trading_days import trading_days
from core.clock import NS_PER_S, wall_ns

FAILURE: Final = "error.json"  # of a run that did not end; it has no manifest
WRITERS: Final = 4
LOG_BYTES_MAX: Final = 4_000_000


class RunDirectory:
    """The directory of a run that is being made. Raises `RunBusyError` when another process makes it."""

    def __init__(self, home: ResearchHome, spec: RunSpec) -> None:
        self._home, self._spec = home, spec
        self._lock = platform.FileLock(lock_file(home, spec.run_id))
        if not acquire_soon(self._lock):
            raise RunBusyError(f"run {spec.run_id} is being made by another process: wait for it")
        sweep(home, keep=spec.run_id)
        self.path = home.runs / f".{spec.run_id}.{os.getpid()}"
        platform.private_directory(self.path)
        self.log = RunLog(self.path / LOG)

    def write(
        self,
        run: Run,
        outcome: Outcome,
        durations_s: Callable[[], dict[str, float]],
        on_file: Callable[[int], None],
    ) -> RunManifest:
        """Every artifact, then the manifest. Raises `OSError`; the directory is not yet in its place."""
        artifacts: dict[str, str] = {}
        with ThreadPoolExecutor(WRITERS) as pool:  # compressing and syncing both leave Python to others
            written = {
                f"{name}.parquet": pool.submit(
                    write_parquet, self.path / f"{name}.parquet", outcome.files[name], schema
                )
                for name, schema in RUN_FILES.items()
            }
            for number, (file, digest) in enumerate(written.items()):
                on_file(number)
                artifacts[file] = digest.result()
        for note in outcome.notes:
            self.log.write(note + "\n")
        self.log.close()
        _write(self.path / SPEC, self._spec.canonical())
        figures = final_metrics(outcome.files, trading_days(self._home, run.dataset), self._spec.venue)
        artifacts[SERIES] = _write(self.path / SERIES, series_text(outcome.series))
        artifacts[METRICS] = _write(self.path / METRICS, json.dumps(figures, indent=1, sort_keys=True))
        said = environment()
        manifest = RunManifest(
            run_id=self._spec.run_id,
            code_hash=code_hash(),
            environment=said,
            environment_hash=environment_hash(said),
            artifacts=artifacts,
            bars=outcome.bars,
            begin_ns=outcome.begin_ns,
            end_ns=outcome.end_ns,
            rules=rules(self._spec.venue, run.market),
            durations_s={name: round(value, 4) for name, value in durations_s().items()},
            finished_utc=_now_utc(),
        )
        _write(self.path / MANIFEST, manifest.as_json())
        return manifest

    def keep(self) -> Path:
        """Put the directory into its place, in place of what was there."""
        place = self._home.runs / self._spec.run_id
        old = old_directory(self.path)
        if place.exists():
            if (place / KEPT).exists():
                shutil.copy2(place / KEPT, self.path / KEPT)
            place.rename(old)
        self.path.rename(place)
        shutil.rmtree(old, ignore_errors=True)
        self._end()
        return place

    def keep_failure(self, said: dict[str, object]) -> None:
        """Leave spec, log and error, unless a whole run is there already."""
        self.log.close()
        if (self._home.runs / self._spec.run_id / MANIFEST).exists():
            self.drop()
            return
        for file in self.path.glob("*.parquet"):
            file.unlink()
        _write(self.path / SPEC, self._spec.canonical())
        _write(self.path / FAILURE, json.dumps(said, indent=1))
        self.keep()

    def drop(self) -> None:
        """Leave nothing."""
        self.log.close()
        shutil.rmtree(self.path, ignore_errors=True)
        self._end()

    def _end(self) -> None:
        self._lock.release()


class RunBusyError(RuntimeError):
    """Another process makes this very run."""


class RunLog:
    """What a strategy prints, and tracebacks; bounded, and it says how much is missing."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", errors="backslashreplace")
        self._written = 0
        self._dropped = 0

    def write(self, text: str) -> int:
        if self._written + len(text) > LOG_BYTES_MAX:
            self._dropped += len(text)
        elif not self._file.closed:
            self._file.write(text)
            self._written += len(text)
        return len(text)

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()

    def close(self) -> None:
        if self._file.closed:
            return
        if self._dropped:
            self._file.write(f"\n{self._dropped:,} more characters were not kept\n")
        self._file.close()


def _write(path: Path, text: str) -> str:
    """On the disk when it returns; the SHA-256 of the file."""
    content = text.encode()
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(content).hexdigest()


def _now_utc() -> str:
    return (
        datetime.fromtimestamp(wall_ns() / NS_PER_S, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    )
