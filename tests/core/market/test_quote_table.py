"""The table keeps the newest values and tells exactly which rows changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.market.fields import FIELD_COUNT, NULL, Field
from core.market.groups import GROUP_ROWS_MAX, GroupError, group_spec
from core.market.instruments import InstrumentKey
from core.market.quote_table import QuoteTable


@given(st.lists(st.lists(st.integers(0, 19), min_size=1, max_size=5), max_size=20), st.integers(0, 20))
def test_a_reader_sees_every_row_touched_after_its_version(touches: list[list[int]], seen: int) -> None:
    table = QuoteTable(20)
    for rows in touches:
        table.touch(np.array(rows))
    expected = sorted({row for rows in touches[seen:] for row in rows})
    assert table.changed_since(seen).tolist() == expected


def test_growing_keeps_values_and_adds_empty_rows() -> None:
    table = QuoteTable(1)
    table.column(Field.LAST)[0] = 42
    for rows in (2, 3, 100):
        table.grow(rows)
        table.column(Field.LAST)[rows - 1] = rows
    assert table.column(Field.LAST)[[0, 1, 2, 99]].tolist() == [42, 2, 3, 100]
    assert table.column(Field.BID).tolist() == [NULL] * 100


def test_a_snapshot_changes_every_row() -> None:
    table = QuoteTable(3)
    version = table.version
    table.replace(np.arange(3 * FIELD_COUNT).reshape(FIELD_COUNT, 3))
    assert table.changed_since(version).tolist() == [0, 1, 2]
    assert table.column(Field.BID).tolist() == [6, 7, 8]


def test_equal_requests_share_one_group_whatever_their_order() -> None:
    a, b = InstrumentKey("X", "a"), InstrumentKey("X", "b")
    assert group_spec([a, b]).group_id == group_spec([b, a, b]).group_id
    assert group_spec([a, b]).group_id != group_spec([a]).group_id
    assert len(group_spec([a]).group_id) == 16


def test_a_group_that_cannot_be_served_says_why() -> None:
    with pytest.raises(GroupError, match="at least one"):
        group_spec([])
    with pytest.raises(GroupError, match="split the list"):
        group_spec([InstrumentKey("X", str(i)) for i in range(GROUP_ROWS_MAX + 1)])
