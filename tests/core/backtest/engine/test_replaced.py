"""A run that is made anew and killed as it takes the place of the old one: one of the two is there again."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.backtest.catalog import Catalog
from core.backtest.home import ResearchHome
from core.backtest.planning import plan
from core.backtest.run_files import LOG, RunFiles, RunState
from tests.core.backtest.made import made_dataset, made_home

DIES_BETWEEN_ITS_RENAMES = """
import os, pathlib, signal, sys
from core.backtest.engine.__main__ import main

rename = pathlib.Path.rename


def once(path, target):
    rename(path, target)
    os.kill(os.getpid(), signal.SIGKILL)


pathlib.Path.rename = once
main(["run", sys.argv[1], "--home", sys.argv[2], "--again"])
"""


@pytest.fixture
def home(tmp_path: Path) -> ResearchHome:
    return made_home(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("there", ["new", "old"])
def test_a_run_killed_as_it_replaces_the_one_that_is_there_is_there_again(
    there: str, home: ResearchHome, child: Callable[..., tuple[int, list[Any]]], repo_root: Path
) -> None:
    spec = plan(home, made_dataset(home, sessions=1, minutes=60).manifest.id, "sma_crossover", {})
    catalog = Catalog(home)
    catalog.queue(spec)
    child(spec)
    figures = RunFiles.open(home, spec.run_id).metrics()
    catalog.started(spec.run_id)
    catalog.finished(spec.run_id, figures)
    catalog.set_star(spec.run_id)
    (home.runs / spec.run_id / LOG).write_text("the old one")
    catalog.queue(spec, again=True)
    asked = home.directory / "asked.json"
    command = [sys.executable, "-c", DIES_BETWEEN_ITS_RENAMES, str(asked), str(home.directory)]
    process = subprocess.Popen(command, cwd=repo_root)
    catalog.started(spec.run_id, process.pid)
    assert process.wait(60) == -9
    assert not (home.runs / spec.run_id).exists()
    new = home.runs / f".{spec.run_id}.{process.pid}"
    if there == "old":
        (new / "fills.parquet").write_bytes(b"half of it")
    assert Catalog(home).mark_lost() == [spec.run_id]
    row = catalog.find_run(spec.run_id)
    assert (row.state, row.error, row.starred) == (RunState.DONE, "", True)
    assert row.metrics["fills"] == figures["fills"]
    RunFiles.open(home, spec.run_id).check()
    said = (home.runs / spec.run_id / LOG).read_text()
    assert (said == "the old one") is (there == "old")
    assert [path.name for path in home.runs.iterdir() if path.suffix != ".lock"] == [spec.run_id]
