"""The app bar's search: looks like a field, opens the palette. What is typed on it goes there."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from desktop.commands.key_texts import caps
from desktop.paint.icons import icon_pixmap
from desktop.paint.key_caps import caps_width, draw_caps
from desktop.paint.theme import Theme
from desktop.tr import tr

WIDTH_PX: Final = 270
WIDTH_MIN_PX: Final = 30  # the glass alone
CAPS_FROM_PX: Final = 170
WORDS_FROM_PX: Final = 60


class SearchField(QAbstractButton):
    """270 px where there is room, less in a narrow window, without its key cap then."""

    def __init__(self, theme: Theme, find: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._find = find
        self._keys = ""
        self.setAccessibleName(tr("Symbol or command"))
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(WIDTH_PX)
        self.clicked.connect(lambda _checked=False: find(""))
        self.set_theme(theme)
        self.show_keys("")

    def show_keys(self, keys: str) -> None:
        """The shortcut that does the same, as Qt spells it; empty for none."""
        self._keys = keys
        said = "+".join(caps(keys))
        words = tr("Find symbols, actions, workspaces and settings")
        self.setToolTip(f"{words} ({said})" if said else words)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setFixedHeight(theme.px("height.control"))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH_PX, self._theme.px("height.control"))

    def minimumSizeHint(self) -> QSize:
        return QSize(WIDTH_MIN_PX, self._theme.px("height.control"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._find("")
        elif text and text.isprintable() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._find(text)
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, height = self._theme, self.height()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = "border.strong" if self.underMouse() else "border.default"
        painter.setPen(QPen(theme.color("focus.ring" if self.hasFocus() else line), 1.0))
        painter.setBrush(theme.color("surface.input"))
        radius = theme.px("radius.control")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        side, pad = theme.px("icon_px.inline"), theme.px("spacing.m")
        glass = icon_pixmap("search", side, theme.argb("text.secondary"), self.devicePixelRatioF())
        painter.drawPixmap(pad, (height - side) // 2, glass)
        left, right = 2 * pad + side, self.width() - pad
        shown = (" ".join(caps(self._keys)),) if self._keys else ()
        if shown and self.width() >= CAPS_FROM_PX:
            right -= round(caps_width(shown, theme)) - pad // 2
            draw_caps(painter, shown, right, height / 2, theme)
            right -= pad
        if self.width() >= WORDS_FROM_PX:
            font = theme.font("ui")
            words = QFontMetricsF(font).elidedText(
                tr("Symbol or command"), Qt.TextElideMode.ElideRight, right - left
            )
            painter.setFont(font)
            painter.setPen(theme.color("text.tertiary"))
            box = QRectF(left, 0, right - left, height)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()
