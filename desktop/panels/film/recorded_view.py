"""Lanes of recorded series under each other, on one time axis: drawn into pixels with NumPy.

All that most frames have in common is one picture; over it comes the pixel column that still grows. Ranges,
axes and labels follow from what is known at the clock.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import pairwise
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from core.backtest.film.recorded import Series
from desktop.desk import FilmReading
from desktop.paint.theme import Theme
from desktop.panels.chart.run_lines import ink_of
from desktop.panels.film.base import paint_spans
from desktop.panels.film.curve import padded, round_ticks
from desktop.panels.film.recorded_columns import ANEW, Axis, LineColumns, draw_gapped
from desktop.panels.film.time_labels import time_labels, words_at
from desktop.tr import tr

AXIS_PX: Final = 66  # at least
AXIS_STEP_PX: Final = 8  # what it grows by, for figures that need more
AXIS_PAD_PX: Final = 8  # beside the figures
TIMES_PX: Final = 20
LANE_MIN_PX: Final = 56
WORDS_PX: Final = 18  # of a lane's names, above its lines
TICK_EVERY_PX: Final = 24
NAME_TOP_PX: Final = 15
PAD_PX: Final = 10
TAG_PX: Final = 16


Ranges = list[tuple[float, float] | None]
Labels = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Lane:
    """Series that share an axis. `words` are name, value and colour token of each."""

    series: tuple[Series, ...]
    lines: tuple[LineColumns, ...]
    words: tuple[tuple[str, str, str], ...]

    @property
    def range(self) -> tuple[float, float] | None:
        """Of its axis: what has been, with some room; None before the first value."""
        known = [line.extremes for line in self.lines]
        found = [each for each in known if each is not None]
        return padded(min(low for low, _ in found), max(high for _, high in found)) if found else None


@dataclass(frozen=True, slots=True)
class LanesPicture:
    """What is painted. `left_out` lanes did not find room; `with_values` where no list says them."""

    film: FilmReading
    known: int  # rows of the film's equity
    axis: Axis
    lanes: tuple[Lane, ...]
    left_out: int
    zone: tzinfo
    with_values: bool


class LanesView(QWidget):
    """`show_picture` once a frame. Signals the row under the mouse, -1 without, and a double click on one."""

    hovered = Signal(int)
    sought = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: LanesPicture | None = None
        self.words = ""  # in place of lanes
        self._scene: tuple[tuple[Any, ...], QPixmap] | None = None
        self._drawn = 0  # pixel columns of the scene
        self._changed = 0  # the first one that is other by now; ANEW: the lines went elsewhere
        self._times: Labels = []  # below it
        self._x: float | None = None
        self._labels: list[tuple[float, float]] = []  # from where to where the scene's words of the times go
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._small, self._strong = theme.number_font("small"), theme.number_font("small", "strong")
        self._metrics = QFontMetricsF(self._small)
        self._times_px, self._tag_px = theme.scaled_px(TIMES_PX), theme.scaled_px(TAG_PX)
        self.start_axis()
        self.forget()

    def start_axis(self) -> None:
        """As narrow as may be: it only grows from here on, so that it does not move with each frame."""
        self._axis_px = self.theme.scaled_px(AXIS_PX)
        self._fitted: object = None

    def fit_axis(self, lanes: Sequence[Lane]) -> bool:
        """Make room for the figures of these lanes; True when the plots have less for it."""
        ranges = [lane.range for lane in lanes]
        areas = self._areas(len(lanes))
        fitted = (self.height(), ranges)
        if fitted == self._fitted:
            return False
        self._fitted = fitted
        texts = [
            text
            for area, reach in zip(areas, ranges, strict=True)
            if reach is not None
            for _, text in tick_texts(below_words(area), *reach)
        ]
        widest = max(map(self._metrics.horizontalAdvance, texts), default=0.0) + 2 * AXIS_PAD_PX
        if widest <= self._axis_px:
            return False
        self._axis_px = math.ceil(widest / AXIS_STEP_PX) * AXIS_STEP_PX
        return True

    def forget(self) -> None:
        """Another film, zone or theme."""
        self._scene = None
        self.update()

    def show_picture(self, picture: LanesPicture | None, words: str = "") -> None:
        self.picture, self.words = picture, words
        lines = [line for lane in picture.lanes for line in lane.lines] if picture is not None else []
        self._changed = min([self._changed, *(line.changed for line in lines)])  # also unpainted ones count
        self.update()

    # ---- places ----------------------------------------------------------------------------------
    @property
    def plot_px(self) -> tuple[int, int]:
        """Device pixels of a lane across, and how many lanes find room."""
        width = max(self.width() - self._axis_px, 1)
        return round(width * self.devicePixelRatioF()), max(
            (self.height() - self._times_px) // LANE_MIN_PX, 1
        )

    def areas(self) -> list[QRectF]:
        """Of the lanes, from the top, their names included."""
        return self._areas(len(self.picture.lanes) if self.picture is not None else 0)

    def _areas(self, lanes: int) -> list[QRectF]:
        height, width = max(self.height() - self._times_px, 1), max(self.width() - self._axis_px, 1)
        edges = [round(number * height / max(lanes, 1)) for number in range(lanes + 1)]
        return [QRectF(0, top, width, bottom - top) for top, bottom in pairwise(edges)]

    def row_at(self, x: float) -> int:
        """The film's row under a place, -1 outside of what is known."""
        return -1 if self.picture is None else self._row_on(self.picture.axis, x)

    def resting_row(self, axis: Axis) -> int:
        """The same under a mouse that rests, on the axis that comes next."""
        return -1 if self._x is None else self._row_on(axis, self._x)

    def _row_on(self, axis: Axis, x: float) -> int:
        if not 0 <= x < self.width() - self._axis_px:
            return -1
        row = axis.first + int(x * self.devicePixelRatioF() * axis.span / axis.width)
        return row if row < axis.rows else -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(event.position().x())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(None)

    def _hover(self, x: float | None) -> None:
        row = -1 if x is None else self.row_at(x)
        self._x = x if row >= 0 else None
        self.update()
        self.hovered.emit(row)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().x())
        if row >= 0:
            self.sought.emit(row)

    # ---- painting --------------------------------------------------------------------------------
    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, picture = QPainter(self), self.picture
        if picture is None or not picture.lanes:
            painter.fillRect(self.rect(), self.theme.color("chart.background"))
            painter.setFont(self.theme.font("small"))
            painter.setPen(self.theme.color("text.tertiary"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()).adjusted(8, 0, -8, 0), flags, self.words)
        else:
            self._paint(painter, picture)
        painter.end()

    def _paint(self, painter: QPainter, picture: LanesPicture) -> None:
        areas, ranges = self.areas(), [lane.range for lane in picture.lanes]
        names = tuple(one.name for lane in picture.lanes for one in lane.series)
        axis = picture.axis
        key = (
            self.size(), self.devicePixelRatioF(), picture.film.film, picture.film.epoch, axis.first,
            axis.span, axis.width, names, picture.left_out, picture.zone, *ranges,
        )  # fmt: skip
        begin = min(self._changed, self._drawn)
        if self._scene is None or self._scene[0] != key or begin < axis.used or axis.used < self._drawn:
            width = self.width() - self._axis_px
            labels = time_labels(picture.film, picture.known, axis.span, width, picture.zone, axis.first)
            if (
                self._scene is None
                or self._scene[0] != key
                or labels != self._times
                or axis.used < self._drawn
                or begin == ANEW
            ):
                self._scene = key, self._draw_scene(picture, areas, ranges, labels)
                self._times = labels
            else:
                self._draw_lines(self._scene[1], picture, areas, ranges, begin)
        self._drawn = self._changed = axis.used
        painter.drawPixmap(0, 0, self._scene[1])
        for lane, area, reach in zip(picture.lanes, areas, ranges, strict=True):
            if reach is not None:
                self._paint_last(painter, lane, below_words(area), *reach)
            self._paint_words(painter, picture, lane, area)
        if self._x is not None:
            self._paint_cursor(painter, picture)

    def _draw_scene(
        self, picture: LanesPicture, areas: list[QRectF], ranges: Ranges, labels: Labels
    ) -> QPixmap:
        """All that is the same until a range or the length of the axis grows."""
        theme, ratio = self.theme, self.devicePixelRatioF()
        scene = QPixmap(self.size() * ratio)
        scene.setDevicePixelRatio(ratio)
        scene.fill(theme.color("chart.background"))
        painter = QPainter(scene)
        self._paint_times(painter, picture, labels)
        for area, reach in zip(areas, ranges, strict=True):
            if reach is not None:
                self._paint_ticks(painter, below_words(area), *reach)
            painter.fillRect(QRectF(0, area.bottom() - 1, self.width(), 1), theme.color("chart.axis_line"))
        line = QRectF(self.width() - self._axis_px, 0, 1, self.height())
        painter.fillRect(line, theme.color("chart.axis_line"))
        painter.end()
        self._draw_lines(scene, picture, areas, ranges, 0)
        return scene

    def _draw_lines(
        self, scene: QPixmap, picture: LanesPicture, areas: list[QRectF], ranges: Ranges, begin: int
    ) -> None:
        """From that pixel column on, over what is there."""
        painter = QPainter(scene)
        for lane, area, reach in zip(picture.lanes, areas, ranges, strict=True):
            if reach is not None:
                self._paint_lines(painter, lane, below_words(area), *reach, begin)
        painter.end()

    def _paint_lines(
        self, painter: QPainter, lane: Lane, area: QRectF, low: float, high: float, begin: int
    ) -> None:
        ratio = self.devicePixelRatioF()
        thick = max(1, round(ratio))
        joint = max(begin - 1, 0)  # what the first column is joined with, and not painted again
        height, width = max(round(area.height() * ratio), thick + 1), len(lane.lines[0].low) - joint
        pixels = np.zeros((height, width), np.uint32)
        unit = (height - thick) / (high - low)
        for one, line in zip(lane.series, lane.lines, strict=True):
            top, bottom = (high - line.high[joint:]) * unit, (high - line.low[joint:]) * unit
            draw_gapped(pixels, top, bottom, self.theme.argb(ink_of(one)), thick)
        pixels[:, : begin - joint] = 0
        image = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(area.left() + joint / ratio, area.top()), image)

    def _paint_last(self, painter: QPainter, lane: Lane, area: QRectF, low: float, high: float) -> None:
        """The column that still grows."""
        pixel = 1 / self.devicePixelRatioF()
        unit = area.height() / (high - low)
        for one, line in zip(lane.series, lane.lines, strict=True):
            if not math.isfinite(line.low[-1]):
                continue
            top = area.top() + (high - float(line.high[-1])) * unit
            bottom = area.top() + (high - float(line.low[-1])) * unit
            place = QRectF((len(line.low) - 1) * pixel, top, pixel, max(bottom - top, pixel))
            painter.fillRect(place, self.theme.color(ink_of(one)))

    def _paint_ticks(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        theme, metrics = self.theme, self._metrics
        painter.setFont(self._small)
        for value, text in tick_texts(area, low, high):
            y = round(area.top() + (high - value) / (high - low) * area.height())
            painter.fillRect(QRectF(0, y, area.width(), 1), theme.color("chart.grid"))
            baseline = y + metrics.capHeight() / 2
            if baseline <= area.bottom() - 3:
                painter.setPen(theme.color("chart.axis_text"))
                painter.drawText(QPointF(area.right() + AXIS_PAD_PX, baseline), text)

    def _paint_times(self, painter: QPainter, picture: LanesPicture, labels: Labels) -> None:
        theme, metrics, axis = self.theme, self._metrics, picture.axis
        width = self.width() - self._axis_px
        painter.setFont(self._small)
        baseline = self.height() - self._times_px + round((self._times_px + metrics.capHeight()) / 2)
        self._labels = []
        for row, text in labels:
            x = axis.x_of(row) / self.devicePixelRatioF()
            painter.fillRect(
                QRectF(round(x), 0, 1, self.height() - self._times_px), theme.color("chart.grid")
            )
            half = metrics.horizontalAdvance(text) / 2
            after = self._labels[-1][1] + AXIS_PAD_PX if self._labels else 0.0
            if after < x - half and x < width - half:  # no words over others
                painter.setPen(theme.color("chart.axis_text"))
                painter.drawText(QPointF(x - half, baseline), text)
                self._labels.append((x - half, x + half))
        if picture.left_out:
            said = tr("{count} more: make the panel higher", count=picture.left_out)
            painter.setPen(theme.color("state.late"))
            room = metrics.horizontalAdvance(said)
            painter.fillRect(
                QRectF(0, self.height() - self._times_px + 1, room + 16, self._times_px - 1),
                theme.color("chart.background"),
            )
            painter.drawText(QPointF(8, baseline), said)

    def _paint_words(self, painter: QPainter, picture: LanesPicture, lane: Lane, area: QRectF) -> None:
        small, strong = self._small, self._strong
        spans: list[tuple[str, str, Any]] = []
        for name, value, ink in lane.words:
            spans.append((name + "  ", ink, small))
            if picture.with_values:
                spans.append((value + "   ", "text.primary", strong))
        paint_spans(painter, QPointF(PAD_PX, area.top() + NAME_TOP_PX), spans, self.theme)

    def _paint_cursor(self, painter: QPainter, picture: LanesPicture) -> None:
        theme, metrics = self.theme, self._metrics
        assert self._x is not None
        row = self.row_at(self._x)
        if row < 0:  # the clock went back under a mouse that rests
            return
        bottom = self.height() - self._times_px
        painter.fillRect(QRectF(round(self._x), 0, 1, bottom), theme.color("chart.crosshair"))
        time_ns = int(picture.film.film.curve.close_ns[row])
        text = (
            f"{words_at(time_ns, picture.zone, is_day=True)} {words_at(time_ns, picture.zone, is_day=False)}"
        )
        width = metrics.horizontalAdvance(text) + 12
        left = min(max(self._x - width / 2, 0.0), self.width() - self._axis_px - width)
        tag = QRectF(round(left), bottom + 2, width, self._tag_px)
        for begin, end in self._labels:  # no label cut in half
            if begin < tag.right() + 4 and end > tag.left() - 4:
                box = QRectF(begin - 1, bottom + 1, end - begin + 2, self._times_px - 1)
                painter.fillRect(box, theme.color("chart.background"))
        painter.fillRect(tag, theme.color("chart.crosshair_label"))
        painter.setFont(self._small)
        painter.setPen(theme.color("text.on_accent"))
        painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, text)


def below_words(area: QRectF) -> QRectF:
    """Where the lines of a lane go."""
    return area.adjusted(0, WORDS_PX, 0, -1)


def tick_texts(area: QRectF, low: float, high: float) -> list[tuple[float, str]]:
    """Round values of a lane's axis, and how they read."""
    ticks = round_ticks(low, high, max(int(area.height() // TICK_EVERY_PX), 2))
    decimals = tick_decimals(ticks, high - low)
    return [(value, number_words(value, decimals)) for value in ticks]


def tick_decimals(ticks: list[float], reach: float) -> int:
    """The fewest that tell every one of these round values."""
    for decimals in range(11):
        if all(abs(round(value, decimals) - value) < reach * 1e-6 for value in ticks):
            return decimals
    return 10


def decimals_for(reach: float) -> int:
    """So many that a hundredth of `reach` is told."""
    return min(max(math.ceil(2 - math.log10(reach)), 0), 10) if reach > 0 and math.isfinite(reach) else 2


def number_words(value: float, decimals: int) -> str:
    """An en dash where nothing is known."""
    return f"{value:,.{decimals}f}".replace("-", "−") if math.isfinite(value) else "–"
