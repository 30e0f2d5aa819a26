"""What a run did, on its chart: fills, closed trades, the open position, working orders, all as of the clock.

`marks_of` picks what lies in view and had happened; the item draws it in device pixels. Many fills in one
place become one mark a side, so that a year in view costs what an hour does.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem

from core.market.instruments import InstrumentKey
from desktop.desk import FilmReading
from desktop.paint.lod import HIGH, LOW
from desktop.paint.pixels import PixelItem, PlotScale
from desktop.paint.theme import Theme
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.panels.chart.sight import Sight

TRIANGLE_PX: Final = (8.0, 7.0)
OFF_BAR_PX: Final = 9.0
DOT_PX: Final = 2.0
LINKS_MAX: Final = 200
MARK_EVERY_PX: Final = 6  # closer fills of one side are one mark
LABEL_PX: Final = (16, 8)  # height, pad
LABEL_LEFT_PX: Final = 12
ORDERS_MAX: Final = 20

Floats = NDArray[np.float64]
NONE: Final = np.zeros(0)


@dataclass(frozen=True, slots=True)
class Label:
    """A line across the plot at `value` counts, and what it says."""

    value: float
    text: str
    gain: str = ""
    is_gain: bool = True


@dataclass(frozen=True, slots=True)
class RunMarks:
    """Places in bars, values in counts. `fills`: place, value, side; `links`: two places, two values."""

    fills: tuple[Floats, Floats, Floats] = (NONE, NONE, NONE)
    links: tuple[Floats, Floats, Floats, Floats] = (NONE, NONE, NONE, NONE)
    position: Label | None = None
    orders: tuple[Label, ...] = field(default=())

    @property
    def text(self) -> str:
        """For a screen reader."""
        return f"{self.position.text} {self.position.gain}" if self.position is not None else ""


NO_MARKS: Final = RunMarks()


def marks_of(film: FilmReading, key: InstrumentKey, sight: "Sight", times: NDArray[np.int64]) -> RunMarks:
    """Of one instrument, as far as they are in view and before the clock; `times` at which the bars begin."""
    place = film.film.place_of.get(key)
    if place is None or not sight.count:
        return NO_MARKS
    first, last = sight.rows()
    if last <= first:
        return NO_MARKS
    begin_ns = int(times[first])
    end_ns = int(times[last]) if last < len(times) else film.time_ns
    unit = 10.0**sight.pyramid.price_decimals
    return RunMarks(
        _fills(film, place, sight, times, begin_ns, min(end_ns, film.time_ns)),
        _links(film, place, sight, times, begin_ns, min(end_ns, film.time_ns), unit),
        _position(film, place, unit),
        _orders(film, place, unit),
    )


def _rows_of(times: NDArray[np.int64], at_ns: NDArray[np.int64]) -> NDArray[np.intp]:
    """The bar each time belongs to: what is filled at a bar's close belongs to that bar, not to the next."""
    return np.maximum(np.searchsorted(times, at_ns, side="left") - 1, 0)


def _fills(
    film: FilmReading, place: int, sight: "Sight", times: NDArray[np.int64], begin_ns: int, end_ns: int
) -> tuple[Floats, Floats, Floats]:
    fills = film.film.fills
    at_ns = fills.times_of(place)
    begin, end = np.searchsorted(at_ns, (begin_ns, end_ns), side="right")
    if end <= begin:
        return NONE, NONE, NONE
    rows = _rows_of(times, at_ns[begin:end])
    side = fills.side[fills.of(place)[begin:end]]
    columns = sight.pyramid.columns
    places = sight.places_of(rows)
    cells = np.round(places * sight.view.pitch / (MARK_EVERY_PX * max(sight.size_px()[0], 1.0)))
    _, kept = np.unique(cells * 4 + side, return_index=True)
    rows, side, places = rows[kept], side[kept], places[kept]
    value = np.where(side > 0, columns[LOW, rows], columns[HIGH, rows])
    return places, value, side.astype(np.float64)


def _links(
    film: FilmReading,
    place: int,
    sight: "Sight",
    times: NDArray[np.int64],
    begin_ns: int,
    end_ns: int,
    unit: float,
) -> tuple[Floats, Floats, Floats, Floats]:
    trades = film.film.trades
    rows = trades.of(place)
    rows = rows[: int(np.searchsorted(trades.opened_ns[rows], end_ns, side="left"))]
    closed_ns = trades.closed_ns[rows]
    rows = rows[(closed_ns > begin_ns) & (closed_ns <= film.time_ns)][-LINKS_MAX:]
    begins = sight.places_of(_rows_of(times, trades.opened_ns[rows]))
    ends = sight.places_of(_rows_of(times, trades.closed_ns[rows]))
    return begins, trades.entry[rows] * unit, ends, trades.exit[rows] * unit


def _position(film: FilmReading, place: int, unit: float) -> Label | None:
    held = film.film.fills.position(place, film.time_ns)
    pnl = film.film.open_pnl(place, film.time_ns)
    if held is None or pnl is None:
        return None
    decimals = film.film.reels[place].instrument.price_decimals
    side = tr("Long") if held.side > 0 else tr("Short")
    text = f"{side} {quantity_words(held.quantity)} @ {price_words(held.entry_price, decimals)}"
    return Label(held.entry_price * unit, text, money_words(pnl), pnl >= 0)


