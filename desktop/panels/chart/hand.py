"""What mouse and keys do to a chart.

Drag pans, the wheel zooms at the cursor, with Ctrl at the newest bar, with Shift it pans; dragging an axis
scales it, a double click on it goes back to automatic. Everything the mouse does a key does too.
"""

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QCursor, QKeyEvent, QMouseEvent, QWheelEvent

from desktop.panels.typed_entry import typed_text

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel

NOTCH: Final = 120.0  # of a wheel, in Qt's eighths of a degree
ZOOM_A_NOTCH: Final = 1.2
ZOOM_A_KEY: Final = 1.25
PAN_A_NOTCH_SHARE: Final = 0.1
PAN_A_KEY_BARS: Final = 5
PRICE_DRAG_PX: Final = 150.0  # so far makes prices e times as high
TIME_DRAG_PX: Final = 200.0
DRAG_FROM_PX: Final = 3.0


class Grip(Enum):
    """What the mouse has got hold of."""

    NONE = auto()
    PLOT = auto()
    PRICES = auto()
    TIMES = auto()


class Hand:
    """Mouse and keys of one panel. Places are the panel's logical pixels."""

    def __init__(self, panel: "ChartPanel") -> None:
        self._panel = panel
        self._grip = Grip.NONE
        self._from = QPointF()
        self._dragging = False

    # ---- places ----------------------------------------------------------------------------------
    def grip_at(self, at: QPointF) -> Grip:
        """What lies under the mouse."""
        plots = self._panel.plots
        place = self._panel.plots_point(at)
        if plots.rect_of(plots.price_axis).contains(place):
            return Grip.PRICES
        if plots.rect_of(plots.time_axis).contains(place):
            return Grip.TIMES
        inside = any(plots.rect_of(plot).contains(place) for plot in plots.plots)
        return Grip.PLOT if inside else Grip.NONE

    def _plot_px(self, at: QPointF) -> float:
        """Device pixels from the left edge of the plot."""
        panel = self._panel
        left = panel.plots.rect_of(panel.plots.main).left()
        return (panel.plots_point(at).x() - left) * panel.plots.devicePixelRatioF()

    # ---- mouse -----------------------------------------------------------------------------------
    def press(self, event: QMouseEvent) -> None:
        self._panel.entry.hide()
        if event.button() is Qt.MouseButton.LeftButton:
            self._grip = self.grip_at(event.position())
            self._from = event.position()
            self._dragging = False

    def move(self, event: QMouseEvent) -> None:
        if self._grip is Grip.NONE:
            self.hover(event.position())
            self._panel.setCursor(QCursor(self._shape(self.grip_at(event.position()))))
            return
        by = event.position() - self._from
        if not self._dragging and by.manhattanLength() < DRAG_FROM_PX:
            return
        self._dragging = True
        self._from = event.position()
        if self._panel.sight.scale is not None:
            self._drag(by)
        self.hover(event.position())

    @staticmethod
    def _shape(grip: Grip) -> Qt.CursorShape:
        if grip is Grip.PRICES:
            return Qt.CursorShape.SizeVerCursor
        if grip is Grip.TIMES:
            return Qt.CursorShape.SizeHorCursor
        return Qt.CursorShape.CrossCursor if grip is Grip.PLOT else Qt.CursorShape.ArrowCursor

    def _drag(self, by: QPointF) -> None:
        panel, sight = self._panel, self._panel.sight
        assert sight.scale is not None
        ratio = sight.scale.ratio
        if self._grip is Grip.PRICES:
            sight.set_window(sight.price_window.zoomed(2.0 ** (by.y() / PRICE_DRAG_PX)))
            panel.moved_by_hand()
        elif self._grip is Grip.TIMES:
            sight.move(sight.view.zoomed(2.0 ** (by.x() / TIME_DRAG_PX), self._newest_px(), sight.extent))
            panel.moved_by_hand()
        else:
            if sight.window is not None:
                sight.set_window(sight.window.moved(by.y() * ratio / sight.scale.px_per_unit))
            # Not following from the first pixel on: a slow drag must not be held at the newest bar.
            sight.move(sight.view.panned(-by.x() * ratio / sight.view.pitch, sight.extent), False)
            panel.moved_by_hand()

    def release(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        sight = self._panel.sight
        if self._dragging and sight.scale is not None and sight.view.is_following(sight.extent):
            self.follow()  # put back where it was
        self._grip = Grip.NONE
        self._dragging = False

    def double_click(self, event: QMouseEvent) -> None:
        """On an axis: automatic again."""
        grip = self.grip_at(event.position())
        if grip is Grip.PRICES:
            self.auto_prices()
        elif grip is Grip.TIMES:
            self.follow()

    def hover(self, at: QPointF | None) -> None:
        """The crosshair goes with the mouse."""
        panel = self._panel
        panel.drawing.mouse = panel.plots_point(at) if at is not None else None
        if panel.sight.count:
            panel.drawing.draw_crosshair()

    def wheel(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        keys = event.modifiers()
        # Alt and Shift turn a wheel sideways on some systems: what counts is the larger part.
        turn = delta.y() if abs(delta.y()) >= abs(delta.x()) else -delta.x()
        is_sideways = abs(delta.x()) > abs(delta.y())
        notches = turn / NOTCH
        if not notches or self._panel.sight.scale is None:
            return
        event.accept()
        if self.grip_at(event.position()) is Grip.PRICES:
            self.zoom_prices(ZOOM_A_NOTCH**-notches)
        elif keys & Qt.KeyboardModifier.ShiftModifier or is_sideways:
            self.pan(-notches * PAN_A_NOTCH_SHARE * self._panel.sight.view.bars)
        else:
            at_newest = bool(keys & Qt.KeyboardModifier.ControlModifier)
            self.zoom(ZOOM_A_NOTCH**notches, None if at_newest else self._plot_px(event.position()))

    # ---- acts ------------------------------------------------------------------------------------
    def _newest_px(self) -> float:
        """Where the newest bar is, at the right edge when it is out of view."""
        sight = self._panel.sight
        assert sight.scale is not None
        return min(max(float(sight.scale.x(sight.extent - 1)), 0.0), float(sight.view.width_px))

    def zoom(self, factor: float, at_px: float | None) -> None:
        """Bars `factor` times as wide; `at_px` stays, None: the newest bar does."""
        sight = self._panel.sight
        if sight.scale is None:
            return
        was_following = sight.is_following
        view = sight.view.zoomed(factor, self._newest_px() if at_px is None else at_px, sight.extent)
        sight.move(view)
        if was_following and factor < 1 and view.air_share(sight.extent) > 0:
            sight.follow()  # zooming out must not open a gap at the right that nobody asked for
        if was_following and at_px is None:
            sight.follow()
        self._panel.moved_by_hand()

    def pan(self, bars: float) -> None:
        """To later bars when positive."""
        sight = self._panel.sight
        if sight.scale is not None:
            sight.move(sight.view.panned(bars, sight.extent))
            self._panel.moved_by_hand()

    def zoom_prices(self, factor: float) -> None:
        sight = self._panel.sight
        sight.set_window(sight.price_window.zoomed(factor))
        self._panel.moved_by_hand()

    def auto_prices(self) -> None:
        self._panel.sight.set_window(None)
        self._panel.moved_by_hand()

    def follow(self) -> None:
        self._panel.sight.follow()
        self._panel.moved_by_hand()

    def go_to_first(self) -> None:
        """The earliest bar at the left; earlier pages are asked for."""
        sight = self._panel.sight
        sight.move(sight.view.panned(-float(sight.extent), sight.extent).fitted_left(0.0), False)
        self._panel.moved_by_hand()

    # ---- keys ------------------------------------------------------------------------------------
    def key(self, event: QKeyEvent) -> bool:
        """True when the key was the chart's."""
        keys = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key, panel = event.key(), self._panel
        if keys & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier):
            return False
        if keys & Qt.KeyboardModifier.ControlModifier:
            return self._control_key(key)
        if self._moves(key, bool(keys & Qt.KeyboardModifier.ShiftModifier)):
            return True
        text = typed_text(event)
        if text:
            panel.entry.begin(text)
            return True
        return False

    def _moves(self, key: int, is_shifted: bool) -> bool:
        sight = self._panel.sight
        if sight.scale is None:
            return False
        page = sight.view.bars
        step = page / 2 if is_shifted else float(PAN_A_KEY_BARS)
        pans = {
            Qt.Key.Key_Left: -step,
            Qt.Key.Key_Right: step,
            Qt.Key.Key_PageUp: -page * 0.9,
            Qt.Key.Key_PageDown: page * 0.9,
        }
        zooms = {
            Qt.Key.Key_Plus: ZOOM_A_KEY,
            Qt.Key.Key_Equal: ZOOM_A_KEY,
            Qt.Key.Key_Up: ZOOM_A_KEY,
            Qt.Key.Key_Minus: 1 / ZOOM_A_KEY,
            Qt.Key.Key_Underscore: 1 / ZOOM_A_KEY,
            Qt.Key.Key_Down: 1 / ZOOM_A_KEY,
        }
        if key in pans:
            self.pan(pans[Qt.Key(key)])
        elif key in zooms:
            at = None if sight.is_following else sight.view.width_px / 2
            self.zoom(zooms[Qt.Key(key)], at)
        elif key == Qt.Key.Key_End:
            self.follow()
        elif key == Qt.Key.Key_Home:
            self.go_to_first()
        else:
            return False
        return True

    def _control_key(self, key: int) -> bool:
        if self._panel.sight.scale is None:
            return False
        if key == Qt.Key.Key_0:
            self.auto_prices()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Up):
            self.zoom_prices(1 / ZOOM_A_KEY)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Down):
            self.zoom_prices(ZOOM_A_KEY)
        else:
            return False
        return True
