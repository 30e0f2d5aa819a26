"""Saved columns come back in every version's spelling, and what cannot be read changes nothing."""

import pytest

from desktop.panels.grid import Col
from tests.desktop.panels.grid.lists import quote_list


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
