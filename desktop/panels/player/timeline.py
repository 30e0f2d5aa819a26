"""The time line: volume up to the clock, the playhead, bookmarks, and scrubbing by drag.

Paints what it was handed and nothing that lies after the clock of that picture: volume ends there, a dotted
line follows, and flags behind it keep their names to themselves. Says where a hand wants to go; never asks
the session itself.
"""

from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from desktop.desk import Bookmark, TimelineReading
from desktop.paint.theme import Theme, number_font, ui_font
from desktop.panels.player.scale import TimeScale
from desktop.panels.player.words import clock_words, edge_words, run_clock_words, second_words
from desktop.tr import tr

BUCKET_PX: Final = 13
BUCKETS_STEP: Final = 10  # so that not every pixel of a resize asks for another line
FLAGS_PX: Final = 14
LABELS_PX: Final = 18
LABEL_GAP_PX: Final = 10
FLAG_PX: Final = (8, 8)
FLAG_REACH_PX: Final = 6
PLAYHEAD_PX: Final = 2


@dataclass(frozen=True, slots=True)
class LinePicture:
    """Everything that is painted. Times in ns; `volumes` of whole buckets from `begin_ns` on."""

    begin_ns: int = 0
    end_ns: int = 0
    tape_ns: int = 0
    bucket_ns: int = 0
    volumes: tuple[float, ...] = ()
    bookmarks: tuple[Bookmark, ...] = ()
    has_days: bool = False
    is_run: bool = False
    zone: tzinfo = UTC
    is_dimmed: bool = False


def volumes_of(timeline: TimelineReading | None) -> tuple[float, ...]:
    """Of one instrument, or trades of all."""
    if timeline is None:
        return ()
    values: NDArray[np.float64] | NDArray[np.int64]
    values = timeline.trades if timeline.volume is None else timeline.volume
    return tuple(float(value) for value in values)


@dataclass(slots=True)
class _Hand:
    """Where the mouse is. `x` None: not here."""

    x: float | None = None
    is_scrubbing: bool = False
    flag: Bookmark | None = field(default=None)


