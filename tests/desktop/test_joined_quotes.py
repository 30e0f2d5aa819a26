"""A joined list shows what its groups show, row by row, whatever they go through."""

import random
from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.market.fields import Field
from core.market.group_feed import FeedEvent, FeedState, GroupFeed
from core.market.groups import GROUP_ROWS_MAX, GroupSpec, group_spec
from core.market.instruments import Instrument, InstrumentKey
from core.market.quote_table import QuoteTable
from desktop.desk import BoolRows, QuotePhase, QuoteReading
from desktop.joined_quotes import JoinedHold, hold_quotes, split, split_by_name
from tests.core.market.group_publisher import GroupPublisher

GROUP_ROWS = 6
KEYS = [InstrumentKey(("ALPHA", "BETA")[n % 2], f"S{n:02}") for n in range(3 * GROUP_ROWS)]
PHASES = {
    FeedState.LOADING: QuotePhase.LOADING,
    FeedState.LIVE: QuotePhase.LIVE,
    FeedState.STALE: QuotePhase.STALE,
}


class Group:
    """A real feed with its publisher; messages come when told to."""

    def __init__(self, spec: GroupSpec, seed: int) -> None:
        self.publisher = GroupPublisher(spec, seed)
        self.feed = GroupFeed(spec, random.Random(seed))
        self.feed.on_bus(True, 0)
        self.layouts = 1
        self.blank: QuoteTable | None = None

    @property
    def table(self) -> QuoteTable:
        return self.blank or self.feed.table

    def set_blank(self, blank: bool) -> None:
        self.blank = QuoteTable(self.feed.table.row_count) if blank else None
        self.layouts += 1

    def tell(self, event: FeedEvent) -> None:
        if event & FeedEvent.LAYOUT_CHANGED:
            self.layouts += 1

    def send(self, rows: list[int]) -> None:
        self.tell(self.feed.on_delta(self.publisher.delta(rows), 0))

    def snapshot(self) -> None:
        self.tell(self.feed.on_snapshot(self.publisher.snapshot(), 0))


@dataclass
class FeedHold:
    """The port over a `Group`, as `BusQuoteHold` is over the bus."""

    group: Group
    closed: bool = False
    in_front: bool = False
    asleep: bool = False
    oldest_recv_ns: int = 0

    @property
    def table(self) -> QuoteTable:
        return self.group.table

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        return self.group.feed.instruments

    @property
    def group_id(self) -> str:
        return self.group.feed.spec.group_id

    @property
    def layout_version(self) -> int:
        return self.group.layouts

    @property
    def epoch(self) -> int:
        return self.group.feed.epoch

    def reading(self, now_ms: int) -> QuoteReading:
        feed = self.group.feed
        reason = feed.reason.name if feed.reason is not None else ""
        phase = PHASES[feed.state] if self.group.blank is None else QuotePhase.LOADING
        return QuoteReading(phase, reason, 7, cadence_ms=feed.cadence_ms)

    def row_states(self, now_ms: int) -> tuple[BoolRows, BoolRows, BoolRows]:
        feed = self.group.feed
        return feed.row_stale(0), feed.row_late(), feed.row_halted()

    def trust_mark(self) -> object:
        feed = self.group.feed
        return feed.state, feed.epoch, feed.layout_version, feed.source_states.tobytes()

    def take_oldest_recv_ns(self) -> int:
        return self.group.feed.take_oldest_recv_ns()

    def set_in_front(self, in_front: bool) -> None:
        self.in_front = in_front

    def set_asleep(self, asleep: bool) -> None:
        self.asleep = asleep

    def close(self) -> None:
        assert not self.closed
        self.closed = True


@dataclass
class FeedQuotes:
    """Equal groups are one."""

    instruments: tuple[Instrument, ...] = ()
    directory_version: int = 1
    sources: tuple[()] = ()
    groups: dict[GroupSpec, Group] = field(default_factory=dict)
    holds: list[FeedHold] = field(default_factory=list)

    def hold(self, keys: list[InstrumentKey], on_data: object) -> FeedHold:
        spec = group_spec(keys)
        if spec not in self.groups:
            self.groups[spec] = Group(spec, len(self.groups))
        self.holds.append(FeedHold(self.groups[spec]))
        return self.holds[-1]

    def open_groups(self) -> set[str]:
        return {hold.group_id for hold in self.holds if not hold.closed}


