"""What is shown under a filter box while one types: names to go on with, and what is wrong with the text.

A window of its own that never takes the focus, so typing goes on as if it were not there. It paints what
it is told and says which row was clicked; the box decides what happens.
"""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.paint.theme import Theme

ROWS_MAX: Final = 8
WIDTH_PX: Final = 380
PAD_PX: Final = 8
LINE_PX: Final = 16
GAP_PX: Final = 4


@dataclass(frozen=True, slots=True)
class Offer:
    """A name to go on with: `text` is inserted, `typed` is there already, `hint` says what it is."""

    text: str
    hint: str
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is wrong: `text[begin:end]` is marked; `calm` for a text that is only not finished.

    `kept` says which rows are shown meanwhile.
    """

    text: str
    begin: int
    end: int
    reason: str
    kept: str
    calm: bool = False


def plain_mono(theme: Theme) -> QFont:
    """The font of expressions, without its ligatures: >= are two characters to the cursor."""
    font = theme.mono_font(theme.font_px("small"))
    font.setFeature(QFont.Tag("calt"), 0)
    return font


class FilterPopup(QWidget):
    """`show_under` the box with offers or a notice or both; hidden when there is neither."""

    chosen = Signal(int)  # a row was clicked

    def __init__(self, theme: Theme, box: QWidget) -> None:
        flags = Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint
        super().__init__(box, flags | Qt.WindowType.WindowDoesNotAcceptFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self._theme = theme
        self._box = box
        self.offers: tuple[Offer, ...] = ()
        self.current = 0
        self.notice: Notice | None = None
        self._first = 0

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_under(self, offers: tuple[Offer, ...], notice: Notice | None) -> None:
        """Show these, the first offer current."""
        if offers != self.offers:
            self.current = self._first = 0
        self.offers, self.notice = offers, notice
        if not offers and notice is None:
            self.hide()
            return
        self._place()
        self.show()
        self.update()

    def step(self, by: int) -> None:
        """Another offer becomes the current one, round the ends."""
        self.current = (self.current + by) % len(self.offers)
        self._first = min(max(self._first, self.current - ROWS_MAX + 1), self.current)
        self.update()

    def follow(self) -> None:
        """The box has moved."""
        if self.isVisible():
            self._place()

    # --- geometry

    def _line_px(self) -> int:
        return self._theme.scaled_px(LINE_PX)

    def _row_px(self) -> int:
        return self._theme.row_height_px + 2

    def _shown(self) -> int:
        return min(len(self.offers), ROWS_MAX)

    def _list_px(self) -> int:
        return self._shown() * self._row_px() + 2 * GAP_PX if self.offers else 0

    def _reason_rect(self) -> QRect:
        """Of the wrapped reason, below the marked text."""
        top = self._list_px() + PAD_PX
        if self.notice is not None and not self.notice.calm:
            top += self._line_px() + GAP_PX
        room = QRect(PAD_PX, top, self.width() - 2 * PAD_PX, 1_000)
        metrics = QFontMetricsF(self._theme.font("small"))
        text = "" if self.notice is None else self.notice.reason
        height = metrics.boundingRect(QRectF(room), int(Qt.TextFlag.TextWordWrap), text).height()
        return QRect(room.left(), top, room.width(), int(height) + 1)

    def _place(self) -> None:
        """Under the box, or above where the screen ends; never past its right edge."""
        width = max(self._theme.scaled_px(WIDTH_PX), self._box.width())
        self.resize(width, 10)
        height = self._list_px()
        if self.notice is not None:
            height = self._reason_rect().bottom() + 1 + PAD_PX
            height += self._line_px() + GAP_PX if self.notice.kept else 0
        corner = self._box.mapToGlobal(QPoint(0, self._box.height() + 2))
        screen = self._box.screen().availableGeometry()
        x = max(screen.left(), min(corner.x(), screen.right() + 1 - width))
        y = corner.y()
        if y + height > screen.bottom():
            y = self._box.mapToGlobal(QPoint(0, 0)).y() - height - 2
        self.setGeometry(x, y, width, height)

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surface.overlay"))
        for place in range(self._shown()):
            self._paint_offer(painter, place)
        if self.notice is not None:
            if self.offers:
                painter.fillRect(0, self._list_px() - 1, self.width(), 1, theme.color("border.default"))
            self._paint_notice(painter, self.notice)
        painter.setPen(theme.color("border.strong"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_offer(self, painter: QPainter, place: int) -> None:
        """Name left, what is typed of it strong; its meaning right of it, as much as there is room for."""
        theme, offer = self._theme, self.offers[self._first + place]
        row = QRect(1, GAP_PX + place * self._row_px(), self.width() - 2, self._row_px())
        if self._first + place == self.current:
            painter.fillRect(row, theme.color("surface.selected"))
            painter.fillRect(QRect(row.left(), row.top(), 2, row.height()), theme.color("accent.base"))
        name = plain_mono(theme)
        x = float(PAD_PX)
        baseline = row.top() + (row.height() + QFontMetricsF(name).capHeight()) / 2
        painter.setPen(theme.color("text.primary"))
        begin = offer.text.casefold().find(offer.typed.casefold())
        cuts = (0, begin, begin + len(offer.typed), len(offer.text))
        for part, strong in zip(range(3), (False, True, False), strict=True):
            text = offer.text[cuts[part] : cuts[part + 1]]
            font = QFont(name)
            font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
            painter.setFont(font)
            painter.drawText(QPointF(x, baseline), text)
            x += QFontMetricsF(font).horizontalAdvance(text)
        small = theme.font("small")
        painter.setFont(small)
        painter.setPen(theme.color("text.tertiary"))
        left = max(x + PAD_PX, float(theme.scaled_px(120)))
        room = self.width() - PAD_PX - left
        hint = QFontMetricsF(small).elidedText(offer.hint, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(left, baseline), hint)

    def _paint_notice(self, painter: QPainter, notice: Notice) -> None:
        theme = self._theme
        if not notice.calm:
            self._paint_marked(painter, notice, self._list_px() + PAD_PX)
        small = theme.font("small")
        painter.setFont(small)
        painter.setPen(theme.color("text.secondary" if notice.calm else "state.error"))
        rect = self._reason_rect()
        painter.drawText(rect, int(Qt.TextFlag.TextWordWrap), notice.reason)
        painter.setPen(theme.color("text.tertiary"))
        room = self.width() - 2 * PAD_PX
        kept = QFontMetricsF(small).elidedText(notice.kept, Qt.TextElideMode.ElideRight, room)
        baseline = rect.bottom() + GAP_PX + QFontMetricsF(small).ascent() + 1
        painter.drawText(QPointF(PAD_PX, baseline), kept)

    def _paint_marked(self, painter: QPainter, notice: Notice, top: int) -> None:
        """The text in one line with the wrong place underlined; a long one is scrolled to it."""
        theme, mono, line_px = self._theme, plain_mono(self._theme), self._line_px()
        metrics = QFontMetricsF(mono)
        text = "".join(char if char.isprintable() else " " for char in notice.text)
        before = metrics.horizontalAdvance(text[: notice.begin])
        wrong = max(metrics.horizontalAdvance(text[notice.begin : notice.end]), 6.0)
        room = self.width() - 2 * PAD_PX
        shift = max(0.0, min(before - room / 3, metrics.horizontalAdvance(text) - room))
        painter.save()
        painter.setClipRect(QRect(PAD_PX, top, room, line_px))
        x, baseline = PAD_PX + before - shift, top + metrics.ascent()
        painter.fillRect(QRectF(x, top, wrong, line_px), theme.color("state_fill.error"))
        painter.setFont(mono)
        painter.setPen(theme.color("text.primary"))
        painter.drawText(QPointF(PAD_PX - shift, baseline), text)
        painter.fillRect(QRectF(x, top + line_px - 2, wrong, 2), theme.color("state.error"))
        painter.restore()

    # --- mouse

    def _place_at(self, y: float) -> int | None:
        place = int((y - GAP_PX) // self._row_px())
        return self._first + place if 0 <= place < self._shown() and y < self._list_px() else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position().y())
        if place is not None and place != self.current:
            self.current = place
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position().y())
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(place)
