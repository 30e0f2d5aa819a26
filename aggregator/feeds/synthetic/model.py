"""One venue's market, a second at a time: quotes, trades and halts of all its instruments.

The same seed, rate and listing give the same events whatever the wall clock does. Within a second everything
is columns: events are drawn, sorted by instrument and time, prices walk along each instrument, and trades
happen at the quote that stands. Quotes never cross, sizes are positive, and a halted instrument is silent.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aggregator.feeds.events import EventBlock
from aggregator.feeds.recorded.tape import ExchangeTape
from aggregator.feeds.synthetic.listing import FACTOR_VOLATILITY, VenueListing
from aggregator.feeds.synthetic.weather import SLICE_NS, SLICE_S, SLICES, Weather, WeatherMaker
from core.clock import NS_PER_S
from core.market.fields import NULL, TradingState
from core.wire.raw_events import QuoteEvents, SessionEvents, TradeEvents, TradeFlag

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TRADE_SHARE: Final = 0.17
TAKER_IS_RIGHT: Final = 0.68  # share of trades on the side that the price then moves to
HOT: Final = 0.8  # spread of the log of a second's own activity
MEAN_REVERSION: Final = 0.02  # share of the gap to the opening price that closes in a second
HALT_EVERY_S: Final = 40.0  # over all venues
HALT_S: Final = (7.0, 24.0)
SIZE_LOTS_MAX: Final = 50_000.0
AUCTION_LOTS: Final = 40.0
_NONE: Final = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Events of a second sorted by instrument and time. Prices are counts."""

    instrument: Ints
    time_ns: Ints
    is_trade: NDArray[np.bool_]
    bid: Ints
    ask: Ints
    buys: NDArray[np.bool_]


