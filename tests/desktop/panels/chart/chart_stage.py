"""A chart on a test's desk, painted and poked as a person would."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPixmap, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.market.instruments import InstrumentKey
from core.market.intervals import Interval, seconds
from desktop.links import LinkGroups
from desktop.links_panels import ChartMember
from desktop.paint.stylesheet import dress
from desktop.paint.theme import Theme
from desktop.panels.chart.panel import ChartPanel
from tests.desktop.panels.chart.fake_bars import ETH, FakeDesk, FakeHold, desk_with

SIZE = (656, 480)


@dataclass
class ChartStage:
    """One chart; `frame` is what the frame clock does."""

    panel: ChartPanel
    desk: FakeDesk

    @property
    def hold(self) -> FakeHold:
        return self.desk.bars.holds[-1]

    def frame(self) -> bool:
        changed = self.panel.prepare_frame(0, 0)
        self.panel.tick(0)
        QApplication.processEvents()
        return changed

    def said(self) -> dict[str, Any]:
        return self.panel.inspect(0)

    def bars(self) -> list[list[int | None]]:
        self.picture()
        found: list[list[int | None]] = self.panel.inspect_rows()["bars"]
        return found

    def picture(self, ratio: float = 1.0) -> NDArray[np.uint32]:
        """The whole chart as 0xAARRGGBB, shape (rows, columns), painted anew for a pixel ratio."""
        size = self.panel.size()
        pixmap = QPixmap(round(size.width() * ratio), round(size.height() * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.black)
        self.panel.render(pixmap)
        image = pixmap.toImage().convertToFormat(QImage.Format.Format_ARGB32)
        flat = np.frombuffer(image.constBits(), np.uint32)
        return flat.reshape(image.height(), image.bytesPerLine() // 4)[:, : image.width()].copy()

    # ---- the mouse -------------------------------------------------------------------------------
    def place(self, item: Any, across: float = 0.5, down: float = 0.5) -> QPoint:
        """A point in the panel, by shares of an item of the plots."""
        rect = self.panel.plots.rect_of(item)
        at = QPointF(rect.left() + rect.width() * across, rect.top() + rect.height() * down)
        return (at + QPointF(self.panel.plots.pos())).toPoint()

    def drag(self, bot: QtBot, item: Any, dx: int, dy: int, across: float = 0.5) -> None:
        begin = self.place(item, across)
        left = Qt.MouseButton.LeftButton
        bot.mousePress(self.panel, left, pos=begin)
        for step in range(1, 5):
            bot.mouseMove(self.panel, begin + QPoint(dx * step // 4, dy * step // 4))
            QApplication.processEvents()
        bot.mouseRelease(self.panel, left, pos=begin + QPoint(dx, dy))

    def wheel(
        self, notches: float, across: float = 0.5, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        at = QPointF(self.place(self.panel.plots.main, across))
        event = QWheelEvent(
            at, self.panel.mapToGlobal(at), QPoint(), QPoint(0, round(120 * notches)),
            Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.panel, event)
        QApplication.processEvents()

    def row_at(self, across: float) -> float:
        """Place in bars at a share of the plot's width."""
        view = self.panel.sight.view
        return view.left + view.bars * across


ChartMaker = Callable[..., ChartStage]


def make_chart(
    bot: QtBot,
    desk: FakeDesk | None = None,
    *,
    interval: Interval | None = None,
    indicators: tuple[str, ...] = (),
    theme: Theme | None = None,
    size: tuple[int, int] = SIZE,
    key: InstrumentKey | None = ETH,
    links: LinkGroups | None = None,
    on_data: Callable[[], None] = lambda: None,
) -> ChartStage:
    """A chart of 400 bars of 3 s unless another desk is given; its first frame is prepared and painted."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    dress(app, theme or Theme())
    desk = desk or desk_with(400)
    panel = ChartPanel(theme or Theme(), on_data)
    if links is not None:
        ChartMember(panel, links)
    bot.addWidget(panel, before_close_func=lambda widget: widget.let_go())
    panel.resize(*size)
    panel.set_interval(interval or seconds(3))
    for text in indicators:
        panel.add_indicator(text)
    if key is not None:
        panel.show(key)
    panel.set_desk(desk)
    panel.show()
    stage = ChartStage(panel, desk)
    stage.frame()
    panel.hand.hover(None)
    return stage
