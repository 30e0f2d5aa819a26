"""The quote table of a tape: rows of the tape in, the table of any moment out, for keyframes and checks.

One table row an instrument key, at the finest increment that any of its numbers in the tape has so far. Folds
with the pipeline's own `Folder`, so a table from here equals that of a pipeline that heard every event.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aggregator.pipeline import fold
from aggregator.pipeline.instruments import count_finer
from core.market.fields import NULL
from core.market.instruments import COUNT_MAX, Instrument, InstrumentKey
from core.market.quote_table import QuoteTable
from core.tape.format import VALUES_OF, TapeKind
from core.tape.rows import TapeRows

_FOLDED: Final = {
    TapeKind.QUOTE: fold.Quotes,
    TapeKind.TRADE: fold.Trades,
    TapeKind.BAR: fold.Bars,
    TapeKind.SESSION: fold.Sessions,
}
_SIZES: Final = frozenset(("bid_size", "ask_size", "size", "volume"))
_NO_PRICES: Final = frozenset(("interval_ns",))


class TapeTable:
    """`define` instruments in the order of the tape's numbers, `fold` rows, read `values`."""

    def __init__(self) -> None:
        self.instruments: list[Instrument] = []  # by table row
        self.newest: NDArray[np.uint32] = np.zeros(
            0, np.uint32
        )  # by table row: its newest number in the tape
        self._row_of_key: dict[InstrumentKey, int] = {}
        self._numbered: list[Instrument] = []
        self._table = QuoteTable(0)
        self._folder = fold.Folder(self._table)
        self._row: NDArray[np.intp] = np.zeros(0, np.intp)  # by number in the tape
        self._price_factor: NDArray[np.int64] = np.zeros(0, np.int64)
        self._size_factor: NDArray[np.int64] = np.zeros(0, np.int64)
        self._is_scaled = False

    @property
    def values(self) -> NDArray[np.int64]:
        """Shape (FIELD_COUNT, keys); a view, valid until the next call."""
        return self._table.values

    def row(self, key: InstrumentKey) -> int | None:
        return self._row_of_key.get(key)

    def define(self, numbered: Sequence[Instrument]) -> None:
        """Instruments with the next numbers of the tape."""
        newest = self.newest.tolist()
        for instrument in numbered:
            number = len(self._numbered)
            self._numbered.append(instrument)
            row = self._row_of_key.get(instrument.key)
            if row is None:
                self._row_of_key[instrument.key] = len(self.instruments)
                self.instruments.append(instrument)
                newest.append(number)
                continue
            before = self.instruments[row]
            finer = instrument.with_decimals(
                max(before.price_decimals, instrument.price_decimals),
                max(before.size_decimals, instrument.size_decimals),
            )
            self._table.grow(len(self.instruments))
            count_finer(self._table, row, before, finer)
            self.instruments[row] = finer
            newest[row] = number
        self._table.grow(len(self.instruments))
        self.newest = np.array(newest, np.uint32)
        self._lay_out()

    def fold(self, rows: TapeRows) -> None:
        """Take rows that follow those folded before."""
        events: dict[str, Any] = {}
        for kind, made in _FOLDED.items():
            at = np.flatnonzero(rows.kind == kind)
            if not at.shape[0]:
                continue
            columns = self._columns(kind, rows, at)
            if columns["rows"].shape[0]:
                name = {"Quotes": "quotes", "Trades": "trades", "Bars": "bars", "Sessions": "sessions"}
                events[name[made.__name__]] = made(**columns)
        if events:
            self._folder.fold(fold.Events(**events))

    def _columns(self, kind: TapeKind, rows: TapeRows, at: NDArray[np.intp]) -> dict[str, Any]:
        number = rows.instrument[at]
        columns: dict[str, Any] = {
            "rows": self._row[number],
            "event_ns": rows.event_ns[at],
            "recv_ns": rows.recv_ns[at],
        }
        if kind is not TapeKind.QUOTE:
            columns["order"] = at.astype(np.int64)
        for place, name in enumerate(VALUES_OF[kind]):
            columns[name] = rows.values[place, at]
        if kind is TapeKind.TRADE:
            columns["flags"] = rows.flags[at]
        elif kind is TapeKind.SESSION:
            columns["trading_state"] = rows.flags[at]
        return self._scaled(kind, columns, number) if self._is_scaled else columns

    def _scaled(self, kind: TapeKind, columns: dict[str, Any], number: NDArray[np.uint32]) -> dict[str, Any]:
        """Counts at the increments of the table; events that do not fit 64 bits there are left out."""
        fits = np.ones(len(number), np.bool_)
        for name in VALUES_OF[kind]:
            if name in _NO_PRICES:
                continue
            factor = (self._size_factor if name in _SIZES else self._price_factor)[number]
            column = columns[name]
            is_null = column == NULL
            fits &= is_null | (np.abs(np.where(is_null, 0, column)) <= COUNT_MAX // factor)
            columns[name] = np.where(is_null, NULL, column * factor)
        return columns if fits.all() else {name: column[fits] for name, column in columns.items()}

    def _lay_out(self) -> None:
        self._row = np.array([self._row_of_key[each.key] for each in self._numbered], np.intp)
        now = [self.instruments[row] for row in self._row]
        price = [
            to.price_decimals - each.price_decimals for to, each in zip(now, self._numbered, strict=True)
        ]
        size = [to.size_decimals - each.size_decimals for to, each in zip(now, self._numbered, strict=True)]
        self._price_factor = np.array([10**shift for shift in price], np.int64)
        self._size_factor = np.array([10**shift for shift in size], np.int64)
        self._is_scaled = any(price) or any(size)
