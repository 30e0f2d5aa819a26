"""Tapes to publish: a seeded random market with everything awkward in it, and a real recording.

The same seed gives the same tape in every process: publisher and reference make it each for themselves.
"""

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import databento_dbn
import polars
import zstandard

from tests.e2e.bar_tapes import bar_tape
from tests.e2e.events import HALTED, TRADING, Event, Listing, Quote, Session, Tape, Trade

EXCHANGES = ("XNAS", "KRAKEN", "XCME", "BYBIT", "HITBTC")
# Names that have to survive subjects, hashes and fonts.
AWKWARD = ("BRK.B", "BTC/USD", "ES*", "A>B", "EUR USD", "100%", "_mix", "Ünsal", "ES 03-27 C4500")
BEGIN_NS = 1_704_205_800_000_000_000


def random_tape(seed: int, listing_count: int = 100, event_count: int = 4_000) -> Tape:
    """Random quotes, trades, session figures and halts; every listing ends with a quote."""
    dice = random.Random(seed)
    listings = tuple(_listing(dice, number) for number in range(listing_count))
    prices = [dice.randrange(50, 10 ** dice.randrange(3, 9)) for _ in listings]
    opened = [_opening(dice, number, listing, prices) for number, listing in enumerate(listings)]
    events: list[Event] = [event for event in opened if event is not None]
    while len(events) < event_count - listing_count:
        number = dice.randrange(listing_count)
        prices[number] = max(1, prices[number] + dice.randrange(-9, 10))
        events.append(_event(dice, number, listings[number], prices[number]))
    closing = list(range(listing_count))
    dice.shuffle(closing)
    events += [_quote(dice, number, listings[number], prices[number]) for number in closing]
    return Tape(listings, tuple(events))


def _listing(dice: random.Random, number: int) -> Listing:
    symbol = AWKWARD[number] if number < len(AWKWARD) else f"SYM{number:03d}"
    exchange = EXCHANGES[number % len(EXCHANGES)]
    return Listing(exchange, symbol, dice.choice((0, 1, 2, 2, 2, 4, 5, 8)), dice.choice((0, 0, 3, 8)))


def _opening(dice: random.Random, number: int, listing: Listing, prices: list[int]) -> Event | None:
    """Some venues tell the session's figures first, some a trade of before, some nothing."""
    at = _price(listing, prices[number])
    match dice.randrange(4):
        case 0:
            return Session(number, BEGIN_NS, reference=at)
        case 1:
            return Session(number, BEGIN_NS, at, at, at, at, _size(dice, listing), TRADING)
        case 2:
            return Trade(number, BEGIN_NS, at, _size(dice, listing), history=True)
    return None


def _event(dice: random.Random, number: int, listing: Listing, at: int) -> Event:
    event_ns = BEGIN_NS + dice.randrange(10**10)
    roll = dice.random()
    if roll < 0.62:
        return _quote(dice, number, listing, at)
    if roll < 0.97:
        return Trade(number, event_ns, _price(listing, at), _size(dice, listing))
    return Session(number, event_ns, state=dice.choice((HALTED, TRADING, TRADING)))


def _quote(dice: random.Random, number: int, listing: Listing, at: int) -> Quote:
    """Mostly two-sided; sometimes a side or both are empty, sizes are not told, or it is crossed."""
    event_ns = BEGIN_NS + dice.randrange(10**10)
    spread = dice.randrange(-1, 6)
    bid, ask = _price(listing, at), _price(listing, max(1, at + spread))
    bid_size, ask_size = _size(dice, listing), _size(dice, listing)
    match dice.randrange(20):
        case 0:
            return Quote(number, event_ns, None, None, ask, ask_size)
        case 1:
            return Quote(number, event_ns, bid, bid_size, None, None)
        case 2:
            return Quote(number, event_ns, bid, None, ask, None)
        case 3:
            return Quote(number, event_ns, None, None, None, None)
    return Quote(number, event_ns, bid, bid_size, ask, ask_size)


def _price(listing: Listing, increments: int) -> Decimal:
    return Decimal(increments).scaleb(-listing.price_decimals)


def _size(dice: random.Random, listing: Listing) -> Decimal:
    return Decimal(dice.randrange(1, 10 ** dice.randrange(1, 10))).scaleb(-listing.size_decimals)


