"""A feed on a real bus: numbered messages, signs of life, definitions, and a whole state when asked."""

from collections.abc import AsyncIterator

import numpy as np
import pytest

from aggregator.feeds.events import EventBlock
from aggregator.feeds.newest import NewestValues
from aggregator.feeds.publisher import RawPublisher
from core import subjects
from core.bus import Bus, BusDown, ServerAddress
from core.market.fields import NULL, Field, SourceState
from core.market.instruments import Instrument, InstrumentKey
from core.scope import Scope
from core.wire.generated.control_pb2 import Definitions, FeedStateRequest
from core.wire.raw import RawBatch, RawFlag, TradeFlag, decode_raw
from core.wire.raw_events import QuoteEvents, TradeEvents
from tests.nats_process import NatsServer
from tests.waiting import wait_for

SCOPE = Scope("test")
INSTRUMENTS = [Instrument(InstrumentKey("XTST", symbol), 2, 0) for symbol in ("AAA", "B.B", "C C")]


class Ear:
    """Everything the feed says, in order."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, RawBatch]] = []
        self.definitions: list[Definitions] = []

    def on_raw(self, subject: str, data: bytes, _reply: str) -> None:
        self.batches.append((subject, decode_raw(data)))

    def on_definitions(self, _subject: str, data: bytes, _reply: str) -> None:
        self.definitions.append(Definitions.FromString(data))

    def sequences(self) -> list[int]:
        return [batch.header.sequence for _, batch in self.batches]

    def state(self) -> list[RawBatch]:
        return [batch for _, batch in self.batches if batch.header.flags & RawFlag.STATE]


@pytest.fixture
async def bus(nats_server: NatsServer) -> AsyncIterator[Bus]:
    bus = Bus("test", ServerAddress((nats_server.url,)))
    await bus.connect()
    yield bus
    await bus.close()


@pytest.fixture
async def ear(bus: Bus) -> Ear:
    ear = Ear()
    await bus.subscribe(subjects.raw_all(SCOPE), ear.on_raw)
    await bus.subscribe(subjects.definitions_all(SCOPE), ear.on_definitions)
    await bus.flush()
    return ear


def _events(*rows: tuple[int, int, int]) -> EventBlock:
    """A quote for every (instrument, bid, ask) and then a trade of the last one at its ask."""
    instrument = np.array([row[0] for row in rows], np.uint32)
    bid, ask = (np.array([row[i] for row in rows], np.int64) for i in (1, 2))
    ns, size = np.arange(1, len(rows) + 1) * 1_000, np.full(len(rows), 5)
    places = np.arange(len(rows) + 1, dtype=np.uint16)
    flags = np.array([TradeFlag.BUYER_TAKES], np.uint8)
    return EventBlock(
        quotes=QuoteEvents(instrument, ns, ns * 0, bid, size, ask, size, places[:-1]),
        trades=TradeEvents(instrument[-1:], ns[-1:], ns[-1:] * 0, ask[-1:], size[-1:], flags, places[-1:]),
    )


async def test_announces_itself_and_numbers_its_messages(bus: Bus, ear: Ear) -> None:
    publisher = RawPublisher(bus, SCOPE, "XTST", INSTRUMENTS, epoch=77)
    await publisher.open()
    publisher.publish(_events((0, 100, 101)))
    publisher.publish(EventBlock())
    publisher.publish(_events((1, 100, 101), (2, 7, 9)))
    await bus.flush()
    await wait_for(lambda: len(ear.batches) >= 3, 5, "three messages")
    await publisher.close()
    assert ear.sequences()[:3] == [0, 1, 2]
    assert {subject for subject, _ in ear.batches} == {"rp.test.md.raw.XTST._mix"}
    header = ear.batches[0][1].header
    assert (header.epoch, header.definitions_version, header.source_state) == (77, 1, SourceState.OK)
    stamped = ear.batches[2][1].quotes
    assert stamped is not None
    assert (stamped.recv_ns > 1_600_000_000_000_000_000).all()
    assert stamped.event_ns.tolist() == [1_000, 2_000]
    told = ear.definitions[0]
    assert (told.exchange, told.epoch, told.version) == ("XTST", 77, 1)
    assert [(each.id, each.key.symbol, each.price_decimals) for each in told.instruments] == [
        (0, "AAA", 2), (1, "B.B", 2), (2, "C C", 2)
    ]  # fmt: skip


async def test_a_header_every_quarter_second_and_definitions_every_second(bus: Bus, ear: Ear) -> None:
    publisher = RawPublisher(bus, SCOPE, "XTST", INSTRUMENTS, epoch=1)
    await publisher.open()
    await wait_for(lambda: len(ear.batches) >= 4 and len(ear.definitions) >= 2, 5, "signs of life")
    await publisher.close()
    assert set(ear.sequences()) == {0}
    assert all(batch.quotes is None for _, batch in ear.batches)


async def test_the_state_is_of_the_numbers_sent_so_far(bus: Bus, ear: Ear) -> None:
    publisher = RawPublisher(bus, SCOPE, "XTST", INSTRUMENTS, epoch=1)
    await publisher.open()
    publisher.publish(_events((0, 100, 101), (1, 50, 60)))
    bus.publish(subjects.feed_state_get(SCOPE, "XOTHER"), b"")
    for _ in range(5):  # asked five times at once: one answer now, one 100 ms later
        bus.publish(subjects.feed_state_get(SCOPE, "XTST"), b"")
    await wait_for(lambda: len(ear.state()) == 2, 5, "two states")
    publisher.publish(_events((0, 101, 102)))
    bus.publish(subjects.feed_state_get(SCOPE, "*"), b"")
    await wait_for(lambda: len(ear.state()) == 3, 5, "the state again")
    await publisher.close()
    first, last = ear.state()[0], ear.state()[2]
    assert (first.header.sequence, last.header.sequence) == (1, 2)
    assert first.header.flags == RawFlag.STATE | RawFlag.FIRST | RawFlag.LAST
    assert first.quotes is not None
    assert first.quotes.bid.tolist() == [100, 50]
    assert first.trades is not None
    assert first.trades.flags.tolist() == [TradeFlag.HISTORY]
    assert last.sessions is not None
    assert last.sessions.volume[last.sessions.instrument == 1].tolist() == [5]
    assert publisher.newest.table.column(Field.BID)[0] == 101


async def test_one_event_a_message_goes_to_the_instruments_own_subject(bus: Bus, ear: Ear) -> None:
    publisher = RawPublisher(bus, SCOPE, "XTST", INSTRUMENTS, epoch=1, one_event_per_message=True)
    await publisher.open()
    publisher.publish(_events((1, 100, 101), (2, 7, 9)))
    await wait_for(lambda: len(ear.batches) >= 4, 5, "three events")
    await publisher.close()
    alone = [subject for subject, batch in ear.batches if batch.quotes or batch.trades]
    assert alone == ["rp.test.md.raw.XTST.B%2EB", "rp.test.md.raw.XTST.C%20C", "rp.test.md.raw.XTST.C%20C"]


async def test_a_source_that_falls_behind_says_so_at_once(bus: Bus, ear: Ear) -> None:
    publisher = RawPublisher(bus, SCOPE, "XTST", INSTRUMENTS, epoch=1)
    await publisher.open()
    publisher.set_source(SourceState.LATE, 700)
    publisher.set_source(SourceState.LATE, 800)
    publisher.set_source(SourceState.OK)
    await wait_for(lambda: len(ear.batches) >= 3, 5, "three headers")
    await publisher.close()
    states = [(batch.header.source_state, batch.header.late_ms) for _, batch in ear.batches[:3]]
    assert states == [(SourceState.OK, 0), (SourceState.LATE, 700), (SourceState.OK, 0)]


async def test_new_instruments_are_announced_under_a_new_version(bus: Bus, ear: Ear) -> None:
    publisher = RawPublisher(bus, SCOPE, "XTST", INSTRUMENTS, epoch=1)
    await publisher.open()
    publisher.define([*INSTRUMENTS, Instrument(InstrumentKey("XTST", "DDD"))])
    publisher.publish(_events((3, 1, 2)))
    await wait_for(lambda: len(ear.batches) >= 2, 5, "the event")
    await publisher.close()
    assert ear.definitions[-1].version == 2
    assert ear.batches[-1][1].header.definitions_version == 2


async def test_a_state_after_finer_increments_tells_the_same_prices(bus: Bus, ear: Ear) -> None:
    publisher = RawPublisher(bus, SCOPE, "XTST", INSTRUMENTS, epoch=1)
    await publisher.open()
    publisher.publish(_events((0, 100, 101), (1, 2**60, 7)))
    publisher.define([each.with_decimals(4, 1) for each in INSTRUMENTS])
    bus.publish(subjects.feed_state_get(SCOPE, "XTST"), b"")
    await wait_for(lambda: len(ear.state()) == 1, 5, "the state")
    await publisher.close()
    told = ear.state()[0]
    assert told.header.definitions_version == 2
    assert told.quotes is not None
    assert told.quotes.bid.tolist() == [10_000, NULL]  # the other no longer fits 64 bits
    assert told.quotes.ask_size.tolist() == [50, 50]
    assert publisher.counters.totals()["raw_rescale_overflows"] == 1


async def test_what_the_bus_refuses_leaves_a_hole_in_the_numbers() -> None:
    class DownBus:
        def publish(self, _subject: str, _payload: bytes, _reply: str = "") -> None:
            raise BusDown("gone")

    publisher = RawPublisher(DownBus(), SCOPE, "XTST", INSTRUMENTS, epoch=1)  # type: ignore[arg-type]
    publisher.publish(_events((0, 100, 101)))
    publisher.publish(_events((0, 101, 102)))
    assert publisher.sequence == 2
    assert publisher.counters.totals()["raw_refused"] == 2
    assert publisher.newest.table.column(Field.BID)[0] == 101


def _missed(epoch: int, after_sequence: int) -> bytes:
    return FeedStateRequest(epoch=epoch, after_sequence=after_sequence).SerializeToString()


async def test_missed_messages_are_repeated_as_they_were(bus: Bus, ear: Ear) -> None:
    publisher = RawPublisher(bus, SCOPE, "XTST", INSTRUMENTS, epoch=7)
    await publisher.open()
    for price in range(4):
        publisher.publish(_events((0, price, price + 1)))
    await wait_for(lambda: 4 in ear.sequences(), 5, "four messages")
    first = [batch for _, batch in ear.batches if batch.quotes is not None]
    ear.batches.clear()
    bus.publish(subjects.feed_state_get(SCOPE, "XTST"), _missed(7, 2))
    await wait_for(lambda: len(ear.batches) >= 3, 5, "two messages and a header")
    assert ear.sequences() == [3, 4, 4]
    for before, again in zip(first[2:], ear.batches, strict=False):
        assert before.quotes is not None
        assert again[1].quotes is not None
        assert before.quotes.recv_ns.tolist() == again[1].quotes.recv_ns.tolist()
        assert before.quotes.bid.tolist() == again[1].quotes.bid.tolist()
    assert len(ear.definitions) >= 2  # an unknown instrument is a reason to ask, too
    assert ear.state() == []
    await publisher.close()


@pytest.mark.parametrize("request_", [_missed(6, 2), _missed(7, 9), b"\xff", b""])
async def test_what_cannot_be_repeated_is_answered_with_the_state(
    bus: Bus, ear: Ear, request_: bytes
) -> None:
    publisher = RawPublisher(bus, SCOPE, "XTST", INSTRUMENTS, epoch=7)
    await publisher.open()
    publisher.publish(_events((0, 1, 2)))
    bus.publish(subjects.feed_state_get(SCOPE, "XTST"), request_)
    await wait_for(ear.state, 5, "a state")
    await publisher.close()


async def test_a_restarted_feed_tells_its_new_state_under_a_new_epoch(bus: Bus, ear: Ear) -> None:
    publisher = RawPublisher(bus, SCOPE, "XTST", INSTRUMENTS, epoch=7)
    await publisher.open()
    publisher.publish(_events((0, 100, 101), (1, 50, 60)))
    newest = NewestValues(len(INSTRUMENTS))
    newest.note(_events((2, 7, 9)))
    publisher.restart(8, newest)
    publisher.publish(_events((2, 8, 10)))
    await wait_for(lambda: ear.sequences()[-1:] == [2], 5, "the first message after it")
    (state,) = ear.state()
    assert (state.header.epoch, state.header.sequence) == (8, 1)  # so that its loss would be seen
    assert state.quotes is not None
    assert state.quotes.instrument.tolist() == [2]
    assert state.quotes.bid.tolist() == [7]
    assert ear.definitions[-1].epoch == 8
    ear.batches.clear()
    bus.publish(subjects.feed_state_get(SCOPE, "XTST"), _missed(8, 1))
    await wait_for(lambda: len(ear.batches) >= 2, 5, "what came after the state")
    assert ear.sequences()[0] == 2
    publisher.restart(9, NewestValues(len(INSTRUMENTS)))
    await wait_for(lambda: ear.batches[-1][1].header.epoch == 9, 5, "an empty state")
    assert (ear.batches[-1][1].header.sequence, ear.batches[-1][1].sessions) == (0, None)
    await publisher.close()