def _orders(film: FilmReading, place: int, unit: float) -> tuple[Label, ...]:
    orders = film.film.orders
    decimals = film.film.reels[place].instrument.price_decimals
    labels = []
    for row in orders.working(place, film.time_ns)[-ORDERS_MAX:].tolist():
        side = tr("Buy") if orders.side[row] > 0 else tr("Sell")
        kind = str(orders.type[row]).lower().replace("_", " ")
        price = float(orders.price[row])
        said = f"{side} {kind} {quantity_words(float(orders.quantity[row]))} @ {price_words(price, decimals)}"
        labels.append(Label(price * unit, said))
    return tuple(labels)


def quantity_words(quantity: float) -> str:
    """Exact: money depends on it."""
    return f"{quantity:,.10f}".rstrip("0").rstrip(".")


def price_words(price: float, decimals: int) -> str:
    return f"{price:,.{decimals}f}".replace("-", "\u2212")


def money_words(amount: float) -> str:
    """With its sign."""
    return f"{amount:+,.2f}".replace("-", "\u2212")


class RunMarksItem(PixelItem):
    """`show_marks` once a frame; what did not change is not painted anew."""

    def __init__(self, parent: QGraphicsItem, theme: Theme) -> None:
        super().__init__(parent)
        self.marks = NO_MARKS
        self._scale: PlotScale | None = None
        self.setZValue(6)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._font = theme.number_font("small", "strong")
        self.update()

    def show_marks(self, marks: RunMarks, scale: PlotScale) -> None:
        if marks is NO_MARKS and self.marks is NO_MARKS:
            return
        self.marks, self._scale = marks, scale
        self.setVisible(marks is not NO_MARKS)
        self.update()

    def clear(self) -> None:
        self.marks, self._scale = NO_MARKS, None
        self.update()

    # ---- painting --------------------------------------------------------------------------------
    def paint_pixels(self, painter: QPainter, ratio: float, left: int, right: int) -> None:
        if self._scale is None or self.marks is NO_MARKS:
            return
        scale = self._scale.at_ratio(ratio)
        for order in self.marks.orders:
            self._paint_line(painter, scale, order, "chart.order_working")
        if self.marks.position is not None:
            self._paint_line(painter, scale, self.marks.position, "chart.position")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_links(painter, scale)
        self._paint_fills(painter, scale)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for order in self.marks.orders:
            self._paint_label(painter, scale, order, "chart.order_working")
        if self.marks.position is not None:
            self._paint_label(painter, scale, self.marks.position, "chart.position")

    def _paint_line(self, painter: QPainter, scale: PlotScale, label: Label, token: str) -> None:
        y = round(float(scale.y(label.value)))
        painter.fillRect(QRectF(0, y, scale.width_px, scale.hairline_px), self._theme.color(token))

    def _paint_links(self, painter: QPainter, scale: PlotScale) -> None:
        begins, entries, ends, exits = self.marks.links
        if not len(begins):
            return
        x1, y1, x2, y2 = scale.x(begins), scale.y(entries), scale.x(ends), scale.y(exits)
        ink = self._theme.color("text.secondary")
        pen = QPen(ink, scale.ratio)
        pen.setDashPattern([1, 3])
        painter.setPen(pen)
        ends_px = zip(x1.tolist(), y1.tolist(), x2.tolist(), y2.tolist(), strict=True)
        painter.drawLines([QLineF(*each) for each in ends_px])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("text.primary"))
        radius = DOT_PX * scale.ratio
        for xs, ys in ((x1, y1), (x2, y2)):
            for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
                painter.drawEllipse(QPointF(x, y), radius, radius)

    def _paint_fills(self, painter: QPainter, scale: PlotScale) -> None:
        """Up below the bar for a buy, down above it for a sell."""
        places, values, sides = self.marks.fills
        wide, high = TRIANGLE_PX[0] * scale.ratio / 2, TRIANGLE_PX[1] * scale.ratio
        off = OFF_BAR_PX * scale.ratio
        painter.setPen(Qt.PenStyle.NoPen)
        for side, token in ((1.0, "market.up"), (-1.0, "market.down")):
            chosen = sides == side
            painter.setBrush(self._theme.color(token))
            x, y = scale.x(places[chosen]), scale.y(values[chosen]) + side * off
            for at_x, tip in zip(x.tolist(), y.tolist(), strict=True):
                base = tip + side * high
                painter.drawPolygon(
                    QPolygonF([QPointF(at_x, tip), QPointF(at_x + wide, base), QPointF(at_x - wide, base)])
                )

    def _paint_label(self, painter: QPainter, scale: PlotScale, label: Label, token: str) -> None:
        theme, ratio = self._theme, scale.ratio
        painter.save()
        painter.scale(ratio, ratio)
        metrics = QFontMetricsF(self._font)
        text_px = metrics.horizontalAdvance(label.text)
        gain_px = metrics.horizontalAdvance(label.gain) + LABEL_PX[1] if label.gain else 0.0
        height, pad = LABEL_PX
        y = round(float(scale.y(label.value))) / ratio
        box = QRectF(LABEL_LEFT_PX, round(y - height / 2), round(text_px + gain_px + 2 * pad), height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color(token), 1))
        painter.setBrush(theme.color("surface.raised"))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.setFont(self._font)
        painter.setPen(theme.color("text.primary"))
        inside = box.adjusted(pad, 0, -pad, 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, label.text)
        if label.gain:
            painter.setPen(theme.color("market.up" if label.is_gain else "market.down"))
            painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, label.gain)
        painter.restore()
