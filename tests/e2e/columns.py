"""Events as text numbers to the columns of a raw message: what a venue's adapter does.

One run of events of one exchange becomes one batch, its order kept in `position`.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.market.fields import NULL, TradingState
from core.market.instruments import Instrument, InstrumentKey
from core.wire.raw import QuoteEvents, SessionEvents, TradeEvents, TradeFlag
from core.wire.raw_events import UNTOLD
from tests.e2e.events import CLOSED, HALTED, TRADING, Event, Listing, Quote, Session, Trade

_STATES = {
    TRADING: TradingState.TRADING, HALTED: TradingState.HALTED, CLOSED: TradingState.CLOSED, None: UNTOLD,
}  # fmt: skip


def instrument(listing: Listing) -> Instrument:
    key = InstrumentKey(listing.exchange, listing.symbol)
    return Instrument(key, listing.price_decimals, listing.size_decimals)


class Columns:
    """Makes the event columns of one exchange; `ids` are the feed's numbers by listing number."""

    def __init__(self, instruments: dict[int, Instrument], ids: dict[int, int]) -> None:
        self._instruments = instruments
        self._ids = ids

    def of(self, events: Sequence[Event], recv_ns: int) -> dict[str, Any]:
        """`quotes`, `trades` and `sessions` with positions, each None without events."""
        placed = list(enumerate(events))
        return {
            "quotes": self._quotes([(at, e) for at, e in placed if isinstance(e, Quote)], recv_ns),
            "trades": self._trades([(at, e) for at, e in placed if isinstance(e, Trade)], recv_ns),
            "sessions": self._sessions([(at, e) for at, e in placed if isinstance(e, Session)], recv_ns),
        }

    def _quotes(self, placed: list[tuple[int, Quote]], recv_ns: int) -> QuoteEvents | None:
        if not placed:
            return None
        return QuoteEvents(
            **self._common(placed, recv_ns),
            bid=self._prices(placed, "bid"), bid_size=self._sizes(placed, "bid_size"),
            ask=self._prices(placed, "ask"), ask_size=self._sizes(placed, "ask_size"),
        )  # fmt: skip

    def _trades(self, placed: list[tuple[int, Trade]], recv_ns: int) -> TradeEvents | None:
        if not placed:
            return None
        flags = [_trade_flag(trade) for _, trade in placed]
        return TradeEvents(
            **self._common(placed, recv_ns),
            price=self._prices(placed, "price"), size=self._sizes(placed, "size"),
            flags=np.array(flags, np.uint8),
        )  # fmt: skip

    def _sessions(self, placed: list[tuple[int, Session]], recv_ns: int) -> SessionEvents | None:
        if not placed:
            return None
        return SessionEvents(
            **self._common(placed, recv_ns),
            open=self._prices(placed, "open"), high=self._prices(placed, "high"),
            low=self._prices(placed, "low"), reference=self._prices(placed, "reference"),
            volume=self._sizes(placed, "volume"),
            trading_state=np.array([int(_STATES[session.state]) for _, session in placed], np.uint8),
        )  # fmt: skip

    def _common(self, placed: Sequence[tuple[int, Event]], recv_ns: int) -> dict[str, Any]:
        return {
            "instrument": np.array([self._ids[event.listing] for _, event in placed], np.uint32),
            "event_ns": np.array([event.event_ns for _, event in placed], np.int64),
            "recv_ns": np.full(len(placed), recv_ns, np.int64),
            "position": np.array([at for at, _ in placed], np.uint16),
        }

    def _prices(self, placed: Sequence[tuple[int, Event]], name: str) -> NDArray[np.int64]:
        return self._counts(placed, name, "price_counts")

    def _sizes(self, placed: Sequence[tuple[int, Event]], name: str) -> NDArray[np.int64]:
        return self._counts(placed, name, "size_counts")

    def _counts(self, placed: Sequence[tuple[int, Event]], name: str, count: str) -> NDArray[np.int64]:
        def one(event: Event) -> int:
            number: Decimal | None = getattr(event, name)
            return NULL if number is None else getattr(self._instruments[event.listing], count)(number)

        return np.array([one(event) for _, event in placed], np.int64)


def _trade_flag(trade: Trade) -> TradeFlag:
    if trade.history:
        return TradeFlag.HISTORY
    return TradeFlag.BUYER_TAKES | TradeFlag.CANCEL if trade.cancel else TradeFlag.BUYER_TAKES
