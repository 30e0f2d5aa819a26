"""The recorded hour of 100 instruments as plain events: read off its generator, not off the tape file."""

from decimal import Decimal
from typing import Any

from aggregator.feeds.recorded.tape import ExchangeTape, RecordedTape
from core.market.fields import NULL, TradingState
from core.wire.raw_events import TradeFlag
from tests.e2e.events import CLOSED, HALTED, TRADING, Event, Listing, Quote, Session, Tape, Trade

_STATES = {TradingState.TRADING: TRADING, TradingState.HALTED: HALTED, TradingState.CLOSED: CLOSED}


def plain_tape(recorded: RecordedTape) -> Tape:
    """Its quotes, trades and session figures in order of playing."""
    listings: list[Listing] = []
    ranked: list[tuple[int, int, Event]] = []
    for exchange in recorded.exchanges:
        first = len(listings)
        listings += [
            Listing(each.key.exchange, each.key.symbol, each.price_decimals, each.size_decimals)
            for each in exchange.instruments
        ]
        ranked += _events(exchange, first, listings)
    ranked.sort(key=lambda each: each[:2])
    return Tape(tuple(listings), tuple(event for _, _, event in ranked))


def _events(exchange: ExchangeTape, first: int, listings: list[Listing]) -> list[tuple[int, int, Event]]:
    """(playing time, rank, event); listings are numbered from `first`."""
    found: list[tuple[int, int, Event]] = []
    times = exchange.time_ns.tolist()
    for (name, make), order in zip(_MAKERS, exchange.orders, strict=True):
        if order is None:
            continue
        assert make is not None, f"{name} are not in a grid's reference"
        columns = {
            column: getattr(getattr(exchange.block, name), column).tolist() for column in _COLUMNS[name]
        }
        for row, rank in enumerate(order.tolist()):
            values = {column: each[row] for column, each in columns.items()}
            number = first + values.pop("instrument")
            found.append((times[rank], rank, make(number, listings[number], values)))
    return found


def _quote(number: int, listing: Listing, row: dict[str, int]) -> Quote:
    return Quote(
        number, row["event_ns"], _price(listing, row["bid"]), _size(listing, row["bid_size"]),
        _price(listing, row["ask"]), _size(listing, row["ask_size"]),
    )  # fmt: skip


def _trade(number: int, listing: Listing, row: dict[str, int]) -> Trade:
    price, size = _price(listing, row["price"]), _size(listing, row["size"])
    assert price is not None
    flags = row["flags"]
    return Trade(
        number, row["event_ns"], price, size or Decimal(0),
        bool(flags & TradeFlag.HISTORY), bool(flags & TradeFlag.CANCEL),
    )  # fmt: skip


def _session(number: int, listing: Listing, row: dict[str, int]) -> Session:
    prices = {name: _price(listing, row[name]) for name in ("open", "high", "low", "reference")}
    state = row["trading_state"]
    told = _STATES[TradingState(state)] if state in _STATES else None
    return Session(number, row["event_ns"], **prices, volume=_size(listing, row["volume"]), state=told)


def _price(listing: Listing, counts: int) -> Decimal | None:
    return None if counts == NULL else Decimal(counts).scaleb(-listing.price_decimals)


def _size(listing: Listing, counts: int) -> Decimal | None:
    return None if counts == NULL else Decimal(counts).scaleb(-listing.size_decimals)


_COLUMNS = {
    "quotes": ("instrument", "event_ns", "bid", "bid_size", "ask", "ask_size"),
    "trades": ("instrument", "event_ns", "price", "size", "flags"),
    "sessions": ("instrument", "event_ns", "open", "high", "low", "reference", "volume", "trading_state"),
}
# In the order of a tape's orders.
_MAKERS: tuple[tuple[str, Any], ...] = (
    ("quotes", _quote), ("trades", _trade), ("depth", None), ("bars", None), ("sessions", _session),
)  # fmt: skip
