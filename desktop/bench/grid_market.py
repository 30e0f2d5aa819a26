"""A made-up market for the grid bench: a hundred instruments or many more, and ways to move them row by row.

Deterministic for a seed. Ticks go straight into a quote table, or are encoded beforehand as the deltas an
aggregator would send, so that reading them costs what it costs the desk.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import FIELD_COUNT, NULL, QUOTE_FIELDS, TRADE_FIELDS, Field
from core.market.instruments import Instrument, InstrumentKey
from core.market.quote_table import QuoteTable
from core.wire.delta import DeltaHeader, apply_delta
from core.wire.delta_encode import encode_delta, fixed_bases

Rows = NDArray[np.intp]

ROWS: Final = 100
NOON_US: Final = 1_700_049_600_000_000
TRADE_SHARE: Final = 0.3
_TRADE_ONLY: Final = tuple(field for field in TRADE_FIELDS if field is not Field.EVENT_US)
_LAYOUT: Final = 1


class BenchMarket:
    """`instruments` and their `table`."""

    def __init__(self, seed: int, rows: int = ROWS) -> None:
        self._dice = np.random.default_rng(seed)
        self._rows = rows
        self.instruments = [
            Instrument(InstrumentKey("BENCH", f"SYM{seed}{row:03d}USDT"), 2 + row % 4, row % 4)
            for row in range(rows)
        ]
        self.table = QuoteTable(rows)
        self.table.replace(self._first_values())
        self._bases = fixed_bases(self.table.values)

    def _first_values(self) -> NDArray[np.int64]:
        dice, rows = self._dice, self._rows
        price = dice.integers(10**5, 10**7, rows)
        values = np.full((FIELD_COUNT, rows), NULL, np.int64)
        for field, away in ((Field.BID, -1), (Field.ASK, 1), (Field.HIGH, 10**6), (Field.LOW, -(10**4))):
            values[field] = price + away
        values[Field.LAST] = price
        values[Field.REFERENCE] = price - dice.integers(-2_000, 2_000, rows)
        for field in (Field.BID_SIZE, Field.ASK_SIZE, Field.LAST_SIZE):
            values[field] = dice.integers(1, 10**6, rows)
        values[Field.VOLUME] = dice.integers(10**8, 10**11, rows)
        values[Field.EVENT_US] = NOON_US
        values[Field.TRADING_STATE] = 0
        return values

    def tick(self, draws: int, now_us: int) -> None:
        """`draws` rows at random, each with a quote and a trade: every column but high and low changes."""
        rows = np.unique(self._dice.integers(0, self._rows, draws))
        self._quote(self.table.values, rows, now_us)
        self._trade(self.table.values, rows, now_us)
        self.table.touch(rows)

    def deltas(self, count: int, draws: int, step_us: int) -> list[bytes]:
        """`count` messages of `draws` ticks each, three trades to seven quotes; the table stays as it is."""
        values = self.table.values.copy()
        messages = []
        for number in range(count):
            now_us = NOON_US + number * step_us
            rows = self._dice.integers(0, self._rows, draws)
            traded = self._dice.random(draws) < TRADE_SHARE
            quotes, trades = np.unique(rows[~traded]), np.unique(rows[traded])
            self._quote(values, quotes, now_us)
            self._trade(values, trades, now_us)
            header = DeltaHeader(
                2**63 + 5, 7, number, _LAYOUT, 33, 0, 0, now_us, 0, 0, 0, np.zeros(1, np.uint8),
                np.zeros(1, np.uint32),
            )  # fmt: skip
            blocks: list[Any] = [
                (rows_of, fields, values[list(fields)][:, rows_of])
                for rows_of, fields in ((quotes, QUOTE_FIELDS), (trades, (*_TRADE_ONLY, Field.EVENT_US)))
            ]
            messages.append(encode_delta(header, blocks, self._bases))
        return messages

    def apply(self, message: bytes) -> None:
        """Decode a delta with every check and fold it in."""
        apply_delta(message, self.table, self._bases, _LAYOUT, self._rows)

    def _quote(self, values: NDArray[np.int64], rows: Rows, now_us: int) -> None:
        step = self._dice.integers(-3, 4, len(rows))
        values[Field.BID, rows] += step
        values[Field.ASK, rows] += step
        values[Field.BID_SIZE, rows] = self._dice.integers(1, 10**6, len(rows))
        values[Field.ASK_SIZE, rows] = self._dice.integers(1, 10**6, len(rows))
        values[Field.EVENT_US, rows] = now_us

    def _trade(self, values: NDArray[np.int64], rows: Rows, now_us: int) -> None:
        values[Field.LAST, rows] += self._dice.integers(-3, 4, len(rows))
        values[Field.VOLUME, rows] += self._dice.integers(1, 10**5, len(rows))
        values[Field.EVENT_US, rows] = now_us