def joined(quotes: FeedQuotes, keys: list[InstrumentKey], previous: JoinedHold | None = None) -> JoinedHold:
    """As `hold_quotes` does, with small groups."""
    ordered = sorted(keys)
    chunks = [ordered[at : at + GROUP_ROWS] for at in range(0, len(ordered), GROUP_ROWS)]
    parts = [quotes.hold(chunk, None) for chunk in chunks]
    return JoinedHold(keys, parts, {}, previous)


class Joined(RuleBasedStateMachine):
    """`mirror` follows the joined table by what it says has changed, as the grid does."""

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        self.quotes = FeedQuotes()
        self.keys = data.draw(st.permutations(KEYS))
        self.hold = joined(self.quotes, self.keys)
        self.begin_mirror()

    def begin_mirror(self) -> None:
        self.seen = -1
        self.layout = -1
        self.mirror = np.zeros((len(Field), len(self.keys)), np.int64)

    def group(self, number: int) -> Group:
        groups = [part.hold.group for part in self.hold._filling]
        return groups[number % len(groups)]

    numbers = st.integers(0, 5)
    rows = st.sets(st.integers(0, 2), min_size=1)

    @rule(number=numbers, rows=rows)
    def a_delta_comes(self, number: int, rows: set[int]) -> None:
        group = self.group(number)
        group.send([row for row in sorted(rows) if row < len(group.feed.spec.keys)] or [0])

    @rule(number=numbers)
    def a_delta_is_lost(self, number: int) -> None:
        self.group(number).publisher.delta([0])

    @rule(number=numbers)
    def a_snapshot_comes(self, number: int) -> None:
        self.group(number).snapshot()

    @rule(number=numbers)
    def the_publisher_restarts(self, number: int) -> None:
        self.group(number).publisher.restart()

    @rule(number=numbers)
    def the_increments_change(self, number: int) -> None:
        self.group(number).publisher.change_layout()

    @rule(number=numbers, connected=st.booleans())
    def the_bus(self, number: int, connected: bool) -> None:
        self.group(number).feed.on_bus(connected, 0)

    @rule(number=numbers, blank=st.booleans())
    def a_seek_blanks(self, number: int, blank: bool) -> None:
        self.group(number).set_blank(blank)

    @precondition(lambda self: hasattr(self, "hold"))
    @rule(data=st.data())
    def a_person_changes_the_list(self, data: st.DataObject) -> None:
        count = data.draw(st.integers(1, len(KEYS)))
        self.keys = data.draw(st.permutations(KEYS))[:count]
        self.hold = joined(self.quotes, self.keys, self.hold)
        self.begin_mirror()

    @rule()
    def a_frame_is_prepared(self) -> None:
        layout = self.hold.layout_version
        table = self.hold.table
        if layout != self.layout:
            self.layout, self.seen = layout, -1
            self.mirror[:] = table.values
        changed = table.changed_since(self.seen)
        self.mirror[:, changed] = table.values[:, changed]
        self.seen = table.version

    @invariant()
    def every_row_is_as_in_its_own_group(self) -> None:
        if not hasattr(self, "hold"):
            return
        self.a_frame_is_prepared()
        table, instruments = self.hold.table, self.hold.instruments
        stale, late, halted = self.hold.row_states(0)
        assert [instrument.key for instrument in instruments] == self.keys
        assert np.array_equal(self.mirror, table.values)
        waits = bool(self.hold._previous)
        for part in self.hold._parts:
            if waits and part.is_loading:
                continue
            own = part.hold
            told = own.row_states(0)
            for row, place in zip(part.own.tolist(), part.to.tolist(), strict=True):
                assert np.array_equal(table.values[:, place], own.table.values[:, row])
                assert instruments[place].price_decimals == own.instruments[row].price_decimals
                assert (stale[place], late[place], halted[place]) == tuple(flags[row] for flags in told)

    @invariant()
    def only_what_is_needed_is_held(self) -> None:
        if hasattr(self, "hold"):
            filling = {part.hold.group_id for part in self.hold._filling}
            assert self.quotes.open_groups() == filling

    def teardown(self) -> None:
        if hasattr(self, "hold"):
            self.hold.close()
            assert not self.quotes.open_groups()


