"""A narrow window: every panel keeps its name, whole tools leave, and what left is still to be had."""

import pytest
from PySide6.QtWidgets import QWidget

from desktop.panels.chart.tools import ChartTools
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto


def reaches(widget: QWidget) -> tuple[int, int]:
    left = widget.mapTo(widget.window(), widget.rect().topLeft()).x()
    return left, left + widget.width()


@pytest.mark.parametrize("width", [480, 700, 1000, 1600])
def test_tabs_stay_whole_and_no_tool_is_cut(play: Play, width: int) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(117))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        window.resize(width, 500)
        charts = window.contents.charts
        await stage.until(lambda: window.width() == width and charts[0].key is not None, "the layout")
        tabs = [docked.dock.tabWidget() for docked in window.docked]
        await stage.until(lambda: all(tab.width() >= tab.sizeHint().width() for tab in tabs), "whole tabs")
        for docked, tab in zip(window.docked, tabs, strict=True):
            shown = [child for child in docked.tools.children() if isinstance(child, QWidget)]
            shown = [child for child in shown if child.isVisible()]
            edges = [edge for child in sorted(shown, key=lambda one: one.x()) for edge in reaches(child)]
            assert edges == sorted(edges), "no tool lies over another"
            assert edges[0] >= reaches(tab)[1]
            assert docked.area is not None
            assert edges[-1] <= reaches(docked.area)[1]
        tools = window.docked[1].tools
        assert isinstance(tools, ChartTools)
        assert tools.buttons["3s"].isVisible(), "the interval in use stays"
        assert tools.buttons["1d"].isVisible() == (width >= 1000)

    play(scenario, layout="desk")
