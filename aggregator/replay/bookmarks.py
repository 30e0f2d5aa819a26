"""A session's bookmarks: named times of its tape, kept in one small file beside the profile's state.

At most 100, by time. A file that cannot be read is set aside under another name, never deleted; without a
path they live as long as the session.
"""

import json
import os
from pathlib import Path
from typing import Final

from core.clock import wall_ns
from core.logs import logger
from core.wire.generated.control_pb2 import Bookmark

BOOKMARKS_MAX: Final = 100
NAME_LENGTH_MAX: Final = 40

_log = logger("replay")


class BookmarkError(ValueError):
    """A bookmark that cannot be kept; one line."""


class Bookmarks:
    """`put` and `remove` are on disk when they return: call them in a thread, one after the other."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._names: dict[int, str] = {} if path is None else _read(path)

    def within(self, begin_ns: int, end_ns: int) -> list[Bookmark]:
        """Those of the tape at hand, by time."""
        kept = sorted(self._names.items())
        return [Bookmark(tape_ns=at, name=name) for at, name in kept if begin_ns <= at <= end_ns]

    def put(self, tape_ns: int, name: str) -> None:
        """Put one, or rename the one that is there. Raises `BookmarkError`."""
        name = " ".join(name.split())
        if len(name) > NAME_LENGTH_MAX or not name.isprintable():
            raise BookmarkError(f"a bookmark's name has at most {NAME_LENGTH_MAX} printable characters")
        if tape_ns not in self._names and len(self._names) >= BOOKMARKS_MAX:
            raise BookmarkError(f"{BOOKMARKS_MAX} bookmarks are kept: remove one first")
        self._write({**self._names, tape_ns: name})

    def remove(self, tape_ns: int) -> None:
        """Raises `BookmarkError`."""
        if tape_ns not in self._names:
            raise BookmarkError("there is no bookmark at this time: ask for the session's status to see them")
        self._write({at: name for at, name in self._names.items() if at != tape_ns})

    def _write(self, names: dict[int, str]) -> None:
        if self._path is not None:
            rows = [{"tape_ns": at, "name": name} for at, name in sorted(names.items())]
            fresh = self._path.with_suffix(".new")
            try:
                with fresh.open("w", encoding="utf-8") as file:
                    json.dump({"bookmarks": rows}, file, ensure_ascii=False, indent=1)
                    file.flush()
                    os.fsync(file.fileno())
                fresh.replace(self._path)
            except OSError as error:
                raise BookmarkError(
                    f"bookmarks cannot be written ({error.strerror}): free the disk"
                ) from error
        self._names = names


def _read(path: Path) -> dict[int, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        return _set_aside(path, error)
    try:
        rows = json.loads(text)["bookmarks"][:BOOKMARKS_MAX]
        return {int(row["tape_ns"]): str(row["name"])[:NAME_LENGTH_MAX] for row in rows}
    except (ValueError, TypeError, KeyError) as error:
        return _set_aside(path, error)


def _set_aside(path: Path, error: Exception) -> dict[int, str]:
    aside = path.with_suffix(f".unreadable-{wall_ns()}")
    _log.error("bookmarks cannot be read: set aside", file=str(path), aside=aside.name, why=str(error))
    try:
        path.replace(aside)
    except OSError as stuck:
        _log.error("bookmarks cannot be set aside", file=str(path), why=str(stuck))
    return {}
