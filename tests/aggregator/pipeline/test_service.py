"""Feeds, pipeline and desk on a real bus: what the desk shows equals a plain replay, whatever gets lost."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from aggregator.pipeline.service import Pipeline
from core import subjects
from core.bus import Bus, ServerAddress
from core.clock import wall_ns
from core.market.fields import NULL, Field, SourceState
from core.market.groups import group_spec
from core.market.instruments import Instrument, InstrumentKey
from core.scope import LIVE
from core.wire.generated import control_pb2
from tests.aggregator.pipeline.market import Subscriber, TestFeed, instruments
from tests.aggregator.pipeline.reference import Event, Quote, ReferenceTable, Session, Trade
from tests.nats_process import NatsServer
from tests.waiting import wait_for

ROWS = 12


class Market:
    """One feed of `ROWS` instruments, a pipeline, and a desk that shows all of them."""

    def __init__(self, stack: AsyncExitStack, server: NatsServer) -> None:
        self._stack = stack
        self._server = server
        self._dice = random.Random(7)
        self._clock_ns = 1_700_000_000_000_000_000
        self.truth = ReferenceTable(ROWS)

    async def bus(self, name: str) -> Bus:
        bus = Bus(name, ServerAddress((self._server.url,)))
        await bus.connect()
        self._stack.push_async_callback(bus.close)
        return bus

    async def pipeline(self, epoch: int | None = None) -> Pipeline:
        pipeline = Pipeline(await self.bus("market"), LIVE, epoch or wall_ns(), random=random.Random(1))
        await pipeline.start()
        self._stack.push_async_callback(pipeline.close)
        return pipeline

    async def feed(self, exchange: str = "XTST", defined: list[Instrument] | None = None) -> TestFeed:
        feed = TestFeed(await self.bus("feed"), exchange, defined or instruments(exchange, ROWS))
        await feed.open()
        feed.idle()
        return feed

    async def desk(self, cadence_ms: int = 33, keys: list[InstrumentKey] | None = None) -> Subscriber:
        spec = group_spec(keys or [each.key for each in instruments("XTST", ROWS)])
        desk = Subscriber(await self.bus("desk"), spec, cadence_ms=cadence_ms)
        await desk.open()
        self._stack.push_async_callback(desk.close)
        return desk

    def later_ns(self) -> int:
        self._clock_ns += 1_000_000
        return self._clock_ns

    def events(self, count: int) -> list[Event]:
        """Random events, folded into the truth."""
        found: list[Event] = []
        for _ in range(count):
            self._clock_ns += self._dice.randrange(1_000, 1_000_000)
            row, price = self._dice.randrange(ROWS), self._dice.randrange(9_000, 11_000)
            now_ns = wall_ns()
            kind = self._dice.random()
            if kind < 0.7:
                found.append(Quote(row, self._clock_ns, now_ns, price - 1, 5, price + 1, 7))
            elif kind < 0.95:
                found.append(Trade(row, self._clock_ns, now_ns, price, 3, history=kind > 0.93))
            else:
                found.append(Session(row, self._clock_ns, now_ns, NULL, price, NULL, 9_500, NULL, 255))
        for event in found:
            self.truth.fold(event)
        return found

    async def shows_the_truth(self, desk: Subscriber, timeout_s: float = 8.0) -> None:
        """The desk is live and every value is the reference's."""
        await wait_for(
            lambda: desk.is_live and desk.values() == self.truth.rows, timeout_s, "the desk to show the truth"
        )


@pytest.fixture
async def market(nats_server: NatsServer) -> AsyncIterator[Market]:
    async with AsyncExitStack() as stack:
        yield Market(stack, nats_server)


async def test_a_desk_shows_what_the_feed_sent(market: Market) -> None:
    pipeline, feed, desk = await market.pipeline(), await market.feed(), await market.desk()
    for _ in range(20):
        feed.send(market.events(25))
    await market.shows_the_truth(desk)
    figures = pipeline.figures()
    assert figures.counters["ticks"] == 500
    assert figures.groups == 1
    assert figures.sources["XTST"].state is SourceState.OK
    assert feed.states_sent <= 1


async def test_a_late_desk_and_a_second_desk_see_the_same(market: Market) -> None:
    await market.pipeline()
    feed, desk = await market.feed(), await market.desk()
    feed.send(market.events(200))
    late = await market.desk()
    feed.send(market.events(50))
    await market.shows_the_truth(desk)
    await market.shows_the_truth(late)


