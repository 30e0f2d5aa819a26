"""The child's command, called in this process: what it says, what it leaves, what it forgives."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from core import platform
from core.backtest import run_sweep
from core.backtest.columns import ColumnsError
from core.backtest.dataset import Dataset
from core.backtest.engine.loading import describe
from core.backtest.engine.writing import RunBusyError, RunDirectory
from core.backtest.home import ResearchHome
from core.backtest.planning import plan
from core.backtest.recorded_series import Described
from core.backtest.run_files import KEPT, RunFiles
from core.backtest.run_sweep import lock_file, sweep
from core.backtest.spec import RunSpec
from core.backtest.strategies import Parameter
from tests.core.backtest.made import made_dataset, made_home

BUYS_ONCE = '''
"""Buys once."""
from typing import Annotated, Literal

import msgspec
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.trading.config import StrategyConfig
from nautilus_trader.trading.strategy import Strategy


class BuyConfig(StrategyConfig, frozen=True):
    instrument_id: object
    bar_type: object
    after: Annotated[int, msgspec.Meta(ge=1, le=50, description="Bars to wait.")] = 3
    size: float = 7.0
    loudly: bool = False
    side: Literal["BUY", "SELL"] = "BUY"


class Buy(Strategy):
    """Buys after some bars."""

    def __init__(self, config):
        super().__init__(config)
        self.bars = 0

    def on_start(self):
        self.subscribe_bars(self.config.bar_type)

    def on_bar(self, bar):
        self.bars += 1
        self.publish_signal("seen", float(self.bars))
        if self.bars == self.config.after:
            print("buying now")
            instrument = self.cache.instrument(self.config.instrument_id)
            side = OrderSide[self.config.side]
            quantity = instrument.make_qty(self.config.size)
            self.submit_order(self.order_factory.market(self.config.instrument_id, side, quantity))
'''


@pytest.fixture
def home(tmp_path: Path) -> ResearchHome:
    return made_home(tmp_path / "größe nach maß")


@pytest.fixture
def dataset(home: ResearchHome) -> Dataset:
    return made_dataset(home, sessions=1, minutes=60)


def own(home: ResearchHome, dataset: Dataset, source: str, **given: Any) -> RunSpec:
    (home.strategies / "mine.py").write_text(source, encoding="utf-8")
    described = describe(home, "file:mine.py")
    return plan(home, dataset.manifest.id, "file:mine.py", given, described=described)


def left(home: ResearchHome) -> list[str]:
    return sorted(path.name for path in home.runs.iterdir() if path.suffix != ".lock")


def test_a_run_says_how_far_it_is_and_leaves_all_of_its_files(
    home: ResearchHome, dataset: Dataset, child: Callable[..., tuple[int, list[Any]]]
) -> None:
    spec = plan(home, dataset.manifest.id, "sma_crossover", {"fast": 3, "slow": 6})
    code, said = child(spec)
    assert code == 0
    assert [line["phase"] for line in said[:-1]] == ["load", "run", *["write"] * 5]
    assert said[-1]["result"]["state"] == "DONE"
    files = RunFiles.open(home, spec.run_id)
    assert files.spec == spec
    assert len(files.read("equity")["equity"]) == files.manifest.bars == 60
    assert files.metrics()["fills"] == len(files.read("fills")["price"]) > 0
    assert set(files.manifest.artifacts) == {
        "equity.parquet", "orders.parquet", "fills.parquet", "positions.parquet", "recorded.parquet",
        "series.json", "metrics.json",
    }  # fmt: skip
    assert any("fills at that close" in rule for rule in files.manifest.rules)
    assert left(home) == [spec.run_id]


def test_the_same_spec_again_is_the_run_that_is_there(
    home: ResearchHome, dataset: Dataset, child: Callable[..., tuple[int, list[Any]]]
) -> None:
    spec = plan(home, dataset.manifest.id, "sma_crossover", {"fast": 3, "slow": 6})
    child(spec)
    before = (home.runs / spec.run_id / "manifest.json").read_bytes()
    code, said = child(spec)
    assert (code, said) == (0, [{"result": {"run_id": spec.run_id, "state": "DONE", "existing": True}}])
    assert (home.runs / spec.run_id / "manifest.json").read_bytes() == before
    (home.runs / spec.run_id / KEPT).write_text('{"note": "mine"}')
    code, said = child(spec, "--again")
    assert (code, said[-1]["result"]["existing"]) == (0, False)
    artifacts = json.loads(before)["artifacts"]
    assert RunFiles.open(home, spec.run_id).manifest.artifacts == artifacts
    assert (home.runs / spec.run_id / KEPT).read_text() == '{"note": "mine"}'  # and what was said of it stays


@pytest.mark.parametrize("name", ["fills.parquet", "metrics.json"])
def test_a_run_with_a_damaged_or_missing_file_is_made_anew(
    name: str, home: ResearchHome, dataset: Dataset, child: Callable[..., tuple[int, list[Any]]]
) -> None:
    spec = plan(home, dataset.manifest.id, "sma_crossover", {"fast": 3, "slow": 6})
    child(spec)
    file = home.runs / spec.run_id / name
    whole = file.read_bytes()
    for harm in (lambda: file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1])), file.unlink):
        harm()
        code, said = child(spec)
        assert (code, said[-1]["result"]["existing"]) == (0, False)
        assert file.read_bytes() == whole


def test_a_run_whose_remains_another_process_sweeps_is_begun_when_that_has_ended(
    home: ResearchHome, dataset: Dataset
) -> None:
    spec = plan(home, dataset.manifest.id, "sma_crossover", {})
    sweeping = platform.FileLock(lock_file(home, spec.run_id))
    assert sweeping.acquire()
    begins = ThreadPoolExecutor(1)
    directory = begins.submit(RunDirectory, home, spec)
    assert not wait([directory], timeout=0.1).done, "it waits"
    sweeping.release()
    directory.result(timeout=1).drop()
    begins.shutdown()


def test_the_lock_of_a_run_is_one_file_for_all_who_ever_open_it(
    home: ResearchHome, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_sweep, "SWEPT_S", 0.05)
    spec = plan(home, dataset.manifest.id, "sma_crossover", {})
    file = home.runs / f".{spec.run_id}.lock"
    first = RunDirectory(home, spec)
    with file.open("rb") as waiting:  # who waits for it has it open already
        inode = os.fstat(waiting.fileno()).st_ino
        first.drop()
        second = RunDirectory(home, spec)
        assert file.stat().st_ino == inode
        with pytest.raises(RunBusyError):
            RunDirectory(home, spec)
        second.keep_failure({"error": "none"})
        (home.runs / f".{spec.run_id}.1").mkdir()
        sweep(home)
        assert file.stat().st_ino == inode
    assert left(home) == [spec.run_id]


def test_a_strategy_of_ones_own_runs_and_shows_what_it_records_and_prints(
    home: ResearchHome, dataset: Dataset, child: Callable[..., tuple[int, list[Any]]]
) -> None:
    spec = own(home, dataset, BUYS_ONCE, after=5, side="SELL")
    assert spec.parameters == {"after": 5, "size": 7.0, "loudly": False, "side": "SELL"}
    code, _ = child(spec)
    assert code == 0
    files = RunFiles.open(home, spec.run_id)
    fills, bars = files.read("fills"), dataset.bars(dataset.manifest.instruments[0])
    assert fills["ts_ns"].tolist() == [bars["close_ns"][4]]
    assert (fills["side"][0], fills["quantity"][0]) == (-1, 7.0)
    assert files.read("recorded")["value"].tolist() == [float(n) for n in range(1, 61)]
    assert set(files.read("recorded")["name"]) == {"seen"}
    assert (files.directory / "log.txt").read_text() == "buying now\n"


def test_what_a_file_takes_is_read_off_its_configuration(home: ResearchHome) -> None:
    (home.strategies / "mine.py").write_text(BUYS_ONCE, encoding="utf-8")
    described = describe(home, "file:mine.py")
    assert (described.title, described.help, described.error) == ("Buy", "Buys after some bars.", "")
    assert described.parameters == (
        Parameter("after", "int", 3, 1, 50, "Bars to wait."),
        Parameter("size", "float", 7.0),
        Parameter("loudly", "bool", False),
        Parameter("side", "choice", "BUY", choices=("BUY", "SELL")),
    )


@pytest.mark.parametrize(
    ("broken", "message", "code"),
    [
        ("self.bars += 1", "ZeroDivisionError: ", "self.bars += 1 // 0"),
        ("self.bars = 0", "KeyError: 'bars'", "self.bars = {}['bars']"),
        ("self.subscribe_bars(self.config.bar_type)", "AttributeError: ", "self.subscribe_bras()"),
    ],
    ids=["on_bar", "constructor", "on_start"],
)
def test_an_exception_of_a_strategy_is_shown_with_its_file_and_line(
    broken: str, message: str, code: str, home: ResearchHome, dataset: Dataset,
    child: Callable[..., tuple[int, list[Any]]],
) -> None:  # fmt: skip
    source = BUYS_ONCE.replace(broken, code, 1)
    line = next(n for n, text in enumerate(source.splitlines(), start=1) if code in text)
    spec = own(home, dataset, source)
    exit_code, said = child(spec)
    assert exit_code == 1
    assert said[-1]["error"].startswith(message)
    assert (said[-1]["file"], said[-1]["line"]) == (str(home.strategies / "mine.py"), line)
    assert code in said[-1]["traceback"]
    with pytest.raises(ColumnsError, match="not whole"):
        RunFiles.open(home, spec.run_id)
    assert sorted(path.name for path in (home.runs / spec.run_id).iterdir()) == [
        "error.json", "log.txt", "spec.json",
    ]  # fmt: skip
    assert code in (home.runs / spec.run_id / "log.txt").read_text()


@pytest.mark.parametrize(
    ("source", "error", "line"),
    [
        ("x = 1\ndef f(:\n", "SyntaxError: invalid syntax", 2),
        ("x = 1\n\nimport nonsense_of_mine\n", "ModuleNotFoundError: No module named 'nonsense_of_mine'", 3),
        ("x = 1\n", "a strategy file defines one Strategy, this one: none", 0),
        (BUYS_ONCE + "\n\nclass Other(Strategy):\n    pass\n", "this one: Buy, Other", 0),
        (BUYS_ONCE.replace("size: float", "size: dict"), "parameter size is a dict: use int, float", 0),
    ],
    ids=["syntax", "import", "none", "two", "type"],
)
def test_a_file_that_cannot_be_used_is_described_by_its_error(
    source: str, error: str, line: int, home: ResearchHome
) -> None:
    (home.strategies / "mine.py").write_text(source, encoding="utf-8")
    described = describe(home, "file:mine.py")
    assert error in described.error
    assert described.line == line


def test_a_strategy_cannot_import_its_neighbour(home: ResearchHome) -> None:
    (home.strategies / "neighbour_of_mine.py").write_text("x = 1\n", encoding="utf-8")
    (home.strategies / "mine.py").write_text("import neighbour_of_mine\n", encoding="utf-8")
    assert "No module named 'neighbour_of_mine'" in describe(home, "file:mine.py").error


def test_a_spec_that_cannot_run_leaves_the_reason(
    home: ResearchHome, dataset: Dataset, child: Callable[..., tuple[int, list[Any]]]
) -> None:
    code, said = child('{"strategy": "sma_crossover"}')
    assert code == 2
    assert "the spec does not say" in said[-1]["error"]
    spec = plan(home, dataset.manifest.id, "sma_crossover", {})
    code, said = child(spec.canonical().replace(spec.dataset_hash, "0" * 64))
    assert code == 2
    assert "is not the one that the spec names" in said[-1]["error"]
    code, said = child(spec.canonical().replace(dataset.manifest.id, "gone"))
    assert code == 2
    assert "there is no dataset 'gone'" in said[-1]["error"]


def test_a_changed_strategy_file_is_another_run(
    home: ResearchHome, dataset: Dataset, child: Callable[..., tuple[int, list[Any]]]
) -> None:
    before = own(home, dataset, BUYS_ONCE)
    after = own(home, dataset, BUYS_ONCE.replace("Buys once.", "Buys once, really."))
    assert before.run_id != after.run_id
    code, said = child(before)
    assert code == 2
    assert "has changed since" in said[-1]["error"]


def test_a_full_disk_leaves_nothing_half_written(
    home: ResearchHome, dataset: Dataset, child: Callable[..., tuple[int, list[Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from core.backtest.engine import writing

    spec = plan(home, dataset.manifest.id, "sma_crossover", {})

    def full(*_arguments: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "write_parquet", full)
    code, said = child(spec)
    assert code == 1
    assert said[-1]["error"] == f"run {spec.run_id} was not written: No space left on device"
    with pytest.raises(ColumnsError):
        RunFiles.open(home, spec.run_id)
    monkeypatch.undo()
    assert child(spec)[0] == 0
    assert RunFiles.open(home, spec.run_id).manifest.run_id == spec.run_id
    assert left(home) == [spec.run_id]


def test_the_strategy_of_the_docs_runs_as_it_stands_there(
    home: ResearchHome, dataset: Dataset, child: Callable[..., tuple[int, list[Any]]], repo_root: Path
) -> None:
    text = (repo_root / "docs" / "strategies.md").read_text(encoding="utf-8")
    source = text.split("```python\n")[1].split("```")[0]
    spec = own(home, dataset, source, length=5, below=0.01)
    described = describe(home, "file:mine.py")
    assert described.help == "Buys a close far below the mean of the closes, sells at the mean."
    assert [each.help for each in described.parameters] == [
        "Bars in the mean.",
        "Buy so many per cent below it.",
        "",
    ]
    assert child(spec)[0] == 0
    files = RunFiles.open(home, spec.run_id)
    assert len(files.read("fills")["price"]) > 4
    assert set(files.read("recorded")["name"]) == {"mean"}
    assert files.described_series() == {"mean": Described("price", "XNAS:AAA")}


DESCRIBING = """
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.config import StrategyConfig
from core.backtest.engine.recording import RecordingStrategy

class MineConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId

class Mine(RecordingStrategy):
    def __init__(self, config: MineConfig) -> None:
        super().__init__(config)
        {init}

    def on_start(self) -> None:
        {start}
"""


@pytest.mark.parametrize("place", ["init", "start"])
@pytest.mark.parametrize(
    ("what", "words"),
    [
        ('on="prices"', "describe(..., on='prices'): use 'price' or 'own'"),
        (
            'instrument_id=InstrumentId.from_str("ZZZ.XNAS")',
            "level is described as a price of ZZZ.XNAS: name one that the run trades with "
            "describe(..., instrument_id=...)",
        ),
    ],
)
def test_a_value_that_cannot_be_drawn_so_ends_the_run_at_its_line(
    what: str,
    words: str,
    place: str,
    home: ResearchHome,
    dataset: Dataset,
    child: Callable[..., tuple[int, list[Any]]],
) -> None:
    source = DESCRIBING.format(**{"init": "pass", "start": "pass", place: f'self.describe("level", {what})'})
    code, said = child(own(home, dataset, source))
    assert code == 1
    assert words in said[-1]["error"]
    line = next(n for n, text in enumerate(source.splitlines(), start=1) if "self.describe" in text)
    assert (said[-1]["file"], said[-1]["line"]) == (str(home.strategies / "mine.py"), line)
