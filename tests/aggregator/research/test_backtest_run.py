"""`tapedeckd backtest run` with a real engine: from options to files, found again, bad input, kills."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aggregator.cli import execute
from core.backtest.catalog import Catalog
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunFiles, RunState
from core.profile import HOME_VARIABLE, Profile
from tests.core.backtest.made import made_dataset
from tests.waiting import wait_for_sync

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ResearchHome:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "mein profil"))
    return ResearchHome.of(Profile.open())


@pytest.fixture
def say(home: ResearchHome, capsys: pytest.CaptureFixture[str], plain_logging: None) -> Say:
    def said(*arguments: str) -> tuple[int, str, str]:
        code = execute(("backtest", *arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return said


def entered(home: ResearchHome, sessions: int) -> None:
    Catalog(home).add_dataset(made_dataset(home, sessions=sessions).manifest)


@pytest.mark.slow
def test_a_run_from_options_is_made_entered_and_found_again(say: Say, home: ResearchHome) -> None:
    entered(home, 1)
    asked = (
        "run",
        "--dataset",
        "made",
        "--strategy",
        "sma_crossover",
        "--set",
        "fast=5",
        "--venue",
        "fees_bps=2",
    )
    code, out, _ = say(*asked, "--name", "first", "--progress", "json")
    assert code == 0
    lines = [json.loads(line) for line in out.splitlines()]
    assert {line["phase"] for line in lines[:-1]} == {"import", "load", "run", "write"}
    result = lines[-1]["result"]
    row = Catalog(home).run(result["run_id"])
    assert row is not None
    assert (row.state, row.name, row.spec.parameters["fast"]) == (RunState.DONE, "first", 5)
    assert row.spec.venue.fees_bps == 2.0
    assert row.metrics["fills"] == result["rows"]["fills"]
    assert len(RunFiles.open(home, row.id).read("equity")["equity"]) == result["bars"] == 390
    code, out, _ = say(*asked)
    assert (code, out) == (0, f"run {row.id} is there already\n")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("run",), "say either a SPEC file, or --dataset and --strategy"),
        (
            ("run", "--dataset", "made", "--strategy", "sma"),
            "there is no strategy 'sma': use sma_crossover, ",
        ),
        (("run", "--dataset", "gone", "--strategy", "sma_crossover"), "there is no dataset 'gone'"),
        (("run", "--dataset", "made", "--strategy", "file:my.py"), "there is no strategy file 'my.py'"),
        (("run", "--dataset", "made", "--strategy", "sma_crossover", "--set", "fast"), "write name=value"),
        (
            ("run", "--dataset", "made", "--strategy", "sma_crossover", "--set", "fast=x"),
            "whole number from 1",
        ),
        (("run", "--dataset", "made", "--strategy", "sma_crossover", "--set", "f=1"), "no parameter f"),
        (("run", "--dataset", "made", "--strategy", "sma_crossover", "--venue", "fee=1"), "it has fees_bps"),
        (("run", "--dataset", "made", "--strategy", "sma_crossover", "--instrument", "X:Y"), "has no X:Y"),
        (("run", "--dataset", "made", "--strategy", "sma_crossover", "--progress", "x"), "use text or json"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    asked: tuple[str, ...], message: str, say: Say, home: ResearchHome
) -> None:
    entered(home, 1)
    code, _, err = say(*asked)
    assert code == 2
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert Catalog(home).runs() == []


def test_a_spec_file_that_is_none_names_the_file(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "spec.json"
    file.write_text("{}")
    code, _, err = say("run", str(file))
    assert code == 2
    assert str(file) in err
    assert "the spec does not say dataset_hash" in err


@pytest.mark.slow
def test_a_run_of_another_process_is_cancelled_by_command(say: Say, home: ResearchHome) -> None:
    entered(home, 252)
    maker, run_id = running(home)
    code, out, _ = say("cancel", run_id[:8])
    assert (code, out) == (0, f"run {run_id} was cancelled\n")
    assert maker.stdout is not None
    last = json.loads(maker.stdout.read().splitlines()[-1])
    assert last["result"] == {"run_id": run_id, "state": "CANCELLED", "existing": False}
    assert maker.wait(20) == 1
    maker.stdout.close()
    assert [path.name for path in home.runs.iterdir()] == [f".{run_id}.lock"]
    code, _, err = say("cancel", run_id)
    assert code == 2
    assert f"run {run_id} is CANCELLED: there is nothing to cancel" in err


def running(home: ResearchHome) -> "tuple[subprocess.Popen[str], str]":
    """A `backtest run` in a process of its own that has come to its bars, and the id of its run."""
    command = [sys.executable, "-m", "aggregator", "backtest", "run", "--dataset", "made"]
    command += ["--strategy", "sma_crossover", "--progress", "json"]
    maker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=Profile.open().environment())
    assert maker.stdout is not None
    for line in maker.stdout:
        if json.loads(line).get("phase") == "run":
            break
    (row,) = Catalog(home).runs(RunState.RUNNING)
    return maker, row.id


@pytest.mark.slow
def test_a_run_that_was_killed_with_its_parent_is_found_at_the_next_start(
    say: Say, home: ResearchHome
) -> None:
    entered(home, 252)
    parent, run_id = running(home)
    assert parent.stdout is not None
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    def told() -> str:
        code, out, _ = say("list", "--state", "error")
        assert code == 0
        return out

    wait_for_sync(lambda: f"{run_id}: was killed while it ran: run it again" in told(), timeout_s=30)
    assert [path.name for path in home.runs.iterdir()] == [f".{run_id}.lock"]


@pytest.mark.slow
def test_sigterm_cancels_a_run(home: ResearchHome) -> None:
    entered(home, 252)
    process, run_id = running(home)
    process.terminate()
    assert process.stdout is not None
    *_, last = process.stdout.read().splitlines()
    process.stdout.close()
    assert process.wait() == 1
    assert json.loads(last)["result"]["state"] == "CANCELLED"
    (row,) = Catalog(home).runs()
    assert row.state is RunState.CANCELLED
    assert not (home.runs / run_id).exists()
