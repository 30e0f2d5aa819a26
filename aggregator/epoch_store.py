"""Epochs of one process in its own SQLite file, on disk before they are used.

`epoch = max(stored + 1, wall ns)`: whoever comes back is newer than anything it has sent, also when its clock
went back. A file that SQLite cannot read is set aside under another name, never deleted; then the clock alone
decides.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from core.logs import logger

_SCHEMA: Final = "CREATE TABLE IF NOT EXISTS epochs (line TEXT PRIMARY KEY, epoch INTEGER NOT NULL) STRICT"
_NEXT: Final = """
INSERT INTO epochs (line, epoch) VALUES (?, ?)
ON CONFLICT (line) DO UPDATE SET epoch = max(epoch + 1, excluded.epoch)
RETURNING epoch
"""

_log = logger("epochs")


class EpochDatabase:
    """`next_epoch` as `aggregator.pipeline.epochs.EpochStore` asks. Opened at each call: they are rare."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def next_epoch(self, line: str, wall_ns: int) -> int:
        """A higher epoch than any before for `line`. Raises sqlite3.OperationalError when not stored."""
        try:
            return self._take(line, wall_ns)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            aside = self._path.with_suffix(f".unreadable-{wall_ns}")
            _log.error(
                "epochs cannot be read: set aside", file=str(self._path), aside=aside.name, why=str(error)
            )
            self._path.replace(aside)
            return self._take(line, wall_ns)

    def _take(self, line: str, wall_ns: int) -> int:
        with closing(sqlite3.connect(self._path)) as database:
            database.execute("PRAGMA synchronous = FULL")
            with database:
                database.execute(_SCHEMA)
                (epoch,) = database.execute(_NEXT, (line, wall_ns)).fetchone()
        return int(epoch)
