"""Sees when the event loop stands still, and what holds it.

A thread sends the loop an event now and then; one that is not answered at once means that something runs, and
then the thread looks where. Costs a wake-up of 20 us twenty times a second. The stack is read only while the
loop is held up, and nothing of it is kept but names.
"""

import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject

from core.clock import NS_PER_MS, monotonic_ns
from desktop.health.gc_watch import GcWatch

ASK_EVERY_S: Final = 0.05
LOOK_AFTER_S: Final = 0.025
LIMIT_MS: Final = 50.0
STALLS_MAX: Final = 64
QT_PLACE: Final = "Qt"
GC_PLACE: Final = "garbage collection"  # seen in what it calls before and after a pass
_GC_CODE: Final = GcWatch._on_pass.__code__
_OURS: Final = tuple(
    str(Path(__file__).resolve().parents[2] / name) for name in ("desktop", "core", "aggregator")
)


@dataclass(frozen=True, slots=True)
class Stall:
    """`lasted_ms` on the wall, `cpu_ms` of it the loop's thread worked; `place` is what held it."""

    lasted_ms: float
    cpu_ms: float
    place: str

    @property
    def is_ours(self) -> bool:
        """Not: other programs had the processor, and nothing of the desk ran that a person could mend."""
        return self.place != QT_PLACE or self.cpu_ms > self.lasted_ms / 2


class LoopWatch(QObject):
    """Make and `start` it on the loop's thread; `take` the stalls since the last time; `close` joins."""

    def __init__(self) -> None:
        super().__init__()
        self._answered = threading.Event()
        self._ended = threading.Event()
        self._stalls: deque[Stall] = deque(maxlen=STALLS_MAX)
        self._watched = threading.get_ident()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="loop-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._thread is not None:
            self._ended.set()
            self._answered.set()
            self._thread.join()
            self._thread = None
            QCoreApplication.removePostedEvents(self)

    def take(self) -> list[Stall]:
        stalls = []
        while self._stalls:
            stalls.append(self._stalls.popleft())
        return stalls

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.User:
            self._answered.set()
            return True
        return super().event(event)

    # ---- in the thread ---------------------------------------------------------------------------
    def _run(self) -> None:
        cpu_clock = getattr(time, "pthread_getcpuclockid", lambda _ident: None)(self._watched)
        while not self._ended.wait(ASK_EVERY_S):
            self._answered.clear()
            if self._ended.is_set():  # `close` came in between, and its answer has just been cleared
                break
            begun_ns, cpu_s = monotonic_ns(), _cpu_s(cpu_clock)
            QCoreApplication.postEvent(self, QEvent(QEvent.Type.User))
            if self._answered.wait(LOOK_AFTER_S):
                continue
            place = place_of(self._watched)
            self._answered.wait()
            lasted_ms = (monotonic_ns() - begun_ns) / NS_PER_MS
            if lasted_ms >= LIMIT_MS and not self._ended.is_set():
                self._stalls.append(Stall(lasted_ms, (_cpu_s(cpu_clock) - cpu_s) * 1e3, place))


def _cpu_s(clock: int | None) -> float:
    """Of the watched thread; 0 where the system cannot say."""
    return time.clock_gettime(clock) if clock is not None else 0.0


def place_of(thread: int) -> str:
    """`saver.py line 81, in flush`: our innermost code in that thread, else where it is at all.

    `QT_PLACE` while it is in the event loop itself, `GC_PLACE` while Python collects garbage.
    """
    frame = sys._current_frames().get(thread)
    innermost, ours = "", ""
    while frame is not None and not ours:
        code = frame.f_code
        if code is _GC_CODE:
            return GC_PLACE
        if code.co_name == "run_forever":  # what stands below it started the loop
            break
        here = f"{Path(code.co_filename).name} line {frame.f_lineno}, in {code.co_name}"
        innermost = innermost or here
        if code.co_filename.startswith(_OURS):
            ours = here
        frame = frame.f_back
    del frame
    return ours or innermost or QT_PLACE
