"""A recording shows what the live pipeline showed, from any beginning on, after losses and restarts."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.pipeline.service import Pipeline
from aggregator.recording.verify import verify_tape
from core.clock import wall_ns
from core.market.fields import NULL, Field
from core.market.instruments import Instrument
from tests.aggregator.pipeline.market import TestFeed, instruments
from tests.aggregator.pipeline.reference import Event, Quote, Session, Trade
from tests.aggregator.recording.studio import RunningRecorder, Studio, heard_by, table_after, table_of
from tests.nats_process import NatsServer
from tests.waiting import wait_for


@pytest.fixture
async def studio(nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[Studio]:
    async with AsyncExitStack() as stack:
        yield Studio(stack, nats_server, tmp_path)


async def test_a_recorded_market_replays_to_the_live_table(studio: Studio) -> None:
    """The recorder comes late: it begins with the feeds' state."""
    pipeline = await studio.pipeline()
    await studio.synthetic_market()
    await wait_for(lambda: pipeline.counters.counter("ticks").value > 500, 10, "a market that runs")
    running = await studio.recorder()
    await wait_for(lambda: running.events() > 4_000, 20, "events on the tape")
    sequences = await studio.hold_market()
    await heard_by(pipeline, sequences)
    await wait_for(lambda: running.heard(sequences), 10, "the recorder to hear everything")
    tape = await running.tape()
    assert table_after(tape) == table_of(pipeline)
    assert tape.gaps == ()
    for exchange in tape.exchanges:
        assert (exchange.time_ns[1:] >= exchange.time_ns[:-1]).all()
        assert exchange.unit_ends[-1] == exchange.event_count
    verdict = verify_tape(running.recorder.directory)
    assert (verdict.defects, verdict.notes) == ((), ())
    assert verdict.events == tape.event_count


class Told:
    """One feed that sends what the test says, heard by a pipeline and a recorder."""

    def __init__(self, feed: TestFeed, pipeline: Pipeline, running: RunningRecorder) -> None:
        self.feed = feed
        self.pipeline = pipeline
        self.running = running

    async def heard(self) -> None:
        self.feed.idle()
        sequences = {self.feed.exchange: self.feed.sequence}

        def is_current() -> bool:
            gate = self.pipeline.ingest.feeds[self.feed.exchange].gate
            mine = self.running.recorder.intake.feeds[self.feed.exchange].gate
            live = gate.phase is gate.phase.LIVE and mine.phase is mine.phase.LIVE
            return live and gate.epoch == mine.epoch == self.feed.epoch

        await wait_for(is_current, 10, "both to be live")
        await heard_by(self.pipeline, sequences)
        await wait_for(lambda: self.running.heard(sequences), 10, "the recorder")


async def _told(studio: Studio, defined: list[Instrument]) -> Told:
    pipeline, running = await studio.pipeline(), await studio.recorder()
    feed = TestFeed(await studio.bus("feed"), "XTST", defined)
    await feed.open()
    feed.idle()
    told = Told(feed, pipeline, running)
    feed.send(_opening(len(defined)))
    await wait_for(lambda: "XTST" in running.recorder.intake.feeds, 10, "the first message")
    await wait_for(lambda: "XTST" in pipeline.ingest.feeds, 10, "the first message")
    await told.heard()
    return told


def _opening(count: int) -> list[Event]:
    now_ns = wall_ns()
    events: list[Event] = []
    for row in range(count):
        events.append(Session(row, now_ns, now_ns, 90, 99, 80, 88, 1_000, 0))
        events.append(Quote(row, now_ns + 1_000, now_ns, 100 + row, 5, 102 + row, 6))
    return events


def _trade(row: int, price: int, size: int = 3) -> Trade:
    now_ns = wall_ns()
    return Trade(row, now_ns, now_ns, price, size)


async def test_lost_messages_are_a_gap_and_the_table_is_right_again(studio: Studio) -> None:
    told = await _told(studio, instruments("XTST", 3))
    feed = told.feed
    feed.send([_trade(0, 101)])
    feed.send([_trade(0, 103, 40)], lose=True)
    now_ns = wall_ns()
    # The quote of row 2 ends with what is lost, so the state says nothing of it.
    feed.send([Quote(2, now_ns, now_ns, NULL, NULL, NULL, NULL)], lose=True)
    feed.send([_trade(1, 104)])
    await told.heard()
    tape = await told.running.tape()
    assert table_after(tape) == table_of(told.pipeline)
    row = table_after(tape)[feed.instruments[0].key]
    assert row[Field.VOLUME] == 1_000 + 3 + 40, "the state tells the volume of what was lost"
    (gap,) = tape.gaps
    assert gap.exchange == "XTST"
    assert gap.messages >= 2
    assert gap.since_ns <= gap.time_ns
    assert verify_tape(told.running.recorder.directory).defects == ()


async def test_a_restarted_feed_goes_on(studio: Studio) -> None:
    told = await _told(studio, instruments("XTST", 2))
    told.feed.restart()
    told.feed.send(_opening(2))
    told.feed.send([_trade(1, 107)])
    await told.heard()
    tape = await told.running.tape()
    found, expected = table_after(tape), table_of(told.pipeline)
    quiet, traded = (each.key for each in told.feed.instruments)
    assert found[traded] == expected[traded]
    assert found[quiet] == expected[quiet]
    assert len(tape.gaps) == 1


async def test_new_instruments_and_finer_increments(studio: Studio) -> None:
    told = await _told(studio, instruments("XTST", 2))
    feed = told.feed
    feed.send([_trade(0, 101)])
    feed.instruments = [
        feed.instruments[0],
        replace(feed.instruments[1], price_decimals=4, size_decimals=1),
        Instrument(replace(feed.instruments[0].key, symbol="NEW"), 1, 0),
        Instrument(replace(feed.instruments[0].key, symbol="NEVER"), 1, 0),
    ]
    feed._newest.define(instruments("XTST", 2), feed.instruments)
    feed.version += 1
    feed.define()
    feed.send([_trade(1, 1_030_001, 25), _trade(2, 55), _trade(0, 102)])
    await told.heard()
    tape = await told.running.tape()
    assert table_after(tape) == table_of(told.pipeline)
    (exchange,) = tape.exchanges
    assert [each.key.symbol for each in exchange.instruments] == ["NEVER", "NEW", "S00", "S01"]
    finer = exchange.instruments[3]
    assert (finer.price_decimals, finer.size_decimals) == (4, 1)
    row = table_after(tape)[finer.key]
    assert (row[Field.BID], row[Field.LAST], row[Field.LAST_SIZE]) == (10_100, 1_030_001, 25)
    assert verify_tape(told.running.recorder.directory).defects == ()


async def test_impossible_events_are_left_out_and_counted(studio: Studio) -> None:
    told = await _told(studio, instruments("XTST", 2))
    told.feed.send([_trade(0, NULL), _trade(0, 101), _trade(1, 5, -4), _trade(7, 5)])
    await wait_for(lambda: told.running.recorder.counters.totals()["unknown_instruments"], 10)
    await told.heard()
    tape = await told.running.tape()
    assert table_after(tape) == table_of(told.pipeline)
    totals = told.running.recorder.counters.totals()
    assert (totals["events_rejected"], totals["unknown_instruments"]) == (2, 1)


async def test_a_name_is_taken_once(studio: Studio) -> None:
    await studio.recorder("one")
    with pytest.raises(FileExistsError):
        await studio.recorder("one")