async def test_an_aggregator_that_comes_late_asks_for_what_it_missed(market: Market) -> None:
    feed = await market.feed()
    feed.send(market.events(100))
    await market.pipeline()
    desk = await market.desk()
    feed.idle()
    await market.shows_the_truth(desk)
    feed.send(market.events(100))
    await market.shows_the_truth(desk)


async def test_a_lost_raw_message_is_made_good_by_the_feeds_state(market: Market) -> None:
    pipeline, feed, desk = await market.pipeline(), await market.feed(), await market.desk()
    feed.send(market.events(100))
    await market.shows_the_truth(desk)
    feed.send(market.events(40), lose=True)
    feed.send(market.events(40))
    feed.send(market.events(40), repeat=3)
    await market.shows_the_truth(desk)
    counters = pipeline.figures().counters
    assert counters["raw_gaps"] == 1
    assert counters["raw_states"] >= 1


async def test_a_lost_last_message_is_noticed_in_silence(market: Market) -> None:
    await market.pipeline()
    feed, desk = await market.feed(), await market.desk()
    feed.send(market.events(100))
    await market.shows_the_truth(desk)
    feed.send(market.events(40), lose=True)
    feed.idle()
    await market.shows_the_truth(desk)


async def test_a_restarted_aggregator_ends_with_the_same_table(market: Market) -> None:
    pipeline, feed, desk = await market.pipeline(epoch=1_000), await market.feed(), await market.desk()
    feed.send(market.events(100))
    await market.shows_the_truth(desk)
    await pipeline.close()
    feed.send(market.events(60))
    await market.pipeline(epoch=1_001)
    feed.idle()
    await wait_for(lambda: desk.feed.epoch == 1_001, 5.0, "the desk to follow the new epoch")
    await market.shows_the_truth(desk)
    feed.send(market.events(60))
    await market.shows_the_truth(desk)


async def test_a_restarted_feed_begins_anew(market: Market) -> None:
    await market.pipeline()
    feed, desk = await market.feed(), await market.desk()
    feed.send(market.events(100))
    await market.shows_the_truth(desk)
    feed.restart()
    market.truth = ReferenceTable(ROWS)
    feed.send(market.events(30))
    await market.shows_the_truth(desk)


async def test_a_feed_that_falls_silent_is_down_and_comes_back(market: Market) -> None:
    await market.pipeline()
    feed, desk = await market.feed(), await market.desk()
    feed.send(market.events(50))
    await market.shows_the_truth(desk)

    def is_down() -> bool:
        return desk.is_live and bool((desk.feed.source_states == SourceState.DOWN).all())

    assert not is_down()
    await wait_for(is_down, 3.0, "the source to be down")
    feed.idle()
    await wait_for(lambda: not is_down(), 1.0, "the source to be back")
    assert desk.values() == market.truth.rows


async def test_an_instrument_that_appears_later_fills_its_row(market: Market) -> None:
    await market.pipeline()
    feed = await market.feed(defined=instruments("XTST", ROWS - 1))
    desk = await market.desk()
    await wait_for(lambda: desk.is_live, 5.0, "the desk to be live")
    assert not desk.feed.instruments[ROWS - 1].known
    feed.instruments = instruments("XTST", ROWS)
    feed.version += 1
    feed._newest.define(feed.instruments[:-1], feed.instruments)
    feed.define()
    feed.send(market.events(100))
    await market.shows_the_truth(desk)
    assert desk.feed.instruments[ROWS - 1].known


async def test_finer_decimals_keep_every_price(market: Market) -> None:
    await market.pipeline()
    feed, desk = await market.feed(), await market.desk()
    feed.send([Quote(0, 1_000, wall_ns(), 9_999, 1, 10_001, 2), Trade(0, 2_000, wall_ns(), 10_000, 4)])
    await wait_for(lambda: desk.feed.table.column(Field.LAST)[0] == 10_000, 5.0, "the first trade")
    feed.instruments = instruments("XTST", ROWS, price_decimals=4, size_decimals=1)
    feed.version += 1
    feed.define()
    await wait_for(lambda: desk.feed.instruments[0].price_decimals == 4, 5.0, "the new layout")
    assert desk.feed.table.column(Field.LAST)[0] == 1_000_000
    assert desk.feed.table.column(Field.VOLUME)[0] == 40
    feed.send([Trade(0, 3_000, wall_ns(), 1_000_001, 5)])
    await wait_for(lambda: desk.feed.table.column(Field.LAST)[0] == 1_000_001, 5.0, "the finer trade")
    assert desk.feed.table.column(Field.VOLUME)[0] == 45
    assert desk.feed.table.column(Field.BID)[0] == 999_900


