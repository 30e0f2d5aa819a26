"""Which table rows a grid shows and in what order.

Numbers sort as numbers, null is always last, ties stand by symbol. The filter takes plain words: a row stays
when every word is part of its symbol or its exchange. Pure functions over arrays; when to rank again is the
grid's decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.market.fields import NULL, Field
from core.market.instruments import Instrument
from core.market.quote_table import QuoteTable
from desktop.panels.grid.columns import Col, Shape, built_ins
from desktop.panels.grid.venues import venue_code

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class SortBy:
    """The sorted column; None for the order of the list itself."""

    col: str | None = None
    descending: bool = False


class Ranking:
    """Sort keys of one list of instruments that do not change with the market."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        symbols = [instrument.key.symbol.casefold() for instrument in instruments]
        venues = [venue_code(instrument.key.exchange).casefold() for instrument in instruments]
        self._symbol_rank = _rank([f"{s}\0{v}" for s, v in zip(symbols, venues, strict=True)])
        self._venue_rank = _rank(venues)
        self._searched = [
            f"{s}\n{v}\n{instrument.key.exchange.casefold()}"
            for s, v, instrument in zip(symbols, venues, instruments, strict=True)
        ]
        self._price_scale = np.array([10.0**-i.price_decimals for i in instruments])
        self._size_scale = np.array([10.0**-i.size_decimals for i in instruments])

    def matching(self, words: str) -> Rows:
        """Rows whose symbol or exchange holds every word, in list order."""
        wanted = words.casefold().split()
        hits = [row for row, text in enumerate(self._searched) if all(word in text for word in wanted)]
        return np.array(hits, np.intp)

    def order(self, rows: Rows, table: QuoteTable, by: SortBy) -> Rows:
        """`rows` sorted by a column."""
        if by.col is None:
            return rows
        keys = self.keys(rows, table, by.col)
        null = np.isnan(keys)
        keys = np.where(null, 0.0, -keys if by.descending else keys)
        return rows[np.lexsort((self._symbol_rank[rows], keys, null))]

    def keys(self, rows: Rows, table: QuoteTable, col: str) -> NDArray[np.float64]:
        """One number a row to sort by; NaN for null."""
        spec = built_ins()[col]
        values = table.values
        match spec.shape:
            case Shape.TEXT:
                rank = self._symbol_rank if col == Col.SYMBOL else self._venue_rank
                return rank[rows].astype(np.float64)
            case Shape.PRICE:
                return _number(values[spec.fields[0], rows]) * self._price_scale[rows]
            case Shape.SIZE:
                return _number(values[spec.fields[0], rows]) * self._size_scale[rows]
            case Shape.CHANGE | Shape.PERCENT | Shape.SPARK:
                last, reference = _number(values[Field.LAST, rows]), _number(values[Field.REFERENCE, rows])
                if spec.shape is Shape.CHANGE:
                    return (last - reference) * self._price_scale[rows]
                return (last - reference) / np.where(reference == 0, np.nan, reference)
            case Shape.TIME:
                return _number(values[Field.EVENT_US, rows])
            case Shape.AGE:
                return -_number(values[Field.EVENT_US, rows])


def _rank(texts: Sequence[str]) -> NDArray[np.int64]:
    """Place of each text in sorted order; equal texts share one."""
    place = {text: index for index, text in enumerate(sorted(set(texts)))}
    return np.array([place[text] for text in texts], np.int64)


def _number(values: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(values == NULL, np.nan, values.astype(np.float64))
