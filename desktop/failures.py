"""No failure goes unseen: exceptions from slots, callbacks and tasks become a log line and a message.

`Failures` is installed once by the application and put back when it ends. It never swallows: the log has the
traceback, the message lane the last line of it.
"""

import asyncio
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

from core.logs import logger

_log = logger("desk")


class Failures:
    """`tell` gets one line for the user; `count` is how many there were."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self.count = 0
        self._excepthook = sys.excepthook
        self._unraisablehook = sys.unraisablehook

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        sys.excepthook = self._on_exception
        sys.unraisablehook = self._on_unraisable
        loop.set_exception_handler(self._on_loop)

    def remove(self) -> None:
        sys.excepthook = self._excepthook
        sys.unraisablehook = self._unraisablehook

    def report(self, what: str, error: BaseException) -> None:
        """A failure of `what`, seen by log and user."""
        self.count += 1
        _log.error(what, exc_info=error)
        self._tell(f"{what}: {_said(error)}. The rest of the desk goes on; details are in the log.")

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._excepthook(kind, error, trace)
            return
        self.report("An action failed", error.with_traceback(trace))

    def _on_unraisable(self, unraisable: Any) -> None:
        error = unraisable.exc_value
        if error is not None:
            self.report(unraisable.err_msg or "Something failed while it was cleared away", error)

    def _on_loop(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None:
            self.report("A background task failed", error)
        else:
            self.count += 1
            _log.error(str(context.get("message")))
            self._tell(str(context.get("message")))


def _said(error: BaseException) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__
