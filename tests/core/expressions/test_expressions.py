"""What an expression gives, row by row, and that what is unknown never says yes."""

import numpy as np
import pytest

from core.expressions import Kind, parse

NAMES = {
    "last": Kind.NUMBER,
    "bid": Kind.NUMBER,
    "ask": Kind.NUMBER,
    "symbol": Kind.TEXT,
    "name": Kind.TEXT,
    "halted": Kind.TRUTH,
}
NAN = np.nan
COLUMNS = {
    "last": np.array([100.0, 0.5, NAN, 0.0]),
    "bid": np.array([99.0, 1.0, 1.0, 0.0]),
    "ask": np.array([101.0, NAN, 3.0, 2.0]),
    "symbol": np.array(["BTCUSDT", "ethusd", "BTC-PERP", "X"]),
    "name": np.array(["Bitcoin", "", "Bitcoin perpetual", ""]),
    "halted": np.array([False, True, False, False]),
}


def values(text):
    return parse(text, NAMES).evaluate(COLUMNS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("last > 0.5", [1, 0, 0, 0]),
        ("last >= 0.5 and bid < 5", [0, 1, 0, 0]),
        ("last > 0.5 or ask > 1", [1, 0, 1, 1]),
        ("not last > 0.5", [0, 1, 1, 1]),
        ("0 < bid <= last", [1, 0, 0, 0]),
        ("last != 100", [0, 1, 0, 1]),
        ("last in (0, 0.5)", [0, 1, 0, 1]),
        ("last not in [0, 0.5]", [1, 0, 0, 0]),
        ("isnull(last) or isnull(ask)", [0, 1, 1, 0]),
        ("last / bid > -1_000", [1, 1, 0, 0]),  # 0 / 0 is unknown
        ('symbol == "btcusdt"', [1, 0, 0, 0]),
        ('symbol != "X" and name != "bitcoin"', [0, 0, 1, 0]),  # an unknown name compares as no
        ('symbol in ("ETHUSD", "x")', [0, 1, 0, 1]),
        ('"btc" in symbol', [1, 0, 1, 0]),
        ('contains(name, "coin")', [1, 0, 1, 0]),
        ('symbol.startswith("Btc")', [1, 0, 1, 0]),
        ('endswith(symbol, "usd")', [0, 1, 0, 0]),
        ('matches(symbol, "btc*")', [1, 0, 1, 0]),
        ('matches(symbol, "*usd*")', [1, 1, 0, 0]),
        ('matches(symbol, "b*c*p")', [0, 0, 1, 0]),
        ('matches(symbol, "x")', [0, 0, 0, 1]),
        ("isnull(name)", [0, 1, 0, 1]),
        ("halted", [0, 1, 0, 0]),
        ("not halted and bid >= 1", [1, 0, 1, 0]),
        ("(last if bid > 50 else ask) > 2", [1, 0, 1, 0]),
    ],
)
def test_conditions_by_row(text, expected):
    assert values(text).tolist() == [bool(hit) for hit in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("last + bid * 2", [298, 2.5, NAN, 0]),
        ("(ask - bid) / 2", [1, NAN, 1, 1]),
        ("bid / last", [0.99, 2, NAN, NAN]),
        ("last // 3", [33, 0, NAN, 0]),
        ("last % 3", [1, 0.5, NAN, 0]),
        ("-last ** 2", [-10_000, -0.25, NAN, 0]),
        ("1e308 * bid * 10", [NAN, NAN, NAN, 0]),  # too large is unknown
        ("abs(-bid)", [99, 1, 1, 0]),
        ("min(last, bid, ask)", [99, NAN, NAN, 0]),
        ("max(last, 50)", [100, 50, NAN, 50]),
        ("round(last / 3, 2)", [33.33, 0.17, NAN, 0]),
        ("round(bid / 2)", [50, 0, 0, 0]),
        ("sqrt(last)", [10, 0.5**0.5, NAN, 0]),
        ("log(last)", [np.log(100), np.log(0.5), NAN, NAN]),
        ("sign(last - 1)", [1, -1, NAN, -1]),
        ("ifnull(last, -1)", [100, 0.5, -1, 0]),
        ("where(last > 1, last, bid)", [100, 1, 1, 0]),
        ("floor(last) + ceil(last)", [200, 1, NAN, 0]),
    ],
)
def test_numbers_by_row(text, expected):
    np.testing.assert_allclose(values(text), expected)


def test_text_keeps_its_case_when_it_is_shown():
    expression = parse('symbol if last > 1 else "none"', NAMES)
    assert expression.kind is Kind.TEXT
    assert expression.evaluate(COLUMNS).tolist() == ["BTCUSDT", "none", "none", "none"]


def test_only_the_columns_it_names_are_read():
    expression = parse("max(last, bid) > 5", NAMES)
    assert expression.names == {"last", "bid"}
    assert expression.text == "max(last, bid) > 5"
    only = {name: COLUMNS[name] for name in expression.names}
    assert expression.evaluate(only).tolist() == [True, False, False, False]


def test_a_changed_text_column_is_seen():
    expression = parse('symbol == "x"', NAMES)
    assert expression.evaluate(COLUMNS).tolist() == [False, False, False, True]
    other = {"symbol": np.array(["X", "Y"])}
    assert expression.evaluate(other).tolist() == [True, False]
