"""What the catalog tells of a dataset and of a run: frozen rows, read whole, never changed in place."""

import json
import sqlite3
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from core.backtest.catalog_schema import CatalogError
from core.backtest.run_files import RunState
from core.backtest.spec import RunSpec

_SPECS_KEPT: Final = 2_000


class EntryError(CatalogError):
    """Names no entry, or says what cannot be said of one."""


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """`findings` is how many kinds of defects its import reported; times are ns since 1970."""

    id: str
    name: str
    state: str  # COMPLETE or PARTIAL
    hash: str
    interval: str
    calendar: str
    instruments: tuple[str, ...]  # "EX:SYM"
    bars: int
    quotes: int
    begin_ns: int
    end_ns: int
    bytes: int
    findings: int
    added_ns: int
    runs: int  # that use it


@dataclass(frozen=True, slots=True)
class RunRow:
    """`metrics` by name, None where undefined, empty until DONE. A time of 0: not yet."""

    id: str
    spec: RunSpec
    name: str
    state: RunState
    note: str
    starred: bool
    tags: tuple[str, ...]
    queued_ns: int
    started_ns: int
    finished_ns: int
    pid: int  # of the process that runs it; 0: none
    error: str  # one line
    error_file: str
    error_line: int
    traceback: str
    metrics: dict[str, float | None]
    dataset_name: str  # empty: the dataset is gone

    @property
    def is_over(self) -> bool:
        return self.state in (RunState.DONE, RunState.ERROR, RunState.CANCELLED)


def dataset_row(row: sqlite3.Row) -> DatasetRow:
    values = dict(row)
    values["instruments"] = tuple(json.loads(values["instruments"]))
    return DatasetRow(**values)


def run_row(row: dict[str, Any], tags: tuple[str, ...], metrics: dict[str, float | None]) -> RunRow:
    """Raises `SpecError`."""
    values = dict(row)
    del values["dataset_id"], values["process_started_s"], values["cancel_asked"]
    values["spec"] = _spec(values["spec"])
    values["state"] = RunState(values["state"])
    values["starred"] = bool(values["starred"])
    values["pid"] = values["pid"] if values["state"] is RunState.RUNNING else 0
    return RunRow(**values, tags=tags, metrics=metrics)


@lru_cache(maxsize=_SPECS_KEPT)
def _spec(text: str) -> RunSpec:
    """A list is read again whenever something changed, and specs never do."""
    return RunSpec.from_json(text)
