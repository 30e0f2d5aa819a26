"""A chart's series on a real bus equals a plain loop over all trades, however late it or they came."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from aggregator.pipeline.service import Pipeline
from core.bus import Bus, ServerAddress
from core.clock import wall_ns
from core.market.bars import BarFlag
from core.market.fields import NULL
from core.market.instruments import Instrument, InstrumentKey
from core.market.intervals import parse_interval
from core.market.trading_day import trading_day
from core.scope import LIVE, Scope
from tests.aggregator.pipeline import reference
from tests.aggregator.pipeline.bar_desk import BarDesk, Row
from tests.aggregator.pipeline.market import TestFeed, instruments
from tests.core.market.plain_bars import SECOND_NS, Trade, plain_counted, plain_timed
from tests.nats_process import NatsServer
from tests.waiting import wait_for

BEGIN_NS = 1_709_928_000 * SECOND_NS
EXCHANGE = "XTST"
DAY = trading_day(EXCHANGE)
KEY = InstrumentKey(EXCHANGE, "S00")
INTERVALS = ("1s", "3s", "1m", "5m", "1d", "7t", "40v")


class Tape:
    """Random trades of one instrument, among those of others; the market's clock is its newest time."""

    def __init__(self, seed: int = 3) -> None:
        self.trades: list[Trade] = []
        self.market_ns = BEGIN_NS
        self._dice = random.Random(seed)

    def trade(
        self, price: int, size: int = 1, *, at_s: float | None = None, **flags: bool
    ) -> reference.Trade:
        if at_s is not None:
            at_ns = BEGIN_NS + round(at_s * 1e9)
            self.market_ns = max(self.market_ns, at_ns)
        else:
            at_ns = self.market_ns
        self.trades.append(Trade(at_ns, price, size, **flags))
        return reference.Trade(0, at_ns, wall_ns(), price, size, **flags)

    def events(self, count: int) -> list[reference.Event]:
        """Trades, some late, some taken back, and quotes; row 1 is another instrument's."""
        found: list[reference.Event] = []
        for _ in range(count):
            self.market_ns += self._dice.choice((0, 5_000_000, 700_000_000, 20_000_000_000))
            price, roll = self._dice.randrange(900, 1_100), self._dice.random()
            if roll < 0.2:
                found.append(reference.Quote(0, self.market_ns, wall_ns(), price - 1, 5, price + 1, 7))
            elif roll < 0.4:
                found.append(reference.Trade(1, self.market_ns, wall_ns(), price, 2))
            elif roll < 0.45 and self.trades:
                old = self._dice.choice(
                    [each for each in self.trades[-9:] if not each.cancel] or self.trades[:1]
                )
                found.append(self._noted(Trade(old.event_ns, old.price, old.size, cancel=True)))
            else:
                late_ns = self._dice.choice((0, 0, 0, 0, 300_000_000, 90_000_000_000))
                at_ns = max(BEGIN_NS, self.market_ns - late_ns)
                found.append(self._noted(Trade(at_ns, price, self._dice.randrange(1, 30))))
        return found

    def _noted(self, trade: Trade) -> reference.Trade:
        self.trades.append(trade)
        return reference.Trade(0, trade.event_ns, wall_ns(), trade.price, trade.size, cancel=trade.cancel)

    def plain(self, text: str) -> list[Row]:
        interval = parse_interval(text)
        if interval.is_timed:
            return plain_timed(self.trades, interval.count, DAY)
        return plain_counted(self.trades, interval.count, DAY, is_volume=text.endswith("v"))


class Market:
    """A feed, a pipeline and charts."""

    def __init__(self, stack: AsyncExitStack, server: NatsServer) -> None:
        self._stack = stack
        self._server = server
        self.tape = Tape()

    async def bus(self, name: str) -> Bus:
        bus = Bus(name, ServerAddress((self._server.url,)))
        await bus.connect()
        self._stack.push_async_callback(bus.close)
        return bus

    async def pipeline(self, scope: Scope = LIVE) -> Pipeline:
        pipeline = Pipeline(
            await self.bus("market"), scope, wall_ns(), random=random.Random(1),
            market_ns=lambda: self.tape.market_ns,
        )  # fmt: skip
        await pipeline.start()
        self._stack.push_async_callback(pipeline.close)
        return pipeline

    async def feed(self, scope: Scope = LIVE, defined: list[Instrument] | None = None) -> TestFeed:
        feed = TestFeed(await self.bus("feed"), EXCHANGE, defined or instruments(EXCHANGE, 3), scope)
        await feed.open()
        feed.idle()
        return feed

    async def chart(self, text: str, key: InstrumentKey = KEY, page_bars: int = 100) -> BarDesk:
        desk = BarDesk(await self.bus("desk"), key, parse_interval(text), page_bars=page_bars)
        await desk.open()
        self._stack.push_async_callback(desk.close)
        return desk

    async def shows_the_truth(self, desk: BarDesk) -> None:
        text = str(desk.interval)
        await wait_for(
            lambda: desk.is_live and desk.rows == self.tape.plain(text), 8.0, f"{text} to show the truth"
        )


