"""The places of a chart: the main plot with its layers, indicator panes below, axes beside and under them.

One graphics layout of pyqtgraph; each plot holds layers that fill it and paint in device pixels. Lays out
only when a pane comes or goes or the legend needs another line, never because of data.
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
from desktop.panels.chart.axes import PriceAxis, TimeAxis, align_widths
from desktop.panels.chart.legend import LegendItem
from desktop.panels.chart.lines import LinesItem
from desktop.panels.chart.marks import CrosshairItem, EdgeItem, GroundItem, LastPriceItem

PANE_PX: Final = 82
RULE_PX: Final = 1


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
    """Bars, their volume, overlays, the last price and the edge after the last bar."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.bars = BarsItem(self, theme)
        self.last = LastPriceItem(self, theme)
        self.edge = EdgeItem(self, theme)
        for layer in (self.bars, self.last, self.edge):
            self.add_layer(layer)
        for depth, layer in enumerate((self.ground, self.bars, self.last, self.lines, self.edge)):
            layer.setZValue(depth)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for layer in (self.bars, self.last, self.edge):
            layer.set_theme(theme)


class Rule(pg.GraphicsWidget):
    """A hairline between plots, across the price axis too."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setFixedHeight(RULE_PX)
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
        self.plot.setFixedHeight(PANE_PX)
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
    """Beside the legend and the time axis: the lines of the axes go on to the border."""

    def __init__(self, theme: Theme, has_top: bool) -> None:
        super().__init__()
        self._has_top = has_top
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._ink = theme.color("chart.axis_line")
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self.size().width(), self.size().height())

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
        painter.fillRect(QRectF(0, 0, 1, self.size().height()), self._ink)
        if self._has_top:
            painter.fillRect(QRectF(0, 0, self.size().width(), 1), self._ink)


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
        self.ci.layout.setContentsMargins(0, 0, 0, 0)
        self.ci.layout.setSpacing(0)
        self.legend = LegendItem(theme)
        self.head = AxisEnd(theme, has_top=False)
        self.main = MainPlot(theme)
        self.price_axis = PriceAxis(theme)
        self.time_axis = TimeAxis(theme)
        self.foot = AxisEnd(theme, has_top=True)
        self.panes: list[PanePlot] = []
        self._theme = theme
        self.setBackground(theme.color("chart.background"))
        self._fill()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setBackground(theme.color("chart.background"))
        parts: list[Any] = [self.legend, self.head, self.main, self.price_axis, self.time_axis, self.foot]
        for part in (*parts, *self.panes):
            part.set_theme(theme)
        self.fit_legend()

    # ---- layout ----------------------------------------------------------------------------------
    def set_pane_count(self, count: int) -> None:
        """So many panes below the main plot; those that stay are the same objects."""
        if count == len(self.panes):
            return
        self._clear()
        while len(self.panes) > count:
            pane = self.panes.pop()
            for part in pane.parts:
                self.scene().removeItem(part)
        while len(self.panes) < count:
            self.panes.append(PanePlot(self._theme))
        self._fill()

    def _clear(self) -> None:
        layout = self.ci.layout
        while layout.count():
            layout.removeAt(0)
        self.ci.items.clear()
        self.ci.rows.clear()

    def _fill(self) -> None:
        layout = self.ci.layout
        rows: list[tuple[Any, Any]] = [(self.legend, self.head), (self.main, self.price_axis)]
        rows += [(pane.plot, pane.axis) for pane in self.panes]
        row = 0
        for place, (plot, axis) in enumerate(rows):
            if place >= 2:
                layout.addItem(self.panes[place - 2].rule, row, 0, 1, 2)
                row += 1
            layout.addItem(plot, row, 0)
            layout.addItem(axis, row, 1)
            layout.setRowStretchFactor(row, 1 if plot is self.main else 0)
            row += 1
        layout.addItem(self.time_axis, row, 0)
        layout.addItem(self.foot, row, 1)
        layout.setColumnStretchFactor(0, 1)
        self.fit_legend()

    def fit_legend(self) -> None:
        """As high as its lines."""
        height = self.legend.height_px
        if self.legend.minimumHeight() != height or self.legend.maximumHeight() != height:
            self.legend.setFixedHeight(height)
        self.settle()

    def settle(self) -> None:
        """Lay out now: what follows asks for sizes."""
        self.ci.layout.activate()

    def set_axis_width(self, width_px: int) -> None:
        """Of the price axis and those of the panes."""
        before = self.price_axis.fixedWidth
        align_widths([self.price_axis, *(pane.axis for pane in self.panes)], width_px)
        if before != width_px:
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
