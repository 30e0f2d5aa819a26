"""What stands right in a watchlist's title bar: which list is shown, then the grid's own tools."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from core.market.instruments import Instrument
from desktop.paint.theme import Theme
from desktop.panels.grid.tools import GridTools
from desktop.panels.watchlist.lists import all_pages, choice_label, exchange_pages
from desktop.panels.watchlist.panel import WatchlistPanel


class WatchlistTools(QWidget):
    """Follows one panel."""

    def __init__(
        self, panel: WatchlistPanel, theme: Theme, instruments: Callable[[], Sequence[Instrument]]
    ) -> None:
        super().__init__()
        self._panel = panel
        self._instruments = instruments
        self._list = QToolButton(self)
        self._list.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._list.setToolTip("Choose the list")
        self._list.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._lists = QMenu(self)
        self._lists.aboutToShow.connect(self.fill_lists)
        self._list.setMenu(self._lists)
        self._grid_tools = GridTools(panel.grid, theme, self)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px("spacing.s"))
        row.addWidget(self._list)
        row.addWidget(self._grid_tools)
        panel.list_changed.connect(self.refresh)
        self.set_theme(theme)
        self.refresh()

    def fill_lists(self) -> None:
        """Everything in pages, then each exchange."""
        menu, instruments = self._lists, self._instruments()
        menu.clear()
        if not instruments:
            menu.addAction("No instruments yet").setEnabled(False)
            return
        for choices in (all_pages(instruments), exchange_pages(instruments)):
            for choice in choices:
                action = menu.addAction(choice_label(choice, instruments))
                action.setCheckable(True)
                action.setChecked(choice == self._panel.choice)
                action.triggered.connect(lambda _checked=False, chosen=choice: self._panel.choose(chosen))
            menu.addSeparator()

    def focus_filter(self) -> None:
        self._grid_tools.filter_box.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def refresh(self) -> None:
        self._list.setText(f"{self._panel.list_label} ▾")
        self._list.setAccessibleName(f"List: {self._panel.list_label}")

    def set_theme(self, theme: Theme) -> None:
        self._grid_tools.set_theme(theme)
        self._list.setFont(theme.number_font("small"))
        self._list.setStyleSheet(f"font-size: {theme.font_px('small')}px; padding: 1px 3px;")