@pytest.fixture
async def market(nats_server: NatsServer) -> AsyncIterator[Market]:
    async with AsyncExitStack() as stack:
        yield Market(stack, nats_server)


async def ready(pipeline: Pipeline) -> None:
    await wait_for(lambda: len(pipeline.registry) > 0, 4.0, "the definitions")


@pytest.mark.parametrize("text", INTERVALS)
async def test_a_chart_and_a_late_one_show_every_trade(market: Market, text: str) -> None:
    pipeline = await market.pipeline()
    feed = await market.feed()
    await ready(pipeline)
    early = await market.chart(text)
    for _ in range(4):
        feed.send(market.tape.events(40))
        await market.shows_the_truth(early)
    late = await market.chart(text, page_bars=7)
    feed.send(market.tape.events(40))
    await market.shows_the_truth(early)
    await market.shows_the_truth(late)
    counters = pipeline.figures().counters
    assert counters["bar_updates"] > 0
    assert counters["bar_pages"] > 0


async def test_updates_go_out_at_once_and_then_keep_their_spacing(market: Market) -> None:
    pipeline = await market.pipeline()
    feed = await market.feed()
    await ready(pipeline)
    desk = await market.chart("1m")
    await market.shows_the_truth(desk)
    for number in range(40):
        before = len(desk.blocks)
        feed.send([market.tape.trade(1_000 + number)])
        await wait_for(lambda before=before: len(desk.blocks) > before, 2.0, "an update")  # type: ignore[misc]
    await market.shows_the_truth(desk)
    updates = [at_ns for block, at_ns in zip(desk.blocks, desk.received_ns, strict=True) if len(block.bars)]
    assert all(block.recv_oldest_ns > 0 for block in desk.blocks if len(block.bars))
    # Read on another connection, they come a little less evenly than they were sent.
    assert (updates[-1] - updates[0]) / (len(updates) - 1) > 28e6


async def test_a_quiet_series_says_that_it_is_there(market: Market) -> None:
    pipeline = await market.pipeline()
    feed = await market.feed()
    await ready(pipeline)
    feed.send([market.tape.trade(1_000)])
    desk = await market.chart("1m")
    await market.shows_the_truth(desk)
    count = len(desk.blocks)
    await wait_for(lambda: len(desk.blocks) >= count + 3, 2.0, "headers")
    assert all(not len(block.bars) for block in desk.blocks[count:])
    gaps = [
        later - before
        for before, later in zip(desk.received_ns[count:], desk.received_ns[count + 1 :], strict=False)
    ]
    assert all(gap < 500e6 for gap in gaps)


async def test_the_clock_closes_a_bar_and_a_late_trade_amends_it(market: Market) -> None:
    pipeline = await market.pipeline()
    feed = await market.feed()
    await ready(pipeline)
    feed.send([market.tape.trade(900, at_s=0), market.tape.trade(1_000, at_s=61)])
    desk = await market.chart("1m")
    await market.shows_the_truth(desk)
    assert [BarFlag.CLOSED in each for each in desk.flags] == [True, False]
    market.tape.market_ns = BEGIN_NS + 120 * SECOND_NS
    await wait_for(lambda: BarFlag.CLOSED in desk.flags[-1], 2.0, "the bar to close")
    feed.send([market.tape.trade(1_010, at_s=130)])
    feed.send([market.tape.trade(1_020, at_s=119)])
    await market.shows_the_truth(desk)
    assert [BarFlag.CHANGED in each for each in desk.flags] == [False, True, False]
    assert [BarFlag.CLOSED in each for each in desk.flags] == [True, True, False]


async def test_bars_that_may_lack_trades_say_so(market: Market) -> None:
    pipeline = await market.pipeline()
    feed = await market.feed()
    await ready(pipeline)
    desk = await market.chart("1m")
    for event in (market.tape.trade(900, at_s=30), market.tape.trade(901, at_s=61)):
        feed.send([event])
        await wait_for(lambda: desk.is_live and len(desk.rows) > 0, 4.0, "the first bar")
    feed.send([market.tape.trade(902, at_s=125)])
    await market.shows_the_truth(desk)
    assert [BarFlag.INCOMPLETE in each for each in desk.flags] == [True, False, False]
    states = feed.states_sent
    feed.send([market.tape.trade(950, at_s=130)], lose=True)
    feed.send([market.tape.trade(903, at_s=131)])
    await wait_for(lambda: feed.states_sent > states, 4.0, "the feed to be asked")
    feed.send([market.tape.trade(904, at_s=200)])
    await wait_for(
        lambda: [BarFlag.INCOMPLETE in each for each in desk.flags] == [True, False, True, False],
        4.0,
        "marks",
    )


