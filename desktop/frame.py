"""The frame clock: the one place that decides when a window paints.

Data is painted on arrival, at once when 15.5 ms have passed since the window's last frame, else by one
single shot. There is no free-running repaint timer: a second shot ends flashes, a slow tick runs ages and
staleness. A window off the screen is never painted, and sleeps after a while: then nothing of it costs
anything. One that nobody has looked after for a minute, without focus and mouse, paints at 15 Hz.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal

from core.clock import NS_PER_MS, monotonic_ns, wall_ns
from desktop.frame_figures import FrameFigures
from desktop.overload import Overload
from desktop.tr import tr

SPACING_NS: Final = 15_500_000  # one frame at 60 Hz, less the jitter of a 16 ms cadence
# A frame that came later than it was due, by a timer's grain or a neighbour's paint, may be followed so much
# earlier: else 60 frames a second wander off the data's own beat and become 57.
CATCH_UP_NS: Final = 4 * NS_PER_MS
BACKGROUND_SPACING_NS: Final = 100 * NS_PER_MS  # 10 Hz, only under overload
UNTENDED_SPACING_NS: Final = 66 * NS_PER_MS  # 15 Hz
UNTENDED_AFTER_NS: Final = 60_000 * NS_PER_MS  # without focus and without the mouse
ASLEEP_AFTER_NS: Final = 5_000 * NS_PER_MS  # off the screen: a window that is only passed over keeps its data
IN_FRONT_GRACE_NS: Final = 1_000 * NS_PER_MS  # a window just left keeps its pace for this long
FLASH_SWEEP_MS: Final = 33  # flashes end together, two frames at a time
# While data flows its frames end flashes and run ages: 50 ms without one is the slowest cadence.
QUIET_NS: Final = 50 * NS_PER_MS
HOUSEKEEPING_MS: Final = 250  # ages and staleness: a second without news shows within 1.25 s
# Opening a window or changing the theme makes a few slow frames that say nothing about the load.
UPHEAVAL_NS: Final = 1_500 * NS_PER_MS
PAINT_OVERDUE_NS: Final = 200 * NS_PER_MS  # a paint that never came (the window was covered or hidden)


class PaintedWindow(Protocol):
    """What the frame clock asks of a window."""

    def is_on_screen(self) -> bool:
        """False while hidden, minimised or not exposed."""

    def is_in_front(self) -> bool:
        """The window the trader works in."""

    def is_under_mouse(self) -> bool:
        """The mouse is over it."""

    def set_asleep(self, asleep: bool) -> None:
        """It has been off the screen for a while, or is back: what it holds only to show is given back."""

    def clock_us(self, now_ms: int) -> int:
        """The market's time of its scope."""

    def is_turning(self) -> bool:
        """Its scope is between two epochs: it keeps the old picture until all of the new one is there."""

    def prepare_frame(self, now_ms: int, clock_us: int) -> bool:
        """Format what changed and ask Qt for an update; False when nothing visible changed."""

    def skip_flash(self) -> None:
        """It has been off the screen: what its next frame finds changed did not move just now."""

    def take_oldest_recv_ns(self) -> int:
        """Earliest arrival at our host among what the next paint shows first; 0 when nothing is new."""

    def flash_deadline_ms(self) -> int | None:
        """When the next lit cell is to go dark, None when none is lit."""


@dataclass(slots=True)
class _Pace:
    """Where a window stands between data and paint; times are monotonic ns."""

    window: PaintedWindow
    number: int
    waiting: bool = False  # data has come that is not prepared yet
    painting: bool = False  # prepared, Qt has not painted it yet
    arrived_ns: int = 0  # when that data came
    begun_ns: int = 0
    begun_cpu_ns: int = 0  # of the GUI thread
    slot_ns: int = 0  # when the frame begun last was due, at most CATCH_UP_NS before it begun
    in_front_ns: int = 0
    tended_ns: int = 0  # had focus or the mouse then
    seen_ns: int = 0  # was on the screen then
    asleep: bool = False
    unseen: bool = False  # has been off the screen since its last frame
    oldest_recv_ns: int = 0


