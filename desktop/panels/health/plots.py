"""The plots of the Health panel: ten minutes of each figure, painted at most once a second.

Static but for that: no animation, no view to move. The mouse shows the values of the second under it, in all
plots.
"""

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.health.history import Floats, HealthHistory
from desktop.paint.theme import Theme
from desktop.panels.health.board import PLOTS, Plot, number, thinned, top_of, values_of
from desktop.panels.health.strokes import stroke
from desktop.tr import tr

CELL_WIDTH_MIN_PX: Final = 230
CELL_HEIGHT_PX: Final = 104
HEAD_PX: Final = 24
COLUMNS_MAX: Final = 6
POINTS_A_PX: Final = 0.4  # the eye sees no more, and each point costs
_INKS: Final = ("chart.series.0", "chart.series.1", "chart.series.2")


class PlotBoard(QWidget):
    """As many columns of plots as fit."""

    def __init__(self, theme: Theme, history: HealthHistory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._history = history
        self._places: Floats = np.zeros(0)  # of the points of every line, 0 to 1
        self._lines: dict[str, Floats] = {}
        self._ago: int | None = None  # the second under the mouse
        self.paints = 0
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._title_font = theme.font("small")
        self._value_font = theme.number_font("small", "strong")
        self._tick_font = theme.number_font("small")
        self._tick_font.setPixelSize(max(10, theme.font_px("small") - 1))
        self.update()

    # ---- layout ----------------------------------------------------------------------------------
    def columns(self, width: int) -> int:
        """How many plots stand beside each other."""
        return max(1, min(COLUMNS_MAX, width // CELL_WIDTH_MIN_PX))

    def heightForWidth(self, width: int) -> int:
        return -(-len(PLOTS) // self.columns(width)) * CELL_HEIGHT_PX

    def sizeHint(self) -> QSize:
        return QSize(2 * CELL_WIDTH_MIN_PX, self.heightForWidth(max(self.width(), CELL_WIDTH_MIN_PX)))

    def minimumSizeHint(self) -> QSize:
        return QSize(CELL_WIDTH_MIN_PX // 2, CELL_HEIGHT_PX)

    def _cell(self, place: int) -> QRect:
        columns = self.columns(self.width())
        row, column = divmod(place, columns)
        left, right = (self.width() * at // columns for at in (column, column + 1))
        return QRect(left, row * CELL_HEIGHT_PX, right - left, CELL_HEIGHT_PX)

    def _area(self, cell: QRect) -> QRect:
        """Of the lines, inside a plot."""
        pad = self._theme.px("spacing.m")
        return cell.adjusted(pad, HEAD_PX, -pad, -self._theme.px("spacing.m"))

    # ---- the mouse -------------------------------------------------------------------------------
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        for place in range(len(PLOTS)):
            area = self._area(self._cell(place))
            if self._cell(place).contains(event.position().toPoint()) and area.width() > 1:
                share = (area.right() - event.position().x()) / (area.width() - 1)
                self._show_ago(round(min(max(share, 0.0), 1.0) * self._history.seconds_max))
                return
        self._show_ago(None)

    def leaveEvent(self, _event: object) -> None:
        self._show_ago(None)

    def _show_ago(self, ago: int | None) -> None:
        if ago is not None and ago >= len(self._history):
            ago = None
        if ago != self._ago:
            self._ago = ago
            self.update()

    # ---- painting --------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        self.paints += 1
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("surface.panel"))
        width = self._area(self._cell(0)).width()
        self._places, self._lines = thinned(self._history, max(2, round(width * POINTS_A_PX)))
        for place, plot in enumerate(PLOTS):
            cell = self._cell(place)
            if cell.intersects(event.rect()):
                self._paint_plot(painter, plot, cell)
        painter.end()

    def _paint_plot(self, painter: QPainter, plot: Plot, cell: QRect) -> None:
        theme, area = self._theme, self._area(cell)
        top = top_of(plot, self._lines)
        painter.fillRect(cell.right(), cell.top(), 1, cell.height(), theme.color("border.subtle"))
        painter.fillRect(cell.left(), cell.bottom(), cell.width(), 1, theme.color("border.subtle"))
        self._paint_head(painter, plot, cell)
        painter.fillRect(area.left(), area.bottom(), area.width(), 1, theme.color("chart.grid"))
        painter.fillRect(area.left(), area.top(), area.width(), 1, theme.color("chart.grid"))
        if plot.limit is not None and plot.limit <= top:
            self._paint_limit(painter, area, plot.limit / top)
        self._paint_lines(painter, area, plot, top)
        if self._ago is not None:
            x = area.right() - round(self._ago / self._history.seconds_max * (area.width() - 1))
            painter.fillRect(x, area.top(), 1, area.height(), theme.color("chart.crosshair"))
        self._paint_top(painter, area, plot, top)

    def _paint_head(self, painter: QPainter, plot: Plot, cell: QRect) -> None:
        """The name left; label and value of each line right, in the line's colour and in primary."""
        theme, pad = self._theme, self._theme.px("spacing.m")
        metrics = QFontMetricsF(self._value_font)
        baseline = cell.top() + round((HEAD_PX + metrics.capHeight()) / 2)
        x = float(cell.right() - pad)
        told = list(enumerate(values_of(plot, self._history, self._ago or 0)))
        title_font = QFontMetricsF(self._title_font)
        words = "".join(label + value for _, (label, value, _) in told) + plot.unit
        wanted = (
            metrics.horizontalAdvance(words) + 10 * len(told) + title_font.horizontalAdvance(plot.title())
        )
        if len(told) > 2 and wanted > cell.width() - 3 * pad:
            del told[1]  # of three the one in the middle tells least
        spans: list[tuple[str, str]] = []
        for place, (label, value, over) in told:
            if label:
                spans.append((label, _INKS[place]))
            spans.append((value, "state.warning" if over else "text.primary"))
        spans.append((plot.unit, "text.tertiary"))
        painter.setFont(self._value_font)
        for text, colour in reversed(spans):
            x -= metrics.horizontalAdvance(text)
            painter.setPen(theme.color(colour))
            painter.drawText(QPointF(x, baseline), text)
            x -= 5
        painter.setFont(self._title_font)
        painter.setPen(theme.color("text.secondary"))
        room = x - cell.left() - pad
        title = title_font.elidedText(plot.title(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(cell.left() + pad, baseline), title)

    def _paint_limit(self, painter: QPainter, area: QRect, share: float) -> None:
        pen = QPen(self._theme.color("state.warning"), 1)
        pen.setDashPattern([2, 3])
        painter.setPen(pen)
        y = area.bottom() - round(share * (area.height() - 1))
        painter.drawLine(area.left(), y, area.right(), y)

    def _paint_lines(self, painter: QPainter, area: QRect, plot: Plot, top: float) -> None:
        ratio = self.devicePixelRatioF()
        height, width = round(area.height() * ratio), round(area.width() * ratio)
        if height < 2 or width < 2:
            return
        pixels = np.zeros((height, width), np.uint32)
        for ink, line in zip(_INKS, plot.lines, strict=False):
            shares = self._lines[line.figure] / top
            stroke(pixels, self._places, shares, self._theme.argb(ink), max(1, round(ratio)))
        image = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        painter.drawImage(area.topLeft(), image)

    def _paint_top(self, painter: QPainter, area: QRect, plot: Plot, top: float) -> None:
        """What the upper edge stands for, and how far back the left one is."""
        theme = self._theme
        painter.setFont(self._tick_font)
        painter.setPen(theme.color("chart.axis_text"))
        metrics = QFontMetricsF(self._tick_font)
        said = number(top, 0 if top >= 10 else plot.decimals)
        height = metrics.capHeight()
        box = QRectF(area.left(), area.top() + 2, metrics.horizontalAdvance(said) + 3, height + 4)
        painter.fillRect(box, theme.color("surface.panel"))  # no line may run through the number
        painter.drawText(QPointF(area.left(), area.top() + height + 4), said)
        if self._ago is not None:
            ago = tr("{seconds} s ago", seconds=self._ago)
            box = QRectF(area.left(), area.bottom() - 14, area.width(), 12)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, ago)

    @property
    def text(self) -> str:
        """The newest values in words, for a screen reader."""
        told = []
        for plot in PLOTS:
            values = ", ".join(
                f"{label} {value}".strip() for label, value, _ in values_of(plot, self._history)
            )
            told.append(f"{plot.title()} {values} {plot.unit}")
        return "; ".join(told)
