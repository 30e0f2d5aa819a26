"""Runs side by side, from the list to the differences, in a real window."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from core.backtest.catalog import Catalog
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunFiles
from core.backtest.trade_differences import Found
from core.state.versioned_file import StateError
from desktop.panels.compare.panel import ComparePanel
from desktop.research.curves import thinned
from desktop.run_desk import RunDesk
from tests.desktop.conftest import Play, Stage
from tests.desktop.research.shelf import made_shelf


async def compared(stage: Stage, count: int) -> ComparePanel:
    """Every run of the list, selected and compared by its action."""
    window = stage.app.windows[0]
    stage.app.commands.run("runs.show", window)
    runs = stage.app.research.runs_panel(window)
    await stage.until(lambda: len(runs.model.rows) == count, "the runs")
    runs.table.selectAll()
    runs.run_action("runs.compare")
    panel: ComparePanel = stage.app.research.panel(window, "compare")
    await stage.until(lambda: panel.sides is not None or panel.state.title, "the comparison")
    return panel


def test_runs_lie_over_one_another_with_what_differs_and_what_they_were_worth(
    play: Play, research_home: ResearchHome
) -> None:
    _, runs = made_shelf(pairs=((20, 80), (10, 40), (30, 120)))

    async def scenario(stage: Stage) -> None:
        panel = await compared(stage, 3)
        told = panel.inspect_rows()
        ids = [run.spec.run_id[:8] for run in reversed(runs)]
        assert all(run_id in told["legend"] for run_id in ids)
        assert [row[0] for row in told["settings"]] == ["fast", "slow"], "only what differs"
        assert told["settings"][0][1:] == ["30", "10", "20"]
        figures = {row[0]: row[1:] for row in told["figures"]}
        ends = [float(run.read("equity")["equity"][-1]) / 100_000 - 1 for run in reversed(runs)]
        assert figures["Total return"] == [f"{end * 100:,.2f} %".replace("-", "−") for end in ends]
        assert told["trades"][0][3:5] == [ids[1], f"only in {ids[1]}"], "the faster one traded first"
        lines = panel.curves.plots.main.lines.marks
        assert len(lines) == 3
        assert len({mark.color.name() for mark in lines}) == 3

    play(scenario)


def plain_differences(base: RunFiles, other: RunFiles) -> Counter[tuple[str, int]]:
    """(what, opened) of every trade that is only in one of them or has another exit, the long way."""

    def trades(run: RunFiles) -> dict[tuple[int, int], tuple[float, ...]]:
        positions = run.read("positions")
        names = ("opened_ns", "side", "closed_ns", "entry_price", "exit_price", "quantity", "pnl")
        rows = zip(*(positions[name].tolist() for name in names), strict=True)
        return {(row[0], row[1]): row[2:] for row in rows}

    one, two = trades(base), trades(other)
    found: Counter[tuple[str, int]] = Counter()
    for key in one.keys() | two.keys():
        if key not in two or key not in one:
            found["base" if key not in two else "run", key[0]] += 1
        elif not np.allclose(one[key], two[key], rtol=1e-9, atol=1e-9, equal_nan=True):
            found["other", key[0]] += 1
    return found


def test_trades_of_every_run_are_held_against_the_chosen_base(
    play: Play, research_home: ResearchHome
) -> None:
    made_shelf(pairs=((20, 80), (10, 40), (10, 41)))

    async def scenario(stage: Stage) -> None:
        panel = await compared(stage, 3)
        kinds = {Found.ONLY_A: "base", Found.ONLY_B: "run", Found.OTHER: "other"}
        for base in (0, 2):
            panel.trades.base.activated.emit(base)
            await stage.until(lambda base=base: panel.sides.trades.base == base, "the other base")
            compared_runs = panel.sides.comparison.runs
            told = panel.sides.trades
            assert told.total == len(told.rows) == len(panel.trades.table.trades.rows)
            for place, run in enumerate(compared_runs):
                rows = [row for row in told.rows if row.run == place]
                if place == base:
                    assert not rows
                    continue
                found = Counter((kinds[row.found], row.opened_ns) for row in rows)
                assert found == plain_differences(compared_runs[base], run)
                # What the differences are worth is what the closed trades differ by.
                ends = [np.nansum(each.read("positions")["pnl"]) for each in (run, compared_runs[base])]
                worth = sum(row.change for row in rows if row.change == row.change)
                left_open = any(row.change != row.change for row in rows)
                assert left_open or worth == pytest.approx(ends[0] - ends[1])

    play(scenario)


def test_trades_that_differ_are_filtered_sorted_and_kept_so(play: Play, research_home: ResearchHome) -> None:
    made_shelf(pairs=((20, 80), (10, 40), (10, 41)))

    async def scenario(stage: Stage) -> None:
        panel = await compared(stage, 3)
        section, rows = panel.trades, panel.trades.table.trades
        total = len(rows.rows)
        section.run.setCurrentIndex(2)
        section.run.activated.emit(2)
        assert {row.run for row in rows.rows} == {2}
        assert section.count.text() == f"{len(rows.rows):,} of {total:,}"
        section.filter.setText("only short")
        assert all(row.side < 0 and row.found is not Found.OTHER for row in rows.rows)
        section.filter.setText("nothing has this")
        assert section.count.text() == f"0 of {total:,}"
        section.filter.setText("")
        section.table.sortByColumn(7, Qt.SortOrder.DescendingOrder)
        changes = [row.change for row in rows.rows if row.change == row.change]
        assert changes == sorted(changes, reverse=True)
        section.filter.setText("long")
        kept = panel.saved()
        assert kept == {"runs": list(panel.run_ids), "base": panel.run_ids[0], "filter": "long"}
        panel.restore(kept | {"base": panel.run_ids[1], "filter": "short"})
        await stage.until(lambda: panel.sides is not None and panel.sides.trades.base == 1, "the kept base")
        assert {row.side for row in rows.rows} == {-1}
        with pytest.raises(StateError, match="base is 3"):
            panel.restore({"base": 3})

    play(scenario)


def test_a_trade_opens_its_run_where_it_was(play: Play, research_home: ResearchHome) -> None:
    made_shelf(pairs=((20, 80), (10, 40)))

    async def scenario(stage: Stage) -> None:
        panel = await compared(stage, 2)
        window, told = stage.app.windows[0], panel.sides.trades
        section = panel.trades
        section.filter.setText("only in")
        rows = section.table.trades.rows
        for number in (len(rows) // 2, len(rows) - 1):
            row = rows[number]
            place = row.run if row.found is Found.ONLY_B else told.base
            section.table.activated_row.emit(number)
            run_id = panel.sides.comparison.runs[place].spec.run_id
            desk = stage.app.desk
            assert window.scope.run_id == run_id

            def at_trade(opened_ns: int = row.opened_ns) -> bool:
                film = stage.app.desk.film if isinstance(stage.app.desk, RunDesk) else None
                return film is not None and film.time_ns == opened_ns

            await stage.until(at_trade, "the clock at the trade")
            chart = window.contents.chart
            assert chart is not None
            await stage.until(lambda chart=chart: chart.stretch() is not None, "the chart")
            stretch = chart.stretch()
            assert stretch is not None
            assert stretch.left_ns < row.opened_ns
            assert chart.sight.is_following, "where the trade ends is not told by the axis"
            assert (chart.plots.time_axis.end_ns or 0) <= row.opened_ns
            assert str(chart.key) == row.instrument
            assert panel.state.title == f"Run {run_id[:8]} is being played"
            assert desk is not None
            window.return_to_live()
            await stage.until(lambda: not panel.state.title, "the comparison again")

    play(scenario, layout="desk")


def test_a_run_that_is_played_is_not_compared(play: Play, research_home: ResearchHome) -> None:
    _, runs = made_shelf(pairs=((20, 80), (10, 40)))

    async def scenario(stage: Stage) -> None:
        panel = await compared(stage, 2)
        stage.app.research.playing = lambda: frozenset({runs[0].spec.run_id})
        panel.tick(stage.app.now_ms())
        assert panel.state.title == f"Run {runs[0].spec.run_id[:8]} is being played"
        assert not panel.area.isVisible()
        stage.app.research.playing = frozenset
        panel.tick(stage.app.now_ms())
        assert panel.area.isVisible()

    play(scenario)


def test_a_run_that_is_gone_is_named_and_ids_come_back_with_the_workspace(
    play: Play, research_home: ResearchHome
) -> None:
    home, runs = made_shelf(pairs=((20, 80), (10, 40)))
    ids = [run.spec.run_id for run in runs]

    async def scenario(stage: Stage) -> None:
        window = stage.app.windows[0]
        panel: ComparePanel = stage.app.research.panel(window, "compare")
        assert panel.state.title == "Nothing to compare yet"
        Catalog(home).remove_run(ids[1])
        panel.restore({"runs": ids})
        assert panel.saved() == {"runs": ids, "base": ids[0], "filter": ""}
        await stage.until(lambda: panel.state.title == "These runs cannot be compared", "the refusal")
        assert ids[1] in panel.state.sentence

    play(scenario)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400), st.integers(1, 40))
def test_thinning_loses_no_high_no_low_and_no_end(values: list[float], columns: int) -> None:
    line = np.array(values)
    rows = thinned([line], columns)
    assert (np.diff(rows) > 0).all()
    assert len(rows) <= max(4 * columns, 4) + 4
    assert {0, len(values) - 1} <= set(rows.tolist())
    assert line[rows].min() == line.min()
    assert line[rows].max() == line.max()
