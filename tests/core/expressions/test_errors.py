"""Every mistake is told in plain words, at its place, and in one line."""

import pytest

from core.expressions import ExpressionError, Kind, looks_like_expression, parse
from core.expressions.syntax import LENGTH_MAX
from tests.core.expressions.test_expressions import NAMES

QUOTES = NAMES | {"spread": Kind.NUMBER}


def refused(text, kind=None):
    with pytest.raises(ExpressionError) as caught:
        parse(text, QUOTES, kind)
    return caught.value


def test_an_unknown_column_is_named_with_the_one_that_was_meant():
    error = refused("spred < 5")
    assert str(error) == "“spred < 5”: there is no column “spred”. Did you mean “spread”?"
    assert (error.position, error.end) == (0, 5)


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("last = 5", "=", "write “==” to compare."),
        ("last > 5 && bid > 3", "&&", "write “and”."),
        ("last > 5 AND bid > 3", "AND", "write “and”, “or”, “not” and “in” in small letters."),
        ("volume > 5M", "5M", "numbers have no suffix here: write 5_000 or 5e6."),
        ("last > 5,000", "last > 5,000", "write 5_000 instead of 5,000."),
        ("last > 5%", "5%", "write the number without %."),
        ("last > 5 5", "5", "“5” cannot stand here."),
        ("symbol == BTC", "BTC", 'there is no column “BTC”. Text stands in quotes: "BTC".'),
        ("last == 'a'", "'a'", "“last” is a number and “'a'” is text: they cannot be compared."),
        ("last + symbol", "symbol", "“symbol” is text, a number is needed here."),
        ("last and bid", "last", "“last” is a number, not yes or no. Compare it, as in “last > 0”."),
        ("last is None", "last is None", "write “isnull(last)” to ask for what is unknown."),
        ("abs > 5", "abs", "“abs” is a function: write abs(number)."),
        ("abz(last) > 5", "abz", "there is no function “abz”. Did you mean “abs”?"),
        ("min(last) > 5", "min(last)", "write min(number, number, …)."),
        ("last))", ")", "there is a closing bracket too many."),
        ("last.real > 5", "last.real", "“last.real” is not part of the language."),
        ("last[0] > 5", "last[0]", "“last[0]” is not part of the language."),
        ("1 < 2", "1 < 2", "it reads no column, so it is the same for every row."),
        ("last > 1" + "0" * 400, "1" + "0" * 400, None),
        ("“a” in symbol", "“", 'write straight quotes: "BTC".'),
        ('"ä" in symbol and lst > 3', "lst", "there is no column “lst”. Did you mean “last”?"),
    ],
)
def test_mistakes_are_explained_at_their_place(text, place, reason):
    error = refused(text)
    assert text[error.position : error.end] == place
    assert reason is None or error.reason == reason
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    "text",
    ["last >", "last > 5 and", "(last", "abs(last", 'symbol == "BT', "last if last", "not", "symbol in", ""],
)
def test_a_text_that_is_still_being_typed_only_ends_too_early(text):
    assert refused(text).incomplete


def test_a_filter_has_to_say_yes_or_no():
    error = refused("last + 5", Kind.TRUTH)
    assert error.reason == "“last + 5” is a number, not yes or no. Compare it, as in “last + 5 > 0”."


@pytest.mark.parametrize(
    "text",
    [
        "last > " + "1 + " * 249 + "1",
        "-" * 300 + "last > 0",
        "(" * 150 + "last" + ")" * 150 + " > 0 > " + "(" * 150,
        "last in (" + "1," * 480 + ")",
        " " * LENGTH_MAX + "last > 5",
        "symbol == '" + "x" * 65 + "'",
        "symbol == '\\x00'",
        "round(last, 99) > 1",
        "[row for row in last]",
        "lambda: last",
        "f'{last}' == symbol",
        "(last := 5) > 3",
        "__import__('os')",
        "symbol.__class__",
        "symbol.upper() == 'X'",
        "symbol.format(last)",
        "abs(*last)",
        "abs(number=last)",
        "last @ bid",
        "last.startswith('a')",
        "b'a' == symbol",
        "5j > last",
        "... > last",
        "last > 5 # ",
    ][:-1],
)
def test_nothing_else_passes(text):
    refused(text)


@pytest.mark.parametrize("text", ["last < 5", "isnull(last)", 'symbol.startswith("B")', "a != b", '"x" in a'])
def test_what_is_meant_as_an_expression(text):
    assert looks_like_expression(text)


@pytest.mark.parametrize("text", ["btc", "btc usd", "BTC-USD", "EURUSD=X", "in", "max", "log volume"])
def test_plain_words_are_no_expression(text):
    assert not looks_like_expression(text)
