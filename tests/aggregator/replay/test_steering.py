"""What a desk can do with a session: seek, step, loop, bookmarks, the time line; and what is refused."""

import asyncio
import random
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from aggregator.feeds.recorded.tape import RecordedTape
from aggregator.replay.bookmarks import Bookmarks
from aggregator.replay.session import DONE
from core.clock import NS_PER_MS, NS_PER_S
from core.market.groups import group_spec
from core.scope import Scope
from core.wire.generated import control_pb2
from core.wire.generated.control_pb2 import BarInterval, ReplayControl, SessionClock
from tests.aggregator.pipeline.market import Subscriber
from tests.aggregator.replay.stage import Desk, Stage
from tests.aggregator.replay.tapes import BEGIN_NS, KEYS, folded, mixed_tape, tape
from tests.nats_process import NatsServer
from tests.waiting import wait_for

PAUSED, PLAYING, ENDED = SessionClock.PAUSED, SessionClock.PLAYING, SessionClock.ENDED


@pytest.fixture
async def stage(nats_server: NatsServer) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        yield Stage(stack, nats_server.url)


class Grid:
    """One desk's grid of every instrument, and what it has to show at a time of the tape."""

    def __init__(self, subscriber: Subscriber, recorded: RecordedTape) -> None:
        self._subscriber = subscriber
        self._recorded = recorded

    async def shows(self, tape_ns: int) -> None:
        expected = {}
        for number, exchange in enumerate(self._recorded.exchanges):
            rows = folded(self._recorded, number, exchange.rank_at(tape_ns))
            expected |= {each.key: row for each, row in zip(exchange.instruments, rows, strict=True)}
        wanted = [expected[key] for key in self._subscriber.feed.spec.keys]
        await wait_for(
            lambda: self._subscriber.is_live and self._subscriber.values() == wanted,
            5,
            f"the table at {tape_ns}",
        )


async def _paused(stage: Stage, recorded: RecordedTape, **options: object) -> Desk:
    desk = await stage.desk("one")
    await stage.play(recorded, paused=True, **options)
    await wait_for(lambda: desk.state() == PAUSED, 10, "a paused session")
    return desk


async def _grid(stage: Stage, recorded: RecordedTape) -> AsyncIterator[Grid]:
    subscriber = Subscriber(await stage.bus("grid"), group_spec(KEYS), Scope("one"))
    await subscriber.open()
    try:
        yield Grid(subscriber, recorded)
    finally:
        await subscriber.close()


async def test_seeks_there_and_back_show_what_a_fresh_replay_shows(stage: Stage) -> None:
    recorded = mixed_tape(5, 400)
    desk = await _paused(stage, recorded)
    dice = random.Random(2)
    async for grid in _grid(stage, recorded):
        epoch = desk.clocks[-1].epoch
        for _ in range(12):
            wanted_ns = dice.randrange(recorded.begin_ns, recorded.end_ns + 1)
            clock = await desk.tell(ReplayControl.SEEK, tape_ns=wanted_ns)
            assert (clock.error, clock.state, clock.tape_ns) == ("", PAUSED, wanted_ns)
            assert clock.epoch > epoch
            epoch = clock.epoch
            played = sum(exchange.rank_at(wanted_ns) for exchange in recorded.exchanges)
            assert clock.events_played == played
            await grid.shows(wanted_ns)
    assert desk.too_late == []
    assert desk.raw == []  # a state only: nothing was played


async def test_steps_by_events_seconds_and_bars(stage: Stage) -> None:
    recorded = mixed_tape(6, 300)
    desk = await _paused(stage, recorded)
    times = sorted({int(at) for exchange in recorded.exchanges for at in exchange.time_ns})
    five_s = BarInterval(unit=0, count=5)

    async def step(step: "ReplayControl.Step", steps: int) -> int:
        clock = await desk.tell(ReplayControl.STEP, step=step, steps=steps, interval=five_s)
        assert (clock.error, clock.state) == ("", PAUSED)
        return clock.tape_ns

    async for grid in _grid(stage, recorded):
        assert await step(ReplayControl.EVENT, 1) == times[0]
        await grid.shows(times[0])
        assert await step(ReplayControl.EVENT, 9) == times[9]
        await grid.shows(times[9])
        first_epoch = desk.clocks[-1].epoch
        assert await step(ReplayControl.EVENT, -1) == times[8]
        await grid.shows(times[8])
        assert desk.clocks[-1].epoch > first_epoch  # time went back
        at_ns = await step(ReplayControl.BAR, 1)
        assert (at_ns + 1) % (5 * NS_PER_S) == 0
        assert 0 < at_ns - times[8] <= 5 * NS_PER_S
        await grid.shows(at_ns)
        assert await step(ReplayControl.BAR, 2) == at_ns + 10 * NS_PER_S
        assert await step(ReplayControl.SECOND, 7) == at_ns + 17 * NS_PER_S
        assert await step(ReplayControl.BAR, -1) == at_ns + 15 * NS_PER_S
        await grid.shows(at_ns + 15 * NS_PER_S)
        assert await step(ReplayControl.SECOND, 1_000) == recorded.end_ns
        await grid.shows(recorded.end_ns)
        assert await step(ReplayControl.SECOND, -1_000) == recorded.begin_ns
        await grid.shows(recorded.begin_ns - 1)
    assert desk.too_late == []


