"""The control of one setting: shows the value, says what a hand wants, never changes anything by itself.

Numbers and texts count when they are finished (Return, or the keys go elsewhere): what is half typed is no
value. The wheel scrolls the page; it never turns a choice that it merely passes over.
"""

from collections.abc import Callable
from functools import cache
from zoneinfo import available_timezones

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QCompleter, QHBoxLayout, QLabel, QLineEdit, QWidget

from desktop.paint.icons import icon_pixmap
from desktop.paint.theme import Theme
from desktop.settings.setting import Setting, Value
from desktop.tr import tr

Want = Callable[[object], bool]  # False: it cannot be used, and the row says why


class Field(QWidget):
    """`show_value` what holds; `want` is called with what a hand has chosen."""

    def __init__(self, setting: Setting, want: Want, control: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting, self.want, self.control = setting, want, control
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(control, 1)
        if setting.unit:
            unit = QLabel(setting.unit, self)
            unit.setProperty("role", "secondary")
            row.addWidget(unit)
        control.setAccessibleName(tr(setting.title))
        control.setAccessibleDescription(tr(setting.words))
        self.setFocusProxy(control)

    def set_theme(self, theme: Theme) -> None:
        if isinstance(self.control, _Switch | Choices):
            self.control.theme = theme
        self.control.setFixedHeight(theme.px("height.control"))

    def show_value(self, value: Value) -> None:
        raise NotImplementedError


class _Switch(QCheckBox):
    """A box with a check, drawn from tokens: the style's own cannot be seen on dark ground."""

    theme = Theme()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, side = self.theme, self.theme.px("icon_px.toolbar")
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(0.5, (self.height() - side) // 2 + 0.5, side - 1, side - 1)
        edge = "focus.ring" if self.hasFocus() else "accent.fill" if self.isChecked() else "text.tertiary"
        painter.setPen(theme.color(edge))
        painter.setBrush(theme.color("accent.fill" if self.isChecked() else "surface.input"))
        painter.drawRoundedRect(box, theme.px("radius.chip"), theme.px("radius.chip"))
        if self.isChecked():
            ink = theme.argb("text.on_accent")
            check = icon_pixmap("check", side - 4, ink, self.devicePixelRatioF())
            painter.drawPixmap(box.topLeft() + QPointF(1.5, 1.5), check)
        painter.setPen(theme.color("text.primary"))
        left = side + theme.px("spacing.m")
        painter.drawText(self.rect().adjusted(left, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()


class SwitchField(Field):
    """On or off."""

    def __init__(self, setting: Setting, want: Want) -> None:
        self._box = _Switch()
        super().__init__(setting, want, self._box)
        self._box.toggled.connect(self._toggled)

    def _toggled(self, is_on: bool) -> None:
        self._box.setText(tr("On") if is_on else tr("Off"))
        self.want(is_on)

    def show_value(self, value: Value) -> None:
        self._box.setChecked(bool(value))
        self._box.setText(tr("On") if value else tr("Off"))


class Choices(QComboBox):
    """With an arrow in the colours of the theme."""

    theme = Theme()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme, side = self.theme, self.theme.px("icon_px.inline")
        painter = QPainter(self)
        place = QPointF(self.width() - side - theme.px("spacing.s"), (self.height() - side) / 2)
        ink = theme.argb("text.secondary")
        painter.drawPixmap(place, icon_pixmap("chevron-down", side, ink, self.devicePixelRatioF()))
        painter.end()


class ChoiceField(Field):
    """One of several values."""

    def __init__(self, setting: Setting, want: Want) -> None:
        self._box = Choices()
        super().__init__(setting, want, self._box)
        for value, words in setting.choices:
            self._box.addItem(tr(words), value)
        self._box.currentIndexChanged.connect(lambda index: self.want(self._box.itemData(index)))

    def show_value(self, value: Value) -> None:
        self._box.blockSignals(True)
        self._box.setCurrentIndex(self._box.findData(value))
        self._box.blockSignals(False)


class _Line(QLineEdit):
    """Up and Down change a number by its step; Escape puts back what holds."""

    def __init__(self, step: Callable[[int], None], back: Callable[[], None]) -> None:
        super().__init__()
        self._step, self._back = step, back

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._step(1 if event.key() == Qt.Key.Key_Up else -1)
        elif event.key() == Qt.Key.Key_Escape and self.isModified():
            self._back()
        else:
            super().keyPressEvent(event)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                event.accept()  # it ends the field, not the dialog


class LineField(Field):
    """A number or a text."""

    def __init__(self, setting: Setting, want: Want) -> None:
        self._line = _Line(self._step, lambda: self.show_value(self._value))
        self._value: Value = ""
        super().__init__(setting, want, self._line)
        self._line.editingFinished.connect(self._finished)

    def _finished(self) -> None:
        if self._line.isModified() and self.want(self._line.text()):
            self._line.setModified(False)

    def _step(self, direction: int) -> None:
        setting = self.setting
        if setting.kind == "int":
            number = int(self._value) + direction * setting.step
            self.want(min(max(number, setting.low), setting.high))

    def show_value(self, value: Value) -> None:
        self._value = value
        self._line.setText(str(value))
        self._line.setModified(False)


@cache
def _zone_names() -> list[str]:
    return sorted(available_timezones())  # reads the database's directories


class ZoneField(Field):
    """A few zones to choose, any other to type."""

    def __init__(self, setting: Setting, want: Want) -> None:
        self._box = Choices()
        self._box.setEditable(True)
        self._box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        super().__init__(setting, want, self._box)
        for value, words in setting.choices:
            self._box.addItem(tr(words), value)
        names = QCompleter(_zone_names(), self._box)
        names.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        names.setFilterMode(Qt.MatchFlag.MatchContains)
        self._box.setCompleter(names)
        self._box.activated.connect(lambda index: self.want(self._box.itemData(index)))
        line = self._box.lineEdit()
        assert line is not None
        line.setAccessibleName(tr(setting.title))
        line.editingFinished.connect(self._finished)

    def _finished(self) -> None:
        line = self._box.lineEdit()
        assert line is not None
        if line.isModified():
            index = self._box.findText(line.text(), Qt.MatchFlag.MatchFixedString)
            if self.want(self._box.itemData(index) if index >= 0 else line.text()):
                line.setModified(False)

    def show_value(self, value: Value) -> None:
        index = self._box.findData(value)
        self._box.setCurrentIndex(index)
        self._box.setEditText(self._box.itemText(index) if index >= 0 else str(value))


def field_of(setting: Setting, want: Want) -> Field:
    """The control for a kind of setting."""
    kinds: dict[str, type[Field]] = {"bool": SwitchField, "choice": ChoiceField, "zone": ZoneField}
    made: Callable[[Setting, Want], Field] = kinds.get(setting.kind, LineField)
    return made(setting, want)