async def test_who_never_traded_has_mids_until_the_first_trade(market: Market) -> None:
    pipeline = await market.pipeline()
    feed = await market.feed()
    await ready(pipeline)
    desk = await market.chart("1m")
    at_ns = BEGIN_NS
    feed.send([reference.Quote(0, at_ns, wall_ns(), 1_001, 1, 1_002, 1)])
    feed.send([reference.Quote(0, at_ns + 1, wall_ns(), 1_001, 1, NULL, NULL)])
    feed.send([reference.Quote(0, at_ns + 2, wall_ns(), 1_003, 1, 1_005, 1)])
    await wait_for(lambda: desk.prices == [(10_015, 10_040, 10_015, 10_040, NULL)], 4.0, "mids")
    assert desk.feed.series.price_decimals == 3
    assert BarFlag.QUOTE_MID in desk.flags[0]
    version = desk.feed.version
    feed.send([market.tape.trade(1_004, 7, at_s=5)])
    await market.shows_the_truth(desk)
    assert desk.feed.version > version
    assert desk.feed.series.price_decimals == 2
    assert BarFlag.QUOTE_MID not in desk.flags[0]


async def test_finer_decimals_are_another_series_of_the_same_prices(market: Market) -> None:
    pipeline = await market.pipeline()
    feed = await market.feed()
    await ready(pipeline)
    desk = await market.chart("1m")
    feed.send([market.tape.trade(1_000, 3, at_s=1), market.tape.trade(1_001, 4, at_s=70)])
    await market.shows_the_truth(desk)
    version = desk.feed.version
    feed.instruments[:] = instruments(EXCHANGE, 3, price_decimals=4, size_decimals=1)
    feed.version += 1
    feed.define()
    feed.send([reference.Trade(0, BEGIN_NS + 71 * SECOND_NS, wall_ns(), 100_250, 55)])
    expected = [(100_000, 100_000, 100_000, 100_000, 30), (100_100, 100_250, 100_100, 100_250, 95)]
    await wait_for(lambda: desk.is_live and desk.prices == expected, 4.0, "finer bars")
    assert desk.feed.version > version
    assert (desk.feed.series.price_decimals, desk.feed.series.size_decimals) == (4, 1)


async def test_a_source_of_bars_makes_whole_multiples_and_says_what_it_cannot(market: Market) -> None:
    pipeline = await market.pipeline()
    feed = await market.feed()
    await ready(pipeline)
    minute_ns = 60 * SECOND_NS
    begin_ns = BEGIN_NS // (5 * minute_ns) * 5 * minute_ns
    for number in range(7):
        price = 1_000 + number
        feed.send([
            reference.Bar(
                0, begin_ns + number * minute_ns, wall_ns(), price, price + 5, price - 5, price + 1, 10
            )
        ])  # fmt: skip
    five = await market.chart("5m")
    await wait_for(
        lambda: five.prices == [(1_000, 1_009, 995, 1_005, 50), (1_005, 1_011, 1_000, 1_007, 20)], 4.0, "5m"
    )
    assert all(BarFlag.OF_BARS in each for each in five.flags)
    refused = await (await market.chart("15s")).page()
    assert refused.error == "S00 comes as 1-minute bars: choose 1m or longer"
    unknown = await (await market.chart("1m", InstrumentKey(EXCHANGE, "NOBODY"))).page()
    assert "No source has named" in unknown.error


async def test_a_page_is_bounded_and_says_whether_there_is_more(market: Market) -> None:
    pipeline = await market.pipeline()
    feed = await market.feed()
    await ready(pipeline)
    for first in range(0, 6_000, 200):
        feed.send([market.tape.trade(1_000 + n % 7, at_s=first + n) for n in range(200)])
    desk = await market.chart("1s", page_bars=4_000)
    await market.shows_the_truth(desk)
    newest = await desk.page(bars_max=1_000_000)
    assert (len(newest.bars), newest.has_earlier, newest.bars_total) == (5_000, True, 6_000)
    rest = await desk.page(before_key=int(newest.bars.key[0]))
    assert (len(rest.bars), rest.has_earlier) == (1_000, False)
