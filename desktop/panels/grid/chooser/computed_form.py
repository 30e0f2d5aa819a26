"""Name and expression of a computed column, checked while they are typed; nothing wrong can be saved."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from core.expressions import Expression, ExpressionError
from desktop.paint.theme import Theme
from desktop.panels.grid.column_set import ColumnSet
from desktop.panels.grid.columns import ColumnSpec
from desktop.panels.grid.computed import (
    COMPUTED_MAX,
    checked_title,
    column_id,
    read_expression,
    readable_names,
)
from desktop.tr import tr

SAYS_LINES: Final = 3
LINE_PX: Final = 16


class ComputedForm(QWidget):
    """For a new column, or for the one that `edit` was given."""

    saved = Signal(str)  # column id
    removed = Signal()

    def __init__(self, columns: ColumnSet, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._columns = columns
        self._col = ""  # of the one edited
        self._expression: Expression | None = None
        self.title = QLineEdit(self)
        self.title.setPlaceholderText(tr("Name, such as Edge"))
        self.title.setAccessibleName(tr("Name of the column"))
        self.text = QLineEdit(self)
        self.text.setFont(theme.mono_font())
        self.text.setStyleSheet('font-family: "JetBrains Mono"; font-size: 11px;')
        self.text.setPlaceholderText(tr("Expression, such as spread / mid * 100"))
        self.text.setAccessibleName(tr("Expression of the column"))
        self.says = QLabel(self)
        self.says.setWordWrap(True)
        self.says.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.says.setMinimumHeight(SAYS_LINES * theme.scaled_px(LINE_PX))  # what is wrong moves nothing
        self._error_css = f"color: {theme.css('state.error')};"
        self._quiet_css = f"color: {theme.css('text.tertiary')};"
        self.save = QPushButton(self)
        self.save.setProperty("kind", "default")
        self.remove = QPushButton(tr("Remove"), self)
        for button in (self.save, self.remove):
            button.setAutoDefault(False)
        row = QHBoxLayout()
        row.addWidget(self.remove)
        row.addStretch()
        row.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px("spacing.form_row_gap"))
        for widget in (self.title, self.text, self.says):
            column.addWidget(widget)
        column.addLayout(row)
        self.title.textChanged.connect(self._check)
        self.text.textChanged.connect(self._check)
        self.title.returnPressed.connect(self._save)
        self.text.returnPressed.connect(self._save)
        self.save.clicked.connect(self._save)
        self.remove.clicked.connect(self._remove)

    def edit(self, spec: ColumnSpec | None) -> None:
        """A column that is there, or None for a new one."""
        col = "" if spec is None else spec.col
        if col and col == self._col and self.text.hasFocus():
            return
        self._col = col
        self.title.setText("" if spec is None else spec.title)
        self.text.setText("" if spec is None else spec.expression)
        self.save.setText(tr("Add column") if spec is None else tr("Save"))
        self.remove.setVisible(spec is not None)
        self._check()

    def _check(self) -> None:
        """Say what is wrong, or what name other expressions may read it by."""
        self._expression = None
        names = readable_names(self._columns.expressions, self._col)
        wrong = ""
        try:
            if self.text.text().strip():
                self._expression = read_expression(self.text.text(), names)
        except ExpressionError as error:
            wrong = str(error)
        titled = bool(self.title.text().strip())
        if titled and not wrong:
            wrong = self._title_error()
        ready = self._expression is not None and titled and not wrong
        self.save.setEnabled(ready)
        self.says.setStyleSheet(self._error_css if wrong else self._quiet_css)
        quiet = tr("In other expressions: {name}", name=self._id()) if ready else ""
        self.says.setText(wrong or quiet)

    def _title_error(self) -> str:
        try:
            checked_title(self.title.text())
        except ValueError as error:
            return str(error)
        full = not self._col and len(self._columns.expressions) >= COMPUTED_MAX
        return tr("There are {count} computed columns: remove one first", count=COMPUTED_MAX) if full else ""

    def _id(self) -> str:
        taken = [spec.col for spec in self._columns.ordered()]
        return self._col or column_id(checked_title(self.title.text()), taken)

    def _save(self) -> None:
        if self._expression is not None and self.save.isEnabled():
            col = self._id()
            self._columns.put_computed(col, checked_title(self.title.text()), self._expression)
            self.saved.emit(col)

    def _remove(self) -> None:
        self._columns.remove_computed(self._col)
        self.removed.emit()
