"""A strategy that says what it wants to hold; the orders to get there follow.

Wanted are +1, 0 or -1 times the quantity, as the instrument can hold it: it is rounded once, so that both
sides hold the same and nothing is left over. An order is sent only when the wish changes, so one that is
still on its way is not sent twice; one that the venue refused is not sent again until the wish changes.
"""

from typing import Any

from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.objects import Quantity

from core.backtest.engine.recording import RecordingStrategy


class TargetStrategy(RecordingStrategy):
    """The configuration has `instrument_id`, `bar_type` and `quantity`."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.wanted = 0

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.config.instrument_id)
        self.unit = self.instrument.make_qty(self.config.quantity)
        self.subscribe_bars(self.config.bar_type)

    def hold(self, wanted: int) -> None:
        """Send one market order for the difference to what was wanted before."""
        change = wanted - self.wanted
        if not change:
            return
        self.wanted = wanted
        side = OrderSide.BUY if change > 0 else OrderSide.SELL
        quantity = Quantity(self.unit.as_decimal() * abs(change), self.unit.precision)
        self.submit_order(self.order_factory.market(self.config.instrument_id, side, quantity))
