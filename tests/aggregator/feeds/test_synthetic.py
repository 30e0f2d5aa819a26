"""The synthetic market: the same for the same seed, believable, and never impossible."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.feeds.events import EventBlock
from aggregator.feeds.recorded.tape import ExchangeTape
from aggregator.feeds.synthetic.feed import (
    CATCH_UP_MS_MAX,
    LATE_EVERY_S,
    SyntheticConfig,
    late_at,
    synthetic_feeds,
)
from aggregator.feeds.synthetic.listing import VENUES, make_listings
from aggregator.feeds.synthetic.model import HALT_EVERY_S, VenueModel
from aggregator.feeds.synthetic.weather import SLICE_NS, SLICES, WeatherMaker
from core.clock import NS_PER_S
from core.market.fields import SourceState, TradingState
from core.metrics import Counters
from core.settings import INSTRUMENTS_MAX
from tests.aggregator.feeds import played

BEGIN_NS = 1_704_205_800_000_000_000


def _market(seed: int = 7, count: int = 120, rate: float = 2_000.0) -> list[VenueModel]:
    return [
        VenueModel(listing, seed, number, rate, BEGIN_NS)
        for number, listing in enumerate(make_listings(seed, count))
    ]


def _bytes(tape: ExchangeTape) -> list[bytes]:
    return [
        bytes(getattr(events, name)) if getattr(events, name) is not None else b""
        for _, events in tape.block.kinds()
        for name in events.__slots__
    ]


@given(st.integers(0, 2**31), st.integers(1, 40))
@settings(max_examples=15, deadline=None)
def test_the_same_seed_gives_the_same_bytes(seed: int, count: int) -> None:
    first, second = _market(seed, count), _market(seed, count)
    for one, other in zip(first, second, strict=True):
        assert one.listing.instruments == other.listing.instruments
        for _ in range(2):
            assert _bytes(one.second()) == _bytes(other.second())


def test_another_seed_is_another_market() -> None:
    assert _bytes(_market(1)[0].second()) != _bytes(_market(2)[0].second())


@given(st.integers(0, 2**31), st.floats(50.0, 20_000.0), st.integers(1, 300))
@settings(max_examples=25, deadline=None)
def test_no_event_is_impossible(seed: int, rate: float, count: int) -> None:
    for model in _market(seed, count, rate):
        for second in range(3):
            tape = model.second()
            quotes, trades = tape.block.quotes, tape.block.trades
            assert quotes is not None
            assert trades is not None
            assert (quotes.bid < quotes.ask).all()
            assert (quotes.bid > 0).all()
            assert (quotes.bid_size > 0).all()
            assert (quotes.ask_size > 0).all()
            assert (trades.size > 0).all()
            assert (quotes.bid % model.listing.tick[quotes.instrument] == 0).all()
            begin_ns = BEGIN_NS + second * NS_PER_S
            assert (np.diff(tape.time_ns) >= 0).all()
            assert ((tape.time_ns >= begin_ns) & (tape.time_ns < begin_ns + NS_PER_S)).all()


def test_trades_happen_at_the_standing_quote_and_never_while_halted() -> None:
    halts = reopenings = 0
    for model in _market(count=40, rate=300.0):
        opening = model.opening().block
        assert opening.quotes is not None
        quotes = {
            i: (int(opening.quotes.bid[i]), int(opening.quotes.ask[i])) for i in range(len(model.listing))
        }
        halted: set[str] = set()
        number = {each.key.symbol: i for i, each in enumerate(model.listing.instruments)}
        decimals = model.listing.kind.price_decimals
        for _ in range(200):
            for kind, instrument, event in played.events(model.second()):
                symbol = instrument.key.symbol
                if kind == "sessions":
                    is_halt = event["trading_state"] == TradingState.HALTED
                    assert is_halt != (symbol in halted)
                    halts += is_halt
                    reopenings += not is_halt
                    (halted.add if is_halt else halted.remove)(symbol)
                    continue
                assert symbol not in halted
                if kind == "quotes":
                    quotes[number[symbol]] = (event["bid"] * 10**decimals, event["ask"] * 10**decimals)
                else:
                    taker_buys = event["flags"] == 1
                    assert event["price"] * 10**decimals == quotes[number[symbol]][taker_buys]
    assert halts >= 1
    assert reopenings >= 1


def test_about_the_rate_that_was_asked_for() -> None:
    seconds = 90
    model = _market(count=200, rate=2_000.0)
    counts = np.array([[each.second().event_count for each in model] for _ in range(seconds)]).sum(axis=1)
    assert 1_800 < counts.mean() < 2_400
    assert counts[:5].mean() > 1.4 * counts[20:].mean()  # the opening rush
    assert 3_000 < counts.max() < 4_300
    assert counts.std() > 2 * np.sqrt(counts.mean())  # bursts, not noise


def test_prices_move_together_and_stay_in_reach() -> None:
    model = _market(count=60, rate=6_000.0)[0]
    path = []
    for _ in range(120):
        model.second()
        path.append(np.log((model._bid + model._ask) / 2.0))
    moves = np.diff(np.array(path)[::5], axis=0)
    active = np.argsort(model.listing.activity)[-8:]
    correlation = np.corrcoef(moves[:, active].T)
    assert correlation[np.triu_indices(8, 1)].mean() > 0.2
    drift = np.abs(np.exp(path[-1] - path[0]) - 1.0)
    assert drift.max() < 0.2
    assert np.median(drift) < 0.03


def test_the_opening_tells_close_open_and_volume() -> None:
    model = _market()[0]
    opening = model.opening().block
    count = len(model.listing)
    assert opening.event_count == 3 * count
    assert opening.sessions is not None
    assert (opening.sessions.reference == model.listing.reference).all()
    assert (opening.sessions.volume > 0).all()
    assert (opening.sessions.open > 0).all()


@pytest.mark.parametrize("count", [1, 2, 100, 500, 5_000, INSTRUMENTS_MAX])
def test_any_number_of_instruments_with_names_like_no_real_ones(count: int) -> None:
    listings = make_listings(7, count)
    keys = [instrument.key for listing in listings for instrument in listing.instruments]
    assert len(keys) == len(set(keys)) == count
    assert {key.exchange for key in keys} <= {kind.exchange for kind in VENUES}
    assert all("Q" in key.symbol for key in keys)
    assert sum(float(listing.activity.sum()) for listing in listings) == pytest.approx(1.0)


def test_activity_is_uneven() -> None:
    drawn = Counter[int]()
    for model in _market(count=100, rate=4_000.0)[:1]:
        for _ in range(10):
            quotes = model.second().block.quotes
            assert quotes is not None
            drawn.update(quotes.instrument.tolist())
    counts = sorted(drawn.values())
    assert counts[-1] > 5 * counts[len(counts) // 2]


def test_weather_is_the_same_for_every_venue() -> None:
    one, other = WeatherMaker(3), WeatherMaker(3)
    for _ in range(5):
        first, second = one.second(), other.second()
        assert (first.rate == second.rate).all()
        assert (first.factor == second.factor).all()
        assert len(first.rate) == SLICES
        assert (first.rate < 2.0).all()


def test_the_late_venue_falls_behind_and_catches_up() -> None:
    behind = [late_at(int(second * NS_PER_S)) for second in np.arange(0.0, 2 * LATE_EVERY_S, 0.005)]
    assert max(behind) == pytest.approx(2 * NS_PER_S, rel=0.01)
    assert behind[0] == 0
    assert np.mean(np.array(behind) > 0) < 0.2
    # What is sent later never overtakes what is sent earlier.
    sent = np.arange(len(behind)) * 5_000_000 + np.array(behind)
    assert (np.diff(sent) > 0).all()


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="0 synthetic instruments"):
        SyntheticConfig(instruments=0)
    with pytest.raises(ValueError, match="ticks a second"):
        SyntheticConfig(ticks_per_s=1e6)
    assert [feed.exchange for feed in synthetic_feeds(SyntheticConfig())] == [
        kind.exchange for kind in VENUES
    ]
    assert HALT_EVERY_S > 0


class Enough(Exception):
    """Two seconds have passed."""


class Beat:
    """Monotonic time that passes only while the feed sleeps, and a publisher that notes what it got when."""

    def __init__(self) -> None:
        self.now_ns = 77 * NS_PER_S
        self.counters = Counters()
        self.published: list[tuple[int, EventBlock]] = []
        self.states: list[tuple[SourceState, int]] = []

    def __call__(self) -> int:
        return self.now_ns

    async def sleep(self, seconds: float) -> None:
        self.now_ns += max(1, round(seconds * NS_PER_S))
        if self.now_ns > 79 * NS_PER_S:
            raise Enough

    def publish(self, block: EventBlock) -> None:
        self.published.append((self.now_ns, block))

    def set_source(self, state: SourceState, late_ms: int = 0) -> None:
        self.states.append((state, late_ms))


async def _run(venue: int, held_up_s: float) -> Beat:
    beat = Beat()
    naps = 0

    async def nap(seconds: float) -> None:
        nonlocal naps
        naps += 1
        await beat.sleep(seconds + (held_up_s if naps == 50 else 0.0))

    feed = synthetic_feeds(SyntheticConfig(begin_ns=BEGIN_NS), monotonic=beat, sleep=nap)[venue]
    with pytest.raises(Enough):
        await feed.run(beat)  # type: ignore[arg-type]
    return beat


@pytest.mark.parametrize("held_up_s", [0.0, 0.3, 1.2])
async def test_sent_once_its_market_time_has_passed(held_up_s: float) -> None:
    beat = await _run(0, held_up_s)
    late_ns = []
    for now_ns, block in beat.published:
        for _, events in block.kinds():
            late_ns.append(now_ns - 77 * NS_PER_S - int(events.event_ns.max() - BEGIN_NS))
    skipped_ms = beat.counters.totals()["market_skipped_ms"]
    assert min(late_ns) >= 0
    if held_up_s < CATCH_UP_MS_MAX / 1_000:
        assert skipped_ms == 0
        assert late_ns[-1] <= 2 * SLICE_NS  # caught up
    else:
        assert skipped_ms == pytest.approx(1_000 * held_up_s - CATCH_UP_MS_MAX, abs=20)


async def test_what_is_sent_does_not_depend_on_when() -> None:
    smooth = await _run(1, 0.0)
    rough = await _run(1, 0.7)
    pairs = list(zip(smooth.published, rough.published, strict=False))
    assert len(pairs) > 100
    for (_, one), (_, other) in pairs:
        for (name, events), (same_name, same) in zip(one.kinds(), other.kinds(), strict=True):
            assert name == same_name
            assert (events.event_ns == same.event_ns).all()
