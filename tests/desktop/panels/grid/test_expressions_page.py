"""docs/expressions.md is true: its examples run, its tables name everything there is."""

import re
from pathlib import Path

import pytest

from core.expressions import FUNCTIONS, parse
from desktop.panels.grid.values import QuoteValues, name_hints
from tests.desktop.panels.grid.lists import NOON_US, quote_list

PAGE = (Path(__file__).parents[4] / "docs" / "expressions.md").read_text(encoding="utf-8")
EXAMPLES = [line for block in re.findall(r"```\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
ROWS = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", PAGE, re.MULTILINE))


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_runs(text):
    quotes = quote_list(20)
    values = QuoteValues(quotes.instruments, quotes.table).at(NOON_US)
    assert parse(text, values.names).evaluate(values).shape == (20,)


def test_the_tables_name_every_column_and_function():
    assert len(EXAMPLES) > 10
    functions = {function.signature: function.hint for function in FUNCTIONS.values()}
    assert name_hints() | functions == ROWS
