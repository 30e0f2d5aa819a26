"""The common fixtures do what their readers rely on: servers that answer and end, leaks that are noticed."""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.nats_process import NatsServer, running_nats_server
from tests.waiting import wait_for, wait_for_sync

pytest_plugins = ["pytester"]

LEAKY = """
import asyncio, subprocess, sys
import pytest
pytest_plugins = ["tests.leaks"]

async def test_task():
    leaky_tasks.append(asyncio.create_task(asyncio.sleep(60), name="forgotten"))

leaky_tasks = []

def test_child():
    leaky_tasks.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))

def test_widget(qapp):
    from PySide6.QtWidgets import QWidget
    leaky_tasks.append(QWidget())

def test_timer(qapp):
    from PySide6.QtCore import QTimer
    timer = QTimer()
    timer.start(60_000)
    leaky_tasks.append(timer)

async def test_clean(qapp):
    await asyncio.create_task(asyncio.sleep(0))
"""


def test_the_server_answers_and_is_gone_afterwards(tmp_path: Path) -> None:
    with running_nats_server(tmp_path / "bus") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            assert client.recv(4) == b"INFO"
        assert psutil.pid_exists(server.pid)
    assert not psutil.pid_exists(server.pid)


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="nats-server ended with 1"),
        running_nats_server(tmp_path, "-c", "no-such-file.conf"),
    ):
        pass


def test_two_tests_never_share_a_server(nats_server: NatsServer, tmp_path: Path) -> None:
    with running_nats_server(tmp_path / "second") as second:
        assert second.port != nats_server.port


async def test_waiting_returns_once_the_condition_holds() -> None:
    seen: list[int] = []
    asyncio.get_running_loop().call_later(0.01, seen.append, 1)
    await wait_for(lambda: seen)
    wait_for_sync(lambda: seen)


async def test_waiting_in_vain_names_what_was_waited_for() -> None:
    with pytest.raises(AssertionError, match="in vain for the first tick"):
        await wait_for(lambda: False, 0.01, "the first tick")
    with pytest.raises(AssertionError, match="in vain for the last tick"):
        wait_for_sync(lambda: False, 0.01, "the last tick")


def test_no_test_touches_the_profile_of_the_person_who_runs_it() -> None:
    assert "tapedeck-tests-" in os.environ["XDG_CONFIG_HOME"]
    assert os.environ["QT_QPA_PLATFORM"]


def test_the_recordings_are_found_beside_the_repository(shared_data: Path) -> None:
    assert (shared_data / "normalised").is_dir()


def test_leaks_fail_the_test_that_made_them(
    pytester: pytest.Pytester, repo_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(repo_root))
    pytester.makepyfile(LEAKY)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-o", "asyncio_mode=auto")
    output = result.stdout.str()
    result.assert_outcomes(passed=5, errors=4)
    for named in ("forgotten", "input()", "QWidget", "60000 ms"):
        assert named in output


def test_fixture_calls_are_the_shared_ones(
    wait_for_sync: Callable[..., None], wait_for: Callable[..., object]
) -> None:
    wait_for_sync(lambda: True)
    assert asyncio.iscoroutinefunction(wait_for)
