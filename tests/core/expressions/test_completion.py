"""What is offered while one types."""

from core.expressions import FUNCTIONS, complete
from tests.core.expressions.test_expressions import NAMES


def offered(text, every=False):
    found = complete(text, len(text), NAMES, every=every)
    return [entry.insert for entry in found.suggestions], text[found.begin : found.end]


def test_names_that_begin_so_come_first_then_those_that_hold_the_word():
    assert offered("a") == (["ask", "abs(", *offered("a")[0][2:]], "a")
    assert offered("last > mi")[0] == ["min("]
    assert offered("sy") == (["symbol"], "sy")
    assert offered("max(la") == (["last"], "la")


def test_a_whole_name_is_not_offered_again():
    assert offered("last")[0] == []
    assert offered("abs")[0] == ["abs("]


def test_methods_of_a_text():
    assert offered("symbol.st") == (["startswith("], "st")
    assert "last" not in offered("symbol.s")[0]


def test_nothing_inside_of_quotes_or_numbers():
    assert offered('symbol == "la')[0] == []
    assert offered("symbol == 'la\" b")[0] == []
    assert offered("last > 5")[0] == []
    assert offered('symbol == "x" and la')[0] == ["last"]


def test_everything_where_it_is_asked_for():
    assert set(offered("last > ", every=True)[0]) == {*NAMES, *(f"{name}(" for name in FUNCTIONS)}
    assert offered("last > ")[0] == []


def test_the_word_around_the_cursor_is_replaced_whole():
    found = complete("lxst > 5", 1, NAMES)
    assert (found.begin, found.end) == (0, 4)
