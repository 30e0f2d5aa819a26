"""What fills and closes are worth: equity at every bar, round trips, the cash an account must show.

Plain arithmetic over columns, without the engine; the engine's own account is checked against it. Equity is
starting cash plus what all fills brought or cost, plus what is held at its last close.
"""

import math
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.columns import Columns

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
FLAT: Final = 1e-12  # of a unit: what is left of decimal quantities added as floats


@dataclass(frozen=True, slots=True)
class Closes:
    """Closes of one instrument in currency, by ascending time."""

    instrument: str
    close_ns: Times
    close: Floats


def equity_columns(fills: Columns, closes: list[Closes], starting_cash: float) -> Columns:
    """Columns of `EQUITY`: one row at every time at which any instrument's bar closes.

    A fill at a bar's close is in that bar's row. `cash` is what is left after paying for what is held.
    """
    grid = _all_times(closes)
    flows = -fills["side"] * fills["quantity"] * fills["price"] - fills["fee"] - fills["slippage"]
    paid = np.concatenate(([0.0], np.cumsum(flows)))
    cash = starting_cash + _as_of(paid, fills["ts_ns"], grid)
    value, exposure = np.zeros(len(grid)), np.zeros(len(grid))
    for each in closes:
        worth = _held(fills, each.instrument, grid) * _last_close(each, grid)
        value += worth
        exposure += np.abs(worth)
    return {"close_ns": grid, "equity": cash + value, "cash": cash, "exposure": exposure}


def _all_times(closes: list[Closes]) -> Times:
    """Every time once. Not by `np.unique`, which takes thirty times as long over what is nearly in order."""
    times = np.concatenate([each.close_ns for each in closes])
    times.sort(kind="stable")
    return times[np.concatenate(([True], np.diff(times) > 0))]


def _as_of(after: Floats, ts_ns: Times, grid: Times) -> Floats:
    """`after[n]` holds after `n` fills, made at `ts_ns`: what holds at each time of the grid."""
    begins = np.concatenate(([0], np.searchsorted(grid, ts_ns), [len(grid)]))
    return np.repeat(after, np.diff(begins))


def _held(fills: Columns, instrument: str, grid: Times) -> Floats:
    mine = fills["instrument"] == instrument
    signed = (fills["side"] * fills["quantity"])[mine]
    held = np.concatenate(([0.0], np.cumsum(signed)))
    at = _as_of(held, fills["ts_ns"][mine], grid)
    return np.where(np.abs(at) < FLAT * 1e3, 0.0, at)


def _last_close(closes: Closes, grid: Times) -> Floats:
    """0 before the first: nothing can be held yet."""
    rows = np.searchsorted(closes.close_ns, grid, side="right") - 1
    return np.where(rows >= 0, closes.close[np.maximum(rows, 0)], 0.0)


@dataclass(slots=True)
class _Trip:
    """A round trip while it lasts. `held` is signed."""

    opened_ns: int
    side: int
    held: float = 0.0
    most: float = 0.0
    bought: float = 0.0  # quantity that entered
    entry_value: float = 0.0
    left: float = 0.0  # quantity that went out
    exit_value: float = 0.0
    fees: float = 0.0
    slippage: float = 0.0

    def row(self, instrument: str, closed_ns: int) -> tuple[Any, ...]:
        gross = self.side * (self.exit_value - self.entry_value)
        is_closed = closed_ns != 0
        return (
            self.opened_ns,
            closed_ns,
            instrument,
            self.side,
            self.most,
            self.entry_value / self.bought,
            self.exit_value / self.left if is_closed else math.nan,
            gross - self.fees - self.slippage if is_closed else math.nan,
            self.fees,
            self.slippage,
        )


@dataclass(slots=True)
class Book:
    """What is held and at which mean price, fill by fill; and the round trips that are over."""

    trips: list[tuple[Any, ...]] = field(default_factory=list)
    _open: dict[str, _Trip] = field(default_factory=dict)
    _entry: dict[str, float] = field(default_factory=dict)  # mean price of what is still held

    @property
    def entry_value(self) -> float:
        """Signed quantity times mean entry price, over all instruments."""
        return sum(trip.held * self._entry[name] for name, trip in self._open.items())

    def fill(
        self, ts_ns: int, instrument: str, side: int, quantity: float, price: float, fee: float, slip: float
    ) -> None:
        """A fill that turns a position round ends one trip and begins another; its costs go by quantity."""
        trip = self._open.get(instrument)
        if trip is None or trip.held * side >= 0:
            self._enter(ts_ns, instrument, side, quantity, price, fee, slip)
            return
        out = min(quantity, abs(trip.held))
        share = out / quantity
        trip.held += side * out
        trip.left += out
        trip.exit_value += out * price
        trip.fees += fee * share
        trip.slippage += slip * share
        if abs(trip.held) < FLAT * max(1.0, trip.most):
            self.trips.append(trip.row(instrument, ts_ns))
            del self._open[instrument]
        if quantity - out > FLAT * quantity:
            rest = 1.0 - share
            self._enter(ts_ns, instrument, side, quantity - out, price, fee * rest, slip * rest)

    def _enter(
        self, ts_ns: int, instrument: str, side: int, quantity: float, price: float, fee: float, slip: float
    ) -> None:
        trip = self._open.get(instrument)
        if trip is None:
            trip = self._open[instrument] = _Trip(ts_ns, side)
            self._entry[instrument] = 0.0
        before = abs(trip.held)
        self._entry[instrument] = (self._entry[instrument] * before + price * quantity) / (before + quantity)
        trip.held += side * quantity
        trip.most = max(trip.most, abs(trip.held))
        trip.bought += quantity
        trip.entry_value += quantity * price
        trip.fees += fee
        trip.slippage += slip

    def columns(self) -> Columns:
        """Columns of `POSITIONS`, by the time they opened; those still open are among them."""
        rows = self.trips + [trip.row(name, 0) for name, trip in self._open.items()]
        rows.sort(key=lambda row: (row[0], row[2]))
        names = (
            "opened_ns", "closed_ns", "instrument", "side", "quantity", "entry_price", "exit_price", "pnl",
            "fees", "slippage",
        )  # fmt: skip
        kinds = (np.int64, np.int64, object, np.int8, *[np.float64] * 6)
        columns = zip(*rows, strict=True) if rows else [[] for _ in names]
        return {name: np.array(list(c), kind) for name, kind, c in zip(names, kinds, columns, strict=True)}


def account_balances(fills: Columns, starting_cash: float, *, is_margin: bool) -> tuple[Floats, Columns]:
    """(what the account must say after each fill, columns of `POSITIONS`).

    A margin account counts what is realised and paid; a cash account also what was spent on what is held.
    """
    book = Book()
    balances = np.zeros(len(fills["ts_ns"]))
    cash = starting_cash
    rows = zip(
        *(
            fills[name].tolist()
            for name in ("ts_ns", "instrument", "side", "quantity", "price", "fee", "slippage")
        ),
        strict=True,
    )
    for row, (ts_ns, instrument, side, quantity, price, fee, slip) in enumerate(rows):
        book.fill(ts_ns, instrument, side, quantity, price, fee, slip)
        cash -= side * quantity * price + fee + slip
        balances[row] = cash + (book.entry_value if is_margin else 0.0)
    return balances, book.columns()
