"""The queue when something around it fails: whoever waits is told, and the catalog says the same."""

import asyncio
import os
from pathlib import Path

import pytest

from core.backtest import running
from core.backtest.cancelling import cancel
from core.backtest.catalog import Catalog, CatalogError
from core.backtest.home import ResearchHome
from core.backtest.planning import plan
from core.backtest.run_child import RunChild
from core.backtest.run_files import RunState
from core.backtest.running import RunQueue
from core.backtest.spec import RunSpec
from tests.core.backtest.made import made_dataset, made_home, made_run
from tests.waiting import wait_for

PATIENCE_S = 20


@pytest.fixture
def home(tmp_path: Path) -> ResearchHome:
    return made_home(tmp_path)


@pytest.fixture
def spec(home: ResearchHome) -> RunSpec:
    return plan(home, made_dataset(home, sessions=1, minutes=60).manifest.id, "sma_crossover", {})


class FailingCatalog(Catalog):
    """Cannot write that a run has begun."""

    failure: Exception

    def started(self, run_id: str, pid: int | None = None) -> None:
        raise self.failure


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (
            CatalogError("the catalog cannot be written: disk I/O error"),
            "the catalog cannot be written: disk",
        ),
        (ZeroDivisionError("of the queue"), "ZeroDivisionError: of the queue"),
    ],
    ids=["catalog", "defect"],
)
async def test_a_run_that_cannot_be_entered_ends_as_an_error_for_all(
    failure: Exception, said: str, home: ResearchHome, spec: RunSpec
) -> None:
    catalog = FailingCatalog(home)
    catalog.failure = failure
    queue = RunQueue(home, catalog, parallel=1)
    job = await queue.start(spec)
    end = await asyncio.wait_for(job.wait(), PATIENCE_S)
    assert end.state is RunState.ERROR
    assert end.error.startswith(said)
    row = catalog.find_run(spec.run_id)
    assert (row.state, row.error) == (RunState.ERROR, end.error)
    assert ("ZeroDivisionError" in row.traceback) == ("ZeroDivisionError" in said)
    assert not list(home.runs.glob(".*.json")), "its child has ended, and took the spec along"
    await asyncio.wait_for(queue.close(), PATIENCE_S)


