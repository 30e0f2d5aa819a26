"""A small painted table in the style of the grid: a header, rows of text, nothing to select.

Columns share the width by their weights; numbers stand right. Paints only the rows in the update.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.paint.theme import Theme

TITLE_PX: Final = 30
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Column:
    """`width_px` is its least width; the column with `stretch` takes what is left."""

    title: str
    width_px: int
    is_number: bool = True
    stretch: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """Text in the colour of a token."""

    text: str
    colour: str = "text.secondary"


class LightTable(QWidget):
    """`show_rows` when they are others; `empty` is said where there is none."""

    def __init__(
        self, theme: Theme, title: str, columns: Sequence[Column], empty: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.title, self._columns, self._empty = title, tuple(columns), empty
        self._rows: tuple[tuple[Cell, ...], ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._title_font = theme.font("ui", "title")
        self._header_font = theme.font("header", "strong")
        self._cell_font = theme.number_font("cell")
        self.updateGeometry()
        self.update()

    def show_rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        """One cell a column each."""
        now = tuple(tuple(row) for row in rows)
        if now == self._rows:
            return
        grew = len(now) != len(self._rows)
        self._rows = now
        self.setAccessibleDescription("; ".join(" ".join(cell.text for cell in row) for row in now))
        if grew:
            self.updateGeometry()
        self.update()

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """As shown."""
        return tuple(tuple(cell.text for cell in row) for row in self._rows)

    def sizeHint(self) -> QSize:
        header = self._theme.px("height.column_header")
        width = sum(column.width_px for column in self._columns)
        return QSize(width, TITLE_PX + header + max(1, len(self._rows)) * self._theme.row_height_px)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def _places(self) -> list[tuple[float, float]]:
        """Left and width of each column; in a narrow panel the last ones are cut off, not squeezed."""
        spare = max(0, self.width() - sum(column.width_px for column in self._columns))
        places, left = [], 0.0
        for column in self._columns:
            width = column.width_px + (spare if column.stretch else 0)
            places.append((left, float(width)))
            left += width
        return places

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("surface.panel"))
        pad, header = theme.px("spacing.m"), theme.px("height.column_header")
        painter.setFont(self._title_font)
        painter.setPen(theme.color("text.primary"))
        painter.drawText(QRectF(pad, 0, self.width() - pad, TITLE_PX), _LEFT, self.title)
        top = float(TITLE_PX)
        painter.setFont(self._header_font)
        painter.setPen(theme.color("text.tertiary"))
        places = self._places()
        for column, (left, width) in zip(self._columns, places, strict=True):
            box = QRectF(left + pad, top, width - 2 * pad, header)
            painter.drawText(box, _RIGHT if column.is_number else _LEFT, column.title)
        top += header
        painter.fillRect(QRectF(0, top - 1, self.width(), 1), theme.color("border.default"))
        self._paint_rows(painter, top, places)
        painter.end()

    def _paint_rows(self, painter: QPainter, top: float, places: list[tuple[float, float]]) -> None:
        theme, pad, height = self._theme, self._theme.px("spacing.m"), self._theme.row_height_px
        painter.setFont(self._cell_font)
        metrics = QFontMetricsF(self._cell_font)
        if not self._rows:
            painter.setPen(theme.color("text.tertiary"))
            painter.drawText(QRectF(pad, top, self.width() - pad, height), _LEFT, self._empty)
        for row in self._rows:
            for column, (left, width), cell in zip(self._columns, places, row, strict=True):
                room = width - 2 * pad
                text = cell.text
                if not column.is_number:
                    text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
                painter.setPen(theme.color(cell.colour))
                painter.drawText(
                    QRectF(left + pad, top, room, height), _RIGHT if column.is_number else _LEFT, text
                )
            top += height
            painter.fillRect(QRectF(0, top - 1, self.width(), 1), theme.color("border.subtle"))
