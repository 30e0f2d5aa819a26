"""What is drawn round the bars: grid, last price, crosshair, and the edge that says bars are not live.

All in whole device pixels, dashes too. Each item is told a place and repaints that place and the one before,
never the whole plot. Colours are the theme's; nothing here knows a series.
"""

from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPixmap
from PySide6.QtWidgets import QGraphicsItem

from desktop.paint.pixels import PixelItem, PlotScale, RectBatch
from desktop.paint.theme import Theme, tokens
from desktop.panels.grid.states import PanelKind

STRIPE_PX: Final = 4  # logical, of the hatched edge
EDGE_GAP_PX: Final = 3


def add_dashes(
    rects: RectBatch, token: str, scale: PlotScale, *, across: int | None = None, down: int | None = None
) -> None:
    """A dashed hairline over the plot: along the row `across` or the column `down`."""
    ratio, wide = scale.ratio, scale.hairline_px
    on, off = tokens()["dash"][token]
    dash, step = max(1, round(on * ratio)), max(2, round((on + off) * ratio))
    length = scale.width_px if across is not None else scale.height_px
    begins = np.arange(0, length, step, dtype=np.int32)
    if across is not None:
        rects.add(begins, across, begins + dash - 1, across + wide - 1, len(begins))
    elif down is not None:
        rects.add(down, begins, down + wide - 1, begins + dash - 1, len(begins))


class GroundItem(PixelItem):
    """Grid lines at the ticks of the axes; where a day begins a stronger one."""

    def __init__(self, parent: QGraphicsItem, theme: Theme) -> None:
        super().__init__(parent)
        self._rects, self._day_rects = RectBatch(), RectBatch()
        self._made_for: tuple[PlotScale, float] | None = None
        self._scale: PlotScale | None = None
        self._columns: list[tuple[float, bool]] = []
        self._rows: list[float] = []
        self._dashed: list[float] = []
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._line, self._day_line = theme.color("chart.grid"), theme.color("chart.session_line")
        self.update()

    def show_lines(
        self,
        scale: PlotScale,
        columns: list[tuple[float, bool]],
        rows: list[float],
        dashed: list[float] | None = None,
    ) -> bool:
        """`columns` are places in bars and whether a day begins there, `rows` values; True when others."""
        shown = (columns, rows, dashed or [])
        changed = self._scale is None or shown != (self._columns, self._rows, self._dashed)
        if changed:
            self._made_for = None
        self._scale, (self._columns, self._rows, self._dashed) = scale, shown
        return changed

    def clear(self) -> None:
        """Nothing to draw any more."""
        self._scale = None
        self.update()

    def paint_pixels(self, painter: QPainter, ratio: float, left: int, right: int) -> None:
        if self._scale is None:
            return
        if self._made_for != (self._scale, ratio):
            self._made_for = (self._scale, ratio)
            self._make(self._scale.at_ratio(ratio))
        painter.setPen(Qt.PenStyle.NoPen)
        for rects, ink in ((self._rects, self._line), (self._day_rects, self._day_line)):
            painter.setBrush(ink)
            rects.draw(painter)

    def _make(self, scale: PlotScale) -> None:
        wide = scale.hairline_px
        for rects, is_day in ((self._rects, False), (self._day_rects, True)):
            rects.clear()
            places = np.array([place for place, day in self._columns if day == is_day])
            if len(places):
                columns = np.rint(scale.x(places)).astype(np.int32) - wide // 2
                rects.add(columns, 0, columns + wide - 1, scale.height_px - 1, len(columns))
        if self._rows:
            rows = np.rint(scale.y(np.array(self._rows))).astype(np.int32)
            self._rects.add(0, rows, scale.width_px - 1, rows + wide - 1, len(rows))
        for value in self._dashed:
            add_dashes(self._day_rects, "crosshair", scale, across=round(float(scale.y(value))))


class LastPriceItem(PixelItem):
    """A dotted line at the newest price."""

    def __init__(self, parent: QGraphicsItem, theme: Theme) -> None:
        super().__init__(parent)
        self._rects = RectBatch()
        self._value: float | None = None
        self._scale: PlotScale | None = None
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._ink = theme.color("chart.last_line")
        self.update()

    def show_price(self, value: float | None, scale: PlotScale) -> None:
        before = self._row()
        self._value, self._scale = value, scale
        now = self._row()
        if now != before:
            for row in (before, now):
                if row is not None:
                    self.update_pixels(scale.ratio, 0, row - 1, scale.width_px, row + scale.hairline_px + 1)

    def _row(self) -> int | None:
        if self._value is None or self._scale is None:
            return None
        return round(float(self._scale.y(self._value)))

    def clear(self) -> None:
        """Nothing to draw any more."""
        self._scale = None
        self.update()

    def paint_pixels(self, painter: QPainter, ratio: float, left: int, right: int) -> None:
        if self._value is None or self._scale is None:
            return
        scale = self._scale.at_ratio(ratio)
        self._rects.clear()
        add_dashes(self._rects, "last_price", scale, across=round(float(scale.y(self._value))))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ink)
        self._rects.draw(painter)


