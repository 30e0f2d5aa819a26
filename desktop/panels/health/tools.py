"""What stands right in the Health panel's title bar: copy the diagnostics, or save them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from desktop.paint.icons import icon
from desktop.paint.theme import Theme
from desktop.panels.title_tools import TitleTools
from desktop.tr import tr


class HealthTools(TitleTools):
    """Both are actions of the palette as well."""

    def __init__(self, theme: Theme, copy: Callable[[], object], save: Callable[[], object]) -> None:
        super().__init__()
        self._copy = self._button(tr("Copy diagnostics"), tr("Copy everything support needs"), copy)
        self._save = self._button(tr("Save"), tr("Save the diagnostics as a file"), save)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px("spacing.s"))
        for button in (self._copy, self._save):
            row.addWidget(button)
        self.set_theme(theme)

    def _button(self, text: str, tip: str, act: Callable[[], object]) -> QToolButton:
        button = QToolButton(self)
        button.setText(f" {text}")  # Qt puts icon and text side by side without a gap
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.clicked.connect(lambda: act())
        return button

    def leaving(self) -> Sequence[QWidget]:
        return [self._save, self._copy]

    def set_theme(self, theme: Theme) -> None:
        side = theme.px("icon_px.inline")
        for button, name in ((self._copy, "copy"), (self._save, "download")):
            button.setIcon(icon(name, theme))
            button.setIconSize(QSize(side, side))
            button.setFont(theme.font("small"))
            button.setStyleSheet(f"font-size: {theme.font_px('small')}px; padding: 1px 3px;")
        self.fit_again()
