"""`tapedeckd data` with datasets: what a researcher types and reads, and what other programs read."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aggregator.bench.import_files import write_file
from core.backtest.catalog import Catalog
from core.backtest.dataset import MANIFEST
from core.backtest.home import ResearchHome
from tests.aggregator.typed import CSV, Say
from tests.core.backtest.importing import made_files
from tests.core.backtest.made import made_dataset, made_run
from tests.core.backtest.test_catalog_files import done
from tests.waiting import wait_for_sync


@pytest.fixture
def home(profile_directory: Path) -> ResearchHome:
    return ResearchHome(profile_directory / "research")


def test_import_list_verify_prune(say: Say, home: ResearchHome, bars: Path) -> None:
    code, out, _ = say("data", "import", str(bars), "--dataset", "coins")
    assert code == 0
    lines = out.splitlines()
    identity = lines[0].split("(")[1].split(")")[0]
    assert lines[0] == f"dataset coins ({identity}): COMPLETE"
    assert "40 bars of 1m, 0 of them with quotes, from 2024-01-02 14:00:00 to 2024-01-02 14:40:00 UTC" in out
    assert "CSV:BTC-PERP" in out
    assert "calendar 24/7 (days of UTC); corporate actions: none" in out
    assert [row.id for row in Catalog(home).datasets()] == [identity]
    code, out, _ = say("data", "import", str(bars), "--dataset", "again")
    assert out.splitlines()[0] == f"dataset coins ({identity}) was there already: COMPLETE"
    code, out, _ = say("data", "list")
    line = next(each for each in out.splitlines() if identity in each)
    assert line.split()[:4] == ["coins", identity, "2024-01-02", "2024-01-02"]
    assert line.split()[-1] == "COMPLETE"
    assert say("data", "verify", "coins")[1] == f"coins ({identity}): 40 bars are as they were written\n"
    (columns,) = (home.datasets / identity / "bars").iterdir()
    data = bytearray(columns.read_bytes())
    data[40] ^= 1
    columns.write_bytes(data)
    code, out, err = say("data", "verify")
    assert (code, out) == (1, "")
    assert err.strip() == (
        f"dataset coins ({identity}): bars/CSV.BTC-PERP.parquet is not as it was written: "
        "remove the dataset and import it again"
    )
    assert say("data", "prune", "coins", "--dry-run")[1].startswith(f"would go: dataset coins ({identity})")
    assert say("data", "prune", "coins")[1].startswith(f"gone: dataset coins ({identity})")
    assert Catalog(home).datasets() == []
    assert list(home.datasets.iterdir()) == []


def test_a_dataset_that_runs_need_goes_only_when_told(say: Say, home: ResearchHome) -> None:
    home.make()
    dataset = made_dataset(home, sessions=2)
    catalog = Catalog(home)
    catalog.add_dataset(dataset.manifest)
    identity = dataset.manifest.id
    runs = [done(catalog, made_run(home, dataset, fast=fast)) for fast in (2, 3)]
    catalog.set_star(runs[1])
    code, out, err = say("data", "prune", identity)
    assert (code, out) == (2, "")
    assert err == (
        f"tapedeckd: dataset {identity} is used by 2 runs, 1 of them starred ({runs[1][:8]}): "
        "remove them first (tapedeckd backtest prune), or say --even-used: "
        "they keep their figures, but can no longer be played\n"
    )
    assert dataset.directory.is_dir()
    for more, verb in ((["--dry-run"], "would go"), ([], "gone")):
        code, out, _ = say("data", "prune", identity, "--even-used", *more)
        words = (
            f"{verb}: dataset {dataset.manifest.name} ({identity}): 2 runs, 1 of them starred ({runs[1][:8]})"
        )
        assert (code, out.splitlines()[0]) == (0, f"{words} can no longer be played")
    assert not dataset.directory.exists()
    assert {row.id for row in catalog.runs()} == set(runs)


def test_a_lost_catalog_finds_the_datasets_again(say: Say, home: ResearchHome, bars: Path) -> None:
    assert say("data", "import", str(bars), "--dataset", "coins")[0] == 0
    for path in home.directory.glob("catalog.sqlite*"):
        path.unlink()
    assert "coins" in say("data", "list")[1]


def test_a_manifest_says_all_that_decided(say: Say, home: ResearchHome, bars: Path) -> None:
    assert say("data", "import", str(bars), "--dataset", "coins", "--map", "symbol=BTC")[0] == 0
    (directory,) = home.datasets.iterdir()
    manifest = json.loads((directory / MANIFEST).read_text())
    assert manifest["corporate_actions"] == "none"
    assert manifest["inputs"][0]["file"] == "btc-perp.csv"
    assert manifest["inputs"][0]["rows"] == 40
    assert manifest["parameters"]["files"][0]["mapping"]["symbol"] == "BTC"
    assert (manifest["parameters"]["calendar_first"], manifest["parameters"]["calendar_last"]) == (
        "2023-01-01",
        "2024-12-31",
    )
    assert {"calendar", "import", "python", "numpy", "polars", "exchange-calendars"} <= set(
        manifest["versions"]
    )
    assert set(manifest["outputs"]) == {"bars/CSV.BTC.parquet"}


def test_progress_for_other_programs(say: Say, bars: Path) -> None:
    code, out, err = say("data", "import", str(bars), "--dataset", "coins", "--progress", "json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert {each["phase"] for each in lines[:-1]} == {"import", "write"}
    assert all(0 <= each["done"] <= each["total"] for each in lines[:-1])
    assert (lines[-1]["result"]["bars"], lines[-1]["result"]["existed"]) == (40, False)
    bars.write_text(CSV + "2024-01-02 15:00:00,1\n")
    code, out, err = say("data", "import", str(bars), "--dataset", "coins", "--progress", "json")
    last = json.loads(out.splitlines()[-1])
    assert (code, last["file"], last["line"]) == (2, "btc-perp.csv", 41)
    assert last["error"].startswith("btc-perp.csv: row 41: has 2 columns, the first row 6")


def test_a_mistake_is_one_line(say: Say, bars: Path) -> None:
    for arguments, words in (
        (["--dataset", "x", "--calendar", "NYSE "], "there is no calendar 'NYSE '"),
        (["--dataset", "x", "--interval", "7s"], "do not divide a day"),
        (["--dataset", "x", "--interval", "100t"], "datasets hold bars of 1s to 1d"),
        (["--dataset", "x", "--interval", "1d", "--outside", "keep"], "bars of 1d are whole sessions"),
        (["--dataset", "x", "--outside", "mend"], "outside 'mend': use keep or drop"),
        (["--dataset", " "], "a dataset needs a name"),
        (["--dataset", "x", "--map", "time"], "--map time: say what=which"),
        (["--dataset", "x", "--map", "colour=red"], "--map colour: use "),
        (["--dataset", "x", "--progress", "xml"], "--progress xml: use text or json"),
        (["--dataset", "x", "--name", "y"], "use one of them"),
        (["--dataset", "x", "none.csv"], "none.csv is no file"),
    ):
        code, out, err = say("data", "import", str(bars), *arguments)
        assert (code, out) == (2, ""), arguments
        assert err.count("\n") == 1
        assert words in err


def test_what_columns_are_taken_for_can_be_asked(say: Say, bars: Path) -> None:
    code, out, _ = say("data", "import", "--guess", str(bars), "--map", "zone=Europe/London")
    said = json.loads(out)
    assert code == 0
    assert said["names"] == ["timestamp", "open", "high", "low", "close", "volume"]
    assert (said["mapping"]["columns"]["time"], said["mapping"]["zone"]) == ("timestamp", "Europe/London")


def test_a_guess_says_what_only_all_rows_decide(say: Say, tmp_path: Path) -> None:
    """The zone of a HistData file: a Sunday of June that begins at 16:00 is of UTC-5."""
    path = tmp_path / "DAT_ASCII_EURUSD_M1_201706.csv"
    path.write_text("".join(f"20170611 16{minute:02}00;1;1;1;1;0\n" for minute in range(40)))
    code, out, _ = say("data", "import", "--guess", str(path))
    assert (code, json.loads(out)["mapping"]["zone"]) == (0, "UTC-5")
    odd = tmp_path / "odd.csv"
    odd.write_text("when,what\n1,2\n")
    code, out, _ = say("data", "import", "--guess", str(odd))
    assert (code, json.loads(out)["doubts"][0]) == (0, "no column found for time")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two files of a busy future; the second takes long enough to be killed in."""
    directory = tmp_path_factory.mktemp("recordings")
    return [
        write_file(directory / "1.dbn.zst", "trades", 2_000),
        write_file(directory / "2.dbn.zst", "mbp-1", 300_000),
    ]


