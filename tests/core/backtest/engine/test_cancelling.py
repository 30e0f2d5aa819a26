"""Runs that somebody else cancels: one that hangs, one that waits for its turn, one whose maker is gone."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from core.backtest.cancelling import cancel
from core.backtest.catalog import Catalog
from core.backtest.home import ResearchHome
from core.backtest.planning import plan
from core.backtest.run_child import StrategyDescription
from core.backtest.run_files import RunState
from core.backtest.running import RunQueue
from core.backtest.spec import RunSpec
from tests.core.backtest.made import made_dataset, made_home
from tests.waiting import wait_for, wait_for_sync

HANGS = """
from nautilus_trader.trading.strategy import Strategy


class Hangs(Strategy):
    def on_start(self):
        print("hanging", flush=True)
        while True:
            pass
"""


@pytest.fixture
def home(tmp_path: Path) -> ResearchHome:
    home = made_home(tmp_path / "läufe hier")
    (home.strategies / "hangs.py").write_text(HANGS, encoding="utf-8")
    return home


@pytest.fixture
def hanging(home: ResearchHome) -> RunSpec:
    named = made_dataset(home, sessions=1, minutes=60).manifest.id
    described = StrategyDescription("file:hangs.py", "", "", ())
    return plan(home, named, "file:hangs.py", {}, described=described)


def said(home: ResearchHome, run_id: str) -> str:
    """What a run's strategy has printed so far."""
    return "".join(each.read_text(encoding="utf-8") for each in home.runs.glob(f".{run_id}.*/log.txt"))


def left(home: ResearchHome) -> list[str]:
    return [path.name for path in home.runs.iterdir() if path.suffix != ".lock"]


@pytest.mark.slow
async def test_a_run_that_hangs_and_one_that_waits_behind_it_are_cancelled_from_another_process(
    home: ResearchHome, hanging: RunSpec
) -> None:
    queue = RunQueue(home, Catalog(home), parallel=1)
    hangs = await queue.start(hanging)
    waits = await queue.start(plan(home, hanging.dataset_id, "sma_crossover", {}))
    elsewhere = await asyncio.to_thread(Catalog, home)
    assert await asyncio.to_thread(cancel, elsewhere, waits.run_id) is RunState.CANCELLED
    await wait_for(lambda: "hanging" in said(home, hangs.run_id), timeout_s=60)
    assert await asyncio.to_thread(cancel, elsewhere, hangs.run_id, 0.1) is RunState.CANCELLED
    for job in (hangs, waits):
        assert (await asyncio.wait_for(job.wait(), 20)).state is RunState.CANCELLED
        row = elsewhere.run(job.run_id)
        assert row is not None
        assert (row.state, row.error) == (RunState.CANCELLED, "")
    assert left(home) == []
    await queue.close()


MAKES_AND_DIES = """
import asyncio, os, sys
from pathlib import Path
from core.backtest.catalog import Catalog
from core.backtest.home import ResearchHome
from core.backtest.running import RunQueue
from core.backtest.spec import RunSpec


async def main():
    home = ResearchHome(Path(sys.argv[1]))
    queue = RunQueue(home, Catalog(home), parallel=1)
    await queue.start(RunSpec.from_json(sys.argv[2]))
    await queue.start(RunSpec.from_json(sys.argv[3]))
    while not list(home.runs.glob(".*.*/log.txt")):
        await asyncio.sleep(0.02)
    os.kill(os.getpid(), 9)


asyncio.run(main())
"""


@pytest.mark.slow
def test_runs_of_a_process_that_was_killed_are_found_by_the_next_one(
    home: ResearchHome, hanging: RunSpec, repo_root: Path
) -> None:
    waiting = plan(home, hanging.dataset_id, "sma_crossover", {})
    command = [sys.executable, "-c", MAKES_AND_DIES, str(home.directory)]
    maker = subprocess.Popen([*command, hanging.canonical(), waiting.canonical()], cwd=repo_root)
    assert maker.wait(60) == -9
    catalog = Catalog(home)

    def settled() -> bool:
        catalog.mark_lost()  # as each command and each desk does when it starts
        return all(row.is_over for row in catalog.runs()) and left(home) == []

    wait_for_sync(settled, timeout_s=30)  # the child ends three seconds after whoever made it
    rows = {row.id: (row.state, row.error) for row in catalog.runs()}
    assert rows == {
        hanging.run_id: (RunState.ERROR, "was killed while it ran: run it again"),
        waiting.run_id: (RunState.CANCELLED, "was not begun: what had queued it ended"),
    }