class TimeLine(QWidget):
    """Signals: `sought(ns)` while a hand drags or clicks, `flag_menu(Bookmark, QPoint)`, `flag_renamed`."""

    sought = Signal(object)
    scrubbed = Signal(bool)  # a drag begins, and ends
    flag_menu = Signal(object, object)
    flag_named = Signal(object)  # a double click on a flag: rename it

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = LinePicture()
        self._hand = _Hand()
        self._volume: tuple[tuple[object, ...], QPixmap] | None = None  # the buckets that have ended
        self._labels: tuple[tuple[object, ...], QPixmap] | None = None  # while no hand is over them
        self._flags: list[tuple[QRectF, Bookmark]] = []
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setMinimumWidth(60)
        self.setAccessibleName(tr("Time line"))
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        small = theme.font_px("small")
        self._label_font, self._name_font = number_font(small), ui_font(max(10, small - 1))
        self.update()

    # ---- what is shown ---------------------------------------------------------------------------
    def show_picture(self, picture: LinePicture) -> bool:
        """True when it will be painted."""
        if picture == self.picture:
            return False
        self.picture = picture
        self.update()
        return True

    @property
    def buckets(self) -> int:
        """How many buckets fit, in steps."""
        return max(BUCKETS_STEP, self.width() // BUCKET_PX // BUCKETS_STEP * BUCKETS_STEP)

    @property
    def is_scrubbing(self) -> bool:
        return self._hand.is_scrubbing

    @property
    def scale(self) -> TimeScale:
        return TimeScale(
            self.picture.begin_ns, self.picture.end_ns, 0.0, float(self.width()), self.picture.zone
        )

    @property
    def drawn_until_ns(self) -> int:
        """The time that the last drawn volume ends with; 0 for none."""
        picture = self.picture
        end_ns = picture.begin_ns + len(picture.volumes) * picture.bucket_ns
        return min(end_ns, picture.tape_ns) if picture.volumes else 0

    # ---- hands -----------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        flag = self._flag_at(event.position())
        if event.button() is Qt.MouseButton.RightButton and flag is not None:
            self.flag_menu.emit(flag, event.globalPosition().toPoint())
        elif event.button() is Qt.MouseButton.LeftButton and flag is not None:
            self.sought.emit(flag.tape_ns)
        elif event.button() is Qt.MouseButton.LeftButton and self.picture.end_ns:
            self._hand.is_scrubbing = True
            self.scrubbed.emit(True)
            self._scrub(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._hand.is_scrubbing:
            self._scrub(event.position().x())
            return
        flag = self._flag_at(event.position())
        if flag != self._hand.flag:
            self._hand.flag = flag
            self.setCursor(Qt.CursorShape.PointingHandCursor if flag else Qt.CursorShape.ArrowCursor)
            if flag is not None:
                QToolTip.showText(event.globalPosition().toPoint(), self.flag_words(flag), self)
        self._hover(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._hand.is_scrubbing:
            self._hand.is_scrubbing = False
            self.scrubbed.emit(False)
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        flag = self._flag_at(event.position())
        if flag is not None and event.button() is Qt.MouseButton.LeftButton:
            self.flag_named.emit(flag)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)
        super().leaveEvent(event)

    def _scrub(self, x: float) -> None:
        self._hover(x)
        self.sought.emit(self.scale.time_ns(x))

    def _hover(self, x: float | None) -> None:
        if x != self._hand.x:
            self._hand.x = x
            self.update()

    def _flag_at(self, place: QPointF) -> Bookmark | None:
        for box, flag in reversed(self._flags):
            if box.adjusted(-FLAG_REACH_PX, 0, FLAG_REACH_PX, 0).contains(place):
                return flag
        return None

    def flag_words(self, flag: Bookmark) -> str:
        """Nothing of a flag behind the clock is told but where it is."""
        picture = self.picture
        at = clock_words(flag.tape_ns, picture.has_days, picture.zone)
        if picture.is_run:
            at = run_clock_words(flag.tape_ns, picture.zone, has_seconds=False)
        known = flag.tape_ns <= self.picture.tape_ns
        return (
            tr("{name}  {at}  (right click: rename, remove)", name=flag.name, at=at)
            if known
            else tr("A bookmark at {at}", at=at)
        )

    # ---- painting --------------------------------------------------------------------------------
    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        body = QRectF(0, 0, self.width(), self.height() - LABELS_PX)
        painter.fillRect(body, self._theme.color("surface.input"))
        below = QRectF(0, body.bottom(), self.width(), LABELS_PX)
        painter.fillRect(below, self._theme.color("surface.panel"))
        self._flags = []
        if self.picture.end_ns > self.picture.begin_ns:
            self._paint_volume(painter, body)
            self._paint_rest(painter, body)
            self._paint_flags(painter)
            self._paint_playhead(painter, body)
            self._paint_labels(painter, body)
        painter.end()

    def _snap(self, x: float) -> float:
        """To whole device pixels: bars of equal width and sharp edges at any scale of the screen."""
        ratio = self.devicePixelRatioF()
        return round(x * ratio) / ratio

    def _paint_volume(self, painter: QPainter, body: QRectF) -> None:
        """All buckets but the one that still grows come from a picture, made when another one has ended."""
        picture = self.picture
        most = max(picture.volumes, default=0.0)
        if most <= 0:
            return
        ratio = self.devicePixelRatioF()
        whole = len(picture.volumes) - 1
        key = (
            picture.volumes[:whole], most, picture.begin_ns, picture.end_ns, picture.bucket_ns, body.size(),
            ratio, picture.is_dimmed, self._theme,
        )  # fmt: skip
        if self._volume is None or self._volume[0] != key:
            drawn = QPixmap(self.size() * ratio)
            drawn.setDevicePixelRatio(ratio)
            drawn.fill(Qt.GlobalColor.transparent)
            inside = QPainter(drawn)
            self._paint_buckets(inside, body, range(whole), most)
            inside.end()
            self._volume = key, drawn
        painter.drawPixmap(0, 0, self._volume[1])
        self._paint_buckets(painter, body, range(whole, whole + 1), most)

    def _paint_buckets(self, painter: QPainter, body: QRectF, numbers: range, most: float) -> None:
        picture, scale = self.picture, self.scale
        colour = self._theme.color("surface.pressed" if picture.is_dimmed else "border.strong")
        pixel = 1 / self.devicePixelRatioF()
        room = body.height() - FLAGS_PX + 2
        for number in numbers:
            volume = picture.volumes[number]
            begin_ns = picture.begin_ns + number * picture.bucket_ns
            end_ns = min(begin_ns + picture.bucket_ns, picture.tape_ns)
            if volume <= 0 or end_ns <= begin_ns:
                continue
            left, right = self._snap(scale.x(begin_ns)), self._snap(scale.x(end_ns))
            height = max(pixel, self._snap(volume / most * room))
            width = max(pixel, right - left - pixel)
            painter.fillRect(QRectF(left, body.bottom() - height, width, height), colour)

    def _paint_rest(self, painter: QPainter, body: QRectF) -> None:
        """After the clock: a dotted line, nothing else."""
        left = self._snap(self.scale.x(self.picture.tape_ns)) + PLAYHEAD_PX + 2
        pen = QPen(self._theme.color("border.strong"), 1)
        pen.setDashPattern([2, 3])
        painter.setPen(pen)
        y = body.bottom() - 0.5
        if left < body.right():
            painter.drawLine(QPointF(left, y), QPointF(body.right(), y))

    def _paint_playhead(self, painter: QPainter, body: QRectF) -> None:
        theme = self._theme
        if self._hand.x is not None:
            line = QRectF(self._snap(self._hand.x), 0, 1, body.height())
            painter.fillRect(line, theme.color("chart.crosshair"))
        x = min(self._snap(self.scale.x(self.picture.tape_ns)), body.right() - PLAYHEAD_PX)
        tint = "state.playback" if self.picture.is_run else "state.replay"
        colour = theme.color(tint if not self.picture.is_dimmed else "text.disabled")
        painter.fillRect(QRectF(x, 0, PLAYHEAD_PX, body.height()), colour)

    def _paint_flags(self, painter: QPainter) -> None:
        theme, picture, scale = self._theme, self.picture, self.scale
        metrics = QFontMetricsF(self._name_font)
        painter.setFont(self._name_font)
        marks = sorted(picture.bookmarks, key=lambda mark: mark.tape_ns)
        edges = [scale.x(mark.tape_ns) - FLAG_PX[0] for mark in marks[1:]] + [float(self.width())]
        for mark, edge in zip(marks, edges, strict=False):  # without marks there is the right edge alone
            x = self._snap(scale.x(mark.tape_ns))
            known = mark.tape_ns <= picture.tape_ns
            self._paint_flag(painter, x, theme.color("accent.base" if known else "text.disabled").rgba())
            width = float(FLAG_PX[0])
            if known and mark.name:
                room = edge - x - FLAG_PX[0] - 4
                text = metrics.elidedText(mark.name, Qt.TextElideMode.ElideRight, room) if room > 24 else ""
                painter.setPen(theme.color("text.secondary"))
                baseline = round((FLAGS_PX + metrics.capHeight()) / 2)
                painter.drawText(QPointF(x + FLAG_PX[0], baseline), text)
                width += 4 + metrics.horizontalAdvance(text)
            self._flags.append((QRectF(x - FLAG_PX[0] / 2, 0, width, FLAGS_PX), mark))

    def _paint_flag(self, painter: QPainter, x: float, rgba: int) -> None:
        wide, high = FLAG_PX
        shape = ((-wide / 2, 0), (wide / 2, 0), (wide / 2, high * 0.6), (0, high), (-wide / 2, high * 0.6))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("accent.base").fromRgba(rgba))
        painter.drawPolygon(QPolygonF([QPointF(x + dx, dy) for dx, dy in shape]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _paint_labels(self, painter: QPainter, body: QRectF) -> None:
        """From a picture: they stay where they are while the clock goes on."""
        if self._hand.x is not None:
            self._draw_labels(painter, body)
            return
        picture, ratio = self.picture, self.devicePixelRatioF()
        key = (
            picture.begin_ns, picture.end_ns, picture.has_days, picture.is_run, picture.zone, self.width(),
            ratio, self._theme,
        )  # fmt: skip
        if self._labels is None or self._labels[0] != key:
            drawn = QPixmap(QSize(self.width(), LABELS_PX) * ratio)
            drawn.setDevicePixelRatio(ratio)
            drawn.fill(self._theme.color("surface.panel"))
            inside = QPainter(drawn)
            inside.translate(0, -body.bottom())
            self._draw_labels(inside, body)
            inside.end()
            self._labels = key, drawn
        painter.drawPixmap(QPointF(0, body.bottom()), self._labels[1])

    def _draw_labels(self, painter: QPainter, body: QRectF) -> None:
        """Begin and end first, the hovered time over all; a label that would touch another is left out."""
        picture, scale, theme = self.picture, self.scale, self._theme
        metrics = QFontMetricsF(self._label_font)
        painter.setFont(self._label_font)
        taken: list[tuple[float, float]] = []
        baseline = body.bottom() + round((LABELS_PX + metrics.capHeight()) / 2)
        if self._hand.x is not None:
            taken.append(self._paint_hover(painter, body, metrics, baseline))
        edges = (picture.begin_ns, picture.end_ns)
        wanted = [(edge_ns, self._edge_words(edge_ns)) for edge_ns in edges]
        wanted += scale.labels()
        painter.setPen(theme.color("text.tertiary"))
        for time_ns, text in wanted:
            width = metrics.horizontalAdvance(text)
            left = min(max(scale.x(time_ns) - width / 2, 0.0), self.width() - width)
            if all(left > end + LABEL_GAP_PX or left + width < begin - LABEL_GAP_PX for begin, end in taken):
                painter.drawText(QPointF(left, baseline), text)
                taken.append((left, left + width))

    def _edge_words(self, at_ns: int) -> str:
        picture = self.picture
        if picture.is_run:
            return edge_words(at_ns, picture.begin_ns, picture.end_ns, picture.zone)
        return second_words(at_ns, picture.has_days, picture.zone)

    def _paint_hover(
        self, painter: QPainter, body: QRectF, metrics: QFontMetricsF, baseline: float
    ) -> tuple[float, float]:
        assert self._hand.x is not None
        at_ns = self.scale.time_ns(self._hand.x)
        text = self._edge_words(at_ns)
        width = metrics.horizontalAdvance(text) + 8
        left = min(max(self._hand.x - width / 2, 0.0), self.width() - width)
        tag = QRectF(left, body.bottom() + 1, width, LABELS_PX - 2)
        painter.fillRect(tag, self._theme.color("chart.crosshair_label"))
        painter.setPen(self._theme.color("text.on_accent"))
        painter.drawText(QPointF(left + 4, baseline), text)
        return left, left + width
