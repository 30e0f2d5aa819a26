"""A list read again: what changed is new, whoever changed it; everything else is as it was, unread."""

from pathlib import Path

import pytest

from core.backtest.catalog import Catalog
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunState
from core.backtest.spec import RunSpec

COUNT = 60  # more than are asked for one by one


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    home = ResearchHome(tmp_path)
    home.make()
    catalog = Catalog(home)
    for number in range(COUNT):
        row, _ = catalog.queue(RunSpec("d", "h", ("X:A",), "sma_crossover", "s", {"fast": number}))
        catalog.started(row.id)
        catalog.finished(row.id, {"sharpe": float(number), "trades": None})
    return catalog


def test_a_star_or_a_tag_makes_that_row_anew_and_leaves_the_others(catalog: Catalog) -> None:
    before = {row.id: row for row in catalog.runs()}
    starred, tagged, *others = before
    catalog.set_star(starred)
    Catalog(catalog.home).set_tags(tagged, ["good", "fast"])  # somebody else
    after = {row.id: row for row in catalog.runs()}
    assert list(after) == list(before)
    assert after[starred].starred
    assert after[tagged].tags == ("fast", "good")
    assert all(after[run_id] is before[run_id] for run_id in others)
    assert after[starred].metrics is before[starred].metrics
    assert after == {row.id: row for row in Catalog(catalog.home).runs()}


def test_figures_of_a_run_made_again_elsewhere_are_the_new_ones(catalog: Catalog) -> None:
    row = catalog.runs()[3]
    elsewhere = Catalog(catalog.home)
    elsewhere.queue(row.spec, again=True)
    assert catalog.run(row.id) == elsewhere.run(row.id)
    assert catalog.runs()[0].metrics == {}, "queued, so at the head of the list"
    elsewhere.started(row.id)
    elsewhere.finished(row.id, {"sharpe": -1.0})
    assert catalog.find_run(row.id).metrics == {"sharpe": -1.0}


def test_a_catalog_whose_clock_stands_still_does_not_keep_old_figures(tmp_path: Path) -> None:
    home = ResearchHome(tmp_path)
    home.make()
    catalog = Catalog(home, clock=lambda: 1)
    spec = RunSpec("d", "h", ("X:A",), "sma_crossover", "s", {})
    for sharpe in (1.0, 2.0):
        row, _ = catalog.queue(spec, again=True)
        catalog.started(row.id)
        catalog.finished(row.id, {"sharpe": sharpe})
        assert catalog.runs()[0].metrics == {"sharpe": sharpe}


def test_removed_runs_are_gone_and_a_list_of_one_state_is_in_order(catalog: Catalog) -> None:
    ids = [row.id for row in catalog.runs()]
    catalog.remove_run(ids[10])
    catalog.queue(catalog.find_run(ids[20]).spec, again=True)
    assert [row.id for row in catalog.runs(RunState.DONE)] == [
        run_id for run_id in ids if run_id not in (ids[10], ids[20])
    ]
    assert ids[10] not in [row.id for row in catalog.runs()]
    assert catalog.run(ids[10]) is None
