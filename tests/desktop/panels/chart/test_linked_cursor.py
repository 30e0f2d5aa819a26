"""The crosshair of one chart marks its time in the linked ones, painted and said, whatever their interval."""

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.market.intervals import parse_interval
from core.scope import Scope
from desktop.links import LinkGroups
from desktop.links_terms import Carried
from desktop.paint.theme import Theme
from tests.desktop.panels.chart.chart_stage import ChartMaker, ChartStage
from tests.desktop.panels.chart.fake_bars import desk_with


def hover(bot: QtBot, stage: ChartStage, across: float = 0.6) -> None:
    bot.mouseMove(stage.panel, stage.place(stage.panel.plots.main, across, 0.4))
    QApplication.processEvents()


def time_tag(stage: ChartStage) -> str:
    tag = stage.panel.plots.time_axis.tags.get("crosshair")
    return tag.text if tag is not None else ""


def marked_columns(stage: ChartStage) -> list[int]:
    """Pixel columns of the main plot that hold a dashed line in the crosshair's colour."""
    plots = stage.panel.plots
    area = plots.rect_of(plots.main).toRect().translated(plots.pos())
    part = stage.picture()[area.top() : area.bottom(), area.left() : area.right()]
    counts = (part == Theme().argb("chart.crosshair")).sum(axis=0)
    return [int(column) for column in np.flatnonzero(counts > part.shape[0] * 0.3)]


def test_the_marker_stands_at_the_same_time_in_a_chart_of_another_interval(
    chart: ChartMaker, qtbot: QtBot
) -> None:
    links = LinkGroups()
    one, other = chart(links=links), chart(links=links, interval=parse_interval("6s"), indicators=("rsi",))
    one.panel.show_all()  # and the linked chart the same time
    assert not marked_columns(other)
    hover(qtbot, one)
    row = one.panel.drawing.row_under_mouse()
    assert row is not None
    key = int(one.panel.sight.pyramid.keys[row])
    marked = other.panel.drawing.marked_row()
    assert marked is not None
    begin = int(other.panel.sight.pyramid.keys[marked])
    assert begin <= key < begin + other.panel.interval.span_ns
    sight = other.panel.sight
    assert sight.scale is not None
    wanted = float(sight.scale.x(sight.place_of(marked)))
    assert marked_columns(other) == [pytest.approx(wanted, abs=1.5)]
    close = f"{sight.pyramid.prices[3, marked] / 100:,.2f}"
    assert other.panel.plots.price_axis.tags["crosshair"].text == close
    assert time_tag(other)
    assert f"C {close}" in other.said()["legend"]


def test_the_marker_goes_with_the_mouse_and_leaves_with_it(chart: ChartMaker, qtbot: QtBot) -> None:
    links = LinkGroups()
    one, other = chart(links=links), chart(links=links)
    hover(qtbot, one, 0.3)
    first = time_tag(other)
    hover(qtbot, one, 0.7)
    assert first != time_tag(other) == time_tag(one)
    one.panel.hand.hover(None)
    assert not time_tag(other)
    assert not marked_columns(other)
    assert "crosshair" not in other.panel.plots.price_axis.tags


def test_bars_that_move_under_a_still_mouse_take_the_marker_along(chart: ChartMaker, qtbot: QtBot) -> None:
    links = LinkGroups()
    one, other = chart(links=links), chart(links=links)
    hover(qtbot, one)
    before = time_tag(other)
    for _ in range(3):
        one.hold.begin_bar(267_500)
        one.frame()
    assert time_tag(other) == time_tag(one) != before


def test_a_time_that_a_chart_has_no_bar_for_is_not_marked(chart: ChartMaker, qtbot: QtBot) -> None:
    links = LinkGroups()
    one, behind = chart(links=links), chart(desk_with(200), links=links)
    hover(qtbot, one, 0.9)
    assert time_tag(one)
    assert not time_tag(behind), "its clock has not come so far"


def test_another_scope_or_a_group_without_time_marks_nothing(chart: ChartMaker, qtbot: QtBot) -> None:
    links, replay = LinkGroups(), desk_with(400)
    replay.scope = Scope("eth")
    one, other, elsewhere = chart(links=links), chart(links=links), chart(replay, links=links)
    hover(qtbot, one)
    assert time_tag(other)
    assert not time_tag(elsewhere)
    links.set_carried(1, Carried.TIME, False)
    assert not time_tag(other)
    hover(qtbot, one, 0.4)
    assert not time_tag(other)


def test_a_chart_that_goes_takes_its_marker_along(chart: ChartMaker, qtbot: QtBot) -> None:
    links = LinkGroups()
    one, other = chart(links=links), chart(links=links)
    hover(qtbot, one)
    assert time_tag(other)
    one.panel.let_go()
    assert not time_tag(other)
