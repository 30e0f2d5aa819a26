"""Seconds of each phase of a run, for its manifest. In no hash."""

import contextlib
import os
from collections.abc import Iterator

from core import platform
from core.clock import NS_PER_S, monotonic_ns, wall_ns


class Stopwatch:
    """`start` is from the begin of this process until now, with the interpreter and every import."""

    def __init__(self) -> None:
        self.durations_s = {"start": _since_start_s()}
        self.begin()

    def begin(self) -> None:
        """The run begins now."""
        self._begun_ns = self._phase_ns = monotonic_ns()

    def mark(self, phase: str) -> None:
        """It has lasted since the one before."""
        now_ns = monotonic_ns()
        self.durations_s[phase] = (now_ns - self._phase_ns) / NS_PER_S
        self.durations_s["total"] = (now_ns - self._begun_ns) / NS_PER_S
        self._phase_ns = now_ns

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """What happens meanwhile is not counted."""
        stopped_ns = monotonic_ns()
        yield
        lost_ns = monotonic_ns() - stopped_ns
        self._begun_ns += lost_ns
        self._phase_ns += lost_ns


def _since_start_s() -> float:
    started_s = platform.process_started_s(os.getpid())
    return 0.0 if started_s is None else wall_ns() / NS_PER_S - started_s
