"""What stands right in a chart's title bar: intervals, style and indicators, more."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from core.market.intervals import Interval, parse_interval
from desktop.paint.icons import icon
from desktop.paint.theme import Theme
from desktop.panels.chart.actions import INTERVALS
from desktop.panels.chart.menus import fill_indicators, fill_more, fill_recorded, fill_styles
from desktop.panels.title_tools import TitleTools
from desktop.tr import mark, tr

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel

LEAVING: Final = ("1d", "1h", "15s", "1s", "5m", "3s", "1m")  # the least used first
BUTTON_PX: Final = 22
INTERVAL_HEIGHT_PX: Final = 20
_TOLD: Final = mark("Bars of {interval}; any other: type it over the chart")


class ChartTools(TitleTools):
    """Follows one panel; an interval that is not among the seven stands in front of them.

    In a narrow panel the one in use stays; all are in the menu.
    """

    def __init__(self, panel: "ChartPanel", theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panel = panel
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(1)
        self._other = self._interval_button("")
        self.buttons = {text: self._interval_button(text) for text in INTERVALS}
        for button in (self._other, *self.buttons.values()):
            row.addWidget(button)
        row.addSpacing(theme.px("spacing.s"))
        self._studies = self._icon_button(tr("Style and indicators"), self._fill_studies)
        self._more = self._icon_button(
            tr("More for this chart (right click)"), partial(fill_more, panel=panel)
        )
        row.addWidget(self._studies)
        row.addWidget(self._more)
        panel.interval_changed.connect(self.show_interval)
        self.set_theme(theme)
        self.show_interval(panel.interval)

    def _interval_button(self, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setToolTip(tr(_TOLD, interval=text))
        button.clicked.connect(lambda _checked=False: self._choose(button.text()))
        return button

    def _icon_button(self, name: str, fill: Callable[[QMenu], object]) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setAutoRaise(True)
        button.clicked.connect(lambda _checked=False: self._pop_up(button, fill))
        return button

    def _fill_studies(self, menu: QMenu) -> None:
        fill_styles(menu, self._panel)
        menu.addSeparator()
        fill_recorded(menu, self._panel)
        fill_indicators(menu, self._panel)

    def _pop_up(self, button: QToolButton, fill: Callable[[QMenu], object]) -> None:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        fill(menu)
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))

    def _choose(self, text: str) -> None:
        self._panel.choose_interval(parse_interval(text))
        self.show_interval(self._panel.interval)

    def show_interval(self, interval: Interval) -> None:
        """The one in use is marked."""
        chosen = str(interval)
        self._other.setText(chosen)
        self._other.setToolTip(tr(_TOLD, interval=chosen))
        self._other.setVisible(chosen not in self.buttons)
        self._other.setAccessibleName(tr("Interval {chosen}, in use", chosen=chosen))
        for text, button in (*self.buttons.items(), (chosen, self._other)):
            button.setChecked(text == chosen)
            button.setAccessibleName(
                tr("Interval {chosen}, in use", chosen=text)
                if text == chosen
                else tr("Interval {interval}", interval=text)
            )
        self.buttons.get(chosen, self._other).show()
        self.fit_again()

    def leaving(self) -> Sequence[QWidget]:
        chosen = str(self._panel.interval)
        return [*(self.buttons[text] for text in LEAVING if text != chosen), self._studies]

    def set_theme(self, theme: Theme) -> None:
        size = theme.px("icon_px.inline")
        self._studies.setIcon(icon("chart-candlestick", theme))
        self._more.setIcon(icon("ellipsis-vertical", theme))
        for button in (self._studies, self._more):
            button.setIconSize(QSize(size, size))
            button.setFixedSize(BUTTON_PX, BUTTON_PX)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for button in (self._other, *self.buttons.values()):
            button.setFont(theme.number_font("small"))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setFixedHeight(INTERVAL_HEIGHT_PX)
            button.setStyleSheet(
                f"QToolButton {{ font-size: {theme.font_px('small')}px; padding: 1px 5px;"
                f" color: {theme.css('text.secondary')}; }}"
                f"QToolButton:checked {{ background: {theme.css('surface.pressed')};"
                f" color: {theme.css('text.primary')}; font-weight: 500; }}"
                f"QToolButton:hover {{ color: {theme.css('text.primary')}; }}"
            )
