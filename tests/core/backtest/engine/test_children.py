"""Runs in real children: the same in every process and folder, cancelled, killed, queued."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.backtest.catalog import Catalog
from core.backtest.columns import RUN_FILES
from core.backtest.dataset import Dataset
from core.backtest.home import ResearchHome
from core.backtest.planning import plan
from core.backtest.run_child import describe_strategies
from core.backtest.run_files import RunFiles, RunState
from core.backtest.running import RunJob, RunQueue
from core.backtest.spec import RunSpec
from core.backtest.strategies import BUILT_IN
from tests.core.backtest.made import made_dataset, made_home
from tests.waiting import wait_for

pytestmark = pytest.mark.slow  # a child needs a second or two to import the engine

PRINTS_A_SET = """
from core.backtest.engine.strategies.sma_crossover import SmaCrossover as Base, SmaCrossoverConfig as Config


class MineConfig(Config, frozen=True):
    pass


class Mine(Base):
    def on_bar(self, bar):
        for name in {"alpha", "beta", "gamma", "delta"}:
            self.record(bar.ts_event, **{name: 1.0})
        super().on_bar(bar)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> ResearchHome:
    return made_home(tmp_path_factory.mktemp("runs und läufe"))


@pytest.fixture(scope="module")
def year(home: ResearchHome) -> Dataset:
    return made_dataset(home, sessions=252)


@pytest.fixture
async def queue(home: ResearchHome) -> AsyncIterator[RunQueue]:
    queue = RunQueue(home, Catalog(home), parallel=2)
    yield queue
    await queue.close()
    assert not queue.jobs


def spec_of(home: ResearchHome, dataset: Dataset, **parameters: object) -> RunSpec:
    return plan(home, dataset.manifest.id, "sma_crossover", parameters)


def left_of(home: ResearchHome, job: RunJob) -> list[str]:
    """Of a run that was not finished; its lock stays."""
    return sorted(path.name for path in home.runs.glob(f".{job.run_id}*"))


async def test_the_same_spec_gives_the_same_artifacts_in_two_processes_and_two_folders(
    tmp_path: Path,
) -> None:
    hashes = []
    queues = []
    for name in ("here", "dort, größer"):
        home = made_home(tmp_path / name)
        dataset = made_dataset(home, ("XNAS:AAA", "XNAS:BBB"), sessions=3, quiet=0.1)
        (home.strategies / "mine.py").write_text(PRINTS_A_SET)
        described = BUILT_IN["sma_crossover"]
        spec = plan(home, dataset.manifest.id, "file:mine.py", {}, described=described, seed=7)
        queue = RunQueue(home, Catalog(home), parallel=1)
        queues.append((home, queue, await queue.start(spec)))
    for home, queue, job in queues:
        end = await job.wait()
        assert end.state is RunState.DONE, end.error
        hashes.append(RunFiles.open(home, job.run_id).manifest.artifacts)
        await queue.close()
    assert hashes[0] == hashes[1]
    assert len(hashes[0]) == len(RUN_FILES) + 2


async def test_a_cancelled_run_leaves_nothing_and_says_cancelled(
    queue: RunQueue, home: ResearchHome, year: Dataset
) -> None:
    job = await queue.start(spec_of(home, year, fast=11))
    await wait_for(lambda: job.progress.phase == "run", timeout_s=60)
    job.cancel()
    end = await job.wait()
    assert end.state is RunState.CANCELLED
    row = Catalog(home).run(job.run_id)
    assert row is not None
    assert row.state is RunState.CANCELLED
    assert not (home.runs / job.run_id).exists()
    assert left_of(home, job) == [f".{job.run_id}.lock"]


async def test_a_killed_run_is_an_error_and_its_remains_are_swept_away(
    queue: RunQueue, home: ResearchHome, year: Dataset
) -> None:
    job = await queue.start(spec_of(home, year, fast=12))
    await wait_for(lambda: job.progress.phase == "run", timeout_s=60)
    row = Catalog(home).run(job.run_id)
    assert row is not None
    assert row.state is RunState.RUNNING
    os.kill(row.pid, 9)
    end = await job.wait()
    assert end.state is RunState.ERROR
    assert "SIGKILL" in end.error
    row = Catalog(home).run(job.run_id)
    assert row is not None
    assert (row.state, row.error) == (RunState.ERROR, end.error)
    assert left_of(home, job) == [f".{job.run_id}.lock"]
    assert not (home.runs / job.run_id).exists()


async def test_runs_beyond_the_bound_wait_in_turn_and_can_be_cancelled_there(
    home: ResearchHome, year: Dataset
) -> None:
    seen: list[tuple[str, RunState]] = []

    def on_change(job: RunJob) -> None:
        if (job.run_id, job.state) not in seen:
            seen.append((job.run_id, job.state))

    queue = RunQueue(home, Catalog(home), parallel=1, on_change=on_change)
    short = made_dataset(home, sessions=1)
    first = await queue.start(spec_of(home, short, fast=3))
    second = await queue.start(spec_of(home, short, fast=4))
    assert await queue.start(spec_of(home, short, fast=4)) is second
    second.cancel()
    assert (await first.wait()).state is RunState.DONE
    assert (await second.wait()).state is RunState.CANCELLED
    again = await queue.start(spec_of(home, short, fast=3))
    assert (await again.wait()).existing
    assert [state for run_id, state in seen if run_id == second.run_id] == [
        RunState.QUEUED,
        RunState.CANCELLED,
    ]
    assert [state for run_id, state in seen if run_id == first.run_id] == [
        RunState.QUEUED, RunState.RUNNING, RunState.DONE,
    ]  # fmt: skip
    await queue.close()


async def test_strategies_are_described_by_a_child(home: ResearchHome) -> None:
    (home.strategies / "broken.py").write_text("x = 1\nraise RuntimeError('not today')\n")
    described = {each.name: each for each in await asyncio.to_thread(describe_strategies, home)}
    (home.strategies / "broken.py").unlink()
    assert {name: described[name] for name in BUILT_IN} == BUILT_IN
    assert described["file:broken.py"].error == "RuntimeError: not today"
    assert described["file:broken.py"].line == 2
