"""The runs of a catalog as last read: a row is made anew only where something of it changed.

A list of a thousand runs is read again whenever somebody puts a star on one of them. Only the rows of the
table and the tags are asked for then: figures and specs, which make up most of it, change only with the
state of a run.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from core.backtest.catalog_rows import RunRow, run_row
from core.backtest.spec import SpecError
from core.logs import logger

RUNS: Final = """
SELECT runs.*, coalesce(datasets.name, '') AS dataset_name
FROM runs LEFT JOIN datasets ON datasets.id = runs.dataset_id
"""
ONE_BY_ONE_MAX: Final = 50  # of so many runs the figures are asked for by run, of more at once
_log = logger("catalog")

Figures = dict[str, float | None]
_Kept = tuple[tuple[Any, ...], tuple[str, ...], RunRow]


class RunCache:
    """For any thread: what is kept of a run is replaced as a whole. Runs that are gone go with `all`."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def forget(self, run_id: str) -> None:
        """Its figures are about to change."""
        self._kept.pop(run_id, None)

    def one(self, db: sqlite3.Connection, run_id: str) -> RunRow | None:
        found = self._read(db, f"{RUNS} WHERE runs.id = ?", (run_id,))
        self._kept |= found
        return found[run_id][2] if run_id in found else None

    def some(self, db: sqlite3.Connection, where: str, values: list[str]) -> list[RunRow]:
        """Runs in the order that `where` ends with."""
        found = self._read(db, f"{RUNS} {where}", values)
        self._kept |= found
        return [row for _, _, row in found.values()]

    def all(self, db: sqlite3.Connection, order: str) -> list[RunRow]:
        """Every run; what is kept of those that are gone is let go."""
        self._kept = self._read(db, f"{RUNS} {order}", ())
        return [row for _, _, row in self._kept.values()]

    def _read(self, db: sqlite3.Connection, asked: str, values: Sequence[str]) -> dict[str, _Kept]:
        plain = db.cursor()
        plain.row_factory = None
        table = plain.execute(asked, values)
        names = [each[0] for each in table.description]
        rows: list[tuple[Any, ...]] = table.fetchall()
        tags = _tags(plain, rows)
        kept, found = self._kept, {}
        measured = names.index("state"), names.index("finished_ns")  # with them change the figures
        stale = [row[0] for row in rows if not _agree(kept.get(row[0]), row, measured)]
        figures = _figures(plain, stale)
        for row in rows:
            run_id, said, before = row[0], tags.get(row[0], ()), kept.get(row[0])
            if before is not None and before[:2] == (row, said):
                found[run_id] = before
                continue
            of = figures[run_id] if run_id in figures or before is None else before[2].metrics
            try:
                found[run_id] = (row, said, run_row(dict(zip(names, row, strict=True)), said, of))
            except SpecError as error:  # of another version, say: it must not hide the others
                _log.warning("a run in the catalog cannot be read: left out", run=run_id, why=str(error))
        return found


def _agree(before: _Kept | None, row: tuple[Any, ...], places: tuple[int, ...]) -> bool:
    return before is not None and all(before[0][place] == row[place] for place in places)


def _tags(plain: sqlite3.Cursor, rows: Sequence[tuple[Any, ...]]) -> dict[str, tuple[str, ...]]:
    """By run, in the order of the alphabet. For a list one scan is less than a question a row."""
    only = (" WHERE run_id = ?", (rows[0][0],)) if len(rows) == 1 else ("", ())
    tags: dict[str, tuple[str, ...]] = {}
    for run_id, tag in plain.execute(f"SELECT run_id, tag FROM tags{only[0]} ORDER BY tag", only[1]):
        tags[run_id] = (*tags.get(run_id, ()), tag)
    return tags


def _figures(plain: sqlite3.Cursor, run_ids: Sequence[str]) -> dict[str, Figures]:
    """Of each of these runs; empty where it has none."""
    figures: dict[str, Figures] = {run_id: {} for run_id in run_ids}
    if len(run_ids) <= ONE_BY_ONE_MAX:
        for run_id in run_ids:
            figures[run_id] = dict(
                plain.execute("SELECT name, value FROM metrics WHERE run_id = ?", (run_id,)).fetchall()
            )
        return figures
    for run_id, name, value in plain.execute("SELECT run_id, name, value FROM metrics"):
        of = figures.get(run_id)
        if of is not None:
            of[name] = value
    return figures
