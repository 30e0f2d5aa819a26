"""Saved columns come back in every version's spelling, and what cannot be read changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.panels.grid import Col
from desktop.panels.grid.column_state import read_state, write_state
from tests.desktop.panels.grid.lists import quote_list

KEYS = ("decimals", "suffix", "heat", "heat_edges", "bar", "sign", "colour", "col", "px")


def test_a_layout_of_version_1_opens(show_grid):
    grid = show_grid(quote_list())
    grid.restore_columns(
        {
            "version": 1,
            "columns": [
                {"col": "AGE", "px": 60, "hidden": False},
                {"col": "SYMBOL", "px": 152.0, "hidden": False},
                {"col": "HIGH", "px": 96, "hidden": True},
                {"col": "GONE", "px": 96, "hidden": False},
            ],
            "fills": False,
            "sort": {"col": "VOLUME", "descending": True},
        }
    )
    titles = list(grid.painted_cells()[0])
    assert titles[:2] == ["Age", "Symbol"]
    assert "High" not in titles
    assert [key.col for key in grid.sort] == [Col.VOLUME]
    assert grid.column_state()["version"] == 2


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ({"version": 99}, "version 99"),
        ({"version": 2}, "columns"),
        ({"version": 2, "columns": [{"col": "last", "px": "wide"}]}, "“last”"),
        ({"version": 2, "columns": [{"col": "age", "px": 50}, 7]}, "7"),
    ],
)
def test_what_cannot_be_read_names_itself_and_changes_nothing(show_grid, broken, says):
    grid = show_grid(quote_list())
    before = grid.column_state()
    with pytest.raises(ValueError, match=says):
        grid.restore_columns(broken)
    assert grid.column_state() == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.floats(allow_nan=True) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=12,
)
COLUMN = st.fixed_dictionaries(
    {"col": st.sampled_from(["last", "volume", "edge", "gone"]), "px": st.integers(-1, 300)},
    optional={"hidden": JSON, "format": JSON},
)
COMPUTED = st.fixed_dictionaries(
    {
        "col": st.sampled_from(["edge", "other", "last", "1x"]),
        "title": st.text(max_size=3),
        "expression": st.sampled_from(["edge + 1", "other * 2", "last", "spred", "symbol", "(("]),
    }
)


@given(
    st.fixed_dictionaries(
        {"version": st.sampled_from([1, 2])},
        optional={
            "columns": st.lists(COLUMN, max_size=4) | JSON,
            "computed": st.lists(COMPUTED, max_size=3) | JSON,
            "fills": JSON,
        },
    )
)
def test_whatever_a_file_holds_is_read_whole_or_refused_in_words(state):
    refusal, saved = "", None
    try:
        saved = read_state(state)
    except ValueError as error:
        refusal = str(error)
    if saved is None:
        assert "column state" in refusal
        return
    again = read_state(write_state(saved))
    assert [column.spec.col for column in again.columns] == [column.spec.col for column in saved.columns]
    assert write_state(again) == write_state(saved)
