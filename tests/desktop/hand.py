"""What a hand does to a widget within a scenario, as the window system tells it.

`QTest.mouseMove`, `qWait` and `processEvents` turn the event loop inside of a task: timers of the loop are
lost and tasks step into each other. Nothing here does.
"""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

NO_BUTTON = Qt.MouseButton.NoButton


def move(widget: QWidget, place: QPoint | QPointF, held: Qt.MouseButton = NO_BUTTON) -> None:
    """The mouse comes to `place` of the widget, with a button held or without."""
    at = QPointF(place)
    none = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseMove, at, widget.mapToGlobal(at), held, held, none)
    QApplication.sendEvent(widget, event)
