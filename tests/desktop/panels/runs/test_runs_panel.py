"""The list of runs in a real window: what a researcher sees, clicks, types and finds again."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from core.backtest.catalog import Catalog
from core.backtest.home import ResearchHome
from core.backtest.run_files import RunState
from desktop.panels.grid.states import PanelKind
from desktop.panels.runs.columns import FIGURES, NAMES
from desktop.panels.runs.delete_dialog import DeleteDialog
from desktop.panels.runs.error_dialog import ErrorDialog
from desktop.panels.runs.notes_dialog import NotesDialog
from desktop.panels.runs.panel import RunsPanel
from tests.desktop.conftest import Play, Stage
from tests.desktop.research.shelf import failed_run, made_shelf

LEFT = Qt.MouseButton.LeftButton


async def runs_panel(stage: Stage, count: int) -> RunsPanel:
    """The panel, with so many runs in it."""
    window = stage.app.windows[0]
    window.resize(1_500, 700)
    stage.app.commands.run("runs.show", window)
    panel = stage.app.research.runs_panel(window)
    await stage.until(lambda: stage.app.research.library.is_loaded, "the catalog")
    await stage.until(lambda: panel.state.kind is not PanelKind.LOADING, "what was read to be shown")
    await stage.until(lambda: len(panel.model.rows) == count, f"{count} runs")
    return panel


def cell(panel: RunsPanel, row: int, name: str) -> str:
    return str(panel.model.index(row, NAMES.index(name)).data())


def ids(panel: RunsPanel) -> list[str]:
    return [row.id for row in panel.model.rows]


def click(panel: RunsPanel, row: int, name: str) -> None:
    rect = panel.table.visualRect(panel.model.index(row, NAMES.index(name)))
    QTest.mouseClick(panel.table.viewport(), LEFT, pos=rect.center())


def test_without_a_run_it_says_what_to_do_first(play: Play, research_home: ResearchHome) -> None:
    async def scenario(stage: Stage) -> None:
        panel = await runs_panel(stage, 0)
        await stage.until(lambda: panel.state.title == "No runs yet", "the empty state")
        assert panel.state.sentence == "Import data, then run a strategy."
        buttons = [button.text() for button in panel.page.findChildren(QPushButton) if button.isVisible()]
        assert buttons == ["Import data"], "there is nothing to run over"
        assert not panel.table.isVisible()

    play(scenario)


def test_runs_stand_newest_first_and_a_header_sorts_them(play: Play, research_home: ResearchHome) -> None:
    _, runs = made_shelf()

    async def scenario(stage: Stage) -> None:
        panel = await runs_panel(stage, 4)
        assert ids(panel) == [run.spec.run_id for run in reversed(runs)]
        assert cell(panel, 0, "parameters") == "fast 60, slow 240, quantity 100", "what differs stands first"
        header = panel.table.horizontalHeader()
        place = header.sectionViewportPosition(NAMES.index("return")) + 20
        QTest.mouseClick(header.viewport(), LEFT, pos=header.viewport().rect().topLeft() + _right(place))
        returns = [row.figure("total_return") for row in panel.model.rows]
        assert returns == sorted(returns)
        QTest.mouseClick(header.viewport(), LEFT, pos=header.viewport().rect().topLeft() + _right(place))
        assert [row.figure("total_return") for row in panel.model.rows] == sorted(returns, reverse=True)

    play(scenario)


def test_a_narrow_list_keeps_what_tells_runs_apart(play: Play, research_home: ResearchHome) -> None:
    made_shelf()

    async def scenario(stage: Stage) -> None:
        table = (await runs_panel(stage, 4)).table
        table.setParent(None)  # out of its column: as wide as is asked for
        shown = {}
        for width in (1_400, 520, 260):
            table.resize(width, 300)
            table.show()
            shown[width] = [name for name in NAMES if not table.isColumnHidden(NAMES.index(name))]
            assert sum(table.columnWidth(NAMES.index(name)) for name in shown[width]) <= width
        assert shown[1_400] == list(NAMES)
        assert shown[520][:5] == ["star", "run", "strategy", "parameters", "return"]
        assert shown[260] == ["star", "run", "parameters", "return"] or "return" in shown[260]
        table.deleteLater()

    play(scenario)


def _right(px: int) -> Any:
    from PySide6.QtCore import QPoint

    return QPoint(px, 8)


def test_a_filter_leaves_what_fits_and_says_when_nothing_does(
    play: Play, research_home: ResearchHome
) -> None:
    made_shelf()

    async def scenario(stage: Stage) -> None:
        panel = await runs_panel(stage, 4)
        window = stage.app.windows[0]
        stage.app.commands.run("grid.filter", window, panel)
        box = window.contents.docked_of(panel).tools.filter
        assert window.focusWidget() is box
        QTest.keyClicks(box, "fast<=20")
        assert sorted(row.parameters["fast"] for row in panel.model.rows) == [10, 20]
        QTest.keyClicks(box, " nobody")
        assert panel.state.title == "No run fits the filter"
        assert "4 runs" in panel.state.sentence
        QTest.keyClick(box, Qt.Key.Key_Escape)
        assert len(panel.model.rows) == 4
        QTest.keyClicks(box, "sharpe>x")
        assert "“x” is no number" in panel.state.words
        assert len(panel.model.rows) == 4, "rows stay while a term cannot be used"

    play(scenario)


def test_a_click_on_a_star_is_kept_in_the_catalog(play: Play, research_home: ResearchHome) -> None:
    home, runs = made_shelf()

    async def scenario(stage: Stage) -> None:
        panel = await runs_panel(stage, 4)
        first = panel.model.rows[0].id
        click(panel, 0, "star")
        await stage.until(lambda: panel.model.rows[0].is_starred, "the star")
        assert Catalog(home).find_run(first).starred
        click(panel, 0, "star")
        await stage.until(lambda: not panel.model.rows[0].is_starred, "no star")
        assert len(runs) == 4

    play(scenario)


def test_name_tags_and_note_are_kept_and_found(play: Play, research_home: ResearchHome) -> None:
    home, _ = made_shelf()

    async def scenario(stage: Stage) -> None:
        panel = await runs_panel(stage, 4)
        panel.select(panel.model.rows[1].id)
        run_id = panel.selected[0].id
        panel.run_action("runs.notes")
        dialog = stage.app.windows[0].findChild(NotesDialog)
        dialog.tags.setText("#best, " + "x" * 50)
        QTest.mouseClick(dialog.save, LEFT)
        assert "is too long" in dialog.complaint.text()
        dialog.tags.setText("#best, first  try, best")
        dialog.name.setText("Candidate")
        dialog.note.setPlainText("Look at the fees.")
        QTest.mouseClick(dialog.save, LEFT)
        await stage.until(lambda: panel.library.run(run_id).tags == ("best", "first try"), "the tags")
        kept = Catalog(home).find_run(run_id)
        assert (kept.name, kept.note) == ("Candidate", "Look at the fees.")
        panel.set_filter("#best")
        assert ids(panel) == [run_id]

    play(scenario)


def test_runs_are_deleted_only_after_a_yes(play: Play, research_home: ResearchHome) -> None:
    home, _ = made_shelf()

    async def scenario(stage: Stage) -> None:
        panel = await runs_panel(stage, 4)
        panel.table.selectAll()
        panel.run_action("runs.delete")
        dialog = stage.app.windows[0].findChild(DeleteDialog)
        assert dialog.confirm.text() == "Delete 4 runs"
        dialog.reject()
        panel.select(panel.model.rows[0].id)
        gone = panel.selected[0].id
        panel.run_action("runs.delete")
        dialog = next(each for each in stage.app.windows[0].findChildren(DeleteDialog) if each.isVisible())
        QTest.mouseClick(dialog.confirm, LEFT)
        await stage.until(lambda: len(panel.model.rows) == 3, "one run less")
        assert gone not in ids(panel)
        assert not (home.runs / gone).exists()

    play(scenario)


def test_a_run_that_failed_shows_the_exception_with_its_line(play: Play, research_home: ResearchHome) -> None:
    home, runs = made_shelf(pairs=((20, 80),))
    failed_run(home, runs[0].spec)

    async def scenario(stage: Stage) -> None:
        panel = await runs_panel(stage, 2)
        row = next(row for row in panel.model.rows if row.state is RunState.ERROR)
        place = panel.model.row_of(row.id)
        said = panel.inspect_rows()["runs"][place]
        assert said["return"] == "mean.py line 31: ZeroDivisionError: division by zero"
        assert said["state"] == "Error"
        panel.select(row.id)
        QTest.keyClick(panel.table, Qt.Key.Key_Return)
        dialog = stage.app.windows[0].findChild(ErrorDialog)
        assert "self.move / self.spread" in dialog.text.toPlainText()
        dialog.accept()

    play(scenario)


def test_final_figures_of_a_run_that_is_played_are_told_by_no_way(
    play: Play, research_home: ResearchHome
) -> None:
    _, runs = made_shelf()
    played = runs[1].spec.run_id

    async def scenario(stage: Stage) -> None:
        panel = await runs_panel(stage, 4)
        stage.app.research.playing = lambda: frozenset({played})
        panel.follow()
        place = panel.model.row_of(played)
        roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        said = {panel.model.index(place, column).data(role) for column in FIGURES for role in roles}
        assert said == {"", "PLAYING, final figures hidden"}
        told = panel.inspect_rows()["runs"][place]
        assert told["return"] == "PLAYING, final figures hidden"
        for name in ("return", "sharpe", "drawdown", "trades"):
            panel.table.sortByColumn(NAMES.index(name), Qt.SortOrder.DescendingOrder)
            assert ids(panel)[-1] == played, "its place would tell"
        panel.set_filter("trades>=0")
        assert played not in ids(panel)

    play(scenario)


def test_another_process_adds_a_run_and_the_list_has_it(play: Play, research_home: ResearchHome) -> None:
    home, runs = made_shelf(pairs=((20, 80), (10, 40)))
    Catalog(home).remove_run(runs[0].spec.run_id)

    async def scenario(stage: Stage) -> None:
        panel = await runs_panel(stage, 1)
        panel.select(runs[1].spec.run_id)
        Catalog(home).queue(runs[0].spec)
        await stage.until(lambda: len(panel.model.rows) == 2, "the run from elsewhere")
        assert [row.id for row in panel.selected] == [runs[1].spec.run_id], "the selection stays with its run"
        assert cell(panel, panel.model.row_of(runs[0].spec.run_id), "state") == "Queued"

    play(scenario)


def test_sort_filter_and_widths_come_back_with_the_workspace(play: Play, research_home: ResearchHome) -> None:
    made_shelf()

    async def scenario(stage: Stage) -> None:
        panel = await runs_panel(stage, 4)
        panel.restore({"sort": ["sharpe", False], "filter": "fast>10", "widths": {"strategy": 150}})
        assert panel.saved() == {"sort": ["sharpe", False], "filter": "fast>10", "widths": {"strategy": 150}}
        assert panel.table.columnWidth(NAMES.index("strategy")) == 150
        sharpes = [row.figure("sharpe") for row in panel.model.rows]
        assert sharpes == sorted(sharpes)
        assert len(sharpes) == 3
        window = stage.app.windows[0]
        assert window.contents.docked_of(panel).tools.filter.text() == "fast>10"

    play(scenario)


def test_a_damaged_catalog_is_said_and_the_rows_stay(play: Play, research_home: ResearchHome) -> None:
    home, _ = made_shelf()

    async def scenario(stage: Stage) -> None:
        panel = await runs_panel(stage, 4)
        kept = home.catalog_file.read_bytes()
        home.catalog_file.unlink()
        home.catalog_file.mkdir()
        await stage.until(lambda: "cannot be read" in panel.state.words, "the complaint")
        assert len(panel.model.rows) == 4
        home.catalog_file.rmdir()
        home.catalog_file.write_bytes(kept)
        await stage.until(lambda: not panel.state.words, "the catalog again")

    play(scenario)
