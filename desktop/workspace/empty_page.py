"""What a window without panels shows: one sentence, and a button for each kind of panel."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.paint.icons import icon, icon_pixmap
from desktop.paint.theme import Theme, ui_font
from desktop.tr import tr
from desktop.workspace import panel_kinds
from desktop.workspace.panel_kinds import Kind

BUTTONS_MAX: Final = 4


class EmptyPage(QWidget):
    """`add` is called with the kind that was chosen."""

    def __init__(self, theme: Theme, add: Callable[[Kind], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._add = add
        self._icon = QLabel(self)
        self._title, self._sentence = QLabel(self), QLabel(self)
        self.buttons: list[QPushButton] = []
        column = QVBoxLayout(self)
        column.setSpacing(theme.px("spacing.m"))
        column.addStretch(2)
        for label in (self._icon, self._title, self._sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        self._row = QHBoxLayout()
        self._row.setSpacing(theme.px("spacing.m"))
        self._row.addStretch(1)
        self._row.addStretch(1)
        column.addSpacing(theme.px("spacing.s"))
        column.addLayout(self._row)
        column.addStretch(3)
        self.hide()
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._title.setText(tr("This window is empty"))
        self._sentence.setText(tr("Add a panel to it."))
        self._title.setFont(ui_font(theme.font_px("ui") + 2, "title"))
        self._sentence.setFont(ui_font(theme.font_px("ui")))
        self._sentence.setStyleSheet(f"color: {theme.css('text.secondary')};")
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(icon_pixmap("layout-dashboard", 28, theme.argb("text.tertiary"), ratio))
        self._fill_buttons()
        self.update()

    def _fill_buttons(self) -> None:
        kinds = panel_kinds.ALL[:BUTTONS_MAX]
        while len(self.buttons) < len(kinds):
            button = QPushButton(self)
            kind = kinds[len(self.buttons)]
            button.clicked.connect(lambda _checked=False, kind=kind: self._add(kind))
            self._row.insertWidget(len(self.buttons) + 1, button)
            self.buttons.append(button)
        for button, kind in zip(self.buttons, kinds, strict=True):
            button.setText(kind.title())
            button.setIcon(icon(kind.icon, self._theme))
            button.setIconSize(QSize(14, 14))
        self.setFocusProxy(self.buttons[0])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("surface.desk"))
        painter.end()
