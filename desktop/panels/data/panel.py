"""The datasets of the profile, and above them the imports that make more: files dropped on it begin one.

An import shows how far it is and can be cancelled; when it has ended, what it found in the files stays beside
it until it is put away. Nothing is mended in silence: every finding says what became of the rows.
"""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.commands.context_menu import desk_window_of
from desktop.paint.theme import Theme
from desktop.panels.data.dataset_model import DatasetModel
from desktop.panels.data.import_line import ImportLine
from desktop.panels.grid.states import LIVE, PanelKind, PanelState, StateBanner, StatePage
from desktop.research.panel_base import ResearchPanel, unreadable
from desktop.research.table import LineTable
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.research.research import Research

REFILL_MS = 100


class DataPanel(ResearchPanel):
    """Of the whole profile."""

    kind = "data"

    def __init__(self, theme: Theme, research: "Research") -> None:
        super().__init__()
        self._theme = theme
        self.research, self.library = research, research.library
        self.model = DatasetModel()
        self.lines: list[ImportLine] = []
        self.banner = StateBanner(theme, self)
        self._jobs = QWidget(self)
        self._jobs_column = QVBoxLayout(self._jobs)
        self._jobs_column.setContentsMargins(0, 0, 0, 0)
        self._jobs_column.setSpacing(0)
        self.table = LineTable(theme, self.model, self)
        self.table.set_widths(self.model.widths_px)
        self.table.setAccessibleName(tr("Datasets"))
        self.page = StatePage(theme, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part, stretch in ((self.banner, 0), (self._jobs, 0), (self.table, 1), (self.page, 1)):
            column.addWidget(part, stretch)
        self.setAcceptDrops(True)
        self.setAccessibleName(tr("Data"))
        self.page.action_requested.connect(lambda _label: self.ask_import())
        self.table.activated_row.connect(lambda _row: self._new_run())
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
        """Show what the library and the jobs have now."""
        self.model.set_rows(self.library.datasets)
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
        if not self.model.rows:
            return PanelState(
                PanelKind.EMPTY,
                title=tr("No datasets yet"),
                sentence=tr("Drop DBN, CSV or Parquet files here."),
                actions=(tr("Import data"),),
                icon="database",
            )
        return LIVE

    def show_state(self, state: PanelState) -> None:
        on_page = state.kind is PanelKind.EMPTY or bool(state.title)
        self.banner.set_state(LIVE if on_page else state)
        self.page.set_state(state)
        self.page.setVisible(on_page)
        self.table.setVisible(not on_page)
        self.setFocusProxy(self.page if on_page else self.table)

    def tick(self, now_ms: int) -> None:
        if self.isVisible():
            self.library.look(now_ms)

    def zone_changed(self) -> None:
        self.model.set_zone(self.zone)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        parts: tuple[Any, ...] = (self.banner, self.table, self.page, *self.lines)
        for part in parts:
            part.set_theme(theme)

    def ask_import(self) -> None:
        window = desk_window_of(self)
        if window is not None:
            self.research.ask_import(window)

    def _new_run(self) -> None:
        window = desk_window_of(self)
        if window is not None:
            window.host.commands.run("runs.new", window, self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.research.files_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = self.research.files_in(event.mimeData())
        window = desk_window_of(self)
        if files and window is not None:
            event.acceptProposedAction()
            self.research.ask_import(window, files)

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
