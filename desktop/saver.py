"""Writes what a person chose, a moment after the last change and never on the GUI thread.

One saver a file: changes that follow each other become one write, writes never overlap, the last one wins.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from core.logs import logger
from core.state.versioned_file import VersionedFile
from core.tasks import TaskSet
from desktop.tr import tr

SAVE_AFTER_S: Final = 0.5

_log = logger("saver")


class Saver:
    """`read` gives the data when they are written; `on_failure` gets one line a person can act on."""

    def __init__(
        self,
        file: VersionedFile,
        read: Callable[[], Mapping[str, Any]],
        tasks: TaskSet,
        on_failure: Callable[[str], None],
        after_s: float = SAVE_AFTER_S,
    ) -> None:
        self.file = file
        self.writes = 0
        self._read = read
        self._tasks = tasks
        self._on_failure = on_failure
        self._after_s = after_s
        self._timer: asyncio.TimerHandle | None = None
        self._writing = False
        self._dirty = False
        self._written = ""

    @property
    def is_pending(self) -> bool:
        """Something changed that is not on the disk yet."""
        return self._dirty or self._writing

    def changed(self) -> None:
        """Something is to be saved; cheap, call it at every change."""
        self._dirty = True
        if self._timer is None and not self._writing:
            self._timer = asyncio.get_running_loop().call_later(self._after_s, self._begin)

    def _begin(self) -> None:
        self._timer = None
        if self._dirty and not self._writing:
            self._writing, self._dirty = True, False
            self._tasks.start(self._write(self.file.text(self._read())), f"save-{self.file.path.name}")

    async def _write(self, text: str) -> None:
        try:
            if text != self._written:
                await asyncio.to_thread(self.file.save_text, text)
                self._written = text
                self.writes += 1
        except OSError as error:
            _log.error("not saved", path=str(self.file.path), reason=str(error))
            self._on_failure(
                tr(
                    "{path} was not saved: {reason}; free or allow the place",
                    path=self.file.path,
                    reason=error.strerror or error,
                )
            )
        finally:
            self._writing = False
            if self._dirty:
                self.changed()

    def flush(self) -> None:
        """Write now and wait: for the end of the desk, when there is no loop to come back to."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        text = self.file.text(self._read()) if self._dirty else ""
        self._dirty = False
        if text and text != self._written:
            try:
                self.file.save_text(text)
                self._written = text
                self.writes += 1
            except OSError as error:
                _log.error("not saved", path=str(self.file.path), reason=str(error))
                self._on_failure(
                    tr("{path} was not saved: {reason}", path=self.file.path, reason=error.strerror or error)
                )
