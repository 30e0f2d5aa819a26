"""`tapedeckd backtest`: what a researcher types and reads; codes 0, 1, 2, one line for each error."""

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.cli import execute
from core.backtest.catalog import Catalog
from core.backtest.catalog_schema import MIGRATIONS, connect
from core.backtest.home import ResearchHome
from core.backtest.metrics import as_stored, metrics_of
from core.profile import HOME_VARIABLE
from tests.core.backtest.made import made_dataset, made_home, made_run

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> ResearchHome:
    """Three runs that are done, one that failed and one that is queued; made once, read by copies."""
    home = made_home(tmp_path_factory.mktemp("kept"))
    dataset = made_dataset(home, sessions=3, minutes=60)
    catalog = Catalog(home)
    for fast in (2, 3, 4):
        run = made_run(home, dataset, fast=fast, slow=9)
        catalog.queue(run.spec)
        catalog.started(run.spec.run_id)
        catalog.finished(run.spec.run_id, as_stored(metrics_of(home, run).final()))
    failing, _ = catalog.queue(replace(run.spec, seed=1), "bad idea")
    catalog.started(failing.id)
    catalog.failed(failing.id, "IndexError: [list] index", "mine.py", 7, "Traceback\n  line 7")
    catalog.queue(replace(run.spec, seed=2))
    return home


@pytest.fixture
def catalog(kept: ResearchHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    home = ResearchHome(tmp_path / "home" / "default" / "research")
    shutil.copytree(kept.directory, home.directory)
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "180")
    return Catalog(home)


@pytest.fixture
def say(catalog: Catalog, capsys: pytest.CaptureFixture[str], plain_logging: None) -> Say:
    def said(*arguments: str) -> tuple[int, str, str]:
        code = execute(("backtest", *arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return said


def done(catalog: Catalog) -> list[str]:
    return [row.id for row in catalog.runs() if row.state == "DONE"]


def test_list_shows_the_newest_first_with_state_and_figures(say: Say, catalog: Catalog) -> None:
    code, out, _ = say("list")
    assert code == 0
    header, *lines = out.splitlines()
    for word in ("run", "name", "strategy", "dataset", "state", "total return", "sharpe", "trades", "tags"):
        assert word in header
    assert [line.split()[0].rstrip(":") for line in lines[:5]] == [row.id for row in catalog.runs()]
    assert "QUEUED" in lines[0]
    assert "bad idea" in lines[1]
    assert "sma_crossover fast=4 quantity=100.0 slow=9" in lines[2]
    assert "made" in lines[2]
    assert lines[5] == f"{catalog.find_run('bad idea').id}: IndexError: [list] index"


def test_list_takes_those_of_a_state_a_tag_and_a_star(say: Say, catalog: Catalog) -> None:
    first, second, _ = done(catalog)
    assert say("tag", first[:8], "momentum", "look again") == (0, "", "")
    assert say("star", first, second) == (0, "", "")
    assert "★" in say("list", "--state", "done")[1].splitlines()[1]
    assert listed(say("list", "--tag", "look again")) == [first]
    assert listed(say("list", "--starred")) == [first, second]
    assert say("tag", first, "momentum", "--remove")[0] == 0
    assert say("star", "--off", second)[0] == 0
    assert (catalog.find_run(first).tags, catalog.find_run(second).starred) == (("look again",), False)


def listed(said: tuple[int, str, str]) -> list[str]:
    assert said[0] == 0
    return [line.split()[0] for line in said[1].splitlines()[1:]]


def test_list_sorts_by_a_figure_the_best_first(say: Say, catalog: Catalog) -> None:
    by_return = sorted(done(catalog), key=lambda run: -(catalog.find_run(run).metrics["total_return"] or 0))
    assert listed(say("list", "--state", "done", "--sort", "total_return")) == by_return
    code, _, err = say("list", "--sort", "luck")
    assert (code, err.splitlines()[0].startswith("tapedeckd: --sort luck: use one of total_return")) == (
        2,
        True,
    )


def test_other_programs_read_one_object_a_line(say: Say, catalog: Catalog) -> None:
    code, out, _ = say("list", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert (code, [row["id"] for row in rows]) == (0, [row.id for row in catalog.runs()])
    assert rows[2]["spec"]["parameters"] == {"fast": 4, "slow": 9, "quantity": 100.0}
    assert json.loads(say("show", rows[2]["id"], "--json")[1]) == rows[2]


def test_show_tells_all_of_a_run(say: Say, catalog: Catalog) -> None:
    run = done(catalog)[0]
    say("note", run, "steady,\nslow", "--name", "Base")
    code, out, _ = say("show", "Base")
    assert code == 0
    for words in (
        run,
        "DONE",
        "steady,",
        "fast=4",
        "1 bps",
        "Sharpe",
        "Max drawdown",
        "equity.parquet",
        "MARGIN",
    ):
        assert words in out
    assert "A market order fills at the close of the bar" in out


def test_show_tells_where_a_strategy_failed(say: Say) -> None:
    code, out, _ = say("show", "bad idea")
    assert code == 0
    assert "ERROR: IndexError: [list] index" in out
    assert "mine.py, line 7" in out
    assert out.endswith("Traceback\n  line 7\n")


def test_prune_says_what_goes_and_removes_it(say: Say, catalog: Catalog) -> None:
    newest, middle, oldest = done(catalog)
    catalog.set_star(oldest)
    code, out, _ = say("prune", "--keep", "1", "--dry-run")
    assert (code, out.splitlines()[:2]) == (0, [newest, middle])
    assert out.splitlines()[-1].startswith("would remove 2 runs, ")
    assert len(catalog.runs()) == 5
    assert say("prune", "--keep", "1")[0] == 0
    assert [row.id for row in catalog.runs() if row.state == "DONE"] == [oldest]
    assert {path.name for path in catalog.home.runs.iterdir()} == {oldest}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("show", "nothing"), "there is no run 'nothing' (tapedeckd backtest list)"),
        (("tag", "bad idea", "a,b"), "'a,b' is not a tag: write a word or two without a comma"),
        (("list", "--state", "gone"), "--state gone: use one of queued, running, done, error, cancelled"),
    ],
)
def test_bad_input_is_one_line(say: Say, arguments: tuple[str, ...], line: str) -> None:
    assert say(*arguments) == (2, "", f"tapedeckd: {line}\n")


