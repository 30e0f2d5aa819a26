"""Moving average crossover: long while the fast mean of the closes is above the slow one.

Below it stands aside, or sells short. Orders are market orders sent on the close of a bar.
"""

from nautilus_trader.indicators import SimpleMovingAverage
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.config import StrategyConfig

from core.backtest.engine.targeting import TargetStrategy


class SmaCrossoverConfig(StrategyConfig, frozen=True):  # type: ignore[call-arg]
    """See `BUILT_IN` in core/backtest/strategies.py."""

    instrument_id: InstrumentId
    bar_type: BarType
    fast: int = 20
    slow: int = 50
    quantity: float = 100.0
    allow_short: bool = False


class SmaCrossover(TargetStrategy):
    """Records `fast` and `slow` once both are full."""

    def __init__(self, config: SmaCrossoverConfig) -> None:
        if config.fast >= config.slow:
            raise ValueError(f"fast is {config.fast}, slow {config.slow}: fast must be less")
        super().__init__(config)
        self.fast = SimpleMovingAverage(config.fast)
        self.slow = SimpleMovingAverage(config.slow)
        self.below = -1 if config.allow_short else 0
        self.describe("fast", "slow", on="price")

    def on_start(self) -> None:
        self.register_indicator_for_bars(self.config.bar_type, self.fast)
        self.register_indicator_for_bars(self.config.bar_type, self.slow)
        super().on_start()

    def on_bar(self, bar: Bar) -> None:
        if not self.slow.initialized:
            return
        fast, slow = self.fast.value, self.slow.value
        self.record(bar.ts_event, fast=fast, slow=slow)
        self.hold(1 if fast > slow else self.below)
