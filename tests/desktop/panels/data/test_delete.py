"""A dataset goes only after a yes that named the runs it takes away from, starred ones above all."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from core.backtest.catalog import Catalog
from core.backtest.home import ResearchHome
from desktop.messages import Level
from desktop.panels.data.delete_dialog import DeleteDatasetDialog
from desktop.panels.data.panel import DataPanel
from tests.desktop.conftest import Play, Stage
from tests.desktop.panels.data.test_import import data_panel
from tests.desktop.research.shelf import made_shelf

LEFT = Qt.MouseButton.LeftButton


async def asked(stage: Stage, panel: DataPanel) -> DeleteDatasetDialog:
    """The first dataset is selected and its deletion asked for."""
    await stage.until(lambda: panel.model.rows, "the dataset")
    panel.select(panel.model.rows[0].id)
    stage.app.commands.run("data.delete", stage.app.windows[0], panel)
    dialogs = stage.app.windows[0].findChildren(DeleteDatasetDialog)
    return next(each for each in dialogs if each.isVisible())


def words(dialog: DeleteDatasetDialog) -> str:
    return "\n".join(each.text() for each in dialog.findChildren(QLabel) if not each.isHidden())


def test_the_runs_that_need_it_are_named_before_it_goes(play: Play, research_home: ResearchHome) -> None:
    home, runs = made_shelf(pairs=((20, 80), (10, 40)))
    starred, plain = (each.spec.run_id for each in runs)
    catalog = Catalog(home)
    catalog.set_star(starred)
    directory = home.datasets / runs[0].spec.dataset_id

    async def scenario(stage: Stage) -> None:
        panel = await data_panel(stage)
        dialog = await asked(stage, panel)
        said = words(dialog)
        assert (
            "2 runs were made of it. They keep figures, trades and notes, but can no longer be played" in said
        )
        named = said.splitlines()
        assert next(each for each in named if starred[:8] in each).endswith("★")
        assert named.index(next(each for each in named if starred[:8] in each)) < named.index(
            next(each for each in named if plain[:8] in each)
        ), "starred ones come first"
        assert "Starred among them: 1" in said
        assert "The files that it was made of are not touched" in said
        dialog.reject()
        assert directory.is_dir()
        dialog = await asked(stage, panel)
        QTest.mouseClick(dialog.confirm, LEFT)
        await stage.until(lambda: not panel.model.rows, "the list without it")
        assert not directory.exists()
        assert {row.id for row in catalog.runs()} == {starred, plain}, "its runs stay"
        runs_panel = stage.app.research.runs_panel(stage.app.windows[0])
        await stage.until(lambda: len(runs_panel.model.rows) == 2, "the runs")
        runs_panel.select(starred)
        play_it = stage.app.commands.actions["runs.play"]
        stage.app.commands.run("runs.play", stage.app.windows[0], runs_panel)
        assert any("was deleted: import its files again" in each.text for each in stage.app.messages.all), (
            play_it
        )

    play(scenario)


def test_a_run_that_was_starred_meanwhile_is_not_passed_over(play: Play, research_home: ResearchHome) -> None:
    """By another process, while the question stood there: nothing goes that was not said."""
    home, runs = made_shelf(pairs=((20, 80),))

    async def scenario(stage: Stage) -> None:
        panel = await data_panel(stage)
        dialog = await asked(stage, panel)
        assert "Starred" not in words(dialog)
        Catalog(home).set_star(runs[0].spec.run_id)
        QTest.mouseClick(dialog.confirm, LEFT)
        wanted = "The dataset was not deleted: dataset"
        await stage.until(
            lambda: any(each.text.startswith(wanted) for each in stage.app.messages.all), "the reason"
        )
        said = next(each.text for each in stage.app.messages.all if each.text.startswith(wanted))
        assert "1 of them starred" in said
        assert (home.datasets / runs[0].spec.dataset_id).is_dir()

    play(scenario)


def test_a_run_that_is_played_meanwhile_keeps_its_dataset(play: Play, research_home: ResearchHome) -> None:
    home, runs = made_shelf(pairs=((20, 80),))

    async def scenario(stage: Stage) -> None:
        panel = await data_panel(stage)
        dialog = await asked(stage, panel)
        run_id, window = runs[0].spec.run_id, stage.app.windows[0]
        stage.app.research.play(run_id, window)
        await stage.until(lambda: run_id in stage.app.research.playing(), "the film")
        QTest.mouseClick(dialog.confirm, LEFT)
        wanted = f"The dataset was not deleted: Run {run_id[:8]} on it is being played: close it first"
        await stage.until(lambda: wanted in [each.text for each in stage.app.messages.all], "the reason")
        assert (home.datasets / runs[0].spec.dataset_id).is_dir()

    play(scenario)


def test_what_is_in_use_cannot_be_deleted(play: Play, research_home: ResearchHome) -> None:
    home, runs = made_shelf(pairs=((20, 80),))
    catalog = Catalog(home)
    catalog.queue(runs[0].spec, again=True)

    async def scenario(stage: Stage) -> None:
        panel = await data_panel(stage)
        await stage.until(lambda: panel.model.rows, "the dataset")
        action = stage.app.commands.actions["data.delete"]
        stage.app.commands.run("data.delete", stage.app.windows[0], panel)
        assert any("Select one dataset" in each.text for each in stage.app.messages.all), action.title
        panel.select(panel.model.rows[0].id)
        stage.app.commands.run("data.delete", stage.app.windows[0], panel)
        run = runs[0].spec.run_id[:8]
        assert any(f"Run {run} on it is not over" in each.text for each in stage.app.messages.all)
        assert not stage.app.windows[0].findChildren(DeleteDatasetDialog)

    play(scenario)


def test_what_a_killed_process_left_is_mended_and_said(play: Play, research_home: ResearchHome) -> None:
    """It was removing the dataset: the directory was renamed, the row not yet deleted."""
    home, runs = made_shelf(pairs=((20, 80),))
    directory = home.datasets / runs[0].spec.dataset_id
    directory.rename(directory.with_name(f".removed-{directory.name}"))

    async def scenario(stage: Stage) -> None:
        panel = await data_panel(stage)
        await stage.until(lambda: panel.model.rows, "the dataset")
        assert directory.is_dir()
        said = f"dataset {directory.name} was being removed by a process that was killed: it is back"
        assert [each.text for each in stage.app.messages.all if each.level is Level.WARNING] == [said]

    play(scenario)
