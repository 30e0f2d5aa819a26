"""The columns of a quote table as numbers and texts, by the names that expressions use.

Everything is made when it is asked for and kept until the table or the clock has moved; int64 counts become
float64 in the instrument's units, null becomes NaN. A count is divided, never multiplied by a fraction, so
that `last == 64210.5` holds for the row that shows 64,210.5. Computed columns are evaluated over the others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.expressions import Expression, Kind
from core.expressions.kinds import Values
from core.market.fields import NULL, Field, TradingState
from core.market.instruments import DECIMALS_MAX, Instrument
from core.market.quote_table import QuoteTable
from desktop.panels.grid.venues import venue_code
from desktop.tr import tr

Numbers = NDArray[np.float64]

US_PER_S: Final = 1e6
BPS: Final = 1e4
_TENS: Final = np.array([10.0**decimals for decimals in range(DECIMALS_MAX + 1)])

_PRICES: Final = {
    "last": Field.LAST,
    "bid": Field.BID,
    "ask": Field.ASK,
    "open": Field.OPEN,
    "high": Field.HIGH,
    "low": Field.LOW,
    "reference": Field.REFERENCE,
}
_SIZES: Final = {
    "last_size": Field.LAST_SIZE,
    "bid_size": Field.BID_SIZE,
    "ask_size": Field.ASK_SIZE,
    "volume": Field.VOLUME,
}
_MADE: Final[dict[str, "Callable[[QuoteValues], Values]"]] = {
    "change": lambda of: of.difference(Field.LAST, Field.REFERENCE) / of.price_scale,
    "change_pct": lambda of: 100 * of.difference(Field.LAST, Field.REFERENCE) / of.counts(Field.REFERENCE),
    "mid": lambda of: (of.counts(Field.BID) + of.counts(Field.ASK)) / 2 / of.price_scale,
    "spread": lambda of: of.difference(Field.ASK, Field.BID) / of.price_scale,
    "spread_bps": lambda of: BPS * of["spread"] / of["mid"],
    "spread_ticks": lambda of: of.difference(Field.ASK, Field.BID) / of.tick_counts,
    "depth_pct": lambda of: 100 * of["bid_size"] / (of["bid_size"] + of["ask_size"]),
    "range_pct": lambda of: 100 * of.difference(Field.LAST, Field.LOW) / of.difference(Field.HIGH, Field.LOW),
    "turnover": lambda of: of["volume"] * of["last"],
    "age_s": lambda of: ((of.clock_us or np.nan) - of.counts(Field.EVENT_US)) / US_PER_S,
}
_TEXTS: Final[dict[str, Callable[[Instrument], str]]] = {
    "symbol": lambda instrument: instrument.key.symbol,
    "venue": lambda instrument: venue_code(instrument.key.exchange),
    "exchange": lambda instrument: instrument.key.exchange,
    "name": lambda instrument: instrument.name,
}
QUOTE_NAMES: Final[dict[str, Kind]] = {
    **dict.fromkeys(("symbol", "venue"), Kind.TEXT),
    **dict.fromkeys((*_PRICES, *_MADE, *_SIZES), Kind.NUMBER),
    **dict.fromkeys(("exchange", "name"), Kind.TEXT),
    "halted": Kind.TRUTH,
}


def name_hints() -> dict[str, str]:
    """What each name stands for, for completion and the reference."""
    return {
        "symbol": tr("Symbol, in the venue's spelling"),
        "venue": tr("Code of the venue, as shown"),
        "exchange": tr("Name of the venue"),
        "name": tr("Name of the instrument, if the feed tells it"),
        "last": tr("Price of the last trade"),
        "bid": tr("Best bid"),
        "ask": tr("Best ask"),
        "open": tr("First trade of the session"),
        "high": tr("Highest trade of the session"),
        "low": tr("Lowest trade of the session"),
        "reference": tr("What the change is measured from"),
        "change": tr("Last price less the reference"),
        "change_pct": tr("Change in % of the reference"),
        "mid": tr("Middle between bid and ask"),
        "spread": tr("Ask less bid"),
        "spread_bps": tr("Spread in hundredths of a percent of the middle"),
        "spread_ticks": tr("Spread in ticks of the instrument"),
        "depth_pct": tr("Size at the bid in % of both sides"),
        "range_pct": tr("Where the last price stands between low and high of the session, in %"),
        "turnover": tr("Volume at the last price"),
        "age_s": tr("Seconds since the row's last event"),
        "last_size": tr("Size of the last trade"),
        "bid_size": tr("Size at the bid"),
        "ask_size": tr("Size at the ask"),
        "volume": tr("Volume of the session"),
        "halted": tr("The venue does not trade it now"),
    }


class QuoteValues(Mapping[str, Values]):
    """Name to values of shape (rows,). `computed` maps further names to expressions over the others."""

    def __init__(
        self,
        instruments: Sequence[Instrument],
        table: QuoteTable,
        computed: Mapping[str, Expression] | None = None,
    ) -> None:
        self._instruments, self._table = instruments, table
        self.price_scale: Numbers = _TENS[[i.price_decimals for i in instruments]]
        self.size_scale: Numbers = _TENS[[i.size_decimals for i in instruments]]
        self.tick_counts: Numbers = np.array([i.tick_counts for i in instruments], np.float64)
        self.clock_us: float = 0.0
        self._texts: dict[str, Values] = {}
        self._kept: dict[str, Values] = {}
        self._version = -1
        self._computed: dict[str, Expression] = {}
        self._part_of: tuple[QuoteValues, NDArray[np.intp]] | None = None
        self.set_computed(computed or {})

    def set_computed(self, computed: Mapping[str, Expression]) -> None:
        """Other computed columns. One that reads itself over others is unknown in every row."""
        self._computed = dict(computed)
        self._kept.clear()

    @property
    def names(self) -> dict[str, Kind]:
        """Every name there is, with its kind, for `parse`."""
        return QUOTE_NAMES | {name: expression.kind for name, expression in self._computed.items()}

    def at(self, clock_us: float) -> "QuoteValues":
        """The values of now: what was kept goes if the table or the clock has moved."""
        if self._version != self._table.version or clock_us != self.clock_us:
            self._version, self.clock_us = self._table.version, float(clock_us)
            self._kept.clear()
        return self

    def some(self, rows: NDArray[np.intp]) -> "QuoteValues":
        """The values of some rows as they are now: what has not changed need not be worked out again."""
        part = copy(self)
        part._table = QuoteTable(len(rows))
        part._table.replace(self._table.values[:, rows])
        part.price_scale, part.size_scale = self.price_scale[rows], self.size_scale[rows]
        part.tick_counts = self.tick_counts[rows]
        part._kept, part._texts, part._part_of = {}, {}, (self, rows)
        return part

    def __getitem__(self, name: str) -> Values:
        if name in self._kept:
            return self._kept[name]
        if name in _TEXTS and self._part_of is not None:
            whole, rows = self._part_of
            return np.asarray(whole[name][rows])
        if name in _TEXTS:
            if name not in self._texts:
                self._texts[name] = np.array([_TEXTS[name](i) for i in self._instruments], np.str_)
            return self._texts[name]
        values = self._make(name)
        self._kept[name] = values
        return values

    def _make(self, name: str) -> Values:
        if name in self._computed:
            expression = self._computed[name]
            # Whoever reads it meanwhile, over however many others, finds it unknown: no circle is endless.
            self._kept[name] = self._unknown(expression.kind)
            return np.broadcast_to(expression.evaluate(self), (self._table.row_count,))
        if name in _PRICES:
            return self.counts(_PRICES[name]) / self.price_scale
        if name in _SIZES:
            return self.counts(_SIZES[name]) / self.size_scale
        if name == "halted":
            state = self._table.column(Field.TRADING_STATE)
            return (state != NULL) & (state != TradingState.TRADING)
        with np.errstate(divide="ignore", invalid="ignore"):
            made = _MADE[name](self)
        return np.where(np.isfinite(made), made, np.nan)

    def _unknown(self, kind: Kind) -> Values:
        fill = {Kind.NUMBER: np.nan, Kind.TEXT: "", Kind.TRUTH: False}[kind]
        return np.full(self._table.row_count, fill)

    def counts(self, field: Field) -> Numbers:
        """A field as it is counted; NaN for null."""
        values = self._table.column(field)
        return np.where(values == NULL, np.nan, values.astype(np.float64))

    def difference(self, one: Field, other: Field) -> Numbers:
        """In counts: exact, where a difference of two fractions is not."""
        return self.counts(one) - self.counts(other)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)
