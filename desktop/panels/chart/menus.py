"""What the menus of a chart offer: style, indicators, zone, exports. Keys are shown where there are any."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFileDialog, QMenu

from core.market.indicators import INDICATORS, IndicatorError
from core.market.intervals import parse_interval
from desktop.paint.candles import BarStyle
from desktop.panels.chart.export import ExportError
from desktop.panels.chart.exporting import export_csv, export_png
from desktop.tr import mark, tr
from desktop.zones import WORKSPACE_ZONE, ZONE_CHOICES

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel

INTERVALS: Final = ("1s", "3s", "15s", "1m", "5m", "1h", "1d")
STYLE_WORDS: Final[tuple[tuple[BarStyle, str], ...]] = (
    ("candles", "Candles"),
    ("bars", "Bars"),
    ("line", "Line"),
    ("heikin_ashi", "Heikin-Ashi"),
)


def chart_menu(panel: "ChartPanel") -> QMenu:
    """On a right click; deletes itself when it closes."""
    menu = QMenu(panel)
    menu.aboutToHide.connect(menu.deleteLater)
    fill_more(menu, panel)
    return menu


def fill_more(menu: QMenu, panel: "ChartPanel") -> None:
    """Everything a chart can do."""
    sight = panel.sight
    fill_styles(menu.addMenu("Style"), panel)
    fill_indicators(menu.addMenu("Indicators"), panel)
    fill_intervals(menu.addMenu("Interval"), panel)
    menu.addSeparator()
    _switch(menu, "Follow the newest bar\tEnd", sight.is_following, panel.set_follow)
    manual = sight.window is not None
    _switch(menu, "Automatic prices\tCtrl+0", not manual, lambda _on: panel.hand.auto_prices())
    _switch(menu, "Volume", sight.shows_volume, panel.set_volume)
    gaps = _switch(menu, "Room for closed hours", panel.shows_gaps, panel.set_gaps)
    gaps.setEnabled(panel.interval.is_timed)
    zones = menu.addMenu("Time zone")
    group = QActionGroup(zones)
    for name, words in ((WORKSPACE_ZONE, mark("The workspace's")), *ZONE_CHOICES):
        action = _switch(zones, tr(words), panel.zone_name == name, partial(_set_zone, panel, name))
        group.addAction(action)
    menu.addSeparator()
    _act(menu, "Save picture…", "", lambda: _export(panel, "png"))
    _act(menu, "Save bars as CSV…", "", lambda: _export(panel, "csv"))


def fill_intervals(menu: QMenu, panel: "ChartPanel") -> None:
    """The usual ones, and the field for any other."""
    group = QActionGroup(menu)
    for text in INTERVALS:
        is_on = str(panel.interval) == text
        group.addAction(_switch(menu, text, is_on, partial(_set_interval, panel, text)))
    menu.addSeparator()
    _act(menu, "Another…", "type it", lambda: panel.entry.begin(str(panel.interval), is_whole=True))


def _set_interval(panel: "ChartPanel", text: str, _on: bool) -> None:
    panel.choose_interval(parse_interval(text))


def fill_styles(menu: QMenu, panel: "ChartPanel") -> None:
    group = QActionGroup(menu)
    for style, words in STYLE_WORDS:
        action = _switch(menu, words, panel.style_name == style, partial(_set_style, panel, style))
        group.addAction(action)


def _set_style(panel: "ChartPanel", style: BarStyle, _on: bool) -> None:
    panel.set_style(style)


def _set_zone(panel: "ChartPanel", zone: str, _on: bool) -> None:
    panel.set_zone(zone)


def fill_indicators(menu: QMenu, panel: "ChartPanel") -> None:
    """Those in use with their numbers, then what can be added."""
    for study in panel.studies.all:
        own = menu.addMenu(study.spec.label)
        if study.spec.numbers:
            _act(own, "Change…", "", partial(panel.entry.begin, str(study.spec), study_id=study.study_id))
        _act(own, "Remove", "", partial(panel.remove_indicator, study.study_id))
    if panel.studies.all:
        menu.addSeparator()
    for kind in INDICATORS:
        title = f"{kind.title}, {kind.words}" if kind.words else kind.title
        _act(menu, title, kind.example, partial(_add, panel, kind.name))


def _add(panel: "ChartPanel", name: str) -> None:
    try:
        panel.add_indicator(name)
    except IndicatorError as error:
        panel.entry.begin(name)
        panel.entry.say_error(str(error))


def _export(panel: "ChartPanel", kind: str) -> None:
    if panel.key is None:
        return
    name = f"{panel.key.symbol}-{panel.interval}.{kind}".replace("/", "-")
    chosen, _ = QFileDialog.getSaveFileName(panel, "Save picture" if kind == "png" else "Save bars", name)
    if not chosen:
        return
    try:
        (export_png if kind == "png" else export_csv)(panel, Path(chosen))
    except ExportError as error:
        panel.entry.begin("")
        panel.entry.say_error(str(error))


def _act(menu: QMenu, text: str, keys: str, act: Callable[[], object]) -> QAction:
    action = menu.addAction(f"{text}\t{keys}" if keys else text)
    action.triggered.connect(lambda _checked=False: act())
    return action


def _switch(menu: QMenu, text: str, is_on: bool, act: Callable[[bool], object]) -> QAction:
    action = menu.addAction(text)
    action.setCheckable(True)
    action.setChecked(is_on)
    action.triggered.connect(lambda checked=False: act(checked))
    return action
