"""What stands right in the title bar of a played run's panel: the time it is as of, or a count."""

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.paint.theme import Theme
from desktop.panels.film.base import FilmPanel
from desktop.panels.title_tools import TitleTools
from desktop.tr import tr


class FilmTools(TitleTools):
    """Follows one panel; nothing past the clock is in it, and this says so."""

    def __init__(self, panel: FilmPanel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panel = panel
        self._promise = QLabel(tr("As of the clock"), self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, theme.px("spacing.m"), 0)
        row.addWidget(self._promise)
        self.set_theme(theme)

    def leaving(self) -> Sequence[QWidget]:
        return [self._promise]

    def set_theme(self, theme: Theme) -> None:
        self._promise.setFont(theme.font("small"))
        self._promise.setStyleSheet(
            f"color: {theme.css('text.tertiary')}; font-size: {theme.font_px('small')}px;"
        )
