"""The datasets for a table: newest first, as the catalog lists them."""

from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt

from desktop.research.rows import DatasetRow
from desktop.research.table import COLOUR_ROLE, WEIGHT_ROLE, Index
from desktop.research.words import day_and_minutes, day_words, size_words
from desktop.tr import mark, tr

_NOWHERE: Final = QModelIndex()
Text = Callable[[DatasetRow, tzinfo], str]
# title, width, number, text
COLUMNS: Final[tuple[tuple[str, int, bool, Text], ...]] = (
    (mark("Dataset"), 150, False, lambda row, _: row.name),
    (mark("Instruments"), 170, False, lambda row, _: ", ".join(row.instruments)),
    (mark("Bars of"), 60, False, lambda row, _: row.interval),
    (mark("From"), 90, False, lambda row, _: day_words(row.begin_ns, UTC)),
    (mark("To"), 90, False, lambda row, _: day_words(row.end_ns, UTC)),
    (mark("Bars"), 84, True, lambda row, _: f"{row.bars:,}"),
    (mark("Calendar"), 70, False, lambda row, _: row.calendar),
    (mark("State"), 84, False, lambda row, _: row.state.capitalize()),
    (mark("Findings"), 66, True, lambda row, _: f"{row.findings:,}" if row.findings else ""),
    (mark("Runs"), 50, True, lambda row, _: f"{row.runs:,}" if row.runs else ""),
    (mark("Size"), 74, True, lambda row, _: size_words(row.size_bytes)),
    (mark("Added"), 110, False, lambda row, zone: day_and_minutes(row.added_us, zone)),
)


class DatasetModel(QAbstractTableModel):
    """`set_rows` as a whole."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[DatasetRow, ...] = ()
        self._zone: tzinfo = UTC

    def set_rows(self, rows: Sequence[DatasetRow]) -> None:
        if tuple(rows) != self.rows:
            self.beginResetModel()
            self.rows = tuple(rows)
            self.endResetModel()

    def set_zone(self, zone: tzinfo) -> None:
        self.beginResetModel()
        self._zone = zone
        self.endResetModel()

    def texts(self, row: int) -> dict[str, str]:
        """As shown."""
        return {title: text(self.rows[row], self._zone) for title, _, _, text in COLUMNS}

    def _all_of(self, row: DatasetRow) -> str:
        """Every column that says something, a line each: a narrow panel has not all of them."""
        lines = [row.name, row.id]
        lines += [
            f"{tr(title)}: {said}" for title, _, _, text in COLUMNS[1:] if (said := text(row, self._zone))
        ]
        return "\n".join(lines)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, (_, _, is_number, text) = self.rows[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text(row, self._zone)
        if role == Qt.ItemDataRole.ToolTipRole:
            said = text(row, self._zone)
            return self._all_of(row) if index.column() == 0 else said
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == COLOUR_ROLE:
            is_partial = row.state == "PARTIAL" and index.column() == 7
            return (
                "state.warning"
                if is_partial
                else "text.primary"
                if index.column() in (0, 5)
                else "text.secondary"
            )
        if role == WEIGHT_ROLE:
            return index.column() == 0
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        title, _, is_number, _ = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(title)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None