async def test_a_child_that_says_nonsense_is_ended_and_the_run_an_error(
    home: ResearchHome, spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    children: list[RunChild] = []

    class Nonsense(RunChild):
        def wait(self, on_progress: object) -> running.RunEnd:
            children.append(self)
            raise KeyError("done")

    monkeypatch.setattr(running, "RunChild", Nonsense)
    queue = RunQueue(home, Catalog(home), parallel=1)
    job = await queue.start(spec)
    end = await asyncio.wait_for(job.wait(), PATIENCE_S)
    assert (end.state, end.error) == (RunState.ERROR, "KeyError: 'done'")
    assert queue._catalog.find_run(spec.run_id).state is RunState.ERROR
    assert children[0].process.poll() is not None
    await queue.close()


async def test_a_run_of_another_process_is_followed_and_not_cancelled_with_ours(
    home: ResearchHome, spec: RunSpec
) -> None:
    catalog = Catalog(home)
    catalog.queue(spec)
    catalog.started(spec.run_id, os.getppid())
    queue = RunQueue(home, catalog, parallel=1)
    given_up = await queue.start(spec)
    given_up.cancel()
    assert (await asyncio.wait_for(given_up.wait(), PATIENCE_S)).state is RunState.CANCELLED
    assert catalog.find_run(spec.run_id).state is RunState.RUNNING
    job = await queue.start(spec)
    await wait_for(lambda: job._child is not None, timeout_s=PATIENCE_S)
    catalog.failed(spec.run_id, "it went wrong there")
    end = await asyncio.wait_for(job.wait(), PATIENCE_S)
    assert (end.state, end.existing, end.error) == (RunState.ERROR, True, "it went wrong there")
    await queue.close()


@pytest.mark.parametrize("harm", ["missing", "damaged"])
async def test_a_run_with_a_file_that_is_not_whole_is_made_anew(
    harm: str, home: ResearchHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = made_run(home, made_dataset(home, sessions=1))
    catalog = Catalog(home)  # finds the run that is there
    queue = RunQueue(home, catalog, parallel=1)
    assert (await (await queue.start(files.spec)).wait()).existing
    fills = files.directory / "fills.parquet"
    content = bytearray(fills.read_bytes())
    content[len(content) // 2] ^= 1
    fills.unlink() if harm == "missing" else fills.write_bytes(content)
    asked: list[bool] = []

    def child(_home: ResearchHome, _spec: RunSpec, *, again: bool) -> RunChild:
        asked.append(again)
        raise OSError("no child today")

    monkeypatch.setattr(running, "RunChild", child)
    end = await asyncio.wait_for((await queue.start(files.spec)).wait(), PATIENCE_S)
    assert (end.error, asked) == ("no child today", [True])
    await queue.close()


class DiesReplacing(RunChild):
    """Killed between the two renames that put a run made anew into its place."""

    def wait(self, on_progress: object) -> running.RunEnd:
        self.drop()
        run_id = self._spec_file.name.split(".")[1]
        place = self._spec_file.parent / run_id
        place.rename(place.with_name(f".{run_id}.old1"))
        return running.RunEnd(RunState.ERROR, error="the engine ended with signal SIGKILL")


async def test_a_run_whose_child_dies_as_it_replaces_the_one_that_is_there_is_that_one(
    home: ResearchHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = made_run(home, made_dataset(home, sessions=1))
    queue = RunQueue(home, Catalog(home), parallel=1)
    monkeypatch.setattr(running, "RunChild", DiesReplacing)
    end = await asyncio.wait_for((await queue.start(files.spec, again=True)).wait(), PATIENCE_S)
    assert (end.state, end.existing) == (RunState.DONE, True)
    row = queue._catalog.find_run(files.spec.run_id)
    assert row.state is RunState.DONE
    assert set(row.metrics) == set(files.metrics())
    await queue.close()


class CancelledElsewhere(RunChild):
    """Killed as another process cancels its run, which that one has settled before we hear of it."""

    def wait(self, on_progress: object) -> running.RunEnd:
        run_id = self._spec_file.name.split(".")[1]
        elsewhere = Catalog(ResearchHome(self._spec_file.parents[1]))
        elsewhere.ask_to_cancel(run_id)
        self.drop()
        assert elsewhere.mark_lost() == [run_id]
        return running.RunEnd(RunState.ERROR, error="the engine ended with signal SIGKILL")


async def test_a_run_that_another_process_cancelled_and_settled_ends_as_cancelled_here_too(
    home: ResearchHome, spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = RunQueue(home, Catalog(home), parallel=1)
    monkeypatch.setattr(running, "RunChild", CancelledElsewhere)
    end = await asyncio.wait_for((await queue.start(spec)).wait(), PATIENCE_S)
    assert (end.state, end.error) == (RunState.CANCELLED, "")
    assert queue._catalog.find_run(spec.run_id).state is RunState.CANCELLED
    await queue.close()


class EndsWhenTold(RunChild):
    """Makes nothing, and ends at once when it is cancelled."""

    def wait(self, on_progress: object) -> running.RunEnd:
        self.process.wait()
        self.drop()
        return running.RunEnd(RunState.CANCELLED)

    def cancel(self) -> None:
        self.process.kill()


@pytest.mark.parametrize("how", ["here", "elsewhere, while it waits", "while it is made"])
async def test_a_whole_run_whose_making_anew_is_cancelled_is_what_it_was(
    how: str, home: ResearchHome, spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "RunChild", EndsWhenTold)
    files = made_run(home, made_dataset(home, sessions=1))
    catalog = Catalog(home)
    queue = RunQueue(home, catalog, parallel=1)
    is_made = how == "while it is made"
    before = None if is_made else await queue.start(spec)  # keeps the one child busy
    job = await queue.start(files.spec, again=True)
    if how.startswith("elsewhere"):
        assert cancel(Catalog(home), job.run_id) is RunState.DONE
    else:
        await wait_for(lambda: not is_made or job.state is RunState.RUNNING, timeout_s=PATIENCE_S)
        job.cancel()
    if before is not None:
        before.cancel()
    end = await asyncio.wait_for(job.wait(), PATIENCE_S)
    assert (end.state, end.existing) == (RunState.DONE, True)
    row = catalog.find_run(job.run_id)
    assert row.state is RunState.DONE
    assert set(row.metrics) == set(files.metrics())
    await queue.close()
