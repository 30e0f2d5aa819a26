"""The grid's rows as a Qt model, for selection, header, copies and screen readers.

Row i is row i of the quote table, whatever is sorted or filtered; the grid maps positions to rows. It emits
nothing when values change: at 4,000 ticks/s one signal a cell would cost more than all painting.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from core.market.fields import NULL, Field
from core.market.instruments import Instrument
from core.market.quote_table import QuoteTable
from core.market.zones import RowZones, Zone
from desktop.panels.grid import text
from desktop.panels.grid.columns import Col, ColumnSpec, Shape, built_ins
from desktop.tr import tr
from desktop.zones import zones_words

Index = QModelIndex | QPersistentModelIndex


class QuoteModel(QAbstractTableModel):
    """Exact values of a quote table; `set_rows` is the only reset. Section i is the column `specs[i]`."""

    def __init__(self) -> None:
        super().__init__()
        self.specs: list[ColumnSpec] = list(built_ins().values())
        self._instruments: Sequence[Instrument] = ()
        self._table = QuoteTable()
        self.zones = RowZones(Zone(), ())  # of what is shown; copies and the exact time stay in UTC

    def set_rows(self, instruments: Sequence[Instrument], table: QuoteTable) -> None:
        """Other instruments: selection and current cell are gone."""
        self.beginResetModel()
        self._instruments, self._table = instruments, table
        self.endResetModel()

    def spec(self, col: str) -> ColumnSpec:
        """The column of an id; `KeyError` for an unknown one."""
        return self.specs[self.section(col)]

    def section(self, col: str) -> int:
        for section, spec in enumerate(self.specs):
            if spec.col == col:
                return section
        raise KeyError(col)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._instruments)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.specs)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.specs[section].title
        return self._hint(section) if role == Qt.ItemDataRole.ToolTipRole else None

    def _hint(self, section: int) -> str:
        spec = self.specs[section]
        if spec.shape is not Shape.TIME:
            return spec.hint
        newest_us = int(self._table.column(Field.EVENT_US).max(initial=NULL))
        zone = zones_words(self.zones.zones, newest_us // 1_000_000 if newest_us != NULL else None)
        return tr("{what}, {zone}", what=spec.hint, zone=zone)

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid():
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.exact(index.row(), self.specs[index.column()].col)
        return None

    def exact(self, row: int, col: str) -> str:
        """The whole value as text with thousands commas: names uncut, sizes without K, M or B."""
        instrument = self._instruments[row]
        values = self._table.values[:, row]
        decimals = instrument.price_decimals
        spec = self.spec(col)
        match spec.shape:
            case Shape.TEXT:
                return instrument.key.symbol if col == Col.SYMBOL else instrument.key.exchange
            case Shape.PRICE:
                return text.price_text(int(values[spec.fields[0]]), decimals)
            case Shape.CHANGE:
                return text.change_text(int(values[Field.LAST]), int(values[Field.REFERENCE]), decimals)
            case Shape.PERCENT:
                return text.percent_text(int(values[Field.LAST]), int(values[Field.REFERENCE]))
            case Shape.SIZE:
                return text.price_text(int(values[spec.fields[0]]), instrument.size_decimals)
            case Shape.TIME | Shape.AGE:
                return iso_time(int(values[Field.EVENT_US]))
            case _:
                return ""

    def copied(self, row: int, col: str) -> str:
        """The same for a spreadsheet: no thousands commas, an ASCII minus, no plus."""
        exact = self.exact(row, col)
        if self.spec(col).shape in (Shape.TEXT, Shape.TIME, Shape.AGE):
            return exact.replace("\t", " ")
        return exact.replace(",", "").replace(text.MINUS, "-").removeprefix("+")


def iso_time(event_us: int) -> str:
    """A time in microseconds since 1970 as ISO 8601 in UTC; empty for null."""
    if event_us == NULL:
        return ""
    seconds, micros = divmod(event_us, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{micros:06d}Z"
