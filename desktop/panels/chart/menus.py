"""What the menus of a chart offer: style, indicators, zone, exports. Keys are shown where there are any."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFileDialog, QMenu

from core.market.indicators import INDICATORS, IndicatorError
from desktop.commands.context_menu import add_actions
from desktop.export_file import ExportError
from desktop.panels.chart.actions import INTERVALS, STYLE_WORDS, chosen
from desktop.panels.chart.exporting import export_csv, export_png
from desktop.tr import mark, tr
from desktop.zones import WORKSPACE_ZONE, ZONE_CHOICES

if TYPE_CHECKING:
    from desktop.panels.chart.panel import ChartPanel


def chart_menu(panel: "ChartPanel") -> QMenu:
    """On a right click; deletes itself when it closes."""
    menu = QMenu(panel)
    menu.aboutToHide.connect(menu.deleteLater)
    fill_more(menu, panel)
    return menu


def fill_more(menu: QMenu, panel: "ChartPanel") -> None:
    """Everything a chart can do."""
    fill_styles(menu.addMenu(tr("Style")), panel)
    fill_indicators(menu.addMenu(tr("Indicators")), panel)
    fill_recorded(menu, panel)
    fill_intervals(menu.addMenu(tr("Interval")), panel)
    menu.addSeparator()
    add_actions(menu, panel, chosen("follow", "auto_prices", "volume", "gaps"))
    zones = menu.addMenu(tr("Time zone"))
    group = QActionGroup(zones)
    for name, words in ((WORKSPACE_ZONE, mark("The workspace's")), *ZONE_CHOICES):
        action = _switch(zones, tr(words), panel.zone_name == name, partial(_set_zone, panel, name))
        group.addAction(action)
    menu.addSeparator()
    add_actions(menu, panel, chosen("save_picture", "save_bars"))


def fill_intervals(menu: QMenu, panel: "ChartPanel") -> None:
    """The usual ones, and the field for any other."""
    group = QActionGroup(menu)
    for entry in add_actions(menu, panel, chosen(*(f"interval.{text}" for text in INTERVALS)), INTERVALS):
        group.addAction(entry)
    menu.addSeparator()
    add_actions(menu, panel, chosen("interval.other"), [tr("Another…")])


def fill_styles(menu: QMenu, panel: "ChartPanel") -> None:
    group = QActionGroup(menu)
    for entry in add_actions(menu, panel, chosen(*(f"style.{style}" for style, _words in STYLE_WORDS))):
        group.addAction(entry)


def _set_zone(panel: "ChartPanel", zone: str, _on: bool) -> None:
    panel.set_zone(zone)


def fill_indicators(menu: QMenu, panel: "ChartPanel") -> None:
    """Those in use with their numbers, then what can be added."""
    for study in panel.studies.all:
        own = menu.addMenu(study.spec.label)
        if study.spec.numbers:
            _act(own, tr("Change…"), "", partial(panel.entry.begin, str(study.spec), study_id=study.study_id))
        _act(own, tr("Remove"), "", partial(panel.remove_indicator, study.study_id))
    if panel.studies.all:
        menu.addSeparator()
    for kind in INDICATORS:
        title = f"{kind.title}, {kind.words}" if kind.words else kind.title
        _act(menu, title, kind.example, partial(add_indicator, panel, kind.name))


def fill_recorded(menu: QMenu, panel: "ChartPanel") -> None:
    """Prices that the played run recorded: all of them, and each; no menu where there are none."""
    lines = panel.drawing.run_lines
    if not lines.all:
        return
    own = menu.addMenu(tr("Recorded values"))
    add_actions(own, panel, chosen("recorded"), [tr("Show them")])
    own.addSeparator()
    for one in lines.all:
        shown = lines.is_shown and one.name not in lines.hidden
        _switch(own, lines.name_of(one), shown, partial(panel.show_series, one.name))


def add_indicator(panel: "ChartPanel", name: str) -> None:
    """With its usual numbers; where that cannot be, the field says why."""
    try:
        panel.add_indicator(name)
    except IndicatorError as error:
        panel.entry.begin(name)
        panel.entry.say_error(str(error))


def ask_where_to_save(panel: "ChartPanel", kind: str) -> None:
    """`png` or `csv`: asks for a place without holding up the market, then writes there."""
    if panel.key is None:
        return
    dialog = QFileDialog(panel, tr("Save picture") if kind == "png" else tr("Save bars"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(kind)
    dialog.selectFile(f"{panel.key.symbol}-{panel.interval}.{kind}".replace("/", "-"))
    dialog.fileSelected.connect(lambda chosen_path: _export(panel, kind, Path(chosen_path)))
    dialog.open()


def _export(panel: "ChartPanel", kind: str, path: Path) -> None:
    try:
        (export_png if kind == "png" else export_csv)(panel, path)
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
