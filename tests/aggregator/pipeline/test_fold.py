"""The vectorised fold shows the same table as one event after the other, however events are batched."""

from hypothesis import given
from hypothesis import strategies as st

from aggregator.pipeline.fold import Folder
from core.market.fields import NULL, Field
from core.market.instruments import COUNT_MAX
from core.market.quote_table import QuoteTable
from tests.aggregator.pipeline import strategies
from tests.aggregator.pipeline.reference import Bar, Event, Quote, ReferenceTable, Session, Trade


def folded(batches: list[list[Event]]) -> QuoteTable:
    table = QuoteTable(strategies.ROW_COUNT)
    folder = Folder(table)
    for batch in batches:
        folder.fold(strategies.as_events(batch))
    return table


def plainly(batches: list[list[Event]]) -> list[list[int]]:
    reference = ReferenceTable(strategies.ROW_COUNT)
    for batch in batches:
        for event in batch:
            reference.fold(event)
    return reference.rows


@given(st.lists(st.lists(strategies.events, min_size=1, max_size=30), max_size=4))
def test_any_batches_of_any_events_equal_the_plain_fold(batches: list[list[Event]]) -> None:
    assert folded(batches).values.T.tolist() == plainly(batches)


@given(st.lists(strategies.events, min_size=1, max_size=30))
def test_a_fold_names_each_touched_row_once_with_its_earliest_and_latest_arrival(batch: list[Event]) -> None:
    table = QuoteTable(strategies.ROW_COUNT)
    changes = Folder(table).fold(strategies.as_events(batch))
    arrivals: dict[int, list[int]] = {}
    for event in batch:
        arrivals.setdefault(event.row, []).append(event.recv_ns)
    assert changes.rows.tolist() == sorted(arrivals)
    assert changes.recv_oldest_ns.tolist() == [min(arrivals[row]) for row in sorted(arrivals)]
    assert changes.recv_newest_ns.tolist() == [max(arrivals[row]) for row in sorted(arrivals)]
    assert table.changed_since(0).tolist() == sorted(arrivals)


def test_a_day_begins_with_its_first_trade() -> None:
    table = folded([[Trade(0, 5_000, 1, 100, 3), Trade(0, 6_000, 2, 104, 2), Trade(0, 7_000, 3, 99, 1)]])
    assert table.column(Field.OPEN)[0] == table.column(Field.REFERENCE)[0] == 100
    assert (table.column(Field.HIGH)[0], table.column(Field.LOW)[0]) == (104, 99)
    assert (table.column(Field.LAST)[0], table.column(Field.LAST_SIZE)[0]) == (99, 1)
    assert (table.column(Field.VOLUME)[0], table.column(Field.EVENT_US)[0]) == (6, 7)


def test_a_trade_of_before_our_time_is_shown_but_not_counted() -> None:
    table = folded([[Trade(0, 5_000, 1, 100, 3, history=True)]])
    assert table.column(Field.LAST)[0] == 100
    assert table.column(Field.VOLUME)[0] == table.column(Field.HIGH)[0] == table.column(Field.OPEN)[0] == NULL


def test_session_figures_replace_what_was_counted_before_them_and_count_on() -> None:
    session = Session(0, 2, 2, NULL, 110, 90, 95, 1_000, 0)
    table = folded([[Trade(0, 1, 1, 120, 5), session, Trade(0, 3, 3, 111, 7)]])
    assert (table.column(Field.HIGH)[0], table.column(Field.LOW)[0]) == (111, 90)
    assert (table.column(Field.VOLUME)[0], table.column(Field.REFERENCE)[0]) == (1_007, 95)
    assert table.column(Field.OPEN)[0] == 120


def test_an_empty_side_of_the_book_is_empty() -> None:
    table = folded([[Quote(0, 1, 1, 99, 1, 101, 2), Quote(0, 2, 2, NULL, NULL, 101, 2)]])
    assert table.column(Field.BID)[0] == NULL
    assert table.column(Field.ASK)[0] == 101


def test_a_volume_beyond_64_bits_stays_at_the_largest_count() -> None:
    batch: list[Event] = [Trade(0, 1, 1, 1, 2**62), Trade(0, 1, 1, 1, 2**62), Bar(0, 1, 1, 1, 1, 1, 1, 2**62)]
    assert folded([batch]).column(Field.VOLUME)[0] == COUNT_MAX
