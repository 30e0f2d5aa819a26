"""What a run left on disk: `runs/<id>/` with its spec, manifest, artifacts and figures.

`spec.json`, `manifest.json` (hashes of code, environment and artifacts, times of the phases), one Parquet
file for each of `RUN_FILES`, `series.json`, `metrics.json`, `log.txt`. The manifest is written last: a run
without one is not done.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from core.backtest.columns import RUN_FILES, Columns, ColumnsError, Texts, read_coded, read_columns
from core.backtest.home import ResearchHome
from core.backtest.recorded_series import SERIES, Described, read_series
from core.backtest.spec import RunSpec

MANIFEST: Final = "manifest.json"
SPEC: Final = "spec.json"
METRICS: Final = "metrics.json"
LOG: Final = "log.txt"
REMEDY: Final = "run it again, or delete it"
KEPT: Final = "kept.json"  # what a person said of the run; in no hash, and it outlives the other files


class RunState(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class RunManifest:
    """`artifacts`: file name to SHA-256. Times are of the child's own clock and left out of every hash."""

    run_id: str
    code_hash: str
    environment: dict[str, str]  # packages and Python that decide the result
    environment_hash: str
    artifacts: dict[str, str]
    bars: int
    begin_ns: int
    end_ns: int
    rules: tuple[str, ...]  # what the engine assumes, in words: fills at the close of the bar, ...
    durations_s: dict[str, float]
    finished_utc: str

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True)


class RunFiles:
    """A finished run. Raises `ColumnsError` when it is not whole."""

    def __init__(self, directory: Path, spec: RunSpec, manifest: RunManifest, cache: Path) -> None:
        self.directory, self.spec, self.manifest = directory, spec, manifest
        self._cache = cache

    @classmethod
    def open(cls, home: ResearchHome, run_id: str) -> Self:
        directory, name = home.runs / run_id, SPEC
        try:
            spec = RunSpec.from_json((directory / name).read_text(encoding="utf-8"))
            name = MANIFEST
            data = json.loads((directory / name).read_text(encoding="utf-8"))
            data["rules"] = tuple(data["rules"])
            manifest = RunManifest(**data)
        except FileNotFoundError as error:
            if not directory.exists():
                raise ColumnsError(f"run {run_id} is not there: it was deleted, or has not ended") from error
            raise ColumnsError(
                f"run {run_id} is not whole, {name} is missing from {directory}: {REMEDY}"
            ) from error
        except (OSError, TypeError, ValueError, KeyError) as error:
            why = f"it lacks {error}" if isinstance(error, KeyError) else error
            raise ColumnsError(
                f"run {run_id} is not whole, {name} cannot be read ({why}): {REMEDY}"
            ) from error
        return cls(directory, spec, manifest, home.cache)

    def check(self) -> None:
        """Hold every artifact against its SHA-256. Raises `ColumnsError` when it is not it."""
        for name, said in self.manifest.artifacts.items():
            try:
                with (self.directory / name).open("rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                raise ColumnsError(
                    f"{name} of run {self.spec.run_id} cannot be read ({error}): run it again"
                ) from error
            if found != said:
                raise ColumnsError(f"{name} of run {self.spec.run_id} is damaged: run it again")

    def read(self, name: str) -> Columns:
        """One of `RUN_FILES`, memory-mapped."""
        file = f"{name}.parquet"
        where, sha256 = self.directory / file, self._sha256_of(file)
        return read_columns(where, RUN_FILES[name], self._cache, sha256, REMEDY)

    def _sha256_of(self, file: str) -> str:
        sha256 = self.manifest.artifacts.get(file)
        if not isinstance(sha256, str):
            raise ColumnsError(f"{MANIFEST} of run {self.spec.run_id} tells nothing of {file}: {REMEDY}")
        return sha256

    def coded(self, name: str, column: str) -> tuple[Columns, Texts]:
        """The same with one column of texts as numbers, and the texts they stand for: cheap for many rows."""
        file = f"{name}.parquet"
        sha256 = self._sha256_of(file)
        return read_coded(self.directory / file, RUN_FILES[name], self._cache, sha256, column, REMEDY)

    def described_series(self) -> dict[str, Described]:
        """What the strategy said of what it recorded, by name; nothing of a run made before it could.

        Raises `ColumnsError`, `OSError`.
        """
        if SERIES not in self.manifest.artifacts:
            return {}
        try:
            content = (self.directory / SERIES).read_bytes()
        except FileNotFoundError as error:
            raise ColumnsError(f"{SERIES} is missing from {self.directory}: {REMEDY}") from error
        if hashlib.sha256(content).hexdigest() != self.manifest.artifacts[SERIES]:
            raise ColumnsError(f"{SERIES} is damaged (not as it was written): {REMEDY}")
        return read_series(content.decode())

    def metrics(self) -> dict[str, Any]:
        """Final figures by name, see metrics.py."""
        figures: dict[str, Any] = json.loads((self.directory / METRICS).read_text(encoding="utf-8"))
        return figures
