"""The places of a chart: the main plot with its layers, indicator panes below, axes beside and under them.

A graphics view of pyqtgraph; each plot holds layers that fill it and paint in device pixels. Parts are given
their places by hand, on whole pixels, and only when a pane comes or goes or the legend needs another line.
"""

from collections.abc import Callable
from typing import Any, Final

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFrame, QGraphicsItem, QGraphicsView, QWidget

from desktop.paint.candles import BarsItem
from desktop.paint.pixels import PixelItem, PlotScale
from desktop.paint.theme import Theme
from desktop.panels.chart.axes import PRICE_PAD_PX, TIME_AXIS_HEIGHT_PX, PriceAxis, TimeAxis, align_widths
from desktop.panels.chart.legend import BOTTOM_PX, LINE_PX, TOP_PX, LegendItem
from desktop.panels.chart.lines import LinesItem
from desktop.panels.chart.marks import CrosshairItem, EdgeItem, GroundItem, LastPriceItem
from desktop.panels.chart.run_marks import RunMarksItem

PANE_PX: Final = 82
RULE_PX: Final = 1
MAIN_MIN_PX: Final = 90  # panes give way to the bars


class Plot(pg.GraphicsWidget):
    """A rectangle whose layers fill it and are clipped to it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape)
        self.ground = GroundItem(self, theme)
        self.lines = LinesItem(self)
        self.crosshair = CrosshairItem(self, theme)
        self.layers: list[PixelItem] = [self.ground, self.lines, self.crosshair]

    def add_layer(self, layer: PixelItem) -> None:
        self.layers.append(layer)
        layer.set_size(self.size().width(), self.size().height())

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self.size().width(), self.size().height())

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        for layer in self.layers:
            layer.set_size(self.size().width(), self.size().height())

    def set_theme(self, theme: Theme) -> None:
        for layer in (self.ground, self.crosshair):
            layer.set_theme(theme)
        self.lines.update()


class MainPlot(Plot):
    """Bars, their volume, overlays, the last price, what a run did, and the edge after the last bar."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.bars = BarsItem(self, theme)
        self.last = LastPriceItem(self, theme)
        self.edge = EdgeItem(self, theme)
        self.run_marks = RunMarksItem(self, theme)
        self.recorded = LinesItem(self)  # prices that a run recorded
        for layer in (self.bars, self.last, self.edge, self.run_marks, self.recorded):
            self.add_layer(layer)
        drawn = (self.ground, self.bars, self.last, self.recorded, self.lines, self.edge)
        for depth, layer in enumerate(drawn):
            layer.setZValue(depth)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for layer in (self.bars, self.last, self.edge, self.run_marks):
            layer.set_theme(theme)
        self.recorded.update()


