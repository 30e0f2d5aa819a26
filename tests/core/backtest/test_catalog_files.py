"""Catalog and directories: pruning, lost catalogs, runs that wrote everything before they were killed."""

import json
import shutil
import signal
from contextlib import closing
from pathlib import Path

import pytest

from core.backtest.catalog import Catalog, CatalogError, EntryError
from core.backtest.catalog_schema import connect
from core.backtest.dataset import Dataset
from core.backtest.home import ResearchHome
from core.backtest.run_files import METRICS, RunFiles, RunState
from tests.core.backtest.made import made_dataset, made_home, made_run
from tests.core.backtest.test_catalog import end, in_child, spec


@pytest.fixture
def home(tmp_path: Path) -> ResearchHome:
    return made_home(tmp_path)


@pytest.fixture
def dataset(home: ResearchHome) -> Dataset:
    return made_dataset(home, sessions=1, minutes=60)


def done(catalog: Catalog, run: RunFiles) -> str:
    run_id = run.spec.run_id
    catalog.queue(run.spec)
    catalog.started(run_id)
    catalog.finished(run_id, {"sharpe": 1.0})
    return run_id


def lose(home: ResearchHome) -> None:
    for path in home.directory.glob("catalog.sqlite*"):
        path.unlink()


def test_a_dataset_is_found_by_name_and_by_the_begin_of_its_id(home: ResearchHome, dataset: Dataset) -> None:
    catalog = Catalog(home)
    row = catalog.find_dataset("made")
    assert row == catalog.find_dataset(dataset.manifest.id[:7])
    assert (row.instruments, row.bars, row.quotes, row.state) == (("XNAS:AAA",), 60, 60, "COMPLETE")
    assert row.bytes == sum(path.stat().st_size for path in dataset.directory.rglob("*") if path.is_file())
    assert (row.hash, row.runs) == (dataset.manifest.hash, 0)
    catalog.add_dataset(dataset.manifest)
    assert len(catalog.datasets()) == 1


def test_a_lost_catalog_comes_back_with_what_a_person_said(home: ResearchHome, dataset: Dataset) -> None:
    catalog = Catalog(home)
    run_id = done(catalog, made_run(home, dataset))
    (home.runs / run_id / METRICS).write_text(json.dumps({"sharpe": 1.0, "calmar": None}))
    catalog.set_star(run_id)
    catalog.set_name(run_id, "Größe")
    catalog.set_note(run_id, "look again")
    catalog.add_tags(run_id, ["one", "two"])
    before = catalog.find_run(run_id)
    lose(home)
    after = Catalog(home).find_run(run_id)
    assert (after.name, after.note, after.starred, after.tags) == (
        "Größe",
        "look again",
        True,
        ("one", "two"),
    )
    assert (after.state, after.spec, after.metrics) == (
        RunState.DONE,
        before.spec,
        {"sharpe": 1.0, "calmar": None},
    )
    assert [row.id for row in Catalog(home).datasets()] == [dataset.manifest.id]


def test_what_is_said_of_a_run_before_it_has_files_is_kept_beside_them(
    home: ResearchHome, dataset: Dataset
) -> None:
    catalog = Catalog(home)
    wanted = made_run(home, dataset).spec
    shutil.rmtree(home.runs / wanted.run_id)
    catalog.queue(wanted, "early")
    catalog.set_star(wanted.run_id)
    done(catalog, made_run(home, dataset))
    lose(home)
    assert [(row.name, row.starred) for row in Catalog(home).runs()] == [("early", True)]


def test_a_run_without_all_of_its_files_comes_back_as_one_that_did_not_finish(
    home: ResearchHome, dataset: Dataset
) -> None:
    run = made_run(home, dataset)
    (run.directory / "manifest.json").unlink()
    (home.runs / "not a run").mkdir()
    (home.datasets / "not a dataset").mkdir()
    (row,) = Catalog(home).runs()
    assert (row.state, row.error) == (RunState.ERROR, "did not finish: run it again")


