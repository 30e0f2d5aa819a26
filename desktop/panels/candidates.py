"""What a typed text may mean, as rows below the field: the chosen one is what Return takes.

Painted by hand: a title with the letters that were typed bolder, a detail beside it, a word at the right.
Knows neither symbols nor panels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.paint.theme import Theme

ROW_PX: Final = 22
PAD_PX: Final = 8
GAP_PX: Final = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """`act` does it; `spans` are the letters of `title` that were typed, `[begin, end)` ascending."""

    title: str
    act: Callable[[], object]
    detail: str = ""
    right: str = ""
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def words(self) -> str:
        """In one text, for those who cannot see it."""
        return ", ".join(part for part in (self.title, self.detail, self.right) if part)


class CandidateList(QWidget):
    """`chosen` is the place of the one that Return takes; a click takes one at once."""

    taken = Signal(object)  # Candidate

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.all: tuple[Candidate, ...] = ()
        self.chosen = 0
        self.setMouseTracking(True)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._body, self._strong = theme.font("ui"), theme.font("ui", "strong")
        self._bold = theme.font("ui", "title")
        self.update()

    def show_all(self, candidates: Sequence[Candidate]) -> None:
        """Others; the first one is chosen."""
        self.all, self.chosen = tuple(candidates), 0
        self.setFixedHeight(len(self.all) * ROW_PX)
        self.setVisible(bool(self.all))
        self.update()

    @property
    def current(self) -> Candidate | None:
        return self.all[self.chosen] if self.all else None

    def step(self, rows: int) -> None:
        """Choose another, round the ends."""
        if self.all:
            self.chosen = (self.chosen + rows) % len(self.all)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, len(self.all) * ROW_PX)

    def _place(self, event: QMouseEvent) -> int | None:
        place = int(event.position().y()) // ROW_PX
        return place if 0 <= place < len(self.all) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self._place(event)
        if place is not None and place != self.chosen:
            self.chosen = place
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place(event)
        if place is not None and event.button() is Qt.MouseButton.LeftButton:
            self.taken.emit(self.all[place])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for place, candidate in enumerate(self.all):
            box = QRect(0, place * ROW_PX, self.width(), ROW_PX)
            if box.intersects(event.rect()):
                self._paint_row(painter, box, candidate, place == self.chosen)
        painter.end()

    def _paint_row(self, painter: QPainter, box: QRect, candidate: Candidate, is_chosen: bool) -> None:
        theme = self._theme
        if is_chosen:
            painter.fillRect(box, theme.color("surface.selected"))
            painter.fillRect(box.left(), box.top(), 2, box.height(), theme.color("accent.base"))
        right = float(box.right() + 1 - PAD_PX)
        if candidate.right:
            right -= QFontMetricsF(self._body).horizontalAdvance(candidate.right)
            painter.setPen(theme.color("text.tertiary"))
            self._text(painter, candidate.right, self._body, right, float(box.right()), box)
            right -= GAP_PX
        painter.setPen(theme.color("text.primary"))
        left, at, title = float(box.left() + PAD_PX), 0, candidate.title
        for begin, end in (*candidate.spans, (len(title), len(title))):
            for text, font in ((title[at:begin], self._strong), (title[begin:end], self._bold)):
                left = self._text(painter, text, font, left, right, box)
            at = end
        painter.setPen(theme.color("text.secondary"))
        self._text(painter, candidate.detail, self._body, left + GAP_PX, right, box)

    @staticmethod
    def _text(painter: QPainter, text: str, font: QFont, left: float, right: float, box: QRect) -> float:
        """Draw what fits; where it ends."""
        if not text or right <= left:
            return left
        metrics = QFontMetricsF(font)
        if metrics.horizontalAdvance(text) > right - left:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, right - left)
        painter.setFont(font)
        baseline = round(box.top() + (box.height() + metrics.ascent() - metrics.descent()) / 2)
        painter.drawText(QPointF(left, baseline), text)
        return left + metrics.horizontalAdvance(text)
