"""One setting in the dialog: title and words, its control, the way back to the default, and what is wrong."""

from collections.abc import Callable
from html import escape
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QWidget

from desktop.commands.palette.ranking import Spans
from desktop.paint.icons import icon
from desktop.paint.theme import Theme, ui_font
from desktop.settings.fields import field_of
from desktop.settings.schema import DEFAULTS, value_of
from desktop.settings.setting import Setting, SettingError
from desktop.settings.store import SettingsStore
from desktop.tr import tr

FIELD_PX: Final = 236


class SettingRow(QWidget):
    """`error` is empty while what stands in the control holds."""

    def __init__(self, setting: Setting, store: SettingsStore, theme: Theme) -> None:
        super().__init__()
        self.setting = setting
        self._store = store
        self._spans: Spans = ()
        self.title, self.words, self._error = QLabel(self), QLabel(tr(setting.words), self), QLabel(self)
        self.field = field_of(setting, self._want)
        self.back = QToolButton(self)
        self.back.clicked.connect(lambda: self._do(lambda: store.reset(setting.key)))
        for label in (self.title, self.words, self._error):
            label.setWordWrap(True)
        self.words.setProperty("role", "secondary")
        self._error.setProperty("role", "error")
        self.title.setBuddy(self.field.control)
        self._grid = QGridLayout(self)
        self._grid.setColumnStretch(0, 1)
        self._grid.addWidget(self.title, 0, 0)
        self._grid.addWidget(self.words, 1, 0)
        self._grid.addWidget(self.field, 0, 1, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(self.back, 0, 2, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(self._error, 2, 0, 1, 3)
        keep = self.back.sizePolicy()
        keep.setRetainSizeWhenHidden(True)  # what is changed must not move what stands beside it
        self.back.setSizePolicy(keep)
        self._error.hide()
        self.set_theme(theme)
        self.follow()

    @property
    def error(self) -> str:
        return self._error.text()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        pad = theme.px("spacing.m")
        self._grid.setContentsMargins(0, pad, 0, pad)
        self._grid.setHorizontalSpacing(theme.px("spacing.m"))
        self._grid.setVerticalSpacing(theme.px("spacing.xs"))
        self.title.setFont(ui_font(theme.font_px("ui"), "strong"))
        self.field.set_theme(theme)
        self.field.setFixedWidth(theme.scaled_px(FIELD_PX))
        side = theme.px("icon_px.inline")
        self.back.setIcon(icon("undo-2", theme))
        self.back.setIconSize(QSize(side, side))
        self.highlight(self._spans)

    def highlight(self, spans: Spans) -> None:
        """Mark these stretches of the title."""
        self._spans, text = spans, tr(self.setting.title)
        theme, parts, at = self._theme, [], 0
        for begin, end in spans:
            parts += [escape(text[at:begin])]
            mark = f"background-color:{theme.css('accent.soft')};color:{theme.css('accent.text')};"
            parts += [f'<span style="{mark}">{escape(text[begin:end])}</span>']
            at = end
        self.title.setText("".join([*parts, escape(text[at:])]))

    def follow(self) -> None:
        """Show what holds now."""
        key = self.setting.key
        self.field.show_value(value_of(self._store.current, key))
        default = self.setting.said(value_of(DEFAULTS, key)) or tr("nothing")
        is_default = self._store.is_default(key)
        self.back.setVisible(not is_default)
        said = tr("Back to the default: {value}", value=default)
        self.back.setToolTip(said)
        self.back.setAccessibleName(tr("{title}: {said}", title=tr(self.setting.title), said=said))
        self._say("")

    def _want(self, value: object) -> bool:
        return self._do(lambda: self._store.change(self.setting.key, value))

    def _do(self, change: Callable[[], None]) -> bool:
        try:
            change()
        except SettingError as error:
            self._say(error.words)
            return False
        self.follow()
        return True

    def _say(self, error: str) -> None:
        self._error.setText(error)
        self._error.setVisible(bool(error))
        control = self.field.control
        if bool(error) != bool(control.property("invalid")):  # a polish costs milliseconds
            control.setProperty("invalid", bool(error))
            control.style().unpolish(control)
            control.style().polish(control)
        control.setAccessibleDescription(error or tr(self.setting.words))
