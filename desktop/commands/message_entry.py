"""One message in the list of messages: level, words, time, detail, and the link to what can be done."""

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QPushButton, QWidget

from desktop.messages import Message
from desktop.paint.icons import icon_pixmap
from desktop.paint.theme import Theme
from desktop.tr import tr
from desktop.words import clock_time
from desktop.workspace.message_lane import EDGE_PX, LEVEL_EDGES, LEVEL_ICONS, LEVEL_INKS


class MessageEntry(QWidget):
    """`done` closes the list before the link's act runs. Ctrl+C copies, Return follows the link."""

    def __init__(self, message: Message, theme: Theme, done: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent)
        self.message = message
        self._done = done
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._icon, self._words = QLabel(self), QLabel(message.said, self)
        self._time, self._detail = QLabel(clock_time(message.time_us), self), QLabel(message.detail, self)
        self._time.setToolTip(tr("This computer's clock, UTC"))
        for label in (self._words, self._detail):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.link = QPushButton(message.link.words if message.link is not None else "", self)
        self.link.setFlat(True)
        self.link.setCursor(Qt.CursorShape.PointingHandCursor)
        self.link.clicked.connect(lambda _checked=False: self.follow_link())
        said = (message.level.name.capitalize(), message.said, message.detail, self._time.text())
        self.setAccessibleName(", ".join(part for part in said if part))
        grid = QGridLayout(self)
        pad = theme.px("spacing.m")
        grid.setContentsMargins(EDGE_PX + pad + 4, pad, theme.px("spacing.l"), pad)
        grid.setHorizontalSpacing(pad + 2)
        grid.setVerticalSpacing(theme.px("spacing.xs"))
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self._icon, 0, 0, top)
        grid.addWidget(self._words, 0, 1, top)
        grid.addWidget(self._time, 0, 2, top)
        grid.addWidget(self._detail, 1, 1, 1, 2)
        grid.addWidget(self.link, 2, 1, 1, 2, Qt.AlignmentFlag.AlignLeft)
        self._detail.setVisible(bool(message.detail))
        self.link.setVisible(message.link is not None)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        side = theme.px("icon_px.inline")
        ink = theme.argb(LEVEL_INKS[self.message.level])
        self._icon.setPixmap(
            icon_pixmap(LEVEL_ICONS[self.message.level], side, ink, self.devicePixelRatioF())
        )
        self._words.setFont(theme.font("ui", "strong"))
        self._time.setFont(theme.number_font("ui"))
        self._time.setStyleSheet(f"color: {theme.css('text.tertiary')};")
        self._detail.setStyleSheet(f"color: {theme.css('text.secondary')};")
        self.link.setStyleSheet(
            f"QPushButton {{ color: {theme.css('accent.text')}; background: transparent; border: none;"
            " padding: 0; min-height: 18px; max-height: 18px; text-align: left; }"
            "QPushButton:hover, QPushButton:focus { text-decoration: underline; }"
        )
        self.update()

    def height_for(self, width_px: int) -> int:
        """Of all lines, wrapped in so much room."""
        layout = self.layout()
        assert layout is not None
        return layout.totalHeightForWidth(width_px)

    def follow_link(self) -> None:
        link = self.message.link
        if link is not None:
            self._done()
            link.run()

    def copy(self) -> None:
        """The message as one text."""
        lines = (f"{self._time.text()} UTC  {self.message.said}", self.message.detail)
        QGuiApplication.clipboard().setText("\n".join(line for line in lines if line))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.follow_link()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction(tr("Copy this message")).triggered.connect(lambda _checked=False: self.copy())
        menu.popup(event.globalPos())

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        if self.hasFocus():
            painter.fillRect(self.rect(), theme.color("surface.selected"))
        painter.fillRect(
            QRect(0, 0, EDGE_PX, self.height() - 1), theme.color(LEVEL_EDGES[self.message.level])
        )
        painter.fillRect(EDGE_PX, self.height() - 1, self.width(), 1, theme.color("border.subtle"))
        painter.end()
