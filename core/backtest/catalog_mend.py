"""What a kill left between two renames, found and put right at the next start.

A dataset that is made anew, and one that is removed, are renamed twice: away, then for good. Killed in
between, neither is in its place. The whole one takes it then; nothing that was in the catalog is lost. A
dataset whose import was killed before it was entered is entered.
"""

import shutil
import sqlite3
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.backtest.catalog_prune import REMOVED
from core.backtest.dataset import DatasetError, dataset_there
from core.backtest.home import DAMAGED, MAKING
from core.backtest.verify import dataset_ids, whole_directory

if TYPE_CHECKING:
    from core.backtest.catalog import Catalog
    from core.backtest.home import ResearchHome


def mend(catalog: "Catalog") -> list[str]:
    """See `Catalog.mend`. Raises `CatalogError`, `OSError`."""
    said = mend_replaced(catalog.home)
    for within, table in ((catalog.home.datasets, "datasets"), (catalog.home.runs, "runs")):
        if any(within.glob(f"{REMOVED}*")):
            said += catalog.file.write(partial(_mend_removed, within=within, table=table))
    _enter_all(catalog)
    return said


def mend_replaced(home: "ResearchHome") -> list[str]:
    """Datasets that were being made anew: the new one takes its place, else the old one comes back.

    An import that is just between its two renames loses nothing: it finds the dataset there.
    """
    said: list[str] = []
    making = home.cache / MAKING
    for damaged in sorted(making.glob(f"*{DAMAGED}")) if making.is_dir() else ():
        made = damaged.with_name(damaged.name.removesuffix(DAMAGED))
        identity = made.name.partition(".")[0]
        final = home.datasets / identity
        if final.exists():
            continue
        is_whole = whole_directory(made, identity) is not None
        try:
            (made if is_whole else damaged).rename(final)
        except OSError:
            if final.exists():  # its import was alive and has renamed it meanwhile
                continue
            raise
        which = "the new one is there" if is_whole else "the old one is back"
        said.append(f"dataset {identity} was being made anew when its import was killed: {which}")
        if is_whole:
            shutil.rmtree(damaged, ignore_errors=True)
    return said


def _mend_removed(db: sqlite3.Connection, within: Path, table: str) -> list[str]:
    """Within a transaction, so that nobody removes anything meanwhile: a row says that it was not removed."""
    said: list[str] = []
    for renamed in sorted(within.glob(f"{REMOVED}*")):
        identity = renamed.name.removeprefix(REMOVED)
        is_entered = db.execute(f"SELECT 1 FROM {table} WHERE id = ?", (identity,)).fetchone() is not None
        if not is_entered:
            shutil.rmtree(renamed, ignore_errors=True)
        elif not (within / identity).exists():
            renamed.rename(within / identity)
            said.append(f"{table[:-1]} {identity} was being removed by a process that was killed: it is back")
    return said


def _enter_all(catalog: "Catalog") -> None:
    """The directory is the truth: what lies there and is not in the catalog is entered."""
    known = {row.id for row in catalog.datasets()}
    for identity in dataset_ids(catalog.home):
        if identity in known:
            continue
        try:
            manifest = dataset_there(catalog.home, identity)
        except DatasetError:
            continue  # `data verify` says what is wrong with it
        if manifest is not None and manifest.id == identity:
            catalog.add_dataset(manifest)
