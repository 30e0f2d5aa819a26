"""Increments: what text says is what is counted, exactly, or it is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.market.fields import NULL
from core.market.instruments import (
    COUNT_MAX,
    IncrementError,
    Instrument,
    InstrumentKey,
    counts,
    format_counts,
)

KEY = InstrumentKey("KRAKEN", "XBT/CHF")


@given(st.integers(-COUNT_MAX, COUNT_MAX), st.integers(0, 18))
def test_text_and_counts_are_the_same_number(value: int, decimals: int) -> None:
    text = format_counts(value, decimals)
    assert counts(text.replace(",", "").replace("\u2212", "-"), decimals) == value


def test_prices_read_as_a_trader_writes_them() -> None:
    instrument = Instrument(KEY, price_decimals=2, size_decimals=0)
    assert instrument.format_price(6_421_050) == "64,210.50"
    assert instrument.format_price(-5) == "\u22120.05"
    assert instrument.format_price(NULL) == ""
    assert instrument.format_size(1_000) == "1,000"


@pytest.mark.parametrize("number", ["0.005", "1e-9", "nan", "inf", "twelve", str(2**63)])
def test_a_number_the_increment_cannot_hold_is_refused_not_rounded(number: str) -> None:
    with pytest.raises(IncrementError):
        counts(number, 2)


def test_the_dearest_ask_of_the_real_data_fits() -> None:
    assert counts(Decimal("9999999997"), 8) == 999_999_999_700_000_000


def test_finer_decimals_keep_a_defined_tick_at_the_same_price() -> None:
    es = Instrument(InstrumentKey("GLBX", "ESU4"), price_decimals=2, tick_counts=25)
    assert es.with_decimals(4, 0).tick_counts == 2_500


@pytest.mark.parametrize("decimals", [-1, 19])
def test_decimals_outside_int64_are_refused(decimals: int) -> None:
    with pytest.raises(IncrementError, match="KRAKEN:XBT/CHF"):
        Instrument(KEY, price_decimals=decimals)
