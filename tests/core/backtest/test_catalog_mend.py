"""A real process is killed between two renames; the next start finds what is missing and puts it right."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.backtest import catalog_mend
from core.backtest.catalog import Catalog, CatalogError
from core.backtest.dataset import Dataset
from core.backtest.home import ResearchHome
from core.backtest.verify import verify_dataset, whole_directory
from core.profile import HOME_VARIABLE
from tests.core.backtest.importing import made_files
from tests.core.backtest.made import made_dataset, made_run
from tests.core.backtest.test_catalog_files import done

ROOT = Path(__file__).parents[3]
# Killed by itself right after the rename to a name that ends, or begins, so: nothing of Python runs after it.
KILLED = """
import os, pathlib, signal, sys
from aggregator.cli import execute

def rename(self, target, real=pathlib.Path.rename):
    done = real(self, target)
    if {mark!r} in pathlib.Path(target).name:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

pathlib.Path.rename = rename
sys.exit(execute(sys.argv[1:]))
"""
CSV = "time,open,high,low,close,volume\n" + "".join(
    f"2024-01-02 14:{minute:02}:00,1.5,2.0,1.25,1.75,{minute}\n" for minute in range(40)
)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no signal that kills like this")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ResearchHome:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    home = ResearchHome(tmp_path / "home" / "default" / "research")
    home.make()
    return home


def killed_at(mark: str, *arguments: str) -> None:
    code = KILLED.format(mark=mark)
    child = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env={**os.environ}, check=False, timeout=60,
        capture_output=True,
    )  # fmt: skip
    assert child.returncode == -signal.SIGKILL, child.stderr


def damaged(home: ResearchHome, tmp_path: Path) -> tuple[Path, str, dict[str, str]]:
    """(its source, its id, its files as they were) of a dataset that has lost its bars."""
    path = tmp_path / "bars.csv"
    path.write_text(CSV)
    manifest = made_files.imported(home, path).manifest
    Catalog(home).add_dataset(manifest)
    before = made_files.state_of(home.datasets / manifest.id / "bars")
    bars = next((home.datasets / manifest.id / "bars").iterdir())
    bars.write_bytes(bars.read_bytes()[:-7])
    return path, manifest.id, before


@pytest.mark.slow
def test_a_dataset_being_made_anew_is_there_after_a_kill(home: ResearchHome, tmp_path: Path) -> None:
    path, identity, before = damaged(home, tmp_path)
    killed_at(".damaged", "data", "import", str(path), "--dataset", "made")
    assert not (home.datasets / identity).exists(), "neither the old one nor the new one is in its place"
    catalog = Catalog(home)
    assert catalog.mend() == [
        f"dataset {identity} was being made anew when its import was killed: the new one is there"
    ]
    assert made_files.state_of(home.datasets / identity / "bars") == before
    assert verify_dataset(home, identity).defects == ()
    assert [row.id for row in catalog.datasets()] == [identity]
    assert not list((home.cache / "making").iterdir())
    assert catalog.mend() == []


@pytest.mark.slow
def test_when_the_new_one_is_not_whole_the_old_one_is_back(home: ResearchHome, tmp_path: Path) -> None:
    path, identity, _ = damaged(home, tmp_path)
    left = made_files.state_of(home.datasets / identity)
    killed_at(".damaged", "data", "import", str(path), "--dataset", "made")
    new = next(each for each in (home.cache / "making").iterdir() if not each.name.endswith(".damaged"))
    next((new / "bars").iterdir()).unlink()
    assert [each.rpartition(": ")[2] for each in Catalog(home).mend()] == ["the old one is back"]
    assert made_files.state_of(home.datasets / identity) == left


@pytest.mark.parametrize("when", ["before it is looked at", "after it was"])
def test_an_import_that_ends_meanwhile_is_left_alone(
    home: ResearchHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """It lives, and does its second rename while a desk that starts looks at what stands between both."""
    path = tmp_path / "bars.csv"
    path.write_text(CSV)
    identity = made_files.imported(home, path).manifest.id
    final, making = home.datasets / identity, home.cache / "making"
    made = making / f"{identity}.made"
    shutil.copytree(final, made)
    final.rename(making / f"{made.name}.damaged")

    def looked(directory: Path, name: str) -> object:
        if when == "before it is looked at":
            made.rename(final)
        found = whole_directory(directory, name)
        if when == "after it was":
            made.rename(final)
        return found

    before = made_files.state_of(made)
    monkeypatch.setattr(catalog_mend, "whole_directory", looked)
    assert Catalog(home).mend() == []
    assert made_files.state_of(final) == before


@pytest.mark.slow
def test_a_removal_that_was_killed_has_removed_nothing(home: ResearchHome) -> None:
    """The row was not deleted yet: dataset and run are as before."""
    dataset = made_dataset(home, sessions=2)
    catalog = Catalog(home)
    catalog.add_dataset(dataset.manifest)
    before = made_files.state_of(home.datasets)
    killed_at(".removed-", "data", "prune", dataset.manifest.id)
    assert not dataset.directory.exists()
    said = Catalog(home).mend()
    assert said == [
        f"dataset {dataset.manifest.id} was being removed by a process that was killed: it is back"
    ]
    assert made_files.state_of(home.datasets) == before
    assert [row.id for row in catalog.datasets()] == [dataset.manifest.id]


def test_what_was_removed_goes_and_what_was_not_entered_is_entered(home: ResearchHome) -> None:
    """Killed after the row was deleted, and killed before it was made."""
    dataset = made_dataset(home, sessions=2)
    left = home.datasets / ".removed-0123456789abcdef"
    left.mkdir()
    catalog = Catalog(home)
    catalog.file.write(lambda db: db.execute("DELETE FROM datasets"))
    assert catalog.mend() == []
    assert not left.exists()
    assert [row.id for row in catalog.datasets()] == [dataset.manifest.id]


def test_a_starred_run_keeps_its_dataset_unless_one_was_told(home: ResearchHome) -> None:
    dataset = made_dataset(home, sessions=2)
    catalog = Catalog(home)
    catalog.add_dataset(dataset.manifest)
    run_id = done(catalog, made_run(home, dataset))
    identity = dataset.manifest.id
    for starred, told, words in (
        (False, {}, r"is used by 1 run\(s\): remove them first"),
        (True, {run_id: False}, r"is used by 1 run\(s\), 1 of them starred: remove them first"),
    ):
        catalog.set_star(run_id, starred)
        with pytest.raises(CatalogError, match=words):
            catalog.remove_dataset(identity, told)
        assert Dataset.open(home, identity).manifest.id == identity
    catalog.remove_dataset(identity, {run_id: True})
    assert not dataset.directory.exists()
    assert catalog.find_run(run_id).starred, "the run stays, with its star"