def child(home: ResearchHome, *arguments: str, limit_bytes: int = 0) -> "subprocess.Popen[str]":
    code = "import sys; from aggregator.cli import execute; sys.exit(execute(sys.argv[1:]))"
    if limit_bytes:
        code = (
            "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit_bytes}, {limit_bytes})); " + code
        )
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ}, cwd=Path(__file__).parents[3],
    )  # fmt: skip


@pytest.mark.slow
def test_an_import_that_is_killed_leaves_nothing_and_is_taken_up(
    say: Say, home: ResearchHome, recordings: list[Path], bars: Path, tmp_path: Path
) -> None:
    assert say("data", "import", str(bars), "--dataset", "before")[0] == 0
    datasets, catalog = made_files.state_of(home.datasets), home.catalog_file.read_bytes()
    arguments = ("data", "import", *map(str, recordings), "--dataset", "es", "--calendar", "24/7")
    process = child(home, *arguments, "--progress", "json")
    try:
        parts = home.cache / "parts"
        wait_for_sync(lambda: parts.is_dir() and len(list(parts.glob("*.json"))) == 1, 60)
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert made_files.state_of(home.datasets) == datasets
    assert home.catalog_file.read_bytes() == catalog
    code, out, _ = say(*arguments, "--progress", "json")
    assert code == 0
    assert json.loads(out.splitlines()[-1])["result"]["state"] == "COMPLETE"
    assert not list(parts.glob("*.json"))
    whole = made_files.home_in(tmp_path / "whole")
    plain = made_files.imported(whole, *recordings, name="es", calendar="24/7")
    row = next(row for row in Catalog(home).datasets() if row.name == "es")
    assert (row.id, row.hash) == (plain.manifest.id, plain.manifest.hash)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no limit of file sizes there")
def test_a_disk_that_takes_no_more_is_one_line(home: ResearchHome, tmp_path: Path) -> None:
    """A real process whose files may not grow further: what a quota or a full disk does."""
    rng = np.random.default_rng(1)
    rows = "".join(f"{1_700_000_000 + 60 * each},{price},1\n" for each, price in
                   enumerate(rng.integers(1, 10**17, 20_000).tolist()))  # fmt: skip
    path = tmp_path / "many.csv"
    path.write_text("time,price,size\n" + rows)
    home.make()
    Catalog(home)
    datasets, catalog = made_files.state_of(home.datasets), home.catalog_file.read_bytes()
    process = child(home, "data", "import", str(path), "--dataset", "many", limit_bytes=64 << 10)
    out, err = process.communicate()
    assert (process.returncode, out) == (1, "")
    assert err == "tapedeckd: dataset many was not made: File too large\n"
    assert made_files.state_of(home.datasets) == datasets
    assert home.catalog_file.read_bytes() == catalog
    assert not [each for each in home.cache.rglob("*") if each.is_file()]
