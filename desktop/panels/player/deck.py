"""What keys and buttons do to a session: one place for the player and for windows without one.

Holds the step unit that was chosen; everything else is asked of the transport. Commands without a session,
or before it is heard of, do nothing.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from core.clock import NS_PER_MS, monotonic_ns
from core.market.intervals import Interval
from desktop.desk import ClockPhase, StepUnit, Transport, TransportReading
from desktop.tr import mark, tr

STEPS_MANY: Final = 10
SPEED_KEYS: Final = 7  # 1 to 7


class Command(Enum):
    """What a key or a button asks for."""

    TOGGLE = auto()
    BACK = auto()
    FORWARD = auto()
    BACK_MANY = auto()
    FORWARD_MANY = auto()
    TO_BEGIN = auto()
    TO_END = auto()
    BOOKMARK = auto()
    LOOP = auto()
    PREVIOUS_MARK = auto()
    NEXT_MARK = auto()


KEY_WORDS: Final = (
    (mark("Space"), mark("Play or pause")),
    (mark("← →"), mark("Step back, step forward")),
    (mark("Shift ← →"), mark("10 steps")),
    (mark("Home, End"), mark("To the begin, to the end")),
    (mark("B"), mark("Set a bookmark; where one is, name it")),
    (mark(", ."), mark("To the bookmark before, after")),
    (mark("L"), mark("Loop on or off")),
    (mark("1 to 7"), mark("Speed, the slowest to Max")),
)
_PLAIN: Final = {
    Qt.Key.Key_Space: Command.TOGGLE,
    Qt.Key.Key_Left: Command.BACK,
    Qt.Key.Key_Right: Command.FORWARD,
    Qt.Key.Key_Home: Command.TO_BEGIN,
    Qt.Key.Key_End: Command.TO_END,
    Qt.Key.Key_B: Command.BOOKMARK,
    Qt.Key.Key_L: Command.LOOP,
    Qt.Key.Key_Comma: Command.PREVIOUS_MARK,
    Qt.Key.Key_Period: Command.NEXT_MARK,
}
_SHIFTED: Final = {Qt.Key.Key_Left: Command.BACK_MANY, Qt.Key.Key_Right: Command.FORWARD_MANY}
_STEPS: Final = {
    Command.BACK: -1,
    Command.FORWARD: 1,
    Command.BACK_MANY: -STEPS_MANY,
    Command.FORWARD_MANY: STEPS_MANY,
}
_NO_KEYS: Final = Qt.KeyboardModifier.NoModifier


def command_of(event: QKeyEvent) -> Command | int | None:
    """A command, the number of a speed (from 0), or None for keys of somebody else."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    key = Qt.Key(event.key())
    if modifiers == Qt.KeyboardModifier.ShiftModifier:
        return _SHIFTED.get(key)
    if modifiers != _NO_KEYS:
        return None
    number = event.key() - Qt.Key.Key_1.value
    return number if 0 <= number < SPEED_KEYS else _PLAIN.get(key)


class Deck(QObject):
    """`interval` tells the bars that a step of one bar goes by. Signals `unit_changed`, and `naming_wanted`
    of a bookmark where one was to be set a second time.
    """

    unit_changed = Signal()
    naming_wanted = Signal(object)  # Bookmark

    def __init__(self, interval: Callable[[], Interval], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.transport: Transport | None = None
        self.unit = StepUnit.BAR
        self.interval = interval

    def set_unit(self, unit: StepUnit) -> None:
        self.unit = unit
        self.unit_changed.emit()

    @property
    def step_unit(self) -> StepUnit:
        """What a step is here: the chosen unit where this session or run has it, else a bar."""
        transport = self.transport
        return self.unit if transport is None or self.unit in transport.units else StepUnit.BAR

    def _choose_speed(self, number: int) -> None:
        speeds = self.transport.speeds if self.transport is not None else ()
        if number < len(speeds):
            self.set_speed(speeds[number].milli)

    def reading(self) -> TransportReading | None:
        """Where the session is; None without one, or before it is heard of."""
        return None if self.transport is None else self.transport.reading(monotonic_ns() // NS_PER_MS)

    def take_key(self, event: QKeyEvent) -> bool:
        """Do what the key asks for; False when it asks for nothing here."""
        command = command_of(event)
        if command is None or self.transport is None:
            return False
        may_repeat = command in _STEPS
        if not event.isAutoRepeat() or may_repeat:
            if isinstance(command, int):
                self._choose_speed(command)
            else:
                self.do(command)
        event.accept()
        return True

    def do(self, command: Command) -> None:
        transport, reading = self.transport, self.reading()
        if transport is None or reading is None:
            return
        if command in _STEPS:
            transport.step(self.step_unit, _STEPS[command], self.interval())
        elif command is Command.TOGGLE:
            if reading.phase is ClockPhase.PLAYING:
                transport.pause()
            else:
                transport.play()
        elif command is Command.TO_BEGIN:
            transport.seek(reading.begin_ns)
        elif command is Command.TO_END:
            transport.seek(reading.end_ns)
        elif command is Command.LOOP:
            transport.set_looped(not reading.is_looped)
        elif command is Command.BOOKMARK:
            here = next((each for each in reading.bookmarks if each.tape_ns == reading.tape_ns), None)
            if here is not None:
                self.naming_wanted.emit(here)
            else:
                transport.bookmark(reading.tape_ns, self._free_name(reading))
        elif command in (Command.PREVIOUS_MARK, Command.NEXT_MARK):
            to_ns = self.bookmark_ns(command)
            if to_ns is not None:
                transport.seek(to_ns)

    def bookmark_ns(self, command: Command) -> int | None:
        """Of the bookmark before or after the clock; None without one."""
        reading = self.reading()
        marks_ns = [each.tape_ns for each in reading.bookmarks] if reading is not None else []
        now_ns = reading.tape_ns if reading is not None else 0
        if command is Command.NEXT_MARK:
            return min((at for at in marks_ns if at > now_ns), default=None)
        return max((at for at in marks_ns if at < now_ns), default=None)

    def set_speed(self, speed_milli: int) -> None:
        if self.transport is not None:
            self.transport.set_speed(speed_milli)

    def change_speed(self, by: int) -> None:
        """To the next of the offered speeds, slower when negative; the last one is as fast as possible."""
        transport, reading = self.transport, self.reading()
        if transport is None or reading is None:
            return
        offered = [speed.milli or transport.speed_milli_max + 1 for speed in transport.speeds]
        now = reading.speed_milli or transport.speed_milli_max + 1
        further = [milli for milli in offered if (milli - now) * by > 0]
        if further:
            chosen = min(further) if by > 0 else max(further)
            self.set_speed(transport.speeds[offered.index(chosen)].milli)

    @staticmethod
    def _free_name(reading: TransportReading) -> str:
        taken = {bookmark.name for bookmark in reading.bookmarks}
        return next(
            name
            for number in range(1, len(taken) + 2)
            if (name := tr("Bookmark {number}", number=number)) not in taken
        )
