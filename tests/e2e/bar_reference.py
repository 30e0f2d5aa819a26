"""The truth of a chart: bars built plainly from a list of trades, one at a time, in dictionaries and ints.

It shares no code with the product. Rules, as core/market/bars.py states them: every trade counts but those
of before (history); a time bar opens with the earliest trade of its interval and closes with the latest, of
equal times the first and the last that arrived; a trade taken back leaves volume and count and no price;
bars of trades and of volume are cut in order of arrival and anew with each trading day; days are the
exchange's own; who never traded has bars of the middle of bid and ask, at one more decimal, without volume.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.e2e.events import Event, Listing, Quote, Tape, Trade

SECOND_NS = 10**9
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
# (zone, hours after local midnight at which the trading day begins), by the name up to the first dot.
_EVENINGS = {
    "GLBX": ("America/Chicago", -7),
    "CME": ("America/Chicago", -7),
    "FXCM": ("America/New_York", -7),
}
_MIDNIGHTS = dict.fromkeys(("XNAS", "XNYS", "EQUS"), ("America/New_York", 0))


@dataclass(slots=True)
class Bar:
    """One bar in counts of its decimals; `amended`: by what came after a later bar had begun."""

    key: int
    open: int
    high: int
    low: int
    close: int
    volume: int | None  # None: not told
    trades: int
    first_ns: int
    last_ns: int
    amended: bool = False

    @property
    def painted(self) -> tuple[Any, ...]:
        """What of it a chart paints."""
        return (self.key, self.open, self.high, self.low, self.close, self.volume)


@dataclass(frozen=True, slots=True)
class Reference:
    """Bars of one instrument by ascending key, and what their numbers count."""

    bars: tuple[Bar, ...]
    price_decimals: int
    size_decimals: int
    is_mid: bool

    @property
    def painted(self) -> list[tuple[Any, ...]]:
        return [bar.painted for bar in self.bars]

    def painted_at(self, price_decimals: int, size_decimals: int) -> list[tuple[Any, ...]]:
        """The same numbers at finer increments, which depth that no bar is made of may have brought."""
        price = 10 ** (price_decimals - self.price_decimals)
        size = 10 ** (size_decimals - self.size_decimals)
        return [
            (key, *(each * price for each in prices), None if volume is None else volume * size)
            for key, *prices, volume in self.painted
        ]


def reference_bars(tape: Tape, listing: int, interval: str) -> Reference:
    """Bars of the tape's `listing`-th instrument from all its events, in their order of arrival."""
    return bars_of((e for e in tape.events if e.listing == listing), tape.listings[listing], interval)


def bars_of(events: Iterable[Event], listing: Listing, interval: str) -> Reference:
    """Bars from the events of one instrument in order of arrival; `interval` as `1s`, `5m`, `100t`, `50v`."""
    trades: list[Trade] = []
    quotes: list[Quote] = []
    for event in events:
        if isinstance(event, Quote):
            quotes.append(event)
        elif isinstance(event, Trade) and not event.history:
            trades.append(event)
    is_mid = not any(not trade.cancel for trade in trades)
    if is_mid:
        decimals = listing.price_decimals + 1
        facts = _mids(quotes, decimals)
    else:
        decimals = listing.price_decimals
        facts = _facts(trades, listing)
    count, unit = parse(interval)
    if unit in _UNIT_SECONDS:
        bars = _timed(facts, _interval_begin(listing.exchange, count * _UNIT_SECONDS[unit]))
    else:
        full = count if unit == "t" else count * 10**listing.size_decimals
        bars = _counted(facts, listing.exchange, full, is_volume=unit == "v")
    return Reference(tuple(bars), decimals, listing.size_decimals, is_mid)


def parse(interval: str) -> tuple[int, str]:
    match = re.fullmatch(r"(\d+)([smhdtv])", interval)
    assert match is not None, interval
    return int(match[1]), match[2]


