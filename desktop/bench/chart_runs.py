"""Charts under the bench, frame by frame: a frame is the act, Qt's paint and its flush.

The floor is pyqtgraph alone: two plots with its own axes, the lower linked to the upper, each with an item
that paints nothing, under the same acts at the same size. What is measured is the whole panel as a window
holds it.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QRectF
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QGraphicsView, QWidget

from core.clock import NS_PER_MS, NS_PER_S, monotonic_ns
from desktop.bench.chart_market import KEY, MINUTE, BenchDesk, walk
from desktop.links import LinkGroups
from desktop.links_panels import ChartMember
from desktop.links_terms import TimeStretch
from desktop.paint.theme import Theme
from desktop.panels.chart.panel import ChartPanel

WIDTH_PX: Final = 1_200
HEIGHT_PX: Final = 800
WARM_UP_FRAMES: Final = 3
TRIES_MAX: Final = 50  # an act that changes nothing asks for no paint
PAN_STEPS: Final = 20  # there and back
PAN_SHARE: Final = 100  # a step moves by a hundredth of the view


class Paints(QObject):
    """Counts paints of a widget."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.count += 1
        return False


def pan_step(number: int) -> int:
    """How many steps to the left of its start the view is in this frame: never where it was in the last."""
    turn = number % (2 * PAN_STEPS)
    return min(turn, 2 * PAN_STEPS - turn)


class _Nothing(pg.GraphicsObject):
    def __init__(self, bars: int) -> None:
        super().__init__()
        self._bounds = QRectF(0, -1e6, bars, 2e6)

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, *_: object) -> None:
        """Nothing: the floor."""


class FloorChart:
    """Empty pyqtgraph; `bars` long, `visible` of them in view."""

    def __init__(self, bars: int, visible: int) -> None:
        self._visible = visible
        self._begin = bars - visible
        self.widget = pg.GraphicsLayoutWidget()
        self.widget.resize(WIDTH_PX, HEIGHT_PX)
        layout = self.widget.ci.layout
        layout.setSpacing(0)
        self._plots = [self.widget.addPlot(row=row, col=0) for row in (0, 1)]
        self._plots[1].setXLink(self._plots[0])
        layout.setRowStretchFactor(0, 3)
        layout.setRowStretchFactor(1, 1)
        for plot in self._plots:
            plot.hideButtons()
            plot.setMenuEnabled(False)
            plot.hideAxis("left")
            plot.showAxis("right")
            plot.getAxis("right").setWidth(66)
            plot.vb.disableAutoRange()
        self._plots[0].hideAxis("bottom")
        self._items = [_Nothing(bars) for _ in self._plots]
        for plot, item in zip(self._plots, self._items, strict=True):
            plot.addItem(item)
        self._plots[0].setXRange(self._begin, bars, padding=0)
        self._plots[0].setYRange(29_000, 31_000)
        self._plots[1].setYRange(0, 5_000)
        self.widget.show()
        self._paints = Paints(self.widget.viewport())

    @property
    def paints(self) -> int:
        return self._paints.count

    def update(self, number: int) -> None:
        for item in self._items:
            item.update()

    def pan(self, number: int) -> None:
        left = self._begin - pan_step(number) * self._visible / PAN_SHARE
        self._plots[0].setXRange(left, left + self._visible, padding=0)

    def close(self) -> None:
        self.widget.close()
        for plot in self._plots:  # without a parent: nobody else takes it away
            for menu in (plot.ctrlMenu, plot.vb.menu):
                if menu is not None:
                    menu.deleteLater()
        self.widget.deleteLater()


