"""The catalog as a researcher and the processes that run for them see it."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.backtest import catalog_schema
from core.backtest.catalog import Catalog, CatalogError, EntryError
from core.backtest.catalog_lost import LOST, NEVER_BEGUN
from core.backtest.catalog_schema import connect
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunState
from core.backtest.spec import RunSpec

Wait = Callable[..., None]
CHILD = Path(__file__).with_name("catalog_child.py")


def spec(number: int = 0, dataset: str = "d0") -> RunSpec:
    return RunSpec(dataset, "h", ("XNAS:AAPL",), "sma_crossover", "s", {"fast": number, "slow": 30})


@pytest.fixture
def home(tmp_path: Path) -> ResearchHome:
    home = ResearchHome(tmp_path / "research")
    home.make()
    return home


@pytest.fixture
def catalog(home: ResearchHome) -> Catalog:
    return Catalog(home)


def in_child(catalog: Catalog, run_id: str) -> "subprocess.Popen[str]":
    command = [sys.executable, str(CHILD), str(catalog.home.directory), "run", run_id]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "started\n"
    return child


def end(child: "subprocess.Popen[str]", how: int) -> None:
    child.send_signal(how)
    child.communicate()


def test_a_run_goes_from_queued_to_done_with_its_figures(catalog: Catalog) -> None:
    row, is_new = catalog.queue(spec(), "first")
    assert (row.state, row.name, row.metrics, is_new) == (RunState.QUEUED, "first", {}, True)
    catalog.started(row.id)
    assert catalog.find_run("first").pid == os.getpid()
    catalog.finished(row.id, {"sharpe": 1.25, "sortino": None, "calmar": float("nan"), "trades": 7})
    done = catalog.find_run(row.id[:6])
    assert done.state is RunState.DONE
    assert done.metrics == {"sharpe": 1.25, "sortino": None, "calmar": None, "trades": 7.0}
    assert done.spec == spec()
    assert 0 < done.queued_ns <= done.started_ns <= done.finished_ns


def test_the_same_spec_is_the_same_run(catalog: Catalog) -> None:
    row, _ = catalog.queue(spec())
    assert catalog.queue(spec())[1] is False
    catalog.started(row.id)
    assert catalog.queue(spec()) == (catalog.run(row.id), False)
    catalog.finished(row.id, {"sharpe": 1.0})
    assert catalog.queue(spec())[1] is False
    assert catalog.queue(spec(), again=True)[1] is True
    assert [(run.state, run.metrics) for run in catalog.runs()] == [(RunState.QUEUED, {})]


def test_a_failed_run_says_why_and_may_be_queued_again(catalog: Catalog) -> None:
    row, _ = catalog.queue(spec())
    catalog.started(row.id)
    catalog.failed(row.id, "ZeroDivisionError:\n division by zero", "mine.py", 12, "Traceback ...")
    failed = catalog.find_run(row.id)
    assert (failed.state, failed.error) == (RunState.ERROR, "ZeroDivisionError: division by zero")
    assert (failed.error_file, failed.error_line, failed.traceback) == ("mine.py", 12, "Traceback ...")
    again, is_new = catalog.queue(spec())
    assert is_new
    assert (again.state, again.error, again.error_line, again.traceback) == (RunState.QUEUED, "", 0, "")


def test_what_a_person_says_of_runs_is_there_for_the_next_process(catalog: Catalog) -> None:
    first, second = catalog.queue(spec(1))[0].id, catalog.queue(spec(2))[0].id
    catalog.set_star(first)
    catalog.set_name(first, " Base case ")
    catalog.set_note(first, "slow\nbut steady")
    catalog.add_tags(first, ["momentum", "keep  this"])
    catalog.add_tags(second, ["momentum"])
    catalog.remove_tags(first, ["nothing"])
    seen = Catalog(catalog.home)
    run = seen.find_run("Base case")
    assert (run.starred, run.note, run.tags) == (True, "slow\nbut steady", ("keep this", "momentum"))
    assert [row.id for row in seen.runs(tag="keep this")] == [first]
    assert seen.tags() == {"keep this": 1, "momentum": 2}
    assert [row.id for row in seen.runs(RunState.QUEUED, "momentum")] == [second, first]
    assert seen.runs(RunState.DONE) == []
    seen.set_tags(first, ["other"])
    assert catalog.find_run(first).tags == ("other",)


@pytest.mark.parametrize("tag", ["", "  ", "a,b", "x" * 41])
def test_a_tag_that_is_none_is_refused(catalog: Catalog, tag: str) -> None:
    row, _ = catalog.queue(spec())
    with pytest.raises(EntryError, match="tag"):
        catalog.add_tags(row.id, ["fine", tag])
    assert catalog.find_run(row.id).tags == ()


def test_tags_are_bounded_and_one_too_many_changes_nothing(catalog: Catalog) -> None:
    row, _ = catalog.queue(spec())
    catalog.add_tags(row.id, [f"tag {n}" for n in range(20)])
    with pytest.raises(EntryError, match="at most 20"):
        catalog.add_tags(row.id, ["another"])
    assert len(catalog.find_run(row.id).tags) == 20


def test_runs_and_datasets_that_are_not_there_are_named(catalog: Catalog) -> None:
    for call in (catalog.find_run, catalog.set_star, catalog.cancelled, catalog.remove_run):
        with pytest.raises(EntryError, match="no run 'none'"):
            call("none")
    with pytest.raises(EntryError, match="no dataset 'none'"):
        catalog.find_dataset("none")


def test_an_id_cut_too_short_is_not_guessed(catalog: Catalog) -> None:
    for number in range(40):  # more than the sixteen digits an id begins with
        catalog.queue(spec(number))
    begins = [row.id[0] for row in catalog.runs()]
    often = max(begins, key=begins.count)
    with pytest.raises(EntryError, match=f"begins {begins.count(often)} runs"):
        catalog.find_run(often)


def test_a_run_of_another_version_does_not_hide_the_others(
    catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    other, row = catalog.queue(spec(1))[0].id, catalog.queue(spec(2))[0]
    with closing(connect(catalog.home.catalog_file)) as db:
        db.execute("UPDATE runs SET spec = '{}' WHERE id = ?", (other,))
    assert catalog.runs() == [row]
    assert other in caplog.text


# ---- processes ---------------------------------------------------------------------------------------
def test_a_run_whose_process_was_killed_is_found(catalog: Catalog) -> None:
    killed, alive, queued = (catalog.queue(spec(number))[0].id for number in range(3))
    catalog.started(alive)  # here
    child = in_child(catalog, killed)
    try:
        assert catalog.mark_lost() == []
    finally:
        end(child, signal.SIGKILL)
    assert catalog.mark_lost() == [killed]
    assert catalog.mark_lost() == []
    assert {row.id: (row.state, row.error) for row in catalog.runs()} == {
        killed: (RunState.ERROR, LOST),
        alive: (RunState.RUNNING, ""),
        queued: (RunState.QUEUED, ""),
    }


def test_another_process_of_the_same_number_is_not_the_run(catalog: Catalog) -> None:
    row, _ = catalog.queue(spec())
    catalog.started(row.id)
    with closing(connect(catalog.home.catalog_file)) as db:
        db.execute("UPDATE runs SET process_started_s = process_started_s - 60")
    assert catalog.mark_lost() == [row.id]


def test_a_run_that_waited_in_a_process_that_ended_is_cancelled(catalog: Catalog) -> None:
    waiting, again = catalog.queue(spec(1))[0].id, catalog.queue(spec(2))[0].id
    assert catalog.mark_lost() == []
    with closing(connect(catalog.home.catalog_file)) as db:
        db.execute("UPDATE runs SET process_started_s = process_started_s - 60")
    assert catalog.queue(spec(2))[1] is True  # it is ours now
    assert catalog.mark_lost() == [waiting]
    assert {row.id: (row.state, row.error) for row in catalog.runs()} == {
        waiting: (RunState.CANCELLED, NEVER_BEGUN),
        again: (RunState.QUEUED, ""),
    }


def test_a_run_is_taken_by_one_process_only(catalog: Catalog) -> None:
    row, _ = catalog.queue(spec())
    child = in_child(catalog, row.id)
    with pytest.raises(CatalogError, match="is RUNNING: it cannot become RUNNING"):
        catalog.started(row.id)
    catalog.cancelled(row.id)
    end(child, signal.SIGTERM)
    assert catalog.mark_lost() == []
    with pytest.raises(CatalogError, match="is CANCELLED"):
        catalog.finished(row.id, {})


def test_processes_and_threads_write_at_once_and_nothing_is_lost(catalog: Catalog) -> None:
    ids = [catalog.queue(spec(number))[0].id for number in range(3)]
    before, count = catalog.changes(), 20
    command = [sys.executable, str(CHILD), str(catalog.home.directory), "write", ids[0], str(count)]
    child = subprocess.Popen(command)
    failed: list[Exception] = []

    def write(run_id: str) -> None:
        try:
            for number in range(count):
                catalog.set_note(run_id, f"note {number}")
        except CatalogError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(run_id,)) for run_id in ids[1:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert child.wait() == 0
    assert not failed
    assert {row.note for row in catalog.runs()} == {f"note {count - 1}"}
    assert catalog.changes() - before == 3 * count


def test_many_open_a_new_catalog_at_once(home: ResearchHome) -> None:
    failed: list[Exception] = []

    def use(number: int) -> None:
        try:
            Catalog(home).queue(spec(number))
        except CatalogError as error:
            failed.append(error)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(Catalog(home).runs()) == 8


# ---- versions and damage -----------------------------------------------------------------------------
def test_an_older_catalog_opens_and_keeps_what_it_holds(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, _ = catalog.queue(spec(), "kept")
    step = ("ALTER TABLE runs ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'",)
    monkeypatch.setattr(catalog_schema, "MIGRATIONS", [*catalog_schema.MIGRATIONS, step])
    catalog.file.write(lambda db: db.execute("UPDATE runs SET colour = 'red'"))
    with closing(connect(catalog.home.catalog_file)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(catalog_schema.MIGRATIONS)
        assert tuple(db.execute("SELECT id, name, colour FROM runs").fetchone()) == (row.id, "kept", "red")


def test_a_step_that_fails_leaves_the_older_catalog(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.queue(spec(), "kept")
    step = ("ALTER TABLE runs ADD COLUMN colour TEXT", "ALTER TABLE nothing ADD COLUMN colour TEXT")
    with monkeypatch.context() as newer:
        newer.setattr(catalog_schema, "MIGRATIONS", [*catalog_schema.MIGRATIONS, step])
        with pytest.raises(CatalogError, match="nothing"):
            catalog.runs()
    assert [row.name for row in catalog.runs()] == ["kept"]


def test_a_newer_catalog_is_refused_and_left_alone(catalog: Catalog) -> None:
    catalog.queue(spec())
    with closing(connect(catalog.home.catalog_file)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(
        CatalogError,
        match=f"version 99, made by a newer Tapedeck; this one knows {len(catalog_schema.MIGRATIONS)}",
    ):
        Catalog(catalog.home)
    with closing(sqlite3.connect(catalog.home.catalog_file)) as db:
        assert db.execute("SELECT count(*) FROM runs").fetchone() == (1,)
    assert not list(catalog.home.directory.glob("*unreadable*"))


@pytest.mark.parametrize("how", ["overwritten", "cut", "a page"])
def test_a_damaged_catalog_is_set_aside_and_made_anew(
    catalog: Catalog, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(30):
        catalog.queue(spec(number))
    file = catalog.home.catalog_file
    content = bytearray(file.read_bytes())
    if how == "overwritten":
        content[:] = b"not a catalog" * 1_000
    elif how == "cut":
        del content[len(content) // 2 :]
    else:
        content[4096 : 8 * 4096] = b"\xa5" * (7 * 4096)
    file.write_bytes(content)
    assert Catalog(catalog.home).runs() == []  # none of them lies on disk
    (aside,) = catalog.home.directory.glob("catalog.unreadable-*.sqlite")
    assert aside.read_bytes() == bytes(content)
    assert "set aside" in caplog.text
    assert catalog.queue(spec())[1] is True


def test_many_find_the_damage_at_once_and_one_sets_it_aside(catalog: Catalog) -> None:
    catalog.home.catalog_file.write_bytes(b"not a catalog" * 1_000)
    failed: list[Exception] = []

    def use(number: int) -> None:
        try:
            catalog.queue(spec(number))
        except CatalogError as error:
            failed.append(error)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(list(catalog.home.directory.glob("catalog.unreadable-*.sqlite"))) == 1
    assert len(catalog.runs()) == 8


def test_a_writer_that_is_killed_leaves_a_whole_catalog(catalog: Catalog, wait_for_sync: Wait) -> None:
    row, _ = catalog.queue(spec())
    before = catalog.changes()
    command = [sys.executable, str(CHILD), str(catalog.home.directory), "write", row.id, "1000000"]
    child = subprocess.Popen(command)
    try:
        wait_for_sync(lambda: catalog.changes() > before + 5, 20.0)
    finally:
        child.kill()
        child.wait()
    written = catalog.changes() - before
    assert Catalog(catalog.home).find_run(row.id).note == f"note {written - 1}"
    assert not list(catalog.home.directory.glob("*unreadable*"))


def test_a_disk_that_cannot_be_written_is_one_line(home: ResearchHome) -> None:
    missing = ResearchHome(home.directory / "gone")
    with pytest.raises(CatalogError, match=r"gone/catalog\.sqlite cannot be used: .*open"):
        Catalog(missing)
