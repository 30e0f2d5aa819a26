"""Parts of the player's upper row: the field for a speed, details that give way, how buttons look."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QLineEdit

from desktop.paint.theme import Theme
from desktop.panels.player.words import SpeedError, parse_speed
from desktop.tr import tr
from desktop.words import SPEED_MILLI_MAX

if TYPE_CHECKING:
    from desktop.panels.player.controls import Controls

SPEED_FIELD_PX: Final = 64


class SpeedField(QLineEdit):
    """A speed that is typed; stands in the place of the word `Speed` while it is."""

    def __init__(self, controls: "Controls") -> None:
        super().__init__(controls)
        self._controls = controls
        self.setPlaceholderText(tr("8, 0.25, max"))
        self.setAccessibleName(tr("Speed"))
        self.setFixedWidth(SPEED_FIELD_PX)
        self.returnPressed.connect(self._take)
        self.hide()

    def _take(self) -> None:
        try:
            transport = self._controls.deck.transport
            speed_milli = parse_speed(
                self.text(), transport.speed_milli_max if transport is not None else SPEED_MILLI_MAX
            )
        except SpeedError as error:
            self.setToolTip(str(error))
            self.selectAll()
            self._controls.refused(str(error))
            return
        self._controls.deck.set_speed(speed_milli)
        self._controls.end_typing()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._controls.end_typing()
            return
        super().keyPressEvent(event)
        event.accept()  # digits, Space and letters are typed, and never reach the deck

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._controls.end_typing()


class Details(QLabel):
    """Text that ends with … where it does not fit, and is whole in its tooltip."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.setFont(self.font())
        shown = QFontMetrics(self.font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.end()


def box_css(theme: Theme, padding_px: int = 0) -> str:
    css, radius = theme.css, theme.px("radius.control")
    return (
        f"QToolButton {{ background: {css('surface.raised')}; border: 1px solid {css('border.default')};"
        f" border-radius: {radius}px; padding: 0 {padding_px}px; color: {css('text.primary')}; }}"
        f"QToolButton:hover {{ background: {css('surface.hover')}; border-color: {css('border.strong')}; }}"
        f"QToolButton:pressed, QToolButton:checked {{ background: {css('surface.pressed')};"
        f" border-color: {css('border.strong')}; }}"
        f"QToolButton:focus {{ border-color: {css('focus.ring')}; }}"
        f"QToolButton:disabled {{ color: {css('text.disabled')}; border-color: {css('border.subtle')}; }}"
    )


def play_css(theme: Theme) -> str:
    css, radius = theme.css, theme.px("radius.control")
    return (
        f"QToolButton {{ background: {css('accent.fill')}; border: 1px solid {css('accent.fill')};"
        f" border-radius: {radius}px; }}"
        f"QToolButton:hover {{ background: {css('accent.fill_hover')}; }}"
        f"QToolButton:focus {{ border-color: {css('focus.ring')}; }}"
        f"QToolButton:disabled {{ background: {css('surface.pressed')};"
        f" border-color: {css('border.default')}; }}"
    )


def speed_css(theme: Theme) -> str:
    css = theme.css
    return (
        f"QToolButton {{ color: {css('text.secondary')}; padding: 0 5px; border: 1px solid transparent; }}"
        f"QToolButton:hover {{ background: {css('surface.hover')}; color: {css('text.primary')}; }}"
        f"QToolButton:checked {{ background: {css('surface.pressed')}; color: {css('text.primary')};"
        f" font-weight: 600; }}"
        f"QToolButton:focus {{ border-color: {css('focus.ring')}; }}"
        f"QToolButton:disabled {{ color: {css('text.disabled')}; background: transparent; }}"
    )
