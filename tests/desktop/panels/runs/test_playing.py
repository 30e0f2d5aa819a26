"""A run played from the list: its final figures are hidden everywhere until it is left."""

from core.backtest.home import ResearchHome
from desktop.actions import ActionContext
from desktop.panels.runs.panel import RunsPanel
from tests.desktop.conftest import Play, Stage
from tests.desktop.research.shelf import made_shelf


def test_play_opens_the_film_and_hides_how_the_run_ends(play: Play, research_home: ResearchHome) -> None:
    _, runs = made_shelf(pairs=((20, 80), (10, 40)))
    run_id = runs[0].spec.run_id

    async def scenario(stage: Stage) -> None:
        window = stage.app.windows[0]
        stage.app.commands.run("runs.show", window)
        panel: RunsPanel = stage.app.research.runs_panel(window)
        await stage.until(lambda: len(panel.model.rows) == 2, "the runs")
        sheet = stage.app.research.panel(window, "tearsheet")
        sheet.show_run(run_id)
        await stage.until(lambda: sheet.can_export, "the sheet")
        stage.app.research.runs_panel(window)  # in front again
        panel.select(run_id)
        panel.run_action("runs.play")
        assert window.scope.run_id == run_id
        await stage.until(lambda: panel.model.playing == {run_id}, "the list to know")
        place = panel.model.row_of(run_id)
        assert panel.inspect_rows()["runs"][place]["sharpe"] == "PLAYING, final figures hidden"
        await stage.until(lambda: "is being played" in sheet.state.title, "the sheet to know")
        at = ActionContext(window, panel)
        for action in ("runs.tearsheet", "runs.report", "runs.compare"):
            assert "is being played" in stage.app.commands.actions[action].refusal(at), action
        window.return_to_live()
        await stage.until(lambda: not panel.model.playing, "the end of the film")
        await stage.until(lambda: sheet.area.isVisible() or not sheet.isVisible(), "the sheet again")
        assert panel.model.rows[panel.model.row_of(run_id)].figure("sharpe") is not None

    play(scenario)
