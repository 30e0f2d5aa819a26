"""Lists of made-up instruments with a quote table, and ways to move them, for tests of the grid."""

from dataclasses import dataclass, field

import numpy as np

from core.market.fields import FIELD_COUNT, NULL, Field
from core.market.instruments import Instrument, InstrumentKey
from core.market.quote_table import QuoteTable
from desktop.panels.grid import Col
from desktop.panels.grid.model import QuoteModel
from desktop.panels.grid.text import size_text

EXCHANGES = ("BYBIT", "KRAKEN", "BINANCE_FUTURES", "XCME")
NOON_US = 1_700_049_600_000_000
FIELD_OF = {
    Col.LAST: Field.LAST, Col.BID: Field.BID, Col.ASK: Field.ASK, Col.HIGH: Field.HIGH, Col.LOW: Field.LOW,
}  # fmt: skip
SIZE_FIELD_OF = {
    Col.BID_SIZE: Field.BID_SIZE, Col.ASK_SIZE: Field.ASK_SIZE, Col.VOLUME: Field.VOLUME
}  # fmt: skip


@dataclass
class QuoteList:
    """Instruments, their table, and the dice that move it."""

    instruments: list[Instrument]
    table: QuoteTable
    dice: np.random.Generator = field(default_factory=lambda: np.random.default_rng(5))

    def tick(self, rows: np.ndarray, at_us: int = NOON_US) -> None:
        """Trades and quotes in `rows`."""
        values, count = self.table.values, len(rows)
        step = self.dice.integers(1, 4, count) * self.dice.choice((-1, 1), count)
        for name in (Field.LAST, Field.BID, Field.ASK):
            values[name, rows] = np.where(values[name, rows] == NULL, NULL, values[name, rows] + step)
        values[Field.BID_SIZE, rows] = self.dice.integers(1, 10**7, count)
        values[Field.EVENT_US, rows] = at_us
        self.table.touch(rows)

    def set(self, row: int, **fields: int) -> None:
        """Set fields of one row by name."""
        for name, value in fields.items():
            self.table.values[Field[name.upper()], row] = value
        self.table.touch(np.array([row]))

    def truth(self, row: int) -> dict[Col, str]:
        """What the cells of a row must say, by the plain text rules."""
        model = QuoteModel()
        model.set_rows(self.instruments, self.table)
        cells = {
            col: model.exact(row, col) for col in (Col.SYMBOL, Col.VENUE, Col.CHANGE, Col.PERCENT, *FIELD_OF)
        }
        decimals = self.instruments[row].size_decimals
        for col, name in SIZE_FIELD_OF.items():
            cells[col] = size_text(int(self.table.values[name, row]), decimals)
        return cells


def quote_list(count: int = 30, seed: int = 1, nulls: bool = True) -> QuoteList:
    """A list with every kind of number: many decimals, large and tiny, missing values."""
    dice = np.random.default_rng(seed)
    instruments = [
        Instrument(
            InstrumentKey(EXCHANGES[row % len(EXCHANGES)], f"SYM{row:03d}USDT"),
            int(dice.choice((0, 1, 2, 4, 5))),
            int(dice.choice((0, 3, 8))),
        )
        for row in range(count)
    ]
    price = dice.integers(100, 10 ** dice.integers(3, 8, count))
    values = np.full((FIELD_COUNT, count), NULL, np.int64)
    for name, away in ((Field.LAST, 0), (Field.BID, -2), (Field.ASK, 2), (Field.HIGH, 40), (Field.LOW, -40)):
        values[name] = price + away
    values[Field.REFERENCE] = np.maximum(1, price + dice.integers(-90, 90, count))
    for name in (Field.BID_SIZE, Field.ASK_SIZE, Field.VOLUME):
        values[name] = dice.integers(0, 10 ** dice.integers(1, 13, count))
    values[Field.EVENT_US] = NOON_US - dice.integers(0, 9_000_000, count)
    values[Field.TRADING_STATE] = 0
    if nulls:
        for row in range(0, count, 7):
            values[dice.integers(0, len(Field) - 2, 4), row] = NULL
        values[:, 3] = NULL
    table = QuoteTable(count)
    table.replace(values)
    return QuoteList(instruments, table, dice)
