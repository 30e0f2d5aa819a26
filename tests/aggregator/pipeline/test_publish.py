"""What a desk holds after deltas and snapshots is the table, exactly; and it costs few bytes."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.pipeline.fold import Folder
from aggregator.pipeline.instruments import Definition, InstrumentRows
from aggregator.pipeline.publish import GroupStream, SourceColumns, bases_for
from core.market.fields import FIELD_COUNT, NULL, Field
from core.market.group_feed import FeedEvent, FeedState, GroupFeed
from core.market.groups import GroupSpec, group_spec
from core.market.instruments import Instrument, InstrumentKey
from core.metrics import Counters
from core.wire.delta import decode_delta_header
from tests.aggregator.pipeline import strategies
from tests.aggregator.pipeline.reference import Event, Quote, Trade
from tests.aggregator.pipeline.strategies import as_events

SOURCES = SourceColumns(np.zeros(1, np.uint8), np.zeros(1, np.uint32))
ALL = (1 << FIELD_COUNT) - 1


class Publisher:
    """A table, a group on it, and a desk that hears everything."""

    def __init__(self, row_count: int, field_mask: int = ALL) -> None:
        self.registry = InstrumentRows(Counters())
        self.keys = [InstrumentKey("AAA", f"S{number:04}") for number in range(row_count)]
        self.define(2)
        self.folder = Folder(self.registry.table)
        self.spec: GroupSpec = group_spec(self.keys, field_mask)
        self.stream = GroupStream(self.spec, epoch=9)
        self.stream.lay_out(self.registry)
        self.feed = GroupFeed(self.spec, random.Random(1))
        self.now_ms = 0
        self.bytes = self.rows = 0
        self.tell_snapshot()

    def define(self, decimals: int, version: int = 1) -> None:
        definitions = [Definition(n, Instrument(key, decimals)) for n, key in enumerate(self.keys)]
        self.registry.define("AAA", 1, version, definitions)

    def fold(self, events: list[Event]) -> None:
        """Reference rows count from 0, table rows from 1."""
        moved = [type(event)(**{**vars(event), "row": event.row + 1}) for event in events]
        self.stream.absorb(self.folder.fold(as_events(moved)))

    def tell_delta(self, places: int = 1_000) -> FeedEvent | None:
        self.now_ms += 33
        sent = self.stream.delta(self.registry, places, SOURCES, 33, 0, 1)
        if sent is None:
            return None
        self.bytes += len(sent.data)
        self.rows += sent.rows
        return self.feed.on_delta(sent.data, self.now_ms)

    def tell_snapshot(self) -> FeedEvent:
        return self.feed.on_snapshot(self.stream.snapshot(SOURCES, 1), self.now_ms)

    @property
    def truth(self) -> list[list[int]]:
        values = self.registry.table.values[:, 1:].copy()
        values[[field for field in Field if not self.spec.field_mask >> field & 1]] = NULL
        rows: list[list[int]] = values.T.tolist()
        return rows

    @property
    def shown(self) -> list[list[int]]:
        rows: list[list[int]] = self.feed.table.values.T.tolist()
        return rows


steps = st.one_of(
    st.lists(strategies.events, min_size=1, max_size=12),
    st.integers(1, 6),  # a delta of so many rows at most
    st.sampled_from(("snapshot", "layout", "late desk")),
)


@settings(deadline=None)
@given(st.lists(steps, max_size=25), st.one_of(st.just(ALL), st.integers(1, ALL)))
def test_deltas_and_snapshots_of_any_history_end_in_the_table(history: list[object], field_mask: int) -> None:
    publisher = Publisher(strategies.ROW_COUNT, field_mask)
    for step in history:
        match step:
            case list():
                publisher.fold(step)
            case int():
                publisher.tell_delta(step)
            case "snapshot":
                publisher.tell_snapshot()
            case "layout":
                publisher.stream.lay_out(publisher.registry)
                publisher.tell_snapshot()
            case "late desk":
                publisher.feed = GroupFeed(publisher.spec, random.Random(1))
                publisher.tell_snapshot()
        assert publisher.shown == publisher.stream.sent.T.tolist()
    for _ in range(2 * strategies.ROW_COUNT):
        publisher.tell_delta(1)
    assert publisher.tell_delta() is None
    assert publisher.shown == publisher.truth
    assert publisher.feed.state is FeedState.LIVE


def test_finer_decimals_arrive_with_a_new_layout() -> None:
    publisher = Publisher(2)
    publisher.fold([Quote(0, 1_000, 1, 99, 5, 101, 6)])
    publisher.tell_delta()
    publisher.define(4, version=2)
    publisher.stream.lay_out(publisher.registry)
    assert publisher.tell_snapshot() & FeedEvent.LAYOUT_CHANGED
    assert publisher.feed.instruments[0].price_decimals == 4
    assert publisher.shown == publisher.truth
    assert publisher.shown[0][Field.BID] == 9_900


def test_a_delta_says_when_its_oldest_and_newest_event_arrived() -> None:
    publisher = Publisher(3)
    publisher.fold([Quote(0, 1_000, 70, 99, 5, 101, 6), Quote(1, 1_000, 30, 99, 5, 101, 6)])
    publisher.fold([Quote(0, 2_000, 90, 98, 5, 101, 6)])
    sent = publisher.stream.delta(publisher.registry, 10, SOURCES, 33, 0, 1)
    assert sent is not None
    header = decode_delta_header(sent.data)
    assert (header.recv_oldest_ns, header.recv_newest_ns) == (30, 90)


def test_a_quote_that_repeats_itself_sends_nothing() -> None:
    publisher = Publisher(1)
    publisher.fold([Quote(0, 1_000, 1, 99, 5, 101, 6)])
    publisher.tell_delta()
    publisher.fold([Quote(0, 1_000, 2, 99, 5, 101, 6)])
    assert publisher.tell_delta() is None


def walk(dice: random.Random, prices: list[int], event_ns: int) -> list[Event]:
    """Each row gets a quote and a trade a tick or so from the last one."""
    events: list[Event] = []
    for row, price in enumerate(prices):
        prices[row] = price = price + dice.randrange(-5, 6)
        event_ns += 300_000
        events.append(
            Quote(row, event_ns, 1, price - 1, dice.randrange(1, 900), price + 1, dice.randrange(1, 900))
        )
        events.append(Trade(row, event_ns, 1, price, dice.randrange(1, 90)))
    return events


def test_a_hundred_busy_rows_cost_at_most_45_bytes_each() -> None:
    dice, publisher = random.Random(3), Publisher(100)
    prices = [dice.randrange(10_000, 6_000_000) for _ in range(100)]
    event_ns = 1_700_000_000_000_000_000
    publisher.fold(walk(dice, prices, event_ns))
    publisher.stream.lay_out(publisher.registry)
    publisher.tell_snapshot()
    for second in range(20):
        publisher.fold(walk(dice, prices, event_ns + second * 33_000_000))
        publisher.tell_delta()
    assert publisher.shown == publisher.truth
    assert publisher.bytes / publisher.rows <= 45


def test_bases_are_renewed_when_prices_had_none_or_ran_away() -> None:
    publisher = Publisher(4)
    assert not publisher.stream.wants_new_bases()
    for row in range(4):
        publisher.fold([Trade(row, 1_000, 1, 5_000_000, 1)])
    publisher.tell_delta()
    assert publisher.stream.wants_new_bases()
    publisher.stream.lay_out(publisher.registry)
    assert not publisher.stream.wants_new_bases()
    publisher.fold([Trade(0, 2_000, 1, 5_000_100, 1)])
    publisher.tell_delta()
    assert not publisher.stream.wants_new_bases()


@pytest.mark.parametrize("first", [Field.LAST, Field.BID, Field.ASK, Field.REFERENCE])
def test_an_unknown_price_counts_from_the_rows_market_price(first: Field) -> None:
    values = np.full((FIELD_COUNT, 1), NULL)
    values[first] = 777
    bases = bases_for(values)
    assert bases[Field.HIGH, 0] == bases[Field.BID, 0] == 777
    assert bases[Field.BID_SIZE, 0] == bases[Field.VOLUME, 0] == 0