class PanelChart:
    """The real panel over a desk of its own."""

    def __init__(self, bars: int, visible: int, links: LinkGroups | None = None) -> None:
        self._desk = BenchDesk(walk(bars))
        self._visible = visible
        self._begin = bars - visible
        self.panel = ChartPanel(Theme(), lambda: None)
        self._member = ChartMember(self.panel, links) if links is not None else None
        self.panel.resize(WIDTH_PX, HEIGHT_PX)
        QCursor.setPos(-100, -100)  # no crosshair: the floor has none
        self.panel.set_interval(MINUTE)
        self.panel.set_desk(self._desk)
        self.panel.show(KEY)
        self.panel.show()
        QApplication.processEvents()
        self._now_ms = monotonic_ns() // NS_PER_MS
        self._prepare()
        self.panel.show_stretch(self._stretch_at(self._begin))
        self._prepare()
        view = self.panel.findChild(QGraphicsView)
        assert view is not None
        self._paints = Paints(view.viewport())

    @property
    def paints(self) -> int:
        return self._paints.count

    def _prepare(self) -> None:
        self._now_ms += 16
        self.panel.prepare_frame(self._now_ms, self._desk.end_us)

    def prepare(self) -> None:
        """The frame clock's turn."""
        self._prepare()

    def _stretch_at(self, left: float) -> TimeStretch:
        """`visible` bars from the place `left` on."""
        first_ns = int(self._desk.hold.series.values[0, 0])
        begin_ns = first_ns + round(left * MINUTE.span_ns)
        return TimeStretch(begin_ns, begin_ns + self._visible * MINUTE.span_ns, False)

    def update(self, number: int) -> None:
        self._desk.hold.trade(number)
        self._prepare()

    def pan(self, number: int) -> None:
        self.panel.show_stretch(self.stretch(number))
        self._prepare()

    def stretch(self, number: int) -> TimeStretch:
        """Where a pan has come to."""
        return self._stretch_at(self._begin - pan_step(number) * self._visible / PAN_SHARE)

    def pan_linked(self, number: int) -> None:
        """As by hand: it moves and tells its links; painted only with the next frame."""
        assert self._member is not None
        stretch = self.stretch(number)
        self.panel.show_stretch(stretch)
        self._member.link.moved_view(stretch)

    def inspect(self) -> dict[str, Any]:
        return self.panel.inspect(self._now_ms)

    def close(self) -> None:
        if self._member is not None:
            self._member.link.leave()
        self.panel.let_go()
        self.panel.close()
        self.panel.deleteLater()


Chart = FloorChart | PanelChart


def frame_times_ms(chart: Chart, act: Callable[[int], None], frames: int) -> list[float]:
    """Of the frames that painted."""
    times_ms = []
    for number in range(-WARM_UP_FRAMES, frames):
        painted = chart.paints
        start_ns = monotonic_ns()
        act(number + WARM_UP_FRAMES)
        tries = 0
        while chart.paints == painted and tries < TRIES_MAX:
            QApplication.processEvents()
            tries += 1
        if number >= 0 and chart.paints > painted:
            times_ms.append((monotonic_ns() - start_ns) / NS_PER_MS)
    if len(times_ms) < frames // 2:
        raise RuntimeError(f"{type(chart).__name__}: {len(times_ms)} of {frames} frames were painted")
    return times_ms


def linked_fps(charts: Sequence[PanelChart], seconds: float, interval_ms: int) -> float:
    """Paints a second of the slowest of charts that pan together, a frame due every `interval_ms`."""
    QApplication.processEvents()
    begin_ns = due_ns = monotonic_ns()
    before = [chart.paints for chart in charts]
    number = 0
    while monotonic_ns() - begin_ns < seconds * NS_PER_S:
        charts[0].pan_linked(number)
        for chart in charts:
            chart.prepare()
        QApplication.processEvents()
        number += 1
        due_ns += interval_ms * NS_PER_MS
        time.sleep(max(0, due_ns - monotonic_ns()) / NS_PER_S)
    took_s = (monotonic_ns() - begin_ns) / NS_PER_S
    return min(chart.paints - painted for chart, painted in zip(charts, before, strict=True)) / took_s
