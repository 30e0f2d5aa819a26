"""What the health messages of processes tell a desk about its sources."""

import asyncio

import pytest

from core import subjects
from core.bus import Bus, ServerAddress
from core.market.fields import SourceState
from core.scope import LIVE, Scope
from core.wire.generated import control_pb2
from desktop import station as station_module
from desktop.desk import UNKNOWN_SOURCE
from desktop.station import Station
from tests.nats_process import NatsServer
from tests.waiting import wait_for


def health(process: str, **states: SourceState) -> bytes:
    message = control_pb2.Health(process=process)
    for exchange, state in states.items():
        message.sources.add(exchange=exchange, state=state, instruments=7)
    return message.SerializeToString()


async def test_a_source_that_recovered_outside_every_window_is_not_called_down_for_ever(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = Bus("desk", ServerAddress((nats_server.url,)))
    await bus.connect()
    station = Station(bus)
    await station.start()

    def states(scope: Scope) -> dict[str, int]:
        return {source.exchange: source.state for source in station.sources_of(scope)}

    for state in (SourceState.DOWN, SourceState.OK):
        bus.publish(subjects.health("market"), health("market", SIMX=state))
        await wait_for(lambda state=state: states(LIVE) == {"SIMX": state}, 5)
    assert states(Scope("es")) == {}, "a session has sources of its own"
    bus.publish(subjects.health("replay-es"), health("replay-es", GLBX=SourceState.LATE))
    await wait_for(lambda: states(Scope("es")) == {"GLBX": SourceState.LATE}, 5)

    monkeypatch.setattr(station_module, "HEALTH_SILENT_MS", 0)
    await wait_for(lambda: states(LIVE) == {"SIMX": UNKNOWN_SOURCE}, 5)
    station.close()
    await asyncio.wait_for(bus.close(), 5)