class VenueModel:
    """Call `opening` once, then `second` for every second in order."""

    def __init__(
        self,
        listing: VenueListing,
        seed: int,
        venue: int,
        ticks_per_s: float,
        begin_ns: int,
        has_rush: bool = True,
    ) -> None:
        self.listing = listing
        self._seed = [seed, 4, venue]
        self._second = 0
        self._begin_ns = begin_ns
        self._weather = WeatherMaker(seed, has_rush)
        self._ticks_per_s = ticks_per_s * float(listing.activity.sum())
        count = len(listing)
        dice = np.random.default_rng([*self._seed, 0])
        self._opened = dice.normal(0.0, 60.0, count) * listing.volatility  # log gap over night
        self._walk = self._opened.copy()
        self._bid, self._ask = self._quote(self._walk, np.arange(count), listing.spread_ticks)
        self._event_ns = np.zeros(count, np.int64)
        self._halted_until_ns = np.zeros(count, np.int64)
        self._own = np.sqrt(listing.volatility**2 - (listing.beta * FACTOR_VOLATILITY) ** 2)

    # ---- events ------------------------------------------------------------------------------------------
    def opening(self) -> ExchangeTape:
        """The state at the open: previous close, first quotes, opening auction; one message an instrument."""
        listing = self.listing
        count = len(listing)
        dice = np.random.default_rng([*self._seed, 1])
        rows = np.arange(count)
        ids = rows.astype(np.uint32)
        price = np.where(dice.random(count) < 0.5, self._bid, self._ask)
        volume = self._sizes(dice, rows, AUCTION_LOTS)
        at = np.full(count, self._begin_ns)
        bid_size, ask_size = self._sizes(dice, rows, 1.0), self._sizes(dice, rows, 1.0)
        history = np.full(count, int(TradeFlag.HISTORY), np.uint8)
        trading = np.full(count, int(TradingState.TRADING), np.uint8)
        block = EventBlock(
            quotes=QuoteEvents(ids, at, at, self._bid.copy(), bid_size, self._ask.copy(), ask_size),
            trades=TradeEvents(ids, at, at, price, volume, history),
            sessions=SessionEvents(ids, at, at, price, price, price, listing.reference, volume, trading),
        )
        orders = (3 * rows + 1, 3 * rows + 2, None, None, 3 * rows)
        time_ns = np.full(3 * count, self._begin_ns)
        return ExchangeTape(listing.kind.exchange, listing.instruments, time_ns, 3 * rows + 3, block, orders)

    def second(self) -> ExchangeTape:
        """The next second, as a tape of its own."""
        dice = np.random.default_rng([*self._seed, 2, self._second])
        weather = self._weather.second()
        halts = self._halts(dice)
        tape = self._tape(dice, self._draw(dice, weather, halts), halts)
        self._second += 1
        return tape

    def _draw(self, dice: np.random.Generator, weather: Weather, halts: "_Halts") -> _Drawn:
        listing = self.listing
        counts = dice.poisson(self._ticks_per_s * SLICE_S * weather.rate)
        slices = np.repeat(np.arange(SLICES), counts)
        total = len(slices)
        begin_ns = self._begin_ns + self._second * NS_PER_S
        time_ns = begin_ns + slices * SLICE_NS + dice.integers(0, SLICE_NS, total)
        weights = np.cumsum(listing.activity * np.exp(HOT * dice.standard_normal(len(listing))))
        instrument = np.searchsorted(weights, dice.random(total) * weights[-1], "right")
        silent = (time_ns >= halts.begin_ns[instrument]) & (time_ns < self._halted_until_ns[instrument])
        order = np.lexsort((time_ns, instrument))
        order = order[~silent[order]]
        total = len(order)
        instrument, time_ns, slices = instrument[order], time_ns[order], slices[order]
        walk = self._walk_on(dice, instrument, time_ns, slices, weather)
        spread = listing.spread_ticks[instrument] + dice.poisson(0.22 * weather.wildness[slices])
        bid, ask = self._quote(walk, instrument, spread)
        is_trade = dice.random(total) < TRADE_SHARE
        rising = np.diff(walk, append=walk[-1:]) >= 0
        buys = rising == (dice.random(total) < TAKER_IS_RIGHT)
        bid, ask = self._standing(instrument, is_trade, bid, ask)
        return _Drawn(instrument, time_ns, is_trade, bid, ask, buys)

    def _walk_on(
        self,
        dice: np.random.Generator,
        instrument: Ints,
        time_ns: Ints,
        slices: Ints,
        weather: Weather,
    ) -> Floats:
        """Log prices at every event: the common factor plus heavy-tailed own steps since the last event."""
        listing = self.listing
        starts = np.ones(len(instrument), np.bool_)
        starts[1:] = instrument[1:] != instrument[:-1]
        before = np.where(starts, self._event_ns[instrument], np.roll(time_ns, 1))
        begin_ns = self._begin_ns + self._second * NS_PER_S
        before = np.maximum(before, begin_ns - NS_PER_S)
        elapsed_s = (time_ns - before) / NS_PER_S
        tails = dice.standard_t(4.0, len(instrument)) / np.sqrt(2.0)
        steps = self._own[instrument] * weather.wildness[slices] * np.sqrt(elapsed_s) * tails
        walked = np.cumsum(steps)
        base = np.maximum.accumulate(np.where(starts, np.arange(len(starts)), 0))
        own = walked - walked[base] + steps[base] if len(steps) else walked
        self._walk -= MEAN_REVERSION * (self._walk - self._opened)
        walk = self._walk[instrument] + own + listing.beta[instrument] * weather.factor[slices]
        ends = _changes_after(instrument)
        self._walk += listing.beta * weather.factor[-1]
        self._walk[instrument[ends]] += own[ends]
        self._event_ns[instrument[ends]] = time_ns[ends]
        return walk

    def _quote(self, walk: Floats, instrument: Ints, spread_ticks: Ints) -> tuple[Ints, Ints]:
        """Bid and ask around a log price, in counts, at least one tick apart."""
        listing = self.listing
        tick = listing.tick[instrument]
        middle = listing.reference[instrument] * np.exp(walk) / tick
        bid = np.maximum(np.rint(middle - spread_ticks / 2.0).astype(np.int64), 1)
        return bid * tick, (bid + spread_ticks) * tick

    def _standing(
        self, instrument: Ints, is_trade: NDArray[np.bool_], bid: Ints, ask: Ints
    ) -> tuple[Ints, Ints]:
        """Trades take the quote that stands: the last one of their instrument, maybe of an earlier second."""
        rows = np.arange(len(instrument))
        quoted = np.maximum.accumulate(np.where(is_trade, -1, rows))
        same = (quoted >= 0) & (instrument[np.maximum(quoted, 0)] == instrument)
        picked = np.maximum(quoted, 0)
        bid = np.where(same, bid[picked], self._bid[instrument])
        ask = np.where(same, ask[picked], self._ask[instrument])
        last = _changes_after(instrument)
        self._bid[instrument[last]] = bid[last]
        self._ask[instrument[last]] = ask[last]
        return bid, ask

    def _sizes(self, dice: np.random.Generator, instrument: Ints, scale: float) -> Ints:
        """Heavy-tailed sizes, mostly in round lots."""
        listing = self.listing
        tails = np.exp(dice.standard_normal(len(instrument)) * 0.9) * (
            1.0 + dice.pareto(2.2, len(instrument))
        )
        lots = np.clip(np.ceil(scale * listing.size_lots[instrument] * tails), 1.0, SIZE_LOTS_MAX)
        sizes = lots.astype(np.int64) * listing.kind.lot
        odd = dice.random(len(instrument)) < 0.12
        return np.where(odd, np.maximum(1, sizes * dice.integers(1, 100, len(instrument)) // 100), sizes)

    # ---- halts -------------------------------------------------------------------------------------------
    def _halts(self, dice: np.random.Generator) -> "_Halts":
        """Who stops and who reopens within this second."""
        begin_ns = self._begin_ns + self._second * NS_PER_S
        ends = self._halted_until_ns
        reopened = np.flatnonzero((ends > 0) & (ends >= begin_ns) & (ends < begin_ns + NS_PER_S))
        nothing = np.zeros(0, np.int64)
        halts = _Halts(np.full(len(self.listing), begin_ns), reopened, nothing, nothing)
        chance = float(self.listing.activity.sum()) / HALT_EVERY_S
        if dice.random() < chance:
            weights = np.cumsum(self.listing.activity)
            number = int(np.searchsorted(weights, dice.random() * weights[-1], "right"))
            if ends[number] <= begin_ns:
                halts.begin_ns[number] = begin_ns + int(dice.integers(NS_PER_S // 2))
                ends[number] = halts.begin_ns[number] + int(dice.uniform(*HALT_S) * NS_PER_S)
                halts.halted = number
        self._reopen(dice, halts)
        return halts

    def _reopen(self, dice: np.random.Generator, halts: "_Halts") -> None:
        """The price has moved on while nobody could trade."""
        reopened = halts.reopened
        self._walk[reopened] += (
            self._own[reopened] * np.sqrt(sum(HALT_S)) * dice.standard_t(4.0, len(reopened))
        )
        spread = self.listing.spread_ticks[reopened] * 2
        halts.bid, halts.ask = self._quote(self._walk[reopened], reopened, spread)
        self._bid[reopened], self._ask[reopened] = halts.bid, halts.ask

    # ---- columns -----------------------------------------------------------------------------------------
    def _tape(self, dice: np.random.Generator, drawn: _Drawn, halts: "_Halts") -> ExchangeTape:
        """Drawn events, halts and reopening auctions in order of time."""
        reopened = halts.reopened
        at = self._halted_until_ns[reopened]
        quote = np.flatnonzero(~drawn.is_trade)
        trade = np.flatnonzero(drawn.is_trade)
        quote_ids = np.concatenate((drawn.instrument[quote], reopened))
        trade_ids = np.concatenate((drawn.instrument[trade], reopened))
        buys = np.concatenate((drawn.buys[trade], np.ones(len(reopened), np.bool_)))
        bid = np.concatenate((drawn.bid[quote], halts.bid))
        ask = np.concatenate((drawn.ask[quote], halts.ask))
        price = np.concatenate((np.where(drawn.buys[trade], drawn.ask[trade], drawn.bid[trade]), halts.ask))
        size = self._sizes(dice, trade_ids, 0.35)
        size[len(trade) :] *= int(AUCTION_LOTS)
        halted = np.array([] if halts.halted is None else [halts.halted], np.int64)
        session_ids = np.concatenate((halted, reopened))
        states = np.repeat((TradingState.HALTED, TradingState.TRADING), (len(halted), len(reopened)))
        # At a reopening: first the state, then the quote, then the auction's trade.
        times = [
            np.concatenate((drawn.time_ns[quote], at + 1)),
            np.concatenate((drawn.time_ns[trade], at + 2)),
            np.concatenate((halts.begin_ns[halted], at)),
        ]
        sorts = [np.argsort(time, kind="stable") for time in times]
        ranks = _ranks([time[sort] for time, sort in zip(times, sorts, strict=True)])
        quotes, trades, sessions = sorts
        flags = np.where(buys, int(TradeFlag.BUYER_TAKES), int(TradeFlag.SELLER_TAKES)).astype(np.uint8)
        none = np.full(len(session_ids), NULL)
        time_ns = np.sort(np.concatenate(times), kind="stable")
        sizes = self._sizes(dice, quote_ids, 1.0), self._sizes(dice, quote_ids, 1.0)
        block = EventBlock(
            quotes=QuoteEvents(
                quote_ids[quotes].astype(np.uint32), times[0][quotes], times[0][quotes], bid[quotes],
                sizes[0][quotes], ask[quotes], sizes[1][quotes],
            ),
            trades=TradeEvents(
                trade_ids[trades].astype(np.uint32), times[1][trades], times[1][trades], price[trades],
                size[trades], flags[trades],
            ),
            sessions=SessionEvents(
                session_ids[sessions].astype(np.uint32), times[2][sessions], times[2][sessions], none, none,
                none, none, none, states[sessions].astype(np.uint8),
            ),
        )  # fmt: skip
        listing = self.listing
        orders = tuple(rank if len(rank) else None for rank in (ranks[0], ranks[1], _NONE, _NONE, ranks[2]))
        units = np.arange(1, len(time_ns) + 1)
        return ExchangeTape(listing.kind.exchange, listing.instruments, time_ns, units, block, orders)


@dataclass(slots=True)
class _Halts:
    """A second's halts. `begin_ns` is the second's begin for everybody but the one that stops in it."""

    begin_ns: Ints
    reopened: Ints  # instruments, and the quotes they come back with
    bid: Ints
    ask: Ints
    halted: int | None = None


def _changes_after(instrument: Ints) -> NDArray[np.bool_]:
    """The last event of each run of one instrument."""
    last = np.ones(len(instrument), np.bool_)
    last[:-1] = instrument[1:] != instrument[:-1]
    return last


def _ranks(times: list[Ints]) -> list[Ints]:
    """For sorted time columns: each event's place among all, ties in the order of the columns."""
    order = np.argsort(np.concatenate(times), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return np.split(rank, np.cumsum([len(time) for time in times])[:-1])
