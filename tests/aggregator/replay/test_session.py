"""A whole replay session on a real bus: what desks see, what they can tell it, what is refused."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from aggregator.feeds.newest import NewestValues
from aggregator.feeds.recorded.load import load_tape
from aggregator.feeds.recorded.tape import RecordedTape
from aggregator.replay.run import BAD_INPUT, run_replay, summary
from aggregator.replay.session import DONE, ReplaySession, SessionTaken
from core.market.groups import group_spec
from core.scope import Scope
from core.wire.generated.control_pb2 import ReplayControl, SessionClock
from tests.aggregator.pipeline.market import Subscriber
from tests.aggregator.replay.stage import Stage
from tests.aggregator.replay.tapes import BEGIN_NS, tape
from tests.nats_process import NatsServer
from tests.waiting import wait_for


@pytest.fixture
async def stage(nats_server: NatsServer) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        yield Stage(stack, nats_server.url)


def _short_tape(milliseconds: int = 300) -> RecordedTape:
    return tape([(at, at % 3, 100 + at % 7) for at in range(milliseconds)])


async def test_a_desk_ends_with_the_table_of_the_recording(stage: Stage, shared_data: Path) -> None:
    recorded = load_tape([shared_data / "normalised" / "crypto_multi_dev.parquet"])
    spec = group_spec(each.key for exchange in recorded.exchanges for each in exchange.instruments)
    desk = await stage.desk("one")
    subscriber = Subscriber(await stage.bus("grid"), spec, Scope("one"))
    await stage.play(recorded, speed_milli=0)
    await subscriber.open()
    try:
        await wait_for(lambda: desk.state() == SessionClock.ENDED, 30, "the end of the tape")
        expected = {}
        for exchange in recorded.exchanges:
            newest = NewestValues(len(exchange.instruments))
            newest.note(exchange.events(0, exchange.event_count))
            for row, instrument in enumerate(exchange.instruments):
                expected[instrument.key] = newest.table.values[:, row].tolist()
        wanted = [expected[key] for key in spec.keys]
        await wait_for(lambda: subscriber.is_live and subscriber.values() == wanted, 20, "the same table")
    finally:
        await subscriber.close()
    assert desk.live == []  # nothing of a recording is heard on live subjects
    last = desk.clocks[-1]
    assert (last.events_played, last.events_total) == (recorded.event_count, recorded.event_count)
    assert (last.tape_ns, last.begin_ns, last.end_ns) == (
        recorded.end_ns, recorded.begin_ns, recorded.end_ns
    )  # fmt: skip
    assert last.instruments == 117


async def test_pause_speed_play_and_stop(stage: Stage) -> None:
    desk = await stage.desk("one")
    task = await stage.play(tape([(at * 10, at % 3, 100) for at in range(2_000)]))  # 20 s
    await wait_for(lambda: desk.state() == SessionClock.PLAYING, 5, "playing")
    paused = await desk.tell(ReplayControl.PAUSE)
    assert paused.state == SessionClock.PAUSED
    still = await desk.tell(ReplayControl.STATUS)
    assert (still.tape_ns, still.events_played) == (paused.tape_ns, paused.events_played)
    faster = await desk.tell(ReplayControl.SPEED, 50_000)
    assert (faster.speed_milli, faster.state) == (50_000, SessionClock.PAUSED)
    assert (await desk.tell(ReplayControl.PLAY)).state == SessionClock.PLAYING
    await wait_for(lambda: desk.state() == SessionClock.ENDED, 10, "the end")
    assert "is above" in (await desk.tell(ReplayControl.SPEED, 2_000_000)).error
    first_epoch = desk.clocks[-1].epoch
    await desk.tell(ReplayControl.PLAY)
    await wait_for(lambda: desk.clocks[-1].epoch > first_epoch, 5, "a second round")
    await desk.tell(ReplayControl.STOP)
    assert await task == DONE
    times = [clock.tape_ns for clock in desk.clocks if clock.epoch == first_epoch]
    assert times == sorted(times)
    assert times[0] >= BEGIN_NS


async def test_the_clock_goes_out_ten_times_a_second(stage: Stage) -> None:
    desk = await stage.desk("one")
    await stage.play(_short_tape(60_000))
    await wait_for(lambda: len(desk.clocks) >= 12, 5, "a second of clocks")
    sent = [clock.sent_ns for clock in desk.clocks[1:12]]
    assert 0.9e9 < sent[-1] - sent[0] < 2.0e9
    one, other = desk.clocks[2], desk.clocks[11]
    passed_ns = other.tape_ns - one.tape_ns
    assert passed_ns == pytest.approx(other.sent_ns - one.sent_ns, abs=50e6)


async def test_a_name_in_use_is_refused(stage: Stage) -> None:
    desk = await stage.desk("one")
    await stage.play(_short_tape())
    await wait_for(lambda: desk.clocks and desk.clocks[-1].title, 5, "the first session, with its tape")
    second = ReplaySession(await stage.bus("second"), _short_tape(), "one")
    with pytest.raises(SessionTaken, match=r"session one plays hand\.made already"):
        await second.run()


async def test_a_looped_tape_begins_again_with_a_new_epoch(stage: Stage) -> None:
    desk = await stage.desk("one")
    await stage.play(_short_tape(150), loop=True)
    await wait_for(lambda: len({clock.epoch for clock in desk.clocks}) >= 3, 10, "three rounds")
    epochs = [clock.epoch for clock in desk.clocks]
    assert epochs == sorted(epochs)


async def test_run_replay_ends_with_its_tape_and_says_what_it_played(
    stage: Stage, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shared_data / "databento-python/tests/data/LIVE/test_data.live.dbn.zst"
    code = await run_replay([path], find_address=lambda: stage.address, speed_milli=0, exit_at_end=True)
    said = capsys.readouterr()
    assert code == DONE
    assert said.out.startswith("session test_data-live: test_data.live.dbn.zst\n")
    assert "unused: 9 statistics" in said.out
    assert said.err == ""


async def test_bad_input_is_one_line_and_code_2(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.dbn").touch()
    desk = await stage.desk("empty")
    code = await run_replay([tmp_path / "empty.dbn"], find_address=lambda: stage.address)
    assert code == BAD_INPUT
    assert capsys.readouterr().err == "tapedeckd: empty.dbn: empty file: get it again\n"
    assert desk.clocks == []


def test_the_summary_names_what_is_left_out(shared_data: Path) -> None:
    recorded = load_tape([shared_data / "nautilus/tests/test_data/btc-perp-20211231-20220201_1m.csv.gz"])
    text = summary(recorded, "btc")
    assert "45,025 events (45,025 bars)" in text
    assert "6 rejected, volume is no positive decimal" in text
