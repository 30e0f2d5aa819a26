"""What a window has of the desk's commands: its shortcuts, its palette, and where a chosen symbol goes."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from core.market.instruments import InstrumentKey
from desktop.commands.key_editor import KeyEditor
from desktop.commands.key_sheet import KeySheet
from desktop.commands.messages_panel import MessagesPanel
from desktop.commands.palette.palette import Palette
from desktop.commands.shortcuts import WindowShortcuts
from desktop.paint.theme import Theme

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow


class WindowCommands:
    """One a window; `close` before it goes."""

    def __init__(self, window: "DeskWindow") -> None:
        self._window = window
        self._commands = commands = window.host.commands
        self._shortcuts = WindowShortcuts(commands, window)
        self.palette = Palette(window.host.theme, window, lambda: commands.sources(window, self.show_symbol))
        self.messages = MessagesPanel(window.host.theme, window, window.host.messages)
        self._end = commands.keys.listen(self._tell_keys)
        self._tell_keys()

    def _tell_keys(self) -> None:
        self._window.bar.search.show_keys(self._commands.shown_keys("palette.open"))

    def find(self, text: str = "") -> None:
        """Open the palette; opened already and asked for nothing, close it."""
        if self.palette.isVisible() and not text:
            self.palette.close_palette()
        else:
            self.palette.open_palette(text)

    def show_symbol(self, key: InstrumentKey, beside: bool = False) -> None:
        """In the panel in use, or in a new chart."""
        window = self._window
        window.host.symbols.recents.use(key)
        chart = window.add_chart() if beside else window.panel_in_use
        if chart is not None and chart in window.contents.charts:
            chart.choose(key)
            chart.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            window.go_to(f"{key.exchange}:{key.symbol}")

    def edit_keys(self, action_id: str = "") -> KeyEditor:
        """Open the keys, at an action if one is meant; one dialog a window."""
        editor = self._window.findChild(KeyEditor)
        if editor is None:
            editor = KeyEditor(self._commands, lambda: self._window.host.theme, self._window)
        if action_id:
            editor.list.choose(action_id)
        editor.show()
        editor.activateWindow()
        return editor

    def show_keys(self) -> KeySheet:
        """Open the sheet of all keys."""
        sheet = self._window.findChild(KeySheet)
        if sheet is None:
            sheet = KeySheet(self._commands, self._window.host.theme, self._window)
        sheet.show()
        sheet.activateWindow()
        return sheet

    def show_messages(self) -> None:
        """Open the messages, or close them again."""
        self.messages.toggle()

    def set_theme(self, theme: Theme) -> None:
        self.palette.set_theme(theme)
        self.messages.set_theme(theme)

    def tick(self) -> None:
        """Four times a second."""
        self.palette.tick()

    def close(self) -> None:
        self._end()
        self.messages.close_panel()
        self._shortcuts.close()
