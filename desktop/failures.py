"""No failure goes unseen: errors of slots, callbacks, tasks and threads become a log line and a message.

`Failures` is installed once by the application and put back when it ends. It never swallows: the log has the
traceback, `tell` gets what a person should read. A failure that repeats is counted and told once in ten
seconds, so that one at every frame does not bury the rest.
"""

import asyncio
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from types import TracebackType
from typing import Any, Final

from core.clock import NS_PER_MS, monotonic_ns, wall_ns
from core.logs import RateLimit, logger
from desktop.tr import tr

TELL_EVERY_MS: Final = 10_000
KINDS_MAX: Final = 256  # different failures remembered
_PAINT: Final = "paintEvent"

_log = logger("desk")


@dataclass(frozen=True, slots=True)
class Failure:
    """`what` failed, `said` is the error's own line, `place` the innermost line of code; wall time."""

    what: str
    said: str
    place: str
    trace: str
    at_ns: int
    repeats: int = 0  # held back since this one was told last

    @property
    def kind(self) -> tuple[str, str]:
        """Equal for the same failure at the same place."""
        return self.said, self.place


Blame = Callable[[Sequence[object], BaseException], bool]
"""Asked with the objects whose painting raised, innermost first: True when a panel took it upon itself."""


class Failures:
    """`tell` gets each failure that a person should see; `count` is how many there were."""

    def __init__(self, tell: Callable[[Failure], None]) -> None:
        self._tell = tell
        self.count = 0
        self.blame: Blame = lambda _owners, _error: False
        self._limits: dict[tuple[str, str], RateLimit] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._excepthook = sys.excepthook
        self._unraisablehook = sys.unraisablehook
        self._threadhook = threading.excepthook

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        sys.excepthook = self._on_exception
        sys.unraisablehook = self._on_unraisable
        threading.excepthook = self._on_thread
        loop.set_exception_handler(self._on_loop)

    def remove(self) -> None:
        sys.excepthook = self._excepthook
        sys.unraisablehook = self._unraisablehook
        threading.excepthook = self._threadhook
        self._loop = None

    def run_each(self, what: str, steps: Iterable[Callable[[], object]]) -> None:
        """Every step, whatever the one before failed at: an end is not left halfway."""
        for step in steps:
            try:
                step()
            except Exception as error:  # noqa: BLE001 (whatever it is, the others are to be done)
                self.report(what, error)

    def report(self, what: str, error: BaseException) -> None:
        """A failure of `what`, seen by log and user."""
        self._take(
            Failure(
                what,
                _said(error),
                _place(error),
                "".join(traceback.format_exception(error)),
                wall_ns(),
            ),
            error,
        )

    def _take(self, failure: Failure, error: BaseException | None) -> None:
        self.count += 1
        if len(self._limits) >= KINDS_MAX:
            self._limits.clear()
        limit = self._limits.setdefault(failure.kind, RateLimit(TELL_EVERY_MS))
        repeats = limit.pass_at(monotonic_ns() // NS_PER_MS)
        if repeats is None:
            return
        _log.error(failure.what, reason=failure.said, repeats=repeats, exc_info=error)
        self._tell(Failure(failure.what, failure.said, failure.place, failure.trace, failure.at_ns, repeats))

    # ---- where they come from --------------------------------------------------------------------
    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._excepthook(kind, error, trace)
            return
        error = error.with_traceback(trace)
        # Python keeps the last error for a debugger, and with it every widget its frames know.
        for name in ("last_type", "last_value", "last_traceback"):
            if hasattr(sys, name):
                delattr(sys, name)
        owners = _painting(trace)
        if not (owners and self.blame(owners, error)):
            self.report(tr("An action failed"), error)

    def _on_unraisable(self, unraisable: Any) -> None:
        error = unraisable.exc_value
        if error is not None:
            self.report(unraisable.err_msg or tr("Something failed while it was cleared away"), error)

    def _on_loop(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None:
            self.report(tr("A background task failed"), error)
        else:
            said = str(context.get("message"))
            self._take(Failure(tr("The event loop complained"), said, "", said, wall_ns()), None)

    def _on_thread(self, raised: Any) -> None:
        """Runs in the thread that failed: what a person sees is made on the loop's."""
        error, loop = raised.exc_value, self._loop
        name = raised.thread.name if raised.thread is not None else "unknown"
        if error is None or isinstance(error, SystemExit):
            return
        try:
            assert loop is not None
            loop.call_soon_threadsafe(self.report, tr("Thread {name} failed", name=name), error)
        except (AssertionError, RuntimeError):  # the loop has ended: nobody is there to be told
            _log.error("a thread failed", thread=name, exc_info=error)


def _said(error: BaseException) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__


def _place(error: BaseException) -> str:
    """`panel.py line 120, in prepare_frame`: the innermost line that was reached."""
    steps = traceback.extract_tb(error.__traceback__)
    if not steps:
        return ""
    last = steps[-1]
    return f"{PurePath(last.filename).name} line {last.lineno}, in {last.name}"


def _painting(trace: TracebackType | None) -> list[object]:
    """Whose `paintEvent` raised, innermost first; empty when nothing was painted."""
    owners: list[object] = []
    paints = False
    while trace is not None:
        paints = paints or trace.tb_frame.f_code.co_name == _PAINT
        if "self" in trace.tb_frame.f_locals:
            owners.append(trace.tb_frame.f_locals["self"])
        trace = trace.tb_next
    return owners[::-1] if paints else []
