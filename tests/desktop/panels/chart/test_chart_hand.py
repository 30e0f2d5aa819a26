"""What mouse and keys do to a chart, as a trader sees it."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.market.intervals import parse_interval
from desktop.links import LinkGroups
from tests.desktop.panels.chart.chart_stage import ChartMaker, ChartStage
from tests.desktop.panels.chart.fake_bars import BTC, ETH, desk_with, walk_bars

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def air(stage: ChartStage) -> float:
    """Share of the view right of the newest bar."""
    sight = stage.panel.sight
    return sight.view.air_share(sight.extent)


def keys(stage: ChartStage) -> tuple[int, int]:
    shown = stage.said()["range"]
    return shown["first_key"], shown["last_key"]


# ---- following -----------------------------------------------------------------------------------
def test_the_newest_bar_stays_at_the_right_with_air(chart: ChartMaker) -> None:
    stage = chart()
    assert stage.said()["follow"]
    before = keys(stage)
    assert 0.04 <= air(stage) <= 0.08
    for _ in range(3):
        stage.hold.begin_bar(267_400)
        stage.frame()
    assert 0.04 <= air(stage) <= 0.08
    assert keys(stage)[1] == before[1] + 3 * 3_000_000_000


def test_a_pan_away_ends_following_and_new_bars_do_not_move_the_view(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    stage.drag(qtbot, stage.panel.plots.main, 200, 0)
    assert not stage.said()["follow"]
    before = stage.panel.sight.view
    stage.hold.begin_bar(267_400)
    stage.frame()
    assert stage.panel.sight.view == before


def test_a_slow_drag_is_not_held_at_the_newest_bar(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    right = stage.panel.sight.view.right
    begin = stage.place(stage.panel.plots.main)
    qtbot.mousePress(stage.panel, Qt.MouseButton.LeftButton, pos=begin)
    for step in range(1, 30):
        qtbot.mouseMove(stage.panel, begin + QPoint(2 * step, 0))
        stage.frame()
    assert stage.panel.sight.view.right == pytest.approx(right - 58 / 7, abs=0.7)
    qtbot.mouseRelease(stage.panel, Qt.MouseButton.LeftButton, pos=begin + QPoint(58, 0))
    assert not stage.said()["follow"]


@pytest.mark.parametrize("by", ["End", "double click", "menu"])
def test_following_resumes(chart: ChartMaker, qtbot: QtBot, by: str) -> None:
    stage = chart()
    stage.drag(qtbot, stage.panel.plots.main, 200, 0)
    if by == "End":
        qtbot.keyClick(stage.panel, Qt.Key.Key_End)
    elif by == "menu":
        stage.panel.set_follow(True)
    else:
        at = stage.place(stage.panel.plots.time_axis)
        qtbot.mouseDClick(stage.panel, Qt.MouseButton.LeftButton, pos=at)
    assert stage.said()["follow"]
    assert 0.04 <= air(stage) <= 0.08


def test_dragging_moves_the_bar_with_the_mouse(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    before = stage.row_at(0.25)
    width = stage.panel.plots.rect_of(stage.panel.plots.main).width()
    stage.drag(qtbot, stage.panel.plots.main, round(width / 4), 0)
    assert stage.row_at(0.5) == pytest.approx(before, abs=0.6)


# ---- zooming -------------------------------------------------------------------------------------
def test_the_wheel_zooms_at_the_cursor(chart: ChartMaker) -> None:
    stage = chart()
    place, bars = stage.row_at(0.3), stage.panel.sight.view.bars
    stage.wheel(3, across=0.3)
    assert stage.row_at(0.3) == pytest.approx(place, abs=0.6)
    assert stage.panel.sight.view.bars < 0.7 * bars
    assert not stage.said()["follow"]


def test_with_control_the_wheel_zooms_at_the_newest_bar_and_goes_on_following(chart: ChartMaker) -> None:
    stage = chart()
    bars = stage.panel.sight.view.bars
    stage.wheel(3, across=0.3, keys=CONTROL)
    assert stage.panel.sight.view.bars < 0.7 * bars
    assert stage.said()["follow"]
    assert 0.04 <= air(stage) <= 0.08


def test_zooming_out_while_following_goes_on_following(chart: ChartMaker) -> None:
    stage = chart()
    bars = stage.panel.sight.view.bars
    stage.wheel(-4, across=0.3)
    assert stage.panel.sight.view.bars > 1.5 * bars
    assert stage.said()["follow"]
    assert 0.04 <= air(stage) <= 0.08


def test_with_shift_the_wheel_pans(chart: ChartMaker) -> None:
    stage = chart()
    bars, right = stage.panel.sight.view.bars, stage.panel.sight.view.right
    stage.wheel(2, keys=SHIFT)
    assert stage.panel.sight.view.bars == bars
    assert stage.panel.sight.view.right == pytest.approx(right - 0.2 * bars, abs=0.2)


def test_no_zoom_leaves_the_bars(chart: ChartMaker) -> None:
    stage = chart()
    for notches in (200, -400):
        for _ in range(6):
            stage.wheel(notches / 6)
        first, last = stage.panel.sight.rows()
        assert last > first
    assert stage.panel.sight.view.bars < 600


# ---- prices --------------------------------------------------------------------------------------
def test_dragging_the_price_axis_scales_by_hand_and_a_double_click_ends_it(
    chart: ChartMaker, qtbot: QtBot
) -> None:
    stage = chart()
    low, high = stage.said()["price_range"]
    axis = stage.panel.plots.price_axis
    stage.drag(qtbot, axis, 0, 60)
    wide = stage.said()["price_range"]
    assert wide[1] - wide[0] > 1.2 * (high - low)
    assert stage.said()["is_price_manual"]
    stage.hold.trade(300_000)
    stage.frame()
    assert stage.said()["price_range"] == wide
    qtbot.mouseDClick(stage.panel, Qt.MouseButton.LeftButton, pos=stage.place(axis))
    assert not stage.said()["is_price_manual"]
    assert stage.said()["price_range"][1] > 300_000


def test_with_prices_by_hand_a_drag_moves_up_and_down_too(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    stage.panel.hand.zoom_prices(1.0)
    low, _ = stage.said()["price_range"]
    stage.drag(qtbot, stage.panel.plots.main, 40, 50)
    assert stage.said()["price_range"][0] > low


def test_control_0_goes_back_to_automatic_prices(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    before = stage.said()["price_range"]
    qtbot.keyClick(stage.panel, Qt.Key.Key_Up, CONTROL)
    assert stage.said()["price_range"] != before
    qtbot.keyClick(stage.panel, Qt.Key.Key_0, CONTROL)
    assert stage.said()["price_range"] == pytest.approx(before)


# ---- keys ----------------------------------------------------------------------------------------
def test_keys_pan_and_zoom(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    view = stage.panel.sight.view
    qtbot.keyClick(stage.panel, Qt.Key.Key_Left)
    assert stage.panel.sight.view.right == pytest.approx(view.right - 5, abs=0.2)
    qtbot.keyClick(stage.panel, Qt.Key.Key_Right)
    assert stage.panel.sight.view.right == pytest.approx(view.right, abs=0.2)
    qtbot.keyClick(stage.panel, Qt.Key.Key_PageUp)
    assert stage.panel.sight.view.right == pytest.approx(view.right - 0.9 * view.bars, abs=0.6)
    qtbot.keyClick(stage.panel, Qt.Key.Key_End)
    qtbot.keyClick(stage.panel, Qt.Key.Key_Plus)
    assert stage.panel.sight.view.bars < view.bars
    qtbot.keyClick(stage.panel, Qt.Key.Key_Minus)
    qtbot.keyClick(stage.panel, Qt.Key.Key_Minus)
    assert stage.panel.sight.view.bars > view.bars
    assert stage.said()["follow"]


def test_home_shows_the_earliest_bar_and_asks_for_earlier_ones(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart(desk_with(400, total=20_000))
    assert stage.hold.earlier_asked == 0
    qtbot.keyClick(stage.panel, Qt.Key.Key_Home)
    assert stage.said()["range"]["first_row"] == 0
    assert stage.hold.earlier_asked > 0


def test_a_page_in_front_leaves_the_same_bars_in_view(chart: ChartMaker, qtbot: QtBot) -> None:
    whole = walk_bars(1_000)
    stage = chart(desk_with(whole.take(slice(600, None)), total=1_000))
    qtbot.keyClick(stage.panel, Qt.Key.Key_Home)
    before, picture = keys(stage), stage.picture()
    stage.hold.series.prepend(whole.take(slice(0, 600)))
    stage.frame()
    assert stage.said()["bars"] == 1_000
    after = keys(stage)
    assert after[1] == before[1]
    first = stage.panel.sight.pyramid.keys.searchsorted(before[0])
    assert first == 600
    assert stage.panel.sight.place_of(600) == pytest.approx(stage.panel.sight.view.left + 0.06 * 84, abs=3)
    assert picture.shape == stage.picture().shape


def test_following_goes_on_over_a_page_in_front(chart: ChartMaker) -> None:
    whole = walk_bars(1_000)
    stage = chart(desk_with(whole.take(slice(600, None)), total=1_000))
    before = keys(stage)
    stage.hold.series.prepend(whole.take(slice(0, 600)))
    stage.frame()
    assert keys(stage) == before
    assert stage.said()["follow"]


# ---- crosshair -----------------------------------------------------------------------------------
def test_the_crosshair_says_the_bar_and_the_price_under_the_mouse(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart(indicators=("rsi 14",))
    plots = stage.panel.plots
    qtbot.mouseMove(stage.panel, stage.place(plots.main, 0.5, 0.5))
    QApplication.processEvents()
    row = stage.panel.drawing.row_under_mouse()
    assert row is not None
    assert f"O {stage.panel.sight.pyramid.columns[0, row] / 100:,.2f}" in stage.said()["legend"]
    tag = plots.price_axis.tags["crosshair"]
    assert tag.text == plots.price_axis.text_at(tag.value)
    assert plots.time_axis.tags["crosshair"].value == row
    qtbot.mouseMove(stage.panel, stage.place(plots.panes[0].plot, 0.5, 0.5))
    assert "crosshair" not in plots.price_axis.tags
    assert "crosshair" in plots.panes[0].axis.tags
    stage.panel.hand.hover(None)
    assert "crosshair" not in plots.time_axis.tags


def test_without_the_mouse_the_legend_says_the_newest_bar(chart: ChartMaker) -> None:
    stage = chart()
    stage.hold.trade(267_444)
    stage.frame()
    assert "C 2,674.44" in stage.said()["legend"]


# ---- typing --------------------------------------------------------------------------------------
def test_typing_opens_a_field_and_return_takes_the_interval(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    asked: list[object] = []
    stage.panel.interval_changed.connect(asked.append)
    qtbot.keyClicks(stage.panel, "5")
    entry = stage.panel.entry
    assert entry.isVisible()
    assert entry.field.text() == "5"
    qtbot.keyClicks(entry.field, "m")
    qtbot.keyClick(entry.field, Qt.Key.Key_Return)
    assert not entry.isVisible()
    assert asked == [parse_interval("5m")]
    assert stage.hold.interval == parse_interval("5m")
    assert len(stage.desk.bars.holds) == 1  # the old one was given back


def test_what_is_no_interval_is_said_in_place_and_changes_nothing(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    qtbot.keyClicks(stage.panel, "7")
    qtbot.keyClicks(stage.panel.entry.field, "m")
    qtbot.keyClick(stage.panel.entry.field, Qt.Key.Key_Return)
    assert stage.panel.entry.isVisible()
    assert (
        stage.panel.entry.said.text() == "420 seconds do not divide a day: use 1s to 1d, such as 15s, 5m, 4h"
    )
    assert str(stage.panel.interval) == "3s"
    qtbot.keyClick(stage.panel.entry.field, Qt.Key.Key_Escape)
    assert not stage.panel.entry.isVisible()


def test_typing_letters_adds_an_indicator(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    qtbot.keyClicks(stage.panel, "e")
    qtbot.keyClicks(stage.panel.entry.field, "ma 9")
    qtbot.keyClick(stage.panel.entry.field, Qt.Key.Key_Return)
    assert "EMA 9" in stage.said()["legend"]


def test_typing_a_symbol_shows_it(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    for typed, key in (("btcu", BTC), ("BINF:ETHUSDT", ETH)):
        qtbot.keyClicks(stage.panel, typed[0])
        qtbot.keyClicks(stage.panel.entry.field, typed[1:])
        qtbot.keyClick(stage.panel.entry.field, Qt.Key.Key_Return)
        assert not stage.panel.entry.isVisible()
        assert stage.panel.key == key
    qtbot.keyClicks(stage.panel, "s")
    qtbot.keyClicks(stage.panel.entry.field, "xq")
    qtbot.keyClick(stage.panel.entry.field, Qt.Key.Key_Return)
    assert stage.panel.entry.said.text() == "No symbol like “sxq” here, and no indicator"
    assert stage.panel.key == ETH


# ---- links ---------------------------------------------------------------------------------------
def test_linked_charts_show_the_same_time(chart: ChartMaker, qtbot: QtBot) -> None:
    links = LinkGroups()
    one = chart(links=links)
    other = chart(links=links, interval=parse_interval("6s"))
    one.drag(qtbot, one.panel.plots.main, 150, 0)
    first, last = one.said()["range"]["first_ns"], one.said()["range"]["last_ns"]
    assert other.said()["range"]["first_ns"] == pytest.approx(first, abs=12e9)
    assert other.said()["range"]["last_ns"] == pytest.approx(last, abs=12e9)
    assert not other.said()["follow"]
    qtbot.keyClick(one.panel, Qt.Key.Key_End)
    assert other.said()["follow"]
    assert one.panel.link is not None
    assert one.panel.link.is_heard
    assert other.panel.link is not None
    other.panel.link.leave()
    assert not one.panel.link.is_heard


def test_the_field_closes_with_a_click_on_the_chart(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    qtbot.keyClicks(stage.panel, "5")
    qtbot.mouseClick(stage.panel, Qt.MouseButton.LeftButton, pos=QPoint(30, 300))
    assert not stage.panel.entry.isVisible()


def test_a_seek_back_leaves_bars_in_view_though_all_of_them_are_earlier(
    chart: ChartMaker, qtbot: QtBot
) -> None:
    whole = walk_bars(2_000)
    stage = chart(desk_with(whole.take(slice(1_600, None))))
    stage.panel.set_gaps(True)
    stage.drag(qtbot, stage.panel.plots.main, 150, 0)
    stage.hold.load(whole.take(slice(0, 400)))
    stage.frame()
    assert len(stage.bars()) > 10
    assert stage.said()["last_bar"][0] == int(whole.key[399])


def test_another_increment_ends_prices_by_hand(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    stage.panel.hand.zoom_prices(0.5)
    bars = walk_bars(400, close=2_681_000, swing=320.0)
    stage.hold.load(bars, price_decimals=3)
    stage.frame()
    assert not stage.said()["is_price_manual"]
    low, high = stage.said()["price_range"]
    assert low < bars.close[-1] < high
    assert stage.panel.plots.price_axis.tags["last"].text == f"{bars.close[-1] / 1000:,.3f}"
