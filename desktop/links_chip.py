"""The link chip in a panel's title: its group as colour and digit, its role as a mark after the digit.

A click or Space chooses the group from a menu, with Shift the role goes on; a digit typed on it is the group,
0 none. Hollow: the panel does not show its group's symbol, and the tooltip says why. Colour is never the
only sign, and everything it shows is said in its name.
"""

from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import (
    QActionGroup,
    QFocusEvent,
    QFont,
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton, QMenu, QWidget

from desktop.links import PanelLink
from desktop.links_terms import GROUPS, NO_GROUP, Carried, LinkRole
from desktop.paint.theme import Theme, number_font
from desktop.tr import tr

SIDE_PX: Final = 14
MARKED_PX: Final = 20  # with a role's mark after the digit
RING_PX: Final = 2  # round it, for the keyboard's focus
FONT_PX: Final = 10
_MARKS: Final = {LinkRole.BOTH: "", LinkRole.SOURCE: "›", LinkRole.DESTINATION: "‹"}


def role_words(role: LinkRole) -> str:
    """As part of a sentence."""
    return {
        LinkRole.BOTH: tr("source and destination"),
        LinkRole.SOURCE: tr("source"),
        LinkRole.DESTINATION: tr("destination"),
    }[role]


def link_words(link: PanelLink) -> str:
    """Group and role in words."""
    if not link.is_linked:
        return tr("Not linked")
    said = tr("Link group {number}, {role}", number=link.number, role=role_words(link.role))
    return f"{said}: {link.reason}" if link.reason else said


def paint_chip(
    painter: QPainter, box: QRectF, theme: Theme, number: int, role: LinkRole, is_hollow: bool
) -> None:
    """Chip and digit into `box`; a group of 0 is an empty frame."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    radius = theme.px("radius.chip")
    is_filled = number != NO_GROUP and not is_hollow
    color = theme.color(f"link.{number}" if number else "border.strong")
    painter.setPen(Qt.PenStyle.NoPen if is_filled else QPen(color, 1.0))
    painter.setBrush(color if is_filled else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box if is_filled else box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    if number == NO_GROUP:
        return
    painter.setFont(number_font(FONT_PX, "title"))
    painter.setPen(theme.color("link_text" if is_filled else "text.primary"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{number}{_MARKS[role]}")


class LinkChip(QAbstractButton):
    """Follows one panel's link."""

    def __init__(self, link: PanelLink, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.link = link
        self._theme = theme
        self._ring = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.clicked.connect(lambda _checked=False: self.open_menu())
        link.listen(self._follow)
        self._follow()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def _follow(self) -> None:
        words = link_words(self.link)
        self.setAccessibleName(words)
        how = tr("Click to choose the group, Shift+click to change the role")
        self.setToolTip(f"{words}\n{how}")
        self.setFixedSize(self.sizeHint())
        self.updateGeometry()
        self.update()

    @property
    def mark(self) -> str:
        """What stands in it."""
        return f"{self.link.number}{_MARKS[self.link.role]}" if self.link.is_linked else ""

    def sizeHint(self) -> QSize:
        width = MARKED_PX if len(self.mark) > 1 else SIDE_PX
        return QSize(width + 2 * RING_PX, SIDE_PX + 2 * RING_PX)

    # ---- by hand ---------------------------------------------------------------------------------
    def cycle_role(self) -> None:
        if self.link.is_linked:
            self.link.set_role(self.link.role.following)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if shifted and event.button() is Qt.MouseButton.LeftButton and self.isDown():
            self.setDown(False)
            self.cycle_role()
            event.accept()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, digit = event.key(), event.text()
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if digit.isascii() and digit.isdigit() and int(digit) <= GROUPS:
            self.link.set_group(int(digit))
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            if shifted:
                self.cycle_role()
            else:
                self.open_menu()
        else:
            super().keyPressEvent(event)

    def open_menu(self) -> None:
        """Below the chip; deletes itself when it closes."""
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))

    def menu(self) -> QMenu:
        """Groups with what they show, roles, and what the group carries."""
        menu = QMenu(self)
        link = self.link
        groups = QActionGroup(menu)
        for number in range(1, GROUPS + 1):
            group = link.groups.group(number)
            symbol = group.symbol if group is not None else None
            text = tr("Group {number}", number=number)
            self._add_group(menu, groups, number, f"{text}\t{symbol.symbol}" if symbol is not None else text)
        self._add_group(menu, groups, NO_GROUP, tr("Not linked"))
        if link.is_linked:
            self._add_roles(menu)
            self._add_carried(menu)
        return menu

    def _add_group(self, menu: QMenu, groups: QActionGroup, number: int, text: str) -> None:
        action = menu.addAction(text)
        action.setIcon(self._icon(number))
        action.setCheckable(True)
        action.setChecked(number == self.link.number)
        font = action.font()
        font.setWeight(QFont.Weight.DemiBold if action.isChecked() else QFont.Weight.Normal)
        action.setFont(font)  # the icon stands where the tick would
        action.triggered.connect(partial(self._set_group, number))
        groups.addAction(action)

    def _icon(self, number: int) -> QIcon:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(SIDE_PX * ratio), round(SIDE_PX * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_chip(painter, QRectF(0, 0, SIDE_PX, SIDE_PX), self._theme, number, LinkRole.BOTH, False)
        painter.end()
        return QIcon(pixmap)

    def _set_group(self, number: int, _checked: bool = False) -> None:
        self.link.set_group(number)

    def _add_roles(self, menu: QMenu) -> None:
        menu.addSeparator()
        roles = QActionGroup(menu)
        for role, words in (
            (LinkRole.BOTH, tr("Source and destination")),
            (LinkRole.SOURCE, tr("Source › others follow it")),
            (LinkRole.DESTINATION, tr("Destination ‹ it follows others")),
        ):
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(role is self.link.role)
            action.triggered.connect(partial(self._set_role, role))
            roles.addAction(action)

    def _set_role(self, role: LinkRole, _checked: bool = False) -> None:
        self.link.set_role(role)

    def _add_carried(self, menu: QMenu) -> None:
        menu.addSeparator()
        group = self.link.group
        assert group is not None
        for what, words in (
            (Carried.SYMBOL, tr("Link symbol in group {number}", number=group.number)),
            (Carried.INTERVAL, tr("Link interval in group {number}", number=group.number)),
            (Carried.TIME, tr("Link crosshair and view in group {number}", number=group.number)),
        ):
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(what in group.carried)
            action.triggered.connect(lambda checked=False, one=what: self._carry(one, checked))

    def _carry(self, what: Carried, is_on: bool) -> None:
        self.link.groups.set_carried(self.link.number, what, is_on, by=self.link)

    # ---- painting --------------------------------------------------------------------------------
    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() is not Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ring = False
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, link = self._theme, self.link
        painter = QPainter(self)
        box = QRectF(self.rect()).adjusted(RING_PX, RING_PX, -RING_PX, -RING_PX)
        paint_chip(painter, box, theme, link.number, link.role, bool(link.reason))
        if self._ring or (self.underMouse() and self.isEnabled()):
            ring = theme.color("focus.ring" if self._ring else "border.strong")
            painter.setPen(QPen(ring, 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            radius = theme.px("radius.chip") + 1
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()
