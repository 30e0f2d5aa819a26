"""What stands right in the title bar of the datasets: import more of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from desktop.paint.icons import icon
from desktop.paint.theme import Theme
from desktop.panels.title_tools import TitleTools
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.panels.data.panel import DataPanel


class DataTools(TitleTools):
    """One button; its action has a key as well."""

    def __init__(self, panel: "DataPanel", theme: Theme) -> None:
        super().__init__()
        self.add = QToolButton(self)
        self.add.setText(f" {tr('Import data')}")
        self.add.setToolTip(tr("Make a dataset of DBN, CSV or Parquet files"))
        self.add.setAccessibleName(tr("Import data"))
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add.clicked.connect(panel.ask_import)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, theme.px("spacing.s"), 0)
        row.addWidget(self.add)
        self.set_theme(theme)

    def leaving(self) -> Sequence[QWidget]:
        return [self.add]

    def set_theme(self, theme: Theme) -> None:
        side = theme.px("icon_px.inline")
        self.add.setIcon(icon("upload", theme))
        self.add.setIconSize(QSize(side, side))
        self.add.setStyleSheet(f"font-size: {theme.font_px('small')}px; padding: 1px 3px;")
        self.fit_again()
