"""The column header: Qt's own for moving, resizing and hiding, painted as the look says.

Sections are the columns of the model; their sizes follow the layout's units, so titles stand over their
cells. Sorting is decided by the grid: the header only shows it.
"""

from math import ceil

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QHeaderView, QWidget

from desktop.paint.theme import Theme
from desktop.panels.grid.columns import GridLayout
from desktop.panels.grid.formats import Shape
from desktop.panels.grid.model import QuoteModel
from desktop.panels.grid.order import Sort
from desktop.tr import tr

ARROW_GAP_PX = 4
ARROW_WIDTH_PX = 7
KEY_NUMBER_OVER_PX = 8


class GridHeader(QHeaderView):
    """Titles of the visible columns, aligned as their cells."""

    sort_asked = Signal(int, bool)  # section, together with the columns sorted already

    def __init__(self, theme: Theme, model: QuoteModel, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._columns = model
        self._layout: GridLayout | None = None
        self._unit_logical_px = 4.0
        self._sort: Sort = ()
        self._adds = False
        self._end_unit = 0
        self.setAccessibleName(tr("Column titles"))
        self.setModel(model)
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(16)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QHeaderView.Shape.NoFrame)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._frozen_title = FrozenTitle(self)
        self.sectionClicked.connect(lambda section: self.sort_asked.emit(section, self._adds))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.viewport().update()

    def set_sort(self, sort: Sort) -> None:
        self._sort = sort
        self._frozen_title.update()
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._adds = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        super().mouseReleaseEvent(event)
        self._adds = False

    def apply(self, layout: GridLayout, unit_logical_px: float) -> None:
        """Give every section the width of its place, without telling anybody."""
        self._layout, self._unit_logical_px = layout, unit_logical_px
        self.blockSignals(True)
        try:
            for place in layout.places:
                left, right = round(place.x * unit_logical_px), round(place.end * unit_logical_px)
                self.resizeSection(self._columns.section(place.spec.col), right - left)
        finally:
            self.blockSignals(False)
        self.viewport().update()

    def scroll_to(self, first_unit: int, frozen_units: int, end_unit: int) -> None:
        """Columns are scrolled by `first_unit`; the first one, `frozen_units` wide, keeps its title.

        Those past `end_unit` would be cut: they have none, as their cells have no text.
        """
        self._end_unit = end_unit
        self.viewport().update()
        self.setOffset(round(first_unit * self._unit_logical_px))
        self._frozen_title.setGeometry(0, 0, round(frozen_units * self._unit_logical_px), self.height())
        self._frozen_title.setVisible(first_unit > 0 and frozen_units > 0)
        self._frozen_title.update()

    def ordered(self) -> list[str]:
        """All columns from left to right, hidden ones too."""
        return [self._columns.specs[self.logicalIndex(visual)].col for visual in range(self.count())]

    def visible_columns(self) -> list[str]:
        """Shown columns from left to right."""
        return [col for col in self.ordered() if self.is_shown(col)]

    def column_at(self, place: QPoint) -> str:
        """The column whose title stands at a place of the header, empty beside them."""
        if self._frozen_title.isVisible() and self._frozen_title.geometry().contains(place):
            return self.visible_columns()[0]
        section = self.logicalIndexAt(place)
        return "" if section < 0 else self._columns.specs[section].col

    def visual_of(self, col: str) -> int:
        """Place of a column among all, hidden ones counted."""
        return self.visualIndex(self._columns.section(col))

    def is_shown(self, col: str) -> bool:
        return not self.isSectionHidden(self._columns.section(col))

    def set_shown(self, col: str, shown: bool) -> None:
        self.setSectionHidden(self._columns.section(col), not shown)

    def move_to(self, col: str, visual: int) -> None:
        """Put a column at a place among all, hidden ones counted."""
        self.moveSection(self.visual_of(col), visual)

    def title_units(self, col: str, unit_logical_px: float) -> int:
        """Units that a title with its sort mark takes, nearly touching the next column."""
        width = QFontMetricsF(self._theme.font("header", "title")).horizontalAdvance(
            self._columns.spec(col).title
        )
        whole = width + ARROW_GAP_PX + ARROW_WIDTH_PX + self._theme.px("spacing.cell_pad_x") + 1
        return ceil(whole / unit_logical_px)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._theme.px("height.column_header"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._theme.color("surface.panel"))
        for col in self.visible_columns():
            section = self._columns.section(col)
            rect = QRect(self.sectionViewportPosition(section), 0, self.sectionSize(section), self.height())
            if rect.intersects(event.rect()):
                self.paint_title(painter, rect, col)
        self.paint_line(painter)
        painter.end()

    def paint_line(self, painter: QPainter) -> None:
        """The line between titles and rows."""
        line = self._theme.px("line_px.hairline")
        painter.fillRect(0, self.height() - line, self.width(), line, self._theme.color("border.default"))

    def paint_title(self, painter: QPainter, rect: QRect, col: str) -> None:
        """A column's title inside `rect`."""
        layout, theme = self._layout, self._theme
        if layout is None or col not in layout.of_col:
            return
        place = layout.places[layout.of_col[col]]
        if place.end > self._end_unit:
            return
        rank = next((index for index, key in enumerate(self._sort) if key.col == col), None)
        font = theme.font("header", "strong" if rank is None else "title")
        metrics = QFontMetricsF(font)
        title = place.spec.title
        width = metrics.horizontalAdvance(title)
        number = "" if rank is None or len(self._sort) == 1 else str(rank + 1)
        mark = 0.0 if rank is None else ARROW_GAP_PX + ARROW_WIDTH_PX + self._number_px(number)
        pad = theme.px("spacing.cell_pad_x")
        if place.spec.left:
            timed = place.spec.shape is Shape.TIME
            x = rect.left() + ((place.content - place.x) * self._unit_logical_px if timed else pad)
        else:
            # Ends where the cells' text ends: half a pixel of side bearing belongs to the last digit.
            end = (place.content + place.content_units - place.x) * self._unit_logical_px
            x = rect.left() + end - (0.5 if place.spec.shape is Shape.PRICE else 1.5) - width - mark
        x = max(x, rect.left() + 2.0)
        painter.setPen(theme.color("text.tertiary" if rank is None else "text.primary"))
        painter.setFont(font)
        baseline = round((self.height() - 1 + metrics.capHeight()) / 2)
        # A left-aligned title may lean a little into the next column, whose own title stands at its right.
        room = rect.adjusted(0, 0, KEY_NUMBER_OVER_PX if number and place.spec.left else 0, 0)
        painter.setClipRect(room)
        painter.drawText(QPointF(x, baseline), title)
        if rank is not None:
            # A narrow column without room for all keeps its mark whole: the title says less.
            arrow = min(x + width + ARROW_GAP_PX, room.right() + 1 - mark + ARROW_GAP_PX)
            self._paint_arrow(painter, arrow, baseline, self._sort[rank].descending)
            painter.setFont(theme.number_font("small"))
            painter.setPen(theme.color("text.primary"))
            painter.drawText(QPointF(arrow + ARROW_WIDTH_PX + 1, baseline), number)
        painter.setClipping(False)

    def _number_px(self, number: str) -> float:
        """Width of a key's number behind its arrow."""
        metrics = QFontMetricsF(self._theme.number_font("small"))
        return 1 + metrics.horizontalAdvance(number) if number else 0.0

    def _paint_arrow(self, painter: QPainter, x: float, baseline: float, descending: bool) -> None:
        base, tip = (baseline - 6, baseline - 1) if descending else (baseline - 1, baseline - 6)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self._theme.color("text.primary"))
        painter.setPen(Qt.PenStyle.NoPen)
        half = (ARROW_WIDTH_PX - 1) / 2
        points = [QPointF(x, base), QPointF(x + 2 * half, base), QPointF(x + half, tip)]
        painter.drawPolygon(QPolygonF(points))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def paint_frozen(self, painter: QPainter, rect: QRect) -> None:
        """The first column's title where it always stands."""
        painter.fillRect(rect, self._theme.color("surface.panel"))
        self.paint_title(painter, rect, self.visible_columns()[0])
        self.paint_line(painter)


class FrozenTitle(QWidget):
    """Lies over the titles that are scrolled away under the first column; a click sorts by it."""

    def __init__(self, header: GridHeader) -> None:
        super().__init__(header)
        self._header = header
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            add = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._header.sort_asked.emit(self._header.logicalIndex(0), add)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._header.paint_frozen(painter, self.rect())
        painter.end()
