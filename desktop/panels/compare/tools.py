"""What stands right in the title bar of a comparison: how many runs it has."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.paint.theme import Theme
from desktop.panels.title_tools import TitleTools
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.panels.compare.panel import ComparePanel


class CompareTools(TitleTools):
    """A count; nothing to press."""

    def __init__(self, panel: "ComparePanel", theme: Theme) -> None:
        super().__init__()
        self._panel = panel
        self._count = QLabel(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, theme.px("spacing.m"), 0)
        row.addWidget(self._count)
        panel.panel_state_changed.connect(lambda _state: self._follow())
        self.set_theme(theme)

    def _follow(self) -> None:
        count = len(self._panel.run_ids)
        self._count.setText(tr("{count} runs", count=count) if count else "")
        self.fit_again()

    def leaving(self) -> Sequence[QWidget]:
        return [self._count]

    def set_theme(self, theme: Theme) -> None:
        small = theme.font_px("small")
        self._count.setStyleSheet(f"color: {theme.css('text.tertiary')}; font-size: {small}px;")
        self._follow()
