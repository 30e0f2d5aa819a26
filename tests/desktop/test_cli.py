"""What a person who mistypes is told, and how the commands end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.cli import run
from tests.nats_process import NatsServer
from tests.waiting import wait_for_sync


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "No such command 'nope'"),
        (["--windows", "99"], "--windows"),
        (["--session", "A B"], "session name 'A B'"),
        (["--creds", "/nowhere/desk.creds"], "/nowhere/desk.creds"),
        (["demo", "--rate", "0"], "--rate"),
        (["bench", "grid"], "--json"),
    ],
)
def test_bad_usage_is_one_line_and_code_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert said in error


def test_help_lists_the_commands_without_starting_qt() -> None:
    code = "import sys; from desktop.cli import run; c = run(['--help']); print(c, 'PySide6' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert "demo" in done.stdout
    assert done.stdout.splitlines()[-1] == "0 False"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM")
@pytest.mark.slow
def test_a_terminated_desk_ends_cleanly(nats_server: NatsServer, tmp_path: Path) -> None:
    log = tmp_path / "desk.log"
    command = [sys.executable, "-m", "desktop", "--server", nats_server.url, "--inspect"]
    command += ["--desk-dir", str(tmp_path / "desk")]
    with log.open("wb") as stderr, subprocess.Popen(command, stderr=stderr, env={**os.environ}) as desk:
        try:
            wait_for_sync(lambda: "inspect" in log.read_text(), 20, "the desk")
            desk.send_signal(signal.SIGTERM)
            assert desk.wait(10) == 0
        finally:
            desk.kill()
    assert "Traceback" not in log.read_text()


@pytest.mark.slow
def test_credentials_that_cannot_be_read_are_told_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "desk.creds"
    broken.write_text("not a key")
    command = [sys.executable, "-m", "desktop", "--server", "nats://127.0.0.1:9", "--creds", str(broken)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert str(broken) in done.stderr
    assert "Traceback" not in done.stderr