class FrameClock(QObject):
    """Paces every window of the desk. Signal `ticked(now_ms)`: four times a second, for ages and words."""

    ticked = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paces: dict[int, _Pace] = {}
        self._windows_seen = 0
        self._settled_ns = 0
        self._cpu_ns = time.thread_time_ns()  # of this, the GUI thread, at the last tick
        self.figures = FrameFigures()
        self.overload = Overload()
        self.untended_after_ns = UNTENDED_AFTER_NS  # 0: never
        self.asleep_after_ns = ASLEEP_AFTER_NS
        self.failed: Callable[[str, BaseException], object] = _raise
        self._shot = self._timer(self._on_shot)
        self._sweep = self._timer(self._on_sweep)
        self._tick = QTimer(self)
        self._tick.timeout.connect(self._on_tick)
        self._tick.start(HOUSEKEEPING_MS)

    def _timer(self, callback: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setSingleShot(True)
        timer.timeout.connect(callback)
        return timer

    # ---- windows ---------------------------------------------------------------------------------
    def add(self, window: PaintedWindow) -> int:
        """Pace `window` from now on; returns its number in the figures."""
        self._windows_seen += 1
        self.upheaval()
        now_ns = monotonic_ns()
        self._paces[id(window)] = _Pace(window, self._windows_seen, tended_ns=now_ns, seen_ns=now_ns)
        return self._windows_seen

    def remove(self, window: PaintedWindow) -> None:
        self._paces.pop(id(window), None)

    def upheaval(self) -> None:
        """What is painted next is slow for its own reasons and no overload."""
        self._settled_ns = monotonic_ns() + UPHEAVAL_NS

    def close(self) -> None:
        """Stop every timer; nothing paints by itself afterwards."""
        for timer in (self._shot, self._sweep, self._tick):
            timer.stop()
        self._paces.clear()

    # ---- decisions -------------------------------------------------------------------------------
    def data_arrived(self, windows: Iterable[PaintedWindow]) -> None:
        """New values stand in the tables these windows show: paint at once or at the next due time."""
        now_ns = monotonic_ns()
        for window in windows:
            pace = self._paces.get(id(window))
            if pace is None:
                continue
            if not pace.waiting:
                pace.waiting, pace.arrived_ns = True, now_ns
            if self._may_paint(pace) and now_ns >= self._due_ns(pace, now_ns):
                self._begin(pace, now_ns)
        self._arm(now_ns)

    @staticmethod
    def _may_paint(pace: _Pace) -> bool:
        return pace.window.is_on_screen() and not pace.window.is_turning()

    def _due_ns(self, pace: _Pace, now_ns: int) -> int:
        if pace.window.is_in_front():
            pace.in_front_ns = pace.tended_ns = now_ns
        if pace.painting:  # one frame at a time: a desk that cannot keep up skips frames, never queues them
            return pace.begun_ns + PAINT_OVERDUE_NS
        return pace.slot_ns + self._spacing_ns(pace, now_ns)

    def _spacing_ns(self, pace: _Pace, now_ns: int) -> int:
        if self.overload.active and now_ns - pace.in_front_ns > IN_FRONT_GRACE_NS:
            return BACKGROUND_SPACING_NS
        return UNTENDED_SPACING_NS if self._is_untended(pace, now_ns) else SPACING_NS

    def _is_untended(self, pace: _Pace, now_ns: int) -> bool:
        return bool(self.untended_after_ns) and now_ns - pace.tended_ns > self.untended_after_ns

    def tended(self, window: PaintedWindow) -> None:
        """A hand or an eye is on the window: the next frame comes at full pace."""
        pace = self._paces.get(id(window))
        if pace is not None:
            pace.tended_ns = monotonic_ns()
            if pace.waiting:
                self._arm(pace.tended_ns)

    def pace_words(self, window: PaintedWindow) -> str:
        """How often a window may paint now."""
        pace = self._paces.get(id(window))
        if pace is None or not window.is_on_screen():
            return tr("asleep") if pace is not None and pace.asleep else tr("off screen")
        spacing_ns = self._spacing_ns(pace, monotonic_ns())
        if spacing_ns == SPACING_NS:
            return tr("full")
        return "15 Hz" if spacing_ns == UNTENDED_SPACING_NS else "10 Hz"

    def is_settled(self, now_ns: int) -> bool:
        """Nothing was opened or dressed anew a moment ago: slow frames say something about the load."""
        return now_ns > self._settled_ns

    def _arm(self, now_ns: int) -> None:
        due = [
            self._due_ns(pace, now_ns)
            for pace in self._paces.values()
            if pace.waiting and self._may_paint(pace)
        ]
        if due:
            wait_ms = max(1, -(-(min(due) - now_ns) // NS_PER_MS))
            if not self._shot.isActive() or self._shot.remainingTime() > wait_ms:
                self._shot.start(wait_ms)

    def _on_shot(self) -> None:
        now_ns = monotonic_ns()
        for pace in tuple(self._paces.values()):
            if pace.waiting and self._may_paint(pace) and now_ns >= self._due_ns(pace, now_ns):
                self._begin(pace, now_ns)
        self._arm(now_ns)

    def _begin(self, pace: _Pace, now_ns: int) -> None:
        """Prepare one frame; Qt paints it as soon as the loop is free."""
        due_ns = (
            max(pace.arrived_ns, pace.slot_ns + self._spacing_ns(pace, now_ns)) if pace.waiting else now_ns
        )
        pace.slot_ns = max(min(due_ns, now_ns), now_ns - CATCH_UP_NS)
        pace.waiting = False
        pace.begun_ns, pace.begun_cpu_ns = now_ns, time.thread_time_ns()
        now_ms = now_ns // NS_PER_MS
        try:
            if pace.unseen:
                pace.unseen = False
                pace.window.skip_flash()
            changed = pace.window.prepare_frame(now_ms, pace.window.clock_us(now_ms))
            oldest_ns = pace.window.take_oldest_recv_ns()
        except Exception as error:  # noqa: BLE001 (whatever it is, the other windows get their frames)
            self.failed(tr("A window could not be painted"), error)
            return
        if changed:
            pace.oldest_recv_ns = oldest_ns
            pace.painting = True
            # A panel floating in a window of its own paints outside the desk window: after all updates
            # that are under way this event finds what is left to close.
            QCoreApplication.postEvent(
                self, QEvent(QEvent.Type.User), Qt.EventPriority.LowEventPriority.value - 1
            )
        self._arm_sweep(now_ns // NS_PER_MS)

    def painted(self, window: PaintedWindow) -> None:
        """The window's paint has ended and is flushed."""
        pace = self._paces.get(id(window))
        if pace is None or not pace.painting:
            return
        pace.painting = False
        if not window.is_on_screen():  # hidden since it was begun: nobody saw it
            return
        end_ns = monotonic_ns()
        frame_ns = end_ns - pace.begun_ns
        latency_ns = wall_ns() - pace.oldest_recv_ns if pace.oldest_recv_ns else -1
        cpu_ns = time.thread_time_ns() - pace.begun_cpu_ns
        self.figures.add(pace.number, end_ns, frame_ns, latency_ns, cpu_ns)
        if pace.waiting:
            self._arm(end_ns)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.User:
            for pace in tuple(self._paces.values()):
                self.painted(pace.window)
            return True
        return super().event(event)

    # ---- what time alone changes -----------------------------------------------------------------
    def _arm_sweep(self, now_ms: int) -> None:
        if self._sweep.isActive():
            return
        deadlines = [
            deadline
            for pace in self._paces.values()
            if self._may_paint(pace) and (deadline := pace.window.flash_deadline_ms()) is not None
        ]
        if deadlines:
            self._sweep.start(max(FLASH_SWEEP_MS, min(deadlines) - now_ms + 1))

    def _on_sweep(self) -> None:
        now_ns = monotonic_ns()
        now_ms = now_ns // NS_PER_MS
        for pace in tuple(self._paces.values()):
            deadline = pace.window.flash_deadline_ms() if self._may_paint(pace) else None
            if deadline is not None and deadline <= now_ms and self._is_quiet(pace, now_ns):
                self._begin(pace, now_ns)
        self._arm_sweep(now_ms)

    def _on_tick(self) -> None:
        now_ns = monotonic_ns()
        cpu_ns, self._cpu_ns = self._cpu_ns, time.thread_time_ns()
        if now_ns > self._settled_ns:
            self.overload.worked(self._cpu_ns - cpu_ns)
        self.overload.tick(now_ns)
        for pace in tuple(self._paces.values()):
            self._mind_sleep(pace, now_ns)
        self.ticked.emit(now_ns // NS_PER_MS)
        for pace in tuple(self._paces.values()):
            if not pace.window.is_on_screen():
                pace.window.take_oldest_recv_ns()  # what nobody saw arrive has no latency
                pace.painting = False
                pace.unseen = True
            elif self._is_quiet(pace, now_ns) and self._may_paint(pace):
                self._begin(pace, now_ns)

    def _mind_sleep(self, pace: _Pace, now_ns: int) -> None:
        """Four times a second: who is looked after, who has been off the screen for long."""
        if not pace.window.is_on_screen():
            if not pace.asleep and now_ns - pace.seen_ns > self.asleep_after_ns:
                pace.asleep = True
                pace.window.set_asleep(True)
            return
        pace.seen_ns = now_ns
        if pace.window.is_in_front() or pace.window.is_under_mouse():
            pace.tended_ns = now_ns
        self._wake(pace)

    @staticmethod
    def _wake(pace: _Pace) -> None:
        if pace.asleep:
            pace.asleep = False
            pace.window.set_asleep(False)

    def shown(self, window: PaintedWindow) -> None:
        """The window is back on the screen: it shall have its data before the next tick."""
        pace = self._paces.get(id(window))
        if pace is not None:
            pace.seen_ns = pace.tended_ns = monotonic_ns()
            self._wake(pace)
            if pace.waiting:
                self._arm(pace.seen_ns)

    def _is_quiet(self, pace: _Pace, now_ns: int) -> bool:
        """No frame of the window's data has come lately and none is under way."""
        return now_ns - pace.begun_ns >= QUIET_NS and now_ns >= self._due_ns(pace, now_ns)


def _raise(_what: str, error: BaseException) -> None:
    """Nobody is there to be told."""
    raise error
