"""A new run from its form to its figures, by the real engine in real children."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.backtest.home import ResearchHome
from core.backtest.run_files import RunState
from desktop.panels.data.import_dialog import ImportDialog
from desktop.panels.runs.new_run.dialog import NewRunDialog
from desktop.panels.runs.panel import RunsPanel
from tests.desktop.conftest import Play, Stage
from tests.desktop.research.shelf import made_shelf
from tests.waiting import wait_for

CHILD_S = 60.0  # a child loads its engine, on a machine that others load as well

BROKEN = """
from nautilus_trader.trading.strategy import Strategy


class Mean(Strategy):
    def on_start(self):
        raise ZeroDivisionError("nothing to divide")
"""


async def opened(stage: Stage) -> NewRunDialog:
    """The form, with the datasets of the catalog and the user's own strategies."""
    window = stage.app.windows[0]
    stage.app.commands.run("runs.new", window)
    dialog = next(each for each in window.findChildren(NewRunDialog) if each.isVisible())
    await stage.until(lambda: dialog.dataset.text.startswith("made-"), "the dataset")
    await wait_for(lambda: dialog.has_own_strategies, CHILD_S, "the strategies")
    return dialog


def run_it(dialog: NewRunDialog) -> None:
    QTest.mouseClick(dialog.run, Qt.MouseButton.LeftButton)


def test_each_field_that_cannot_be_used_is_named(play: Play, research_home: ResearchHome) -> None:
    made_shelf(pairs=((20, 80),), sessions=1)

    async def scenario(stage: Stage) -> None:
        dialog = await opened(stage)
        fields = dialog.parameters.fields
        assert list(fields) == ["fast", "slow", "quantity", "allow_short"], "drawn from the description"
        fast = fields["fast"].control
        fast.setText("0")
        run_it(dialog)
        assert dialog.complaint.text().startswith("Fast: ")
        assert "from 1 to 10000" in dialog.complaint.text()
        assert fast.property("invalid")
        assert dialog.focusWidget() is fast
        fast.setText("20")
        fees = dialog.venue.fields["fees_bps"].control
        fees.setText("many")
        run_it(dialog)
        assert (
            dialog.complaint.text() == "Fees, bps: “many” cannot be used, give a number from -1,000 to 10,000"
        )
        assert not fast.property("invalid")
        fees.setText("1")
        dialog.seed.control.setText("-1")
        run_it(dialog)
        assert dialog.complaint.text().startswith("Seed: “-1” cannot be used")
        dialog.reject()

    play(scenario)


def test_a_form_without_a_dataset_asks_for_data_first(play: Play, research_home: ResearchHome) -> None:
    async def scenario(stage: Stage) -> None:
        window = stage.app.windows[0]
        stage.app.commands.run("runs.new", window)
        dialog = window.findChild(NewRunDialog)
        await stage.until(lambda: dialog.complaint.text(), "words")
        assert dialog.complaint.text() == "There is no dataset yet: import data first."
        assert not dialog.run.isEnabled()
        await wait_for(lambda: dialog.has_own_strategies, CHILD_S, "the strategies")
        QTest.mouseClick(dialog.get_data, Qt.MouseButton.LeftButton)
        imports = window.findChild(ImportDialog)
        assert imports.isVisible()
        imports.reject()

    play(scenario)


@pytest.mark.slow
def test_a_run_is_made_shown_and_the_same_spec_is_the_same_run(
    play: Play, research_home: ResearchHome
) -> None:
    made_shelf(pairs=(), sessions=2)

    async def scenario(stage: Stage) -> None:
        dialog = await opened(stage)
        dialog.parameters.fields["fast"].control.setText("12")
        run_it(dialog)
        panel: RunsPanel = stage.app.research.runs_panel(stage.app.windows[0])
        await stage.until(lambda: any(row.is_active for row in panel.model.rows), "the run under way")
        (run_id,) = stage.app.research.own_runs()
        await wait_for(
            lambda: panel.library.run(run_id).state is RunState.DONE, CHILD_S, "the end of the run"
        )
        row = panel.library.run(run_id)
        assert row.parameters["fast"] == 12
        assert row.figure("total_return") is not None
        assert [each.id for each in panel.selected] == [run_id]
        panel.run_action("runs.again")
        again = next(each for each in stage.app.windows[0].findChildren(NewRunDialog) if each.isVisible())
        assert again.parameters.fields["fast"].text == "12"
        await wait_for(lambda: again.has_own_strategies and again.dataset.text, CHILD_S, "the form")
        run_it(again)
        await stage.until(
            lambda: any("nothing was run again" in message.text for message in stage.app.messages.all),
            "the words",
        )
        assert len(panel.library.runs) == 1

    play(scenario)


@pytest.mark.slow
def test_a_strategy_of_ones_own_fails_with_its_line_and_another_run_is_cancelled(
    play: Play, research_home: ResearchHome
) -> None:
    made_shelf(pairs=(), sessions=200)
    (research_home.strategies / "mean.py").write_text(BROKEN, encoding="utf-8")

    async def scenario(stage: Stage) -> None:
        dialog = await opened(stage)
        dialog.strategy.set_value("file:mean.py")
        run_it(dialog)
        panel: RunsPanel = stage.app.research.runs_panel(stage.app.windows[0])
        failed = lambda: [row for row in panel.model.rows if row.state is RunState.ERROR]  # noqa: E731
        await wait_for(failed, CHILD_S, "the failure")
        (row,) = failed()
        assert row.error.said == "mean.py line 7: ZeroDivisionError: nothing to divide"
        assert any("mean.py:7" in message.text for message in stage.app.messages.all)
        dialog = await opened(stage)
        run_it(dialog)
        await wait_for(
            lambda: any(row.state is RunState.RUNNING for row in panel.model.rows), CHILD_S, "a run"
        )
        running = next(row for row in panel.model.rows if row.state is RunState.RUNNING)
        place = panel.model.row_of(running.id)
        button = panel.table.cancel_rect(place)
        assert not button.isEmpty(), "a run of this desk can be cancelled in its row"
        QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=button.center())
        await wait_for(lambda: panel.library.run(running.id).state is RunState.CANCELLED, CHILD_S, "its end")

    play(scenario)
