"""What goes wrong in a run, wherever it does: the file and the line, and nothing half-written."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.backtest.dataset import Dataset
from core.backtest.home import ResearchHome
from core.backtest.planning import plan
from core.backtest.run_child import StrategyDescription
from core.backtest.run_files import RunFiles
from core.backtest.spec import RunSpec
from tests.core.backtest.made import made_dataset, made_home

Child = Callable[..., tuple[int, list[Any]]]

LIVES = """
from datetime import timedelta

from nautilus_trader.trading.config import StrategyConfig
from nautilus_trader.trading.strategy import Strategy


class LivesConfig(StrategyConfig, frozen=True):
    bar_type: object


class Lives(Strategy):
    def on_start(self):
        self.subscribe_bars(self.config.bar_type)
        self.clock.set_timer("each", timedelta(minutes=7), callback=self.on_timer)

    def on_bar(self, bar):
        pass

    def on_timer(self, event):
        pass

    def on_stop(self):
        pass
"""


@pytest.fixture
def home(tmp_path: Path) -> ResearchHome:
    return made_home(tmp_path / "größe nach maß")


@pytest.fixture
def dataset(home: ResearchHome) -> Dataset:
    return made_dataset(home, sessions=6)


def planned(home: ResearchHome, dataset: Dataset, source: str) -> RunSpec:
    """As if the file had been whole when the run was planned."""
    (home.strategies / "mine.py").write_text(source, encoding="utf-8")
    described = StrategyDescription("file:mine.py", "", "", ())
    return plan(home, dataset.manifest.id, "file:mine.py", {}, described=described)


@pytest.mark.parametrize(
    ("whole", "broken", "message"),
    [
        ("on_stop(self):\n        pass", "on_stop(self):\n        1 // 0", "ZeroDivisionError: "),
        ("on_timer(self, event):\n        pass", "on_timer(self, event):\n        {}[1]", "KeyError: 1"),
        ("on_bar(self, bar):\n        pass", "on_bar(self, bar):\n        bar.nonsense", "AttributeError: "),
        ("class Lives(", "class Lives(:", "SyntaxError: "),
        ("from datetime import timedelta", "from datetime import timedealta", "ImportError: "),
    ],
    ids=["on_stop", "timer", "on_bar", "syntax", "import"],
)
def test_an_exception_is_shown_with_its_line_wherever_it_happens(
    whole: str, broken: str, message: str, home: ResearchHome, dataset: Dataset, child: Child
) -> None:
    source = LIVES.replace(whole, broken, 1)
    spec = planned(home, dataset, source)
    code, said = child(spec)
    at = source[: source.index(broken) + len(broken)].count("\n") + 1
    assert code == 1
    assert said[-1]["error"].startswith(message)
    assert (said[-1]["file"], said[-1]["line"]) == (str(home.strategies / "mine.py"), at)
    assert sorted(path.name for path in (home.runs / spec.run_id).iterdir()) == [
        "error.json", "log.txt", "spec.json",
    ]  # fmt: skip


LIMITED = """
import resource, runpy, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
runpy.run_module("core.backtest.engine", run_name="__main__", alter_sys=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_disk_that_gets_full_while_artifacts_are_written_leaves_what_was_there(
    home: ResearchHome, dataset: Dataset, child: Child, repo_root: Path
) -> None:
    spec = plan(home, dataset.manifest.id, "sma_crossover", {"fast": 3, "slow": 9})
    assert child(spec)[0] == 0
    before = {path.name: path.read_bytes() for path in (home.runs / spec.run_id).iterdir()}
    largest = max(len(content) for content in before.values())
    file = home.directory / "asked.json"
    file.write_text(spec.canonical(), encoding="utf-8")
    command = [sys.executable, "-c", LIMITED, str(largest // 2), "run", str(file), "--again"]
    done = subprocess.run(
        [*command, "--home", str(home.directory), "--progress", "json"],
        cwd=repo_root, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    last = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, last["error"]) == (1, f"run {spec.run_id} was not written: File too large")
    assert {path.name: path.read_bytes() for path in (home.runs / spec.run_id).iterdir()} == before
    assert [path.name for path in home.runs.iterdir() if path.suffix != ".lock"] == [spec.run_id]
    RunFiles.open(home, spec.run_id).check()
