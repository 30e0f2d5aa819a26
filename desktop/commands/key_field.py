"""A field that takes keys as they are pressed, not what they write."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.commands.key_texts import caps, keys_of
from desktop.tr import tr


class KeyField(QLineEdit):
    """Signals: `recorded(str)`, spelled as Qt does; `left()` on Esc. Shortcuts do not act meanwhile."""

    recorded = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAccessibleName(tr("New key"))
        self._say()

    def show_keys(self, keys: str) -> None:
        """What was recorded, or nothing any more."""
        self.setText("+".join(caps(keys)))

    def _say(self) -> None:
        self.setPlaceholderText(
            tr("Press the new key…") if self.hasFocus() else tr("Click, then press a key")
        )

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()  # it is a key to record, whatever it does elsewhere
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.key() == Qt.Key.Key_Escape and plain:
            self.left.emit()
            return
        keys = keys_of(event.keyCombination())
        if keys:
            self.show_keys(keys)
            self.recorded.emit(keys)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._say()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._say()
