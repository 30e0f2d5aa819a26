"""A seeded tape with everything that makes bars hard, for the days around a change of summer time.

Bursts and hours of silence, trades that come late or at equal times, trades taken back, trades of before,
instruments that are only quoted, or quoted long before they trade. The same seed gives the same tape.
"""

import random
from decimal import Decimal

from tests.e2e.events import Event, Listing, Quote, Tape, Trade

SECOND_NS = 10**9
# Friday before the Sunday on which clocks in Chicago and New York go forward.
BEGIN_NS = 1_709_928_000_000_000_000
FUTURE, SHARE, COIN, QUOTED, TURNED, SMALL = range(6)
LISTINGS = (
    Listing("GLBX", "ES*", 2, 0),
    Listing("XNAS", "BRK.B", 2, 0),
    Listing("KRAKEN", "BTC/USD", 1, 8),
    Listing("BYBIT", "QUOTED", 4, 3),
    Listing("BYBIT", "TURNED", 2, 2),
    Listing("HITBTC", "Ünsal", 8, 0),
)
TURNS_AT = 0.6  # of the tape: TURNED is only quoted before
# Step of an instrument's own clock: probability, shortest and longest in ms.
STEPS = ((0.62, 0, 900), (0.30, 900, 5_000), (0.06, 20_000, 900_000), (0.02, 3_600_000, 30_000_000))


class _Line:
    """One instrument's own clock, price and trades that can be taken back."""

    def __init__(self, dice: random.Random, number: int) -> None:
        self.number = number
        self.listing = LISTINGS[number]
        self.now_ns = BEGIN_NS + dice.randrange(SECOND_NS)
        self.price = dice.randrange(2_000, 90_000)
        self.done: list[Trade] = []
        self.seen: set[tuple[int, Decimal, Decimal]] = set()
        self._dice = dice

    def step(self) -> None:
        roll = self._dice.random()
        for chance, shortest_ms, longest_ms in STEPS:
            roll -= chance
            if roll < 0:
                self.now_ns += self._dice.randrange(shortest_ms, longest_ms + 1) * 1_000_000
                break
        self.price = max(1, self.price + self._dice.randrange(-12, 13))

    def event_ns(self) -> int:
        """Mostly now; sometimes late by up to a minute, rarely by hours. Never before the tape begins."""
        roll = self._dice.random()
        late_ms = 0
        if roll < 0.06:
            late_ms = self._dice.randrange(60_000)
        elif roll < 0.065:
            late_ms = self._dice.randrange(40_000_000)
        return max(BEGIN_NS, self.now_ns - late_ms * 1_000_000)

    def price_of(self, counts: int) -> Decimal:
        return Decimal(counts).scaleb(-self.listing.price_decimals)

    def trade(self, *, history: bool = False) -> Trade:
        """A trade whose time, price and size no other of the instrument has."""
        while True:
            counts = self._dice.randrange(1, 10 ** self._dice.randrange(1, 4))
            size = (Decimal(counts) / 4).quantize(Decimal(1).scaleb(-self.listing.size_decimals))
            made = Trade(
                self.number, self.event_ns(), self.price_of(self.price), max(size, _least(self)), history
            )
            place = (made.event_ns, made.price, made.size)
            if place not in self.seen:
                self.seen.add(place)
                break
        if not history:
            self.done.append(made)
        return made

    def take_back(self) -> Trade:
        """Mostly one of the newest trades, now and then an old one."""
        newest = self._dice.random() < 0.7
        at = len(self.done) - 1 - self._dice.randrange(min(8, len(self.done))) if newest else 0
        old = self.done.pop(at)
        return Trade(self.number, old.event_ns, old.price, old.size, cancel=True)

    def quote(self) -> Quote:
        bid = self.price_of(self.price)
        ask = self.price_of(self.price + self._dice.randrange(0, 8))
        sides = self._dice.random()
        size = Decimal(1 + self._dice.randrange(50))
        if sides < 0.05:
            return Quote(self.number, self.event_ns(), None, None, ask, size)
        if sides < 0.1:
            return Quote(self.number, self.event_ns(), bid, size, None, None)
        return Quote(self.number, self.event_ns(), bid, size, ask, size)


def bar_tape(seed: int, event_count: int = 3_600) -> Tape:
    """`event_count` events of six instruments, in order of arrival."""
    dice = random.Random(f"bars {seed}")
    lines = [_Line(dice, number) for number in range(len(LISTINGS))]
    events: list[Event] = [lines[SMALL].trade(history=True), lines[COIN].trade(history=True)]
    while len(events) < event_count:
        line = dice.choice(lines)
        line.step()
        only_quoted = line.number == QUOTED or (
            line.number == TURNED and len(events) < TURNS_AT * event_count
        )
        roll = dice.random()
        if only_quoted or roll < 0.15:
            events.append(line.quote())
        elif roll < 0.18 and len(line.done) > 8:
            events.append(line.take_back())
        else:
            events.append(line.trade())
    return Tape(LISTINGS, tuple(events))


def _least(line: _Line) -> Decimal:
    return Decimal(1).scaleb(-line.listing.size_decimals)