def recorded_tape(path: Path) -> Tape:
    """Quotes and trades of a normalised recording; decimals are the most that any number of it has.

    Depth is not in a quote grid, but its prices are prices of the same increments.
    """
    frame = polars.read_parquet(path)
    keys = frame.select("exchange", "symbol").unique().sort("exchange", "symbol").rows()
    numbers: dict[tuple[str, str], int] = {key: number for number, key in enumerate(keys)}
    places: list[list[int]] = [[0, 0] for _ in keys]
    levels = frame.filter(polars.col("kind") == "depth").select("exchange", "symbol", "price").unique()
    for exchange, symbol, level in levels.drop_nulls().iter_rows():
        at = numbers[exchange, symbol]
        places[at][0] = max(places[at][0], _places(_decimal(level)))
    events: list[Event] = []
    for row in frame.filter(polars.col("kind") != "depth").iter_rows(named=True):
        number = numbers[row["exchange"], row["symbol"]]
        event = _recorded_event(number, row)
        events.append(event)
        prices: list[Decimal | None]
        sizes: list[Decimal | None]
        if isinstance(event, Trade):
            prices, sizes = [event.price], [event.size]
        else:
            prices, sizes = [event.bid, event.ask], [event.bid_size, event.ask_size]
        places[number][0] = max(places[number][0], *map(_places, prices))
        places[number][1] = max(places[number][1], *map(_places, sizes))
    listings = (Listing(*key, *places[number]) for key, number in numbers.items())
    return Tape(tuple(listings), tuple(events))


def _recorded_event(number: int, row: dict[str, object]) -> Quote | Trade:
    event_ns = int(str(row["ts_ns"]))
    if row["kind"] == "quote":
        four = (_decimal(row[name]) for name in ("bid", "bid_size", "ask", "ask_size"))
        return Quote(number, event_ns, *four)
    price, size = _decimal(row["price"]), _decimal(row["size"])
    assert price is not None
    return Trade(number, event_ns, price, size or Decimal(0), bool(row["is_snapshot"]))


def _decimal(number: object) -> Decimal | None:
    """The shortest decimal that reads back as this float: what the venue's text said."""
    return None if number is None else Decimal(repr(number))


def _places(number: Decimal | None) -> int:
    if number is None:
        return 0
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


def tape_named(name: str) -> Tape:
    """`random:SEED[:LISTINGS[:EVENTS]]`, `bars:SEED[:EVENTS]`, else the path of a normalised recording."""
    if name.startswith("random:"):
        return random_tape(*(int(number) for number in name.split(":")[1:]))
    if name.startswith("bars:"):
        return bar_tape(*(int(number) for number in name.split(":")[1:]))
    return recorded_tape(Path(name))


def futures_tape(book: Path, definitions: Path) -> Tape:
    """Quotes and trades of a DBN mbp-1 recording, record by record; decimals from the price step defined."""
    listings: dict[int, Listing] = {}
    for record in _dbn_records(definitions):
        assert isinstance(record, databento_dbn.InstrumentDefMsg)
        step = Decimal(record.min_price_increment).scaleb(-9)
        listings[record.instrument_id] = Listing("GLBX", record.raw_symbol, _places(step), 0)
    numbers = {instrument_id: number for number, instrument_id in enumerate(listings)}
    events: list[Event] = []
    for record in _dbn_records(book):
        assert isinstance(record, databento_dbn.MBP1Msg)
        number, level = numbers[record.instrument_id], record.levels[0]
        bid, ask = (_dbn_price(price) for price in (level.bid_px, level.ask_px))
        events.append(Quote(number, record.ts_event, bid, Decimal(level.bid_sz), ask, Decimal(level.ask_sz)))
        if str(record.action) == "T":
            price = _dbn_price(record.price)
            assert price is not None
            events.append(Trade(number, record.ts_event, price, Decimal(record.size)))
    return Tape(tuple(listings.values()), tuple(events))


def _dbn_records(path: Path) -> list[Any]:
    decoder = databento_dbn.DBNDecoder()
    with path.open("rb") as file:
        decoder.write(zstandard.ZstdDecompressor().stream_reader(file).read())
    return [record for record in decoder.decode() if not isinstance(record, databento_dbn.Metadata)]


def _dbn_price(nanos: int) -> Decimal | None:
    return None if nanos == databento_dbn.UNDEF_PRICE else Decimal(nanos).scaleb(-9)


def futures_bars(path: Path, instrument_id: int) -> list[tuple[int, ...]]:
    """An exchange's own bars of one instrument: (begin, open, high, low, close in hundredths, volume)."""
    return [
        (r.ts_event, *(price // 10**7 for price in (r.open, r.high, r.low, r.close)), r.volume)
        for r in _dbn_records(path)
        if r.instrument_id == instrument_id
    ]
