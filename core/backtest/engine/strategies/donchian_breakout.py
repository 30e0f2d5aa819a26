"""Donchian channel breakout: buys a close above the highest high of the bars before it.

Leaves below the lowest low of fewer bars. The bar that breaks a channel is not part of it. Orders are market
orders sent on the close of a bar.
"""

from nautilus_trader.indicators import DonchianChannel
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.config import StrategyConfig

from core.backtest.engine.targeting import TargetStrategy


class DonchianBreakoutConfig(StrategyConfig, frozen=True):  # type: ignore[call-arg]
    """See `BUILT_IN` in core/backtest/strategies.py."""

    instrument_id: InstrumentId
    bar_type: BarType
    entry: int = 20
    leave: int = 10
    quantity: float = 100.0
    allow_short: bool = False


class DonchianBreakout(TargetStrategy):
    """Records `upper` and `lower`, the channel to enter by, as they stood before each bar."""

    def __init__(self, config: DonchianBreakoutConfig) -> None:
        if config.leave > config.entry:
            raise ValueError(f"leave is {config.leave}, entry {config.entry}: leave must not be more")
        super().__init__(config)
        self.outer = DonchianChannel(config.entry)
        self.inner = DonchianChannel(config.leave)
        self.describe("upper", "lower", on="price")

    def on_bar(self, bar: Bar) -> None:
        if self.outer.initialized:
            self.judge(bar, bar.close.as_double())
        # Fed by hand and afterwards: a registered indicator would hold this bar before it is judged.
        self.outer.handle_bar(bar)
        self.inner.handle_bar(bar)

    def judge(self, bar: Bar, close: float) -> None:
        upper, lower = self.outer.upper, self.outer.lower
        wanted = self.wanted
        if (wanted > 0 and close < self.inner.lower) or (wanted < 0 and close > self.inner.upper):
            wanted = 0
        if close > upper:
            wanted = 1
        elif self.config.allow_short and close < lower:
            wanted = -1
        self.record(bar.ts_event, upper=upper, lower=lower)
        self.hold(wanted)
