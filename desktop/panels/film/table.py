"""A table of what has happened so far, the newest row first: only rows in view are made and painted.

A row is known by its number, which never changes; when rows come on top, one that was scrolled to stays where
it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from desktop.paint.number_text import NumberText
from desktop.paint.theme import Theme

PAD_PX: Final = 6
WORDS_MAX: Final = 4_096
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class FilmColumn:
    """`width_px` is its least width; what is left over is shared in proportion. Where not all have room the
    one with the least `leaves` above 0 is left out first; 0 stays.
    """

    title: str
    width_px: int
    is_number: bool = False
    leaves: int = 0


Cells = Sequence[tuple[str, str]]  # text and colour token, one a column


class FilmHeader(QWidget):
    """Over the rows; `places` gives left and width of each column."""

    def __init__(self, table: "FilmTable") -> None:
        super().__init__(table)
        self._table = table
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        table, theme = self._table, self._table.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surface.panel"))
        painter.setFont(theme.font("header", "strong"))
        painter.setPen(theme.color("text.tertiary"))
        exposed = QRectF(event.rect())  # most often what the scroll bar beside it shares with it
        for column, (left, width) in zip(table.columns, table.places(), strict=True):
            if not width:
                continue
            box = QRectF(left + PAD_PX, 0, width - 2 * PAD_PX, self.height())
            if not box.intersects(exposed):
                continue
            painter.drawText(box, _RIGHT if column.is_number else _LEFT, column.title)
        line = QRectF(0, self.height() - 1, self.width(), 1)
        painter.fillRect(line, theme.color("border.default"))
        painter.end()


class FilmTable(QAbstractScrollArea):
    """`show_rows` once a frame. Signals `chosen(number)`, `opened(number)` for a double click or Enter."""

    chosen = Signal(int)
    opened = Signal(int)

    def __init__(
        self,
        theme: Theme,
        columns: Sequence[FilmColumn],
        cells: Callable[[int], Cells],
        stamps: Callable[[range], Sequence[int]],
        live: Callable[[int], tuple[int, str, str] | None] = lambda _number: None,
        parent: QWidget | None = None,
    ) -> None:
        """`stamps` of rows: a row with the same one says the same, and is not made or drawn anew. `live` is
        the one number of a row that moves with every price: its column, text and token; negative stamps
        have one.
        """
        super().__init__(parent)
        self._stamps, self._live = stamps, live
        self._picture: QPixmap | None = None  # of the rows in view, but for what is live
        self._drawn: dict[int, tuple[object, ...]] = {}  # by place in it: what row, and what it says
        self._first = 0  # number of the row at its top
        self._text: NumberText | None = None
        self.columns, self._cells = tuple(columns), cells
        self.header = FilmHeader(self)
        self.count = 0
        self.selected = -1
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self.viewport().update())
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._header_px = theme.px("height.column_header")
        self._font = theme.number_font("cell")
        self._metrics = QFontMetricsF(self._font)
        self._elided: dict[tuple[str, float], str] = {}
        self._row_px = theme.row_height_px
        self._baseline = round((self._row_px + self._metrics.capHeight()) / 2)
        self._inks: dict[str, int] = {}
        self._text = None
        self._places: list[tuple[float, float]] | None = None
        self._drawn.clear()
        self.setViewportMargins(0, self._header_px, 0, 0)
        self._fit()
        self.viewport().update()
        self.update()

    # ---- rows ------------------------------------------------------------------------------------
    def show_rows(self, count: int) -> None:
        """So many now; the newest has the number `count` - 1."""
        bar, came = self.verticalScrollBar(), count - self.count
        at = bar.value()
        self.count = count
        if self.selected >= count:
            self.selected = -1
        self._fit()
        if at and came > 0:
            bar.setValue(at + came)
        self.viewport().update()

    def forget_rows(self) -> None:
        """Every row says something else."""
        self._drawn.clear()
        self.viewport().update()

    def _fit(self) -> None:
        shown = max(1, self.viewport().height() // self._row_px)
        self.verticalScrollBar().setPageStep(shown)
        self.verticalScrollBar().setRange(0, max(0, self.count - shown))

    def numbers_in_view(self) -> range:
        """From the top down."""
        first = self.count - 1 - self.verticalScrollBar().value()
        rows = -(-self.viewport().height() // self._row_px)
        return range(first, max(-1, first - rows), -1)

    def painted_rows(self) -> list[list[str]]:
        """Text of every row in view."""
        rows = []
        for number in self.numbers_in_view():
            texts = [text for text, _ in self._cells(number)]
            live = self._live(number)
            if live is not None:
                texts[live[0]] = live[1]
            rows.append(texts)
        return rows

    # ---- hands -----------------------------------------------------------------------------------
    def _number_at(self, y: float) -> int:
        number = self.count - 1 - self.verticalScrollBar().value() - int(y // self._row_px)
        return number if 0 <= number < self.count else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event.position().y())
        if event.button() is Qt.MouseButton.LeftButton and number >= 0:
            self.choose(number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event.position().y())
        if number >= 0:
            self.opened.emit(number)

    def choose(self, number: int) -> None:
        self.selected = number
        self.viewport().update()
        self.chosen.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if by is not None and self.count:
            number = self.count - 1 if self.selected < 0 else min(max(self.selected + by, 0), self.count - 1)
            self._reveal(number)
            self.choose(number)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.selected >= 0:
            self.opened.emit(self.selected)
        else:
            event.ignore()  # the player's keys

    def _reveal(self, number: int) -> None:
        bar, row = self.verticalScrollBar(), self.count - 1 - number
        if row < bar.value():
            bar.setValue(row)
        elif row >= bar.value() + bar.pageStep():
            bar.setValue(row - bar.pageStep() + 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._drawn.clear()
        self._places = None
        self.header.setGeometry(0, 0, self.width(), self._header_px)
        self._fit()

    # ---- painting --------------------------------------------------------------------------------
    def places(self) -> list[tuple[float, float]]:
        """Left and width of each column; width 0 of one that is left out."""
        if self._places is not None:
            return self._places
        room = self.viewport().width()
        least = [self.theme.scaled_px(column.width_px) for column in self.columns]
        leaving = sorted((column.leaves, place) for place, column in enumerate(self.columns) if column.leaves)
        for _, place in leaving:
            if sum(least) > room:
                least[place] = 0
        stretch = max(1.0, room / sum(least))
        left, places = 0.0, []
        for width in least:
            places.append((left, width * stretch))
            left += width * stretch
        self._places = places
        return places

    def _texts_of(self, ratio: float) -> NumberText:
        if self._text is None or self._text.ratio != ratio:
            self._text = NumberText(self._font, ratio)
        return self._text

    def paintEvent(self, event: QPaintEvent) -> None:
        """Rows that say the same move with the picture; the others are drawn into it, all texts at once."""
        numbers = self.numbers_in_view()
        stamps = self._stamps(numbers)
        marked = (self.selected, self.hasFocus())
        keys = [
            (number, stamp, marked if number == self.selected else None)
            for number, stamp in zip(numbers, stamps, strict=True)
        ]
        picture = self._moved_picture(numbers)
        changed = [place for place, key in enumerate(keys) if self._drawn.get(place) != key]
        if changed:
            painter = QPainter(picture)
            for place in changed:
                self._draw_row(painter, numbers[place], place * self._row_px)
                self._drawn[place] = keys[place]
            self._texts_of(picture.devicePixelRatio()).draw(painter)
            painter.end()
        painter = QPainter(self.viewport())
        painter.drawPixmap(0, 0, picture)
        self._draw_live(painter, numbers, stamps)
        top = len(numbers) * self._row_px
        rest = QRectF(0, top, self.viewport().width(), max(0, self.viewport().height() - top))
        painter.fillRect(rest, self.theme.color("surface.panel"))
        painter.end()

    def _moved_picture(self, numbers: range) -> QPixmap:
        """The rows drawn last, where they belong now; `_drawn` says what still holds."""
        ratio = self.devicePixelRatioF()
        rows = -(-self.viewport().height() // self._row_px)
        size = QSize(self.viewport().width(), rows * self._row_px) * ratio
        first = numbers[0] if numbers else 0
        picture = self._picture
        if picture is None or picture.size() != size or picture.devicePixelRatio() != ratio:
            picture = self._picture = QPixmap(size)
            picture.setDevicePixelRatio(ratio)
            self._drawn.clear()
        by, row_px = first - self._first, self._row_px * ratio
        self._first = first
        if by and self._drawn:
            if abs(by) < rows and row_px == int(row_px):
                picture.scroll(0, by * int(row_px), picture.rect())
                moved = {place + by: key for place, key in self._drawn.items()}
                self._drawn = {place: key for place, key in moved.items() if 0 <= place < rows}
            else:
                self._drawn.clear()
        return picture

    def _draw_live(self, painter: QPainter, numbers: range, stamps: Sequence[int]) -> None:
        """The numbers that move with every price."""
        texts = self._texts_of(self.devicePixelRatioF())
        for place, (number, stamp) in enumerate(zip(numbers, stamps, strict=True)):
            live = self._live(number) if stamp < 0 else None
            if live is not None:
                column, text, token = live
                left, share = self.places()[column]
                if not share:
                    continue
                baseline = place * self._row_px + self._baseline
                texts.add_right(left + share - PAD_PX, baseline, text, self._argb(token))
        texts.draw(painter)

    def _argb(self, token: str) -> int:
        argb = self._inks.get(token)
        if argb is None:
            argb = self._inks[token] = self.theme.argb(token)
        return argb

    def _draw_row(self, painter: QPainter, number: int, top: int) -> None:
        """Its ground now, its texts with the next batch."""
        theme, width, height = self.theme, self.viewport().width(), self._row_px
        texts = self._texts_of(self.devicePixelRatioF())
        painter.fillRect(0, top, width, height, theme.color("surface.panel"))
        if number == self.selected:
            fill = "surface.selected" if self.hasFocus() else "surface.selected_inactive"
            painter.fillRect(0, top, width, height, theme.color(fill))
            painter.fillRect(0, top, 2, height, theme.color("accent.base"))
        painter.fillRect(0, top + height - 1, width, 1, theme.color("border.subtle"))
        baseline = top + self._baseline
        for column, (left, share), (text, token) in zip(
            self.columns, self.places(), self._cells(number), strict=True
        ):
            if not share:
                continue
            if column.is_number:
                texts.add_right(left + share - PAD_PX, baseline, text, self._argb(token))
            elif text:
                texts.add(left + PAD_PX, baseline, self._fitted(text, share - 2 * PAD_PX), self._argb(token))

    def _fitted(self, text: str, room_px: float) -> str:
        """With … where it is too long; known for a while, for words come again."""
        key = (text, room_px)
        fitted = self._elided.get(key)
        if fitted is None:
            if len(self._elided) >= WORDS_MAX:
                self._elided.clear()
            fitted = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, room_px)
            self._elided[key] = fitted
        return fitted
