"""The table of datasets: in a narrow panel what says least leaves first; a tooltip has all of it."""

from typing import Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop.paint.theme import Theme
from desktop.panels.data.dataset_model import COLUMNS, DatasetModel
from desktop.research.table import LineTable

LEAVING: Final = (
    "Added", "Size", "Calendar", "Runs", "Bars of", "Findings", "State", "Bars", "Instruments", "To", "From",
)  # fmt: skip
TAKES: Final = "Instruments"
TAKES_MIN_PX: Final = 84
FIRM: Final = ("Added", "Size", "Calendar")  # these leave before the instruments give way


class DatasetTable(LineTable):
    """Columns as wide as the panel."""

    def __init__(self, theme: Theme, model: DatasetModel, parent: QWidget) -> None:
        self._titles = [title for title, *_ in COLUMNS]
        super().__init__(theme, model, parent)
        self.horizontalHeader().setStretchLastSection(False)

    def fit(self) -> None:
        """Into the room there is."""
        wanted = [self.theme.scaled_px(width_px) for _, width_px, *_ in COLUMNS]
        leaving = [self._titles.index(title) for title in LEAVING]
        takes = self._titles.index(TAKES)
        gives_px = wanted[takes] - self.theme.scaled_px(TAKES_MIN_PX)
        self.show_columns(wanted, leaving, takes, gives_px, len(FIRM))

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()
