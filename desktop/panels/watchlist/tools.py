"""What stands right in a watchlist's title bar: which list is shown, then the grid's own tools."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from core.market.instruments import Instrument
from desktop.paint.theme import Theme
from desktop.panels.grid.filter_box import WIDTH_PX as FILTER_WIDTH_PX
from desktop.panels.grid.tools import FILTER_WIDTH_MIN_PX, GridTools
from desktop.panels.title_tools import TitleTools
from desktop.panels.watchlist.lists import all_pages, choice_label, exchange_pages
from desktop.panels.watchlist.panel import WatchlistPanel


class WatchlistTools(TitleTools):
    """Follows one panel; in a narrow one the count leaves, then the icons of what a right click offers."""

    def __init__(
        self, panel: WatchlistPanel, theme: Theme, instruments: Callable[[], Sequence[Instrument]]
    ) -> None:
        super().__init__()
        self._panel = panel
        self._instruments = instruments
        self._counted = (0, 0)
        self._list = QToolButton(self)
        self._list.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._list.setToolTip("Choose the list")
        self._list.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._lists = QMenu(self)
        self._lists.aboutToShow.connect(self.fill_lists)
        self._list.setMenu(self._lists)
        self._grid_tools = GridTools(panel.grid, theme, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px("spacing.s"))
        row.addWidget(self._list)
        row.addWidget(self._grid_tools)
        panel.list_changed.connect(self.refresh)
        panel.grid.rows_shown.connect(self._count_rows)
        self._grid_tools.filter_box.width_wanted.connect(self.fit_again)
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

    def _count_rows(self, shown: int, total: int) -> None:
        if (shown, total) != self._counted:
            self._counted = (shown, total)
            self.fit_again()

    def leaving(self) -> Sequence[QWidget]:
        return [*self._grid_tools.leaving, self._list]

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
        self._list.setText(f"{self._panel.list_label} ▾")
        self._list.setAccessibleName(f"List: {self._panel.list_label}")
        self.fit_again()

    def set_theme(self, theme: Theme) -> None:
        self._grid_tools.set_theme(theme)
        self._list.setFont(theme.number_font("small"))
        self._list.setStyleSheet(f"font-size: {theme.font_px('small')}px; padding: 1px 3px;")
