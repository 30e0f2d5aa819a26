"""The equity of a film: value, peak and drawdown at every bar, and the extremes that a picture of it needs.

What is kept ahead of time are running figures, each of rows up to its own only; whoever asks says how
many rows are known. Extremes of many rows come from blocks of 64 that lie wholly within them.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.columns import Columns

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
BLOCK: Final = 64


class Curve:
    """`columns` of `EQUITY`; arrays have a row a bar's close, by time."""

    def __init__(self, columns: Columns, starting_cash: float) -> None:
        self.starting_cash = starting_cash
        self.close_ns: I64 = columns["close_ns"]
        self.equity: F64 = columns["equity"]
        self.peak: F64 = np.maximum(np.maximum.accumulate(self.equity), starting_cash)
        self.drawdown: F64 = self.equity / self.peak - 1.0
        self._low, self._high = _blocks(self.equity, np.minimum), _blocks(self.equity, np.maximum)
        self._depth = _blocks(self.drawdown, np.minimum)

    def known(self, time_ns: int) -> int:
        """How many rows there were by then."""
        return int(np.searchsorted(self.close_ns, time_ns, side="right"))

    def extremes(self, known: int, step: int) -> tuple[F64, F64, F64]:
        """Lowest and highest equity and deepest drawdown of every `step` of the first `known` rows.

        Shape (ceil(known / step),) each. `step` is a power of two.
        """
        return (
            _reduced(self.equity, self._low, known, step, np.minimum),
            _reduced(self.equity, self._high, known, step, np.maximum),
            _reduced(self.drawdown, self._depth, known, step, np.minimum),
        )


def step_for(known: int, columns: int) -> int:
    """The least power of two by which `known` rows fit `columns`."""
    step = 1
    while known > step * max(columns, 1):
        step *= 2
    return step


def _blocks(values: F64, reduce: np.ufunc) -> F64:
    """Of every whole block of rows."""
    whole = len(values) // BLOCK * BLOCK
    blocks: F64 = reduce.reduce(values[:whole].reshape(-1, BLOCK), axis=1)
    return blocks


def _reduced(values: F64, blocks: F64, known: int, step: int, reduce: np.ufunc) -> F64:
    if not known:
        return np.zeros(0)
    if step < BLOCK:
        return np.asarray(reduce.reduceat(values[:known], np.arange(0, known, step)), np.float64)
    whole = known // BLOCK
    parts = blocks[:whole]
    if whole * BLOCK < known:
        parts = np.append(parts, reduce.reduce(values[whole * BLOCK : known]))
    return np.asarray(reduce.reduceat(parts, np.arange(0, len(parts), step // BLOCK)), np.float64)