class Rule(pg.GraphicsWidget):
    """A hairline between plots, across the price axis too."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._ink = theme.color("chart.axis_line")
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self.size().width(), self.size().height())

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
        painter.fillRect(self.boundingRect(), self._ink)


class PanePlot:
    """A pane below the bars with an axis of its own."""

    def __init__(self, theme: Theme) -> None:
        self.rule = Rule(theme)
        self.plot = Plot(theme)
        self.axis = PriceAxis(theme)
        self.legend = LegendItem(theme, is_overlay=True)
        self.legend.setParentItem(self.plot)
        self.legend.setZValue(10)
        self.scale: PlotScale | None = None
        self._axis_of: tuple[int, float, tuple[float, ...] | None] | None = None

    def set_axis(
        self,
        decimals: int,
        counts_per_unit: float,
        words: Callable[[int], str] | None,
        guides: tuple[float, ...] | None,
    ) -> None:
        """How the axis counts and which values it names; nothing is done when it is so already."""
        if (decimals, counts_per_unit, guides) != self._axis_of:
            self._axis_of = (decimals, counts_per_unit, guides)
            self.axis.set_decimals(decimals, 1, counts_per_unit, words)
            self.axis.set_fixed(guides)

    def set_theme(self, theme: Theme) -> None:
        parts: tuple[Any, ...] = (self.rule, self.plot, self.axis, self.legend)
        for part in parts:
            part.set_theme(theme)

    @property
    def parts(self) -> tuple[Any, ...]:
        return (self.rule, self.plot, self.axis)


class AxisEnd(pg.GraphicsWidget):
    """Beside the legend and the time axis: the lines of the axes go on to the border, `say` names a zone."""

    def __init__(self, theme: Theme, has_top: bool) -> None:
        super().__init__()
        self._has_top = has_top
        self.words = ""
        self.set_theme(theme)

    def say(self, words: str) -> None:
        if words != self.words:
            self.words = words
            self.update()

    def set_theme(self, theme: Theme) -> None:
        self._font, self._word_ink = theme.number_font("small"), theme.color("chart.axis_text")
        self._ink = theme.color("chart.axis_line")
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self.size().width(), self.size().height())

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
        painter.fillRect(QRectF(0, 0, 1, self.size().height()), self._ink)
        if self._has_top:
            painter.fillRect(QRectF(0, 0, self.size().width(), 1), self._ink)
        if self.words:
            painter.setFont(self._font)
            painter.setPen(self._word_ink)
            box = self.boundingRect().adjusted(PRICE_PAD_PX, 1, 0, 0)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self.words)


class ChartPlots(pg.GraphicsLayoutWidget):
    """Legend, main plot, panes and axes. Mouse and keys are its owner's: pyqtgraph's own are not used."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setOptimizationFlags(
            QGraphicsView.OptimizationFlag.DontSavePainterState
            | QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing
        )
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        # Its own ground fills it: nothing behind it is painted with every frame.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.legend = LegendItem(theme)
        self.head = AxisEnd(theme, has_top=False)
        self.main = MainPlot(theme)
        self.price_axis = PriceAxis(theme)
        self.time_axis = TimeAxis(theme)
        self.foot = AxisEnd(theme, has_top=True)
        self.panes: list[PanePlot] = []
        self._theme = theme
        self.setBackground(theme.color("chart.background"))
        for part in self._parts:
            part.setParentItem(self.ci)
        self.settle()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setBackground(theme.color("chart.background"))
        for part in (*self._parts, *self.panes):
            part.set_theme(theme)
        self.settle()

    @property
    def _parts(self) -> tuple[Any, ...]:
        return (self.legend, self.head, self.main, self.price_axis, self.time_axis, self.foot)

    # ---- layout ----------------------------------------------------------------------------------
    def set_pane_count(self, count: int) -> None:
        """So many panes below the main plot; those that stay are the same objects."""
        while len(self.panes) > count:
            for part in self.panes.pop().parts:
                self.scene().removeItem(part)
        while len(self.panes) < count:
            pane = PanePlot(self._theme)
            for part in pane.parts:
                part.setParentItem(self.ci)
            pane.axis.setWidth(self.price_axis.fixedWidth)
            self.panes.append(pane)
        self.settle()

    def settle(self) -> None:
        """Give every part its place, on whole pixels; those that stay where they are cost nothing."""
        size = self.viewport().size()
        width, height = size.width(), size.height()
        axis_px = int(self.price_axis.fixedWidth)
        across = max(width - axis_px, 1)
        spare_px = height - TIME_AXIS_HEIGHT_PX - MAIN_MIN_PX - TOP_PX - BOTTOM_PX
        self.legend.set_lines_max(max(spare_px // LINE_PX, 1))
        self.legend.setGeometry(QRectF(0, 0, across, self.legend.height_px))
        legend_px = self.legend.height_px  # narrower it may need another line
        panes = len(self.panes)
        room = height - legend_px - TIME_AXIS_HEIGHT_PX - panes * RULE_PX
        pane_px = PANE_PX
        if panes and room - panes * PANE_PX < MAIN_MIN_PX:
            pane_px = max((room - MAIN_MIN_PX) // panes, 0)
        main_px = max(room - panes * pane_px, 1)
        self._lay(self.legend, self.head, 0, legend_px, across, axis_px)
        self._lay(self.main, self.price_axis, legend_px, main_px, across, axis_px)
        top = legend_px + main_px
        for pane in self.panes:
            pane.rule.setGeometry(QRectF(0, top, width, RULE_PX))
            self._lay(pane.plot, pane.axis, top + RULE_PX, pane_px, across, axis_px)
            top += RULE_PX + pane_px
        self._lay(self.time_axis, self.foot, top, TIME_AXIS_HEIGHT_PX, across, axis_px)

    @staticmethod
    def _lay(left: Any, right: Any, top: int, height: int, across: int, axis_px: int) -> None:
        left.setGeometry(QRectF(0, top, across, height))
        right.setGeometry(QRectF(across, top, axis_px, height))

    def set_axis_width(self, width_px: int) -> None:
        """Of the price axis and those of the panes."""
        if self.price_axis.fixedWidth != width_px:
            align_widths([self.price_axis, *(pane.axis for pane in self.panes)], width_px)
            self.settle()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        if event is not None:  # None from pyqtgraph while it is being made
            self.settle()

    # ---- places ----------------------------------------------------------------------------------
    @property
    def plots(self) -> tuple[Plot, ...]:
        """The main plot, then the panes."""
        return (self.main, *(pane.plot for pane in self.panes))

    def rect_of(self, item: Any) -> QRectF:
        """In the widget's logical pixels."""
        return QRectF(item.mapRectToScene(item.boundingRect()))
