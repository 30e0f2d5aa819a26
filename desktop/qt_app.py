"""Qt's application object of the desk: who asks it to quit is handed to the desk, which ends in order.

Left to itself Qt closes one window after the other and ends the loop under the running tasks. A subclass and
no event filter: a filter would be called for every event of every widget.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication


class DeskQt(QApplication):
    """`on_quit` is called instead of closing the windows; None: as Qt does."""

    on_quit: Callable[[], None] | None = None

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Quit and self.on_quit is not None:
            event.accept()
            self.on_quit()
            return True
        return super().event(event)
