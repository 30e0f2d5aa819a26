"""The rows of the palette: headings and items in one list, painted as in the look.

A heading cannot be chosen. Matched letters are bolder, keys stand on caps at the right, what cannot be done
is dimmed and says why. Screen readers get each row as one text.
"""

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.commands.key_texts import caps
from desktop.commands.palette.sources import PaletteItem, PaletteValue
from desktop.paint.icons import icon_pixmap
from desktop.paint.key_caps import caps_width, draw_caps
from desktop.paint.theme import Theme

HEADING_PX: Final = 26
PAD_PX: Final = 15
TITLE_LEFT_PX: Final = 39
DETAIL_GAP_PX: Final = 10
ENTER: Final = ("↵",)
_Index = QModelIndex | QPersistentModelIndex
Row = PaletteItem | str


class PaletteRows(QAbstractListModel):
    """`rows`: a text is a heading."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self._values: list[PaletteValue | None] = []

    def show_rows(self, rows: Sequence[Row]) -> None:
        self.beginResetModel()
        self.rows = list(rows)
        self._values = [self._value_of(row) for row in self.rows]
        self.endResetModel()

    @staticmethod
    def _value_of(row: Row) -> PaletteValue | None:
        return row.value() if isinstance(row, PaletteItem) and row.value is not None else None

    def refresh_values(self) -> None:
        """Prices have moved on."""
        for place, row in enumerate(self.rows):
            value = self._value_of(row)
            if value != self._values[place]:
                self._values[place] = value
                at = self.index(place)
                self.dataChanged.emit(at, at)

    def item(self, place: int) -> PaletteItem | None:
        row = self.rows[place] if 0 <= place < len(self.rows) else None
        return row if isinstance(row, PaletteItem) else None

    def value(self, place: int) -> PaletteValue | None:
        return self._values[place]

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if self.item(index.row()) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row if isinstance(row, str) else self.said(index.row())
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(row, PaletteItem):
            return f"{row.title}  {row.detail}" if row.detail else row.title
        return None

    def said(self, place: int) -> str:
        """The row in one text."""
        row, value = self.rows[place], self._values[place]
        if isinstance(row, str):
            return row
        parts = (row.title, row.detail, value.text if value is not None else "", "+".join(caps(row.keys)))
        return ", ".join(part for part in parts if part)


class PaletteDelegate(QStyledItemDelegate):
    """Paints the rows of a `PaletteRows`."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._body, self._bold = theme.font("ui"), theme.font("ui", "title")
        self._number = theme.number_font("ui")
        self._heading = theme.font("small")

    def sizeHint(self, _option: QStyleOptionViewItem, index: _Index) -> QSize:
        model = index.model()
        assert isinstance(model, PaletteRows)
        is_item = model.item(index.row()) is not None
        return QSize(0, self._theme.px("height.palette_row") if is_item else HEADING_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, PaletteRows)
        box: QRect = option.rect
        item = model.item(index.row())
        painter.save()
        if item is None:
            painter.setFont(self._heading)
            painter.setPen(self._theme.color("text.tertiary"))
            words = box.adjusted(PAD_PX, 6, -PAD_PX, 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, str(model.rows[index.row()]))
        else:
            state: QStyle.StateFlag = option.state
            is_chosen = bool(state & QStyle.StateFlag.State_Selected)
            is_hovered = bool(state & QStyle.StateFlag.State_MouseOver)
            self._paint_ground(painter, box, is_chosen, is_hovered)
            self._paint_item(painter, box, item, model.value(index.row()), is_chosen)
        painter.restore()

    def _paint_ground(self, painter: QPainter, box: QRect, is_chosen: bool, is_hovered: bool) -> None:
        theme = self._theme
        if is_chosen:
            painter.fillRect(box, theme.color("surface.selected"))
            painter.fillRect(box.left(), box.top(), 2, box.height(), theme.color("accent.base"))
        elif is_hovered:
            painter.fillRect(box, theme.color("surface.hover"))

    def _paint_item(
        self, painter: QPainter, box: QRect, item: PaletteItem, value: PaletteValue | None, is_chosen: bool
    ) -> None:
        theme, middle = self._theme, box.top() + box.height() / 2
        side = theme.px("icon_px.inline")
        tint = "text.tertiary" if item.refusal else "text.secondary"
        ratio = painter.device().devicePixelRatioF()
        at = QPointF(box.left() + PAD_PX, round(middle - side / 2))
        painter.drawPixmap(at, icon_pixmap(item.icon, side, theme.argb(tint), ratio))
        right = self._paint_right(painter, box, item, value, is_chosen)
        ink = "text.tertiary" if item.refusal else "text.primary"
        left = self._paint_title(painter, item, box.left() + TITLE_LEFT_PX, right, box, ink)
        if item.detail:
            left += DETAIL_GAP_PX
            painter.setFont(self._body)
            painter.setPen(theme.color("text.tertiary"))
            self._paint_text(painter, item.detail, self._body, left, right, box)

    def _paint_right(
        self, painter: QPainter, box: QRect, item: PaletteItem, value: PaletteValue | None, is_chosen: bool
    ) -> float:
        """Keys or a value, and what Return does; returns where the words have to end."""
        theme, middle = self._theme, box.top() + box.height() / 2
        right = float(box.right() + 1 - PAD_PX)
        shown = caps(item.keys)
        if is_chosen and not shown and not item.refusal:
            right -= caps_width(ENTER, theme)
            draw_caps(painter, ENTER, right, middle, theme)
            right -= DETAIL_GAP_PX
        if shown:
            right -= caps_width(shown, theme)
            draw_caps(painter, shown, right, middle, theme)
            right -= DETAIL_GAP_PX
        if value is not None and value.text:
            width = QFontMetricsF(self._number).horizontalAdvance(value.text)
            painter.setFont(self._number)
            painter.setPen(theme.color("text.secondary" if value.is_live else "text.tertiary"))
            right -= width
            painter.drawText(QPointF(right, self._baseline(box, self._number)), value.text)
            right -= DETAIL_GAP_PX
        return right

    def _paint_title(
        self, painter: QPainter, item: PaletteItem, left: float, right: float, box: QRect, ink: str
    ) -> float:
        painter.setPen(self._theme.color(ink))
        at = 0
        for begin, end in (*item.spans, (len(item.title), len(item.title))):
            for text, font in ((item.title[at:begin], self._body), (item.title[begin:end], self._bold)):
                if text and left < right:
                    left = self._paint_text(painter, text, font, left, right, box)
            at = end
        return left

    def _paint_text(
        self, painter: QPainter, text: str, font: QFont, left: float, right: float, box: QRect
    ) -> float:
        metrics = QFontMetricsF(font)
        if metrics.horizontalAdvance(text) > right - left:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(right - left, 0.0))
        painter.setFont(font)
        painter.drawText(QPointF(left, self._baseline(box, font)), text)
        return left + metrics.horizontalAdvance(text)

    @staticmethod
    def _baseline(box: QRect, font: QFont) -> float:
        metrics = QFontMetricsF(font)
        return round(box.top() + (box.height() + metrics.ascent() - metrics.descent()) / 2)
