"""Files on the desk become a dataset: recognised, their columns named, imported by a real child."""

import gzip
import json
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from core.backtest.catalog import Catalog
from core.backtest.dataset import Dataset
from core.backtest.home import ResearchHome
from desktop.job import Job, JobState
from desktop.panels.data.details_dialog import DetailsDialog
from desktop.panels.data.import_dialog import ImportDialog
from desktop.panels.data.mapping_dialog import MappingDialog
from desktop.panels.data.panel import DataPanel
from desktop.panels.runs.new_run.dialog import NewRunDialog
from tests.core.backtest.made import made_dataset
from tests.desktop.conftest import Play, Stage
from tests.desktop.fits import misfits
from tests.waiting import wait_for

LEFT = Qt.MouseButton.LeftButton
HISTDATA = "".join(
    f"20170103 {hour:02}{minute:02}00;1.0{hour}{minute:02}0;1.0{hour}{minute:02}9;"
    f"1.0{hour}{minute:02}0;1.0{hour}{minute:02}5;0\n"
    for hour in range(4, 8)
    for minute in range(60)
)
ODD = "when|first|top|bottom|final\n" + "".join(
    f"2023-01-03 15:{minute:02}:00|100.{minute:02}|101.00|99.00|100.50\n" for minute in range(30)
)


def written(directory: Path, name: str, text: str) -> Path:
    path = directory / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


async def data_panel(stage: Stage) -> DataPanel:
    window = stage.app.windows[0]
    stage.app.commands.run("data.show", window)
    panel: DataPanel = stage.app.research.panel(window, "data")
    await stage.until(lambda: panel.library.is_loaded, "the catalog")
    return panel


async def import_dialog(stage: Stage, *files: Path) -> ImportDialog:
    stage.app.research.ask_import(stage.app.windows[0], files)
    dialog = next(each for each in stage.app.windows[0].findChildren(ImportDialog) if each.isVisible())
    await stage.until(lambda: not dialog.is_looking, "the files to be looked at")
    return dialog


def listed(dialog: ImportDialog) -> list[tuple[str, str]]:
    items = [dialog.list.topLevelItem(place) for place in range(dialog.list.topLevelItemCount())]
    return [(item.text(0), item.text(1)) for item in items]


def test_each_file_says_what_it_is_before_anything_starts(
    play: Play, research_home: ResearchHome, tmp_path: Path
) -> None:
    files = (
        written(tmp_path, "DAT_ASCII_EURUSD_M1_201701.csv.gz", HISTDATA),
        written(tmp_path, "empty.csv", ""),
        written(tmp_path, "odd.csv", ODD),
    )

    async def scenario(stage: Stage) -> None:
        dialog = await import_dialog(stage, *files)
        assert listed(dialog)[0] == ("DAT_ASCII_EURUSD_M1_201701.csv.gz", "CSV, bars of EURUSD")
        assert "empty" in listed(dialog)[1][1]
        assert dialog.name.text == "EURUSD ODD", "named after what is in it"
        QTest.mouseClick(dialog.go, LEFT)
        assert dialog.complaint.text().startswith("empty.csv: ")
        assert not stage.app.jobs.all, "nothing has begun"
        dialog.list.topLevelItem(1).setSelected(True)
        QTest.mouseClick(dialog.remove, LEFT)
        QTest.mouseClick(dialog.go, LEFT)
        assert dialog.complaint.text().startswith("odd.csv: no column for")
        assert dialog.complaint.text().endswith("choose Columns…")
        dialog.reject()

    play(scenario)


def test_files_dropped_on_the_datasets_ask_how_to_import_them(
    play: Play, research_home: ResearchHome, tmp_path: Path
) -> None:
    file = written(tmp_path, "DAT_ASCII_EURUSD_M1_201701.csv.gz", HISTDATA)
    other = written(tmp_path, "notes.md", "no data")

    async def scenario(stage: Stage) -> None:
        panel = await data_panel(stage)
        await stage.until(lambda: panel.state.title == "No datasets yet", "the empty state")
        button = next(each for each in panel.page.findChildren(QPushButton) if each.isVisible())
        assert button.text() == "Import data"
        for path, is_taken in ((other, False), (file, True)):
            mime = QMimeData()
            mime.setUrls([QUrl.fromLocalFile(str(path))])
            none, no_keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
            at, action = QPointF(20, 20), Qt.DropAction.CopyAction
            enter = QDragEnterEvent(at.toPoint(), action, mime, none, no_keys)
            enter.ignore()
            panel.dragEnterEvent(enter)
            assert enter.isAccepted() == is_taken
            if is_taken:
                panel.dropEvent(QDropEvent(at, action, mime, none, no_keys))
        dialog = stage.app.windows[0].findChild(ImportDialog)
        await stage.until(lambda: not dialog.is_looking, "the file")
        assert [name for name, _ in listed(dialog)] == [file.name]
        dialog.reject()

    play(scenario)


