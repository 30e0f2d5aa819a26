"""What a chart says about itself, word for word, and that a closed one leaves nothing behind."""

import gc
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from pytestqt.qtbot import QtBot

from core.market.fields import SourceState
from core.market.instruments import InstrumentKey
from desktop.desk import BarReading, ClockPhase, ClockReading, Link, LinkReading, QuotePhase, SourceReading
from desktop.paint.theme import Theme
from desktop.panels.chart.panel import ChartPanel
from desktop.panels.chart.tools import ChartTools
from desktop.panels.grid.states import PanelKind
from tests.desktop.panels.chart.chart_stage import ChartMaker, ChartStage
from tests.desktop.panels.chart.fake_bars import BTC, FakeDesk, desk_with, walk_bars

LOADING = BarReading(QuotePhase.LOADING, bars_total=20_000)


def said(stage: ChartStage) -> tuple[PanelKind, str, str]:
    state = stage.panel.state
    return state.kind, state.words or state.title, state.detail or state.sentence


def test_without_an_instrument_it_says_how_to_get_one(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart(key=None)
    assert said(stage) == (
        PanelKind.EMPTY, "No instrument", "Type a symbol, or click a row of the watchlist.",
    )  # fmt: skip
    with qtbot.waitSignal(stage.panel.symbol_wanted):
        stage.panel.page.action_requested.emit("Choose a symbol")
    stage.panel.show(BTC)
    stage.frame()
    assert said(stage) == (PanelKind.LIVE, "", "")


def test_loading_says_how_many_of_how_many(chart: ChartMaker) -> None:
    stage = chart(FakeDesk())
    stage.hold.said = LOADING
    stage.frame()
    assert said(stage) == (PanelKind.LOADING, "Loading bars", "ETHUSDT, 3s: 0 of 20,000")
    assert stage.panel.loading.isVisible()
    stage.hold.load(walk_bars(400), total=20_000)
    stage.frame()
    assert not stage.panel.loading.isVisible()
    assert stage.panel.shows_values


def test_bars_on_their_way_are_counted_in_the_legend(chart: ChartMaker) -> None:
    stage = chart()
    stage.hold.said = BarReading(QuotePhase.LIVE, bars_total=20_000, loading_earlier=True)
    stage.frame()
    assert "Loading bars: 400 of 20,000" in stage.said()["legend"]
    stage.hold.said = BarReading(QuotePhase.LIVE, bars_total=20_000)
    stage.frame()
    assert "Loading" not in stage.said()["legend"]


def test_an_instrument_that_never_traded(chart: ChartMaker) -> None:
    stage = chart(FakeDesk())
    stage.hold.said = BarReading(QuotePhase.LIVE)
    stage.frame()
    assert said(stage)[:2] == (PanelKind.EMPTY, "No trades yet")
    assert stage.panel.state.sentence == "ETHUSDT has not traded. Its first bar appears with its first trade."


def test_stale_bars_stay_grey_and_say_since_when(chart: ChartMaker) -> None:
    stage = chart()
    before = stage.bars()
    stage.hold.said = BarReading(QuotePhase.STALE, silent_ms=4_200)
    stage.frame()
    assert said(stage) == (PanelKind.STALE, "No update for 4.2 s", "last 00:13:59")
    assert stage.bars() == before[-len(stage.bars()) :]
    assert stage.panel.plots.main.bars.is_grey
    assert stage.panel.plots.main.edge.kind is PanelKind.STALE
    stage.hold.said = BarReading(QuotePhase.LIVE)
    stage.frame()
    assert not stage.panel.plots.main.bars.is_grey
    assert stage.panel.plots.main.edge.kind is PanelKind.LIVE


def test_disconnected_before_all_else(chart: ChartMaker) -> None:
    stage = chart()
    stage.hold.said = BarReading(QuotePhase.STALE, silent_ms=12_000)
    stage.desk.link_said = LinkReading(Link.DISCONNECTED, 12_000, 4, 3_000)
    stage.frame()
    assert said(stage) == (PanelKind.DISCONNECTED, "Disconnected 12 s", "try 4 in 3 s")
    assert stage.bars()


@pytest.mark.parametrize(
    ("state", "late_ms", "expected"),
    [
        (SourceState.LATE, 2_400, (PanelKind.LATE, "BINF late by 2.4 s", "last bar partial")),
        (SourceState.DOWN, 0, (PanelKind.STALE, "BINF is down", "last 00:13:59")),
        (SourceState.HALTED, 0, (PanelKind.HALTED, "Halted by the venue", "last 00:13:59")),
    ],
)
def test_the_exchange_of_the_instrument_counts(
    chart: ChartMaker, state: SourceState, late_ms: int, expected: tuple[PanelKind, str, str]
) -> None:
    stage = chart()
    stage.desk.quotes.sources = (
        SourceReading("BYBT", SourceState.DOWN, 0, 5),
        SourceReading("BINF", state, late_ms, 5),
    )
    stage.frame()
    assert said(stage) == expected
    assert stage.panel.plots.main.bars.is_grey == (state is not SourceState.LATE)


def test_bars_that_cannot_be_had_say_what_to_do(chart: ChartMaker) -> None:
    stage = chart(FakeDesk())
    stage.hold.said = BarReading(
        QuotePhase.STALE, error="BTCUSDT comes as 1-minute bars: choose 1m or longer"
    )
    stage.frame()
    assert said(stage)[:2] == (PanelKind.ERROR, "Bars could not be read")
    assert stage.panel.state.sentence == "BTCUSDT comes as 1-minute bars: choose 1m or longer"
    assert stage.panel.page.isVisible()


def test_a_session_that_ended_keeps_its_bars(chart: ChartMaker) -> None:
    stage = chart()
    stage.desk.clock.said = ClockReading(ClockPhase.ENDED, 1_723_162_439_000_000)
    stage.frame()
    assert said(stage) == (PanelKind.STALE, "The recording has ended", "at 00:13")
    assert stage.bars()


def test_another_instrument_leaves_nothing_of_the_last(chart: ChartMaker) -> None:
    stage = chart(indicators=("ema 21", "rsi 14"))
    stage.desk.bars.fill = None
    stage.panel.show(InstrumentKey("BINF", "BTCUSDT"))
    assert stage.bars() == []
    assert stage.said()["bars"] == 0
    assert stage.said()["legend"] == "BTCUSDT  BINF 3s\nEMA 21"
    assert not stage.panel.plots.price_axis.tags
    stage.panel.set_desk(None)
    assert not stage.desk.bars.holds


def test_no_axis_names_a_time_after_the_newest_bar(chart: ChartMaker) -> None:
    stage = chart()
    newest = int(stage.hold.series.column(0)[-1])  # type: ignore[arg-type]
    assert stage.said()["axis_end_ns"] == newest
    ticks = stage.panel.plots.time_axis.ticks()
    assert ticks
    assert max(tick.x for tick in ticks) <= 399


def test_a_closed_chart_is_gone_and_no_timer_of_it_runs(chart: ChartMaker, qtbot: QtBot) -> None:
    desk = desk_with(400)

    def life() -> weakref.ref[ChartPanel]:
        panel = ChartPanel(Theme(), lambda: None)
        tools = ChartTools(panel, Theme(), panel)
        panel.add_indicator("rsi 14")
        panel.set_desk(desk)
        panel.show(BTC)
        panel.prepare_frame(0, 0)
        tools.show_interval(panel.interval)
        assert not panel.findChildren(QTimer)
        panel.let_go()
        panel.deleteLater()
        return weakref.ref(panel)

    gone = [life() for _ in range(3)]
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert [panel() for panel in gone] == [None, None, None]
    assert not desk.bars.holds


def test_the_title_bar_chooses_and_shows_the_interval(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    tools = ChartTools(stage.panel, Theme())
    qtbot.addWidget(tools)
    assert [text for text, button in tools.buttons.items() if button.isChecked()] == ["3s"]
    tools.buttons["5m"].click()
    assert str(stage.panel.interval) == "5m"
    assert str(stage.hold.interval) == "5m"
    assert [text for text, button in tools.buttons.items() if button.isChecked()] == ["5m"]
    assert stage.panel.accessibleName() == "Chart of ETHUSDT BINF 5m"


# ---- indicators ----------------------------------------------------------------------------------
def test_indicators_take_colours_in_order_and_panes_come_and_go(chart: ChartMaker) -> None:
    stage = chart(indicators=("ema 21", "vwap"))
    panel = stage.panel
    rsi = panel.add_indicator("rsi 14")
    assert [study.colour for study in panel.studies.all] == [0, 1, 2]
    assert len(panel.plots.panes) == 1
    assert panel.plots.panes[0].legend.text.startswith("RSI 14 ")
    assert "EMA 21 2,6" in stage.said()["legend"]
    panel.change_indicator(rsi, "rsi 7")
    assert panel.plots.panes[0].legend.text.startswith("RSI 7 ")
    panel.remove_indicator(rsi)
    assert not panel.plots.panes
    assert panel.add_indicator("sma 5")
    assert [study.colour for study in panel.studies.all] == [0, 1, 2]


def test_warm_up_is_not_drawn(chart: ChartMaker) -> None:
    stage = chart(desk_with(30), indicators=("sma 20",))
    (curve,) = stage.panel.plots.main.lines.marks
    values = curve.values  # type: ignore[union-attr]
    assert [value == value for value in values].index(True) == 19
    assert "SMA 20" in stage.said()["legend"]


def test_a_pane_that_warms_up_has_no_numbers_beside_it(chart: ChartMaker) -> None:
    few = chart(desk_with(5), indicators=("atr 14",))
    for _ in range(2):
        few.panel.draw()
        assert few.panel.plots.panes[0].axis.ticks() == ()
    many = chart(desk_with(60), indicators=("atr 14",))
    assert many.panel.plots.panes[0].axis.ticks()
