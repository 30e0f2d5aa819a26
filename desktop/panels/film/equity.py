"""Equity of a played run: its line, the start value dashed, drawdown below on its own axis.

The line is drawn into pixels with NumPy. Ranges, axes and labels follow from what is known at the clock.
"""

import math
from typing import Any, Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent

from desktop.desk import Desk, FilmReading
from desktop.paint.theme import Theme
from desktop.panels.film.base import FilmPanel
from desktop.panels.film.curve import CurveColumns, columns_of, grid_of, padded
from desktop.panels.film.curve_texts import CurveTexts
from desktop.panels.film.equity_scene import (
    HEAD_PX,
    TIMES_PX,
    EquityScene,
    EquityView,
    money_words,
    share_words,
)
from desktop.panels.film.time_labels import time_labels
from desktop.panels.grid.states import PanelKind
from desktop.tr import tr

AXIS_PX: Final = 66
AXIS_PAD_PX: Final = 16
AXIS_STEP_PX: Final = 8
DEPTH_SHARE: Final = 0.28
DEPTH_MIN_PX: Final = 40
TAG_PX: Final = 16


class EquityPanel(FilmPanel):
    """A `Panel`. A double click puts the clock to the time under it."""

    kind = "equity"
    _scene: EquityScene | None = None
    _texts: CurveTexts | None = None

    _axis_px = AXIS_PX  # as wide as the widest amount so far

    def set_theme(self, theme: Theme) -> None:
        self._scene = self._texts = None
        self._axis_px = theme.scaled_px(AXIS_PX)
        super().set_theme(theme)

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
            "Equity {equity}, drawdown {drawdown}",
            equity=money_words(self.equity),
            drawdown=share_words(self.drawdown),
        )

    # ---- places ----------------------------------------------------------------------------------
    def _areas(self) -> tuple[QRectF, QRectF]:
        """Of the equity and of the drawdown."""
        width = max(self.width() - self._axis_px, 1)
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
        if empty or self.film is None:
            painter.fillRect(self.rect(), theme.color("surface.panel" if empty else "chart.background"))
        else:
            self._paint(painter, self.film)
        painter.end()

    def view(self, film: FilmReading) -> EquityView:
        """What is painted of it."""
        self._widen_axis()
        upper, lower = self._areas()
        (low, high), (deep, _) = self.ranges
        columns = self.columns()
        labels = self.time_labels(film, columns.span if columns is not None else 1, upper.width())
        start = film.film.curve.starting_cash
        return EquityView(
            self.size(), self.devicePixelRatioF(), upper, lower, low, high, deep, start, film.epoch, columns,
            tuple(labels),
        )  # fmt: skip

    def _widen_axis(self) -> None:
        """In steps: it must not move with each amount."""
        (low, high), (deep, _) = self.ranges
        words = (money_words(low), money_words(high), money_words(self.equity), share_words(deep))
        texts = self._texts_of(self.devicePixelRatioF())
        wanted_px = max(texts.strong.width(text) for text in words) + AXIS_PAD_PX
        if wanted_px > self._axis_px:
            self._axis_px = math.ceil(wanted_px / AXIS_STEP_PX) * AXIS_STEP_PX
            self._columns = None  # of fewer pixels

    def _paint(self, painter: QPainter, film: FilmReading) -> None:
        if self._scene is None:
            self._scene = EquityScene(self.theme)
        view = self.view(film)
        painter.drawPixmap(0, 0, self._scene.picture(view))
        self._scene.paint_last(painter, view)
        self._paint_figures(painter, film, view)

    def _paint_figures(self, painter: QPainter, film: FilmReading, view: EquityView) -> None:
        """The tag on the axis, and the words at the upper edge of either part."""
        theme = self.theme
        texts = self._texts_of(view.ratio)
        ink, quiet, faint = (theme.argb(f"text.{name}") for name in ("primary", "secondary", "tertiary"))
        ground = theme.color("chart.background")
        tag_px, left = theme.scaled_px(TAG_PX), view.upper.right() + 1
        box = QRectF(left, round(view.y(self.equity) - tag_px / 2), self.width() - left, tag_px)
        painter.fillRect(box.adjusted(0, -5, 0, 5), ground)  # no label cut in half
        painter.fillRect(box, theme.color("chart.crosshair_label"))
        baseline = box.top() + round((tag_px + texts.strong.cap_height) / 2)
        texts.strong.add(box.left() + 7, baseline, money_words(self.equity), theme.argb("text.on_accent"))
        venue, y = film.film.run.spec.venue, 16
        start = tr("{currency}, start {cash}", currency=venue.currency, cash=f"{venue.starting_cash:,.2f}")
        texts.say(10, y, ((tr("Equity"), quiet), (f"{self.equity:,.2f}", ink), (start, faint)))
        y = round(view.lower.top()) + 15
        words = ((tr("Drawdown"), quiet), (share_words(self.drawdown), ink))
        painter.fillRect(QRectF(4, view.lower.top() + 2, texts.width(words) + 12, 18), ground)
        texts.say(10, y, words)
        texts.draw(painter)

    def _texts_of(self, ratio: float) -> CurveTexts:
        if self._texts is None or self._texts.small.ratio != ratio:
            self._texts = CurveTexts(self.theme, ratio)
        return self._texts

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
