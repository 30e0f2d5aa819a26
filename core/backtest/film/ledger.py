"""Fills, round trips and orders of a film, as of any time.

A round trip's exit, profit and size are its end's: while it is open, entry and quantity come from the
fills so far and from nothing else. An instrument is its place in the run's spec.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.columns import Columns

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
WORKING: Final = ("SUBMITTED", "ACCEPTED", "PARTIAL")
_FLAT: Final = 1e-9  # less of a position than this share of its fills is none


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """What is held of an instrument; `quantity` positive, `side` +1 long, -1 short."""

    place: int
    side: int
    quantity: float
    entry_price: float
    opened_ns: int


class Fills:
    """`columns` of `FILLS`, by time; `place` of each one's instrument."""

    def __init__(self, columns: Columns, instruments: tuple[str, ...]) -> None:
        self.ts_ns: I64 = columns["ts_ns"]
        self.place = places_of(columns["instrument"], instruments)
        self.side: I64 = columns["side"].astype(np.int64)
        self.quantity: F64 = columns["quantity"]
        self.price: F64 = columns["price"]
        self._of = [
            _HeldByFill(self, np.flatnonzero(self.place == place)) for place in range(len(instruments))
        ]

    def known(self, time_ns: int) -> int:
        return int(np.searchsorted(self.ts_ns, time_ns, side="right"))

    def of(self, place: int) -> I64:
        """Rows of one instrument's fills, by time."""
        return self._of[place].rows

    def times_of(self, place: int) -> I64:
        return self._of[place].ts_ns

    def position(self, place: int, time_ns: int) -> OpenPosition | None:
        """What was held of an instrument then."""
        held = self._of[place]
        at = int(np.searchsorted(held.ts_ns, time_ns, side="right")) - 1
        if at < 0 or not held.after[at]:
            return None
        after = float(held.after[at])
        return OpenPosition(
            place, 1 if after > 0 else -1, abs(after), float(held.entry[at]), int(held.opened_ns[at])
        )


class _HeldByFill:
    """What was held of one instrument after each of its fills: signed quantity, mean entry, since when."""

    def __init__(self, fills: Fills, rows: I64) -> None:
        self.rows, self.ts_ns = rows, fills.ts_ns[rows]
        signed = fills.side[rows] * fills.quantity[rows]
        after = np.cumsum(signed)
        self.after: F64 = np.where(np.abs(after) <= _FLAT * np.cumsum(np.abs(signed)), 0.0, after)
        before = np.concatenate(([0.0], self.after))[: len(rows)]
        begins = (self.after != 0) & (np.sign(before) != np.sign(self.after))
        first = np.maximum.accumulate(np.where(begins, np.arange(len(rows)), 0)) if len(rows) else rows
        self.opened_ns: I64 = self.ts_ns[first]
        self.entry: F64 = np.array(
            _entries(before.tolist(), self.after.tolist(), begins.tolist(), fills.price[rows].tolist())
        )


def _entries(before: list[float], after: list[float], begins: list[bool], prices: list[float]) -> list[float]:
    """Mean entry price after each fill; what is taken off a position leaves it as it was."""
    entry, entries = 0.0, []
    for had, has, is_first, price in zip(before, after, begins, prices, strict=True):
        if is_first:
            entry = price
        elif abs(has) > abs(had):
            entry = (entry * abs(had) + price * (abs(has) - abs(had))) / abs(has)
        entries.append(entry)
    return entries


class Trades:
    """`columns` of `POSITIONS`, by the time they opened."""

    def __init__(self, columns: Columns, instruments: tuple[str, ...]) -> None:
        self.opened_ns: I64 = columns["opened_ns"]
        self.closed_ns: I64 = columns["closed_ns"]
        self.place = places_of(columns["instrument"], instruments)
        self.side: I64 = columns["side"].astype(np.int64)
        self.entry: F64 = columns["entry_price"]
        self.exit: F64 = columns["exit_price"]
        self.pnl: F64 = columns["pnl"]
        self._of = [np.flatnonzero(self.place == place) for place in range(len(instruments))]
        self._closed_ns = np.sort(self.closed_ns[self.closed_ns > 0])

    def of(self, place: int) -> I64:
        """Rows of one instrument's, by the time they opened."""
        return self._of[place]

    def opened(self, time_ns: int) -> int:
        """How many had opened by then."""
        return int(np.searchsorted(self.opened_ns, time_ns, side="right"))

    def closed(self, time_ns: int) -> int:
        """How many had closed by then."""
        return int(np.searchsorted(self._closed_ns, time_ns, side="right"))

    def is_closed(self, rows: I64, time_ns: int) -> NDArray[np.bool_]:
        """Which of these were over by then."""
        closed_ns = self.closed_ns[rows]
        return np.asarray((closed_ns > 0) & (closed_ns <= time_ns), np.bool_)


class Orders:
    """`columns` of `ORDERS`, changes by time; an order is numbered by its first change."""

    def __init__(self, columns: Columns, instruments: tuple[str, ...]) -> None:
        self.ts_ns: I64 = columns["ts_ns"]
        self.place = places_of(columns["instrument"], instruments)
        self.side: I64 = columns["side"].astype(np.int64)
        self.quantity: F64 = columns["quantity"]
        self.price: F64 = columns["price"]
        self.event: NDArray[Any] = columns["event"]
        self.type: NDArray[Any] = columns["type"]
        self.reason: NDArray[Any] = columns["reason"]
        _, first, number = np.unique(columns["order_id"].astype(str), return_index=True, return_inverse=True)
        order = np.argsort(first, kind="stable")
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        self.number: I64 = rank[number]
        self._first: I64 = first[order]
        self.is_working = np.isin(self.event.astype(str), WORKING)
        self._newest = np.full(len(order), -1, np.int64)
        self._folded = 0

    def newest(self, time_ns: int) -> I64:
        """Row of the newest change of each order there was by then, by the order of their first changes."""
        known = int(np.searchsorted(self.ts_ns, time_ns, side="right"))
        if known < self._folded:
            self._newest[:] = -1
            self._folded = 0
        rows = np.arange(self._folded, known)
        self._newest[self.number[rows]] = rows
        self._folded = known
        return self._newest[: int(np.searchsorted(self._first, known, side="left"))]

    def working(self, place: int, time_ns: int) -> I64:
        """Rows of the orders of an instrument that work then, with a price."""
        newest = self.newest(time_ns)
        chosen = self.is_working[newest] & (self.place[newest] == place) & np.isfinite(self.price[newest])
        rows: I64 = newest[chosen]
        return rows


def places_of(names: NDArray[Any], instruments: tuple[str, ...]) -> I64:
    """Place of each name; -1 for one that is not of the run."""
    known = {name: place for place, name in enumerate(instruments)}
    different, codes = np.unique(names.astype(str), return_inverse=True)
    places: I64 = np.array([known.get(name, -1) for name in different.tolist()], np.int64)[codes]
    return places
