"""How the numbers of one column are written and marked; only what its kind lets be chosen is offered."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop.paint.theme import Theme
from desktop.panels.grid.columns import ColumnSpec
from desktop.panels.grid.formats import DECIMALS_MAX, CellFormat, Shape
from desktop.tr import tr


class FormatForm(QWidget):
    """`changed` gives the new format as soon as it is one; what is not says why below."""

    changed = Signal(object)  # CellFormat

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._format = CellFormat()
        self._filling = False
        self.decimals = QComboBox(self)
        self.decimals.addItem(tr("Own"), None)
        for places in range(DECIMALS_MAX + 1):
            self.decimals.addItem(str(places), places)
        self.decimals.setAccessibleName(tr("Decimals"))
        self.suffix = QCheckBox(tr("Short, with K, M and B"), self)
        self.sign = QCheckBox(tr("Plus sign above zero"), self)
        self.colour = QCheckBox(tr("Up and down colours by sign"), self)
        self.bar = QCheckBox(tr("Bar behind the number"), self)
        self.heat = QCheckBox(tr("Heat"), self)
        self.edges = QLineEdit(self)
        self.edges.setAccessibleName(tr("Heat edges"))
        self.edges.setToolTip(tr("Three rising numbers: from each on the cell takes a stronger step"))
        self._note, self._error = QLabel(self), QLabel(self)
        self._note.setProperty("role", "tertiary")
        for label in (self._note, self._error):
            label.setWordWrap(True)
        self._error.setStyleSheet(f"color: {theme.css('state.error')};")
        self._parts: dict[str, QWidget] = {
            "decimals": self.decimals, "suffix": self.suffix, "sign": self.sign, "colour": self.colour,
            "bar": self.bar, "heat": self.heat, "heat_edges": self.edges,
        }  # fmt: skip
        self._form = QFormLayout()
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(theme.px("spacing.form_row_gap"))
        self._form.addRow(tr("Decimals"), self.decimals)
        for box in (self.suffix, self.sign, self.colour, self.bar, self.heat):
            self._form.addRow(box)
            box.toggled.connect(self._take)
        self._form.addRow(tr("Heat from"), self.edges)
        self.decimals.currentIndexChanged.connect(self._take)
        self.edges.textEdited.connect(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._form)
        column.addWidget(self._error)
        column.addWidget(self._note)

    def show_column(self, spec: ColumnSpec) -> None:
        """The settings of a column as they are."""
        self._filling, form = True, spec.format
        offered = spec.settable
        for name, widget in self._parts.items():
            self._form.setRowVisible(widget, name in offered)
        self._format = form
        self.decimals.setCurrentIndex(0 if form.decimals is None else form.decimals + 1)
        for name in ("suffix", "sign", "colour", "bar", "heat"):
            box = self._parts[name]
            assert isinstance(box, QCheckBox)
            box.setChecked(getattr(form, name))
        if not self.edges.hasFocus():
            self.edges.setText(", ".join(f"{edge:g}" for edge in form.heat_edges))
        self.edges.setEnabled(form.heat)
        self._error.hide()
        price = spec.shape is Shape.PRICE
        self._note.setText(tr("Prices keep the decimals of their instrument.") if price else "")
        self._note.setVisible(price)
        self._filling = False

    def _take(self, *_: Any) -> None:
        if self._filling:
            return
        try:
            form = replace(
                self._format,
                decimals=self.decimals.currentData(),
                heat_edges=_edges(self.edges.text()) if self.heat.isChecked() else self._format.heat_edges,
                suffix=self.suffix.isChecked(),
                sign=self.sign.isChecked(),
                colour=self.colour.isChecked(),
                bar=self.bar.isChecked(),
                heat=self.heat.isChecked(),
            )
        except ValueError as error:
            self._error.setText(str(error))
            self._error.show()
            return
        self._error.hide()
        self.edges.setEnabled(form.heat)
        if form != self._format:
            self._format = form
            self.changed.emit(form)


def _edges(text: str) -> tuple[float, float, float]:
    """`0.25, 1.25, 3`. Raises `ValueError` in words for a person."""
    try:
        edges = tuple(float(part) for part in text.replace(",", " ").split())
    except ValueError:
        edges = ()
    if len(edges) != 3:
        raise ValueError(tr("Heat edges are three rising numbers above zero, such as 0.25, 1.25, 3"))
    return edges[0], edges[1], edges[2]
