"""Labels are whole, do not touch, give way to tags, and spell prices as the instrument does."""

from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pyqtgraph as pg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.clock import NS_PER_S
from core.market.intervals import parse_interval
from core.market.trading_day import TradingDay
from desktop.paint.fonts import register_fonts
from desktop.paint.theme import Theme
from desktop.panels.chart.axes import PriceAxis, TimeAxis, align_widths
from desktop.panels.chart.axes_paint import CLEAR_OF_TAG_PX, Tag
from desktop.panels.chart.axes_price_ticks import price_step, price_ticks

MIDNIGHT_NS = 1_723_075_200 * NS_PER_S  # 2024-08-08
THEME = Theme()


class AxesInPlot:
    """A plot with both axes, as the chart has them."""

    def __init__(self, qtbot: QtBot) -> None:
        register_fonts()
        self.view = pg.GraphicsLayoutWidget()
        qtbot.addWidget(self.view)
        self.view.resize(900, 500)
        self.view.ci.layout.setContentsMargins(0, 0, 0, 0)
        self.time, self.price = TimeAxis(THEME), PriceAxis(THEME)
        self.box = pg.ViewBox(enableMenu=False)
        layout = self.view.ci
        layout.setSpacing(0)
        layout.addItem(self.box, 0, 0)
        layout.addItem(self.price, 0, 1)
        layout.addItem(self.time, 1, 0)
        self.time.linkToView(self.box)
        self.price.linkToView(self.box)
        self.view.show()

    def look_at(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.box.setXRange(*x, padding=0)
        self.box.setYRange(*y, padding=0)
        QApplication.processEvents()


@pytest.fixture
def axes(qtbot: QtBot) -> AxesInPlot:
    made = AxesInPlot(qtbot)
    opens = MIDNIGHT_NS + np.arange(20_000) * 60 * NS_PER_S
    made.time.set_keys(opens, parse_interval("1m"), ZoneInfo("UTC"), TradingDay())
    made.price.set_decimals(2)
    made.look_at((0, 100), (500_000, 501_000))
    return made


@pytest.mark.parametrize("bars", [4, 9, 33, 120, 777, 4_000, 19_999])
def test_times_never_touch_at_any_zoom(axes: AxesInPlot, bars: int) -> None:
    for left in (0, 3, bars * 0.37):
        axes.look_at((left, left + bars), (0, 1))
        drawn = axes.time.labels_in_view()
        ends = [at + axes.time.labels.width_px(tick.label, tick.is_strong) for at, tick in drawn]
        assert all(end + 8 < begin for end, (begin, _) in zip(ends, drawn[1:], strict=False))
        assert drawn[0][0] >= 0
        assert ends[-1] <= axes.time.size().width()


def test_a_pan_moves_labels_and_never_exchanges_them(axes: AxesInPlot) -> None:
    axes.look_at((200, 437), (0, 1))
    before = {tick.x: tick.label for tick in axes.time.ticks()}
    for step in range(1, 60):
        axes.look_at((200 + step * 0.7, 437 + step * 0.7), (0, 1))
        after = {tick.x: tick.label for tick in axes.time.ticks()}
        assert all(after[x] == label for x, label in before.items() if x in after)
        missing = [x for x in before if x not in after]
        assert all(x < 200 + step * 0.7 for x in missing)


def test_prices_have_the_instruments_decimals_commas_and_a_true_minus(axes: AxesInPlot) -> None:
    assert "5,005.00" in [text for _, text in axes.price.labels_in_view()]
    axes.look_at((0, 100), (123_456_000, 123_457_000))
    assert "1,234,565.00" in [text for _, text in axes.price.labels_in_view()]
    axes.look_at((0, 100), (-1_000, 1_000))
    texts = [text for _, text in axes.price.labels_in_view()]
    assert "−4.00" in texts
    assert "0.00" in texts
    axes.price.set_decimals(8)
    assert "−0.00000400" in [text for _, text in axes.price.labels_in_view()]


def test_a_venues_tick_is_kept(axes: AxesInPlot) -> None:
    axes.price.set_decimals(2, tick_counts=25)
    axes.look_at((0, 100), (500_000, 500_300))
    assert all(y % 25 == 0 for y in axes.price.ticks())
    assert axes.price.text_at(500_113.0) == "5,001.25"


def test_labels_give_way_to_tags(axes: AxesInPlot) -> None:
    _, text = axes.price.labels_in_view()[3]
    axes.price.set_tag("last", Tag(float(axes.price.ticks()[4]), text))
    places = [at for at, _ in axes.price.labels_in_view()]
    tag_y = axes.price.px_of(axes.price.tags["last"].value)
    assert all(abs(at - tag_y) >= CLEAR_OF_TAG_PX for at in places)
    _, tick = axes.time.labels_in_view()[2]
    axes.time.set_tag("crosshair", Tag(tick.x, "00:30"))
    assert tick.label not in [other.label for _, other in axes.time.labels_in_view()]
    axes.time.set_tag("crosshair", None)
    assert tick.label in [other.label for _, other in axes.time.labels_in_view()]


def test_a_tag_is_painted_at_its_price(axes: AxesInPlot) -> None:
    axes.price.set_tag("last", Tag(500_500.0, "5,005.00", "market.candle_up", "text.on_accent"))
    QApplication.processEvents()
    picture = axes.view.grab().toImage()
    ratio = picture.devicePixelRatio()
    place = axes.price.sceneBoundingRect()
    tag_at = (place.left() + 3, place.top() + axes.price.px_of(500_500.0))
    color = picture.pixelColor(round(tag_at[0] * ratio), round(tag_at[1] * ratio))
    assert color == THEME.color("market.candle_up")


def test_nothing_after_the_last_bar_can_be_read(axes: AxesInPlot) -> None:
    axes.look_at((19_900, 20_200), (0, 1))
    assert max(tick.x for tick in axes.time.ticks()) <= 19_999
    assert axes.time.end_ns == MIDNIGHT_NS + 19_999 * 60 * NS_PER_S


def test_wide_prices_get_a_wider_axis_and_charts_stay_in_line(axes: AxesInPlot) -> None:
    axes.price.set_decimals(10)
    width = axes.price.width_for(0.0, 123_456_789_012.0)
    assert width > 66
    other = PriceAxis(THEME)
    align_widths([axes.price, other], width)
    QApplication.processEvents()
    assert axes.price.size().width() == width
    assert other.fixedWidth == width


def test_an_indicators_pane_names_its_own_levels(axes: AxesInPlot) -> None:
    axes.price.set_decimals(0)
    axes.price.set_fixed((30, 70))
    axes.look_at((0, 100), (0, 100))
    assert [text for _, text in axes.price.labels_in_view()] == ["30", "70"]
    axes.price.set_fixed(None)
    axes.price.set_decimals(2, counts_per_y=100)
    axes.look_at((0, 100), (-1.5, 1.5))
    assert "0.50" in [text for _, text in axes.price.labels_in_view()]


@settings(deadline=None)
@given(
    st.floats(1e-3, 1e12),
    st.sampled_from([1, 2, 3, 5, 7, 25, 50, 125, 1_250]),
    st.integers(-(10**12), 10**12),
)
def test_price_ticks_are_whole_ascending_and_apart(per_px: float, tick: int, low: int) -> None:
    step = price_step(per_px, tick)
    assert step % tick == 0
    assert step == tick or step / per_px >= 40
    values = price_ticks(low, low + per_px * 600, step)
    assert all(value % step == 0 for value in values.tolist())
    assert all(later - earlier == step for earlier, later in pairwise(values.tolist()))
    assert price_step(per_px * 1.01, tick, step) == step  # an axis that breathes keeps its steps
    assert price_step(per_px * 0.99, tick, step) == step or step / per_px * 1.02 > 110
