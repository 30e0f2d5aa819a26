"""A VWAP is the trading day's: without the day's first bars none is shown, and those are asked for."""

import numpy as np
from pytestqt.qtbot import QtBot

from core.clock import NS_PER_S
from tests.desktop.panels.chart.chart_stage import make_chart
from tests.desktop.panels.chart.fake_bars import BEGIN_NS, walk_bars

MIDNIGHT_NS = BEGIN_NS - BEGIN_NS % (86_400 * NS_PER_S)


def test_no_vwap_of_a_part_of_the_day_is_shown(qtbot: QtBot) -> None:
    stage = make_chart(qtbot, indicators=("vwap",))
    hold, (study,) = stage.hold, stage.panel.studies.all
    hold.series.has_earlier = True
    bars = walk_bars(800, begin_ns=MIDNIGHT_NS)
    hold.load(bars.take(slice(400, None)), total=800)
    before = hold.earlier_asked
    stage.frame()
    assert np.isnan(study.indicator.outputs[0]).all()
    assert hold.earlier_asked > before, "the day's first bars are read though they are not in view"
    hold.series.has_earlier = False
    hold.series.prepend(bars.take(slice(0, 400)))
    hold.on_data()
    before = hold.earlier_asked
    stage.frame()
    assert np.isfinite(study.indicator.outputs[0]).all()
    assert hold.earlier_asked == before
