"""Where the number of a column comes from: exact counts of the table, or a float made of them.

Pure functions over the rows that changed. Null in gives null out; what is not null and still has no number
(a spread over nothing, 0 / 0) is unknown and reads as an en dash.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import NULL, Field
from core.market.instruments import Instrument
from core.market.quote_table import QuoteTable
from desktop.panels.grid import digits
from desktop.panels.grid.columns import Col, ColumnSpec
from desktop.panels.grid.digits import POWERS, Counts
from desktop.panels.grid.formats import Shape
from desktop.panels.grid.values import QuoteValues

Rows = NDArray[np.intp]
Numbers = NDArray[np.float64]
PRICE_DECIMALS_MAX: Final = 18
# Twice a price and five times that must stay within 64 bits.
MID_COUNTS_MAX: Final = 9 * 10**17


@dataclass(frozen=True, slots=True)
class Made:
    """Exact `counts` of 10^-decimals where there are such; `values` in the column's unit, NaN without."""

    values: Numbers
    unknown: NDArray[np.bool_]
    counts: Counts | None = None
    decimals: Counts = field(default_factory=lambda: np.zeros(0, np.int64))


class ChangedRows:
    """Some rows of a table with what their instruments count in."""

    def __init__(self, instruments: Sequence[Instrument], table: QuoteTable, values: QuoteValues) -> None:
        self._table, self._values = table, values
        self._price_decimals = np.array([i.price_decimals for i in instruments], np.int64)
        self._size_decimals = np.array([i.size_decimals for i in instruments], np.int64)
        self._tick_counts = np.array([i.tick_counts for i in instruments], np.int64)
        self.rows: Rows = np.zeros(0, np.intp)
        self._named: QuoteValues | None = None

    def take(self, rows: Rows) -> None:
        """Look at other rows."""
        self.rows = rows
        self._new = self._table.values[:, rows]
        self._named = None

    @property
    def named(self) -> QuoteValues:
        """By the names that expressions use."""
        if self._named is None:
            self._named = self._values.some(self.rows)
        return self._named

    def __getitem__(self, field: Field) -> Counts:
        return self._new[field]

    @property
    def price_decimals(self) -> Counts:
        return self._price_decimals[self.rows]

    @property
    def size_decimals(self) -> Counts:
        return self._size_decimals[self.rows]

    @property
    def tick_counts(self) -> Counts:
        return self._tick_counts[self.rows]

    def null(self, fields: tuple[Field, ...]) -> NDArray[np.bool_]:
        """Whether one of the fields is null."""
        found: NDArray[np.bool_] = np.logical_or.reduce(self._new[list(fields)] == NULL, axis=0)
        return found


Source = Callable[[ChangedRows], Made]


def source_of(spec: ColumnSpec) -> Source:
    """How the numbers of a column are made."""
    if spec.problem:
        return _no_numbers
    if spec.computed:
        return lambda at: _evaluated(at, spec)
    match spec.shape:
        case Shape.SIZE:
            return lambda at: _exact(at[spec.fields[0]], at.size_decimals)
        case Shape.CHANGE:
            return lambda at: _exact(digits.changes(at[Field.LAST], at[Field.REFERENCE]), at.price_decimals)
        case Shape.PERCENT:
            places = 2 if spec.format.decimals is None else spec.format.decimals
            return lambda at: _exact(
                digits.percent_counts(at[Field.LAST], at[Field.REFERENCE], places),
                np.full(len(at.rows), places),
            )
    return _SOURCES[Col(spec.col)]


def _exact(counts: Counts, decimals: Counts) -> Made:
    null = counts == NULL
    values = np.where(null, np.nan, counts / POWERS[decimals])
    return Made(values, np.zeros(len(counts), np.bool_), counts, decimals)


def _float(values: Numbers, null: NDArray[np.bool_]) -> Made:
    known = np.isfinite(values) & ~null
    return Made(np.where(known, values, np.nan), ~known & ~null)


def _no_numbers(at: ChangedRows) -> Made:
    """Of a column that cannot be computed."""
    return Made(np.full(len(at.rows), np.nan), np.ones(len(at.rows), np.bool_))


def _evaluated(at: ChangedRows, spec: ColumnSpec) -> Made:
    values = np.broadcast_to(np.asarray(at.named[spec.col], np.float64), at.rows.shape)
    null = at.null(spec.fields) if spec.fields else np.zeros(len(at.rows), np.bool_)
    return _float(values, np.isnan(values) & null)


def _spread(at: ChangedRows) -> Made:
    return _exact(digits.changes(at[Field.ASK], at[Field.BID]), at.price_decimals)


def _mid(at: ChangedRows) -> Made:
    bid, ask, decimals = at[Field.BID], at[Field.ASK], at.price_decimals
    # NULL is the least integer: it is out of bounds as well.
    held = (np.abs(bid // 2) < MID_COUNTS_MAX // 2) & (np.abs(ask // 2) < MID_COUNTS_MAX // 2)
    held &= decimals < PRICE_DECIMALS_MAX
    counts = np.where(held, 5 * (np.where(held, bid, 0) + np.where(held, ask, 0)), NULL)
    return _exact(counts, np.minimum(decimals + 1, PRICE_DECIMALS_MAX))


def _spread_ticks(at: ChangedRows) -> Made:
    null = at.null((Field.BID, Field.ASK))
    return _float((at[Field.ASK].astype(np.float64) - at[Field.BID]) / at.tick_counts, null)


def _spread_bps(at: ChangedRows) -> Made:
    bid, ask = at[Field.BID].astype(np.float64), at[Field.ASK].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _float(20_000 * (ask - bid) / (ask + bid), at.null((Field.BID, Field.ASK)))


def _depth(at: ChangedRows) -> Made:
    bid, ask = at[Field.BID_SIZE].astype(np.float64), at[Field.ASK_SIZE].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _float(100 * bid / (bid + ask), at.null((Field.BID_SIZE, Field.ASK_SIZE)))


def _range(at: ChangedRows) -> Made:
    last, low, high = (at[field].astype(np.float64) for field in (Field.LAST, Field.LOW, Field.HIGH))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 100 * (last - low) / (high - low)
    return _float(np.clip(share, 0, 100), at.null((Field.LAST, Field.LOW, Field.HIGH)))


_SOURCES: Final[dict[Col, Source]] = {
    Col.SPREAD: _spread,
    Col.MID: _mid,
    Col.SPREAD_TICKS: _spread_ticks,
    Col.SPREAD_BPS: _spread_bps,
    Col.DEPTH: _depth,
    Col.RANGE: _range,
}
