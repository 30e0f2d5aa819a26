"""The tear sheet of a run on the screen and as a file."""

from pathlib import Path

import numpy as np

from core.backtest.home import ResearchHome
from desktop.panels.tearsheet.exporting import export_report
from desktop.panels.tearsheet.panel import TearSheetPanel
from tests.desktop.conftest import Play, Stage
from tests.desktop.research.shelf import made_shelf


async def sheet_of(stage: Stage, run_id: str) -> TearSheetPanel:
    panel: TearSheetPanel = stage.app.research.panel(stage.app.windows[0], "tearsheet")
    panel.show_run(run_id)
    await stage.until(lambda: panel.sheet is not None or panel.state.title, "the sheet")
    return panel


def test_months_multiply_to_the_whole_and_the_legend_says_the_end(
    play: Play, research_home: ResearchHome
) -> None:
    _, (run,) = made_shelf(pairs=((20, 80),), sessions=30)

    async def scenario(stage: Stage) -> None:
        panel = await sheet_of(stage, run.spec.run_id)
        equity = run.read("equity")["equity"]
        assert f"{equity[-1]:,.2f}" in panel.curves.legend
        (year,) = panel.sheet.months
        months = np.array([month for month in year.months if month == month])
        assert np.isclose(np.prod(1 + months) - 1, equity[-1] / 100_000 - 1)
        assert panel.months.texts[0][0] == "2023"
        figures = {row[0]: row[1] for row in panel.inspect_rows()["figures"]}
        figures |= {row[3]: row[4] for row in panel.inspect_rows()["figures"]}
        closed = run.read("positions")["closed_ns"] > 0
        assert figures["Trades"] == f"{closed.sum():,}"
        assert panel.trades.histogram.counts.sum() == closed.sum()

    play(scenario)


def test_months_that_do_not_fit_beside_each_other_stand_below(
    play: Play, research_home: ResearchHome
) -> None:
    _, (run,) = made_shelf(pairs=((20, 80),), sessions=30)

    async def scenario(stage: Stage) -> None:
        months = (await sheet_of(stage, run.spec.run_id)).months
        for width in (1_200, 500, 260, 90):
            blocks = months.blocks(width)
            assert [place for block in blocks for place in block] == list(range(13))
            if width > 90:
                assert max(map(len, blocks)) * months.cell_px() < width - 44
        assert len(months.blocks(1_200)) == 1
        assert months.heightForWidth(260) > months.heightForWidth(500) > months.heightForWidth(1_200)

    play(scenario)


def test_while_its_run_is_played_the_sheet_shows_nothing_of_its_end(
    play: Play, research_home: ResearchHome
) -> None:
    _, (run,) = made_shelf(pairs=((20, 80),))

    async def scenario(stage: Stage) -> None:
        panel = await sheet_of(stage, run.spec.run_id)
        assert panel.can_export
        stage.app.research.playing = lambda: frozenset({run.spec.run_id})
        panel.tick(stage.app.now_ms())
        assert not panel.area.isVisible()
        assert "is being played" in panel.state.title
        tools = stage.app.windows[0].contents.docked_of(panel).tools
        assert not tools.export.isEnabled()

    play(scenario)


def test_the_sheet_is_exported_whole_and_a_place_that_cannot_be_written_is_named(
    play: Play, research_home: ResearchHome, tmp_path: Path
) -> None:
    _, (run,) = made_shelf(pairs=((20, 80),))
    good, bad = tmp_path / "sheet.html", tmp_path / "nowhere" / "sheet.html"

    async def scenario(stage: Stage) -> None:
        export_report(stage.app.research, run.spec.run_id, good)
        await stage.until(
            lambda: any("saved: " in message.text for message in stage.app.messages.all), "the file"
        )
        text = good.read_text(encoding="utf-8")
        assert run.spec.run_id in text
        assert text.endswith("</html>\n")
        export_report(stage.app.research, run.spec.run_id, bad)
        await stage.until(
            lambda: any(f"{bad} was not written" in message.text for message in stage.app.messages.all),
            "the words",
        )

    play(scenario)


def test_a_run_that_is_not_whole_says_so(play: Play, research_home: ResearchHome) -> None:
    home, (run,) = made_shelf(pairs=((20, 80),))
    (home.runs / run.spec.run_id / "manifest.json").unlink()

    async def scenario(stage: Stage) -> None:
        panel = await sheet_of(stage, run.spec.run_id)
        await stage.until(lambda: panel.state.title, "the refusal")
        assert "is not whole" in panel.state.sentence
        assert panel.saved() == {"run": run.spec.run_id}

    play(scenario)