class CrosshairItem(PixelItem):
    """Dashed lines through a column, and in the plot under the mouse also through a row."""

    def __init__(self, parent: QGraphicsItem, theme: Theme) -> None:
        super().__init__(parent)
        self._rects = RectBatch()
        self._column: float | None = None  # place in bars
        self._row_px: int | None = None  # device pixels of the view's own ratio
        self._scale: PlotScale | None = None
        self.setZValue(20)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._ink = theme.color("chart.crosshair")
        self.update()

    def show_at(self, column: float | None, row_px: int | None, scale: PlotScale) -> None:
        """None: no line that way. Without any it is hidden: Qt would call it for every piece it repaints."""
        if column is None and row_px is None and not self.isVisible():
            return
        self._ask()
        self._column, self._row_px, self._scale = column, row_px, scale
        self.setVisible(column is not None or row_px is not None)
        self._ask()

    def _ask(self) -> None:
        scale = self._scale
        if scale is None:
            return
        if self._column is not None:
            at = round(float(scale.x(self._column)))
            self.update_pixels(scale.ratio, at - 2, 0, at + scale.hairline_px + 2, scale.height_px)
        if self._row_px is not None:
            bottom = self._row_px + scale.hairline_px + 1
            self.update_pixels(scale.ratio, 0, self._row_px - 1, scale.width_px, bottom)

    def clear(self) -> None:
        """Nothing to draw any more."""
        self._scale = None
        self.update()

    def paint_pixels(self, painter: QPainter, ratio: float, left: int, right: int) -> None:
        if self._scale is None:
            return
        factor = ratio / self._scale.ratio
        scale = self._scale.at_ratio(ratio)
        self._rects.clear()
        if self._column is not None:
            down = round(float(scale.x(self._column))) - scale.hairline_px // 2
            add_dashes(self._rects, "crosshair", scale, down=down)
        if self._row_px is not None:
            add_dashes(self._rects, "crosshair", scale, across=round(self._row_px * factor))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ink)
        self._rects.draw(painter)


_EDGE_LINES: Final = {
    PanelKind.STALE: ("state.stale", True),
    PanelKind.LATE: ("state.late", False),
    PanelKind.HALTED: ("state.halted", False),
    PanelKind.DISCONNECTED: ("state.disconnected", True),
}


class EdgeItem(PixelItem):
    """After the last bar of a chart that is not live: a line, and a band in the pattern of its state."""

    def __init__(self, parent: QGraphicsItem, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        self._kind = PanelKind.LIVE
        self._scale: PlotScale | None = None
        self._last_row = 0.0
        self._rects = RectBatch()
        self.setZValue(5)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_edge(self, kind: PanelKind, last_row: float, scale: PlotScale) -> None:
        if (kind, last_row, scale) != (self._kind, self._last_row, self._scale):
            if kind in _EDGE_LINES or self._kind in _EDGE_LINES:
                self.update()
            self._kind, self._last_row, self._scale = kind, last_row, scale
            self.setVisible(kind in _EDGE_LINES)

    @property
    def kind(self) -> PanelKind:
        return self._kind

    def clear(self) -> None:
        """Nothing to draw any more."""
        self._scale = None
        self.update()

    def paint_pixels(self, painter: QPainter, ratio: float, left: int, right: int) -> None:
        if self._scale is None or self._kind not in _EDGE_LINES:
            return
        scale, theme = self._scale.at_ratio(ratio), self._theme
        begin = round(float(scale.x(self._last_row)) + scale.pitch / 2 + EDGE_GAP_PX * ratio)
        width = min(round(theme.px("width.state_hatch") * ratio), scale.width_px - begin)
        if begin >= scale.width_px:
            return
        ink, is_dashed = _EDGE_LINES[self._kind]
        band = QRectF(begin, 0, width, scale.height_px)
        if self._kind is PanelKind.LATE:
            painter.fillRect(band, theme.color("state_fill.late"))
        else:
            stripe = "state_fill.halted" if self._kind is PanelKind.HALTED else "border.default"
            painter.setBrushOrigin(begin, 0)
            painter.fillRect(band, QBrush(_stripes(theme.color(stripe), ratio)))
        self._rects.clear()
        if is_dashed:
            add_dashes(self._rects, "order_pending", scale, down=begin)
        else:
            self._rects.add(begin, 0, begin + scale.hairline_px - 1, scale.height_px - 1, 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(ink))
        self._rects.draw(painter)


def _stripes(color: QColor, ratio: float) -> QPixmap:
    """A tile of diagonal stripes, as wide as their gaps."""
    stripe = max(2, round(STRIPE_PX * ratio))
    side = 2 * stripe
    rows, columns = np.mgrid[0:side, 0:side]
    is_on = (rows + columns) % side < stripe
    tile = QPixmap(side, side)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setPen(color)
    for row, column in np.argwhere(is_on):
        painter.drawPoint(int(column), int(row))
    painter.end()
    return tile
