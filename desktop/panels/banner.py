"""The state banner of a panel: icon, words, and a note at the right, 24 px under the title bar.

Shows what `PanelState` says and nothing when it says nothing; a loading panel speaks without a fill.
"""

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.paint.icons import icon_pixmap
from desktop.paint.theme import Theme
from desktop.panels.states import LIVE, PanelKind, PanelState

# icon, colour of text and icon, fill
_LOOKS: Final[dict[PanelKind, tuple[str, str, str]]] = {
    PanelKind.LOADING: ("", "text.secondary", "surface.panel"),
    PanelKind.EMPTY: ("", "text.secondary", "surface.panel"),
    PanelKind.STALE: ("clock", "state.stale", "state_fill.stale"),
    PanelKind.ENDED: ("circle-pause", "state.stale", "state_fill.stale"),
    PanelKind.LATE: ("triangle-alert", "state.late", "state_fill.late"),
    PanelKind.HALTED: ("circle-pause", "state.halted", "state_fill.halted"),
    PanelKind.DISCONNECTED: ("unplug", "state.disconnected", "state_fill.disconnected"),
    PanelKind.ERROR: ("circle-alert", "state.error", "state_fill.error"),
}


class StateBanner(QWidget):
    """`show_state` takes the state of the panel; the banner hides itself when there is nothing to say."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.state: PanelState = LIVE
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(theme.px("height.state_banner"))
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_state(self, state: PanelState) -> None:
        if state == self.state:
            return
        self.state = state
        self.setAccessibleName(f"{state.text} {state.note}".strip())
        self.setVisible(state.has_banner)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, self._theme.px("height.state_banner"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._theme
        icon, colour, fill = _LOOKS.get(self.state.kind, _LOOKS[PanelKind.LOADING])
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color(fill))
        painter.setPen(theme.color("border.subtle"))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        pad, left = theme.px("spacing.m"), theme.px("spacing.m")
        if icon:
            side = theme.px("icon_px.inline")
            pixmap = icon_pixmap(icon, side, theme.argb(colour), self.devicePixelRatioF())
            painter.drawPixmap(left, (self.height() - side) // 2, pixmap)
            left += side + theme.px("spacing.form_row_gap")
        painter.setFont(theme.number_font("ui"))
        painter.setPen(theme.color(colour))
        metrics = painter.fontMetrics()
        note_px = metrics.horizontalAdvance(self.state.note)
        right = self.width() - pad - note_px
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(right, 0, note_px + 1, self.height()), middle, self.state.note)
        room = max(0, right - left - pad)
        text = metrics.elidedText(self.state.text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(left, 0, room, self.height()), middle, text)
        painter.end()


class PanelOutline(QWidget):
    """A 2 px outline around a whole panel while nothing in it can be live; lets the mouse through."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def surround(self, shown: bool) -> None:
        """Show or hide, over the whole of the parent."""
        parent = self.parentWidget()
        if shown and parent is not None and self.size() != parent.size():
            self.resize(parent.size())
        if shown != self.isVisible():
            self.setVisible(shown)
        if shown:
            self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        width = self._theme.px("line_px.disconnected_frame")
        painter = QPainter(self)
        colour = self._theme.color("state.disconnected")
        for strip in (
            (0, 0, self.width(), width),
            (0, self.height() - width, self.width(), width),
            (0, 0, width, self.height()),
            (self.width() - width, 0, width, self.height()),
        ):
            painter.fillRect(*strip, colour)
        painter.end()
