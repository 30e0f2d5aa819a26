"""The datasets of the profile, and above them the imports that make more: files dropped on it begin one.

An import shows how far it is and can be cancelled; when it has ended, what it found in the files stays beside
it until it is put away. Nothing is mended in silence: every finding says what became of the rows.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QItemSelectionModel, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from desktop.paint.theme import Theme
from desktop.panels.data.dataset_model import DatasetModel
from desktop.panels.data.dataset_table import DatasetTable
from desktop.panels.data.import_line import ImportLine
from desktop.panels.grid.states import LIVE, PanelKind, PanelState
from desktop.research.dialogs import ScrolledForms
from desktop.research.page_panel import PagePanel
from desktop.research.panel_base import unreadable
from desktop.research.rows import DatasetRow
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.research.research import Research

REFILL_MS = 100
LINES_SHARE: Final = 0.6  # of the panel's height, at most
MENU: Final = (("runs.new", "data.details"), ("data.import",), ("data.copy", "data.delete"))


class DataPanel(PagePanel):
    """Of the whole profile."""

    kind = "data"

    def __init__(self, theme: Theme, research: "Research") -> None:
        super().__init__(theme, research, tr("Data"))
        self.library = research.library
        self.model = DatasetModel()
        self.lines: list[ImportLine] = []
        self._jobs = QWidget(self)
        self._jobs_column = QVBoxLayout(self._jobs)
        self._jobs_column.setContentsMargins(0, 0, 0, 0)
        self._jobs_column.setSpacing(0)
        self.table = DatasetTable(theme, self.model, self)
        self.table.setAccessibleName(tr("Datasets"))
        self._scrolled = ScrolledForms(self._jobs, theme, self, is_exact=True)
        self._scrolled.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.lay_out(self.table, self._scrolled)
        self.setAcceptDrops(True)
        self.table.activated_row.connect(lambda _row: self.run_action("runs.new"))
        self.table.menu_wanted.connect(lambda at: self.show_menu(at, MENU))
        self._refill = QTimer(self)
        self._refill.setSingleShot(True)
        self._refill.timeout.connect(self.follow)
        self._ends = [self.library.listen(self._soon), research.jobs.listen(self._soon)]
        self.set_theme(theme)
        self.follow()
        self.library.refresh()

    def _soon(self) -> None:
        if not self._refill.isActive():
            self._refill.start(REFILL_MS)

    def follow(self) -> None:
        """Show what the library and the jobs have now; what is selected stays so."""
        selected = self.selected
        self.model.set_rows(self.library.datasets)
        if selected is not None and self.selected is None:
            self.select(selected.id)
        jobs = [job for job in self.research.jobs.all if job.number not in self.research.put_away]
        if [line.job for line in self.lines] != jobs:
            for line in self.lines:
                self._jobs_column.removeWidget(line)
                line.hide()
                line.deleteLater()
            self.lines = [ImportLine(self._theme, job, self.research, self._jobs) for job in jobs]
            for line in self.lines:
                self._jobs_column.addWidget(line)
                line.show()
        for line in self.lines:
            line.follow()
        self._fit_lines()
        self.set_state(self._state_now())

    def _state_now(self) -> PanelState:
        library = self.library
        if not library.is_loaded:
            if library.error:
                return PanelState(
                    PanelKind.ERROR, title=tr("The datasets cannot be listed"), sentence=library.error
                )
            return PanelState(PanelKind.LOADING, tr("Reading the catalog"))
        if library.error:
            return PanelState(PanelKind.STALE, unreadable(library.error), tr("these are as last read"))
        if not self.model.rows and not self.research.jobs.active:
            return PanelState(
                PanelKind.EMPTY,
                title=tr("No datasets yet"),
                sentence=tr("Drop DBN, CSV or Parquet files here."),
                actions=(tr("Import data"),),
                icon="database",
            )
        return LIVE

    def _fit_lines(self) -> None:
        """Imports have the room of their words, up to a part of the panel: then they scroll."""
        self._scrolled.setVisible(bool(self.lines))
        self._scrolled.setMaximumHeight(max(round(self.height() * LINES_SHARE), 1))
        self._scrolled.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_lines()

    def tick(self, now_ms: int) -> None:
        if self.isVisible():
            self.library.look(now_ms)

    def zone_changed(self) -> None:
        self.model.set_zone(self.zone)

    @property
    def themed(self) -> Sequence[Any]:
        return (*super().themed, self.table, *self.lines)

    @property
    def selected(self) -> DatasetRow | None:
        """The chosen dataset; None for none or several."""
        rows = self.table.selected_rows()
        return self.model.rows[rows[0]] if len(rows) == 1 else None

    def select(self, dataset_id: str) -> None:
        """That one alone, whatever keys are held; nothing happens when it is not in the list."""
        row = next((row for row, each in enumerate(self.model.rows) if each.id == dataset_id), None)
        if row is not None:
            flags = QItemSelectionModel.SelectionFlag
            index = self.model.index(row, 0)
            self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def ask_import(self) -> None:
        self.run_action("data.import")

    def let_go(self) -> None:
        for end in self._ends:
            end()
        self._ends = []
        self._refill.stop()
        super().let_go()

    def inspect_rows(self) -> dict[str, Any]:
        return {
            "datasets": [self.model.texts(row) for row in range(len(self.model.rows))],
            "imports": [line.text for line in self.lines],
        }
