"""What happened on the market, as plain text numbers: the one input of the publisher and of the reference.

Nothing here knows increments, columns, messages or the screen.
"""

from dataclasses import dataclass
from decimal import Decimal

TRADING, HALTED, CLOSED = "trading", "halted", "closed"


@dataclass(frozen=True, slots=True)
class Listing:
    """An instrument as its venue describes it."""

    exchange: str
    symbol: str
    price_decimals: int
    size_decimals: int


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and ask of `listing` (its number). None: no order on that side, or no size told."""

    listing: int
    event_ns: int
    bid: Decimal | None
    bid_size: Decimal | None
    ask: Decimal | None
    ask_size: Decimal | None


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade; `history` was done before the session was watched: it sets the last price, counts nowhere.

    `cancel` takes back an earlier trade of this time, price and size.
    """

    listing: int
    event_ns: int
    price: Decimal
    size: Decimal
    history: bool = False
    cancel: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """Absolute figures of the session so far; None: not told. `state` None: not told."""

    listing: int
    event_ns: int
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    reference: Decimal | None = None
    volume: Decimal | None = None
    state: str | None = None


Event = Quote | Trade | Session


@dataclass(frozen=True, slots=True)
class Tape:
    """Listings and their events in order of arrival."""

    listings: tuple[Listing, ...]
    events: tuple[Event, ...]

    def until(self, count: int) -> "Tape":
        """The tape cut after its first `count` events."""
        return Tape(self.listings, self.events[:count])
