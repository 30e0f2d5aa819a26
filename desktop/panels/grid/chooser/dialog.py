"""The window of the column chooser: the list at the left, what the current column is at the right.

Everything is applied at once, so the grid beside it shows what a choice does. Closing it keeps all of it;
"Reset" gives back the first columns, widths and formats.
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop.paint.theme import Theme
from desktop.panels.grid.chooser.column_list import ColumnList
from desktop.panels.grid.chooser.computed_form import ComputedForm
from desktop.panels.grid.chooser.format_form import FormatForm
from desktop.panels.grid.column_set import ColumnSet
from desktop.panels.grid.columns import ColumnSpec
from desktop.panels.grid.formats import CellFormat
from desktop.tr import tr

WIDTH_PX, HEIGHT_PX = 560, 470


class ColumnChooser(QDialog):
    """Not modal: the market goes on, and clicks in the grid still count."""

    def __init__(self, columns: ColumnSet, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._columns = columns
        self.setWindowTitle(tr("Columns"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(WIDTH_PX, theme.scaled_px(HEIGHT_PX))
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(tr("Find a column"))
        self.search.setAccessibleName(tr("Find a column"))
        self.search.setClearButtonEnabled(True)
        self.list = ColumnList(columns, self)
        self.format = FormatForm(theme, self)
        self.computed = ComputedForm(columns, theme, self)
        self.add = QPushButton(tr("New computed column"), self)
        self.reset = QPushButton(tr("Reset columns"), self)
        self.done_button = QPushButton(tr("Close"), self)
        for button in (self.add, self.reset, self.done_button):
            button.setAutoDefault(False)
        self._title, self._hint = QLabel(self), QLabel(self)
        self._title.setProperty("role", "dialog-title")
        self._hint.setProperty("role", "secondary")
        for label in (self._title, self._hint):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out(theme)
        self.search.textChanged.connect(self.list.set_words)
        self.list.chosen.connect(self._show)
        self.format.changed.connect(self._set_format)
        self.add.clicked.connect(lambda: self.new_computed())
        self.reset.clicked.connect(columns.reset)
        self.done_button.clicked.connect(self.close)
        self.computed.saved.connect(self._on_saved)
        self.computed.removed.connect(lambda: self.list.setCurrentRow(0))
        columns.changed.connect(self._refresh)
        self.list.setCurrentRow(0)

    def _lay_out(self, theme: Theme) -> None:
        pad, gap = theme.px("spacing.dialog_pad"), theme.px("spacing.m")
        left = QVBoxLayout()
        left.setSpacing(gap)
        for widget in (self.search, self.list, self.add):
            left.addWidget(widget)
        right = QVBoxLayout()
        right.setSpacing(gap)
        for part in (self._title, self._hint, self.computed, self.format):
            right.addWidget(part)
        right.addStretch()
        buttons = QHBoxLayout()
        buttons.addWidget(self.reset)
        buttons.addStretch()
        buttons.addWidget(self.done_button)
        right.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(pad, pad, pad, pad)
        row.setSpacing(pad)
        row.addLayout(left, 4)
        row.addLayout(right, 5)

    def choose(self, col: str) -> None:
        """Show a column's settings."""
        self.list.choose(col)

    def new_computed(self) -> None:
        """An empty form for another computed column."""
        self.list.setCurrentRow(-1)
        self._title.setText(tr("New computed column"))
        says = tr("Made of other columns, row by row. It is for the eye: no order is priced by it.")
        self._hint.setText(says)
        self.format.hide()
        self.computed.show()
        self.computed.edit(None)
        self.computed.title.setFocus()

    def _spec(self, col: str) -> ColumnSpec | None:
        return next((spec for spec in self._columns.ordered() if spec.col == col), None)

    def _show(self, col: str) -> None:
        spec = self._spec(col)
        if spec is None:
            return
        self._title.setText(spec.title)
        self._hint.setText(spec.hint)
        self.computed.setVisible(spec.computed)
        if spec.computed:
            self.computed.edit(spec)
        self.format.show()
        self.format.show_column(spec)

    def _refresh(self) -> None:
        """Another change of the columns, from here or from the header."""
        if self.list.current and self.format.isVisibleTo(self):
            self._show(self.list.current)

    def _set_format(self, form: CellFormat) -> None:
        self._columns.set_format(self.list.current, form)

    def _on_saved(self, col: str) -> None:
        self.search.clear()
        self.list.choose(col)
        self._show(col)
