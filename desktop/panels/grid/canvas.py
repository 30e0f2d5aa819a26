"""The widget that shows the rows: paints what it was asked to, and reports mouse and keys as plain events.

A frame asks for rows x units; `paintEvent` composes exactly these straight into the paint device. Whatever
else Qt wants painted (an expose, a grab, another device) is composed whole and copied. Keeps no values.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from desktop.paint.surface import Surface, buffer_surface, paint_surface
from desktop.panels.grid.picture import Damage
from desktop.tr import tr

Rows = NDArray[np.intp]
# draw(surface, positions, begin unit, end unit); None for all units and the ground below the rows
Draw = Callable[[Surface, Rows | None, int, int], None]

# Past this share of rows one rectangle is cheaper for Qt than a region of many.
WHOLE_SHARE: Final = 0.4
# Runs of dirty rows nearer than this share one rectangle of the flushed region.
RUN_GAP_ROWS: Final = 4
# A rectangle costs the regions of Qt some 10 us, more than copying the quiet rows between two to the screen.
RUNS_MAX: Final = 4
WHEEL_STEP: Final = 120
ROWS_PER_WHEEL_STEP: Final = 3


class GridCanvas(QWidget):
    """Draws through `draw`; emits positions (visible row numbers) and logical pixels."""

    resized = Signal()
    hovered = Signal(int)  # visible position or -1
    pressed = Signal(int, int, object)  # position, x, modifiers
    dragged = Signal(int)  # position under the mouse while the left button is held
    double_clicked = Signal(int)
    menu_requested = Signal(int, QPoint)  # position, global place
    menu_key_pressed = Signal()
    key_pressed = Signal(QKeyEvent)
    scrolled = Signal(int, int)  # rows down, logical pixels right
    focus_changed = Signal(bool, bool)  # focused, by keyboard

    def __init__(self, draw: Draw, tooltip: Callable[[int, int], str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Rows"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.direct = True  # False: always through the buffer, for comparison
        self.direct_frames = 0
        self.buffered_frames = 0
        self._draw = draw
        self._tooltip = tooltip
        self._row_px = 20
        self._unit_px = 4
        self._ratio = 1.0
        self._asked = QRegion()
        self._todo: list[Damage] = []
        self._whole = True
        self._buffer: tuple[QImage, Surface] | None = None
        self._hovered = -1
        self._wheel = 0

    def set_metrics(self, row_px: int, unit_px: int, ratio: float) -> None:
        """Device pixels of a row and a unit, at which device pixel ratio."""
        self._row_px, self._unit_px, self._ratio = row_px, unit_px, ratio
        self._buffer = None
        self.ask_all()

    # --- asking for paint

    def ask_all(self) -> None:
        """Everything has to be painted again."""
        self._whole = True
        self._todo.clear()
        self._asked = QRegion(self.rect())
        self.update()

    def ask(self, damages: list[Damage], first_unit: int, frozen: int = 0) -> None:
        """These rows x units have to be painted again.

        The first `frozen` units stand at the left edge; the others are scrolled by `first_unit`.
        """
        for damage in damages:
            if self._whole:
                return
            rects = self._rects(damage, first_unit, frozen)
            if rects:  # else it is scrolled out of sight, and nothing would ever paint it
                self._todo.append(damage)
            for rect in rects:
                self._asked += rect
                self.update(rect)

    @property
    def waiting(self) -> bool:
        """Something asked for is not painted yet."""
        return self._whole or bool(self._todo)

    def _rects(self, damage: Damage, first_unit: int, frozen: int) -> list[QRect]:
        """Logical rectangles around a damage, widened to whole logical pixels."""
        begin = damage.begin if damage.begin < frozen else max(frozen, damage.begin - first_unit)
        end = max(min(damage.end, frozen), damage.end - first_unit)
        positions = damage.positions
        if not len(positions) or end <= begin:
            return []
        left, right = begin * self._unit_px, end * self._unit_px
        first, last = int(positions[0]), int(positions[-1]) + 1
        cuts = np.flatnonzero(np.diff(positions) > RUN_GAP_ROWS)
        if len(cuts) >= RUNS_MAX or len(positions) >= WHOLE_SHARE * (last - first):
            runs = [(first, last)]
        else:
            starts = positions[np.concatenate(([0], cuts + 1))].tolist()
            ends = (positions[np.concatenate((cuts, [len(positions) - 1]))] + 1).tolist()
            runs = list(zip(starts, ends, strict=True))
        return [
            self._logical(left, top * self._row_px, right, bottom * self._row_px) & self.rect()
            for top, bottom in runs
        ]

    def _logical(self, left: int, top: int, right: int, bottom: int) -> QRect:
        """Device pixels as the smallest logical rectangle around them."""
        ratio = self._ratio
        x, y = int(left // ratio), int(top // ratio)
        return QRect(x, y, -int(-right // ratio) - x, -int(-bottom // ratio) - y)

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        surface = paint_surface(painter, self.size(), self._ratio) if self.direct else None
        region = event.region()
        if surface is not None and (region == self._asked or region == QRegion(self.rect())):
            self.direct_frames += 1
            if self._whole or region == QRegion(self.rect()) != self._asked:
                self._draw(surface, None, 0, 0)
            else:
                for damage in self._todo:
                    self._draw(surface, damage.positions, damage.begin, damage.end)
        else:
            self.buffered_frames += 1
            self._paint_buffered(painter)
        painter.end()
        self._asked, self._whole = QRegion(), False
        self._todo.clear()

    def _paint_buffered(self, painter: QPainter) -> None:
        """Compose everything into a buffer and let Qt copy it, clipped as it likes."""
        at = painter.deviceTransform()
        # On a screen of a fractional scale the widget begins between two pixels: both ways round alike.
        left, top = round(at.dx()), round(at.dy())
        width = round(at.dx() + self.width() * self._ratio) - left
        height = round(at.dy() + self.height() * self._ratio) - top
        if self._buffer is None or self._buffer[0].size().toTuple() != (width, height):
            self._buffer = buffer_surface(width, height)
            self._buffer[0].setDevicePixelRatio(self._ratio)
        image, surface = self._buffer
        self._draw(surface, None, 0, 0)
        origin = QPointF((left - at.dx()) / self._ratio, (top - at.dy()) / self._ratio)
        painter.drawImage(origin, image)

    # --- mouse and keys

    def position_at(self, y: float) -> int:
        """Visible position at a logical y; may lie past the last row."""
        return int(y * self._ratio // self._row_px)

    def y_of(self, position: int) -> int:
        """Logical y where the row at a visible position begins."""
        return round(position * self._row_px / self._ratio)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._buffer = None
        self.resized.emit()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hover(self.position_at(event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)

    def _hover(self, position: int) -> None:
        if position != self._hovered:
            self._hovered = position
            self.hovered.emit(position)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = self.position_at(event.position().y())
        self._hover(position)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(position)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        position = self.position_at(event.position().y())
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(position, round(event.position().x()), event.modifiers())
        elif event.button() == Qt.MouseButton.RightButton:
            self.menu_requested.emit(position, event.globalPosition().toPoint())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu key; the mouse has its own way, for it asks at the press on every platform."""
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            self.menu_key_pressed.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit(self.position_at(event.position().y()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(delta.x()) > abs(delta.y()):
            self.scrolled.emit(0, -(delta.x() or delta.y()))
            event.accept()
            return
        # A touchpad sends many small steps: they add up to whole rows.
        self._wheel += delta.y() * ROWS_PER_WHEEL_STEP
        rows = int(self._wheel / WHEEL_STEP)
        self._wheel -= rows * WHEEL_STEP
        if rows:
            self.scrolled.emit(-rows, 0)
            self._hover(self.position_at(event.position().y()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.setAccepted(False)
        self.key_pressed.emit(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        reasons = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.focus_changed.emit(True, event.reason() in (*reasons, Qt.FocusReason.ShortcutFocusReason))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.focus_changed.emit(False, False)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self._tooltip(self.position_at(event.pos().y()), event.pos().x())
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)
