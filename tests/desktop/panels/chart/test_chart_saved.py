"""What a person has set in a chart comes back whole, and what cannot be read changes nothing."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from core.market.intervals import parse_interval
from core.state.versioned_file import StateError
from desktop.panels.chart.saved import read_chart
from tests.desktop.panels.chart.chart_stage import ChartMaker
from tests.desktop.panels.chart.fake_bars import BTC, ETH, desk_with, walk_bars


def test_everything_set_comes_back_in_another_chart(chart: ChartMaker, qtbot: QtBot) -> None:
    one = chart(interval=parse_interval("15s"), indicators=("ema 34", "bb 20 2", "rsi 9"))
    panel = one.panel
    panel.remove_indicator(panel.studies.all[0].study_id)
    panel.add_indicator("vwap")
    panel.set_style("heikin_ashi")
    panel.set_zone("America/New_York")
    panel.set_gaps(True)
    panel.set_volume(False)
    panel.hand.zoom(1.5, None)
    panel.hand.zoom_prices(0.5)
    one.drag(qtbot, panel.plots.main, 150, 0)
    saved = json.loads(json.dumps(panel.saved()))

    other = chart(key=BTC)
    other.panel.restore(saved)
    other.frame()
    assert other.panel.saved() == saved
    assert (other.panel.key, str(other.panel.interval), other.panel.style_name) == (ETH, "15s", "heikin_ashi")
    first, again = one.said(), other.said()
    for said in ("indicators", "range", "price_range", "gaps", "zone", "follow"):
        wanted = [spec for _, spec in first[said]] if said == "indicators" else first[said]
        found = [spec for _, spec in again[said]] if said == "indicators" else again[said]
        assert found == pytest.approx(wanted, rel=1e-6) if said == "price_range" else found == wanted, said
    colours = [study.colour for study in other.panel.studies.all]
    assert colours == [study.colour for study in panel.studies.all], "lines keep their colours"
    assert len(other.panel.plots.panes) == 1


def test_a_chart_that_follows_comes_back_following_with_bars_as_wide(chart: ChartMaker) -> None:
    one = chart()
    one.panel.hand.zoom(2.0, None)
    saved = one.panel.saved()
    assert saved["follow"]
    assert "view" not in saved
    other = chart(desk_with(300))
    other.panel.restore(saved)
    other.frame()
    assert other.said()["follow"]
    assert other.panel.sight.view.pitch == one.panel.sight.view.pitch


def test_a_view_far_back_is_shown_when_its_pages_have_come(chart: ChartMaker, qtbot: QtBot) -> None:
    whole = walk_bars(1_200)
    one = chart(desk_with(whole))
    one.panel.hand.go_to_first()
    saved = one.panel.saved()

    late = chart(desk_with(whole.take(slice(800, None)), total=1_200))
    late.hold.series.has_earlier = True
    late.hold.trade(268_000)
    late.frame()
    late.panel.restore(saved)
    late.frame()
    assert late.panel.saved()["view"] == saved["view"], "what is awaited is not lost meanwhile"
    assert late.hold.earlier_asked
    late.hold.load(whole)
    late.frame()
    assert late.said()["range"]["first_ns"] == one.said()["range"]["first_ns"]
    late.drag(qtbot, late.panel.plots.main, -150, 0)
    moved = late.said()["range"]["first_ns"]
    late.hold.load(whole)
    late.frame()
    assert late.said()["range"]["first_ns"] == moved, "a hand's view is not taken back"


def test_prices_set_by_hand_come_back_only_with_the_same_increment(chart: ChartMaker) -> None:
    one = chart()
    one.panel.hand.zoom_prices(0.5)
    saved = one.panel.saved()
    other = chart()
    other.panel.restore({**saved, "prices": {**saved["prices"], "decimals": 4}})
    other.frame()
    assert not other.said()["is_price_manual"]
    other.panel.restore(saved)
    assert other.said()["price_range"] == pytest.approx(one.said()["price_range"])


def test_what_is_not_said_stays_and_unknown_keys_are_passed_over(chart: ChartMaker) -> None:
    stage = chart(indicators=("ema 21",))
    before = stage.panel.saved()
    stage.panel.restore({"a key of a newer Tapedeck": [1, 2], "style": "line"})
    assert stage.panel.saved() == {**before, "style": "line"}


def test_saved_changed_tells_of_every_change_worth_saving(chart: ChartMaker, qtbot: QtBot) -> None:
    stage = chart()
    panel = stage.panel
    acts = (
        lambda: panel.show(BTC),
        lambda: panel.set_interval(parse_interval("5m")),
        lambda: panel.set_style("bars"),
        lambda: panel.add_indicator("ema 9"),
        lambda: panel.set_zone("UTC"),
        lambda: panel.set_gaps(True),
        lambda: panel.set_volume(False),
        lambda: panel.set_follow(False),
        lambda: panel.hand.zoom(1.5, None),
        lambda: panel.hand.pan(-20),
    )
    for act in acts:
        stage.frame()
        before = panel.saved()
        with qtbot.waitSignal(panel.saved_changed, timeout=1_000):
            act()
        assert panel.saved() != before


BAD: tuple[tuple[dict[str, Any], str], ...] = (
    ({"symbol": "ETHUSDT"}, "chart.symbol is 'ETHUSDT': use EXCHANGE:SYMBOL"),
    ({"symbol": 7}, "chart.symbol is 7: use EXCHANGE:SYMBOL"),
    ({"interval": "7m"}, "chart.interval: 420 seconds do not divide a day"),
    ({"interval": None}, "chart.interval: “None” is no interval"),
    ({"style": "pies"}, "chart.style is 'pies': use candles, bars, line, heikin_ashi"),
    ({"indicators": "ema"}, "chart.indicators is 'ema': use a list"),
    ({"indicators": [{"spec": "ema 1"}]}, r"chart.indicators\[0\].spec: EMA: period 1"),
    ({"indicators": [{"spec": "ema", "colour": 9}]}, r"chart.indicators\[0\].colour is 9: use 0 to 5"),
    ({"indicators": ["ema 21"]}, r"chart.indicators\[0\] is 'ema 21'"),
    ({"indicators": [{"spec": "rsi"}] * 5}, "chart.indicators: 5 of them, 5 in panes: use 12 and 4 at most"),
    ({"zone": "Mars/Base"}, "chart.zone: “Mars/Base” is no time zone"),
    ({"zone": 3}, "chart.zone is 3"),
    ({"gaps": "yes"}, "chart.gaps is 'yes': use true, false"),
    ({"volume": 1}, "chart.volume is 1: use true, false"),
    ({"follow": 0}, "chart.follow is 0: use true, false"),
    ({"bar_px": -3}, "chart.bar_px is -3: use 0.0001 to 160"),
    ({"bar_px": float("nan")}, "chart.bar_px is nan"),
    ({"view": [1, 2]}, r"chart.view is \[1, 2\]"),
    ({"view": {"left_ns": 5, "right_ns": 5}}, "chart.view.right_ns is 5: use a time after left_ns"),
    ({"view": {"left_ns": 5.5, "right_ns": 9}}, "chart.view.left_ns is 5.5"),
    ({"prices": {"low": 3, "high": 1, "decimals": 2}}, "chart.prices.high is 1.0: use a count above"),
    ({"prices": {"low": 3, "high": 9}}, "chart.prices.decimals is None"),
)


@pytest.mark.parametrize(("bad", "said"), BAD)
def test_a_bad_value_is_named_and_nothing_is_half_taken(
    chart: ChartMaker, bad: dict[str, Any], said: str
) -> None:
    stage = chart(indicators=("ema 21",))
    before = stage.panel.saved()
    with pytest.raises(StateError, match=said):
        stage.panel.restore({"style": "line", "gaps": True, **bad})
    assert stage.panel.saved() == before


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_KEYS = (
    "symbol", "interval", "style", "indicators", "zone", "gaps", "volume", "bar_px", "follow", "view",
    "prices",
)  # fmt: skip


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(saved=st.dictionaries(st.sampled_from(_KEYS), _VALUES, max_size=4))
def test_whatever_a_file_holds_is_read_or_refused(saved: dict[str, Any]) -> None:
    said = "chart."
    try:
        read_chart(saved)
    except StateError as error:
        said = str(error)
    assert said.startswith("chart.")
