"""The embedded server: private, the same one again after a restart, and who may say and hear what on it."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from aggregator import permissions
from aggregator.nats_server import NatsServer, NatsServerError
from core import subjects
from core.bus import Bus, BusFault, BusRefused, BusTimeout, FaultKind, NoResponders, ServerAddress
from core.market.instruments import InstrumentKey
from core.scope import LIVE, Scope
from tests.waiting import wait_for, wait_for_sync


@asynccontextmanager
async def running(run_dir: Path) -> AsyncIterator[NatsServer]:
    server = NatsServer(run_dir)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def connected(server: NatsServer, role: str) -> AsyncIterator[Bus]:
    bus = Bus(role, server.address(role))
    await bus.connect()
    try:
        yield bus
    finally:
        await bus.close()


def run_dir_of(tmp_path: Path) -> Path:
    return tmp_path / "Ünser Profil" / "run"


async def test_it_listens_on_loopback_only_and_its_files_are_private(tmp_path: Path) -> None:
    async with running(run_dir_of(tmp_path)) as server:
        assert server.url.startswith("nats://127.0.0.1:")
        listening = {c.laddr.ip for c in psutil.Process(server.pid).net_connections() if c.status == "LISTEN"}
        assert listening == {"127.0.0.1"}
        for name in ("credentials.json", "nats-server.conf"):
            assert stat.S_IMODE((run_dir_of(tmp_path) / name).stat().st_mode) == 0o600
        assert stat.S_IMODE(run_dir_of(tmp_path).stat().st_mode) == 0o700
        config = (run_dir_of(tmp_path) / "nats-server.conf").read_text()
        for entry in json.loads(server.credentials_file.read_text())["roles"].values():
            assert entry["seed"] not in config


async def test_nobody_is_anonymous(tmp_path: Path) -> None:
    async with running(run_dir_of(tmp_path)) as server:
        with pytest.raises(BusRefused):
            await Bus("stranger", ServerAddress((server.url,))).connect(2_000)


async def test_a_killed_server_comes_back_on_the_same_port_for_the_same_people(tmp_path: Path) -> None:
    async with running(run_dir_of(tmp_path)) as server, connected(server, "desk") as desk:
        url = server.url
        os.kill(server.pid, signal.SIGKILL)
        assert await server.wait() == -signal.SIGKILL
        await wait_for(lambda: not desk.connected)
        await server.start()
        assert server.url == url
        await wait_for(lambda: desk.connected)
        assert (await server.statistics())["connections"] == 1


async def test_a_later_server_on_the_profile_keeps_port_and_credentials(tmp_path: Path) -> None:
    async with running(run_dir_of(tmp_path)) as first:
        address = first.address("desk")
    async with running(run_dir_of(tmp_path)) as second:
        assert second.address("desk") == address
        # and moves when somebody else has that port by now
        other_dir = tmp_path / "other" / "run"
        other_dir.mkdir(parents=True)
        (other_dir / "credentials.json").write_text(second.credentials_file.read_text())
        (other_dir / "credentials.json").chmod(0o600)
        async with running(other_dir) as third:
            assert third.url != second.url


async def test_credentials_that_others_could_read_are_not_used_again(tmp_path: Path) -> None:
    async with running(run_dir_of(tmp_path)) as first:
        old = first.address("desk")
    first.credentials_file.chmod(0o644)
    async with running(run_dir_of(tmp_path)) as second:
        assert second.address("desk").seed != old.seed


async def test_a_configuration_error_is_told_in_the_servers_words(tmp_path: Path) -> None:
    class Wrong(NatsServer):
        def _configuration(self, port: int, seeds: object) -> dict[str, object]:
            return {"max_payloat": 1}

    with pytest.raises(NatsServerError, match='unknown field "max_payloat"'):
        await Wrong(tmp_path / "run").start()


HOLDER = """
import asyncio, sys
from pathlib import Path
from aggregator.nats_server import NatsServer
async def main():
    server = NatsServer(Path(sys.argv[1]))
    await server.start()
    print(server.pid, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


@pytest.mark.skipif(
    sys.platform != "linux", reason="the kernel's help is Linux'; Windows has its job objects"
)
def test_the_server_does_not_outlive_a_killed_holder(tmp_path: Path, repo_root: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=repo_root) as holder:
        assert holder.stdout is not None
        server = psutil.Process(int(holder.stdout.readline()))
        holder.kill()
    wait_for_sync(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)


# ---- who may do what ---------------------------------------------------------------------------------
SESSION = Scope("monday")
KEY = InstrumentKey("SIM", "AAA")
EVERYTHING = {
    "raw": subjects.raw(LIVE, KEY),
    "raw mix": subjects.raw_mix(LIVE, "SIM"),
    "definitions": subjects.definitions(LIVE, "SIM"),
    "delta": subjects.delta(LIVE, "g1"),
    "snapshot": subjects.snapshot(LIVE, "g1"),
    "snapshot get": subjects.snapshot_get(LIVE, "g1"),
    "group update": subjects.group_update(LIVE),
    "interest": subjects.interest(LIVE, "ann", "desk1"),
    "directory": subjects.directory(LIVE),
    "directory get": subjects.directory_get(LIVE),
    "bars": subjects.bar(LIVE, KEY),
    "bars get": subjects.bars_get(LIVE, KEY),
    "replay raw": subjects.raw(SESSION, KEY),
    "replay bars": subjects.bar(SESSION, KEY),
    "replay bars get": subjects.bars_get(SESSION, KEY),
    "replay time line": subjects.replay_timeline("monday"),
    "replay delta": subjects.delta(SESSION, "g1"),
    "replay update": subjects.group_update(SESSION),
    "replay clock": subjects.session_clock("monday"),
    "replay control": subjects.replay_control("monday"),
    "health": subjects.health("market"),
    "inspect": subjects.inspect("desk1"),
    "own replies": "",
    "others' replies": subjects.inbox("somebody") + ".x",
}
PUBLISHES = {
    "market": {"raw", "raw mix", "definitions", "delta", "snapshot", "directory", "bars", "health"},
    "replay": {"replay raw", "replay delta", "replay bars", "replay clock", "replay control", "health"},
    "desk": {
        "snapshot get", "group update", "interest", "directory get", "replay update", "replay control",
        "bars get", "replay bars get", "replay time line", "health",
    },
    "recorder": {"health"},
    "supervisor": {"health"},
    "admin": set(EVERYTHING),
}  # fmt: skip
HEARS = {
    "market": {
        "raw", "raw mix", "definitions", "snapshot get", "group update", "interest", "directory get",
        "bars get", "own replies",
    },
    "replay": {
        "replay raw", "replay update", "replay bars get", "replay control", "replay time line", "own replies",
    },
    "desk": {
        "delta", "snapshot", "directory", "bars", "replay delta", "replay bars", "replay clock", "health",
        "inspect", "own replies",
    },
    "recorder": {"raw", "raw mix", "definitions", "replay raw", "own replies"},
    "supervisor": {"health", "own replies"},
    "admin": set(EVERYTHING),
}  # fmt: skip


def subject_for(role: str, what: str) -> str:
    return EVERYTHING[what] or subjects.inbox(role) + ".x"


def test_the_table_names_every_role() -> None:
    assert permissions.table().keys() == PUBLISHES.keys() == HEARS.keys()


@pytest.mark.parametrize("role", PUBLISHES)
async def test_a_role_may_publish_and_hear_exactly_its_own(tmp_path: Path, role: str) -> None:
    refused: list[BusFault] = []
    async with running(tmp_path / "run") as server, connected(server, role) as bus:
        bus.on_fault(refused.append)
        may_hear: set[str] = set()
        may_publish: set[str] = set()
        for what in EVERYTHING:
            subject = subject_for(role, what)
            for allowed, act in (
                (may_hear, lambda s=subject: bus.subscribe(s, lambda _s, _d, _r: None)),
                (may_publish, lambda s=subject: bus.publish(s, b"")),
            ):
                before = len(refused)
                done = act()
                if done is not None:
                    await done
                await bus.flush()
                if len(refused) == before:
                    allowed.add(what)
        assert {fault.kind for fault in refused} <= {FaultKind.PERMISSION}
        assert may_hear == HEARS[role]
        assert may_publish == PUBLISHES[role]


async def test_one_role_cannot_read_the_replies_of_another(tmp_path: Path) -> None:
    spied: list[bytes] = []
    async with (
        running(tmp_path / "run") as server,
        connected(server, "market") as market,
        connected(server, "desk") as desk,
        connected(server, "replay") as spy,
    ):
        for subject in ("_INBOX.>", "_INBOX.desk.>", ">"):
            await spy.subscribe(subject, lambda _s, data, _r: spied.append(data))
        update = subjects.group_update(LIVE)
        await market.subscribe(update, lambda _s, _d, reply: market.respond(reply, b"secret"))
        await market.flush()
        await spy.flush()
        assert await desk.request(update, b"", timeout_ms=2_000) == b"secret"
        with pytest.raises(NoResponders):
            await desk.request(subjects.directory_get(LIVE), b"", timeout_ms=2_000)
        with pytest.raises(BusTimeout):  # not a desk's to ask: the server drops it
            await desk.request(subjects.feed_state_get(LIVE, "SIM"), b"", timeout_ms=50)
        await spy.flush()
        assert spied == []
