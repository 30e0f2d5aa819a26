"""Equity of a played run: its line, the start value dashed, drawdown below on its own axis.

The line is drawn into pixels with NumPy. Ranges, axes and labels follow from what is known at the clock.
"""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from desktop.desk import Desk, FilmReading
from desktop.paint.theme import Theme
from desktop.panels.film.base import FilmPanel, paint_spans
from desktop.panels.film.curve import (
    CurveColumns,
    columns_of,
    draw_line,
    fill_down,
    grid_of,
    padded,
    round_ticks,
)
from desktop.panels.film.time_labels import time_labels
from desktop.panels.grid.states import PanelKind
from desktop.tr import tr

AXIS_PX: Final = 66
HEAD_PX: Final = 24
TIMES_PX: Final = 20
DEPTH_SHARE: Final = 0.28
DEPTH_MIN_PX: Final = 40
TICK_EVERY_PX: Final = 44
TAG_PX: Final = 16


class EquityPanel(FilmPanel):
    """A `Panel`. A double click puts the clock to the time under it."""

    kind = "equity"
    _scene: tuple[tuple[Any, ...], QPixmap] | None = None  # what most frames have in common

    def __init__(self, theme: Theme, on_data: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(theme, on_data, parent)
        self._take_fonts(theme)

    def set_theme(self, theme: Theme) -> None:
        self._take_fonts(theme)
        self._scene = None
        super().set_theme(theme)

    def _take_fonts(self, theme: Theme) -> None:
        self._small, self._strong = theme.number_font("small"), theme.number_font("small", "strong")
        self._metrics = QFontMetricsF(self._small)

    def set_desk(self, desk: Desk | None) -> None:
        self._scene = None
        super().set_desk(desk)

    def zone_changed(self) -> None:
        self._scene = None
        super().zone_changed()

    def show_film(self, film: FilmReading | None) -> bool:
        self._columns: CurveColumns | None = None
        self._known = film.film.curve.known(film.time_ns) if film is not None else 0
        self.update()
        return True

    def tick(self, now_ms: int) -> None:
        """What a screen reader says needs no frame's pace."""
        self.setAccessibleName(tr("Equity"))
        if self.words != self.accessibleDescription():
            self.setAccessibleDescription(self.words)

    @property
    def equity(self) -> float:
        """As of the clock; the start value before the first bar."""
        film = self.film
        if film is None:
            return float("nan")
        curve = film.film.curve
        return float(curve.equity[self._known - 1]) if self._known else curve.starting_cash

    @property
    def drawdown(self) -> float:
        film = self.film
        return float(film.film.curve.drawdown[self._known - 1]) if film is not None and self._known else 0.0

    @property
    def words(self) -> str:
        """For a screen reader."""
        if self.film is None:
            return ""
        return tr(
            "Equity {equity}, drawdown {drawdown}", equity=_money(self.equity), drawdown=_share(self.drawdown)
        )

    # ---- places ----------------------------------------------------------------------------------
    def _areas(self) -> tuple[QRectF, QRectF]:
        """Of the equity and of the drawdown."""
        width = max(self.width() - AXIS_PX, 1)
        height = max(self.height() - HEAD_PX - TIMES_PX, 2)
        depth = min(max(round(height * DEPTH_SHARE), DEPTH_MIN_PX), height // 2)
        upper = QRectF(0, HEAD_PX, width, height - depth)
        return upper, QRectF(0, upper.bottom(), width, depth)

    def columns(self) -> CurveColumns | None:
        """What is drawn, made once a frame and width; None before the first bar."""
        if self._columns is None and self.film is not None and self._known:
            width = round(self._areas()[0].width() * self.devicePixelRatioF())
            self._columns = columns_of(self.film.film.curve, self._known, width)
        return self._columns

    @property
    def ranges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Of the two axes: what has been, with some room."""
        columns, film = self.columns(), self.film
        if columns is None or film is None:
            return (0.0, 1.0), (-0.01, 0.0)
        low, high = columns.equity_range
        start = film.film.curve.starting_cash
        deepest = min(float(columns.depth.min()), -1e-4)
        grid = grid_of(-deepest)
        return padded(min(low, start), max(high, start)), (math.floor(deepest * 1.05 / grid) * grid, 0.0)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        columns, film = self.columns(), self.film
        if columns is None or film is None or self.desk is None or self.desk.transport is None:
            return
        row = int(event.position().x() / self._areas()[0].width() * columns.span)
        if row < self._known:
            self.desk.transport.seek(int(film.film.curve.close_ns[row]))

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._columns = None

    # ---- painting --------------------------------------------------------------------------------
    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self.theme
        empty = self.state.kind is PanelKind.EMPTY
        painter.fillRect(self.rect(), theme.color("surface.panel" if empty else "chart.background"))
        if not empty and self.film is not None:
            self._paint(painter, self.film)
        painter.end()

    def _paint(self, painter: QPainter, film: FilmReading) -> None:
        upper, lower = self._areas()
        (low, high), (deep, _) = self.ranges
        columns = self.columns()
        key = (
            self.size(),
            film.epoch,
            low,
            high,
            deep,
            columns.span if columns else 0,
            len(columns.low) if columns else 0,
        )
        if self._scene is None or self._scene[0] != key:
            self._scene = key, self._draw_scene(film, upper, lower, columns, low, high, deep)
        painter.drawPixmap(0, 0, self._scene[1])
        if columns is not None and self.size() == self._scene[0][0]:
            self._paint_last(painter, upper, lower, columns, low, high, deep)
        self._paint_tag(painter, upper, low, high)
        self._paint_words(painter, film, lower)

    def _draw_scene(
        self,
        film: FilmReading,
        upper: QRectF,
        lower: QRectF,
        columns: CurveColumns | None,
        low: float,
        high: float,
        deep: float,
    ) -> QPixmap:
        """All that is the same until another pixel column begins or a range grows."""
        theme, ratio = self.theme, self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(theme.color("chart.background"))
        painter = QPainter(picture)
        self._paint_times(painter, film, upper, lower)
        ticks = round_ticks(low, high, int(upper.height() // TICK_EVERY_PX))
        self._paint_ticks(painter, upper, low, high, ticks, _money)
        self._paint_ticks(painter, lower, deep, 0.0, [0.0, *round_ticks(deep, -1e-9, 2)[:1]], _share)
        line = theme.color("chart.axis_line")
        painter.fillRect(QRectF(0, lower.top(), self.width(), 1), line)
        painter.fillRect(QRectF(upper.right(), HEAD_PX, 1, self.height() - HEAD_PX), line)
        self._paint_start(painter, upper, film.film.curve.starting_cash, low, high)
        if columns is not None:
            self._paint_curve(painter, upper, lower, columns, low, high, deep)
        painter.end()
        return picture

    def _paint_last(
        self,
        painter: QPainter,
        upper: QRectF,
        lower: QRectF,
        columns: CurveColumns,
        low: float,
        high: float,
        deep: float,
    ) -> None:
        """The column that still grows."""
        ratio = self.devicePixelRatioF()
        x, pixel = (len(columns.low) - 1) / ratio, 1 / ratio
        unit = upper.height() / (high - low)
        top = upper.top() + (high - float(columns.high[-1])) * unit
        bottom = upper.top() + (high - float(columns.low[-1])) * unit
        painter.fillRect(QRectF(x, top, pixel, max(bottom - top, pixel)), self.theme.color("chart.equity"))
        depth = float(columns.depth[-1]) / deep * lower.height()
        fill = self.theme.color("chart.drawdown")
        painter.fillRect(QRectF(x, lower.top() + max(depth - pixel, 0), pixel, pixel), fill)

    def _paint_curve(
        self,
        painter: QPainter,
        upper: QRectF,
        lower: QRectF,
        columns: CurveColumns,
        low: float,
        high: float,
        deep: float,
    ) -> None:
        ratio = self.devicePixelRatioF()
        thick = max(1, round(ratio))
        width, height = round(upper.width() * ratio), round(upper.height() * ratio)
        pixels = np.zeros((height, width), np.uint32)
        unit = (height - thick) / (high - low)
        draw_line(
            pixels,
            (high - columns.high) * unit,
            (high - columns.low) * unit,
            self.theme.argb("chart.equity"),
            thick,
        )
        self._put(painter, pixels, upper)
        height = round(lower.height() * ratio)
        pixels = np.zeros((height, width), np.uint32)
        bottom = columns.depth / deep * (height - thick)
        color = self.theme.argb("chart.drawdown")
        fill_down(pixels, bottom, _faded(color, 0x59))
        draw_line(pixels, bottom, bottom, color, thick)
        self._put(painter, pixels, lower)

    def _put(self, painter: QPainter, pixels: Any, area: QRectF) -> None:
        height, width = pixels.shape
        image = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(self.devicePixelRatioF())
        painter.drawImage(area.topLeft(), image)

    def _paint_ticks(
        self, painter: QPainter, area: QRectF, low: float, high: float, ticks: list[float], words: Any
    ) -> None:
        theme = self.theme
        metrics = self._metrics
        painter.setFont(self._small)
        for value in ticks:
            y = round(area.top() + (high - value) / (high - low) * area.height())
            painter.fillRect(QRectF(0, y, area.width(), 1), theme.color("chart.grid"))
            painter.setPen(theme.color("chart.axis_text"))
            baseline = min(
                max(y + metrics.capHeight() / 2, area.top() + metrics.capHeight() + 2), area.bottom() - 2
            )
            painter.drawText(QPointF(area.right() + 8, baseline), words(value))

    def _paint_start(self, painter: QPainter, area: QRectF, start: float, low: float, high: float) -> None:
        pen = QPen(self.theme.color("chart.axis_text"), 1)
        pen.setDashPattern([2, 3])
        painter.setPen(pen)
        y = round(area.top() + (high - start) / (high - low) * area.height()) + 0.5
        painter.drawLine(QPointF(0, y), QPointF(area.right(), y))

    def _tag_y(self, area: QRectF, low: float, high: float) -> float:
        return area.top() + (high - self.equity) / (high - low) * area.height()

    def _paint_tag(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        theme = self.theme
        y = self._tag_y(area, low, high)
        box = QRectF(area.right() + 1, round(y - TAG_PX / 2), AXIS_PX - 1, TAG_PX)
        painter.fillRect(box.adjusted(0, -5, 0, 5), theme.color("chart.background"))  # no label cut in half
        painter.fillRect(box, theme.color("chart.crosshair_label"))
        painter.setFont(self._strong)
        painter.setPen(theme.color("text.on_accent"))
        painter.drawText(box.adjusted(7, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, _money(self.equity))

    def _paint_words(self, painter: QPainter, film: FilmReading, lower: QRectF) -> None:
        theme, spec = self.theme, film.film.run.spec.venue
        small, strong = self._small, self._strong
        start = tr("{currency}, start {cash}", currency=spec.currency, cash=f"{spec.starting_cash:,.2f}")
        spans = [
            (tr("Equity") + " ", "text.secondary", small),
            (f"{self.equity:,.2f} ", "text.primary", strong),
        ]
        paint_spans(painter, QPointF(10, 16), [*spans, (start, "text.tertiary", small)], theme)
        at = QPointF(10, lower.top() + 15)
        words = [
            (tr("Drawdown") + " ", "text.secondary", small),
            (_share(self.drawdown), "text.primary", strong),
        ]
        width = sum(QFontMetricsF(font).horizontalAdvance(text) for text, _, font in words)
        painter.fillRect(QRectF(4, lower.top() + 2, width + 12, 18), theme.color("chart.background"))
        paint_spans(painter, at, words, theme)

    def _paint_times(self, painter: QPainter, film: FilmReading, upper: QRectF, lower: QRectF) -> None:
        theme = self.theme
        metrics = self._metrics
        painter.setFont(self._small)
        baseline = lower.bottom() + round((TIMES_PX + metrics.capHeight()) / 2)
        columns = self.columns()
        for row, text in self.time_labels(film, columns.span if columns is not None else 1, upper.width()):
            x = row / (columns.span if columns is not None else 1) * upper.width()
            painter.fillRect(
                QRectF(round(x), HEAD_PX, 1, lower.bottom() - HEAD_PX), theme.color("chart.grid")
            )
            half = metrics.horizontalAdvance(text) / 2
            if half < x < upper.width() - half:
                painter.setPen(theme.color("chart.axis_text"))
                painter.drawText(QPointF(x - half, baseline), text)

    def time_labels(self, film: FilmReading, span: int, width: float) -> list[tuple[int, str]]:
        """(row, words); none after the clock."""
        return time_labels(film, self._known, span, width, self.zone)

    def inspect(self, now_ms: int) -> dict[str, Any]:
        said = super().inspect(now_ms)
        if self.film is not None:
            said |= {
                "equity": self.equity,
                "drawdown": self.drawdown,
                "rows": self._known,
                "ranges": self.ranges,
            }
        return said


def _money(value: float) -> str:
    return f"{value:,.0f}".replace("-", "\u2212")


def _share(value: float) -> str:
    return f"{value * 100:.2f} %".replace("-", "\u2212")


def _faded(argb: int, alpha: int) -> int:
    """Premultiplied."""
    channels = [(argb >> shift & 0xFF) * alpha // 0xFF for shift in (16, 8, 0)]
    return alpha << 24 | channels[0] << 16 | channels[1] << 8 | channels[2]