async def test_a_playing_session_plays_on_from_where_it_was_sought(stage: Stage) -> None:
    recorded = tape([(at, at % 3, 100 + at) for at in range(60_000)])
    desk = await stage.desk("one")
    await stage.play(recorded)
    await wait_for(lambda: desk.state() == PLAYING and desk.raw, 10, "events")
    wanted_ns = BEGIN_NS + 30_000 * NS_PER_MS
    clock = await desk.tell(ReplayControl.SEEK, tape_ns=wanted_ns)
    assert clock.state == PLAYING
    assert 0 <= clock.tape_ns - wanted_ns < 100 * NS_PER_MS
    desk.raw.clear()
    await wait_for(lambda: len(desk.raw) > 20, 5, "events after the seek")
    assert {epoch for epoch, _ in desk.raw} == {clock.epoch}
    played = sorted(at for _, times in desk.raw for at in times)
    assert played[0] == wanted_ns + NS_PER_MS - 500  # the first event after it, and none twice
    assert len(set(played)) == len(played)
    paused = await desk.tell(ReplayControl.PAUSE)
    await desk.bus.flush()
    assert max(at for _, times in desk.raw for at in times) <= paused.tape_ns
    expected = sum(exchange.rank_at(paused.tape_ns) for exchange in recorded.exchanges)
    assert paused.events_played == expected  # every event up to the clock, none after it
    times = [each.tape_ns for each in desk.clocks if each.epoch == clock.epoch]
    assert times == sorted(times)


async def test_of_many_seeks_at_once_the_newest_is_carried_out_and_all_are_answered(stage: Stage) -> None:
    recorded = mixed_tape(7, 2_000)
    desk = await _paused(stage, recorded)
    asked = [recorded.begin_ns + place * NS_PER_S for place in range(40)]
    answers = await asyncio.gather(*(desk.tell(ReplayControl.SEEK, tape_ns=at) for at in asked))
    assert {each.error for each in answers} == {""}
    assert answers[-1].tape_ns == asked[-1]
    assert (await desk.tell(ReplayControl.STATUS)).tape_ns == asked[-1]
    assert len({each.epoch for each in answers}) < 10
    async for grid in _grid(stage, recorded):
        await grid.shows(asked[-1])


async def test_loop_is_switched_on_while_it_plays_and_play_at_the_end_begins_anew(stage: Stage) -> None:
    desk = await stage.desk("one")
    await stage.play(tape([(at, at % 3, 100) for at in range(200)]))
    await wait_for(lambda: desk.state() == ENDED, 10, "the end")
    epochs = {clock.epoch for clock in desk.clocks}
    assert (await desk.tell(ReplayControl.LOOP, is_looped=True)).is_looped
    assert desk.state() == ENDED
    await desk.tell(ReplayControl.PLAY)
    await wait_for(lambda: len({clock.epoch for clock in desk.clocks} - epochs) >= 3, 10, "three rounds")
    assert not (await desk.tell(ReplayControl.LOOP)).is_looped
    await wait_for(lambda: desk.state() == ENDED, 10, "the end again")
    back = await desk.tell(ReplayControl.STEP, step=ReplayControl.SECOND, steps=-1)
    assert back.state == PAUSED


async def test_begins_paused_at_a_time(stage: Stage) -> None:
    recorded = mixed_tape(8, 500)
    wanted_ns = recorded.begin_ns + 40 * NS_PER_S
    desk = await _paused(stage, recorded, find_begin=lambda _tape: wanted_ns)
    assert desk.clocks[-1].tape_ns == wanted_ns
    async for grid in _grid(stage, recorded):
        await grid.shows(wanted_ns)
    assert desk.raw == []


