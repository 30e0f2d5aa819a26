"""Raw messages that the way loses are repeated by the feed, and the pipeline counts every trade once."""

import random
from collections.abc import AsyncIterator

import numpy as np
import pytest

from aggregator.feeds.events import EventBlock
from aggregator.feeds.newest import NewestValues
from aggregator.feeds.publisher import RawPublisher
from aggregator.pipeline.service import Pipeline
from core.bus import Bus, ServerAddress
from core.clock import wall_ns
from core.market.fields import Field
from core.market.instruments import Instrument, InstrumentKey
from core.metrics import Counters
from core.scope import LIVE
from core.wire.raw import TradeEvents
from tests.nats_process import NatsServer
from tests.waiting import wait_for

KEY = InstrumentKey("XTST", "AAA")
MESSAGES = 300


class LossyBus(Bus):
    """Loses messages on their way out while `percent` says so; nothing refuses them."""

    percent = 0
    dice = random.Random(4)

    def publish(self, subject: str, payload: bytes, reply: str = "") -> None:
        if self.dice.randrange(100) >= self.percent or ".raw." not in f".{subject}":
            super().publish(subject, payload, reply)


@pytest.fixture
async def bus(nats_server: NatsServer) -> AsyncIterator[LossyBus]:
    bus = LossyBus("lossy", ServerAddress((nats_server.url,)))
    await bus.connect()
    yield bus
    await bus.close()


def _trade(number: int) -> EventBlock:
    one = np.array([number + 1])
    return EventBlock(
        trades=TradeEvents(np.zeros(1, np.uint32), one * 1_000, one, one, one, np.zeros(1, np.uint8))
    )


async def test_every_trade_is_counted_once(bus: LossyBus) -> None:
    pipeline = Pipeline(bus, LIVE, wall_ns())
    publisher = RawPublisher(bus, LIVE, KEY.exchange, [Instrument(KEY)], wall_ns(), counters=Counters())
    await pipeline.start()
    await publisher.open()
    states = pipeline.counters.counter("raw_states")
    try:
        publisher.publish(_trade(0))
        row = await _row(pipeline)
        before = states.value
        bus.percent = 20
        for number in range(1, MESSAGES):
            publisher.publish(_trade(number))
        bus.percent = 0
        volume = MESSAGES * (MESSAGES + 1) // 2
        column = pipeline.registry.table
        await wait_for(lambda: column.column(Field.VOLUME)[row] == volume, 10, "every trade")
        assert column.column(Field.LAST)[row] == MESSAGES
        assert pipeline.counters.counter("raw_resumes").value >= 1
        assert states.value == before  # a state would have lost the trades for bars
        newest: NewestValues = publisher.newest
        assert newest.table.column(Field.VOLUME)[0] == volume
    finally:
        await publisher.close()
        await pipeline.close()


async def _row(pipeline: Pipeline) -> int:
    registry = pipeline.registry
    await wait_for(
        lambda: KEY in registry.row_of and registry.table.column(Field.LAST)[registry.row_of[KEY]] == 1,
        5,
        "the first trade",
    )
    return registry.row_of[KEY]
