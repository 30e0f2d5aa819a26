"""Indicators are typed as traders say them, and a mistake is answered with what may be typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.market.indicators import INDICATORS, IndicatorError, IndicatorSpec, parse_indicator
from core.market.trading_day import TradingDay


@pytest.mark.parametrize(
    ("typed", "text", "label"),
    [
        ("ema 21", "ema 21", "EMA 21"),
        ("EMA21", "ema 21", "EMA 21"),
        (" Ema ( 9 ) ", "ema 9", "EMA 9"),
        ("ma 50", "sma 50", "SMA 50"),
        ("sma", "sma 20", "SMA 20"),
        ("vwap", "vwap", "VWAP"),
        ("bb", "bb 20 2", "BB 20 2"),
        ("bollinger(10, 2.5)", "bb 10 2.5", "BB 10 2.5"),
        ("macd 12/26/9", "macd 12 26 9", "MACD 12 26 9"),
        ("macd 5 35", "macd 5 35 9", "MACD 5 35 9"),
        ("rsi 14", "rsi 14", "RSI 14"),
        ("atr", "atr 14", "ATR 14"),
    ],
)
def test_what_a_person_types(typed: str, text: str, label: str) -> None:
    spec = parse_indicator(typed)
    assert (str(spec), spec.label) == (text, label)
    assert parse_indicator(str(spec)) == spec


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "type sma, ema, vwap, bb, rsi, macd or atr, such as ema 21"),
        ("foo 3", "“foo” is no indicator: type sma"),
        ("21", "“21” is no indicator"),
        ("ema 0", "EMA: period 0: use a whole number from 2 to 5000"),
        ("ema 2.5", "EMA: period 2.5: use a whole number"),
        ("ema 9 21", "EMA takes period; type ema 21"),
        ("ema 1-2", "are no numbers; type ema 21"),
        ("vwap 3", "VWAP takes no number; type vwap"),
        ("bb 20 50", "BB: deviations 50: use from 0.1 to 10"),
        ("macd 26 12 9", "fast must be less than slow"),
        ("macd 1 2 3 4", "MACD takes fast, slow and signal; type macd 12 26 9"),
        ("ema " + "9" * 100, "is no indicator"),
    ],
)
def test_a_mistake_is_answered_with_what_may_be_typed(typed: str, said: str) -> None:
    with pytest.raises(IndicatorError) as raised:
        parse_indicator(typed)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@given(st.text(max_size=80))
def test_any_text_is_an_indicator_or_an_error(text: str) -> None:
    try:
        spec = parse_indicator(text)
    except IndicatorError:
        return
    assert parse_indicator(str(spec)) == spec


def test_a_name_alone_has_the_usual_numbers_and_can_be_made() -> None:
    for kind in INDICATORS:
        spec = parse_indicator(kind.name)
        assert str(spec) == kind.example
        assert len(spec.make(TradingDay()).outputs) == len(spec.outputs)
        assert spec.is_overlay == (kind.name in ("sma", "ema", "vwap", "bb"))


def test_a_spec_from_a_workspace_is_checked_too() -> None:
    with pytest.raises(IndicatorError):
        IndicatorSpec("ema", (1.0,))
    with pytest.raises(IndicatorError):
        IndicatorSpec("ema", ())
    assert IndicatorSpec("bollinger", (20, 2)) == parse_indicator("bb")
