"""What stands on a chart is the series, bar for bar and pixel for pixel."""

import numpy as np
import pytest

from core.market.bar_series import BarField
from core.market.bars import BarFlag
from core.market.fields import NULL
from core.market.intervals import seconds
from desktop.paint.theme import Theme
from tests.desktop.panels.chart.chart_stage import ChartMaker, ChartStage
from tests.desktop.panels.chart.fake_bars import desk_with, walk_bars


def expected(stage: ChartStage) -> list[list[int | None]]:
    series = stage.hold.series
    fields = (BarField.KEY, BarField.OPEN, BarField.HIGH, BarField.LOW, BarField.CLOSE, BarField.VOLUME)
    rows = series.values[[*fields, BarField.FLAGS]].T.tolist()
    return [[None if value == NULL else value for value in row] for row in rows]


def test_painted_bars_are_the_series(chart: ChartMaker) -> None:
    stage = chart()
    first = stage.said()["range"]["first_row"]
    assert stage.bars() == expected(stage)[first:]
    stage.hold.trade(267_777, 5_000)
    stage.hold.begin_bar(267_780)
    stage.frame()
    first = stage.said()["range"]["first_row"]
    assert stage.bars() == expected(stage)[first:]
    assert stage.said()["last_bar"][1] == 267_780


def test_a_wide_view_reads_back_every_bar_it_stands_for(chart: ChartMaker) -> None:
    stage = chart(desk_with(20_000))
    stage.panel.show_all()
    assert stage.said()["step"] > 1
    assert stage.bars() == expected(stage)


def test_nothing_newer_than_the_last_frame_is_painted_when_qt_repaints(chart: ChartMaker) -> None:
    stage = chart(indicators=("ema 21", "rsi 14"))
    before = stage.picture()
    stage.hold.trade(280_000)
    stage.hold.begin_bar(280_010)
    assert np.array_equal(stage.picture(), before)
    stage.frame()
    assert not np.array_equal(stage.picture(), before)


@pytest.mark.parametrize("ratio", [1.0, 1.25, 2.0])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_candles_have_no_half_pixels_at_any_pixel_ratio(chart: ChartMaker, ratio: float, theme: str) -> None:
    look = Theme(name=theme)  # type: ignore[arg-type]
    stage = chart(theme=look)
    picture = stage.picture(ratio)
    area = stage.panel.plots.rect_of(stage.panel.plots.main)
    plot = picture[
        round(area.top() * ratio) + 2 : round(area.bottom() * ratio) - 2, 2 : round(area.right() * ratio) - 2
    ]
    tokens = (
        "chart.background", "chart.grid", "chart.session_line", "chart.volume", "chart.last_line",
        "market.candle_up", "market.candle_down",
    )  # fmt: skip
    allowed = {look.argb(token) for token in tokens}
    assert {int(color) for color in np.unique(plot)} <= allowed
    assert look.argb("market.candle_up") in plot
    assert look.argb("market.candle_down") in plot


def test_every_body_is_equally_wide(chart: ChartMaker) -> None:
    stage = chart()
    batch = stage.panel.plots.main.bars._rects
    stage.picture()
    widths = batch.corners[:, 2] - batch.corners[:, 0] + 1
    assert set(widths.tolist()) == {1, 5}  # wicks, bodies: 0.68 of 8 px


def test_a_bar_lies_where_the_axes_say(chart: ChartMaker) -> None:
    stage = chart()
    plots, sight = stage.panel.plots, stage.panel.sight
    close = sight.last_close
    assert close is not None
    assert sight.scale is not None
    assert plots.price_axis.px_of(close) == pytest.approx(float(sight.scale.y(close)), abs=0.6)
    assert plots.time_axis.px_of(399) == pytest.approx(float(sight.scale.x(399)), abs=0.6)


def test_prices_fit_the_bars_in_view_only(chart: ChartMaker) -> None:
    bars = walk_bars(400)
    bars.high[100] = 9_000_000
    stage = chart(desk_with(bars))
    assert stage.said()["price_range"][1] < 300_000
    stage.panel.hand.go_to_first()
    stage.panel.hand.pan(60)
    assert stage.said()["price_range"][1] > 9_000_000