TestJoined = Joined.TestCase
TestJoined.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)


def loaded(quotes: FeedQuotes) -> None:
    for group in quotes.groups.values():
        group.snapshot()


def test_a_short_list_in_the_order_of_its_group_is_the_group_itself() -> None:
    quotes = FeedQuotes()
    assert isinstance(hold_quotes(quotes, sorted(KEYS), lambda: None, {}), FeedHold)
    assert isinstance(hold_quotes(quotes, KEYS[::-1], lambda: None, {}), JoinedHold)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=40, unique=True), st.integers(0, 6_000))
def test_a_long_list_is_split_into_groups_that_hold_each_row_once(picked: list[int], more: int) -> None:
    keys = sorted(InstrumentKey("X", str(number)) for number in {*picked, *range(more)})
    for groups in (split(keys), split_by_name(keys)):
        assert sorted(key for group in groups for key in group) == keys
        assert all(0 < len(group) <= GROUP_ROWS_MAX for group in groups)


def test_an_added_row_changes_one_group_of_a_list_in_a_persons_order() -> None:
    keys = [InstrumentKey("X", f"S{number}") for number in range(5_000)]
    before, after = (
        {group_spec(group) for group in split_by_name(wanted)}
        for wanted in (keys, [*keys, InstrumentKey("X", "NEW")])
    )
    assert len(after - before) == 1


def test_a_row_keeps_its_price_while_its_list_waits_for_a_new_group() -> None:
    quotes = FeedQuotes()
    first = hold_quotes(quotes, sorted(KEYS[:4]), lambda: None, {})
    loaded(quotes)
    price = int(first.table.column(Field.LAST)[0])
    longer = hold_quotes(quotes, [*sorted(KEYS[:4]), KEYS[9]], lambda: None, {}, first)
    assert int(longer.table.column(Field.LAST)[0]) == price
    assert longer.row_states(0)[0].tolist() == [False] * 4 + [True]
    assert longer.reading(0).phase is QuotePhase.LIVE
    loaded(quotes)
    assert longer.row_states(0)[0].tolist() == [False] * 4 + [False]
    assert longer.table.column(Field.LAST)[4] != longer.table.column(Field.LAST)[0]
    assert quotes.holds[0].closed


def test_one_lost_group_makes_the_list_stale_and_marks_only_its_own_rows() -> None:
    quotes = FeedQuotes()
    hold = joined(quotes, KEYS)
    loaded(quotes)
    assert hold.reading(0).phase is QuotePhase.LIVE
    lost = list(quotes.groups.values())[1]
    lost.publisher.delta([0])
    lost.send([0])
    assert hold.reading(0).phase is QuotePhase.STALE
    stale = {key for key, is_stale in zip(KEYS, hold.row_states(0)[0], strict=True) if is_stale}
    assert stale == set(lost.feed.spec.keys)
    lost.snapshot()
    assert hold.reading(0).phase is QuotePhase.LIVE
    assert not hold.row_states(0)[0].any()


def test_names_of_the_directory_and_its_increments_stand_before_a_group_has_loaded() -> None:
    known = {KEYS[0]: Instrument(KEYS[0], 5, 1, name="Zero")}
    hold = JoinedHold(KEYS[:2], [FeedQuotes().hold(KEYS[:2], None)], known)
    assert (hold.instruments[0].price_decimals, hold.instruments[0].name) == (5, "Zero")


def test_the_oldest_arrival_and_the_slowest_cadence_of_all_groups_are_told() -> None:
    quotes = FeedQuotes()
    hold = joined(quotes, KEYS)
    loaded(quotes)
    for group in list(quotes.groups.values())[:2]:
        group.send([0, 1])
    assert hold.take_oldest_recv_ns() == 10**18 + 2 - 50
    assert hold.take_oldest_recv_ns() == 0
    assert hold.reading(0).cadence_ms == 33