async def test_says_that_it_loads_and_can_be_stopped_meanwhile(stage: Stage) -> None:
    desk = await stage.desk("one")
    may_load = threading.Event()

    def load() -> RecordedTape:
        may_load.wait(10)
        return mixed_tape(1, 50)

    try:
        task = await stage.play(load, title="slow.tape")
        await wait_for(lambda: desk.state() == SessionClock.LOADING, 5, "the loading state")
        assert desk.clocks[-1].title == "slow.tape"
        assert (await desk.tell(ReplayControl.STATUS)).error == ""
        assert "still loading" in (await desk.tell(ReplayControl.PLAY)).error
        assert "still loading" in (await desk.timeline(buckets=5)).error
        await desk.tell(ReplayControl.STOP)
        assert await task == DONE
    finally:
        may_load.set()


async def test_a_slow_disk_under_the_bookmarks_holds_up_no_clock(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = mixed_tape(1, 50)
    desk = await _paused(stage, recorded, bookmarks=Bookmarks(tmp_path / "marks.json"))
    gate = threading.Event()
    monkeypatch.setattr("aggregator.replay.bookmarks.os.fsync", lambda _file: gate.wait(1))
    heard = len(desk.clocks)
    asked = asyncio.create_task(desk.tell(ReplayControl.BOOKMARK, tape_ns=recorded.begin_ns, name="news"))
    try:
        await wait_for(lambda: len(desk.clocks) > heard + 3, 0.9, "clocks while the disk writes")
        assert not asked.done()
    finally:
        gate.set()
    assert [mark.name for mark in (await asked).bookmarks] == ["news"]


async def test_bookmarks_are_in_the_clock_and_come_back(stage: Stage, tmp_path: Path) -> None:
    recorded = mixed_tape(9, 100)
    path = tmp_path / "marks.json"
    desk = await _paused(stage, recorded, bookmarks=Bookmarks(path))
    at_ns = recorded.begin_ns + NS_PER_S
    clock = await desk.tell(ReplayControl.BOOKMARK, tape_ns=at_ns, name="news")
    assert [(mark.tape_ns, mark.name) for mark in clock.bookmarks] == [(at_ns, "news")]
    await wait_for(lambda: len(desk.clocks[-1].bookmarks) == 1, 5, "the bookmark on every desk")
    assert len(Bookmarks(path).within(0, 2**62)) == 1
    assert "no bookmark" in (await desk.tell(ReplayControl.REMOVE_BOOKMARK, tape_ns=at_ns + 1)).error
    assert not (await desk.tell(ReplayControl.REMOVE_BOOKMARK, tape_ns=at_ns)).bookmarks


async def test_the_time_line_ends_at_the_clock(stage: Stage) -> None:
    recorded = tape([(at * 10, at % 3, 100) for at in range(3_000)])
    desk = await _paused(stage, recorded)
    assert not (await desk.timeline(buckets=100)).trades
    clock = await desk.tell(ReplayControl.SEEK, tape_ns=recorded.begin_ns + 10_004 * NS_PER_MS)
    everything = await desk.timeline(buckets=100)
    assert (everything.epoch, everything.tape_ns, everything.error) == (clock.epoch, clock.tape_ns, "")
    assert sum(everything.trades) == clock.events_played == 1_001
    assert len(everything.trades) < 40
    key = control_pb2.InstrumentKey(exchange=KEYS[0].exchange, symbol=KEYS[0].symbol)
    one = await desk.timeline(buckets=100, key=key)
    assert sum(one.trades) == sum(one.volume) == 334
    assert "ask for 1 to 2,000" in (await desk.timeline(buckets=0)).error


async def test_what_cannot_be_done_is_refused_with_the_remedy(stage: Stage) -> None:
    recorded = tape([(at, at % 3, 100) for at in range(1_000)])
    desk = await _paused(stage, recorded)
    before = await desk.tell(ReplayControl.STATUS)
    for remedy, action, more in (
        ("choose a time from", ReplayControl.SEEK, {"tape_ns": 5}),
        ("choose a time from", ReplayControl.BOOKMARK, {"tape_ns": 5, "name": "x"}),
        ("step by 1 to", ReplayControl.STEP, {}),
        ("choose 1s to 1d", ReplayControl.STEP, {"steps": 1, "step": ReplayControl.BAR}),
        ("divide a day", ReplayControl.STEP, {"steps": 1, "step": 1, "interval": BarInterval(count=7)}),
        ("1s to 1d", ReplayControl.STEP, {"steps": 1, "step": 1, "interval": BarInterval(unit=9, count=1)}),
        ("update the session", 77, {}),
    ):
        answer = await desk.tell(action, **more)
        assert remedy in answer.error
        assert (answer.epoch, answer.tape_ns, answer.state) == (before.epoch, before.tape_ns, PAUSED)
    nonsense = await desk.bus.request("replay.ctl.one", b"\xff\xff", 2_000)
    assert "send a ReplayControl" in SessionClock.FromString(nonsense).error
