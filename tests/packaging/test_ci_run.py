"""The check run's exit code is honest, and nothing it started outlives it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is a script for Debian")


def run_checks(repo_root: Path, directory: Path, make: str) -> "subprocess.CompletedProcess[str]":
    """.ci/run in an empty project, with this script as `make`."""
    (directory / ".ci").mkdir()
    (directory / "bin").mkdir()
    shutil.copy(repo_root / ".ci" / "run", directory / ".ci")
    fake = directory / "bin" / "make"
    fake.write_text(f"#!/bin/bash\n{make}\n")
    fake.chmod(0o755)
    environment = {**os.environ, "PATH": f"{fake.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [str(directory / ".ci" / "run")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_all_passed(repo_root: Path, tmp_path: Path) -> None:
    done = run_checks(repo_root, tmp_path, 'echo "1 passed of $1"; [ "$CI" = true ]')
    assert done.returncode == 0, done.stderr
    assert "1 passed of test" in done.stdout
    assert "1 passed of lint" in done.stdout


@pytest.mark.parametrize("failing", ["test", "lint"])
def test_one_failed_and_the_other_still_ran(repo_root: Path, tmp_path: Path, failing: str) -> None:
    done = run_checks(repo_root, tmp_path, f'echo "ran $1"; [ "$1" != {failing} ]')
    assert done.returncode == 1
    assert "ran test" in done.stdout
    assert "ran lint" in done.stdout


def test_a_process_left_running_is_ended_and_fails_the_run(repo_root: Path, tmp_path: Path) -> None:
    leave_one = f'if [ "$1" = test ]; then setsid sleep 333 >/dev/null 2>&1 & echo $! >{tmp_path}/pid; fi'
    done = run_checks(repo_root, tmp_path, leave_one)
    assert done.returncode == 1
    assert "left behind by the tests" in done.stdout
    assert "sleep 333" in done.stdout
    pid = int((tmp_path / "pid").read_text())
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
