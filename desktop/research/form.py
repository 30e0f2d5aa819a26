"""Fields of a form: a title, a control, what it is for; a value is read from it or refused by its name.

Nothing is applied while one types. What cannot be used is marked in its field and said in one line.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

from desktop.paint.theme import Theme
from desktop.settings.fields import Choices
from desktop.tr import tr

TITLE_PX: Final = 128


class FieldError(ValueError):
    """A field holds what cannot be used; `field` is its name."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class FormField:
    """`name` is what errors call it by; `read` makes its value of the control's text."""

    def __init__(
        self, name: str, title: str, control: QWidget, hint: str = "", read: Callable[[str], Any] = str
    ) -> None:
        self.name, self.title, self.control, self.hint = name, title, control, hint
        self._read = read
        control.setAccessibleName(title)
        control.setAccessibleDescription(hint)
        control.setToolTip(hint)

    @property
    def text(self) -> str:
        control = self.control
        if isinstance(control, QCheckBox):
            return "true" if control.isChecked() else "false"
        if isinstance(control, QComboBox):
            return str(control.currentData())
        assert isinstance(control, QLineEdit)
        return control.text().strip()

    def value(self) -> Any:
        """Raises `FieldError`, which names it by its title."""
        try:
            return self._read(self.text)
        except ValueError as error:
            text = tr("{title}: {reason}", title=self.title, reason=error)
            raise FieldError(self.name, text) from error

    def set_value(self, value: Any) -> None:
        control = self.control
        if isinstance(control, QCheckBox):
            control.setChecked(bool(value))
        elif isinstance(control, QComboBox):
            control.setCurrentIndex(max(control.findData(value), 0))
        elif isinstance(control, QLineEdit):
            exact = isinstance(value, float)  # every digit: what is shown is what is read back
            control.setText("" if value is None else f"{value:.15g}" if exact else str(value))
            control.setCursorPosition(0)

    def mark(self, is_wrong: bool) -> None:
        """Red edge, or none."""
        control = self.control
        if bool(control.property("invalid")) != is_wrong:
            control.setProperty("invalid", is_wrong)
            control.style().unpolish(control)
            control.style().polish(control)


class Form(QWidget):
    """Fields below each other: titles left, controls right, units or hints in small words under them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.fields: dict[str, FormField] = {}
        self._titles: dict[str, QLabel] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.px("spacing.l"))
        self._grid.setVerticalSpacing(theme.px("spacing.form_row_gap"))
        self._grid.setColumnMinimumWidth(0, theme.scaled_px(TITLE_PX))
        self._grid.setColumnStretch(1, 1)
        self.setAutoFillBackground(False)

    def clear(self) -> None:
        """Without fields."""
        self.fields = {}
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def add(self, field: FormField, words: str = "") -> FormField:
        """`words` stand under the control."""
        self.fields[field.name] = field
        row = self._grid.rowCount()
        title = QLabel(field.title, self)
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setToolTip(field.hint)
        title.setBuddy(field.control)
        self._titles[field.name] = title
        field.control.setParent(self)
        field.control.show()
        self._grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(field.control, row, 1)
        if words:
            self._grid.addWidget(small_words(words, self._theme, self), row + 1, 1)
        return field

    def say_unit(self, name: str, unit: str) -> None:
        """After the title of a field: `Starting cash, USD`."""
        field = self.fields[name]
        words = tr("{title}, {unit}", title=field.title, unit=unit) if unit else field.title
        self._titles[name].setText(words)
        field.control.setAccessibleName(words)

    def add_below(self, widget: QWidget) -> None:
        """Under the control before it."""
        self._grid.addWidget(widget, self._grid.rowCount(), 1)

    def add_wide(self, widget: QWidget) -> None:
        """Over both columns."""
        self._grid.addWidget(widget, self._grid.rowCount(), 0, 1, 2)

    def values(self) -> dict[str, Any]:
        """Of every field. Raises `FieldError` for the first one that cannot be used."""
        return {name: field.value() for name, field in self.fields.items()}


def small_words(text: str, theme: Theme, parent: QWidget) -> QLabel:
    """A hint under a control."""
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setStyleSheet(f"color: {theme.css('text.tertiary')}; font-size: {theme.font_px('small')}px;")
    return label


def line(theme: Theme, text: str = "", placeholder: str = "") -> QLineEdit:
    """For a number or a text."""
    control = QLineEdit(text)
    control.setPlaceholderText(placeholder)
    control.setFixedHeight(theme.px("height.control"))
    return control


def choice(theme: Theme, choices: Sequence[tuple[Any, str]]) -> QComboBox:
    """One of several values."""
    control = Choices()
    control.theme = theme
    for value, words in choices:
        control.addItem(words, value)
    control.setFixedHeight(theme.px("height.control"))
    return control


def number(low: float, high: float) -> Callable[[str], float]:
    """Reads a number from `low` to `high`."""

    def read(text: str) -> float:
        try:
            value = float(text.replace("−", "-").replace(",", ""))
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise ValueError(tr("“{text}” cannot be used, give a number from {low} to {high}",
                                text=text, low=f"{low:,g}", high=f"{high:,g}"))  # fmt: skip
        return value

    return read


def whole(low: int, high: int) -> Callable[[str], int]:
    """Reads a whole number from `low` to `high`."""

    def read(text: str) -> int:
        plain = text.replace(",", "")
        if not plain.removeprefix("-").isdecimal() or not low <= int(plain) <= high:
            raise ValueError(tr("“{text}” cannot be used, give a whole number from {low} to {high}",
                                text=text, low=f"{low:,}", high=f"{high:,}"))  # fmt: skip
        return int(plain)

    return read