def day_begin_ns(exchange: str, event_ns: int) -> int:
    """Begin of the trading day that `event_ns` lies in."""
    name = exchange.split(".")[0]
    zone, hours = _EVENINGS.get(name) or _MIDNIGHTS.get(name) or ("UTC", 0)
    local = datetime.fromtimestamp(event_ns // SECOND_NS, ZoneInfo(zone))
    for days in (1, 0, -1, -2):
        date = local.date() + timedelta(days=days)
        # Wall time on purpose: an evening is at the same hour on the clock, whatever the zone's rules do.
        begin = datetime(date.year, date.month, date.day, tzinfo=ZoneInfo(zone)) + timedelta(hours=hours)
        begin_ns = int(begin.timestamp()) * SECOND_NS
        if begin_ns <= event_ns:
            return begin_ns
    raise AssertionError("every time lies in a day")


@dataclass(frozen=True, slots=True)
class _Fact:
    event_ns: int
    price: int
    size: int | None
    cancel: bool = False


def _facts(trades: list[Trade], listing: Listing) -> list[_Fact]:
    def whole(number: Decimal, decimals: int) -> int:
        counts = number.scaleb(decimals)
        assert counts == int(counts), (number, decimals)
        return int(counts)

    return [
        _Fact(
            trade.event_ns,
            whole(trade.price, listing.price_decimals),
            whole(trade.size, listing.size_decimals),
            trade.cancel,
        )
        for trade in trades
    ]


def _mids(quotes: list[Quote], decimals: int) -> list[_Fact]:
    """The middle of two prices has at most one decimal more than they have."""
    facts = []
    for quote in quotes:
        if quote.bid is not None and quote.ask is not None:
            mid = ((quote.bid + quote.ask) / 2).scaleb(decimals)
            assert mid == int(mid), quote
            facts.append(_Fact(quote.event_ns, int(mid), None))
    return facts


def _interval_begin(exchange: str, seconds: int) -> Callable[[int], int]:
    if seconds == _UNIT_SECONDS["d"]:
        return lambda event_ns: day_begin_ns(exchange, event_ns)
    span_ns = seconds * SECOND_NS
    return lambda event_ns: event_ns // span_ns * span_ns


def _timed(facts: list[_Fact], begin_of: Callable[[int], int]) -> list[Bar]:
    bars: dict[int, Bar] = {}
    newest = 0
    for fact in facts:
        key = begin_of(fact.event_ns)
        bar = bars.get(key)
        if fact.cancel:
            assert bar is not None, "a trade of another bar was taken back"
            _take_back(bar, fact)
        elif bar is None:
            bar = bars[key] = _first(key, fact)
        else:
            _add(bar, fact)
        bar.amended |= key < newest
        newest = max(newest, key)
    return [bars[key] for key in sorted(bars)]


def _counted(facts: list[_Fact], exchange: str, full: int, *, is_volume: bool) -> list[Bar]:
    """A bar is full with the trade that reaches the count, and the next trade begins another."""
    bars: list[Bar] = []
    where: dict[tuple[int, int, int | None], list[Bar]] = {}  # the bar that each trade went into
    filled = day = 0
    for fact in facts:
        place = (fact.event_ns, fact.price, fact.size)
        if fact.cancel:
            bar = where[place].pop()
            _take_back(bar, fact)
            bar.amended |= bar is not bars[-1]
            continue
        begin = day_begin_ns(exchange, fact.event_ns)
        if not bars or filled >= full or begin > day:
            bars.append(_first(len(bars), fact))
            filled, day = 0, max(day, begin)
        else:
            # Bars of a count open and close in order of arrival.
            bar = bars[-1]
            bar.high, bar.low, bar.close = max(bar.high, fact.price), min(bar.low, fact.price), fact.price
            bar.first_ns, bar.last_ns = min(bar.first_ns, fact.event_ns), max(bar.last_ns, fact.event_ns)
            _count(bar, fact)
        filled += (fact.size or 0) if is_volume else 1
        where.setdefault(place, []).append(bars[-1])
    return bars


def _first(key: int, fact: _Fact) -> Bar:
    price = fact.price
    return Bar(key, price, price, price, price, fact.size, 1, fact.event_ns, fact.event_ns)


def _add(bar: Bar, fact: _Fact) -> None:
    bar.high, bar.low = max(bar.high, fact.price), min(bar.low, fact.price)
    if fact.event_ns < bar.first_ns:
        bar.open, bar.first_ns = fact.price, fact.event_ns
    if fact.event_ns >= bar.last_ns:
        bar.close, bar.last_ns = fact.price, fact.event_ns
    _count(bar, fact)


def _count(bar: Bar, fact: _Fact) -> None:
    bar.trades += 1
    if bar.volume is not None and fact.size is not None:
        bar.volume += fact.size


def _take_back(bar: Bar, fact: _Fact) -> None:
    assert bar.volume is not None
    assert fact.size is not None
    bar.trades -= 1
    bar.volume -= fact.size
