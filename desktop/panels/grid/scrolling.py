"""Where the window over the rows stands: first row and two scroll bars.

Rows scroll by whole rows and the horizontal bar by whole units, so that every row and glyph stays on its
pixel; the view goes on to whole columns.
"""

from typing import Final

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtWidgets import QScrollBar, QWidget

from desktop.paint.glyphs import RowMetrics

SCROLL_BAR_PX: Final = 8


class GridScrolling(QObject):
    """`top` is the first shown row; `whole_rows` and `whole_units` fit without a cut."""

    moved = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.vertical = QScrollBar(Qt.Orientation.Vertical, parent)
        self.horizontal = QScrollBar(Qt.Orientation.Horizontal, parent)
        self.whole_rows = 1
        self.whole_units = 1
        for bar in (self.vertical, self.horizontal):
            bar.hide()
            bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            bar.valueChanged.connect(lambda _: self.moved.emit())

    @property
    def top(self) -> int:
        return self.vertical.value()

    @staticmethod
    def room_units(area: QRect, metrics: RowMetrics) -> int:
        """Whole units beside the vertical bar, shown or not: a filter must not move the columns."""
        return max(0, round((area.width() - SCROLL_BAR_PX) * metrics.ratio) // metrics.unit_px)

    def arrange(self, area: QRect, metrics: RowMetrics, rows: int, units: int) -> QRect:
        """Place the bars that are needed inside `area` (logical); what is left for the canvas."""
        width_px, height_px = round(area.width() * metrics.ratio), round(area.height() * metrics.ratio)
        bar_px = round(SCROLL_BAR_PX * metrics.ratio)
        down = rows * metrics.row_px > height_px
        across = units * metrics.unit_px > width_px - down * bar_px
        down = rows * metrics.row_px > height_px - across * bar_px
        canvas = area.adjusted(0, 0, -SCROLL_BAR_PX * down, -SCROLL_BAR_PX * across)
        self.whole_rows = max(1, round(canvas.height() * metrics.ratio) // metrics.row_px)
        self.whole_units = max(1, round(canvas.width() * metrics.ratio) // metrics.unit_px)
        for bar, shown, total, page in (
            (self.vertical, down, rows, self.whole_rows),
            (self.horizontal, across, units, self.whole_units),
        ):
            bar.blockSignals(True)
            bar.setRange(0, max(0, total - page))
            bar.setPageStep(page)
            bar.blockSignals(False)
            bar.setVisible(shown)
        self.horizontal.setSingleStep(4)
        self.vertical.setGeometry(canvas.right() + 1, area.top(), SCROLL_BAR_PX, canvas.height())
        self.horizontal.setGeometry(area.left(), canvas.bottom() + 1, canvas.width(), SCROLL_BAR_PX)
        return canvas

    def reveal_row(self, place: int) -> None:
        """Scroll as little as possible until the row at `place` is wholly visible."""
        if place < self.top:
            self.vertical.setValue(place)
        elif place >= self.top + self.whole_rows:
            self.vertical.setValue(place - self.whole_rows + 1)
