"""Tells when a window can be seen again though it was never hidden: another desktop, a window over it.

Qt sends no show event then, only an expose event to the native window.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QWindow


class ExposureWatch(QObject):
    """Calls `back` each time the watched window comes to be exposed."""

    def __init__(self, back: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._back = back
        self._handle: QWindow | None = None
        self._exposed = False

    def watch(self, handle: QWindow | None) -> None:
        """A window gets another native one when it is made anew."""
        if handle is not None and handle is not self._handle:
            self._handle = handle
            handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Expose and isinstance(watched, QWindow):
            was, self._exposed = self._exposed, watched.isExposed()
            if self._exposed and not was:
                self._back()
        return False
