"""The desk's watch over itself: the strip twice a second, the history and the warnings once a second.

One for all windows. Warnings go to the messages with a way to the Health panel; `listen` tells who shows the
history that there is another second. Never paints.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer

from core.clock import NS_PER_MS, NS_PER_S, monotonic_ns
from desktop.health.gc_watch import GcWatch
from desktop.health.growth import Growth
from desktop.health.history import HealthHistory
from desktop.health.loop_watch import LoopWatch, Stall
from desktop.health.seconds import Second, Seconds
from desktop.health.warnings import Kind, Step, Watchman
from desktop.health.words import begun_words, ended_words
from desktop.memory import Memory
from desktop.messages import Level, MessageLink
from desktop.tr import tr
from desktop.vitals import Vitals

if TYPE_CHECKING:
    from desktop.app import DeskApp

MEASURE_MS: Final = 500
FRAMES_STRETCH_NS: Final = 5 * NS_PER_S
SETTLE_MS_MAX: Final = 5_000
WINDOW_STRETCH_NS: Final = 5 * NS_PER_S


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """One window over the last five seconds; None where nothing was painted."""

    number: int
    scope: str
    pace: str  # of its paints, in words
    frames_per_s: float
    frame_p99_ms: float | None
    paint_p99_ms: float | None
    cadence_ms: int


@dataclass(frozen=True, slots=True)
class SubscriptionRates:
    """One subscription over the last second; `heard_ms` ago, None before the first message."""

    subject: str
    messages_per_s: float
    kbit_per_s: float
    heard_ms: int | None
    dropped: int


class DeskHealth:
    """`start` when the desk is connected, `close` before it ends."""

    def __init__(self, app: "DeskApp") -> None:
        self._app = app
        self.vitals = Vitals(app.frames)
        self.memory = Memory()
        self.history = HealthHistory()
        self.watchman = Watchman()
        self.gc = GcWatch()
        self.loop = LoopWatch()
        self._seconds: Seconds | None = None
        self._growth = Growth()
        self._begun_ms = app.now_ms()
        self._rates: dict[int, tuple[int, int]] = {}  # messages and bytes of each subscription, a second ago
        self._rated_ns = 0
        self.subscriptions: tuple[SubscriptionRates, ...] = ()
        self._listeners: list[Callable[[], None]] = []
        self._is_second = False
        self._follow_settings()
        app.settings.listen(lambda _before, _now: self._follow_settings())
        self._timer = QTimer()
        self._timer.timeout.connect(self._measure)

    def start(self) -> None:
        self.gc.start()
        if self._app.options.watch:
            self.loop.start()
        self._seconds = Seconds(self._app, self.gc, self.loop)
        self._timer.start(MEASURE_MS)

    def _follow_settings(self) -> None:
        self._app.frames.untended_after_ns = self._app.settings.current.untended_s * NS_PER_S

    def close(self) -> None:
        self._timer.stop()
        self.loop.close()
        self.gc.close()
        self.memory.restore()

    def listen(self, on_second: Callable[[], None]) -> Callable[[], None]:
        """Call `on_second` whenever the history has another second; returns what ends it."""
        self._listeners.append(on_second)
        return lambda: self._listeners.remove(on_second) if on_second in self._listeners else None

    # ---- twice a second --------------------------------------------------------------------------
    def _measure(self) -> None:
        app = self._app
        self.vitals.measure(app.bus)
        now_ms = app.now_ms()
        self._mind_memory(now_ms)
        app.crash.tick(now_ms)
        for window in app.windows:
            desk = app.desks.get(window.scope)
            if desk is not None and window.is_on_screen():
                cadence_ms = window.cadence_ms(now_ms)
                window.show_health(
                    self.vitals.figures(
                        desk, window.scope, window.frame_number, cadence_ms, app.dropped, now_ms
                    )
                )
        self._is_second = not self._is_second
        if self._is_second:
            self._take_second(now_ms)

    def _mind_memory(self, now_ms: int) -> None:
        app = self._app
        memory_mb = self.vitals.process.memory_mb
        if self.memory.settled:
            idle = self.vitals.process.messages_per_s < 1 or not any(w.is_on_screen() for w in app.windows)
            self.memory.tick(now_ms, memory_mb, idle)
        elif app.first_value_ns or now_ms - self._begun_ms > SETTLE_MS_MAX:
            # Not before the first prices are on the screen: it costs some 50 ms.
            self.memory.settle(now_ms, memory_mb)
            self.gc.take()  # that one is part of the start

    # ---- once a second ---------------------------------------------------------------------------
    def _take_second(self, now_ms: int) -> None:
        assert self._seconds is not None
        second = self._seconds.take()
        self.history.add(second.figures)
        self._rate_subscriptions()
        if self._app.options.watch and self._app.settings.current.own_warnings:
            self._judge(second, now_ms)
        for listener in tuple(self._listeners):
            listener()

    def _judge(self, second: Second, now_ms: int) -> None:
        ours = [stall for stall in second.stalls if stall.is_ours]
        longest = max(ours, key=lambda stall: stall.lasted_ms, default=None)
        values = self._values(second, longest)
        for kind, step in self.watchman.take(now_ms, values):
            if step is Step.BEGUN:
                text = begun_words(kind, values[kind] or 0.0, longest)
                self._app.messages.add(
                    Level.WARNING, text, now_ms, MessageLink(tr("Show health"), self._app.show_health)
                )
            else:
                text = ended_words(kind, self.watchman.episodes[kind].worst)
                self._app.messages.add(Level.INFO, text, now_ms)

    def _values(self, second: Second, stall: Stall | None) -> dict[Kind, float | None]:
        app = self._app
        now_ns = monotonic_ns()
        frames = app.frames.figures.summary(now_ns - FRAMES_STRETCH_NS, now_ns)
        settled = app.frames.is_settled(now_ns)
        ticking = (second.figures["messages_per_s"] or 0) > 1 and any(w.is_on_screen() for w in app.windows)
        is_open = (len(app.windows), sum(len(window.panels) for window in app.windows))
        memory_mb = second.figures["memory_mb"] or 0.0
        return {
            Kind.FRAMES: frames.frame_p99_ms if settled else None,
            Kind.STALL: (stall.lasted_ms if stall is not None else 0.0) if settled else None,
            Kind.OVERFLOW: float(second.dropped),
            Kind.SLOW_CONSUMER: float(second.rebuilds),
            Kind.MEMORY: self._growth.take(memory_mb, is_open),
            Kind.FULL_GC: float(second.passes.full) if ticking else 0.0,
        }

    def _rate_subscriptions(self) -> None:
        bus = self._app.bus
        if bus is None:
            return
        now_ns = monotonic_ns()
        passed_s = max(now_ns - self._rated_ns, 1) / NS_PER_S
        before, self._rates = self._rates, {}
        rates = []
        for figures in bus.subscriptions:
            messages, size = before.get(id(figures), (figures.messages, figures.bytes))
            self._rates[id(figures)] = figures.messages, figures.bytes
            rates.append(
                SubscriptionRates(
                    figures.subject,
                    (figures.messages - messages) / passed_s,
                    (figures.bytes - size) * 8 / 1e3 / passed_s,
                    (now_ns - figures.heard_ns) // NS_PER_MS if figures.heard_ns else None,
                    figures.dropped + self._buffer_dropped(figures.subject),
                )
            )
        self._rated_ns = now_ns
        self.subscriptions = tuple(rates)

    def _buffer_dropped(self, subject: str) -> int:
        """What the feed behind a subject could not keep while it waited for a snapshot."""
        return sum(
            group.feed.counters.buffered_dropped
            for group in self._app.groups()
            if subject.endswith(f".{group.group_id}") and ".agg." in subject
        )

    # ---- for who shows it ------------------------------------------------------------------------
    def windows(self) -> tuple[WindowFigures, ...]:
        """Every window, as it paints now."""
        app = self._app
        now_ns, now_ms = monotonic_ns(), app.now_ms()
        told = []
        for window in app.windows:
            recent = app.frames.figures.summary(now_ns - WINDOW_STRETCH_NS, now_ns, window.frame_number)
            told.append(
                WindowFigures(
                    window.number,
                    "" if window.scope.is_live else window.scope.name,
                    app.frames.pace_words(window),
                    recent.frames_per_s,
                    recent.frame_p99_ms,
                    recent.latency_p99_ms,
                    window.cadence_ms(now_ms),
                )
            )
        return tuple(told)
