"""The painted parts of a tear sheet: months as a table of heat, trades as a histogram, exposure as an area.

Each paints itself whole from what it was given; colours are tokens, steps of heat those of the grid.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.backtest.tearsheet_data import Histogram, MonthlyReturns, ticks
from desktop.paint.theme import Theme
from desktop.research.curves import thinned
from desktop.research.words import signed_words
from desktop.tr import mark, tr

MONTHS: Final = (
    mark("Jan"), mark("Feb"), mark("Mar"), mark("Apr"), mark("May"), mark("Jun"), mark("Jul"), mark("Aug"),
    mark("Sep"), mark("Oct"), mark("Nov"), mark("Dec"),
)  # fmt: skip
HEAT_EDGES: Final = (0.0025, 0.0125, 0.03)  # of a month's return; the grid's own steps
_TITLES: Final = (*MONTHS, mark("Year"))
CELLS: Final = len(_TITLES)
CELL_PAD_PX: Final = 6
CELL_MAX_PX: Final = 84  # a year is read in one look, also in a wide panel
YEAR_PX: Final = 44
PLOT_PX: Final = 132
WORDS_PX: Final = 18  # of the line above a plot
AXIS_PX: Final = 18
_CENTRE: Final = Qt.AlignmentFlag.AlignCenter
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _Painted(QWidget):
    """A theme, a height, the panel as ground."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.updateGeometry()
        self.update()

    def height_px(self) -> int:
        return self.theme.scaled_px(PLOT_PX)

    def sizeHint(self) -> QSize:
        return QSize(280, self.height_px())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.height_px())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.theme.color("surface.panel"))
        self.paint(painter)
        painter.end()

    def paint(self, painter: QPainter) -> None:
        raise NotImplementedError


