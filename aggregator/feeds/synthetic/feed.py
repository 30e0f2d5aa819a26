"""Plays the synthetic market live: one feed a venue, 5 ms of market time at a time.

Events depend on seed and configuration alone; only when they are sent depends on the clock. A process
that was held up catches up, but by no more than half a second: beyond that the market waits, and the loss is
counted. One venue falls behind now and then, and says so.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aggregator.feeds.publisher import BATCH_EVENTS_MAX, RawPublisher
from aggregator.feeds.recorded.tape import ExchangeTape
from aggregator.feeds.synthetic.listing import VenueListing, make_listings
from aggregator.feeds.synthetic.model import VenueModel
from aggregator.feeds.synthetic.weather import SLICE_NS, SLICES
from core.clock import NS_PER_MS, NS_PER_S, monotonic_ns, wall_ns
from core.market.fields import SourceState
from core.market.instruments import Instrument
from core.metrics import Counter

TICKS_PER_S_MAX: Final = 100_000.0
INSTRUMENTS_MAX: Final = 20_000
CATCH_UP_MS_MAX: Final = 500
# After so many slices in a row the loop gets a turn, so that others are served while we catch up.
SLICES_PER_TURN: Final = 8

LATE_VENUE: Final = "SIMC"
LATE_EVERY_S: Final = 75.0
LATE_FROM_S: Final = 31.0  # within each period
LATE_GROWS_S: Final = 6.0  # falls behind by a third of the time that passes, then makes it up twice as fast
LATE_GROWTH: Final = 1 / 3
LATE_RECOVERY: Final = 2 / 3
LATE_TOLD_MS: Final = 250


@dataclass(frozen=True, slots=True)
class SyntheticConfig:
    """`begin_ns` is the market's time at its open; None: the wall clock's when the feeds are made."""

    seed: int = 7
    instruments: int = 500
    ticks_per_s: float = 2_000.0
    begin_ns: int | None = None
    has_late_venue: bool = True
    has_rush: bool = True  # at the open; a bench wants the rate it names

    def __post_init__(self) -> None:
        if not 1 <= self.instruments <= INSTRUMENTS_MAX:
            raise ValueError(
                f"{self.instruments} synthetic instruments: 1 to {INSTRUMENTS_MAX:,} are possible"
            )
        if not 1.0 <= self.ticks_per_s <= TICKS_PER_S_MAX:
            raise ValueError(f"{self.ticks_per_s} ticks a second: 1 to {TICKS_PER_S_MAX:,.0f} are possible")


def synthetic_feeds(
    config: SyntheticConfig,
    *,
    wall: Callable[[], int] = wall_ns,
    monotonic: Callable[[], int] = monotonic_ns,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> "tuple[SyntheticFeed, ...]":
    """One feed for every venue of the market, all on the same market time."""
    begin_ns = wall() if config.begin_ns is None else config.begin_ns
    base_ns = monotonic()
    listings = make_listings(config.seed, config.instruments)
    return tuple(
        SyntheticFeed(listing, number, config, begin_ns, base_ns, monotonic, sleep)
        for number, listing in enumerate(listings)
    )


class SyntheticFeed:
    """A venue of the synthetic market. Runs once."""

    def __init__(
        self,
        listing: VenueListing,
        number: int,
        config: SyntheticConfig,
        begin_ns: int,
        base_ns: int,
        monotonic: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.exchange = listing.kind.exchange
        self.name = f"synthetic-{self.exchange}"
        self._skipped = Counter("market_skipped_ms")  # market time lost to hold-ups
        self._model = VenueModel(listing, config.seed, number, config.ticks_per_s, begin_ns, config.has_rush)
        self._begin_ns = begin_ns
        self._base_ns = base_ns  # shared by all venues: one wake-up of the loop serves them all
        self._is_late_sometimes = config.has_late_venue and self.exchange == LATE_VENUE
        self._monotonic = monotonic
        self._sleep = sleep

    def instruments(self) -> tuple[Instrument, ...]:
        """In id order."""
        return self._model.listing.instruments

    async def run(self, publisher: RawPublisher) -> None:
        """Publish the opening state, then the market, until cancelled."""
        self._skipped = publisher.counters.counter("market_skipped_ms")
        opening = self._model.opening()
        self._publish(opening, 0, opening.event_count, publisher)
        # The opening is only as old as the feed: a market that was made long ago starts now.
        self._base_ns = max(self._base_ns, self._monotonic() - CATCH_UP_MS_MAX * NS_PER_MS)
        second = 0
        while True:
            tape = self._model.second()
            await self._play(tape, second, publisher)
            second += 1

    async def _play(self, tape: ExchangeTape, second: int, publisher: RawPublisher) -> None:
        turn = 0
        done = 0
        for number in range(SLICES):
            # A slice is complete, and sent, when its market time has passed.
            market_ns = second * NS_PER_S + (number + 1) * SLICE_NS
            late_ns = late_at(market_ns) if self._is_late_sometimes else 0
            if await self._wait_until(market_ns + late_ns):
                turn = 0
            else:
                turn += 1
            if turn >= SLICES_PER_TURN:
                turn = 0
                await self._sleep(0)
            if self._is_late_sometimes:
                late_ms = late_ns // NS_PER_MS
                state = SourceState.LATE if late_ms >= LATE_TOLD_MS else SourceState.OK
                publisher.set_source(state, late_ms if state is SourceState.LATE else 0)
            end = tape.rank_at(self._begin_ns + market_ns - 1)
            self._publish(tape, done, end, publisher)
            done = end

    def _publish(self, tape: ExchangeTape, begin: int, end: int, publisher: RawPublisher) -> None:
        while begin < end:
            cut = tape.cut(begin, end, BATCH_EVENTS_MAX)
            publisher.publish(tape.events(begin, cut))
            begin = cut

    async def _wait_until(self, market_ns: int) -> bool:
        """Sleep until market time; False: it is past already. Bounds how far we catch up."""
        behind_ns = self._monotonic() - self._base_ns - market_ns
        if behind_ns < 0:
            await self._sleep(-behind_ns / NS_PER_S)
            return True
        lost_ns = behind_ns - CATCH_UP_MS_MAX * NS_PER_MS
        if lost_ns > 0:
            self._base_ns += lost_ns
            self._skipped.add(lost_ns // NS_PER_MS)
        return False


def late_at(market_ns: int) -> int:
    """How far the late venue is behind at a market time, ns: it rises, then falls back to 0."""
    since_s = (market_ns / NS_PER_S) % LATE_EVERY_S - LATE_FROM_S
    rising_s = min(since_s, LATE_GROWS_S)
    behind_s = rising_s * LATE_GROWTH - max(0.0, since_s - LATE_GROWS_S) * LATE_RECOVERY
    return int(max(0.0, behind_s) * NS_PER_S)
