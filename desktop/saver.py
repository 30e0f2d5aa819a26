"""Writes what a person chose, a moment after the last change and never on the GUI thread.

One saver a file: changes that follow each other become one write, writes never overlap, the last one wins.
What could not be written is written with the next change, or at the end.
"""

import asyncio
import threading
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
        self._turns = 0  # writes begun; all is on the disk once the last of them is
        self._lock = threading.Lock()  # of the two below, which the writing thread changes
        self._written = ""
        self._written_turn = 0

    @property
    def is_pending(self) -> bool:
        """A write is under way or will begin by itself."""
        return self._dirty or self._writing

    def changed(self) -> None:
        """Something is to be saved; cheap, call it at every change."""
        self._dirty = True
        if self._timer is None and not self._writing:
            self._timer = asyncio.get_running_loop().call_later(self._after_s, self._begin)

    def _begin(self) -> None:
        self._timer = None
        if not self._dirty or self._writing:
            return
        self._dirty = False
        text = self._text()
        if text is not None:
            self._writing = True
            self._tasks.start(self._write(text, self._turns), f"save-{self.file.path.name}")

    async def _write(self, text: str, turn: int) -> None:
        try:
            await asyncio.to_thread(self._put, text, turn)
        except OSError as error:
            self._not_saved(error, turn)
        finally:
            self._writing = False
            if self._dirty:
                self.changed()

    def flush(self) -> None:
        """Write now and wait: for the end of the desk, when there is no loop to come back to.

        Also what a write under way was to write: it may fail, or not have begun.
        """
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._dirty and self._written_turn == self._turns:
            return
        self._dirty = False
        text = self._text()
        if text is None:
            return
        try:
            self._put(text, self._turns)
        except OSError as error:
            self._not_saved(error, self._turns)

    def _text(self) -> str | None:
        """None, and told, when the data cannot be had: the next change asks again."""
        self._turns += 1
        try:
            return self.file.text(self._read())
        except Exception as error:  # noqa: BLE001 (whoever gives the data must not stop the saving for good)
            _log.error("not saved", path=str(self.file.path), reason=repr(error), exc_info=error)
            self._on_failure(
                tr(
                    "{path} was not saved, its data could not be read: {reason}",
                    path=self.file.path,
                    reason=error,
                )
            )
            return None

    def _put(self, text: str, turn: int) -> None:
        """In any thread; a text older than the one that was written is let go. Raises `OSError`."""
        with self._lock:
            if turn < self._written_turn:
                return
            if text != self._written:
                self.file.save_text(text)
                self._written = text
                self.writes += 1
            self._written_turn = turn

    def _not_saved(self, error: OSError, turn: int) -> None:
        if turn < self._written_turn:  # a newer one was written since
            return
        _log.error("not saved", path=str(self.file.path), reason=str(error))
        self._on_failure(
            tr(
                "{path} was not saved: {reason}; free or allow the place",
                path=self.file.path,
                reason=error.strerror or error,
            )
        )
