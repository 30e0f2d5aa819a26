"""The names of expressions over a real quote table: exact where the cell is, unknown where it is empty."""

import numpy as np
import pytest

from core.expressions import Kind, parse
from core.market.fields import FIELD_COUNT, NULL, Field
from core.market.instruments import Instrument, InstrumentKey
from core.market.quote_table import QuoteTable
from desktop.panels.grid.values import QUOTE_NAMES, QuoteValues, name_hints
from tests.desktop.panels.grid.lists import NOON_US, quote_list


def btc_and_nothing():
    """One instrument with all its values, one without any."""
    instruments = [
        Instrument(InstrumentKey("BINANCE_FUTURES", "BTCUSDT"), 2, 3, tick_counts=10, name="Bitcoin"),
        Instrument(InstrumentKey("XCME", "ESZ4"), 2, 0),
    ]
    table = QuoteTable(2)
    values = np.full((FIELD_COUNT, 2), NULL, np.int64)
    for field, count in {
        Field.LAST: 6_421_050, Field.BID: 6_421_040, Field.ASK: 6_421_060, Field.REFERENCE: 6_400_000,
        Field.HIGH: 6_500_000, Field.LOW: 6_300_000, Field.OPEN: 6_350_000, Field.LAST_SIZE: 1,
        Field.BID_SIZE: 1_500, Field.ASK_SIZE: 2_250, Field.VOLUME: 4_000_000,
        Field.EVENT_US: NOON_US - 2_500_000, Field.TRADING_STATE: 1,
    }.items():  # fmt: skip
        values[field, 0] = count
    table.replace(values)
    return instruments, table


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("last", 64210.5), ("bid", 64210.4), ("ask", 64210.6), ("mid", 64210.5), ("spread", 0.2),
        ("spread_ticks", 2.0), ("change", 210.5), ("high", 65000.0), ("low", 63000.0), ("open", 63500.0),
        ("reference", 64000.0), ("bid_size", 1.5), ("ask_size", 2.25), ("volume", 4000.0),
        ("last_size", 0.001), ("age_s", 2.5), ("turnover", 4000.0 * 64210.5),
    ],
)  # fmt: skip
def test_numbers_are_exact_and_null_is_unknown(name, value):
    values = QuoteValues(*btc_and_nothing()).at(NOON_US)
    assert values[name][0] == value
    assert np.isnan(values[name][1])


def test_parts_of_a_hundred_and_texts():
    values = QuoteValues(*btc_and_nothing()).at(NOON_US)
    assert values["change_pct"][0] == pytest.approx(100 * 210.5 / 64_000)
    assert values["spread_bps"][0] == pytest.approx(0.2 / 64210.5 * 10_000)
    assert values["symbol"].tolist() == ["BTCUSDT", "ESZ4"]
    assert values["venue"].tolist() == ["BINF", "XCME"]
    assert values["exchange"].tolist() == ["BINANCE_FUTURES", "XCME"]
    assert values["name"].tolist() == ["Bitcoin", ""]
    assert values["halted"].tolist() == [True, False]


def test_every_name_has_a_hint_and_values_of_its_kind():
    quotes = quote_list(50)
    values = QuoteValues(quotes.instruments, quotes.table).at(NOON_US)
    assert set(name_hints()) == set(QUOTE_NAMES) == set(values)
    for name, kind in QUOTE_NAMES.items():
        column = values[name]
        assert column.shape == (50,)
        assert column.dtype.kind == {Kind.NUMBER: "f", Kind.TEXT: "U", Kind.TRUTH: "b"}[kind]
        assert kind is not Kind.NUMBER or not np.isinf(column).any()


def test_values_follow_the_table_and_the_clock():
    quotes = quote_list(5, nulls=False)
    values = QuoteValues(quotes.instruments, quotes.table).at(NOON_US)
    before = values["last"][0], values["age_s"][0]
    assert values.at(NOON_US)["last"] is values["last"], "kept while nothing moved"
    quotes.set(0, last=1)
    values.at(NOON_US + 1_000_000)
    assert values["last"][0] == 10.0 ** -quotes.instruments[0].price_decimals != before[0]
    assert values["age_s"][0] == pytest.approx(before[1] + 1)


def test_computed_columns_are_names_like_the_others_and_a_circle_is_unknown():
    values = QuoteValues(*btc_and_nothing()).at(NOON_US)
    values.set_computed({"half": parse("spread / 2", values.names)})
    values.set_computed(
        {
            "half": parse("spread / 2", values.names),
            "wide": parse("half > 0.05", values.names),
            "circle": parse("half + 1", values.names),
        }
    )
    assert values.names["wide"] is Kind.TRUTH
    assert parse("wide and half < 1", values.names).evaluate(values).tolist() == [True, False]
    names = values.names | {"one": Kind.NUMBER, "two": Kind.NUMBER}
    values.set_computed({"one": parse("two + 1", names), "two": parse("one + 1", names)})
    assert np.isnan(values["one"]).all()
