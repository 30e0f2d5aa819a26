"""A session that is turned: silence, then every group and series anew, as if nothing had been before."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aggregator.feeds.recorded.load import load_tape
from aggregator.feeds.recorded.tape import Gap
from aggregator.pipeline.service import Pipeline
from aggregator.replay.backfill import TapeBackfill
from aggregator.replay.reel import Reel, prepare
from core.bus import Bus, ServerAddress
from core.clock import NS_PER_S, monotonic_ns, wall_ns
from core.market.bars import I64, BarColumns, BarFlag
from core.market.groups import group_spec
from core.market.instruments import InstrumentKey
from core.market.intervals import parse_interval
from core.market.trades import TradeColumns
from core.market.trading_day import trading_day
from core.metrics import Counters
from core.scope import Scope
from tests.aggregator.pipeline import reference
from tests.aggregator.pipeline.bar_desk import BarDesk
from tests.aggregator.pipeline.market import Subscriber, TestFeed, instruments
from tests.core.market.plain_bars import SECOND_NS, Trade, plain_timed
from tests.core.market.test_bar_builder import as_columns
from tests.nats_process import NatsServer
from tests.waiting import wait_for

SCOPE = Scope("turned")
EXCHANGE = "XTST"
KEY = InstrumentKey(EXCHANGE, "S00")
BEGIN_NS = 1_709_928_000 * SECOND_NS
COUNT = 100


class Past:
    """The trades of the first instrument before the point sought."""

    def __init__(self, trades: list[Trade]) -> None:
        self.listed = trades
        self.gaps: dict[str, list[tuple[int, int]]] = {}

    def trades(self, key: InstrumentKey) -> TradeColumns | None:
        return as_columns(self.listed) if key == KEY and self.listed else None

    def bars(self, key: InstrumentKey) -> tuple[int, BarColumns] | None:
        return None

    def quotes(self, key: InstrumentKey) -> tuple[I64, I64, I64] | None:
        return None


@pytest.fixture
async def stack(nats_server: NatsServer) -> AsyncIterator[AsyncExitStack]:
    """What is entered here is left before the server ends."""
    async with AsyncExitStack() as stack:
        yield stack


async def connected(stack: AsyncExitStack, server: NatsServer) -> Bus:
    bus = Bus("admin", ServerAddress((server.url,)))
    await bus.connect()
    stack.push_async_callback(bus.close)
    return bus


def minutes(trades: list[Trade]) -> list[tuple[int, ...]]:
    return plain_timed(trades, 60, trading_day(EXCHANGE))


def painted(chart: BarDesk) -> list[tuple[int, ...]]:
    return [(row[0], *row[3:8]) for row in chart.rows]


async def test_a_turn_begins_everything_anew_under_its_epoch(
    stack: AsyncExitStack, nats_server: NatsServer
) -> None:
    market_ns = [BEGIN_NS]
    pipeline = Pipeline(
        await connected(stack, nats_server),
        SCOPE,
        1_000,
        random=random.Random(1),
        market_ns=lambda: market_ns[0],
    )
    await pipeline.start()
    stack.push_async_callback(pipeline.close)
    feed = TestFeed(await connected(stack, nats_server), EXCHANGE, instruments(EXCHANGE, COUNT), SCOPE)
    feed.epoch = 1_000
    await feed.open()
    feed.idle()
    keys = [each.key for each in instruments(EXCHANGE, COUNT)]
    grid = Subscriber(await connected(stack, nats_server), group_spec(keys), SCOPE)
    chart = BarDesk(await connected(stack, nats_server), KEY, parse_interval("1m"), SCOPE)
    for desk in (grid, chart):
        await desk.open()
        stack.push_async_callback(desk.close)
    before = [Trade(BEGIN_NS + second * SECOND_NS, 1_000 + second) for second in range(0, 300, 7)]
    feed.send([reference.Trade(0, each.event_ns, wall_ns(), each.price, each.size) for each in before])
    market_ns[0] = before[-1].event_ns
    await wait_for(lambda: chart.is_live and chart.rows == minutes(before), 4.0, "bars")
    assert not any(BarFlag.INCOMPLETE in each for each in chart.flags), "a session begins with its tape"

    # Back by three minutes: what the feed says now is its state there.
    past = before[:18]
    feed.epoch, feed.sequence = 2_000, 0
    chart.blocks.clear()
    market_ns[0] = past[-1].event_ns
    turning = asyncio.ensure_future(pipeline.turn(2_000, {EXCHANGE: 2_000}, Past(past)))
    began_ns = monotonic_ns()
    answering = asyncio.ensure_future(chart.page())
    feed.send([reference.Trade(0, past[-1].event_ns, wall_ns(), past[-1].price, 1, history=True)], lose=True)
    feed._on_asked("", b"", "")
    await turning
    took_ms = (monotonic_ns() - began_ns) / 1e6
    assert took_ms < 250
    page = await answering
    assert (page.epoch, page.bars.key.tolist()) == (
        2_000,
        [bar[0] for bar in minutes(past)],
    )
    await wait_for(
        lambda: chart.is_live and chart.feed.epoch == 2_000 and chart.rows == minutes(past),
        4.0, "the bars of then",
    )  # fmt: skip
    assert {block.epoch for block in chart.blocks} == {2_000}
    await wait_for(lambda: grid.is_live and grid.feed.epoch == 2_000, 4.0, "the grid of then")
    assert grid.values()[0][0] == past[-1].price
    assert grid.values()[1][0] == reference.NULL

    after = Trade(past[-1].event_ns + SECOND_NS, 777, 5)
    feed.send([reference.Trade(0, after.event_ns, wall_ns(), after.price, after.size)])
    both = minutes([*past, after])
    await wait_for(lambda: chart.is_live and chart.rows == both, 4.0, "what came after")
    assert not any(BarFlag.INCOMPLETE in each for each in chart.flags)


async def test_a_feed_that_stays_away_holds_up_a_turn_for_two_seconds(
    stack: AsyncExitStack, nats_server: NatsServer
) -> None:
    pipeline = Pipeline(await connected(stack, nats_server), SCOPE, 1, random=random.Random(1))
    await pipeline.start()
    stack.push_async_callback(pipeline.close)
    first = asyncio.ensure_future(pipeline.turn(2, {"NOWHERE": 2}))
    await asyncio.sleep(0)
    began_ns = monotonic_ns()
    newer = asyncio.ensure_future(pipeline.turn(3, {"NOWHERE": 3}))
    await first
    assert monotonic_ns() - began_ns < NS_PER_S, "a newer turn takes its place"
    await newer
    assert 1.9 < (monotonic_ns() - began_ns) / 1e9 < 4
    assert pipeline.epoch == 3


async def test_bars_of_a_recording_equal_the_exchanges_own(
    stack: AsyncExitStack, nats_server: NatsServer, shared_data: Path
) -> None:
    folder = shared_data / "nautilus/tests/test_data/databento/historical_bars_catalog/databento"
    tape = load_tape([
        folder / "futures_trades_2024-07-01T23-58_2024-07-02T00-02.dbn.zst",
        folder / "futures_definition.dbn.zst",
    ])  # fmt: skip
    theirs = load_tape([
        folder / "futures_ohlcv-1m_2024-07-01T23-40_2024-07-02T00-10.dbn.zst",
        folder / "futures_definition.dbn.zst",
    ])  # fmt: skip
    exchange = tape.exchanges[0]
    key = next(each.key for each in exchange.instruments if each.key.symbol == "ESU4")
    bus = await connected(stack, nats_server)
    reel = Reel(bus, SCOPE, prepare(tape, 0), 1_000, Counters())
    await reel.open()
    stack.push_async_callback(reel.close)
    chart = BarDesk(await connected(stack, nats_server), key, parse_interval("1m"), SCOPE)
    await chart.open()
    stack.push_async_callback(chart.close)
    await reel.turn(2_000, None)
    reel.playhead.play(monotonic_ns())
    await reel.player.play()
    prepared = prepare(theirs, 0)
    ranks = [each.rank_at(theirs.end_ns) for each in theirs.exchanges]
    expected = TapeBackfill(prepared.index, ranks).bars(key)
    assert expected is not None
    length_ns, own = expected
    assert length_ns == 60 * NS_PER_S
    whole = own.take((own.key >= tape.begin_ns // length_ns * length_ns) & (own.key <= tape.end_ns))
    assert len(whole) == 4
    columns = (whole.key, whole.open, whole.high, whole.low, whole.close, whole.volume)
    bars = list(zip(*(column.tolist() for column in columns), strict=True))
    await wait_for(
        lambda: chart.is_live and painted(chart) == bars,
        6.0,
        "the exchange's bars",
    )
    # The same after a seek to the end, when all of it comes from the tape.
    await reel.turn(3_000, tape.end_ns)
    await wait_for(
        lambda: chart.is_live and chart.feed.epoch == 3_000 and painted(chart) == bars,
        6.0, "the same after a seek",
    )  # fmt: skip


async def test_bars_over_a_gap_of_the_recording_say_so(
    stack: AsyncExitStack, nats_server: NatsServer, shared_data: Path
) -> None:
    folder = shared_data / "nautilus/tests/test_data/databento/historical_bars_catalog/databento"
    tape = load_tape([
        folder / "futures_trades_2024-07-01T23-58_2024-07-02T00-02.dbn.zst",
        folder / "futures_definition.dbn.zst",
    ])  # fmt: skip
    exchange = tape.exchanges[0]
    key = next(each.key for each in exchange.instruments if each.key.symbol == "ESU4")
    minute_ns = 60 * NS_PER_S
    second_bar_ns = (tape.begin_ns // minute_ns + 1) * minute_ns
    gap = Gap(exchange.exchange, second_bar_ns + 10 * NS_PER_S, second_bar_ns + 20 * NS_PER_S, 7)
    bus = await connected(stack, nats_server)
    reel = Reel(bus, SCOPE, prepare(replace(tape, gaps=(gap,)), 0), 1_000, Counters())
    await reel.open()
    stack.push_async_callback(reel.close)
    chart = BarDesk(await connected(stack, nats_server), key, parse_interval("1m"), SCOPE)
    await chart.open()
    stack.push_async_callback(chart.close)
    for epoch, at_ns in ((2_000, tape.end_ns), (3_000, tape.end_ns - minute_ns)):
        await reel.turn(epoch, at_ns)

        def incomplete(epoch: int = epoch) -> list[int]:
            bars = chart.feed.series.columns
            if not chart.is_live or chart.feed.epoch != epoch:
                return []
            return bars.key[(bars.flags & np.uint8(BarFlag.INCOMPLETE)) != 0].tolist()

        await wait_for(lambda: incomplete() == [second_bar_ns], 6.0, "the bar of the gap, and no other")
