"""The list of runs for a table view: filtered and sorted rows, one of them kept current by its id.

Filled anew as a whole: a thousand runs take a few milliseconds. While a run is played its final figures are
not told, by no role.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from core.backtest.run_files import RunState
from desktop.panels.runs.columns import COLUMNS, FIGURES, NAMES, STAR, sorted_rows, state_words
from desktop.panels.runs.filtering import RunFilter
from desktop.research.rows import RunRow
from desktop.research.table import COLOUR_ROLE
from desktop.tr import tr

Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()
DEFAULT_SORT: Final = ("created", True)


class RunsModel(QAbstractTableModel):
    """`rows` are those that are shown. `sort_by` and `filter` hold until they are others."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[RunRow] = []
        self.total = 0
        self.sort_by: tuple[str, bool] = DEFAULT_SORT  # column, descending
        self.filter = RunFilter()
        self.playing: frozenset[str] = frozenset()
        self.zone: tzinfo = UTC
        self._all: tuple[RunRow, ...] = ()
        self._told: tuple[RunRow, ...] = ()

    def set_rows(self, rows: Sequence[RunRow]) -> bool:
        """Every run there is; False when nothing is another."""
        if tuple(rows) == self._all:
            return False
        self._all = tuple(rows)
        self._told = _telling_first(self._all)
        self.refill()
        return True

    def refill(self) -> None:
        """Filter and sort anew."""
        known = [self._as_told(row) for row in self._told]
        shown = sorted_rows([row for row in known if self.filter(row)], *self.sort_by)
        self.total = len(self._all)
        if [row.id for row in shown] == [row.id for row in self.rows]:  # a selection stays as it is
            self.rows = shown
            if shown:
                self.dataChanged.emit(self.index(0, 0), self.index(len(shown) - 1, len(COLUMNS) - 1))
            return
        # Rows come and go and move at once: the view keeps selection and place by ids (table.py).
        self.beginResetModel()
        self.rows = shown
        self.endResetModel()

    def _as_told(self, row: RunRow) -> RunRow:
        """Neither its place in the list nor a filter may tell how a run that is played will end."""
        return replace(row, figures={}) if row.id in self.playing else row

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.sort_by = (NAMES[column], order == Qt.SortOrder.DescendingOrder)
        self.refill()

    def row_of(self, run_id: str) -> int | None:
        """Where a run stands."""
        return next((place for place, row in enumerate(self.rows) if row.id == run_id), None)

    # ---- what views ask --------------------------------------------------------------------------
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def hides_figures(self, row: RunRow) -> bool:
        """Words stand in the place of its figures."""
        return row.state is not RunState.DONE or row.id in self.playing

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row, column.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if column.name == STAR:
                return tr("Starred") if row.is_starred else tr("Not starred")
            said = instead_words(row, row.id in self.playing) if column.is_figure else ""
            return said or self._text(row, index.column())
        if role == COLOUR_ROLE:
            return column.colour(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def _text(self, row: RunRow, place: int) -> str:
        if place in FIGURES and self.hides_figures(row):
            return ""
        return COLUMNS[place].text(row, self.zone)

    def _tip(self, row: RunRow, name: str) -> str:
        if name == STAR:
            return tr("Take the star away") if row.is_starred else tr("Star: never pruned")
        if name == "run":
            return row.id
        if row.error is not None:
            return row.error.said
        whole = {
            "parameters": row.parameter_words,
            "dataset": f"{row.dataset_name} ({row.dataset_id})\n{', '.join(row.instruments)}",
            "note": row.note,
            "tags": ", ".join(row.tags),
        }
        if name in whole:
            return whole[name]
        place = NAMES.index(name)
        return self._text(row, place) or instead_words(row, row.id in self.playing)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(column.title) if column.title else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(column.hint) if column.hint else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


def _telling_first(rows: tuple[RunRow, ...]) -> tuple[RunRow, ...]:
    """Each with those parameters in front that runs of its strategy differ in."""
    seen: dict[str, dict[str, set[str]]] = {}
    for row in rows:
        values = seen.setdefault(row.strategy, {})
        for name, value in row.parameters.items():
            values.setdefault(name, set()).add(repr(value))
    told = []
    for row in rows:
        same = {name: len(values) == 1 for name, values in seen[row.strategy].items()}
        in_order = sorted(row.parameters.items(), key=lambda item: same[item[0]])
        telling = sum(not same[name] for name in row.parameters)
        told.append(replace(row, parameters=dict(in_order), telling=telling))
    return tuple(told)


def instead_words(row: RunRow, is_playing: bool) -> str:
    """What stands in the place of figures that there are not, or that nobody may see yet; empty: figures."""
    if is_playing:
        return tr("PLAYING, final figures hidden")
    if row.state is RunState.ERROR:
        return row.error.said if row.error is not None else tr("It failed; see its log")
    if row.state is RunState.DONE:
        return ""
    note = row.progress.note if row.progress is not None else ""
    return f"{state_words(row)} {note}".strip()
