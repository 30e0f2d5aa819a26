"""The bar over the panels: mark, name, workspace, messages, search, scope, clock, settings.

Says and offers; decides nothing. Actions come in as `BarActions`, texts through `show_clock` and
`show_scope`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from core.scope import LIVE, Scope
from desktop.messages import Messages
from desktop.paint.icons import icon, icon_pixmap
from desktop.paint.theme import Theme, number_font, ui_font
from desktop.steady_label import SteadyLabel
from desktop.tr import tr
from desktop.workspace.menus import menu_filled_by
from desktop.workspace.message_lane import MessageLane
from desktop.workspace.search_field import SearchField
from desktop.workspace.tabs import WorkspaceTabs

NAME_FROM_PX: Final = 560
DOT_PX: Final = 6


@dataclass(frozen=True, slots=True)
class BarActions:
    """What the bar's controls do. `fill_scopes` and `fill_settings` fill a menu just before it opens."""

    find: Callable[[str], None]
    fill_scopes: Callable[[QMenu], None]
    fill_settings: Callable[[QMenu], None]
    show_messages: Callable[[], None]


class ScopeChip(QToolButton):
    """A dot and `Live` or `Offline`, or a filled `REPLAY` tag; its menu changes the scope."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scope = LIVE
        self._connected = False
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._font = ui_font(theme.font_px("ui"), "strong")
        self._tag_font = ui_font(theme.font_px("small"), "title")
        self.updateGeometry()
        self.update()

    def show_scope(self, scope: Scope, connected: bool) -> None:
        if (scope, connected) != (self._scope, self._connected):
            self._scope, self._connected = scope, connected
            said = scope_words(scope)
            said += "" if connected else tr(", not connected")
            self.setToolTip(tr("{said}: choose another scope", said=said))
            self.setAccessibleName(said)
            self.updateGeometry()
            self.update()

    @property
    def word(self) -> str:
        if not self._scope.is_live:
            return tr("PLAYBACK") if self._scope.is_run else tr("REPLAY")
        return "Live" if self._connected else "Offline"

    def sizeHint(self) -> QSize:
        self.ensurePolished()
        pad = self._theme.px("spacing.m")
        if not self._scope.is_live:
            return QSize(QFontMetrics(self._tag_font).horizontalAdvance(self.word) + 3 * pad, 24)
        return QSize(QFontMetrics(self._font).horizontalAdvance(self.word) + DOT_PX + 5 + 2 * pad, 24)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, height = self._theme, self.height()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown() or self.hasFocus():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("surface.hover"))
            painter.drawRoundedRect(self.rect(), theme.px("radius.control"), theme.px("radius.control"))
        if self._scope.is_live:
            colour = "state.ok" if self._connected else "state.disconnected"
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(colour))
            pad = theme.px("spacing.m")
            painter.drawEllipse(QPointF(pad + DOT_PX / 2, height / 2), DOT_PX / 2, DOT_PX / 2)
            painter.setFont(self._font)
            painter.setPen(theme.color("text.secondary" if self._connected else colour))
            box = self.rect().adjusted(pad + DOT_PX + 5, 0, 0, 0)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self.word)
        else:
            box = self.rect().adjusted(4, 3, -4, -3)
            painter.setPen(Qt.PenStyle.NoPen)
            tint = "playback" if self._scope.is_run else "replay"
            painter.setBrush(theme.color(f"state_fill.{tint}"))
            painter.drawRoundedRect(box, theme.px("radius.chip"), theme.px("radius.chip"))
            painter.setFont(self._tag_font)
            painter.setPen(theme.color(f"state_text.on_{tint}"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.word)
        painter.end()


def scope_words(scope: Scope) -> str:
    """`Live market`, `Replay session eth-0808`, `Run 7c1e9a04`."""
    if scope.is_run:
        return tr("Run {run}", run=(scope.run_id or "")[:8])
    return tr("Live market") if scope.is_live else tr("Replay session {session}", session=scope.session)


class Bell(QToolButton):
    """Opens the messages; a dot says that there are new ones, the tooltip how many."""

    def __init__(self, messages: Messages, parent: QWidget) -> None:
        super().__init__(parent)
        self._messages = messages
        self._end = messages.listen(self._look)
        self._look()

    def _look(self) -> None:
        new = self._messages.new
        self.setAccessibleName(tr("Messages"))
        self.setAccessibleDescription(tr("{count} new", count=new) if new else "")
        self.setToolTip(tr("Messages, {count} new", count=new) if new else tr("Messages"))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        side = theme.px("icon_px.toolbar")
        self.setIcon(icon("bell", theme))
        self.setIconSize(QSize(side, side))

    def close_bell(self) -> None:
        self._end()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._messages.new:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.color("surface.raised"), 1.5))
            painter.setBrush(self._theme.color("accent.base"))
            painter.drawEllipse(QPointF(self.width() - 6.5, 6.5), DOT_PX / 2 + 0.75, DOT_PX / 2 + 0.75)
            painter.end()


class AppBar(QWidget):
    """34 px; every button has a name and its keys in the tooltip."""

    def __init__(
        self,
        theme: Theme,
        tabs: Callable[[QWidget], WorkspaceTabs],
        messages: Messages,
        actions: BarActions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._actions = actions
        self._mark, self._name = QLabel(self), QLabel("Tapedeck", self)
        self.tabs = tabs(self)
        self.lane = MessageLane(messages, theme, actions.show_messages, self)
        self.search = SearchField(theme, actions.find, self)
        self.scope = ScopeChip(theme, self)
        self.scope.setMenu(menu_filled_by(actions.fill_scopes, self))
        self._clock, self._zone = SteadyLabel("--:--:--", self), QLabel("UTC", self)
        self._clock.setAccessibleName(tr("Market time"))
        self.bell = Bell(messages, self)
        self.bell.clicked.connect(lambda _checked=False: actions.show_messages())
        self._gear = self._button("Settings", actions.fill_settings)
        self._lay_out(theme)
        self.set_theme(theme)

    def _button(self, name: str, fill: Callable[[QMenu], None]) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu_filled_by(fill, self))
        return button

    def _lay_out(self, theme: Theme) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px("spacing.m"), 0, theme.px("spacing.s"), 0)
        row.setSpacing(theme.px("spacing.m"))
        middle: Sequence[QWidget] = (self._mark, self._name)
        for widget in middle:
            row.addWidget(widget)
        row.addSpacing(theme.px("spacing.m"))
        row.addWidget(self.tabs)
        row.addWidget(self.lane, 1)
        row.addWidget(self.search)
        row.addWidget(self.scope)
        time = QHBoxLayout()
        time.setSpacing(theme.px("spacing.s"))
        time.addWidget(self._clock)
        time.addWidget(self._zone)
        row.addLayout(time)
        row.addSpacing(theme.px("spacing.m"))
        row.addWidget(self.bell)
        row.addWidget(self._gear)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self, self.tabs):
            part.setFixedHeight(theme.px("height.app_bar"))
        side = theme.px("icon_px.toolbar")
        mark = icon_pixmap(
            "mark", side, theme.argb("text.primary"), self.devicePixelRatioF(), theme.argb("accent.base")
        )
        self._mark.setPixmap(mark)
        ui, clock = theme.font_px("ui"), theme.px("font_px_fixed.clock")
        # Set as fonts, not in style sheets: those lose the hinting choice, and text would look spaced out.
        self._name.setFont(ui_font(ui, "title"))
        self._clock.setFont(number_font(clock, "strong"))
        self._clock.setStyleSheet(f"font-size: {clock}px;")
        self._clock.set_least(QFontMetrics(number_font(clock, "strong")).horizontalAdvance("00:00:00") + 2)
        self._zone.setFont(ui_font(ui))
        self._zone.setStyleSheet(f"color: {theme.css('text.secondary')};")
        self.search.set_theme(theme)
        self.bell.set_theme(theme)
        self._gear.setIcon(icon("settings", theme))
        self._gear.setIconSize(QSize(side, side))
        self.tabs.set_theme(theme)
        self.scope.set_theme(theme)
        self.lane.set_theme(theme)
        self.update()

    def close_bar(self) -> None:
        """The window is about to go."""
        self.lane.close_lane()
        self.bell.close_bell()

    def show_clock(self, text: str, zone: str, zone_words: str) -> None:
        """The market's time; `zone` stands beside it, `zone_words` in the tooltip."""
        self._clock.say(text)
        if zone != self._zone.text() or zone_words != self._zone.toolTip():
            self._zone.setText(zone)
            for label in (self._clock, self._zone):
                label.setToolTip(zone_words)

    @property
    def clock_text(self) -> str:
        return f"{self._clock.text()} {self._zone.text()}"

    def resizeEvent(self, event: QResizeEvent) -> None:
        # In a small window the clock needs the place more than the name does.
        self._name.setVisible(event.size().width() >= NAME_FROM_PX)
        self._share_width()

    def _share_width(self) -> None:
        """Tabs have what the others leave at their smallest; those that do not fit are behind a button."""
        others = (self._mark, self.search, self.scope, self._clock, self._zone, self.bell, self._gear)
        taken_px = sum(part.minimumSizeHint().width() for part in others)
        taken_px += self._name.sizeHint().width() if self.width() >= NAME_FROM_PX else 0
        self.tabs.fit(self.width() - taken_px - 10 * self._theme.px("spacing.m"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface.raised"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("border.subtle"))
        painter.end()
