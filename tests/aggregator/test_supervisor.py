"""`tapedeckd run` as an operator meets it: real processes, killed, frozen, started twice, ended."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from core.bus import Bus
from core.profile import (
    HOME_VARIABLE,
    Profile,
    ProfileError,
    SupervisorInfo,
    find_supervisor,
    start_supervisor,
    stop_supervisor,
)
from core.subjects import health_all
from tests.waiting import wait_for, wait_for_sync

READY_S = 30.0
pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "Tape deck Größe"))
    return Profile.open()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "no feeds.toml"
    path.write_text("[market]\nfeeds = []\n")
    return path


@contextmanager
def running(profile: Profile, config: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """`tapedeckd run` in the foreground, ready; ended by SIGTERM when it still runs."""
    command = [sys.executable, "-m", "aggregator", "run", "--config", str(config), *options]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=profile.environment()
    ) as process:
        try:
            wait_for_sync(
                lambda: process.poll() is not None or find_supervisor(profile), READY_S, "the supervisor"
            )
            assert process.poll() is None, process.stderr and process.stderr.read()
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=10)


def family(pid: int) -> dict[str, psutil.Process]:
    """Children by what they are."""
    found = {}
    for child in psutil.Process(pid).children(recursive=True):
        try:
            line = child.cmdline()
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        if line and "nats-server" in line[0] and "-t" not in line:
            found["server"] = child
        elif "--role" in line:
            found[line[line.index("--role") + 1]] = child
    return found


def has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def child_of(pid: int, name: str, unlike: int = 0) -> psutil.Process:
    """Wait for the child `name`, and not the one with the number `unlike`."""
    found: list[psutil.Process] = []

    def look() -> bool:
        child = family(pid).get(name)
        if child is not None and child.pid != unlike:
            found.append(child)
        return bool(found)

    wait_for_sync(look, READY_S, f"a new {name}")
    return found[0]


class Signs:
    """Health messages by process, as an operator's tool hears them."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def note(self, subject: str, _data: bytes, _reply: str) -> None:
        self.heard.append(subject.rpartition(".")[2])

    async def of(self, name: str) -> None:
        self.heard.clear()
        await wait_for(lambda: name in self.heard, READY_S, f"a sign of life of {name}")


async def test_whatever_dies_or_hangs_is_brought_back_and_ending_leaves_nothing(
    profile: Profile, config: Path
) -> None:
    with running(profile, config) as supervisor:
        info = find_supervisor(profile)
        assert info is not None
        assert info.pid == supervisor.pid
        signs = Signs()
        desk = Bus("desk", info.address("desk"))
        await desk.connect()
        await desk.subscribe(health_all(), signs.note)
        await signs.of("market")
        told = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "aggregator", "health"),
            env=profile.environment(),
            stdout=subprocess.PIPE,
        )
        said, _ = await told.communicate()
        assert told.returncode == 0
        assert [line.split()[0] for line in said.decode().splitlines()] == ["market", "supervisor"]

        market = child_of(supervisor.pid, "market")
        market.kill()
        second = child_of(supervisor.pid, "market", unlike=market.pid)
        await signs.of("market")

        second.suspend()  # alive, but silent
        third = child_of(supervisor.pid, "market", unlike=second.pid)
        await signs.of("market")

        server = child_of(supervisor.pid, "server")
        server.kill()
        child_of(supervisor.pid, "server", unlike=server.pid)
        await wait_for(lambda: desk.counters.reconnects == 1, READY_S)
        await signs.of("market")
        assert child_of(supervisor.pid, "market").pid == third.pid  # it only had to connect again
        await desk.close()

        left = list(family(supervisor.pid).values())
        assert len(left) == 2
        asked_s = time.monotonic()
        supervisor.send_signal(signal.SIGINT)
        supervisor.wait(10)
        assert time.monotonic() - asked_s < 3.0
        assert supervisor.returncode == 0
        assert all(has_ended(process) for process in left)
        assert find_supervisor(profile) is None
        assert not profile.supervisor_file.exists()


def test_a_second_supervisor_is_refused_by_name_and_a_dead_ones_file_is_no_obstacle(
    profile: Profile, config: Path
) -> None:
    with running(profile, config) as first:
        second = subprocess.run(
            [sys.executable, "-m", "aggregator", "run"],
            env=profile.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 2
        assert second.stderr.count("\n") == 1
        assert f"in use by supervisor {first.pid}: end it (kill {first.pid})" in second.stderr
        children = [*family(first.pid).values()]
        first.kill()
        first.wait()
        assert profile.supervisor_file.exists()
        assert find_supervisor(profile) is None
        wait_for_sync(lambda: all(has_ended(child) for child in children), 10, "its children to end")
    with running(profile, config):
        pass


PARENT = """
import sys, time
from pathlib import Path
from core.profile import Profile, start_supervisor
info = start_supervisor(Profile.open(), tie_to_parent=sys.argv[2] == "tied", config=Path(sys.argv[1]))
print(info.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("tie", ["tied", "free"])
def test_a_demo_takes_its_supervisor_with_it_and_a_desk_does_not(
    profile: Profile, config: Path, tie: str
) -> None:
    command = [sys.executable, "-c", PARENT, str(config), tie]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=profile.environment()
    ) as parent:
        assert parent.stdout is not None
        supervisor = psutil.Process(int(parent.stdout.readline()))
        info = find_supervisor(profile)
        assert info is not None
        assert info.pid == supervisor.pid
        children = [child_of(supervisor.pid, "market"), child_of(supervisor.pid, "server")]
        parent.kill()
    if tie == "free":
        assert supervisor.is_running()
        assert start_supervisor(profile) == info  # found, not started
        assert stop_supervisor(info)
    wait_for_sync(lambda: all(map(has_ended, [supervisor, *children])), 10, "everything to end")


def test_two_desks_that_start_at_once_share_one_supervisor(profile: Profile, config: Path) -> None:
    with ThreadPoolExecutor(2) as desks:
        both = [desks.submit(start_supervisor, profile, config=config) for _ in range(2)]
        first, second = (desk.result() for desk in both)
    assert first == second
    assert stop_supervisor(first)


def test_a_supervisor_that_cannot_start_says_why(profile: Profile, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("[synthetic]\ninstrumants = 5\n")
    with pytest.raises(ProfileError, match=r"wrong.toml: \[synthetic\] unknown key 'instrumants'"):
        start_supervisor(profile, config=wrong)


def test_the_number_of_an_ended_process_does_not_make_a_supervisor(profile: Profile) -> None:
    own = psutil.Process().create_time()
    for pid, started_s, is_one in [
        (os.getpid(), own, True),
        (os.getpid(), own - 60, False),
        (2**22 + 1, own, False),
    ]:
        info = SupervisorInfo(pid, "nats://127.0.0.1:1", "", 1, started_s, "test")
        profile.supervisor_file.write_text(json.dumps({name: getattr(info, name) for name in info.__slots__}))
        assert (find_supervisor(profile) == info) is is_one
    for broken in ("", "{", "[]", '{"pid": "x"}'):
        profile.supervisor_file.write_text(broken)
        assert find_supervisor(profile) is None
