"""One line above the rows in which a person types: symbols to add, or the name of a list.

Return takes it, Esc closes it and gives the keys back. What cannot be taken is said right beside, the text
stays. Symbols are suggested below while they are typed; the list is the panel's, not a window of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from desktop.paint.icons import icon, icon_pixmap
from desktop.paint.theme import Theme
from desktop.panels.grid.venues import venue_code
from desktop.tr import tr
from desktop.watchlists.search import Match, Part

SUGGESTIONS_MAX: Final = 8
FIELD_LENGTH_MAX: Final = 100_000  # a pasted list


@dataclass(frozen=True, slots=True)
class Question:
    """`take` gets the text and answers with what is wrong, empty when all was well.

    `stays`: the field is there for the next one. `suggest` finds instruments for the text.
    """

    prompt: str
    placeholder: str
    icon: str
    take: Callable[[str], str]
    text: str = ""
    stays: bool = False
    suggest: Callable[[str], Sequence[Match]] | None = None
    take_match: Callable[[Match], None] | None = None


class PanelField(QWidget):
    """Hidden until it is `ask`ed something."""

    closed = Signal()

    def __init__(self, theme: Theme, panel: QWidget) -> None:
        super().__init__(panel)
        self._question: Question | None = None
        self._icon, self._error = QLabel(self), QLabel(self)
        self.edit = QLineEdit(self)
        self.edit.setMaxLength(FIELD_LENGTH_MAX)
        self._close = QToolButton(self)
        self._close.setAutoRaise(True)
        self._close.setToolTip(tr("Close (Esc)"))
        self._close.setAccessibleName(tr("Close"))
        self._close.clicked.connect(self.close_field)
        self.suggestions = Suggestions(theme, panel)
        self.suggestions.chosen.connect(self._take_match)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px("spacing.m"), 2, 4, 2)
        row.setSpacing(theme.px("spacing.m"))
        row.addWidget(self._icon)
        row.addWidget(self.edit, 1)
        row.addWidget(self._error)
        row.addWidget(self._close)
        self.edit.textEdited.connect(self._typed)
        self.edit.installEventFilter(self)
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        size = theme.px("icon_px.inline")
        self.setFixedHeight(theme.px("height.control") + 6)
        self._close.setIcon(icon("x", theme))
        self._close.setIconSize(QSize(size, size))
        self._close.setFixedSize(20, 20)
        small = theme.font_px("small")
        self._error.setFont(theme.font("small"))
        self._error.setStyleSheet(f"color: {theme.css('state.error')}; font-size: {small}px;")
        self.edit.setFont(theme.font("ui"))
        self.edit.setFixedHeight(theme.px("height.control"))
        self.suggestions.set_theme(theme)
        self._show_icon()

    def _show_icon(self) -> None:
        if self._question is not None:
            size = self._theme.px("icon_px.inline")
            ink = self._theme.argb("text.tertiary")
            self._icon.setPixmap(icon_pixmap(self._question.icon, size, ink, self.devicePixelRatioF()))

    def ask(self, question: Question) -> None:
        """Show the field for this question; what was asked before is dropped."""
        self._question = question
        self.edit.setPlaceholderText(question.placeholder)
        self.edit.setAccessibleName(question.prompt)
        self.edit.setText(question.text)
        self.edit.selectAll()
        self._say("")
        self._show_icon()
        self.show()
        self.suggestions.show_matches(())
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def begin(self, text: str) -> None:
        """A letter has been typed already."""
        self.edit.setText(text)
        self._typed(text)

    @property
    def error(self) -> str:
        """What was wrong with the last answer."""
        return self._error.text()

    def close_field(self) -> None:
        """Nothing is asked any more."""
        self._question = None
        self.suggestions.show_matches(())
        self.hide()
        self.closed.emit()

    def _say(self, error: str) -> None:
        self._error.setText(error)
        self._error.setVisible(bool(error))

    def _typed(self, text: str) -> None:
        self._say("")
        question = self._question
        wanted = question is not None and question.suggest is not None and text.strip()
        if question is None or question.suggest is None or not wanted:
            self.suggestions.show_matches(())
            return
        self.suggestions.show_matches(question.suggest(text))
        self._place_suggestions()

    def follow_panel(self) -> None:
        """The panel has another size."""
        if self.suggestions.matches:
            self._place_suggestions()

    def _place_suggestions(self) -> None:
        panel = self.parentWidget()
        assert panel is not None
        below = self.geometry().bottom() + 1
        left = self.edit.geometry().left()
        room = QRect(left, below, max(self.edit.width(), 200), panel.height() - below - 4)
        self.suggestions.place(room)

    def eventFilter(self, edit: QObject, event: QEvent) -> bool:
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        match event.key():
            case Qt.Key.Key_Escape:
                if self.suggestions.isVisible():
                    self.suggestions.show_matches(())
                else:
                    self.close_field()
            case Qt.Key.Key_Up | Qt.Key.Key_Down if self.suggestions.isVisible():
                self.suggestions.step(1 if event.key() == Qt.Key.Key_Down else -1)
                self.edit.setAccessibleDescription(self.suggestions.current_words)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._take()
            case _:
                return False
        return True

    def _take(self) -> None:
        match, question = self.suggestions.current, self._question
        if question is None or not self.edit.text().strip():
            self._say(tr("Type something first") if question is not None else "")
            return
        if match is not None and question.take_match is not None:
            self._take_match(match)
            return
        error = question.take(self.edit.text())
        if self._question is not question:
            return  # what was typed led to another question
        if error:
            self._say(error[0].upper() + error[1:])
            self.edit.selectAll()
        else:
            self._done(question)

    def _take_match(self, match: Match) -> None:
        question = self._question
        if question is not None and question.take_match is not None:
            question.take_match(match)
            if self._question is question:
                self._done(question)

    def _done(self, question: Question) -> None:
        self._say("")
        self.suggestions.show_matches(())
        if question.stays:
            self.edit.clear()
            self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.close_field()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface.panel"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("border.subtle"))
        painter.end()


class Suggestions(QWidget):
    """Rows of symbol, venue and name below the field; the matched letters are strong."""

    chosen = Signal(object)  # Match

    def __init__(self, theme: Theme, panel: QWidget) -> None:
        super().__init__(panel)
        self._theme = theme
        self._matches: tuple[Match, ...] = ()
        self._at = -1
        self.setAutoFillBackground(True)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Suggested symbols"))
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, theme.color("surface.overlay"))
        self.setPalette(palette)
        self.update()

    def show_matches(self, matches: Sequence[Match]) -> None:
        """The first one is current: Return takes it."""
        self._matches = tuple(matches[:SUGGESTIONS_MAX])
        self._at = 0 if self._matches else -1
        self.setVisible(bool(self._matches))
        self.update()

    def place(self, room: QRect) -> None:
        """Within `room`, as high as the rows that fit."""
        rows = min(len(self._matches), max(0, (room.height() - 2) // self._row_px))
        self.setGeometry(QRect(room.topLeft(), QSize(room.width(), rows * self._row_px + 2)))
        self.setVisible(rows > 0)
        self.raise_()

    @property
    def _row_px(self) -> int:
        return self._theme.px("height.control")

    @property
    def matches(self) -> tuple[Match, ...]:
        return self._matches

    @property
    def current(self) -> Match | None:
        return self._matches[self._at] if self.isVisible() and self._matches else None

    @property
    def current_words(self) -> str:
        """For a screen reader."""
        match = self.current
        return "" if match is None else f"{match.key.symbol}, {match.key.exchange} {match.instrument.name}"

    def step(self, step: int) -> None:
        self._at = (self._at + step) % len(self._matches)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = int(event.position().y() - 1) // self._row_px
        if 0 <= row < len(self._matches) and row != self._at:
            self._at = row
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = int(event.position().y() - 1) // self._row_px
        if event.button() is Qt.MouseButton.LeftButton and 0 <= row < len(self._matches):
            self.chosen.emit(self._matches[row])

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surface.overlay"))
        for row, match in enumerate(self._matches):
            self._paint_row(painter, QRect(1, 1 + row * self._row_px, self.width() - 2, self._row_px), match)
        painter.setPen(theme.color("border.strong"))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _paint_row(self, painter: QPainter, area: QRect, match: Match) -> None:
        theme = self._theme
        if match is self.current:
            painter.fillRect(area, theme.color("surface.selected"))
        plain, strong = theme.font("ui"), theme.font("ui", "strong")
        pad = theme.px("spacing.m")
        baseline = area.top() + round((area.height() + QFontMetricsF(plain).capHeight()) / 2)
        small = theme.font("small")
        code = venue_code(match.key.exchange)
        code_px = round(QFontMetricsF(small).horizontalAdvance(code))
        painter.setFont(small)
        painter.setPen(theme.color("text.tertiary"))
        painter.drawText(area.right() - pad - code_px, baseline, code)
        x = float(area.left() + pad)
        begun = {place for part, *span in match.spans if part is Part.SYMBOL for place in range(*span)}
        for place, letter in enumerate(match.key.symbol):
            font = strong if place in begun else plain
            painter.setFont(font)
            painter.setPen(theme.color("text.primary" if place in begun else "text.secondary"))
            painter.drawText(round(x), baseline, letter)
            x += QFontMetricsF(font).horizontalAdvance(letter)
        room = area.right() - 2 * pad - code_px - x - 2 * pad
        if room > 40 and match.instrument.name:
            painter.setFont(small)
            painter.setPen(theme.color("text.tertiary"))
            name = QFontMetricsF(small).elidedText(match.instrument.name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(round(x) + 2 * pad, baseline, name)
