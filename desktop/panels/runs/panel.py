"""The list of runs: filter, sort, star, and what can be done with the selected ones.

Follows the library; its rows are formatted when the catalog or a job says something new. While a run is
played, its final figures are hidden. An empty list says what to do first.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QPoint, QTimer, Signal

from core.state.versioned_file import StateError
from desktop.paint.theme import Theme
from desktop.panels.grid.states import LIVE, PanelKind, PanelState
from desktop.panels.runs.columns import COLUMNS, NAMES
from desktop.panels.runs.filtering import FilterError, parse_filter
from desktop.panels.runs.model import DEFAULT_SORT, RunsModel
from desktop.panels.runs.table import RunsTable
from desktop.research.page_panel import PagePanel
from desktop.research.panel_base import unreadable
from desktop.research.rows import RunRow
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.research.library import Library
    from desktop.research.research import Research

REFILL_MS: Final = 50
MENU: Final = (
    ("runs.play", "runs.tearsheet", "runs.compare", "runs.report"),
    ("runs.star", "runs.notes", "runs.copy"),
    ("runs.error", "runs.again", "runs.cancel", "runs.delete"),
)


class RunsPanel(PagePanel):
    """`counted(shown, total)`; `filter_changed(text, what is wrong with it)`."""

    kind = "runs"
    counted = Signal(int, int)
    chosen = Signal()
    filter_changed = Signal(str, str)

    def __init__(self, theme: Theme, research: "Research") -> None:
        super().__init__(theme, research, tr("Runs"))
        self.library: Library = research.library
        self.model = RunsModel()
        self.filter_error = ""
        self._wanted: str | None = None  # a run to select when it is there
        self.table = RunsTable(theme, self.model, self)
        self.lay_out(self.table)
        self.setAcceptDrops(True)
        self.table.star_clicked.connect(research.toggle_star)
        self.table.cancel_clicked.connect(research.cancel_run)
        self.table.activated_row.connect(lambda _row: self.run_action("runs.open_run"))
        self.table.menu_wanted.connect(self.show_runs_menu)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())
        self.table.widths_changed.connect(self.saved_changed.emit)
        self.table.horizontalHeader().sortIndicatorChanged.connect(lambda *_: self.saved_changed.emit())
        self._end = self.library.listen(self._soon)
        # Several children tell their progress many times a second: one fill for all.
        self._refill = QTimer(self)
        self._refill.setSingleShot(True)
        self._refill.timeout.connect(self.follow)
        self.set_theme(theme)
        self.follow()
        self.library.refresh()

    # ---- what is shown ---------------------------------------------------------------------------
    def _soon(self) -> None:
        if not self._refill.isActive():
            self._refill.start(REFILL_MS)

    def follow(self) -> None:
        """Show what the library has now."""
        self.table.cancellable = self.research.own_runs()
        playing = self.research.playing()
        if playing != self.model.playing:
            self.model.playing = playing
            self.model.refill()
        self.model.set_rows(self.library.runs)
        self.counted.emit(len(self.model.rows), self.model.total)
        self.chosen.emit()  # it may have ended meanwhile
        if self._wanted is not None and self.model.row_of(self._wanted) is not None:
            self.select(self._wanted)
        self.set_state(self._state_now())
        self.table.viewport().update()

    def _state_now(self) -> PanelState:
        library = self.library
        if not library.is_loaded:
            if library.error:
                return PanelState(
                    PanelKind.ERROR,
                    title=tr("The runs cannot be listed"),
                    sentence=library.error,
                    actions=(tr("Try again"),),
                )
            return PanelState(PanelKind.LOADING, tr("Reading the catalog"))
        if library.error:
            return PanelState(PanelKind.STALE, unreadable(library.error), tr("these are as last read"))
        if not self.model.total:
            return PanelState(
                PanelKind.EMPTY,
                title=tr("No runs yet"),
                sentence=tr("Import data, then run a strategy."),
                actions=(tr("New run"), tr("Import data")) if library.datasets else (tr("Import data"),),
                icon="flask-conical",
            )
        if self.filter_error:
            return PanelState(PanelKind.LATE, self.filter_error)
        if not self.model.rows:
            total, text = f"{self.model.total:,}", self.model.filter.text
            return PanelState(
                PanelKind.EMPTY,
                title=tr("No run fits the filter"),
                sentence=tr("None of {total} runs has “{text}”.", total=total, text=text),
                actions=(tr("Show all runs"),),
                icon="funnel",
            )
        return LIVE

    def act(self, label: str) -> None:
        if label == tr("Show all runs"):
            self.set_filter("")
        elif label == tr("Try again"):
            self.library.refresh()
        else:
            super().act(label)

    def tick(self, now_ms: int) -> None:
        if self.isVisible():
            self.library.look(now_ms)
        if self.research.playing() != self.model.playing:
            self.follow()

    def zone_changed(self) -> None:
        self.model.zone = self.zone
        self.model.refill()

    @property
    def themed(self) -> Sequence[Any]:
        return (*super().themed, self.table)

    # ---- choice ----------------------------------------------------------------------------------
    def set_filter(self, text: str) -> None:
        """Words, tags and bounds (filtering.py); what cannot be used leaves the rows as they were."""
        try:
            self.model.filter = parse_filter(text)
            self.filter_error = ""
        except FilterError as error:
            self.filter_error = str(error)
        else:
            self.model.refill()
            self.saved_changed.emit()
        self.filter_changed.emit(text, self.filter_error)
        self.follow()

    @property
    def selected(self) -> list[RunRow]:
        """In the order of the rows."""
        return [self.model.rows[row] for row in self.table.selected_rows()]

    def show_runs_menu(self, at: QPoint) -> None:
        """What can be done with the selected runs."""
        self.show_menu(at, MENU)

    def select(self, run_id: str) -> None:
        """Now, or when it is in the list."""
        place = self.model.row_of(run_id)
        self._wanted = run_id if place is None else None
        if place is not None:
            self.table.selectRow(place)
            self.table.scrollTo(self.model.index(place, 0))

    # ---- what is kept ----------------------------------------------------------------------------
    def saved(self) -> dict[str, Any]:
        """Sort, filter and widths, as far as they are not the first ones."""
        kept: dict[str, Any] = {}
        if self.model.sort_by != DEFAULT_SORT:
            kept["sort"] = list(self.model.sort_by)
        if self.model.filter.text:
            kept["filter"] = self.model.filter.text
        wanted = self.table.wanted_px
        widths = {
            column.name: wanted[column.name]
            for column in COLUMNS
            if wanted[column.name] != self.table.theme.scaled_px(column.width_px)
        }
        return {**kept, **({"widths": widths} if widths else {})}

    def restore(self, saved: dict[str, Any]) -> None:
        sort, text, widths = saved.get("sort"), saved.get("filter", ""), saved.get("widths", {})
        if sort is not None and not _is_sort(sort):
            raise StateError(f"sort is {sort!r}: use [column, true for descending]")
        if not isinstance(text, str):
            raise StateError(f"filter is {text!r}: use a text")
        if not isinstance(widths, dict) or not all(
            name in NAMES and isinstance(width, int) and 0 < width < 4_096 for name, width in widths.items()
        ):
            raise StateError(f"widths are {widths!r}: use pixels by column")
        for name, width in widths.items():
            self.table.want_width(name, width)
        if sort is not None:
            self.model.sort_by = (sort[0], sort[1])
            self.table.show_sort()
        self.set_filter(text)

    def let_go(self) -> None:
        self._end()
        self._end = lambda: None
        self._refill.stop()

    def inspect_rows(self) -> dict[str, Any]:
        """As shown, one dictionary a row."""
        return {
            "runs": [
                {
                    column.name: self.model.index(row, place).data(11) or ""  # Qt.AccessibleTextRole
                    for place, column in enumerate(COLUMNS)
                }
                for row in range(len(self.model.rows))
            ]
        }


def _is_sort(sort: object) -> bool:
    return isinstance(sort, list) and len(sort) == 2 and sort[0] in NAMES and isinstance(sort[1], bool)
