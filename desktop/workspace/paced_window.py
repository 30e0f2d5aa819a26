"""A window as the frame clock sees it: whether it may paint, what a frame prepares, what has been painted.

The rest of the window is in `window.py`; nothing here decides when to paint.
"""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QMainWindow

from core.clock import wall_ns
from core.scope import Scope
from desktop.desk import ClockReading, Desk
from desktop.frame import FrameClock
from desktop.paint.theme import Theme

if TYPE_CHECKING:
    from desktop.workspace.host import DeskHost
    from desktop.workspace.window_panels import WindowPanels


class PacedWindow(QMainWindow):
    """`desktop.frame.PaintedWindow`, of the panels `contents`."""

    changed = Signal()  # what is kept of the window may be another

    host: "DeskHost"
    contents: "WindowPanels"
    scope: Scope
    _frames: FrameClock
    _desk: Desk | None
    _is_still: bool
    _is_asleep: bool
    _painted: ClockReading | None
    _flipped: tuple[int, int]

    @property
    def _working(self) -> list[Any]:
        raise NotImplementedError

    def tick(self, now_ms: int) -> None:
        """Words and ages."""
        raise NotImplementedError

    def set_theme(self, theme: Theme) -> None:
        """Another look."""
        raise NotImplementedError

    def _say_clock(self, clock: ClockReading) -> None:
        raise NotImplementedError

    def follow_turn(self) -> None:
        """The scope has begun to turn to another epoch, or is there."""
        if self._is_still != self.is_turning():
            self._is_still = self.is_turning()
            self.contents.hold_still(self._is_still)

    def _data_arrived(self) -> None:
        self._frames.data_arrived((self,))

    def _values_shown(self) -> None:
        """Rows were read between frames, by a scroll or because a banner came: the clock goes with them."""
        desk = self._desk
        if desk is None or self.scope.is_live or self._painted is None or desk.is_turning:
            return
        clock = desk.clock.read(self.host.now_ms())
        if clock.epoch == self._painted.epoch:  # else the frame that flips says it
            self._say_clock(clock)

    def is_on_screen(self) -> bool:
        handle = self.windowHandle()
        return handle is not None and self.isVisible() and not self.isMinimized() and handle.isExposed()

    def is_in_front(self) -> bool:
        return self.isActiveWindow()

    def is_under_mouse(self) -> bool:
        return self.underMouse()

    def set_asleep(self, asleep: bool) -> None:
        """Nobody sees the window: nothing is received or formatted for it. Not in a session: after a seek
        what it kept would be of another time.
        """
        self._is_asleep = asleep
        self.contents.set_asleep(asleep and self.scope.is_live)
        if not asleep:
            self.tick(self.host.now_ms())

    def is_turning(self) -> bool:
        return self._desk is not None and self._desk.is_turning

    def clock_us(self, now_ms: int) -> int:
        return self._desk.clock.read(now_ms).time_us if self._desk is not None else 0

    def prepare_frame(self, now_ms: int, clock_us: int) -> bool:
        desk = self._desk
        changed = self.contents.prepare_frame(now_ms, clock_us)
        if desk is not None and not self.scope.is_live:
            # In a session a second may be a frame long: the words go with the prices, not with the ticks.
            self._say_clock(desk.clock.read(now_ms))
        return changed

    def skip_flash(self) -> None:
        """It has been off the screen: nothing of its next frame moved just now."""
        for panel in self.contents.watchlists:
            panel.grid.skip_flash()

    def take_oldest_recv_ns(self) -> int:
        times = [oldest for panel in self._working if (oldest := panel.take_oldest_recv_ns())]
        return min(times, default=0)

    def cadence_ms(self, now_ms: int) -> int:
        """Spacing in force for what this window shows; 0 when it shows nothing."""
        return max((panel.cadence_ms(now_ms) for panel in self._working), default=0)

    def flash_deadline_ms(self) -> int | None:
        deadlines = [at for panel in self._working if (at := panel.flash_deadline_ms()) is not None]
        return min(deadlines, default=None)

    def event(self, event: QEvent) -> bool:
        kind = event.type()
        handled = super().event(event)
        if kind is QEvent.Type.UpdateRequest:
            self._frames.painted(self)
            if self._flipped[0] and not self._flipped[1]:
                self._flipped = (self._flipped[0], wall_ns())
            if any(panel.shows_values for panel in self.contents.watchlists):
                self.host.value_painted()
        elif kind is QEvent.Type.DevicePixelRatioChange:
            self.set_theme(self.host.theme)  # icons are drawn for one ratio
        elif kind is QEvent.Type.Enter:
            self._frames.tended(self)
        elif kind in (QEvent.Type.WindowActivate, QEvent.Type.WindowDeactivate):
            self._frames.tended(self)
            self.contents.set_in_front(kind is QEvent.Type.WindowActivate)
        return handled

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self.changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.WindowStateChange:
            self.changed.emit()
