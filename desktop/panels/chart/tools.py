"""What stands right in a chart's title bar: intervals, style, indicators, more."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from desktop.paint.theme import Theme

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel


class ChartTools(QWidget):
    """Follows one panel."""

    def __init__(self, panel: "ChartPanel", theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panel = panel
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
