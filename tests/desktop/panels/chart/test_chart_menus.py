"""Every act of a chart's menus does what it says; what is taken out of a chart is whole."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from core.market.zones import ZoneError
from desktop.panels.chart.exporting import export_csv, export_png
from desktop.panels.chart.menus import chart_menu, fill_indicators
from tests.desktop.panels.chart.chart_stage import ChartMaker, ChartStage


def acts(menu: QMenu) -> Iterator[tuple[str, QAction]]:
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from acts(inner)
        elif not action.isSeparator():
            yield action.text().partition("\t")[0], action


def trigger(stage: ChartStage, words: str) -> None:
    menu = chart_menu(stage.panel)
    found = dict(acts(menu))
    found[words].trigger()
    menu.deleteLater()


def test_the_menu_changes_style_prices_gaps_and_zone(chart: ChartMaker) -> None:
    stage = chart()
    trigger(stage, "Heikin-Ashi")
    assert stage.said()["style"] == "heikin_ashi"
    stage.panel.hand.zoom_prices(2)
    trigger(stage, "Automatic prices")
    assert not stage.said()["is_price_manual"]
    trigger(stage, "Room for closed hours")
    assert stage.said()["gaps"]
    assert stage.panel.plots.foot.words == "UTC"
    trigger(stage, "New York")
    assert stage.panel.plots.foot.words == "UTC−4", "an axis says its zone"
    assert stage.said()["zone"] == "America/New_York"
    assert {tick.label for tick in stage.panel.plots.time_axis.ticks()} >= {"20:12"}
    with pytest.raises(ZoneError, match="is no time zone"):
        stage.panel.set_zone("Atlantis")


def test_indicators_are_added_changed_and_removed_by_the_menu(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    trigger(stage, "EMA, exponential moving average")
    assert "EMA 21" in stage.said()["legend"]
    menu = QMenu()
    qtbot.addWidget(menu)
    fill_indicators(menu, stage.panel)
    dict(acts(menu))["Change…"].trigger()
    entry = stage.panel.entry
    assert entry.field.text() == "ema 21"
    entry.field.setText("ema 1")
    entry.take()
    assert entry.said.text() == "EMA: period 1: use a whole number from 2 to 5000"
    entry.field.setText("ema 34")
    entry.take()
    assert "EMA 34" in stage.said()["legend"]
    dict(acts(menu))["Remove"].trigger()
    assert "EMA" not in stage.said()["legend"]


def test_the_menu_offers_the_usual_intervals_and_a_field_for_any_other(chart: ChartMaker) -> None:
    stage = chart()
    trigger(stage, "15s")
    assert stage.said()["interval"] == "15s"
    trigger(stage, "Another…")
    assert stage.panel.entry.field.selectedText() == "15s"


def test_too_many_panes_are_refused_in_words(chart: ChartMaker) -> None:
    stage = chart(indicators=("rsi 5", "rsi 6", "rsi 7", "rsi 8"))
    trigger(stage, "ATR, average true range")
    assert stage.panel.entry.said.text() == "ATR 14: a chart has 4 panes at most; remove one"
    assert len(stage.panel.plots.panes) == 4


def test_bars_and_picture_are_taken_out(chart: ChartMaker, tmp_path: Path) -> None:
    stage = chart()
    export_csv(stage.panel, tmp_path / "bars.csv")
    with (tmp_path / "bars.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 400
    assert rows[-1]["close"] == "2674.34"
    export_png(stage.panel, tmp_path / "chart.png")
    image = QImage(str(tmp_path / "chart.png"))
    assert (image.width(), image.height()) == (656, 502)
