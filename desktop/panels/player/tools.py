"""What stands right in the player's title bar: the promise it makes, its keys, more."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from desktop.commands.context_menu import add_actions
from desktop.paint.icons import icon
from desktop.paint.theme import Theme
from desktop.panels.player.actions import actions
from desktop.panels.player.deck import KEY_WORDS
from desktop.panels.player.panel import PlayerPanel
from desktop.panels.title_tools import TitleTools
from desktop.tr import tr
from desktop.words import SPEEDS_MILLI, speed_words


class PlayerTools(TitleTools):
    """Follows one player."""

    def __init__(self, panel: PlayerPanel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panel = panel
        self._promise = QLabel(panel.line_words, self)
        panel.line_changed.connect(self._say_line)
        self._keys, self._more = QToolButton(self), QToolButton(self)
        self._keys.clicked.connect(lambda: self._pop_up(self._keys, self.keys_menu()))
        self._more.clicked.connect(lambda: self._pop_up(self._more, self.more_menu()))
        for button, name in ((self._keys, tr("Keys of the player")), (self._more, tr("More for the player"))):
            button.setToolTip(name)
            button.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(4)
        for widget in (self._promise, self._keys, self._more):
            row.addWidget(widget)
        self.set_theme(theme)

    def _say_line(self) -> None:
        self._promise.setText(self._panel.line_words)
        self.fit_again()

    def leaving(self) -> Sequence[QWidget]:
        return [self._promise, self._keys]

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        size, small = theme.px("icon_px.inline"), theme.font_px("small")
        self._promise.setFont(theme.font("small"))
        self._promise.setStyleSheet(f"color: {theme.css('text.secondary')}; font-size: {small}px;")
        self._keys.setIcon(icon("keyboard", theme))
        self._more.setIcon(icon("ellipsis-vertical", theme))
        for button in (self._keys, self._more):
            button.setIconSize(QSize(size, size))
            button.setFixedSize(22, 22)
            button.setAutoRaise(True)

    def keys_menu(self) -> QMenu:
        """What each key does; a list to read."""
        menu = QMenu(self)
        # Nothing to choose, and all of it to be read.
        menu.setStyleSheet(f"QMenu::item:disabled {{ color: {self._theme.css('text.primary')}; }}")
        for keys, words in KEY_WORDS:
            menu.addAction(f"{tr(words)}\t{tr(keys)}").setEnabled(False)
        return menu

    def more_menu(self) -> QMenu:
        """Bookmarks by name, then what else there is."""
        menu = QMenu(self)
        marks = self._panel.bookmarks
        for bookmark in marks:
            menu.addAction(tr("Go to {mark}", mark=self._panel.mark_words(bookmark))).triggered.connect(
                lambda _checked=False, at=bookmark.tape_ns: self._panel.seek(at)
            )
        if marks:
            menu.addSeparator()
        known = {action.id: action for action in actions()}
        add_actions(menu, self._panel, [known["player.bookmark"]], [tr("Set a bookmark here")])
        speeds = menu.addMenu(tr("Speed"))
        chosen = [known[f"player.speed.{milli}"] for milli in SPEEDS_MILLI]
        add_actions(speeds, self._panel, chosen, [speed_words(milli) for milli in SPEEDS_MILLI])
        menu.addAction(tr("Type a speed")).triggered.connect(lambda _checked=False: self._panel.type_speed())
        menu.addAction(tr("Copy the time")).triggered.connect(lambda _checked=False: self._panel.copy_time())
        return menu

    @staticmethod
    def _pop_up(button: QToolButton, menu: QMenu) -> None:
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))
