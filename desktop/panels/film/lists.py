"""Round trips and orders of a played run, the newest first, as far as the clock has come.

A click shows a trade on the chart; a double click puts the clock to when it opened. An open trade's
entry, size and profit are those of now: what it became is of later.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.clock import NS_PER_S
from desktop.desk import Desk, FilmReading
from desktop.paint.theme import Theme
from desktop.panels.chart.run_marks import money_words, price_words, quantity_words
from desktop.panels.film.base import FilmPanel
from desktop.panels.film.table import Cells, FilmColumn, FilmTable
from desktop.panels.grid.states import PanelKind
from desktop.panels.player.words import minute_words
from desktop.tr import mark, tr

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel

PNL = 7  # column
CONTEXT_NS = 30 * 60 * NS_PER_S  # of a trade on the chart, at least, on either side
STATES = {
    "SUBMITTED": mark("Sent"),
    "ACCEPTED": mark("Working"),
    "PARTIAL": mark("Partly filled"),
    "FILLED": mark("Filled"),
    "CANCELLED": mark("Cancelled"),
    "REJECTED": mark("Rejected"),
    "EXPIRED": mark("Expired"),
}


class ListPanel(FilmPanel):
    """`chart` gives the chart that a click shows things on."""

    def __init__(
        self,
        theme: Theme,
        on_data: Callable[[], None],
        chart: "Callable[[], ChartPanel | None]",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, on_data, parent)
        self._chart = chart
        self.table = FilmTable(theme, self.columns(), self.cells, self.stamps, self.live, self)
        self.table.chosen.connect(self.show_row)
        self.table.opened.connect(self.go_to_row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        self.setFocusProxy(self.table)

    def columns(self) -> tuple[FilmColumn, ...]:
        raise NotImplementedError

    def cells(self, number: int) -> Cells:
        """What stands in row `number`, from what is known at the clock."""
        raise NotImplementedError

    def stamps(self, numbers: range) -> list[int]:
        """Another one for each row that says something else."""
        raise NotImplementedError

    def live(self, number: int) -> tuple[int, str, str] | None:
        """The number of a row that moves with every price: column, text, colour token."""
        return None

    def stretch_of(self, number: int) -> tuple[int, int, int]:
        """Place of its instrument, and when it began and ended; the clock while it has not."""
        raise NotImplementedError

    def show_row(self, number: int) -> None:
        """On the chart."""
        film, chart = self.film, self._chart()
        if film is None or chart is None:
            return
        place, begin_ns, end_ns = self.stretch_of(number)
        around_ns = max(CONTEXT_NS, (end_ns - begin_ns) // 2)
        key = film.film.reels[place].instrument.key
        if chart.key != key:
            chart.choose(key)
        chart.reveal(begin_ns - around_ns, end_ns + around_ns)

    def go_to_row(self, number: int) -> None:
        """The clock to when it began."""
        if self.film is not None and self.desk is not None and self.desk.transport is not None:
            self.desk.transport.seek(self.stretch_of(number)[1])

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)
        super().set_theme(theme)

    def zone_changed(self) -> None:
        self.table.forget_rows()
        super().zone_changed()

    def set_desk(self, desk: Desk | None) -> None:
        self.table.forget_rows()
        super().set_desk(desk)

    def _show(self, count: int) -> bool:
        has_rows = self.state.kind is not PanelKind.EMPTY
        if has_rows != self.table.isVisibleTo(self):
            self.table.setVisible(has_rows)
            self.update()  # else the table covers all of it
        self.table.show_rows(count)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.theme.color("surface.panel"))
        painter.end()

    def _at(self, time_ns: int) -> str:
        return minute_words(time_ns, self.zone)

    def inspect_rows(self) -> dict[str, Any]:
        return {"rows": self.table.painted_rows() if self.film is not None else []}


class TradesPanel(ListPanel):
    """A `Panel`."""

    kind = "trades"

    def columns(self) -> tuple[FilmColumn, ...]:
        return (
            FilmColumn("#", 32, True, leaves=1), FilmColumn(tr("Symbol"), 62), FilmColumn(tr("Opened"), 92),
            FilmColumn(tr("Closed"), 92, leaves=2), FilmColumn(tr("Side"), 46),
            FilmColumn(tr("Entry"), 62, True, leaves=4), FilmColumn(tr("Exit"), 62, True, leaves=3),
            FilmColumn(tr("P&L"), 64, True),
        )  # fmt: skip

    def show_film(self, film: FilmReading | None) -> bool:
        self.setAccessibleName(tr("Trades"))
        return self._show(film.film.trades.opened(film.time_ns) if film is not None else 0)

    @staticmethod
    def _is_over(film: FilmReading, number: int) -> bool:
        return 0 < int(film.film.trades.closed_ns[number]) <= film.time_ns

    def stamps(self, numbers: range) -> list[int]:
        film = self.film
        if film is None:
            return [0] * len(numbers)
        trades, fills = film.film.trades, film.film.fills
        rows = np.array(numbers, np.int64)
        over = trades.is_closed(rows, film.time_ns)
        # An open one is another with each fill of its instrument; its profit is drawn over it.
        return [
            1 if is_over else -1 - int(np.searchsorted(fills.times_of(place), film.time_ns, side="right"))
            for is_over, place in zip(over.tolist(), trades.place[rows].tolist(), strict=True)
        ]

    def live(self, number: int) -> tuple[int, str, str] | None:
        film = self.film
        if film is None or self._is_over(film, number):
            return None
        pnl = film.film.open_pnl(int(film.film.trades.place[number]), film.time_ns)
        return None if pnl is None else (PNL, money_words(pnl), "market.up" if pnl >= 0 else "market.down")

    def cells(self, number: int) -> Cells:
        film = self.film
        assert film is not None
        trades, primary = film.film.trades, "text.primary"
        place, side = int(trades.place[number]), int(trades.side[number])
        instrument = film.film.reels[place].instrument
        over = self._is_over(film, number)
        opened_ns = int(trades.opened_ns[number])
        pnl: float | None
        if over:
            entry, pnl = float(trades.entry[number]), float(trades.pnl[number])
            closed = (self._at(int(trades.closed_ns[number])), primary)
            left = (price_words(float(trades.exit[number]), instrument.price_decimals), primary)
        else:
            held = film.film.fills.position(place, film.time_ns)
            entry = held.entry_price if held is not None else float("nan")
            pnl = None
            closed, left = (tr("open"), "text.tertiary"), ("", primary)
        gain = "market.up" if pnl is not None and pnl >= 0 else "market.down"
        return (
            (f"{number + 1:,}", "text.secondary"),
            (instrument.key.symbol, primary),
            (self._at(opened_ns), primary),
            closed,
            (tr("Long") if side > 0 else tr("Short"), primary),
            (price_words(entry, instrument.price_decimals) if entry == entry else "", primary),
            left,
            (money_words(pnl) if pnl is not None else "", gain),
        )

    def stretch_of(self, number: int) -> tuple[int, int, int]:
        film = self.film
        assert film is not None
        trades = film.film.trades
        over = self._is_over(film, number)
        end_ns = int(trades.closed_ns[number]) if over else film.time_ns
        return int(trades.place[number]), int(trades.opened_ns[number]), end_ns


class OrdersPanel(ListPanel):
    """A `Panel`."""

    kind = "orders"
    _newest: NDArray[np.int64] = np.zeros(0, np.int64)

    def columns(self) -> tuple[FilmColumn, ...]:
        return (
            FilmColumn(tr("Changed"), 100, leaves=3), FilmColumn(tr("Symbol"), 70),
            FilmColumn(tr("Side"), 40), FilmColumn(tr("Type"), 60, leaves=1),
            FilmColumn(tr("Quantity"), 76, True), FilmColumn(tr("Price"), 76, True, leaves=2),
            FilmColumn(tr("Status"), 110),
        )  # fmt: skip

    def show_film(self, film: FilmReading | None) -> bool:
        self.setAccessibleName(tr("Orders"))
        if film is not None:
            # A copy: the film goes on for others before this panel's next turn.
            self._newest = film.film.orders.newest(film.time_ns).copy()
        return self._show(len(self._newest) if film is not None else 0)

    def stamps(self, numbers: range) -> list[int]:
        return self._newest[np.array(numbers, np.int64)].tolist()

    def cells(self, number: int) -> Cells:
        film = self.film
        assert film is not None
        orders, row, primary = film.film.orders, int(self._newest[number]), "text.primary"
        instrument = film.film.reels[int(orders.place[row])].instrument
        price, event = float(orders.price[row]), str(orders.event[row])
        status = tr(STATES[event]) if event in STATES else event
        reason = str(orders.reason[row])
        said = f"{status}: {reason}" if reason else status
        return (
            (self._at(int(orders.ts_ns[row])), primary),
            (instrument.key.symbol, primary),
            (tr("Buy") if orders.side[row] > 0 else tr("Sell"), primary),
            (str(orders.type[row]).capitalize().replace("_", " "), "text.secondary"),
            (quantity_words(float(orders.quantity[row])), primary),
            (price_words(price, instrument.price_decimals) if price == price else "", primary),
            (said, primary if orders.is_working[row] else "text.secondary"),
        )

    def stretch_of(self, number: int) -> tuple[int, int, int]:
        film = self.film
        assert film is not None
        row = int(self._newest[number])
        at_ns = int(film.film.orders.ts_ns[row])
        return int(film.film.orders.place[row]), at_ns, at_ns