def test_volume_stays_in_its_part_of_the_plot(chart: ChartMaker) -> None:
    stage = chart()
    scale = stage.panel.sight.scale
    assert scale is not None
    bars = stage.panel.sight.bars
    assert bars is not None
    lowest = float(scale.y(bars.low.min()))
    assert lowest <= scale.height_px - scale.volume_px
    assert scale.volume_px == pytest.approx(0.17 * scale.height_px, abs=1)


def test_bars_of_quotes_have_no_volume_and_are_hollow(chart: ChartMaker) -> None:
    bars = walk_bars(120)
    bars.flags[:] |= np.uint8(BarFlag.QUOTE_MID)
    bars.volume[:] = NULL
    stage = chart(desk_with(bars))
    assert "quotes’ mid" in stage.said()["legend"]
    assert " V " not in stage.said()["legend"]
    assert stage.bars()[0][5] is None
    plain = chart(desk_with(walk_bars(120)))
    fill = Theme().argb("market.candle_up")
    assert (stage.picture() == fill).sum() < 0.8 * (plain.picture() == fill).sum()


def test_a_bar_that_may_lack_trades_is_hollow_and_said_so(chart: ChartMaker) -> None:
    bars = walk_bars(120)
    bars.flags[-1] |= np.uint8(BarFlag.INCOMPLETE)
    bars.close[-1], bars.open[-1] = bars.open[-1] + 200, bars.open[-1]
    bars.high[-1] = bars.close[-1]
    stage = chart(desk_with(bars))
    assert "incomplete" in stage.said()["legend"]
    scale = stage.panel.sight.scale
    assert scale is not None
    column = round(float(scale.x(119)))
    area = stage.panel.plots.rect_of(stage.panel.plots.main)
    middle = round(area.top() + float(scale.y((bars.close[-1] + bars.open[-1]) / 2)))
    picture = stage.picture()
    assert int(picture[middle, column + 1]) != Theme().argb("market.candle_up")
    assert int(picture[middle, column + 2]) == Theme().argb("market.candle_up")


@pytest.mark.parametrize("style", ["candles", "bars", "line", "heikin_ashi"])
def test_every_style_paints_and_keeps_the_true_last_price(chart: ChartMaker, style: str) -> None:
    stage = chart()
    plain = stage.picture()
    stage.panel.set_style(style)  # type: ignore[arg-type]
    assert stage.said()["style"] == style
    assert np.array_equal(stage.picture(), plain) == (style == "candles")
    assert stage.panel.plots.price_axis.tags["last"].text == "2,674.34"
    stage.hold.trade(267_500)
    stage.frame()
    assert stage.panel.plots.price_axis.tags["last"].text == "2,675.00"


def test_there_is_no_such_style(chart: ChartMaker) -> None:
    with pytest.raises(ValueError, match="no style 'renko': use one of candles, bars, line, heikin_ashi"):
        chart().panel.set_style("renko")  # type: ignore[arg-type]


def test_a_changed_last_bar_moves_no_axis_and_repaints_few_columns(chart: ChartMaker) -> None:
    stage = chart()
    panel = stage.panel
    scale, ranges = panel.sight.scale, (panel.plots.price_axis.range, panel.plots.time_axis.range)
    price = int(panel.sight.last_close or 0)
    stage.hold.trade(price + 1)
    assert stage.frame()
    assert panel.sight.scale == scale
    assert ranges == (panel.plots.price_axis.range, panel.plots.time_axis.range)
    assert not stage.frame()  # nothing new: no frame


def test_gaps_leave_room_for_hours_without_trades(chart: ChartMaker) -> None:
    bars = walk_bars(100)
    bars.key[50:] += 30 * 3_000_000_000
    stage = chart(desk_with(bars), interval=seconds(3))
    assert stage.panel.sight.extent == 100
    stage.panel.set_gaps(True)
    assert stage.panel.sight.extent == 130
    sight = stage.panel.sight
    assert sight.place_of(50) - sight.place_of(49) == 31
    assert sight.row_at(60.0) == 49
    stage.panel.show_all()
    assert len(stage.bars()) == 100
