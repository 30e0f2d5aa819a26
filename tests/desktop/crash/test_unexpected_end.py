"""A real desk is killed, or hit by a signal it cannot survive: the next one says so, and works."""

import asyncio
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from core import subjects
from core.bus import Bus, BusError, ServerAddress
from tests.desktop.market import TestMarket, crypto, quote
from tests.e2e.processes import Child
from tests.nats_process import NatsServer
from tests.waiting import POLL_INTERVAL_S, wait_for

TIMEOUT_S = 40.0
pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.long]


def start(server: NatsServer, home: Path, name: str) -> Child:
    arguments = ["-m", "desktop", "--server", server.url, "--inspect", "--layout", "grids"]
    return Child(name, arguments, home, {"TAPEDECK_HOME": str(home / "profiles")})


def reports(home: Path) -> list[Path]:
    return list(home.glob("profiles/default/state/desk/crash/crash-*.txt"))


async def answer(bus: Bus, desk: Child) -> dict[str, Any]:
    """What is on its screen, once prices are."""
    deadline_s = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline_s:
        desk.check_running()
        try:
            found = json.loads(await bus.request(subjects.inspect(f"desk-{desk.pid}"), b"", 1_000))
        except BusError:
            await asyncio.sleep(POLL_INTERVAL_S)  # it is still starting
            continue
        if found["windows"] and found["windows"][0]["panels"][0]["state"] == "live":
            return dict(found)
    raise AssertionError(f"no prices: {desk.tail()}")


@pytest.mark.parametrize(
    ("number", "said"), [(signal.SIGKILL, "killed"), (signal.SIGSEGV, "Segmentation fault")]
)
async def test_the_next_desk_tells_of_one_that_was_ended(
    nats_server: NatsServer, tmp_path: Path, number: signal.Signals, said: str
) -> None:
    market = TestMarket(nats_server.url, crypto(4))
    for place, key in enumerate(market.instruments):
        market.set_values(key, quote(100 + place, 102 + place, 101 + place))
    await market.start()
    bus = Bus("test", ServerAddress((nats_server.url,)))
    await bus.connect()
    first = start(nats_server, tmp_path, "first")
    children = [first]
    try:
        before = await answer(bus, first)
        assert not any("unexpectedly" in text for text in before["messages"])
        os.kill(first.pid, number)
        await wait_for(lambda: first.ended, 10)

        children.append(start(nats_server, tmp_path, "second"))
        after = await answer(bus, children[-1])
        (told,) = [text for text in after["messages"] if "unexpectedly" in text]
        assert told.endswith("; your workspace was restored")
        (report,) = reports(tmp_path)
        assert said in report.read_text()
        assert f"process {first.pid}" in report.read_text()
        children[-1].stop()

        children.append(start(nats_server, tmp_path, "third"))
        last = await answer(bus, children[-1])
        assert not any("unexpectedly" in text for text in last["messages"]), "a clean end is not told"
    finally:
        for child in children:
            child.stop()
        await bus.close()
        await market.close()
