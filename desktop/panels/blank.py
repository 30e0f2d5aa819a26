"""What a panel shows instead of rows: an icon, one sentence, one or two buttons.

For a list that is empty and for a panel that failed; the rest of the desk goes on.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.paint.icons import icon_pixmap
from desktop.paint.theme import Theme

Action = tuple[str, Callable[[], None]]
WIDTH_MAX_PX = 240  # 60 grid units: the sentence breaks into two or three lines


class BlankCard(QWidget):
    """`say` sets icon, title, sentence and actions; the first action is the default button."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = ""
        self._icon, self._title, self._text = QLabel(), QLabel(), QLabel()
        self._buttons: list[QPushButton] = []
        self._said: tuple[object, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setSpacing(theme.px("spacing.m"))
        self._column.addStretch(1)
        self._title.setProperty("role", "title")
        self._text.setProperty("role", "secondary")
        self._text.setWordWrap(True)
        self._text.setFixedWidth(WIDTH_MAX_PX)
        for label in (self._icon, self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._column.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.addStretch(1)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._draw_icon()

    def say(self, icon: str, title: str, text: str, actions: Sequence[Action] = ()) -> None:
        said = (icon, title, text, tuple(name for name, _ in actions))
        if said == self._said:
            return
        self._said = said
        self._icon_name = icon
        self._title.setText(title)
        self._text.setText(text)
        for button in self._buttons:
            self._column.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        for name, act in actions:
            button = QPushButton(name, self)
            if not self._buttons:
                button.setProperty("kind", "default")
            button.clicked.connect(act)
            self._column.insertWidget(self._column.count() - 1, button, 0, Qt.AlignmentFlag.AlignHCenter)
            self._buttons.append(button)
        self._draw_icon()

    @property
    def words(self) -> str:
        """What stands on the card, for tests and assistive technology."""
        return f"{self._title.text()} {self._text.text()}".strip()

    def _draw_icon(self) -> None:
        if self._icon_name:
            side = self._theme.px("icon_px.empty_state")
            argb = self._theme.argb("text.tertiary")
            self._icon.setPixmap(icon_pixmap(self._icon_name, side, argb, self.devicePixelRatioF()))
