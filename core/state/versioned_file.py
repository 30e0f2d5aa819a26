"""A small JSON file a person's choices live in: versioned, written atomically, with rolling backups.

The file on disk is whole at every moment: written beside, flushed, then renamed over. What is damaged is
moved aside with its reason and the newest backup that can be read is used; nothing is ever deleted but the
oldest backup. Knows nothing of what the data mean; a reader checks them and raises `StateError`.
"""

import contextlib
import errno
import json
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.clock import NS_PER_S, wall_ns

BACKUPS_KEPT: Final = 10
BACKUP_EVERY_S: Final = 600
Data = dict[str, Any]
Migration = Callable[[Data], Data]


class StateError(ValueError):
    """What is wrong with the data, in words for a person: which key, what was wrong, what to do."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """`data` None: there was nothing that could be read. `notice` is empty when all was well."""

    data: Data | None
    notice: str = ""
    migrated_from: int | None = None


class VersionedFile:
    """`version` is what `save` writes; `migrations[n]` turns the data of version n into those of n + 1.

    `check` raises `StateError` for data that cannot be used. `clock` is wall time in nanoseconds.
    """

    def __init__(
        self,
        path: Path,
        version: int,
        migrations: Mapping[int, Migration] | None = None,
        check: Callable[[Data], object] = lambda _data: None,
        clock: Callable[[], int] = wall_ns,
    ) -> None:
        self.path = path
        self.version = version
        self._migrations = migrations or {}
        self._check = check
        self._clock = clock
        self._has_saved = False  # since the start: what the last run left is a backup, however young
        self._lock = threading.Lock()
        self._unread = ""  # why the file that is there could not be read

    # ---- reading ---------------------------------------------------------------------------------
    def load(self) -> Loaded:
        """The newest data that can be used. Raises `OSError` where the directory itself cannot be read.

        A file that is whole but cannot be read now is left where it is, and not written until it was read.
        """
        self._unread = ""
        try:
            there = self.path.exists()
            if not there and not self.backups():
                return Loaded(None)
            if there:
                return self._read(self.path)
            failed = f"{self.path.name} was missing"
        except OSError as error:
            self._unread = error.strerror or str(error)
            return Loaded(
                None,
                f"{self.path.name} could not be read ({self._unread}): it stays as it is and nothing is saved"
                " to it; allow it to be read and start again",
            )
        except ValueError as error:
            failed = f"{self.path.name} cannot be used ({_said(error)})"
            failed += f", it was set aside as {self._set_aside().name}"
        for backup in self.backups():
            try:
                read = self._read(backup)
            except (OSError, ValueError):
                continue
            notice = f"{failed}; the version saved before it is used"
            return Loaded(read.data, notice, read.migrated_from)
        return Loaded(None, f"{failed}; the default is used")

    def read_outside(self) -> Data:
        """The data of a file that is not ours: nothing is set aside. Raises `OSError`, `ValueError`."""
        data = self._read(self.path).data
        assert data is not None, "read, or raised"
        return data

    def _read(self, path: Path) -> Loaded:
        content = json.loads(path.read_text(encoding="utf-8"))
        return self.parse(content)

    def parse(self, content: object) -> Loaded:
        """Data of any known version, brought to this one and checked. Raises `StateError`."""
        if not isinstance(content, dict) or type(content.get("version")) is not int:
            raise StateError("there is no version number in it")
        was = version = int(content["version"])
        if version > self.version:
            raise StateError(
                f"it is of version {version}, made by a newer Tapedeck; this one knows {self.version}"
            )
        data: Data = {key: value for key, value in content.items() if key != "version"}
        while version < self.version:
            if version not in self._migrations:
                raise StateError(f"version {version} is too old to be read")
            try:
                data = self._migrations[version](data)
            except (KeyError, TypeError, AttributeError, IndexError) as error:
                raise StateError(f"version {version} is damaged: {_said(error)}") from error
            version += 1
        self._check(data)
        return Loaded(data, migrated_from=was if was != self.version else None)

    def _set_aside(self) -> Path:
        taken = {aside.name for aside in self.aside()}
        number = 1
        while (name := f"{self.path.stem}.unreadable-{number}{self.path.suffix}") in taken:
            number += 1
        target = self.path.with_name(name)
        self.path.replace(target)
        return target

    def aside(self) -> list[Path]:
        """Files that could not be read, kept for whoever wants to look."""
        return sorted(self.path.parent.glob(f"{self.path.stem}.unreadable-*{self.path.suffix}"))

    # ---- writing ---------------------------------------------------------------------------------
    def text(self, data: Mapping[str, Any]) -> str:
        """What `save` writes."""
        return json.dumps({"version": self.version, **data}, ensure_ascii=False, indent=1) + "\n"

    def save(self, data: Mapping[str, Any]) -> None:
        """Write `data`; what was there becomes the newest backup, if that is old. Blocks until it is written.

        Raises `OSError`; the file is as before then.
        """
        self.save_text(self.text(data))

    def save_text(self, text: str) -> None:
        """As `save`, of a text made earlier: for threads, which must not look at data that change.

        One at a time: a second writer waits for the first.
        """
        with self._lock:
            if self._unread:
                raise PermissionError(errno.EACCES, f"it could not be read at the start ({self._unread})")
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside = self._beside(text.encode())
            try:
                self._roll()
                beside.replace(self.path)
                self._has_saved = True
            except OSError:
                _remove(beside)
                raise

    def _beside(self, content: bytes) -> Path:
        """A new file of the same folder with `content`, on the disk; with `OSError` there is none."""
        descriptor, name = tempfile.mkstemp(prefix=f".{self.path.name}.", suffix=".new", dir=self.path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            _remove(Path(name))
            raise
        return Path(name)

    def _backup(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.stem}.backup-{number:02d}{self.path.suffix}")

    def backups(self) -> list[Path]:
        """Newest first."""
        found = (self._backup(number) for number in range(1, BACKUPS_KEPT + 1))
        return [path for path in found if path.exists()]

    def _roll(self) -> None:
        """The file becomes backup 1, each backup one older; a copy, so that the file itself never goes.

        Not while the newest backup is young: ten of them are to reach back further than a few clicks.
        """
        if not self.path.exists() or not self._is_due():
            return
        for number in range(BACKUPS_KEPT, 1, -1):
            if self._backup(number - 1).exists():
                self._backup(number - 1).replace(self._backup(number))
        first = self._backup(1)
        try:
            os.link(self.path, first)
        except OSError:  # no hard links on this file system; never written in place, it may be a link
            self._beside(self.path.read_bytes()).replace(first)

    def _is_due(self) -> bool:
        newest = next(iter(self.backups()), None)
        if newest is None or not self._has_saved:
            return True
        return abs(self._clock() - newest.stat().st_mtime_ns) >= BACKUP_EVERY_S * NS_PER_S


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _said(error: BaseException) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}: {error.msg}"
    return " ".join(str(error).split()) or type(error).__name__
