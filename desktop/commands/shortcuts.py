"""The shortcuts of one window, made from the key bindings and made anew when those change.

A key that is held does its action once.
"""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from desktop.commands.commands import Commands

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow


class WindowShortcuts:
    """Of everything in the top-level `widget`, which is `window` itself or floats beside it."""

    def __init__(self, commands: Commands, window: "DeskWindow", widget: QWidget | None = None) -> None:
        self._commands = commands
        self._window = window
        self._widget = widget or window
        self._shortcuts: list[QShortcut] = []
        self._end = commands.keys.listen(self._make)
        self._make()

    def _make(self) -> None:
        self._drop()
        for action in self._commands.actions:
            for keys in self._commands.keys.keys(action.id):
                sequence = QKeySequence.fromString(keys, QKeySequence.SequenceFormat.PortableText)
                shortcut = QShortcut(sequence, self._widget)
                shortcut.setAutoRepeat(False)
                shortcut.activated.connect(partial(self._commands.run, action.id, self._window))
                self._shortcuts.append(shortcut)

    def _drop(self) -> None:
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._shortcuts = []

    def close(self) -> None:
        """The window is about to go."""
        self._end()
        self._drop()
