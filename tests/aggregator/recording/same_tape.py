"""Whether two tapes in memory are the same, event for event."""

from dataclasses import fields

import numpy as np

from aggregator.feeds.events import KIND_NAMES
from aggregator.feeds.recorded.tape import ExchangeTape, RecordedTape


def assert_same_tape(found: RecordedTape, expected: RecordedTape) -> None:
    """Equal exchanges, instruments, events, order, times and unit ends."""
    assert [each.exchange for each in found.exchanges] == [each.exchange for each in expected.exchanges]
    for one, other in zip(found.exchanges, expected.exchanges, strict=True):
        _assert_same_exchange(one, other)
    assert (found.begin_ns, found.end_ns) == (expected.begin_ns, expected.end_ns)
    assert found.counts == expected.counts


def _assert_same_exchange(found: ExchangeTape, expected: ExchangeTape) -> None:
    assert found.instruments == expected.instruments
    np.testing.assert_array_equal(found.time_ns, expected.time_ns)
    np.testing.assert_array_equal(found.unit_ends, expected.unit_ends)
    for name, one, other in zip(KIND_NAMES, found.orders, expected.orders, strict=True):
        if other is None or not len(other):
            assert one is None or not len(one)
            continue
        np.testing.assert_array_equal(one, other, err_msg=name)
        found_events, expected_events = getattr(found.block, name), getattr(expected.block, name)
        for column in fields(expected_events):
            if column.name in ("position", "message"):
                continue
            one_column, other_column = (
                getattr(found_events, column.name), getattr(expected_events, column.name)
            )  # fmt: skip
            np.testing.assert_array_equal(one_column, other_column, err_msg=f"{name}.{column.name}")
            assert one_column.dtype == other_column.dtype
