"""The catalog's SQLite file: its tables, its versions, and how it is opened.

WAL and a busy timeout let several processes and threads use it at once; every call has a connection of its
own. An older file is brought to this version, a newer one refused, a damaged one set aside (never deleted)
and filled anew by whoever opened it. Every write counts `changes` up: a list knows when to read again.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, TypeVar

from core.clock import NS_PER_S, monotonic_ns
from core.logs import logger
from core.platform import FileLock

BUSY_S: Final = 10.0
_LOCK_POLL_S: Final = 0.005
_CORRUPT: Final = frozenset((11, 26))  # SQLITE_CORRUPT, SQLITE_NOTADB

# MIGRATIONS[n] makes version n + 1 of version n. Never change one that was released: add another.
MIGRATIONS: Final[list[tuple[str, ...]]] = [
    (
        "CREATE TABLE changes (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL) STRICT",
        "INSERT INTO changes VALUES (1, 0)",
        """CREATE TABLE datasets (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, hash TEXT NOT NULL,
            interval TEXT NOT NULL, calendar TEXT NOT NULL, instruments TEXT NOT NULL,
            bars INTEGER NOT NULL, quotes INTEGER NOT NULL,
            begin_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
            bytes INTEGER NOT NULL, findings INTEGER NOT NULL, added_ns INTEGER NOT NULL
        ) STRICT""",
        """CREATE TABLE runs (
            id TEXT PRIMARY KEY, spec TEXT NOT NULL, dataset_id TEXT NOT NULL, name TEXT NOT NULL DEFAULT '',
            state TEXT NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'DONE', 'ERROR', 'CANCELLED')),
            note TEXT NOT NULL DEFAULT '', starred INTEGER NOT NULL DEFAULT 0,
            queued_ns INTEGER NOT NULL, started_ns INTEGER NOT NULL DEFAULT 0,
            finished_ns INTEGER NOT NULL DEFAULT 0, pid INTEGER, process_started_s REAL,
            error TEXT NOT NULL DEFAULT '', error_file TEXT NOT NULL DEFAULT '',
            error_line INTEGER NOT NULL DEFAULT 0, traceback TEXT NOT NULL DEFAULT '',
            CHECK (state <> 'RUNNING' OR (pid IS NOT NULL AND process_started_s IS NOT NULL))
        ) STRICT""",
        "CREATE INDEX runs_by_time ON runs (queued_ns)",
        "CREATE INDEX runs_by_dataset ON runs (dataset_id)",
        """CREATE TABLE tags (
            run_id TEXT NOT NULL REFERENCES runs ON DELETE CASCADE, tag TEXT NOT NULL,
            PRIMARY KEY (run_id, tag)
        ) STRICT""",
        """CREATE TABLE metrics (
            run_id TEXT NOT NULL REFERENCES runs ON DELETE CASCADE, name TEXT NOT NULL, value REAL,
            PRIMARY KEY (run_id, name)
        ) STRICT""",
    ),
    ("ALTER TABLE runs ADD COLUMN cancel_asked INTEGER NOT NULL DEFAULT 0",),
]

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
_log = logger("catalog")


class CatalogError(RuntimeError):
    """The catalog cannot be used, or not as asked; one line with the remedy."""


class CatalogFile:
    """`refill` fills a new, empty catalog from what lies on disk, in the transaction that makes it."""

    def __init__(self, path: Path, refill: Callable[[sqlite3.Connection], None]) -> None:
        self.path = path
        self._refill = refill
        self._lock_file = path.with_suffix(".lock")

    def read(self, work: Work[T]) -> T:
        """`work` on one consistent state. Raises `CatalogError`."""
        return self._call("BEGIN", work)

    def write(self, work: Work[T]) -> T:
        """`work` whole or not at all, one writer at a time over all processes. Raises `CatalogError`."""

        def counted(db: sqlite3.Connection) -> T:
            result = work(db)
            db.execute("UPDATE changes SET n = n + 1")
            return result

        return self._call("BEGIN IMMEDIATE", counted)

    def check(self) -> None:
        """Look through the whole file once; what is damaged is set aside and made anew."""

        def look(db: sqlite3.Connection) -> None:
            (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise _Damaged(str(verdict))

        self._call("BEGIN", look)

    # ---- one call ------------------------------------------------------------------------------------
    def _call(self, begin: str, work: Work[T]) -> T:
        try:
            try:
                return self._once(begin, work)
            except _Damaged as error:
                self._mend(str(error))
                return self._once(begin, work)
        except _Damaged as error:
            raise CatalogError(f"{self.path} is damaged again ({error}): is the disk sound?") from error
        except sqlite3.Error as error:
            raise CatalogError(f"the catalog {self.path} cannot be used: {error}") from error
        except OSError as error:
            raise CatalogError(
                f"the catalog {self.path} cannot be used: {error.strerror or error}"
            ) from error

    def _once(self, begin: str, work: Work[T]) -> T:
        with _naming_damage(), closing(connect(self.path)) as db:
            self._bring_up(db)
            with _transaction(db, begin):
                return work(db)

    def _bring_up(self, db: sqlite3.Connection) -> None:
        if _version(db) == len(MIGRATIONS):
            return
        self._refuse_newer(db)
        with self._alone():
            db.execute("PRAGMA journal_mode = WAL")
            with _transaction(db, "BEGIN IMMEDIATE"):
                found = _version(db)  # somebody may have been faster
                self._refuse_newer(db)
                for statements in MIGRATIONS[found:]:
                    for statement in statements:
                        db.execute(statement)
                db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
                if found == 0:
                    self._refill(db)

    def _refuse_newer(self, db: sqlite3.Connection) -> None:
        found = _version(db)
        if found > len(MIGRATIONS):
            raise CatalogError(
                f"{self.path} is of version {found}, made by a newer Tapedeck; this one knows"
                f" {len(MIGRATIONS)}: use the newer one or another profile"
            )

    # ---- damage --------------------------------------------------------------------------------------
    def _mend(self, why: str) -> None:
        with self._alone():
            try:  # somebody may have mended it meanwhile
                with _naming_damage(), closing(connect(self.path)) as db:
                    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
                if verdict == "ok":
                    return
            except _Damaged:
                pass
            aside = self._aside()
            # The log first: one that stays behind would be played into the new file.
            for ending in ("-wal", "-shm", ""):
                part = self.path.with_name(self.path.name + ending)
                if part.exists():
                    part.replace(aside.with_name(aside.name + ending))
        _log.error(
            "the catalog is damaged: set aside, made anew from the datasets and runs on disk",
            file=str(self.path), aside=aside.name, why=why,
        )  # fmt: skip

    def _aside(self) -> Path:
        number = 1
        while (aside := self.path.with_name(f"{self.path.stem}.unreadable-{number}.sqlite")).exists():
            number += 1
        return aside

    @contextmanager
    def _alone(self) -> Iterator[None]:
        lock = FileLock(self._lock_file)
        deadline_ns = monotonic_ns() + int(BUSY_S * NS_PER_S)
        while not lock.acquire():
            if monotonic_ns() > deadline_ns:
                raise CatalogError(
                    f"{self.path} has been locked for {BUSY_S:g} s by another Tapedeck: try again"
                )
            time.sleep(_LOCK_POLL_S)
        try:
            yield
        finally:
            lock.release()


class _Damaged(Exception):
    """What SQLite says of a file that it cannot read."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection for one call of one thread, in autocommit mode."""
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    try:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        db.close()
        raise
    db.row_factory = sqlite3.Row
    return db


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


@contextmanager
def _transaction(db: sqlite3.Connection, begin: str) -> Iterator[None]:
    db.execute(begin)
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def _naming_damage() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        # The lower byte is the kind, the rest its detail.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _CORRUPT:
            raise _Damaged(str(error)) from error
        raise
