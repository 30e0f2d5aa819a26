"""The messages, newest first, over the right of the window: opened by the bell, read by being opened.

Each has its level as icon and edge, its time, what it means and what can be done about it. Bounded: the
newest are listed, what is not is counted at the end.
"""

from typing import TYPE_CHECKING, Final

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.commands.message_entry import MessageEntry
from desktop.messages import Messages
from desktop.paint.overlay import Overlay
from desktop.paint.theme import Theme
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow

LISTED_MAX: Final = 50
SIDE_PX: Final = 8
HEAD_PX: Final = 34
HEIGHT_MIN_PX: Final = 80


class MessagesPanel(Overlay):
    """One a window."""

    def __init__(self, theme: Theme, window: "DeskWindow", messages: Messages) -> None:
        super().__init__(theme, window)
        self._window = window
        self._messages = messages
        self._before: QWidget | None = None
        self._new = 0
        self.entries: list[MessageEntry] = []
        self.setObjectName("messages")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(tr("Messages"))
        self._title, self._count = QLabel(tr("Messages"), self), QLabel(self)
        self.clear = QToolButton(self)
        self.clear.setText(tr("Clear"))
        self.clear.setToolTip(tr("Forget all messages"))
        self.clear.setAccessibleName(tr("Clear messages"))
        self.clear.clicked.connect(lambda _checked=False: messages.clear())
        self._rest = QLabel(self)
        self._rest.setWordWrap(True)
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self._list)
        self._scroll.viewport().setAutoFillBackground(False)
        self._list.setAutoFillBackground(False)
        self._lay_out()
        self.set_theme(theme)
        self._end = messages.listen(self._changed)
        window.installEventFilter(self)

    def _lay_out(self) -> None:
        theme = self._theme
        column = QVBoxLayout(self)
        column.setContentsMargins(*[self.margin_px] * 4)
        column.setSpacing(0)
        self._head = QWidget(self)
        self._head.setFixedHeight(HEAD_PX)
        row = QHBoxLayout(self._head)
        row.setContentsMargins(theme.px("spacing.l"), 0, theme.px("spacing.m"), 0)
        row.setSpacing(theme.px("spacing.m"))
        for part, stretch in ((self._title, 1), (self._count, 0), (self.clear, 0)):
            row.addWidget(part, stretch)
        self._rule = QWidget(self)
        self._rule.setFixedHeight(1)
        for widget in (self._head, self._rule, self._scroll, self._rest):
            column.addWidget(widget)

    def set_theme(self, theme: Theme) -> None:
        self.set_overlay_theme(theme)
        self._title.setFont(theme.font("ui", "title"))
        self._count.setStyleSheet(f"color: {theme.css('text.secondary')};")
        self._rule.setStyleSheet(f"background: {theme.css('border.default')};")
        self._rest.setStyleSheet(f"color: {theme.css('text.tertiary')}; padding: {theme.px('spacing.l')}px;")
        self._scroll.setStyleSheet("QScrollArea { background: transparent; border: none; }")
        for entry in self.entries:
            entry.set_theme(theme)
        if not self.isHidden():
            self.fit()

    # ---- open and closed -------------------------------------------------------------------------
    def toggle(self) -> None:
        """Open, or close and give the keys back."""
        if not self.isHidden():
            self.close_messages()
        else:
            self.open_messages()

    def open_messages(self) -> None:
        """What stood in the lanes counts as read from now on."""
        self._before = self._window.focusWidget()
        self._new = self._messages.new
        self.show()
        self.raise_()
        self._messages.read()  # which lists them
        first = self.entries[0] if self.entries else self.clear
        first.setFocus(Qt.FocusReason.PopupFocusReason)
        self._application().focusChanged.connect(self._focus_moved)

    @staticmethod
    def _application() -> QApplication:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        return application

    def close_messages(self, *, give_back: bool = True) -> None:
        if self.isHidden():
            return
        self._application().focusChanged.disconnect(self._focus_moved)
        before, self._before = self._before, None
        self.hide()
        self._empty()
        if give_back and before is not None and shiboken6.isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_panel(self) -> None:
        """The window is about to go."""
        self.close_messages(give_back=False)
        self._end()

    # ---- what is listed --------------------------------------------------------------------------
    def _empty(self) -> None:
        for entry in self.entries:
            self._column.removeWidget(entry)
            entry.hide()
            entry.deleteLater()
        self.entries = []

    def _changed(self) -> None:
        if self.isHidden():
            return
        kept = self._messages.all
        had = next((place for place, entry in enumerate(self.entries) if entry.hasFocus()), -1)
        self._new += self._messages.new
        if had >= 0:  # else the focus would leave the panel with the entry that has it
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._empty()
        for message in reversed(kept[-LISTED_MAX:]):
            entry = MessageEntry(message, self._theme, self.close_messages, self._list)
            self._column.addWidget(entry)
            entry.installEventFilter(self)  # the scroll area would take the arrows
            entry.show()  # now: a layout shows it with the next turn only, and the focus would wait
            self.entries.append(entry)
        new = min(self._new, len(kept))
        self._count.setText(tr("{count} new", count=new) if new else "")
        older = max(len(kept) - LISTED_MAX, 0) + self._messages.dropped
        self._rest.setText(
            tr("{count} older messages are not listed", count=f"{older:,}") if older
            else "" if kept else tr("No messages. What fails, and what you should know, is said here.")
        )  # fmt: skip
        self._rest.setVisible(bool(self._rest.text()))
        self._scroll.setVisible(bool(kept))
        self.clear.setEnabled(bool(kept))
        if had >= 0 and self.entries:
            self.entries[min(had, len(self.entries) - 1)].setFocus(Qt.FocusReason.OtherFocusReason)
        elif had >= 0:
            self.clear.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._messages.new:
            self._messages.read()
            return
        self.fit()

    def fit(self) -> None:
        """At the right, below the bar; as high as the list, within the window."""
        window, theme = self._window, self._theme
        width = min(theme.px("width.messages"), window.width() - 2 * SIDE_PX)
        inside = width - 2
        top = window.bar.mapTo(window, window.bar.rect().bottomLeft()).y() + SIDE_PX
        room = max(window.height() - top - window.strip.height() - SIDE_PX, HEIGHT_MIN_PX)
        fixed = HEAD_PX + 1 + 2
        if self._rest.isVisibleTo(self):
            fixed += self._rest.heightForWidth(inside)
        listed = min(sum(entry.height_for(inside) for entry in self.entries), max(room - fixed, 30))
        self._scroll.setFixedHeight(listed)
        self.place(window.width() - width - SIDE_PX, top, width, fixed + (listed if self.entries else 0))

    # ---- keys and focus --------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._take_key(event)
        # Nothing goes on to the window: Space would play a session that lies below.

    def _take_key(self, event: QKeyEvent) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.close_messages()
        elif key in steps and self.entries:
            had = next((place for place, entry in enumerate(self.entries) if entry.hasFocus()), -1)
            place = min(max(had + steps[key], 0), len(self.entries) - 1)
            self.entries[place].setFocus(Qt.FocusReason.TabFocusReason)
            self._scroll.ensureWidgetVisible(self.entries[place])
        else:
            return False
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() is QEvent.Type.Resize and not self.isHidden():
            self.fit()
        elif isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return isinstance(watched, MessageEntry) and self._take_key(event)
        return False

    def _focus_moved(self, _old: QWidget | None, focused: QWidget | None) -> None:
        """The work goes on elsewhere in the window: out of its way."""
        elsewhere = focused is not None and focused is not self and not self.isAncestorOf(focused)
        if elsewhere and focused is not None and focused.window() is self._window:
            self.close_messages(give_back=False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """On the frame: not for what lies below."""
        event.accept()
