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
PLOT_PX: Final = 132
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

    def height_px(self) -> int:
        return self.theme.px("height.column_header") + max(len(self.years), 1) * self.theme.row_height_px + 2

    @property
    def texts(self) -> list[list[str]]:
        """As painted."""
        return [[str(each.year), *map(_percent, each.months), _percent(each.whole)] for each in self.years]

    def paint(self, painter: QPainter) -> None:
        theme, pad = self.theme, self.theme.px("spacing.m")
        head, row = theme.px("height.column_header"), theme.row_height_px
        first = theme.scaled_px(44)
        width = (self.width() - 2 * pad - first) / 13
        painter.setFont(theme.font("header", "strong"))
        painter.setPen(theme.color("text.tertiary"))
        for place, name in enumerate((*MONTHS, mark("Year"))):
            painter.drawText(QRectF(pad + first + place * width, 0, width - 6, head), _RIGHT, tr(name))
        font = theme.number_font("cell")
        small = theme.number_font("small")
        fits = QFontMetricsF(font).horizontalAdvance("−10.00") + 10 <= width
        for line, each in enumerate(self.years):
            top = head + line * row
            painter.setFont(font if fits else small)
            painter.setPen(theme.color("text.secondary"))
            painter.drawText(QRectF(pad, top, first, row), Qt.AlignmentFlag.AlignVCenter, str(each.year))
            for place, value in enumerate((*each.months, each.whole)):
                cell = QRectF(pad + first + place * width, top, width, row)
                if math.isnan(value):
                    continue
                if place < 12:
                    painter.fillRect(cell.adjusted(1, 1, 0, 0), theme.color(f"market.heat.{_heat(value)}"))
                painter.setPen(theme.color("text.primary"))
                text = _percent(value) if fits else signed_words(value * 100, 1)
                painter.drawText(cell.adjusted(0, 0, -6, 0), _RIGHT, text)


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
        box = QRectF(pad, 4, self.width() - 2 * pad, self.height() - AXIS_PX - 4)
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
        painter.drawText(
            box,
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop,
            tr("{most} trades at most", most=most),
        )

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
                painter.drawText(QPointF(x, box.bottom() + AXIS_PX - 5), text)
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
        box = QRectF(pad, 4, self.width() - 2 * pad, self.height() - 8)
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
        top = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        painter.drawText(box, top, tr("{share} % of equity at most", share=f"{most * 100:,.1f}"))
