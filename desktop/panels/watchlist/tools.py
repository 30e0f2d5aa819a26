"""What stands right in a watchlist's title bar: which list is shown, then the grid's own tools."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from desktop.paint.theme import Theme
from desktop.panels.grid.filter_box import WIDTH_PX as FILTER_WIDTH_PX
from desktop.panels.grid.tools import FILTER_WIDTH_MIN_PX, GridTools
from desktop.panels.title_tools import TitleTools
from desktop.panels.watchlist.list_menu import fill_lists
from desktop.panels.watchlist.panel import WatchlistPanel
from desktop.tr import tr
from desktop.words import count_words

LABEL_LENGTH_MAX: Final = 24  # of a long name the tooltip says the rest


def _elided(label: str) -> str:
    return label if len(label) <= LABEL_LENGTH_MAX else f"{label[: LABEL_LENGTH_MAX - 1]}…"


class WatchlistTools(TitleTools):
    """Follows one panel; in a narrow one the count leaves, then the icons of what a right click offers."""

    def __init__(self, panel: WatchlistPanel, theme: Theme) -> None:
        super().__init__()
        self._panel = panel
        self._counted = (0, 0)
        self._list = QToolButton(self)
        self._list.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._list.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._missing = QLabel(self)
        self._lists = QMenu(self)
        self._lists.aboutToShow.connect(self.fill_lists)
        self._list.setMenu(self._lists)
        self._grid_tools = GridTools(panel.grid, theme, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px("spacing.s"))
        row.addWidget(self._list)
        row.addWidget(self._missing)
        row.addWidget(self._grid_tools)
        panel.list_changed.connect(self.refresh)
        panel.grid.rows_shown.connect(self._count_rows)
        self._grid_tools.filter_box.width_wanted.connect(self.fit_again)
        self.set_theme(theme)
        self.refresh()

    def fill_lists(self) -> None:
        """What there is now."""
        fill_lists(self._lists, self._panel, self._panel.watchlists)

    def focus_filter(self) -> None:
        self._grid_tools.filter_box.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _count_rows(self, shown: int, total: int) -> None:
        if (shown, total) != self._counted:
            self._counted = (shown, total)
            self.fit_again()

    def leaving(self) -> Sequence[QWidget]:
        missing = [self._missing] if self._panel.missing else []
        return [*missing, *self._grid_tools.leaving, self._list]

    def fit_again(self) -> None:
        """A narrower filter before anything leaves."""
        for part in self.leaving():
            part.show()
        box = self._grid_tools.filter_box
        for width_px in (box.wanted_px, min(box.wanted_px, FILTER_WIDTH_PX), FILTER_WIDTH_MIN_PX):
            box.setFixedWidth(width_px)
            if self.wanted_px() <= self.room_px:
                break
        super().fit_again()

    def wanted_px(self) -> int:
        layout = self._grid_tools.layout()
        if layout is not None:
            layout.invalidate()
        self._grid_tools.updateGeometry()
        return super().wanted_px()

    def refresh(self) -> None:
        label, missing = self._panel.list_label, self._panel.missing
        self._list.setText(f"{_elided(label)} ▾")
        self._list.setAccessibleName(tr("List: {name}", name=label))
        tip = tr("Choose the list")
        if missing:
            count = count_words(missing, "instrument")
            tip = tr("{count} of “{name}” not in this scope, kept in the list", count=count, name=label)
        self._missing.setText(tr("{count} not here", count=f"{missing:,}") if missing else "")
        self._missing.setVisible(bool(missing))
        for part in (self._list, self._missing):
            part.setToolTip(tip)
        self.fit_again()

    def set_theme(self, theme: Theme) -> None:
        self._grid_tools.set_theme(theme)
        small = theme.font_px("small")
        self._missing.setFont(theme.number_font("small"))
        self._missing.setStyleSheet(f"color: {theme.css('text.tertiary')}; font-size: {small}px;")
        self._list.setFont(theme.number_font("small"))
        self._list.setStyleSheet(f"font-size: {theme.font_px('small')}px; padding: 1px 3px;")
