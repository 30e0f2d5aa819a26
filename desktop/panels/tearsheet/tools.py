"""What stands right in the title bar of a tear sheet: the page as a file."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from desktop.paint.icons import icon
from desktop.paint.theme import Theme
from desktop.panels.title_tools import TitleTools
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.panels.tearsheet.panel import TearSheetPanel


class TearSheetTools(TitleTools):
    """One button; there while a sheet is shown."""

    def __init__(self, panel: "TearSheetPanel", theme: Theme) -> None:
        super().__init__()
        self._panel = panel
        self.export = QToolButton(self)
        self.export.setText(f" {tr('Export HTML')}")
        self.export.setToolTip(tr("Save this tear sheet as one HTML file"))
        self.export.setAccessibleName(tr("Export HTML"))
        self.export.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.export.clicked.connect(panel.export)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, theme.px("spacing.s"), 0)
        row.addWidget(self.export)
        panel.panel_state_changed.connect(lambda _state: self._follow())
        self.set_theme(theme)

    def _follow(self) -> None:
        self.export.setEnabled(self._panel.can_export)

    def leaving(self) -> Sequence[QWidget]:
        return [self.export]

    def set_theme(self, theme: Theme) -> None:
        side = theme.px("icon_px.inline")
        self.export.setIcon(icon("download", theme))
        self.export.setIconSize(QSize(side, side))
        self.export.setStyleSheet(f"font-size: {theme.font_px('small')}px; padding: 1px 3px;")
        self._follow()
        self.fit_again()
