"""VenueModel as nautilus' simulated exchange: costs of a fill, latency, fill model, account.

The fee of a fill and its slippage (`k_spread` x the mean spread of the minute it falls into x quantity) are
both booked as the fill's commission, each rounded to the currency's decimals, so the engine's own account
carries them; the fill's price stays what it was. What each fill cost is kept in the order of the fills.
"""

from decimal import Decimal
from typing import Any

import numpy as np
from nautilus_trader.backtest.models import FeeModel, FillModel, LatencyModel
from nautilus_trader.model.enums import AccountType, OmsType
from nautilus_trader.model.objects import Money

from core.backtest.engine.market import Market, currency_of
from core.backtest.spec import VenueModel
from core.clock import NS_PER_US


class BookedCosts(FeeModel):
    """`booked` is (fee, slippage) of every fill so far, in currency; `unquoted`: fills without quotes."""

    def __init__(self, venue: VenueModel, market: Market, clock: Any) -> None:
        super().__init__()
        self.booked: list[tuple[float, float]] = []
        self.unquoted = 0
        self._rate = venue.fees_bps / 10_000
        self._k_spread = venue.k_spread
        self._clock = clock
        self._currency = currency_of(venue.currency)
        self._spreads = {each.instrument.id: _Spreads(each.quotes) for each in market.traded}

    def get_commission(self, order: Any, fill_qty: Any, fill_px: Any, instrument: Any) -> Any:
        """Nautilus asks once for every fill, at the time of the fill."""
        quantity = fill_qty.as_double()
        fee = Money(quantity * fill_px.as_double() * self._rate, self._currency)
        if not self._k_spread:
            self.booked.append((fee.as_double(), 0.0))
            return fee
        spread = self._spreads[instrument.id].at(self._clock.timestamp_ns())
        if spread is None:
            self.unquoted += 1
            spread = 0.0
        slippage = Money(quantity * spread * self._k_spread, self._currency)
        self.booked.append((fee.as_double(), slippage.as_double()))
        return Money(fee.as_decimal() + slippage.as_decimal(), self._currency)


class _Spreads:
    """Mean spread by minute. A minute without two-sided quotes has that of the last one before it."""

    def __init__(self, quotes: Any) -> None:
        empty = np.zeros(0)
        self._open_ns = empty.astype(np.int64) if quotes is None else quotes["open_ns"]
        self._spread = empty if quotes is None else quotes["spread_mean"]

    def at(self, ts_ns: int) -> float | None:
        """Of the minute that is ending at `ts_ns` or lies around it; None before any quote.

        A fill at a bar's close belongs to the minute that this close ends, not to the one it begins.
        """
        row = int(np.searchsorted(self._open_ns, ts_ns, side="left")) - 1
        return float(self._spread[row]) if row >= 0 else None


def add_venue(engine: Any, market: Market, venue: VenueModel, seed: int, costs: FeeModel | None) -> None:
    """One simulated exchange with one account. `costs` None: nautilus' own model, which charges nothing."""
    is_cash = venue.account == "CASH"
    currency = currency_of(venue.currency)
    latency = LatencyModel(base_latency_nanos=venue.latency_us * NS_PER_US) if venue.latency_us else None
    engine.add_venue(
        venue=market.venue,
        oms_type=OmsType.NETTING,
        account_type=AccountType.CASH if is_cash else AccountType.MARGIN,
        starting_balances=[Money(Decimal(str(venue.starting_cash)), currency)],
        base_currency=currency,
        default_leverage=Decimal(str(venue.leverage)),
        fill_model=FillModel(
            prob_fill_on_limit=venue.prob_fill_on_limit,
            prob_fill_on_stop=1.0,
            prob_slippage=venue.prob_slippage,
            random_seed=seed,
        ),
        fee_model=costs,
        latency_model=latency,
        bar_execution=True,
    )
    for each in market.traded:
        engine.add_instrument(each.instrument)


def rules(venue: VenueModel, market: Market) -> tuple[str, ...]:
    """What the engine assumes, in words; they go into the manifest."""
    quoted = all(each.quotes is not None for each in market.traded)
    said = [
        "A bar is known at its close. A market order sent then fills at that close, up to a quarter of the "
        "bar's volume, and one tick worse beyond it.",
        "Within a bar the venue sees open, high, low, close, in this order; resting limit and stop orders "
        "fill against them and are stamped with the bar's close.",
        f"Each fill pays {venue.fees_bps:g} bps of its notional.",
    ]
    if venue.latency_us:
        said.append(
            f"Orders take {venue.latency_us:,} us to the venue: they arrive with the next bar and "
            "fill at its close."
        )
    if venue.k_spread and quoted:
        said.append(
            f"Each fill is charged {venue.k_spread:g} x its minute's mean spread x quantity as slippage, "
            "beside its price; a minute without quotes has the spread of the last one before it."
        )
    elif venue.k_spread:
        said.append("No slippage was charged where the dataset has no quotes.")
    if venue.prob_slippage:
        said.append(
            f"A market order slips by one tick with probability {venue.prob_slippage:g}, by the seed."
        )
    if venue.prob_fill_on_limit < 1:
        said.append(
            f"A limit order that the market only touches fills with probability {venue.prob_fill_on_limit:g}."
        )
    if venue.account == "MARGIN":
        said.append(
            f"The margin account refuses no order; bars with more than {venue.leverage:g} x the equity held "
            "are counted in the log."
        )
    else:
        said.append("The cash account ends the run when an order leaves it below zero.")
    silent = [each.name for each in market.traded if not each.has_volume]
    if silent:
        said.append(f"The source tells no volume of {', '.join(silent)}: orders fill in full at the price.")
    said.append("Positions still open at the end stay open, valued at the last close.")
    return tuple(said)
