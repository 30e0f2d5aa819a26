"""What the garbage collector does: passes of each generation and the longest pause since they were asked for.

Called by the collector itself, twice a pass; it makes nothing that would have to be collected.
"""

import gc
import time
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Passes:
    """Since the last `take`."""

    young: int
    middle: int
    full: int
    longest_ms: float


class GcWatch:
    """`start`, `take` once a second, `close`."""

    def __init__(self) -> None:
        self._counts = [0, 0, 0]
        self._longest_ns = self._begun_ns = 0
        self.full_ever = 0

    def start(self) -> None:
        gc.callbacks.append(self._on_pass)

    def close(self) -> None:
        if self._on_pass in gc.callbacks:
            gc.callbacks.remove(self._on_pass)

    def _on_pass(self, phase: str, info: dict[str, Any]) -> None:
        if phase == "start":
            self._begun_ns = time.perf_counter_ns()
            return
        self._longest_ns = max(self._longest_ns, time.perf_counter_ns() - self._begun_ns)
        self._counts[info["generation"]] += 1
        self.full_ever += info["generation"] == 2

    def take(self) -> Passes:
        young, middle, full = self._counts
        passes = Passes(young, middle, full, self._longest_ns / 1e6)
        self._counts[:] = (0, 0, 0)
        self._longest_ns = 0
        return passes
