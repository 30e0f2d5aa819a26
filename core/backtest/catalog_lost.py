"""Runs whose process is gone: killed while they ran, or never begun because what had queued them ended.

A process is known by its number and its start, so that a later one of that number is not taken for it.
"""

import os
import sqlite3
from typing import TYPE_CHECKING, Final

from core import platform
from core.backtest import catalog_files
from core.backtest.run_files import RunState
from core.backtest.run_sweep import sweep
from core.profile import SAME_START_S

if TYPE_CHECKING:
    from core.backtest.catalog import Catalog

LOST: Final = "was killed while it ran: run it again"
NEVER_BEGUN: Final = "was not begun: what had queued it ended"


def this_process() -> tuple[int, float]:
    """(pid, when it started in seconds since 1970)."""
    started_s = platform.process_started_s(os.getpid())
    assert started_s is not None, "we run"
    return os.getpid(), started_s


def is_alive(row: sqlite3.Row) -> bool:
    """Whether the process that runs or has queued the run of this row still does."""
    return is_process(row["pid"], row["process_started_s"])


def is_process(pid: int, process_started_s: float) -> bool:
    """Whether the process of that number which began then is there."""
    started_s = platform.process_started_s(pid)
    return started_s is not None and abs(started_s - process_started_s) < SAME_START_S


def mark_lost(catalog: "Catalog") -> list[str]:
    """See `Catalog.mark_lost`."""
    asked = (
        "SELECT id, state, pid, process_started_s, cancel_asked FROM runs"
        " WHERE state IN ('RUNNING', 'QUEUED') AND pid IS NOT NULL"
    )
    rows = catalog.file.read(lambda db: db.execute(asked).fetchall())
    dead = [row for row in rows if not is_alive(row)]
    # After it is known who is dead: only then are their locks free. Before one is lost: it may be put back.
    sweep(catalog.home, dead=[row["id"] for row in dead])
    return [row["id"] for row in dead if _lose(catalog, row)]


def _lose(catalog: "Catalog", row: sqlite3.Row) -> bool:
    """False when somebody else was faster."""
    state, error = RunState.CANCELLED, NEVER_BEGUN
    metrics = None
    if row["state"] == RunState.RUNNING:
        metrics = catalog_files.whole_metrics(catalog.home, row["id"])
        state, error = (RunState.ERROR, LOST) if metrics is None else (RunState.DONE, "")
        if metrics is None and row["cancel_asked"]:
            state, error = RunState.CANCELLED, ""

    def settle(db: sqlite3.Connection) -> bool:
        moved = db.execute(
            "UPDATE runs SET state = ?, error = ?, finished_ns = ?, pid = NULL, process_started_s = NULL"
            " WHERE id = ? AND state = ? AND pid = ?",
            (str(state), error, catalog.now_ns(), row["id"], row["state"], row["pid"]),
        )
        if moved.rowcount and metrics is not None:
            catalog_files.enter_metrics(db, row["id"], metrics)
            catalog_files.keep_beside(db, catalog.home, row["id"])
        return bool(moved.rowcount)

    return catalog.file.write(settle)
