"""How the desk is doing, measured twice a second: rates on the bus, CPU, memory, frames of each window."""

import time
from dataclasses import dataclass
from typing import Final

from core.bus import Bus
from core.clock import NS_PER_S, monotonic_ns
from core.scope import Scope
from desktop.desk import Desk
from desktop.frame import FrameClock
from desktop.memory import resident_mb
from desktop.panels.health.segments import HealthFigures

STRETCH_NS: Final = 5 * NS_PER_S  # percentiles and rates cover the last five seconds
RATE_STRETCH_NS: Final = 2 * NS_PER_S


@dataclass(frozen=True, slots=True)
class ProcessVitals:
    """Rates since the last measurement; CPU in percent of one core, `main` of the GUI thread alone."""

    messages_per_s: float = 0.0
    mbit_per_s: float = 0.0
    cpu_percent: float = 0.0
    main_cpu_percent: float = 0.0
    memory_mb: float = 0.0


class Vitals:
    """`measure` twice a second on the GUI thread; `figures` for one window's strip."""

    def __init__(self, frames: FrameClock) -> None:
        self._frames = frames
        self._at_ns = monotonic_ns()
        self._process_s, self._thread_s = time.process_time(), time.thread_time()
        self._messages = self._bytes = 0
        self.process = ProcessVitals(memory_mb=resident_mb())

    def measure(self, bus: Bus | None) -> None:
        now_ns = monotonic_ns()
        process_s, thread_s = time.process_time(), time.thread_time()
        counters = bus.counters if bus is not None else None
        messages = counters.messages_in if counters else 0
        size = counters.bytes_in if counters else 0
        stretch_s = max(now_ns - self._at_ns, 1) / NS_PER_S
        self.process = ProcessVitals(
            messages_per_s=max(0, messages - self._messages) / stretch_s,
            mbit_per_s=max(0, size - self._bytes) * 8 / 1e6 / stretch_s,
            cpu_percent=(process_s - self._process_s) / stretch_s * 100,
            main_cpu_percent=(thread_s - self._thread_s) / stretch_s * 100,
            memory_mb=resident_mb(),
        )
        self._at_ns, self._process_s, self._thread_s = now_ns, process_s, thread_s
        self._messages, self._bytes = messages, size

    def figures(
        self, desk: Desk, scope: Scope, window: int, cadence_ms: int, dropped: int, now_ms: int
    ) -> HealthFigures:
        """What the strip of window number `window` shows."""
        now_ns = monotonic_ns()
        recent = self._frames.figures.summary(now_ns - RATE_STRETCH_NS, now_ns, window)
        stretch = self._frames.figures.summary(now_ns - STRETCH_NS, now_ns, window)
        process = self.process
        return HealthFigures(
            link=desk.link(now_ms),
            session=scope.session or "",
            run=(scope.run_id or "")[:8],
            sources=desk.quotes.sources,
            frames_per_s=recent.frames_per_s,
            frame_p50_ms=stretch.frame_p50_ms,
            frame_p99_ms=stretch.frame_p99_ms,
            paint_p95_ms=stretch.latency_p95_ms,
            paint_p99_ms=stretch.latency_p99_ms,
            cadence_ms=cadence_ms,
            background_slowed=self._frames.overload.active,
            messages_per_s=process.messages_per_s,
            mbit_per_s=process.mbit_per_s,
            dropped=dropped,
            cpu_percent=process.cpu_percent,
            memory_mb=process.memory_mb,
        )
