"""Prices in words are exact to the last digit, also where a float has fewer than they have."""

from dataclasses import replace

from pytestqt.qtbot import QtBot

from tests.desktop.panels.chart.chart_stage import make_chart
from tests.desktop.panels.chart.fake_bars import walk_bars

DECIMALS = 12
BASE = 99_999_123_456_789_013  # 99,999.123456789013: 17 digits, a float has 15 to 16


def test_no_digit_of_a_long_price_is_rounded(qtbot: QtBot) -> None:
    stage = make_chart(qtbot)
    bars = walk_bars(50)
    moved = (column - column[-1:] + BASE for column in (bars.open, bars.high, bars.low, bars.close))
    opened, high, low, close = moved
    bars = replace(bars, open=opened, high=high + 10**6, low=low - 10**6, close=close)
    stage.hold.load(bars, price_decimals=DECIMALS)
    stage.frame()
    text = "99,999.123456789013"
    said = stage.said()
    assert f"C {text}" in said["legend"]
    assert said["last_bar"][4] == BASE
    assert stage.panel.plots.price_axis.tags["last"].text == text
