"""Turns totals into the figures of one second: frames, processor, memory, collector, bus.

Holds the totals of the last time and nothing else. Rates are over the time that really passed.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.clock import NS_PER_S, monotonic_ns
from desktop.health.gc_watch import GcWatch, Passes
from desktop.health.loop_watch import LoopWatch, Stall
from desktop.memory import resident_mb

if TYPE_CHECKING:
    from desktop.app import DeskApp


@dataclass(frozen=True, slots=True)
class Totals:
    """Of everything that only grows."""

    at_ns: int
    process_s: float
    thread_s: float
    messages: int
    bytes: int
    batches: int
    dropped: int
    rebuilds: int


@dataclass(frozen=True, slots=True)
class Second:
    """`figures` as `history.FIGURES` names them; what the warnings need besides."""

    figures: dict[str, float | None]
    passes: Passes
    stalls: tuple[Stall, ...]
    dropped: int
    rebuilds: int


class Seconds:
    """`take` about once a second, on the GUI thread."""

    def __init__(self, app: "DeskApp", gc_watch: GcWatch, loop_watch: LoopWatch) -> None:
        self._app = app
        self._gc, self._loop = gc_watch, loop_watch
        self._batches: dict[str, int] = {}  # of each group, when it was last looked at
        self._batches_ever = 0
        self._before = self._totals()

    def _totals(self) -> Totals:
        app = self._app
        counters = app.bus.counters if app.bus is not None else None
        deltas = {group.group_id: group.feed.counters.deltas for group in app.groups()}
        self._batches_ever += sum(
            max(0, count - self._batches.get(group, 0)) for group, count in deltas.items()
        )
        self._batches = deltas
        return Totals(
            monotonic_ns(),
            time.process_time(),
            time.thread_time(),
            counters.messages_in if counters else 0,
            counters.bytes_in if counters else 0,
            self._batches_ever,
            app.dropped,
            counters.rebuilds if counters else 0,
        )

    def take(self) -> Second:
        """The second since the last call."""
        before, now = self._before, self._totals()
        self._before = now
        passed_s = max(now.at_ns - before.at_ns, 1) / NS_PER_S
        frames = self._app.frames.figures.summary(before.at_ns, now.at_ns)
        passes, stalls = self._gc.take(), tuple(self._loop.take())
        dropped = max(0, now.dropped - before.dropped)
        figures: dict[str, float | None] = {
            "frames_per_s": frames.frames_per_s,
            "frame_p50_ms": frames.frame_p50_ms,
            "frame_p99_ms": frames.frame_p99_ms,
            "paint_p50_ms": frames.latency_p50_ms,
            "paint_p95_ms": frames.latency_p95_ms,
            "paint_p99_ms": frames.latency_p99_ms,
            "main_cpu_percent": (now.thread_s - before.thread_s) / passed_s * 100,
            "cpu_percent": (now.process_s - before.process_s) / passed_s * 100,
            "memory_mb": resident_mb(),
            "gc_young": passes.young,
            "gc_middle": passes.middle,
            "gc_full": passes.full,
            "gc_pause_ms": passes.longest_ms,
            "stall_ms": max((stall.lasted_ms for stall in stalls), default=0.0),
            "messages_per_s": max(0, now.messages - before.messages) / passed_s,
            "mbit_per_s": max(0, now.bytes - before.bytes) * 8 / 1e6 / passed_s,
            "batches_per_s": (now.batches - before.batches) / passed_s,
            "dropped": dropped,
        }
        return Second(figures, passes, stalls, dropped, max(0, now.rebuilds - before.rebuilds))
