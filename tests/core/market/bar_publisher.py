"""A publisher of one series of bars in memory, for tests of the subscriber: exact, with its past at hand."""

import random

import numpy as np

from core.market.bar_requests import BarsAsk
from core.market.bars import BarColumns, no_bars
from core.market.instruments import InstrumentKey
from core.market.intervals import seconds
from core.wire.bars import BarBlock, encode_bars

KEY = InstrumentKey("ALPHA", "S1")
MINUTE = seconds(60)
SPAN_NS = MINUTE.span_ns
Bars = dict[int, tuple[int, ...]]


def columns_of(bars: Bars) -> BarColumns:
    """Columns of {key: the other columns}, by key."""
    if not bars:
        return no_bars()
    table = np.array([(key, *bars[key]) for key in sorted(bars)], np.int64).T
    return BarColumns(*table[:-1], table[-1].astype(np.uint8))


class BarPublisher:
    """Publishes as the pipeline does; `past[epoch, version, sequence]` are the bars as they were then."""

    def __init__(self, seed: int = 1, bars: int = 0) -> None:
        self.random = random.Random(seed)
        self.epoch = 0
        self.past: dict[tuple[int, int, int], Bars] = {}
        self.bars: Bars = {}
        self.now_ns = 10**18
        self.market_bar = 10**7
        self.restart(bars)

    @property
    def place(self) -> tuple[int, int, int]:
        return self.epoch, self.version, self.sequence

    def restart(self, bars: int | None = None) -> None:
        """A new process, or a seek: a higher epoch, the sequence from the start, other bars."""
        self.epoch += 1
        self.version = 1
        self.sequence = 0
        self._refill(len(self.bars) if bars is None else bars)

    def change_version(self) -> None:
        """Its first trade after quotes, or finer decimals: another series."""
        self.version += 1
        self._refill(self.random.randint(0, len(self.bars)))

    def _refill(self, count: int) -> None:
        self.bars = {}
        for _ in range(count):
            self._trade(self.random.randint(1, 3))
        self.past[self.place] = dict(self.bars)

    def _trade(self, bars_on: int) -> int:
        self.market_bar += bars_on
        return self._put(self.market_bar * SPAN_NS)

    def _put(self, key: int) -> int:
        before = self.bars.get(key, (0,) * 9)
        values = [value + self.random.randint(1, 10**6) for value in before[:8]]
        self.bars[key] = (*values, self.random.randint(0, 31))
        return key

    def update(self) -> bytes:
        """Trades: in the last bar, in new ones, or late into a bar that had closed or had been empty."""
        changed = set()
        for _ in range(self.random.randint(1, 3)):
            late = self.random.random()
            if late < 0.25:
                changed.add(self._put((self.market_bar - self.random.randint(0, 40)) * SPAN_NS))
            else:
                changed.add(self._trade(self.random.choice((0, 0, 1, 2))))
        self.sequence += 1
        self.past[self.place] = dict(self.bars)
        return self._block({key: self.bars[key] for key in changed})

    def idle(self) -> bytes:
        return self._block({})

    def page(self, ask: BarsAsk) -> bytes:
        """The newest bars, or the newest of those before a key."""
        keys = [key for key in sorted(self.bars) if not ask.before_key or key < ask.before_key]
        chosen = keys[-ask.bars_max :]
        bars = {key: self.bars[key] for key in chosen}
        return self._block(bars, is_history=True, has_earlier=len(chosen) < len(keys))

    def refusal(self, error: str) -> bytes:
        return self._block({}, is_history=True, error=error)

    def _block(
        self, bars: Bars, *, is_history: bool = False, has_earlier: bool = False, error: str = ""
    ) -> bytes:
        self.now_ns += 1
        return encode_bars(
            BarBlock(
                self.epoch, self.version, self.sequence, MINUTE, 2, 3, is_history, has_earlier,
                len(self.bars) if is_history else 0, self.now_ns, 0 if is_history or not bars else 77,
                self.now_ns, error, columns_of(bars),
            )
        )  # fmt: skip
