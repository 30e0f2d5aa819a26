"""The catalog of a research home: which datasets and runs there are, and what a person said of them.

Used by several processes and threads at once; every call is one transaction and may block, so a desk calls it
in a thread. The files are the record: a lost or damaged catalog is made anew from them, with the stars, tags,
names and notes that lie beside each run as `kept.json`. A run changes state only along the ways below.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from core import platform
from core.backtest import catalog_files, catalog_lost, catalog_mend, catalog_prune
from core.backtest.catalog_cache import RunCache
from core.backtest.catalog_prune import KEEP, Pruned
from core.backtest.catalog_rows import DatasetRow, EntryError, RunRow, dataset_row
from core.backtest.catalog_schema import CatalogError, CatalogFile
from core.backtest.dataset import DatasetManifest
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunState
from core.backtest.spec import RunSpec
from core.clock import wall_ns

__all__ = ["Catalog", "CatalogError", "DatasetRow", "EntryError", "Pruned", "RunRow"]

TAG_LENGTH_MAX: Final = 40
TAGS_MAX: Final = 20
NAME_LENGTH_MAX: Final = 120
NOTE_LENGTH_MAX: Final = 10_000
ERROR_LENGTH_MAX: Final = 1_000
TRACEBACK_LENGTH_MAX: Final = 100_000
QUEUED: Final = str(RunState.QUEUED)

_DATASETS: Final = """
SELECT datasets.*, (SELECT count(*) FROM runs WHERE dataset_id = datasets.id) AS runs FROM datasets
"""


class Catalog:
    """Opened, migrated and checked by the constructor. Every call raises `CatalogError` when it cannot."""

    def __init__(self, home: ResearchHome, clock: Callable[[], int] = wall_ns) -> None:
        self.home = home
        self.now_ns = clock
        self.file = CatalogFile(home.catalog_file, lambda db: catalog_files.refill(db, home))
        self._cache = RunCache()
        self.file.check()

    def changes(self) -> int:
        """Counts up with every write of any process: read the lists again when it moved."""
        return self.file.read(lambda db: int(db.execute("SELECT n FROM changes").fetchone()[0]))

    # ---- datasets ------------------------------------------------------------------------------------
    def add_dataset(self, manifest: DatasetManifest) -> None:
        """Enter a dataset that lies in its directory, or enter it again."""
        now_ns = self.now_ns()
        self.file.write(lambda db: catalog_files.enter_dataset(db, self.home, manifest, now_ns))

    def datasets(self) -> list[DatasetRow]:
        """The newest first."""
        order = " ORDER BY added_ns DESC, id"
        return self.file.read(lambda db: [dataset_row(row) for row in db.execute(_DATASETS + order)])

    def find_dataset(self, named: str) -> DatasetRow:
        """By id, else the newest of that name, else by the only id that begins so. Raises `EntryError`."""
        rows = self.datasets()
        for fits in (
            [row for row in rows if row.id == named],
            [row for row in rows if row.name == named][:1],
            [row for row in rows if named and row.id.startswith(named)],
        ):
            if len(fits) == 1:
                return fits[0]
            if fits:
                raise EntryError(f"{named!r} begins {len(fits)} datasets: write more of it")
        raise EntryError(f"there is no dataset {named!r} (tapedeckd data list)")

    # ---- runs: reading -------------------------------------------------------------------------------
    def runs(self, state: RunState | None = None, tag: str | None = None) -> list[RunRow]:
        """The newest first, of one state or with one tag if asked.

        1,000 take 60 to 100 ms the first time in a process, some 10 after that: for a thread.
        """
        order = "ORDER BY queued_ns DESC, runs.id"
        if state is None and tag is None:
            return self.file.read(lambda db: self._cache.all(db, order))
        where: list[str] = []
        values: list[str] = []
        if state is not None:
            where, values = [*where, "runs.state = ?"], [*values, str(state)]
        if tag is not None:
            where = [*where, "EXISTS (SELECT 1 FROM tags WHERE run_id = runs.id AND tag = ?)"]
            values = [*values, tag]
        asked = f"WHERE {' AND '.join(where)} {order}"
        return self.file.read(lambda db: self._cache.some(db, asked, values))

    def run(self, run_id: str) -> RunRow | None:
        return self.file.read(lambda db: self._cache.one(db, run_id))

    def find_run(self, named: str) -> RunRow:
        """By id, else the newest of that name, else by the only id that begins so. Raises `EntryError`."""
        rows = self.runs()
        for fits in (
            [row for row in rows if row.id == named],
            [row for row in rows if row.name and row.name == named][:1],
            [row for row in rows if named and row.id.startswith(named)],
        ):
            if len(fits) == 1:
                return fits[0]
            if fits:
                raise EntryError(f"{named!r} begins {len(fits)} runs: write more of it")
        raise EntryError(f"there is no run {named!r} (tapedeckd backtest list)")

    # ---- runs: their life ----------------------------------------------------------------------------
    def queue(self, spec: RunSpec, name: str = "", *, again: bool = False) -> tuple[RunRow, bool]:
        """The run of this spec, and whether it is now to be run.

        One that is queued, running or done is returned as it is; one that failed, was cancelled or waits for
        a process that is gone is queued again by this one, with `again` also one that is done.
        """
        now_ns, name = self.now_ns(), _text("name", name, NAME_LENGTH_MAX)
        run_id, (pid, started_s) = spec.run_id, catalog_lost.this_process()

        def put(db: sqlite3.Connection) -> bool:
            asked = "SELECT state, pid, process_started_s FROM runs WHERE id = ?"
            found = db.execute(asked, (run_id,)).fetchone()
            is_new = found is None or _is_repeated(found, again)
            if is_new:
                db.execute(
                    "INSERT INTO runs (id, spec, dataset_id, name, state, queued_ns, pid, process_started_s)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state,"
                    " queued_ns = excluded.queued_ns, started_ns = 0, finished_ns = 0, pid = excluded.pid,"
                    " cancel_asked = 0,"
                    " process_started_s = excluded.process_started_s, error = '', error_file = '',"
                    " error_line = 0, traceback = ''",
                    (run_id, spec.canonical(), spec.dataset_id, name, QUEUED, now_ns, pid, started_s),
                )
                db.execute("DELETE FROM metrics WHERE run_id = ?", (run_id,))
                self._cache.forget(run_id)
            if name:
                db.execute("UPDATE runs SET name = ? WHERE id = ?", (name, run_id))
                catalog_files.keep_beside(db, self.home, run_id)
            return is_new

        is_new = self.file.write(put)
        row = self.run(run_id)
        assert row is not None, "just entered"
        return row, is_new

    def started(self, run_id: str, pid: int | None = None) -> None:
        """QUEUED becomes RUNNING in this process, or in that of `pid`. Raises when another has taken it."""
        pid = os.getpid() if pid is None else pid
        started_s = platform.process_started_s(pid)
        if started_s is None:
            raise CatalogError(f"run {run_id} cannot be run by process {pid}: there is none")
        changed = {"pid": pid, "process_started_s": started_s, "started_ns": self.now_ns()}
        self._move(run_id, (RunState.QUEUED,), RunState.RUNNING, changed)

    def finished(self, run_id: str, metrics: Mapping[str, float | int | None]) -> None:
        """RUNNING becomes DONE, with its final figures. Its files are whole by now.

        From ERROR, too: the catalog was made anew, or the run was believed dead, while it went on.
        """

        def figures(db: sqlite3.Connection) -> None:
            self._enter_whole(db, run_id, metrics)

        self._move(run_id, (RunState.RUNNING, RunState.ERROR), RunState.DONE, {"error": ""}, figures)

    def failed(self, run_id: str, error: str, file: str = "", line: int = 0, traceback: str = "") -> None:
        """QUEUED or RUNNING becomes ERROR; `error` is cut to one line, `traceback` kept from its end."""
        changed = {
            "error": " ".join(error.split())[:ERROR_LENGTH_MAX],
            "error_file": file,
            "error_line": line,
            "traceback": traceback[-TRACEBACK_LENGTH_MAX:],
        }
        self._move(run_id, (RunState.QUEUED, RunState.RUNNING), RunState.ERROR, changed)

    def cancelled(self, run_id: str) -> RunState:
        """QUEUED or RUNNING becomes CANCELLED, or DONE where it lies whole: it was to be made anew."""
        whole = catalog_files.whole_metrics(self.home, run_id)
        after = RunState.CANCELLED if whole is None else RunState.DONE

        def figures(db: sqlite3.Connection) -> None:
            if whole is not None:
                self._enter_whole(db, run_id, whole)

        self._move(run_id, (RunState.QUEUED, RunState.RUNNING), after, {"error": ""}, figures)
        return after

    def ask_to_cancel(self, run_id: str) -> tuple[int, float] | None:
        """The process that runs it (pid, begin in seconds), marked to end. QUEUED becomes CANCELLED, or DONE
        where it lies whole, as it was to be made anew: None.

        Raises when it is over.
        """
        whole = catalog_files.whole_metrics(self.home, run_id)
        over = RunState.CANCELLED if whole is None else RunState.DONE

        def ask(db: sqlite3.Connection) -> tuple[int, float] | None:
            asked = "SELECT state, pid, process_started_s FROM runs WHERE id = ?"
            found = db.execute(asked, (run_id,)).fetchone()
            if found is None:
                raise EntryError(f"there is no run {run_id!r} (tapedeckd backtest list)")
            if found["state"] == QUEUED:
                db.execute(
                    "UPDATE runs SET state = ?, finished_ns = ?, pid = NULL, process_started_s = NULL"
                    " WHERE id = ?",
                    (str(over), self.now_ns(), run_id),
                )
                if whole is not None:
                    self._enter_whole(db, run_id, whole)
                return None
            if found["state"] != str(RunState.RUNNING):
                raise EntryError(f"run {run_id} is {found['state']}: there is nothing to cancel")
            db.execute("UPDATE runs SET cancel_asked = 1 WHERE id = ?", (run_id,))
            return int(found["pid"]), float(found["process_started_s"])

        return self.file.write(ask)

    def is_asked_to_cancel(self, run_id: str) -> bool:
        """Whether somebody wants it to end."""
        asked = "SELECT cancel_asked FROM runs WHERE id = ?"
        found = self.file.read(lambda db: db.execute(asked, (run_id,)).fetchone())
        return found is not None and bool(found["cancel_asked"])

    def mark_lost(self) -> list[str]:
        """Settle the runs whose process is gone; their ids.

        One that ran is ERROR, "was killed ...", or DONE if all had been written. One that waited in a process
        that ended is CANCELLED.
        """
        return catalog_lost.mark_lost(self)

    def _enter_whole(
        self, db: sqlite3.Connection, run_id: str, metrics: Mapping[str, float | int | None]
    ) -> None:
        catalog_files.enter_metrics(db, run_id, metrics)
        self._cache.forget(run_id)
        catalog_files.keep_beside(db, self.home, run_id)

    def _move(
        self,
        run_id: str,
        before: tuple[RunState, ...],
        after: RunState,
        changed: Mapping[str, object],
        then: Callable[[sqlite3.Connection], None] = lambda _db: None,
    ) -> None:
        fields: dict[str, object] = {**changed, "state": str(after)}
        if after is not RunState.RUNNING:
            fields |= {"finished_ns": self.now_ns(), "pid": None, "process_started_s": None}
        said = ", ".join(f"{name} = ?" for name in fields)

        def move(db: sqlite3.Connection) -> None:
            found = db.execute("SELECT state, error FROM runs WHERE id = ?", (run_id,)).fetchone()
            if found is None:
                raise EntryError(f"there is no run {run_id!r} (tapedeckd backtest list)")
            # Believed dead in the moment in which its child had ended: who made it knows better.
            is_believed_lost = found["error"] == catalog_lost.LOST and after is not RunState.RUNNING
            if found["state"] not in before and not is_believed_lost:
                raise CatalogError(f"run {run_id} is {found['state']}: it cannot become {after}")
            db.execute(f"UPDATE runs SET {said} WHERE id = ?", (*fields.values(), run_id))
            then(db)

        self.file.write(move)

    # ---- what a person says of a run -----------------------------------------------------------------
    def set_star(self, run_id: str, starred: bool = True) -> None:
        self._say(run_id, "UPDATE runs SET starred = ? WHERE id = ?", [(int(starred), run_id)])

    def set_name(self, run_id: str, name: str) -> None:
        name = _text("name", name, NAME_LENGTH_MAX)
        self._say(run_id, "UPDATE runs SET name = ? WHERE id = ?", [(name, run_id)])

    def set_note(self, run_id: str, note: str) -> None:
        note = _text("note", note, NOTE_LENGTH_MAX)
        self._say(run_id, "UPDATE runs SET note = ? WHERE id = ?", [(note, run_id)])

    def add_tags(self, run_id: str, tags: Iterable[str]) -> None:
        """One that is there stays. Raises `EntryError` for one that is empty, too long or one too many."""
        wanted = [(run_id, _tag(tag)) for tag in tags]
        self._say(run_id, "INSERT INTO tags VALUES (?, ?) ON CONFLICT DO NOTHING", wanted)

    def remove_tags(self, run_id: str, tags: Iterable[str]) -> None:
        gone = [(run_id, _tag(tag)) for tag in tags]
        self._say(run_id, "DELETE FROM tags WHERE run_id = ? AND tag = ?", gone)

    def set_tags(self, run_id: str, tags: Iterable[str]) -> None:
        """Exactly these."""
        wanted = [(run_id, _tag(tag)) for tag in dict.fromkeys(tags)]
        insert = "INSERT INTO tags VALUES (?, ?) ON CONFLICT DO NOTHING"
        self._say(run_id, insert, wanted, before="DELETE FROM tags WHERE run_id = ?")

    def tags(self) -> dict[str, int]:
        """Every tag and how many runs have it, by name."""
        asked = "SELECT tag, count(*) FROM tags GROUP BY tag ORDER BY tag"
        return dict(self.file.read(lambda db: [(str(tag), int(n)) for tag, n in db.execute(asked)]))

    # ---- removing ------------------------------------------------------------------------------------
    def prune(self, keep: int = KEEP, *, unused_datasets: bool = False, dry_run: bool = False) -> Pruned:
        """Remove all but the newest `keep` runs, files and rows.

        Starred, queued and running ones are not counted and stay. Datasets stay, unless those that no
        remaining run uses are asked for. `dry_run` only says what would go.
        """
        return catalog_prune.prune(self, keep, unused_datasets=unused_datasets, dry_run=dry_run)

    def remove_run(self, run_id: str) -> int:
        """Its files and its row, also when starred; the bytes freed. Raises for a queued or running one."""
        return catalog_prune.remove_run(self, run_id, even_starred=True)

    def remove_dataset(self, dataset_id: str, told: Mapping[str, bool] | None = None) -> int:
        """Its files and its row; the bytes freed. The runs made of it stay, but cannot be played any more.

        `told`: the runs that a person was told of, and whether as starred. Raises when another run uses it,
        one is starred by now, or one waits or runs.
        """
        return catalog_prune.remove_dataset(self, dataset_id, told or {})

    def mend(self) -> list[str]:
        """Put right what a kill left between two renames, and enter datasets that are not; one line each."""
        return catalog_mend.mend(self)

    def _say(
        self, run_id: str, statement: str, values: Sequence[tuple[object, ...]], before: str = ""
    ) -> None:
        def say(db: sqlite3.Connection) -> None:
            if db.execute("SELECT 1 FROM runs WHERE id = ?", (run_id,)).fetchone() is None:
                raise EntryError(f"there is no run {run_id!r} (tapedeckd backtest list)")
            if before:
                db.execute(before, (run_id,))
            db.executemany(statement, values)
            (count,) = db.execute("SELECT count(*) FROM tags WHERE run_id = ?", (run_id,)).fetchone()
            if count > TAGS_MAX:
                raise EntryError(f"a run has at most {TAGS_MAX} tags: remove some first")
            catalog_files.keep_beside(db, self.home, run_id)

        self.file.write(say)


def _is_repeated(found: sqlite3.Row, again: bool) -> bool:
    state = RunState(found["state"])
    if state is RunState.QUEUED:
        return found["pid"] is None or not catalog_lost.is_alive(found)
    return state in (RunState.ERROR, RunState.CANCELLED) or (again and state is RunState.DONE)


def _text(what: str, text: str, length_max: int) -> str:
    text = text.strip()
    if len(text) > length_max:
        raise EntryError(f"a {what} has at most {length_max:,} characters, not {len(text):,}")
    return text


def _tag(tag: str) -> str:
    tag = " ".join(tag.split())
    if not tag or "," in tag:
        raise EntryError(f"{tag!r} is not a tag: write a word or two without a comma")
    return _text("tag", tag, TAG_LENGTH_MAX)


def as_json(row: RunRow) -> str:
    """A run's row for other programs; the spec as it is hashed."""
    values = {name: getattr(row, name) for name in RunRow.__dataclass_fields__ if name != "spec"}
    return json.dumps({**values, "spec": json.loads(row.spec.canonical())}, sort_keys=True)
