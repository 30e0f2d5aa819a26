"""Runs side by side, from the list to the differences, in a real window."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.backtest.catalog import Catalog
from core.backtest.home import ResearchHome
from desktop.panels.compare.panel import ComparePanel
from desktop.research.curves import thinned
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
        assert told["trades"][0][3] == f"only in {ids[1]}", "the faster one traded first"
        lines = panel.curves.plots.main.lines.marks
        assert len(lines) == 3
        assert len({mark.color.name() for mark in lines}) == 3

    play(scenario)


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
        assert panel.saved() == {"runs": ids}
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
