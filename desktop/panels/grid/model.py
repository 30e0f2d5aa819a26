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
from desktop.panels.grid.catalogue import built_ins
from desktop.panels.grid.columns import Col, ColumnSpec
from desktop.panels.grid.figures import Figures
from desktop.panels.grid.formats import Shape
from desktop.tr import tr
from desktop.zones import zones_words

Index = QModelIndex | QPersistentModelIndex


class QuoteModel(QAbstractTableModel):
    """Exact values of a quote table; `set_rows` is the only reset. Section i is the column `specs[i]`."""

    def __init__(self) -> None:
        super().__init__()
        self.specs: list[ColumnSpec] = list(built_ins().values())
        self._figures: Figures | None = None
        self._instruments: Sequence[Instrument] = ()
        self._table = QuoteTable()
        self.zones = RowZones(Zone(), ())  # of what is shown; copies and the exact time stay in UTC

    def set_rows(
        self, instruments: Sequence[Instrument], table: QuoteTable, figures: Figures | None = None
    ) -> None:
        """Other instruments: selection and current cell are gone. `figures` has the numbers that are made."""
        self.beginResetModel()
        self._instruments, self._table, self._figures = instruments, table, figures
        self.endResetModel()

    # --- columns

    def add_column(self, spec: ColumnSpec) -> None:
        """One more at the end."""
        self.beginInsertColumns(QModelIndex(), len(self.specs), len(self.specs))
        self.specs.append(spec)
        self.endInsertColumns()

    def replace_column(self, spec: ColumnSpec) -> None:
        """Another title, format or expression for the column of that id."""
        section = self.section(spec.col)
        self.specs[section] = spec
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, section, section)

    def set_columns(self, specs: Sequence[ColumnSpec]) -> None:
        """Exactly these. What stays keeps its section, and with it sort and selection."""
        wanted = {spec.col: spec for spec in specs}
        for section in reversed(range(len(self.specs))):
            if self.specs[section].col not in wanted:
                self.beginRemoveColumns(QModelIndex(), section, section)
                del self.specs[section]
                self.endRemoveColumns()
        for section, spec in enumerate(self.specs):
            self.specs[section] = wanted.pop(spec.col)
        for spec in wanted.values():
            self.add_column(spec)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.specs) - 1)

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
                if col == Col.NAME:
                    return instrument.name
                return instrument.key.symbol if col == Col.SYMBOL else instrument.key.exchange
            case Shape.PRICE:
                return text.price_text(int(values[spec.fields[0]]), decimals)
            case Shape.CHANGE:
                return text.change_text(int(values[Field.LAST]), int(values[Field.REFERENCE]), decimals)
            case Shape.PERCENT:
                places = 2 if spec.format.decimals is None else spec.format.decimals
                return text.percent_text(int(values[Field.LAST]), int(values[Field.REFERENCE]), places)
            case Shape.SIZE:
                return text.price_text(int(values[spec.fields[0]]), instrument.size_decimals)
            case Shape.TIME | Shape.AGE:
                return iso_time(int(values[Field.EVENT_US]))
            case Shape.NUMBER | Shape.YES_NO | Shape.RANGE:
                return self._made(row, spec)
            case _:
                return ""

    def _made(self, row: int, spec: ColumnSpec) -> str:
        """What a figure says, without K, M or B; nothing for a column that nobody looks at."""
        figure = None if self._figures is None else self._figures.of.get(spec.col)
        if figure is None or self._figures is None:
            return ""
        self._figures.update()
        value = float(figure.values[row])
        if spec.shape is Shape.YES_NO:
            return text.yes_no_text(value)
        if spec.shape is Shape.RANGE:
            return text.range_text(value)
        if spec.format.suffix:
            places = 2 if spec.format.decimals is None else spec.format.decimals
            return "" if value != value else text.number_text(value, places)
        counts = int(figure.counts[row])
        plus = "+" if spec.format.sign and counts > 0 else ""
        return plus + text.price_text(counts, int(figure.decimals[row]))

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