def test_a_killed_run_that_had_written_everything_is_done(home: ResearchHome, dataset: Dataset) -> None:
    run = made_run(home, dataset)
    catalog = Catalog(home)
    lose(home)
    shutil.move(run.directory, home.directory / "aside")  # so that it is not known before it is run
    catalog.queue(run.spec)
    child = in_child(catalog, run.spec.run_id)
    shutil.move(home.directory / "aside", run.directory)
    end(child, signal.SIGKILL)
    assert catalog.mark_lost() == [run.spec.run_id]
    assert catalog.find_run(run.spec.run_id).state is RunState.DONE


def test_pruning_keeps_the_newest_the_starred_and_the_unfinished(
    home: ResearchHome, dataset: Dataset
) -> None:
    now_ns = iter(range(1, 1_000))
    catalog = Catalog(home, clock=lambda: next(now_ns))
    ids = [done(catalog, made_run(home, dataset, fast=fast)) for fast in (2, 3, 4, 5)]
    queued = catalog.queue(spec(99))[0].id
    running = catalog.queue(spec(98))[0].id
    catalog.started(running)
    catalog.set_star(ids[0])
    run = RunFiles.open(home, ids[1])
    assert len(run.read("equity")["equity"]) == 60
    cached = home.cache / f"{run.manifest.artifacts['equity.parquet']}.arrow"
    assert cached.exists()
    told = catalog.prune(keep=1, dry_run=True)
    assert (told.runs, len(catalog.runs())) == ([ids[2], ids[1]], 6)
    pruned = catalog.prune(keep=1)
    assert pruned.runs == told.runs
    assert pruned.bytes > told.bytes > 0  # the copies in the cache went too
    assert {row.id for row in catalog.runs()} == {ids[0], ids[3], queued, running}
    assert {path.name for path in home.runs.iterdir()} == {ids[0], ids[3]}
    assert not cached.exists()
    assert not pruned.failed


def test_a_dataset_that_a_run_uses_stays_unless_asked(home: ResearchHome, dataset: Dataset) -> None:
    catalog = Catalog(home)
    other = made_dataset(home, sessions=1, minutes=30, name="unused")
    catalog.add_dataset(other.manifest)
    run_id = done(catalog, made_run(home, dataset))
    assert catalog.prune(keep=1).datasets == []
    assert catalog.prune(keep=1, unused_datasets=True, dry_run=True).datasets == [other.manifest.id]
    assert catalog.prune(keep=1, unused_datasets=True).datasets == [other.manifest.id]
    with pytest.raises(CatalogError, match=r"is used by 1 run\(s\): remove them first"):
        catalog.remove_dataset(dataset.manifest.id)
    assert dataset.directory.is_dir()
    catalog.remove_dataset(dataset.manifest.id, {run_id: False})
    assert not dataset.directory.exists()
    assert catalog.find_run(run_id).dataset_name == ""


def test_a_run_that_cannot_be_removed_keeps_row_and_files(home: ResearchHome, dataset: Dataset) -> None:
    catalog = Catalog(home)
    run_id = done(catalog, made_run(home, dataset))
    with closing(connect(home.catalog_file)) as db:
        db.execute("CREATE TRIGGER full BEFORE UPDATE ON changes BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    pruned = catalog.prune(keep=0)
    assert pruned.runs == []
    assert "disk full" in pruned.failed[0]
    assert catalog.find_run(run_id).state is RunState.DONE
    assert RunFiles.open(home, run_id).read("equity")["equity"].size == 60


def test_what_a_crash_left_of_a_removed_run_goes_with_the_next_prune(home: ResearchHome) -> None:
    left = home.runs / ".removed-0123456789abcdef"
    left.mkdir()
    (left / "equity.parquet").write_bytes(b"x")
    catalog = Catalog(home)
    assert catalog.runs() == []
    catalog.prune()
    assert not left.exists()


def test_fewer_than_no_runs_cannot_be_kept(home: ResearchHome) -> None:
    with pytest.raises(EntryError, match="cannot keep -1 runs"):
        Catalog(home).prune(keep=-1)
