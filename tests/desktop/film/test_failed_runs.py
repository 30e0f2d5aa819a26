"""A run that cannot be opened: every panel says which file it is, and what to do about it."""

import json
import shutil
from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect

from core.backtest.home import ResearchHome
from core.backtest.run_files import MANIFEST, SPEC, RunFiles
from desktop.run_desk import RunDesk
from desktop.workspace import panel_kinds
from tests.core.backtest.made import made_dataset, made_run
from tests.desktop.conftest import Play, Stage

Damage = Callable[[ResearchHome, RunFiles], None]


def truncated(home: ResearchHome, run: RunFiles) -> None:
    path = run.directory / "fills.parquet"
    path.write_bytes(path.read_bytes()[:100])


def missing(name: str) -> Damage:
    return lambda _home, run: (run.directory / name).unlink()


def all_gone(home: ResearchHome, run: RunFiles) -> None:
    shutil.rmtree(run.directory)


def dataset_gone(home: ResearchHome, run: RunFiles) -> None:
    shutil.rmtree(home.datasets / run.spec.dataset_id)


def bars_gone(home: ResearchHome, run: RunFiles) -> None:
    shutil.rmtree(home.datasets / run.spec.dataset_id / "bars")
    for copy in home.cache.glob("*.arrow"):  # with its copy in the cache a file is not missed
        copy.unlink()


def dataset_damaged(home: ResearchHome, run: RunFiles) -> None:
    (home.datasets / run.spec.dataset_id / "manifest.json").write_text("{")


def dataset_other(home: ResearchHome, run: RunFiles) -> None:
    path = home.datasets / run.spec.dataset_id / "manifest.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data | {"calendar": "XLON"}))


def without(key: str) -> Damage:
    """The manifest of the run says nothing of it."""

    def change(_home: ResearchHome, run: RunFiles) -> None:
        path = run.directory / MANIFEST
        data = json.loads(path.read_text())
        (data["artifacts"] if key.endswith("parquet") else data).pop(key)
        path.write_text(json.dumps(data))

    return change


def no_spec(home: ResearchHome, run: RunFiles) -> None:
    (run.directory / SPEC).write_bytes(b"\xff\xfe")


CASES: list[tuple[Damage, tuple[str, ...]]] = [
    (truncated, ("fills.parquet is damaged", "run it again, or delete it")),
    (missing("equity.parquet"), ("equity.parquet is missing from", "run it again, or delete it")),
    (missing("recorded.parquet"), ("recorded.parquet is missing from", "run it again, or delete it")),
    (missing("series.json"), ("series.json is missing from", "run it again, or delete it")),
    (missing(MANIFEST), ("manifest.json is missing from", "run it again, or delete it")),
    (without("orders.parquet"), ("tells nothing of orders.parquet", "run it again, or delete it")),
    (without("rules"), ("manifest.json cannot be read", "run it again, or delete it")),
    (no_spec, ("spec.json cannot be read", "run it again, or delete it")),
    (all_gone, ("is not there", "it was deleted")),
    (dataset_gone, ("the run's dataset made-", "gone from", "import the same files again, or delete")),
    (bars_gone, ("XNAS.AAA.parquet is missing from", "import dataset made-")),
    (dataset_damaged, ("dataset made-", "is damaged", "import it again")),
    (dataset_other, ("is not as it was when the run was made", "run it again, or delete it")),
]  # fmt: skip


def test_it_is_said_what_is_missing_where_and_what_to_do(play: Play, research_home: ResearchHome) -> None:
    async def scenario(stage: Stage) -> None:
        window = stage.app.windows[0]
        for kind in (panel_kinds.EQUITY, panel_kinds.TRADES, panel_kinds.RECORDED):
            window.contents.add(kind)
        window.resize(1_400, 900)
        for number, (damage, words) in enumerate(CASES):
            dataset = made_dataset(research_home, sessions=1, seed=100 + number)
            run = made_run(research_home, dataset, fast=5, slow=20)
            damage(research_home, run)
            stage.app.open_run(run.spec.run_id, window)
            desk = stage.app.desk
            assert isinstance(desk, RunDesk)
            await stage.until(lambda desk=desk: desk.clock.error, "the failure")
            error = desk.clock.error
            assert all(each in error for each in words), error
            assert "Errno" not in error
            equity = next(panel for panel in window.panels if getattr(panel, "kind", "") == "equity")
            await stage.until(lambda equity=equity, error=error: equity.state.sentence == error, "the panel")
            chart, player = window.contents.chart, window.contents.player
            assert chart is not None
            await stage.until(lambda chart=chart, error=error: chart.state.sentence == error, "the chart")
            assert equity.state.title == chart.state.title == "The run cannot be opened"
            assert equity.page.isVisible()
            if player is not None:
                assert player.state.words == f"The run cannot be opened: {error}"
            assert window.band.words is not None
            assert window.band.words.state == "Cannot be opened"
            assert not stage.app.research.playing(), "it can be deleted"
            shown = [message.text for message in stage.app.messages.all]
            assert any(error in text for text in shown)
            assert not any("session" in text.lower() for text in shown if error in text)
            window.return_to_live()
            assert not window.scope.is_run

    play(scenario, layout="desk")


def test_a_run_that_was_mended_opens(play: Play, research_home: ResearchHome) -> None:
    run = made_run(research_home, made_dataset(research_home, sessions=1), fast=5, slow=20)
    path = run.directory / "equity.parquet"
    content = path.read_bytes()
    path.unlink()

    async def scenario(stage: Stage) -> None:
        window = stage.app.windows[0]
        stage.app.open_run(run.spec.run_id, window)
        await stage.until(lambda: stage.app.desk is not None and stage.app.desk.clock.read(0).error)
        path.write_bytes(content)
        window.return_to_live()
        stage.app.open_run(run.spec.run_id, window)
        await stage.until(lambda: stage.app.desk is not None and stage.app.desk.film is not None, "the film")

    play(scenario, layout="desk")


@pytest.mark.parametrize("width_px", [260, 700])
def test_the_words_stand_in_the_panel(play: Play, research_home: ResearchHome, width_px: int) -> None:
    """Wrapped, not cut off."""
    run = made_run(research_home, made_dataset(research_home, sessions=1), fast=5, slow=20)
    dataset_gone(research_home, run)

    async def scenario(stage: Stage) -> None:
        window = stage.app.windows[0]
        stage.app.open_run(run.spec.run_id, window)
        chart = window.contents.chart
        assert chart is not None
        await stage.until(lambda: chart.state.sentence, "the words")
        chart.page.setGeometry(QRect(0, 0, width_px, 500))
        label = chart.page._sentence
        assert label.text() == chart.state.sentence
        assert label.heightForWidth(label.width()) <= label.height()

    play(scenario, layout="desk")