class MonthsTable(_Painted):
    """A row a year: twelve months and the year, in percent."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("Monthly returns"))
        self.years: tuple[MonthlyReturns, ...] = ()

    def show_years(self, years: tuple[MonthlyReturns, ...]) -> None:
        self.years = years
        self.setAccessibleDescription("; ".join(f"{each.year} {_percent(each.whole)}" for each in years))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        block = self.theme.px("height.column_header") + max(len(self.years), 1) * self.theme.row_height_px
        return len(self.blocks(width)) * block + 2

    def height_px(self) -> int:
        return self.heightForWidth(self.width())

    @property
    def texts(self) -> list[list[str]]:
        """As painted."""
        return [[str(each.year), *map(_percent, each.months), _percent(each.whole)] for each in self.years]

    def cell_px(self) -> float:
        """What the widest text of a cell needs."""
        metrics = QFontMetricsF(self.theme.number_font("cell"))
        texts = [text for row in self.texts for text in row[1:]]
        return max(map(metrics.horizontalAdvance, [*texts, "−0.00"])) + 2 * CELL_PAD_PX

    def blocks(self, width: int) -> list[range]:
        """Which of the twelve months and the year stand beside each other; the others go below them."""
        room = width - 2 * self.theme.px("spacing.m") - self.theme.scaled_px(YEAR_PX)
        most = max(int(room // self.cell_px()), 1)
        rows = -(-CELLS // most)
        each = -(-CELLS // rows)
        return [range(begin, min(begin + each, CELLS)) for begin in range(0, CELLS, each)]

    def paint(self, painter: QPainter) -> None:
        blocks = self.blocks(self.width())
        most = max(len(block) for block in blocks)
        pad, first = self.theme.px("spacing.m"), self.theme.scaled_px(YEAR_PX)
        width = min((self.width() - 2 * pad - first) / most, self.theme.scaled_px(CELL_MAX_PX))
        top = 0
        for block in blocks:
            top = self._paint_block(painter, block, top, width)

    def _paint_block(self, painter: QPainter, block: range, top: int, width: float) -> int:
        """Some months of every year; returns where it ends."""
        theme, pad, first = self.theme, self.theme.px("spacing.m"), self.theme.scaled_px(YEAR_PX)
        head, row = theme.px("height.column_header"), theme.row_height_px
        painter.setFont(theme.font("header", "strong"))
        painter.setPen(theme.color("text.tertiary"))
        for column, place in enumerate(block):
            box = QRectF(pad + first + column * width, top, width - CELL_PAD_PX, head)
            painter.drawText(box, _RIGHT, tr(_TITLES[place]))
        top += head
        painter.setFont(theme.number_font("cell"))
        for each in self.years:
            painter.setPen(theme.color("text.secondary"))
            painter.drawText(QRectF(pad, top, first, row), Qt.AlignmentFlag.AlignVCenter, str(each.year))
            values = (*each.months, each.whole)
            for column, place in enumerate(block):
                value, cell = values[place], QRectF(pad + first + column * width, top, width, row)
                if math.isnan(value):
                    continue
                if place < len(MONTHS):
                    painter.fillRect(cell.adjusted(1, 1, 0, 0), theme.color(f"market.heat.{_heat(value)}"))
                painter.setPen(theme.color("text.primary"))
                painter.drawText(cell.adjusted(0, 0, -CELL_PAD_PX, 0), _RIGHT, _percent(value))
            top += row
        return top


def _percent(value: float) -> str:
    return "" if math.isnan(value) else signed_words(value * 100, 2)


def _heat(value: float) -> int:
    step = sum(abs(value) >= edge for edge in HEAT_EDGES)
    return 3 + step if value > 0 else 3 - step


class TradesPlot(_Painted):
    """How many trades earned how much."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("Trades by profit"))
        self.histogram: Histogram | None = None

    def show_trades(self, histogram: Histogram | None) -> None:
        self.histogram = histogram
        self.update()

    def paint(self, painter: QPainter) -> None:
        theme, pad, found = self.theme, self.theme.px("spacing.m"), self.histogram
        painter.setFont(theme.number_font("small"))
        if found is None:
            painter.setPen(theme.color("text.tertiary"))
            painter.drawText(QRectF(self.rect()), _CENTRE, tr("No trade was closed"))
            return
        head = theme.scaled_px(WORDS_PX)
        box = QRectF(pad, head, self.width() - 2 * pad, self.height() - theme.scaled_px(AXIS_PX) - head)
        low, high = float(found.edges[0]), float(found.edges[-1])
        most = max(int(found.counts.max()), 1)
        painter.setPen(Qt.PenStyle.NoPen)
        for count, begin, end in zip(found.counts.tolist(), found.edges, found.edges[1:], strict=False):
            if not count:
                continue
            left = round(box.left() + (float(begin) - low) / (high - low) * box.width())
            right = round(box.left() + (float(end) - low) / (high - low) * box.width())
            height = max(round(count / most * box.height()), 1)
            ink = "market.candle_up" if begin >= 0 else "market.candle_down"
            bottom = round(box.bottom())
            painter.fillRect(left, bottom - height, max(right - left - 1, 1), height, theme.color(ink))
        painter.fillRect(QRectF(box.left(), box.bottom(), box.width(), 1), theme.color("chart.axis_line"))
        self._label(painter, box, low, high)
        painter.setPen(theme.color("text.tertiary"))
        words = tr("Highest bar: {most} trades", most=f"{most:,}")
        painter.drawText(QRectF(pad, 0, box.width(), head), Qt.AlignmentFlag.AlignVCenter, words)

    def _label(self, painter: QPainter, box: QRectF, low: float, high: float) -> None:
        theme, right = self.theme, -1.0
        metrics = QFontMetricsF(theme.number_font("small"))
        painter.setPen(theme.color("chart.axis_text"))
        for value in ticks(low, high, max(int(box.width() / 80), 2)):
            text = signed_words(value, 0)
            width = metrics.horizontalAdvance(text)
            x = box.left() + (value - low) / (high - low) * box.width() - width / 2
            x = min(max(x, box.left()), box.right() - width)
            if x > right:
                painter.drawText(QPointF(x, box.bottom() + theme.scaled_px(AXIS_PX) - 5), text)
                right = x + width + 10


class ExposurePlot(_Painted):
    """The gross notional over equity, bar by bar."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("Exposure"))
        self._share: NDArray[np.float64] = np.zeros(0)

    def show_share(self, share: NDArray[np.float64]) -> None:
        self._share = share
        self.update()

    def height_px(self) -> int:
        return self.theme.scaled_px(84)

    def paint(self, painter: QPainter) -> None:
        theme, pad, count = self.theme, self.theme.px("spacing.m"), len(self._share)
        if count < 2:
            return
        head = theme.scaled_px(WORDS_PX)
        box = QRectF(pad, head, self.width() - 2 * pad, self.height() - head - 4)
        most = max(float(self._share.max()), 1e-9)
        rows = thinned([self._share], max(round(box.width() * self.devicePixelRatioF()), 1))
        x = box.left() + rows / (count - 1) * box.width()
        y = box.bottom() - self._share[rows] / most * box.height()
        points = [QPointF(box.left(), box.bottom()), *map(QPointF, x.tolist(), y.tolist())]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("chart.volume"))
        painter.drawPolygon(QPolygonF([*points, QPointF(box.right(), box.bottom())]))
        painter.setFont(theme.number_font("small"))
        painter.setPen(theme.color("text.tertiary"))
        words = tr("{share} % of equity at most", share=f"{most * 100:,.1f}")
        painter.drawText(QRectF(pad, 0, box.width(), head), Qt.AlignmentFlag.AlignVCenter, words)