def test_a_newer_catalog_is_one_line(say: Say, catalog: Catalog) -> None:
    with closing(connect(catalog.home.catalog_file)) as db:
        db.execute("PRAGMA user_version = 99")
    code, _, err = say("list")
    assert code == 1
    newest = len(MIGRATIONS)
    assert err.endswith(f"this one knows {newest}: use the newer one or another profile\n")
    assert len(err.splitlines()) == 1


# ---- compare and report ------------------------------------------------------------------------------
def test_compare_sets_runs_side_by_side(say: Say, catalog: Catalog) -> None:
    first, second, third = done(catalog)
    catalog.set_name(second, "Slower")
    code, out, _ = say("compare", first, "Slower", third)
    assert code == 0
    lines = {line.strip()[: line.strip().find("  ")]: line.split() for line in out.splitlines()}
    assert out.splitlines()[0].split() == [first, "Slower", third]
    assert lines["parameters.fast"][1:] == ["4", "3", "2"]
    assert "parameters.slow" not in out  # the same in all
    assert "*" in lines["Total return"]
    assert lines["Trades"][-3:] == [
        f"{catalog.find_run(run).metrics['trades']:.0f}" for run in (first, second, third)
    ]
    assert len(lines["trades only in the first"]) == 5 + 2


def test_compare_lists_trades_that_differ(say: Say, catalog: Catalog) -> None:
    first, second, _ = done(catalog)
    code, out, _ = say("compare", first, second, "--trades")
    assert code == 0
    found = json.loads(say("compare", first, second, "--json")[1])["trades_against_base"][second]
    assert f"{first} against {second}: {len(found)} trades differ" in out
    kinds = {each["found"] for each in found}
    assert kinds == {"only in A", "only in B", "other"}
    assert sum(line.startswith("  2023-01-0") for line in out.splitlines()) == len(found)


def test_compare_holds_every_run_against_the_base_that_is_named(say: Say, catalog: Catalog) -> None:
    first, second, third = done(catalog)
    told = json.loads(say("compare", first, second, third, "--base", third, "--json")[1])
    assert told["base"] == third
    assert set(told["trades_against_base"]) == {first, second}
    other_way = json.loads(say("compare", third, first, "--json")[1])["trades_against_base"]
    assert told["trades_against_base"][first] == other_way[first]
    code, out, _ = say("compare", first, second, third, "--base", third, "--trades")
    assert code == 0
    assert f"{third} against {first}: {len(other_way[first])} trades differ" in out
    assert f"trades only in {third}" in out
    code, _, err = say("compare", first, second, "--base", third)
    assert (code, err) == (2, f"tapedeckd: --base {third}: name one of the runs that are compared\n")


def test_report_writes_one_file_once(
    say: Say, catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = done(catalog)[0]
    catalog.set_name(run, "<Best> & only")
    assert say("report", run) == (0, f"{run}.html\n", "")
    text = (tmp_path / f"{run}.html").read_text(encoding="utf-8")
    assert "<h1>&lt;Best&gt; &amp; only</h1>" in text
    code, _, err = say("report", run)
    assert (code, err) == (
        2,
        f"tapedeckd: {run}.html is there already: choose another --out, or say --force\n",
    )
    assert say("report", run, "--force", "--theme", "dark")[0] == 0
    assert say("report", run, "--out", str(tmp_path / "sheet.html"))[1] == f"{tmp_path / 'sheet.html'}\n"
    code, _, err = say("report", run, "--out", str(tmp_path / "gone" / "sheet.html"))
    assert (code, err.endswith("gone/sheet.html was not written: No such file or directory\n")) == (1, True)
    assert {path.name for path in tmp_path.iterdir()} == {"home", f"{run}.html", "sheet.html"}


@pytest.mark.parametrize("command", ["report", "compare"])
def test_a_run_without_results_has_none_to_show(say: Say, catalog: Catalog, command: str) -> None:
    failed = catalog.find_run("bad idea").id
    code, _, err = say(command, failed)
    assert (code, err) == (2, f"tapedeckd: run {failed} is ERROR: only one that is DONE has results\n")


def test_one_run_is_not_compared(say: Say, catalog: Catalog) -> None:
    assert say("compare", done(catalog)[0]) == (2, "", "tapedeckd: compare 2 to 20 runs, each once\n")
