"""Between the catalog and the directories of a research home: entering what lies there, and keeping beside
a run what a person said of it.

`kept.json` in a run's directory is the catalog's: name, note, star, tags. It is in no hash. What cannot be
read is left where it is and logged, never deleted.
"""

import json
import math
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from core import platform
from core.backtest.columns import ColumnsError
from core.backtest.dataset import MANIFEST as DATASET_MANIFEST
from core.backtest.dataset import DatasetError, DatasetManifest
from core.backtest.home import ResearchHome
from core.backtest.run_files import KEPT, MANIFEST, SPEC, RunFiles, RunState
from core.backtest.spec import RunSpec, SpecError
from core.clock import NS_PER_S
from core.logs import logger

NOT_WHOLE: Final = "did not finish: run it again"
_log = logger("catalog")


# ---- entering ----------------------------------------------------------------------------------------
def enter_dataset(
    db: sqlite3.Connection, home: ResearchHome, manifest: DatasetManifest, added_ns: int
) -> None:
    """A row of `datasets`; one that is there keeps the time it was added."""
    directory = home.datasets / manifest.id
    each = manifest.instruments
    db.execute(
        "INSERT INTO datasets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, state = excluded.state, hash = excluded.hash,"
        " bytes = excluded.bytes, findings = excluded.findings",
        (
            manifest.id,
            manifest.name,
            manifest.state,
            manifest.hash,
            manifest.interval,
            manifest.calendar,
            json.dumps([str(instrument.key) for instrument in each]),
            sum(instrument.bars for instrument in each),
            sum(instrument.quotes for instrument in each),
            min((instrument.begin_ns for instrument in each), default=0),
            max((instrument.end_ns for instrument in each), default=0),
            sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()),
            len(manifest.findings),
            added_ns,
        ),
    )


def enter_metrics(db: sqlite3.Connection, run_id: str, metrics: Mapping[str, float | int | None]) -> None:
    """Replace a run's figures. Undefined ones are null; what is not a number is not a figure."""
    db.execute("DELETE FROM metrics WHERE run_id = ?", (run_id,))
    figures = [(run_id, name, _figure(value)) for name, value in metrics.items() if _is_figure(value)]
    db.executemany("INSERT INTO metrics VALUES (?, ?, ?)", figures)


def _is_figure(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _figure(value: float | int | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def whole_metrics(home: ResearchHome, run_id: str) -> dict[str, Any] | None:
    """The final figures of a run that lies whole in its directory; None of any other."""
    try:
        return RunFiles.open(home, run_id).metrics()
    except (ColumnsError, OSError, ValueError):
        return None


# ---- what a person said ------------------------------------------------------------------------------
def keep_beside(db: sqlite3.Connection, home: ResearchHome, run_id: str) -> None:
    """Write what was said of a run into its directory, once there is one. Raises `OSError`."""
    directory = home.runs / run_id
    if not directory.is_dir():
        return
    row = db.execute("SELECT name, note, starred FROM runs WHERE id = ?", (run_id,)).fetchone()
    tags = [tag for (tag,) in db.execute("SELECT tag FROM tags WHERE run_id = ? ORDER BY tag", (run_id,))]
    kept = {"name": row["name"], "note": row["note"], "starred": bool(row["starred"]), "tags": tags}
    file = directory / KEPT
    if any(kept.values()) or file.exists():
        platform.write_private(file, json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True))


def _kept(directory: Path) -> tuple[str, str, int, list[str]]:
    file = directory / KEPT
    if not file.exists():
        return "", "", 0, []
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return str(said["name"]), str(said["note"]), int(said["starred"]), [str(tag) for tag in said["tags"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("what was said of a run cannot be read", file=str(file), why=str(error))
        return "", "", 0, []


# ---- from nothing ------------------------------------------------------------------------------------
def refill(db: sqlite3.Connection, home: ResearchHome) -> None:
    """Enter every dataset and run that lies in the directories into an empty catalog."""
    for directory in _directories(home.datasets):
        file = directory / DATASET_MANIFEST
        try:
            manifest = DatasetManifest.from_json(file.read_text(encoding="utf-8"), str(file))
            enter_dataset(db, home, manifest, _written_ns(manifest.created_utc, file))
        except (DatasetError, OSError) as error:
            _log.warning("a dataset cannot be read: left out", file=str(file), why=str(error))
    for directory in _directories(home.runs):
        try:
            _enter_run(db, home, directory)
        except (SpecError, OSError) as error:
            _log.warning("a run cannot be read: left out", directory=str(directory), why=str(error))


def _enter_run(db: sqlite3.Connection, home: ResearchHome, directory: Path) -> None:
    run_id, spec_file = directory.name, directory / SPEC
    spec = RunSpec.from_json(spec_file.read_text(encoding="utf-8"))
    metrics = whole_metrics(home, run_id)
    name, note, starred, tags = _kept(directory)
    begun_ns = ended_ns = spec_file.stat().st_mtime_ns
    if metrics is not None:
        ended_ns = _written_ns(RunFiles.open(home, run_id).manifest.finished_utc, directory / MANIFEST)
    state = RunState.ERROR if metrics is None else RunState.DONE
    db.execute(
        "INSERT INTO runs (id, spec, dataset_id, name, state, note, starred, queued_ns, started_ns,"
        " finished_ns, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run_id,
            spec.canonical(),
            spec.dataset_id,
            name,
            str(state),
            note,
            starred,
            min(begun_ns, ended_ns),
            min(begun_ns, ended_ns),
            ended_ns,
            NOT_WHOLE if metrics is None else "",
        ),
    )
    db.executemany("INSERT INTO tags VALUES (?, ?) ON CONFLICT DO NOTHING", [(run_id, tag) for tag in tags])
    enter_metrics(db, run_id, metrics or {})


def _directories(within: Path) -> list[Path]:
    if not within.is_dir():
        return []
    return sorted(path for path in within.iterdir() if path.is_dir() and not path.name.startswith("."))


def _written_ns(said_utc: str, file: Path) -> int:
    try:
        said = datetime.fromisoformat(said_utc)
    except ValueError:
        return file.stat().st_mtime_ns
    said = said if said.tzinfo else said.replace(tzinfo=UTC)
    return int(said.timestamp() * NS_PER_S)