LAST = "at;begin;up;down;end\n" + "".join(
    f"2023-01-03 15:{minute:02}:00;7.00999450683594;8;6;7.5\n" for minute in range(30)
)


def name_columns(dialog: ImportDialog, place: int, **fields: str) -> MappingDialog:
    """Of one of the files, in the order of a bar; the dialog is left to be used."""
    dialog.list.clearSelection()
    dialog.list.topLevelItem(place).setSelected(True)
    QTest.mouseClick(dialog.columns, LEFT)
    mapping = next(each for each in dialog.findChildren(MappingDialog) if each.isVisible())
    for box, role in zip(mapping.roles, ("time", "open", "high", "low", "close"), strict=True):
        box.setCurrentIndex(box.findData(role))
    for name, text in fields.items():
        mapping.field(name).setText(text)
    return mapping


@pytest.mark.slow
def test_files_of_other_columns_have_a_mapping_of_their_own(
    play: Play, research_home: ResearchHome, tmp_path: Path
) -> None:
    """Two files with the same header share one; the third rounds its prices, which were 32-bit floats."""
    texts = {"a.csv": ODD, "b.csv": ODD.replace("100.50", "100.25"), "c.csv": LAST}
    files = [written(tmp_path, name, text) for name, text in texts.items()]

    async def scenario(stage: Stage) -> None:
        dialog = await import_dialog(stage, *files)
        mapping = name_columns(dialog, 0)
        words = [each.text() for each in mapping.findChildren(QLabel)]
        assert "Serves b.csv as well: the same columns" in words
        QTest.mouseClick(mapping.use, LEFT)
        QTest.mouseClick(dialog.go, LEFT)
        assert dialog.complaint.text().startswith("c.csv: no column for"), "it has others"
        mapping = name_columns(dialog, 2, decimals="ten")
        QTest.mouseClick(mapping.use, LEFT)
        assert mapping.complaint.text().startswith("Price decimals: “ten” cannot be used")
        mapping.field("decimals").setText("2")
        QTest.mouseClick(mapping.use, LEFT)
        QTest.mouseClick(dialog.go, LEFT)
        await wait_for(lambda: stage.app.jobs.all[0].has_ended, 60.0, "the import")
        assert stage.app.jobs.all[0].state is JobState.DONE, stage.app.jobs.all[0].error
        row = Catalog(research_home).datasets()[0]
        assert row.instruments == ("CSV:A", "CSV:B", "CSV:C")
        dataset = Dataset.open(research_home, row.id)
        opens = [dataset.bars(each)["open"][0] for each in dataset.manifest.instruments]
        decimals = [each.price_decimals for each in dataset.manifest.instruments]
        assert [price / 10**places for price, places in zip(opens, decimals, strict=True)] == [100, 100, 7.01]
        panel: DataPanel = stage.app.research.panel(stage.app.windows[0], "data")
        await stage.until(
            lambda: panel.lines and "open to 2 decimals" in panel.lines[0].text, "what was rounded"
        )

    play(scenario)


@pytest.mark.slow
def test_columns_are_named_by_hand_over_the_first_rows_and_the_file_is_imported(
    play: Play, research_home: ResearchHome, tmp_path: Path
) -> None:
    file = written(tmp_path, "odd.csv", ODD)

    async def scenario(stage: Stage) -> None:
        dialog = await import_dialog(stage, file)
        QTest.mouseClick(dialog.columns, LEFT)
        mapping = dialog.findChild(MappingDialog)
        assert mapping.table.item(1, 0).text() == "2023-01-03 15:00:00", "the file's own rows"
        QTest.mouseClick(mapping.use, LEFT)
        assert "no column for" in mapping.complaint.text()
        for box, role in zip(mapping.roles, ("time", "open", "high", "low", "close"), strict=True):
            box.setCurrentIndex(box.findData(role))
        mapping.field("symbol").setText("ABC")
        QTest.mouseClick(mapping.use, LEFT)
        dialog.name.control.setText("Odd one")
        QTest.mouseClick(dialog.go, LEFT)
        panel: DataPanel = stage.app.research.panel(stage.app.windows[0], "data")
        await wait_for(lambda: stage.app.jobs.all[0].has_ended, 60.0, "the import")
        job = stage.app.jobs.all[0]
        assert job.state is JobState.DONE, job.error
        await stage.until(lambda: panel.model.rows, "the dataset in the list")
        row = panel.model.rows[0]
        assert (row.name, row.instruments, row.bars) == ("Odd one", ("CSV:ABC",), 30)
        await stage.until(lambda: "30 bars, 1 instrument" in panel.lines[0].text, "the words")
        assert "tells no volume" in panel.lines[0].text, "what was found is said"
        assert Catalog(research_home).datasets()[0].name == "Odd one"
        QTest.mouseClick(panel.lines[0].button, LEFT)
        await stage.until(lambda: not panel.lines, "the line to be put away")

    play(scenario)


