"""Removing runs and datasets: row and files together, or neither.

The directory is renamed within the transaction that deletes the row, and its files are deleted after; what a
crash leaves of a renamed directory goes with the next `prune`. A starred, queued or running run is never
pruned, also when it became so a moment ago.
"""

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.backtest.catalog_rows import EntryError
from core.backtest.catalog_schema import CatalogError
from core.backtest.run_files import MANIFEST

if TYPE_CHECKING:
    from core.backtest.catalog import Catalog

KEEP: Final = 100
REMOVED: Final = ".removed-"
_OVER: Final = "state IN ('DONE', 'ERROR', 'CANCELLED')"


@dataclass(slots=True)
class Pruned:
    """Ids of what went, or would go; `failed` says in one line each what could not."""

    runs: list[str] = field(default_factory=list)
    datasets: list[str] = field(default_factory=list)
    bytes: int = 0
    failed: list[str] = field(default_factory=list)


def prune(catalog: "Catalog", keep: int, *, unused_datasets: bool, dry_run: bool) -> Pruned:
    """See `Catalog.prune`."""
    if keep < 0:
        raise EntryError(f"cannot keep {keep} runs: 0 or more")
    if not dry_run:
        _sweep(catalog.home.runs)
        _sweep(catalog.home.datasets)
    pruned = Pruned()
    for run_id in catalog.file.read(lambda db: _prunable(db, keep)):
        try:
            pruned.bytes += (
                _size(catalog.home.runs / run_id)
                if dry_run
                else remove_run(catalog, run_id, even_starred=False)
            )
            pruned.runs.append(run_id)
        except CatalogError as error:
            pruned.failed.append(str(error))
    if unused_datasets:
        _prune_datasets(catalog, pruned, dry_run)
    return pruned


def _prunable(db: sqlite3.Connection, keep: int) -> list[str]:
    asked = f"SELECT id FROM runs WHERE {_OVER} AND NOT starred ORDER BY queued_ns DESC, id LIMIT -1 OFFSET ?"
    return [str(run_id) for (run_id,) in db.execute(asked, (keep,))]


def _prune_datasets(catalog: "Catalog", pruned: Pruned, dry_run: bool) -> None:
    going = set(pruned.runs)
    used = {row.spec.dataset_id for row in catalog.runs() if row.id not in going}
    for dataset in catalog.datasets():
        if dataset.id in used:
            continue
        try:
            pruned.bytes += dataset.bytes if dry_run else remove_dataset(catalog, dataset.id, {})
            pruned.datasets.append(dataset.id)
        except CatalogError as error:
            pruned.failed.append(str(error))


def remove_run(catalog: "Catalog", run_id: str, *, even_starred: bool) -> int:
    """See `Catalog.remove_run`. Raises `CatalogError`."""
    directory = catalog.home.runs / run_id
    derived = _derived(directory / MANIFEST, "artifacts", catalog.home.cache)

    def remove(db: sqlite3.Connection) -> Path | None:
        found = db.execute("SELECT state, starred FROM runs WHERE id = ?", (run_id,)).fetchone()
        if found is None:
            raise EntryError(f"there is no run {run_id!r} (tapedeckd backtest list)")
        if found["state"] in ("QUEUED", "RUNNING"):
            raise CatalogError(f"run {run_id} is {found['state']}: cancel it first")
        if found["starred"] and not even_starred:
            raise CatalogError(f"run {run_id} is starred: it stays")
        db.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        return _put_away(directory)

    return _delete(_removed(catalog, remove, directory), derived)


def remove_dataset(catalog: "Catalog", dataset_id: str, told: Mapping[str, bool]) -> int:
    """See `Catalog.remove_dataset`. Raises `CatalogError`."""
    directory = catalog.home.datasets / dataset_id
    derived = _derived(directory / MANIFEST, "outputs", catalog.home.cache)

    def remove(db: sqlite3.Connection) -> Path | None:
        if db.execute("SELECT 1 FROM datasets WHERE id = ?", (dataset_id,)).fetchone() is None:
            raise EntryError(f"there is no dataset {dataset_id!r} (tapedeckd data list)")
        using = (
            "SELECT id, state, starred FROM runs WHERE dataset_id = ? ORDER BY starred DESC, queued_ns DESC"
        )
        users = db.execute(using, (dataset_id,)).fetchall()
        busy = any(row["state"] in ("QUEUED", "RUNNING") for row in users)
        unknown = [row["id"] for row in users if row["starred"] and not told.get(row["id"], False)]
        unknown += [row["id"] for row in users if row["id"] not in told and row["id"] not in unknown]
        if busy or unknown:
            starred = sum(row["starred"] for row in users)
            raise CatalogError(
                f"dataset {dataset_id} is used by {len(users):,} run(s)"
                + (f", {starred:,} of them starred: " if starred else ": ")
                + ("wait for them or cancel them" if busy else "remove them first")
            )
        db.execute("DELETE FROM datasets WHERE id = ?", (dataset_id,))
        return _put_away(directory)

    return _delete(_removed(catalog, remove, directory), derived)


# ---- files -------------------------------------------------------------------------------------------
def _removed(
    catalog: "Catalog", remove: Callable[[sqlite3.Connection], Path | None], directory: Path
) -> Path | None:
    """What `remove` renamed; back in its place when the row could not be deleted."""
    try:
        return catalog.file.write(remove)
    except CatalogError:
        renamed = directory.with_name(REMOVED + directory.name)
        if renamed.is_dir() and not directory.exists():
            renamed.rename(directory)
        raise


def _put_away(directory: Path) -> Path | None:
    if not directory.is_dir():
        return None
    renamed = directory.with_name(REMOVED + directory.name)
    shutil.rmtree(renamed, ignore_errors=True)
    try:
        return directory.rename(renamed)
    except OSError as error:
        raise CatalogError(
            f"{directory} cannot be removed ({error.strerror}): close what shows it"
        ) from error


def _delete(renamed: Path | None, derived: list[Path]) -> int:
    freed = 0
    if renamed is not None:
        freed = _size(renamed)
        shutil.rmtree(renamed, ignore_errors=True)  # what is left goes with the next prune
    for path in derived:  # another run's copy, if it has the same bytes, is made again when it is read
        with contextlib.suppress(OSError):  # one that is mapped stays, on some systems, until the next prune
            size = path.stat().st_size
            path.unlink()
            freed += size
    return freed


def _derived(manifest: Path, named: str, cache: Path) -> list[Path]:
    """Arrow copies of the Parquet files that a manifest names; none when it cannot be read."""
    try:
        hashes = json.loads(manifest.read_text(encoding="utf-8"))[named].values()
        return [cache / f"{sha256}.arrow" for sha256 in hashes]
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return []


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def _sweep(within: Path) -> None:
    for left in within.glob(f"{REMOVED}*"):
        shutil.rmtree(left, ignore_errors=True)