async def test_a_focused_window_is_served_every_16_ms(market: Market) -> None:
    await market.pipeline()
    feed, desk = await market.feed(), await market.desk(cadence_ms=16)
    feed.send(market.events(10))
    await market.shows_the_truth(desk)
    await wait_for(lambda: desk.feed.cadence_ms == 16, 2.0, "the fast cadence")


async def test_the_directory_lists_every_instrument_and_its_source(market: Market) -> None:
    pipeline = await market.pipeline()
    desk_bus, heard = await market.bus("desk"), []
    await desk_bus.subscribe(subjects.directory(LIVE), lambda _subject, data, _reply: heard.append(data))
    await desk_bus.flush()
    await market.feed()
    await wait_for(lambda: heard and pipeline.sources.figures, 5.0, "the directory")
    asked = await desk_bus.request(subjects.directory_get(LIVE), b"", 2_000)
    for data in (heard[-1], asked):
        directory = control_pb2.Directory.FromString(data)
        assert [each.key.symbol for each in directory.instruments] == [f"S{n:02}" for n in range(ROWS)]
        assert directory.instruments[0].price_decimals == 2
        assert directory.epoch == pipeline.epoch
    assert [(each.exchange, each.instruments) for each in directory.sources] == [("XTST", ROWS)]


async def test_a_group_that_cannot_be_served_is_answered_with_the_reason(market: Market) -> None:
    await market.pipeline()
    bus = await market.bus("desk")
    nothing = control_pb2.GroupUpdate().SerializeToString()
    reply = control_pb2.GroupReply.FromString(
        await bus.request(subjects.group_update(LIVE), nothing, timeout_ms=2_000)
    )
    assert "at least one instrument" in reply.error
    reply = control_pb2.GroupReply.FromString(
        await bus.request(subjects.group_update(LIVE), b"\xff\xff", timeout_ms=2_000)
    )
    assert reply.error
    asked = control_pb2.GroupUpdate()
    asked.instruments.add(exchange="XTST", symbol="S00")
    reply = control_pb2.GroupReply.FromString(
        await bus.request(subjects.group_update(LIVE), asked.SerializeToString(), timeout_ms=2_000)
    )
    assert (reply.group, reply.error) == (group_spec([InstrumentKey("XTST", "S00")]).group_id, "")


async def test_nonsense_on_any_subject_is_counted_and_changes_nothing(market: Market) -> None:
    pipeline, feed, desk = await market.pipeline(), await market.feed(), await market.desk()
    feed.send(market.events(50))
    await market.shows_the_truth(desk)
    bus = await market.bus("vandal")
    for subject in (
        subjects.definitions(LIVE, "XTST"), subjects.group_update(LIVE), subjects.interest(LIVE, "a", "b"),
        subjects.raw_mix(LIVE, "XTST"), subjects.snapshot_get(LIVE, "nobody"),
    ):  # fmt: skip
        bus.publish(subject, b"\xff\x00nonsense")
    await bus.flush()
    feed.send(market.events(50))
    await market.shows_the_truth(desk)
    counters = pipeline.figures().counters
    assert counters["raw_rejected"] == 1
    assert counters["requests_rejected"] == 3


async def test_in_a_quiet_market_a_tick_waits_for_no_header(market: Market) -> None:
    """How many milliseconds it takes is measured by `tapedeckd bench e2e`, not here."""
    await market.pipeline()
    feed, desk = await market.feed(), await market.desk()
    feed.send(market.events(20))
    await market.shows_the_truth(desk)
    for number in range(7):
        headers = desk.feed.counters.idle
        await wait_for(lambda: desk.feed.counters.idle > headers, 2.0, "quiet")  # noqa: B023
        headers = desk.feed.counters.idle
        feed.send([Trade(0, market.later_ns(), wall_ns(), 10_000 + number, 1)])
        await wait_for(lambda: desk.feed.table.column(Field.LAST)[0] == 10_000 + number)  # noqa: B023
        assert desk.feed.counters.idle == headers