@pytest.mark.slow
def test_an_import_that_fails_names_the_row_and_a_cancelled_one_leaves_nothing(
    play: Play, research_home: ResearchHome, tmp_path: Path
) -> None:
    broken = written(tmp_path, "DAT_ASCII_EURUSD_M1_201701.csv.gz", HISTDATA + "20170103 0900\n")
    whole = written(tmp_path, "DAT_ASCII_GBPUSD_M1_201701.csv", HISTDATA * 400)

    async def scenario(stage: Stage) -> None:
        panel = await data_panel(stage)
        dialog = await import_dialog(stage, broken)
        QTest.mouseClick(dialog.go, LEFT)
        await wait_for(lambda: stage.app.jobs.all[0].has_ended, 60.0, "the import")
        assert stage.app.jobs.all[0].state is JobState.FAILED
        assert any("row 240" in message.text for message in stage.app.messages.all), "the row is named"
        dialog = await import_dialog(stage, whole)
        QTest.mouseClick(dialog.go, LEFT)
        job = stage.app.jobs.all[1]
        await stage.until(lambda: job.state is JobState.RUNNING and len(panel.lines) == 2, "its line")
        QTest.mouseClick(panel.lines[1].button, LEFT)
        await stage.until(lambda: not stage.app.jobs.active, "its end")
        await stage.until(lambda: "Cancelled, nothing was kept" in panel.lines[1].text, "the words")
        assert not list(research_home.datasets.iterdir())

    play(scenario)


def test_a_dataset_tells_what_it_is_made_of_and_what_was_noticed(
    play: Play, research_home: ResearchHome
) -> None:
    dataset = made_dataset(research_home, sessions=2, name="first")
    other = made_dataset(research_home, sessions=3, name="second", seed=4)
    text = (dataset.directory / "manifest.json").read_text(encoding="utf-8")
    noticed = {"kind": "gap", "what": "intervals without a trade", "count": 300, "rule": "no bars"}
    (dataset.directory / "manifest.json").write_text(json.dumps({**json.loads(text), "findings": [noticed]}))
    catalog = Catalog(research_home)
    for each in (Dataset.open(research_home, dataset.manifest.id), other):
        catalog.add_dataset(each.manifest)

    async def scenario(stage: Stage) -> None:
        panel, window = await data_panel(stage), stage.app.windows[0]
        await stage.until(lambda: len(panel.model.rows) == 2, "the datasets")
        place = next(place for place, row in enumerate(panel.model.rows) if row.name == "first")
        panel.table.selectRow(place)
        panel.run_action("data.details")
        dialog = window.findChild(DetailsDialog)
        await stage.until(lambda: dialog.manifest is not None, "the manifest")
        assert "300 × intervals without a trade: no bars" in dialog.text
        assert "780 bars of 1m, calendar XNYS" in dialog.text
        dialog.accept()
        panel.run_action("runs.new")
        form = window.findChild(NewRunDialog)
        await wait_for(lambda: form.has_own_strategies, 60, "the strategies")
        assert form.dataset.text == dataset.manifest.id, "the chosen one, not the first"
        form.reject()
        (dataset.directory / "manifest.json").write_text("{")
        panel.run_action("data.details")
        dialog = next(each for each in window.findChildren(DetailsDialog) if each.isVisible())
        await stage.until(lambda: dialog.complaint.text(), "what is wrong")
        assert "Import its files again" in dialog.complaint.text()
        dialog.reject()

    play(scenario)


def test_what_many_imports_found_is_readable_in_a_low_panel(play: Play, research_home: ResearchHome) -> None:
    noticed = {"what": "rows with a time before that of an earlier row", "count": 2, "rule": "kept"}

    async def scenario(stage: Stage) -> None:
        panel = await data_panel(stage)
        stage.app.windows[0].resize(1_100, 420)
        for number in range(5):
            result = {"bars": 80, "instruments": ["A:B"], "findings": [noticed] * 4}
            title = f"Import of {number}"
            stage.app.jobs._jobs.append(Job(number, title, "x", (), JobState.DONE, result=result))
        panel.follow()
        await stage.until(lambda: len(panel.lines) == 5 and not misfits(panel), "room for every line")
        bar = panel.lines[0].parentWidget().parentWidget().parentWidget().verticalScrollBar()
        await stage.until(lambda: bar.maximum() > 0, "lines to scroll to")
        del stage.app.jobs._jobs[1:]
        stage.app.windows[0].resize(1_100, 900)
        panel.follow()
        (line,) = panel.lines
        wanted = lambda: line.heightForWidth(line.width())  # noqa: E731
        await stage.until(lambda: 0 <= line.height() - wanted() <= 2, "no more room than its words need")
        stage.app.jobs._jobs.clear()

    play(scenario)
