"""Bytes that cannot be read, and too many names: counted at the border, the desk goes on."""

from core import subjects
from core.scope import LIVE
from core.wire.generated.control_pb2 import Directory, Health, SessionClock
from desktop.station import PROCESSES_MAX, SESSIONS_MAX
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto

GARBAGE = b"\x0a\xff\xff\xff\xff\x0f"


def test_unreadable_messages_are_counted_and_nothing_changes(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(5))
        await stage.until(lambda: stage.words()[0] == "live")
        station, desk = stage.app.station, stage.app.desk
        assert station is not None
        assert desk is not None
        before = stage.cells()[0]["Last"]
        bus = market.bus
        bus.publish(subjects.health("market"), GARBAGE)
        bus.publish(subjects.session_clock("a"), GARBAGE)
        bus.publish(subjects.session_clock("a"), SessionClock(session="b").SerializeToString())
        bus.publish(subjects.directory(LIVE), GARBAGE)
        group = next(iter(market.groups))
        bus.publish(subjects.delta(LIVE, group), GARBAGE)
        bus.publish(subjects.snapshot(LIVE, group), GARBAGE)
        await stage.until(lambda: station.unreadable == 3 and desk.quotes.directory.unreadable == 1)
        await stage.until(lambda: stage.app.groups_json()[0]["counters"]["corrupt"] == 2)
        await stage.until(lambda: stage.words()[0] == "live", "an idle header to dispel the doubt")
        assert stage.cells()[0]["Last"] == before
        assert stage.app.sessions() == ()

    play(scenario)


def test_more_sessions_and_processes_than_anybody_runs_are_refused(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(1))
        station = stage.app.station
        assert station is not None
        for number in range(SESSIONS_MAX + 10):
            market.send_session(SessionClock(session=f"s{number}", epoch=1))
            market.bus.publish(
                subjects.health(f"p{number}"), Health(process=f"p{number}").SerializeToString()
            )
        await stage.until(lambda: station.refused == 20)
        assert (len(station.sessions), len(station.processes)) == (SESSIONS_MAX, PROCESSES_MAX)

    play(scenario)


def test_an_older_directory_that_arrives_late_changes_nothing(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(5))
        await stage.until(lambda: len(stage.cells()) == 5 and stage.words()[0] == "live")
        old = Directory(epoch=market.epoch - 1, version=99)
        market.bus.publish(subjects.directory(LIVE), old.SerializeToString())
        market.send(*market.instruments)
        before = stage.app.groups_json()[0]["sequence"]
        await stage.until(lambda: stage.app.groups_json()[0]["sequence"] > before)
        assert len(stage.cells()) == 5

    play(scenario)
