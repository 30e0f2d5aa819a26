"""Which key does what in the grid: keys to intents, nothing else."""

from enum import Enum, auto

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence


class Intent(Enum):
    """What a key asks for."""

    UP = auto()
    DOWN = auto()
    PAGE_UP = auto()
    PAGE_DOWN = auto()
    FIRST = auto()
    LAST = auto()
    LEFT = auto()
    RIGHT = auto()
    COPY = auto()
    SELECT_ALL = auto()
    TOGGLE = auto()
    ACTIVATE = auto()


_MOVES = (Intent.UP, Intent.DOWN, Intent.PAGE_UP, Intent.PAGE_DOWN, Intent.FIRST, Intent.LAST)
_PLAIN = {
    Qt.Key.Key_Up: Intent.UP,
    Qt.Key.Key_Down: Intent.DOWN,
    Qt.Key.Key_PageUp: Intent.PAGE_UP,
    Qt.Key.Key_PageDown: Intent.PAGE_DOWN,
    Qt.Key.Key_Home: Intent.FIRST,
    Qt.Key.Key_End: Intent.LAST,
    Qt.Key.Key_Left: Intent.LEFT,
    Qt.Key.Key_Right: Intent.RIGHT,
    Qt.Key.Key_Return: Intent.ACTIVATE,
    Qt.Key.Key_Enter: Intent.ACTIVATE,
}


# Rows can be walked over without selecting them, and be added one by one.
_CONTROLLED = {
    Qt.Key.Key_Space: Intent.TOGGLE,
    **{key: intent for key, intent in _PLAIN.items() if intent in _MOVES},
}


def intent_of(event: QKeyEvent) -> Intent | None:
    """The intent of a key press, None for keys that belong to somebody else."""
    if event.matches(QKeySequence.StandardKey.Copy):
        return Intent.COPY
    if event.matches(QKeySequence.StandardKey.SelectAll):
        return Intent.SELECT_ALL
    key = Qt.Key(event.key())
    if event.modifiers() & Qt.KeyboardModifier.AltModifier:
        return None
    if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        return _CONTROLLED.get(key)
    return _PLAIN.get(key)


def target(intent: Intent, place: int | None, count: int, page: int) -> int | None:
    """The place that a moving key leads to among `count` rows; None for keys that do not move rows."""
    here = -1 if place is None else place
    match intent:
        case Intent.UP:
            aim = here - 1
        case Intent.DOWN:
            aim = here + 1
        case Intent.PAGE_UP:
            aim = here - page
        case Intent.PAGE_DOWN:
            aim = here + page
        case Intent.FIRST:
            aim = 0
        case Intent.LAST:
            aim = count - 1
        case _:
            return None
    return min(max(aim, 0), count - 1) if count else None
