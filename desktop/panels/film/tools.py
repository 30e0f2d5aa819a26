"""What stands right in the title bar of a played run's panel: the time it is as of, or a count."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QPoint, QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from desktop.paint.icons import icon
from desktop.paint.theme import Theme
from desktop.panels.film.base import FilmPanel
from desktop.panels.grid.states import PanelKind
from desktop.panels.title_tools import TitleTools
from desktop.tr import tr

BUTTON_PX: Final = 22
RIGHT_PX: Final = 4


class FilmTools(TitleTools):
    """Follows one panel; nothing past the clock is in it, and this says so."""

    _more: QToolButton | None = None

    def __init__(self, panel: FilmPanel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panel = panel
        self._promise = QLabel(tr("As of the clock"), self)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, theme.px("spacing.m"), 0)
        row.addWidget(self._promise)
        panel.panel_state_changed.connect(lambda _state: self.fit_again())
        self.set_theme(theme)

    def add_more(self, name: str, pop_up: Callable[[QPoint], object]) -> None:
        """A button for what else there is to choose."""
        self._more = QToolButton(self)
        self._more.setToolTip(name)
        self._more.setAccessibleName(name)
        self._more.setAutoRaise(True)
        self._more.setFixedSize(BUTTON_PX, BUTTON_PX)
        self._more.clicked.connect(lambda: pop_up(self._more.mapToGlobal(QPoint(0, self._more.height()))))
        self._row.addWidget(self._more)
        self._row.setContentsMargins(0, 0, RIGHT_PX, 0)
        self.set_theme(self._panel.theme)

    def leaving(self) -> Sequence[QWidget]:
        """Nothing is promised while no run is played."""
        is_empty = self._panel.state.kind is PanelKind.EMPTY
        self._promise.setHidden(is_empty)
        return [] if is_empty else [self._promise]

    def set_theme(self, theme: Theme) -> None:
        if self._more is not None:
            size = theme.px("icon_px.inline")
            self._more.setIcon(icon("ellipsis-vertical", theme))
            self._more.setIconSize(QSize(size, size))
        self._promise.setFont(theme.font("small"))
        self._promise.setStyleSheet(
            f"color: {theme.css('text.tertiary')}; font-size: {theme.font_px('small')}px;"
        )
        self.fit_again()
