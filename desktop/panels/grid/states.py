"""What a whole grid panel is in, and the two ways of saying it: a banner above the header, a page instead.

Every state has a word, so that none depends on colour. Values once shown stay; only an empty list or an
error takes the rows away.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.paint.icons import icon_pixmap
from desktop.paint.theme import Theme


class PanelKind(Enum):
    """States of a panel, from LOOK's table."""

    LIVE = "live"
    LOADING = "loading"
    EMPTY = "empty"
    STALE = "stale"
    LATE = "late"
    HALTED = "halted"
    DISCONNECTED = "disconnected"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class PanelState:
    """`words` and `detail` stand left and right in the banner; the others on the page of EMPTY and ERROR.

    The first of `actions` is the default button; a click hands its label to `QuoteGrid.action_requested`.
    """

    kind: PanelKind = PanelKind.LIVE
    words: str = ""
    detail: str = ""
    title: str = ""
    sentence: str = ""
    actions: tuple[str, ...] = ()
    icon: str = ""  # of the page, where it is another than the kind's


LIVE: Final = PanelState()
LOW_PX: Final = 230
_BANNER_ICONS: Final = {
    PanelKind.STALE: "clock",
    PanelKind.LATE: "triangle-alert",
    PanelKind.HALTED: "circle-pause",
    PanelKind.DISCONNECTED: "unplug",
    PanelKind.ERROR: "circle-alert",
}


class StateBanner(QWidget):
    """One line above the column header: icon, words, and what happens next at the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = LIVE
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_state(self, state: PanelState) -> None:
        """Show the state's words; hidden when there are none."""
        self._state = state
        said = " ".join(part for part in (state.words, state.detail) if part)
        self.setAccessibleName(said)
        self.setToolTip(said)  # a narrow panel cuts it
        self.setVisible(bool(state.words))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, self._theme.px("height.state_banner"))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, kind = self._theme, self._state.kind
        painter = QPainter(self)
        marked = kind in _BANNER_ICONS
        painter.fillRect(self.rect(), theme.color(f"state_fill.{kind.value}" if marked else "surface.panel"))
        left, pad = float(theme.px("spacing.m")), theme.px("spacing.m")
        if marked:
            size = theme.px("icon_px.inline")
            pixmap = icon_pixmap(
                _BANNER_ICONS[kind], size, theme.argb(f"state.{kind.value}"), self.devicePixelRatioF()
            )
            painter.drawPixmap(QPointF(left, (self.height() - size) / 2), pixmap)
            left += size + 6
        words = theme.number_font("small", "strong")
        detail = theme.number_font("small")
        metrics = QFontMetricsF(words)
        baseline = round((self.height() + metrics.capHeight()) / 2)
        room = self.width() - pad - left
        right_width = QFontMetricsF(detail).horizontalAdvance(self._state.detail)
        # When both do not fit, the words stay: they say what is wrong.
        if right_width + 8 + metrics.horizontalAdvance(self._state.words) <= room:
            painter.setFont(detail)
            painter.setPen(theme.color("text.secondary"))
            painter.drawText(QPointF(self.width() - pad - right_width, baseline), self._state.detail)
        painter.setFont(words)
        painter.setPen(theme.color(f"state.{kind.value}" if marked else "text.secondary"))
        shown = metrics.elidedText(self._state.words, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(left, baseline), shown)
        painter.end()


class StatePage(QWidget):
    """Icon, one sentence and at most two buttons in the place of the rows."""

    action_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = LIVE
        self._icon, self._title, self._sentence = QLabel(self), QLabel(self), QLabel(self)
        self._buttons: list[QPushButton] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 24, 24, 24)
        self._column.setSpacing(0)
        self._column.addStretch(3)
        for label, space in ((self._icon, 14), (self._title, 6), (self._sentence, 10)):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(label is not self._icon)
            label.setTextFormat(Qt.TextFormat.PlainText)
            self._column.addWidget(label, 0)
            self._column.addSpacing(space)
        self._button_column = QVBoxLayout()
        self._button_column.setSpacing(6)
        self._column.addLayout(self._button_column)
        self._column.addStretch(4)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low panel does without the icon: words and buttons come first."""
        low = self.height() < LOW_PX
        self._icon.setVisible(not low)
        pad = 6 if low else 24
        self._column.setContentsMargins(24, pad, 24, pad)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._fill()

    def set_state(self, state: PanelState) -> None:
        """Show the state's sentence and buttons; buttons stay themselves while the state does."""
        if state != self._state:
            self._state = state
            self._fill()

    def _fill(self) -> None:
        theme, state = self._theme, self._state
        error = state.kind is PanelKind.ERROR
        name = state.icon or ("circle-alert" if error else "inbox")
        pixmap = icon_pixmap(
            name, theme.px("icon_px.empty_state"), theme.argb("text.tertiary"), self.devicePixelRatioF()
        )
        self._icon.setPixmap(pixmap)
        self._title.setText(state.title)
        self._title.setFont(theme.font("title", "strong"))
        self._title.setStyleSheet(
            f"color: {theme.css('text.primary')}; font-weight: 500; background: transparent;"
        )
        self._sentence.setText(state.sentence)
        self._sentence.setFont(theme.font("ui"))
        self._sentence.setStyleSheet(f"color: {theme.css('text.tertiary')}; background: transparent;")
        self._icon.setStyleSheet("background: transparent;")
        for button in self._buttons:
            self._button_column.removeWidget(button)
            button.hide()  # it goes with the event loop's next turn, which may be a frame away
            button.deleteLater()
        self._buttons = [self._button(index, label) for index, label in enumerate(state.actions)]

    def _button(self, index: int, label: str) -> QPushButton:
        theme = self._theme
        button = QPushButton(label, self)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setFont(theme.font("ui", "strong"))
        fill, edge, ink, over = (
            ("accent.fill", "accent.fill", "text.on_accent", "accent.fill_hover")
            if index == 0
            else ("surface.raised", "border.default", "text.primary", "surface.hover")
        )
        height = theme.px("height.button") - 2
        button.setStyleSheet(
            f"QPushButton {{ background: {theme.css(fill)}; border: 1px solid {theme.css(edge)};"
            f" color: {theme.css(ink)}; border-radius: {theme.px('radius.control')}px; padding: 0 12px;"
            f" min-height: {height}px; max-height: {height}px; }}"
            f"QPushButton:hover {{ background: {theme.css(over)}; }}"
            f"QPushButton:focus {{ border-color: {theme.css('focus.ring')}; }}"
        )
        button.clicked.connect(lambda: self.action_requested.emit(label))
        self._button_column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        button.setVisible(True)
        return button

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(QRectF(self.rect()), self._theme.color("surface.panel"))
        painter.end()
