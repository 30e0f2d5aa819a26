"""`chart()` makes a chart on a test's own desk and closes it."""

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.desktop.panels.chart.chart_stage import ChartMaker, ChartStage, make_chart


@pytest.fixture
def chart(qtbot: QtBot) -> ChartMaker:
    def make(desk: Any = None, **options: Any) -> ChartStage:
        return make_chart(qtbot, desk, **options)

    return make
