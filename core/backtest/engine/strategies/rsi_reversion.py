"""RSI mean reversion: buys what fell fast, leaves when it is back in the middle.

The index is Wilder's, from 0 to 100. Orders are market orders sent on the close of a bar.
"""

from nautilus_trader.indicators import MovingAverageType, RelativeStrengthIndex
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.config import StrategyConfig

from core.backtest.engine.targeting import TargetStrategy


class RsiReversionConfig(StrategyConfig, frozen=True):  # type: ignore[call-arg]
    """See `BUILT_IN` in core/backtest/strategies.py."""

    instrument_id: InstrumentId
    bar_type: BarType
    period: int = 14
    entry: float = 30.0
    leave: float = 50.0
    quantity: float = 100.0
    allow_short: bool = False


class RsiReversion(TargetStrategy):
    """Records `rsi` once it is full."""

    def __init__(self, config: RsiReversionConfig) -> None:
        if config.entry >= config.leave:
            raise ValueError(f"entry is {config.entry:g}, leave {config.leave:g}: entry must be less")
        super().__init__(config)
        self.rsi = RelativeStrengthIndex(config.period, MovingAverageType.WILDER)

    def on_start(self) -> None:
        self.register_indicator_for_bars(self.config.bar_type, self.rsi)
        super().on_start()

    def on_bar(self, bar: Bar) -> None:
        if not self.rsi.initialized:
            return
        rsi = self.rsi.value * 100.0
        self.record(bar.ts_event, rsi=rsi)
        entry, leave = self.config.entry, self.config.leave
        wanted = self.wanted
        if (wanted > 0 and rsi >= leave) or (wanted < 0 and rsi <= 100.0 - leave):
            wanted = 0
        if rsi < entry:
            wanted = 1
        elif self.config.allow_short and rsi > 100.0 - entry:
            wanted = -1
        self.hold(wanted)
