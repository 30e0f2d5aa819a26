"""What a dataset was made of and what was noticed: its manifest, read in a thread when the dialog opens.

A dataset whose manifest cannot be read says so here. Nothing can be changed: other files or options make
another dataset.
"""

from typing import TYPE_CHECKING, Final

import shiboken6
from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from core.backtest.dataset import Dataset, DatasetError, DatasetManifest
from desktop.panels.data.import_line import finding_words
from desktop.research.dialogs import ResearchDialog, ScrolledForms
from desktop.research.rows import DatasetRow
from desktop.research.words import size_words
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow

WIDTH_PX: Final = 620
LINES_MAX: Final = 200  # of files and of findings, each; the others are counted


class DetailsDialog(ResearchDialog):
    """`manifest` is there once it has been read."""

    def __init__(self, window: "DeskWindow", row: DatasetRow) -> None:
        super().__init__(window, window.host.theme, tr("Dataset {name}", name=row.name), WIDTH_PX)
        self._window, self._row = window, row
        self.manifest: DatasetManifest | None = None
        self._said: list[QLabel] = []
        self._lines = QWidget(self)
        self._column = QVBoxLayout(self._lines)
        self._column.setContentsMargins(0, 0, self.theme.px("spacing.m"), 0)
        self._column.setSpacing(self.theme.px("spacing.s"))
        self.body.addWidget(ScrolledForms(self._lines, self.theme, self), 1)
        self._copy, run = QPushButton(tr("Copy"), self), QPushButton(tr("New run…"), self)
        close = QPushButton(tr("Close"), self)
        self.add_buttons(self._copy, run, close)
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text))
        run.clicked.connect(self._run)
        close.clicked.connect(self.accept)
        window.host.start_task(self._read(), "dataset-details")

    async def _read(self) -> None:
        library = self._window.host.research.library
        try:
            home = await library.ready()
            found = await self._window.host.threads.run(Dataset.open, home, self._row.id)
        except (DatasetError, OSError) as error:
            if shiboken6.isValid(self):
                self.complain(tr("{reason}. Import its files again: that makes it anew.", reason=error))
            return
        if shiboken6.isValid(self):
            self.manifest = found.manifest
            self._fill(found.manifest)

    def _fill(self, manifest: DatasetManifest) -> None:
        for head, lines in sections(manifest):
            self._add(head, "title")
            for line in lines:
                self._add(line, "secondary")
        self.grow()

    def _add(self, text: str, role: str) -> None:
        label = self.label(text, role)
        label.setParent(self._lines)
        self._column.addWidget(label)
        self._said.append(label)

    @property
    def text(self) -> str:
        """All of it, line by line."""
        return "\n".join(label.text() for label in self._said)

    def _run(self) -> None:
        self.accept()
        self._window.host.research.ask_run(self._window, self._row.id)

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(0, self.theme.scaled_px(200)))


def sections(manifest: DatasetManifest) -> list[tuple[str, list[str]]]:
    """Titles, and lines below them."""
    actions, bars = manifest.corporate_actions, sum(each.bars for each in manifest.instruments)
    facts = [
        tr("{bars} bars of {interval}, calendar {calendar}", bars=f"{bars:,}",
           interval=manifest.interval, calendar=manifest.calendar),
        tr("Corporate actions: none, prices are as they were traded") if actions == "none"
        else tr("Corporate actions: {source}", source=actions),
        tr("Id {id}, {state}", id=manifest.id, state=manifest.state.lower()),
    ]  # fmt: skip
    instruments = [
        tr("{symbol}: {bars} bars, {quotes} with quotes, {decimals} decimals", symbol=each.key,
           bars=f"{each.bars:,}", quotes=f"{each.quotes:,}", decimals=each.price_decimals)
        for each in manifest.instruments
    ]  # fmt: skip
    files = [
        f"{each.get('file', '?')}: {each.get('schema', '?')}, "
        + tr(
            "{rows} rows, {size}",
            rows=f"{int(each.get('rows') or 0):,}",
            size=size_words(each.get("bytes") or 0),
        )
        for each in manifest.inputs
    ]
    findings = [finding_words(each) for each in manifest.findings] or [tr("Nothing was noticed")]
    return [
        (tr("What it holds"), facts),
        (tr("Findings of the import"), _bounded(findings)),
        (tr("Instruments"), _bounded(instruments)),
        (tr("Files"), _bounded(files)),
    ]


def _bounded(lines: list[str]) -> list[str]:
    more = len(lines) - LINES_MAX
    return lines if more <= 0 else [*lines[:LINES_MAX], tr("and {count} more", count=f"{more:,}")]
