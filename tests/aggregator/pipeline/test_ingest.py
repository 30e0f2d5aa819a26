"""Whatever happens to raw messages on their way, the table ends as the feed's own."""

import random
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.feeds.newest import NewestValues
from aggregator.pipeline import ingest
from aggregator.pipeline.ingest import (
    BACKLOG_MESSAGES_MAX,
    TURN_BYTES_MAX,
    TURN_MESSAGES_MAX,
    Backlog,
    Ingest,
)
from aggregator.pipeline.instruments import Definition, InstrumentRows
from aggregator.pipeline.sequencing import Phase
from core import subjects
from core.clock import NS_PER_MS
from core.market.fields import NULL, Field, SourceState
from core.market.instruments import Instrument, InstrumentKey
from core.metrics import Counters
from core.scope import LIVE
from core.wire.raw import RawBatch, RawFlag, RawHeader, encode_raw
from tests.aggregator.pipeline import strategies
from tests.aggregator.pipeline.market import block
from tests.aggregator.pipeline.reference import Event, Quote, ReferenceTable, Trade

ROWS = strategies.ROW_COUNT
EXCHANGES = ("AAA", "BBB")
NOW_NS = 10**18


def defined(exchange: str, price_decimals: int = 2, count: int = ROWS) -> list[Definition]:
    keys = [InstrumentKey(exchange, f"S{number}") for number in range(count)]
    return [Definition(number, Instrument(key, price_decimals)) for number, key in enumerate(keys)]


@dataclass
class SmallFeed:
    """One exchange: numbers its messages, knows its own newest values, answers with its state."""

    exchange: str
    epoch: int = 5
    sequence: int = 0
    version: int = 1
    newest: NewestValues = field(default_factory=lambda: NewestValues(ROWS))
    truth: ReferenceTable = field(default_factory=lambda: ReferenceTable(ROWS))

    def message(self, events: list[Event]) -> bytes:
        self.sequence += 1
        for event in events:
            self.truth.fold(event)
        content = block(events)
        self.newest.note(content)
        return self._encode(content)

    def idle(self) -> bytes:
        return encode_raw(RawBatch(self._header(RawFlag(0))))

    def state(self) -> list[bytes]:
        blocks = self.newest.state(NOW_NS) or [block([])]
        messages = []
        for number, each in enumerate(blocks):
            flags = RawFlag.STATE | (RawFlag.FIRST if number == 0 else RawFlag(0))
            flags |= RawFlag.LAST if number == len(blocks) - 1 else RawFlag(0)
            messages.append(self._encode(each, flags))
        return messages

    def _encode(self, content, flags: RawFlag = RawFlag(0)) -> bytes:  # type: ignore[no-untyped-def]  # noqa: B008
        return encode_raw(RawBatch(self._header(flags), **dict(content.kinds())))

    def _header(self, flags: RawFlag) -> RawHeader:
        return RawHeader(self.epoch, self.sequence, self.version, flags)


class Bench:
    """An ingest without a bus."""

    def __init__(self, exchanges: tuple[str, ...] = EXCHANGES) -> None:
        self.counters = Counters()
        self.registry = InstrumentRows(self.counters)
        self.ingest = Ingest(LIVE, self.registry, self.counters, random.Random(1))
        self.now_ns = 0
        for exchange in exchanges:
            self.define(exchange, defined(exchange))

    def define(self, exchange: str, definitions: list[Definition], version: int = 1, epoch: int = 5) -> None:
        self.ingest.feed(exchange, self.now_ns)
        self.registry.define(exchange, epoch, version, definitions)
        self.ingest.on_definitions()

    def drain(self, *messages: tuple[str, bytes]) -> None:
        self.now_ns += 10 * NS_PER_MS
        names = [subjects.raw_mix(LIVE, exchange) for exchange, _ in messages]
        self.ingest.drain(names, [data for _, data in messages], self.now_ns, NOW_NS)

    def rows(self, exchange: str) -> list[list[int]]:
        rows = [self.registry.row_of[InstrumentKey(exchange, f"S{number}")] for number in range(ROWS)]
        values: list[list[int]] = self.registry.table.values.T[rows].tolist()
        return values

    def asks(self, exchange: str) -> bool:
        """As the pipeline does: ask when it is time."""
        gate = self.ingest.feeds[exchange].gate
        ask_ns = gate.ask_ns()
        if ask_ns is None or ask_ns > self.now_ns:
            return False
        gate.on_asked(self.now_ns)
        return True

    def __getitem__(self, counter: str) -> int:
        return self.counters.counter(counter).value


class Fate:
    """What the way does to messages: lost, repeated, swapped with the next, damaged."""

    def __init__(self, dice: random.Random, percent: int) -> None:
        self._dice = dice
        self._percent = percent

    def of(self, messages: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        arrived: list[tuple[str, bytes]] = []
        for exchange, data in messages:
            fate = self._dice.randrange(100)
            if fate >= self._percent:
                arrived.append((exchange, data))
            elif fate % 4 == 1:
                arrived += [(exchange, data)] * self._dice.randrange(2, 4)
            elif fate % 4 == 2 and arrived:
                arrived.insert(len(arrived) - 1, (exchange, data))
            elif fate % 4 == 3:
                damaged = bytearray(data)
                damaged[self._dice.randrange(len(damaged))] ^= 1 << self._dice.randrange(8)
                arrived.append((exchange, bytes(damaged)))
        return arrived


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.lists(strategies.events, min_size=1, max_size=8), min_size=1, max_size=25),
    st.integers(0, 40),
    st.integers(0, 2**32),
)
def test_lost_doubled_reordered_and_damaged_messages_change_nothing_in_the_end(
    batches: list[list[Event]], percent: int, seed: int
) -> None:
    dice = random.Random(seed)
    fate, bench = Fate(dice, percent), Bench()
    feeds = {exchange: SmallFeed(exchange) for exchange in EXCHANGES}
    under_way: list[tuple[str, bytes]] = []
    for batch in batches:
        exchange = dice.choice(EXCHANGES)
        under_way.append((exchange, feeds[exchange].message(batch)))
        if dice.random() < 0.3:
            under_way.append((exchange, feeds[exchange].idle()))
        if dice.random() < 0.4:
            bench.drain(*fate.of(under_way))
            under_way = []
            for each in EXCHANGES:
                if bench.asks(each):
                    under_way += [(each, data) for data in feeds[each].state()]
    bench.drain(*fate.of(under_way))
    for _ in range(600):  # the market is quiet now, and the way is good again
        bench.drain(*[(exchange, feed.idle()) for exchange, feed in feeds.items()])
        if all(feed.gate.ask_ns() is None for feed in bench.ingest.feeds.values()):
            break
        for each in EXCHANGES:
            if bench.asks(each):
                bench.drain(*[(each, data) for data in feeds[each].state()])
    for exchange, feed in feeds.items():
        assert bench.ingest.feeds[exchange].gate.phase is Phase.LIVE
        assert bench.rows(exchange) == feed.truth.rows


@settings(deadline=None)
@given(
    st.lists(st.lists(strategies.events, min_size=1, max_size=12), min_size=1, max_size=20),
    st.lists(st.integers(1, 7), min_size=1, max_size=10),
    st.lists(st.booleans(), min_size=1, max_size=10),
)
def test_any_split_of_the_backlog_and_any_repeats_give_the_same_table(
    batches: list[list[Event]], splits: list[int], repeats: list[bool]
) -> None:
    bench, feed = Bench(("AAA",)), SmallFeed("AAA")
    messages = [feed.idle()]
    for number, batch in enumerate(batches):
        message = feed.message(batch)
        messages += [message] * (2 if repeats[number % len(repeats)] else 1)
    turn = 0
    while messages:
        count = splits[turn % len(splits)]
        bench.drain(*[("AAA", data) for data in messages[:count]])
        messages, turn = messages[count:], turn + 1
    assert bench.rows("AAA") == feed.truth.rows
    assert bench["raw_gaps"] == bench["raw_states"] == 0
    assert bench["ticks"] == sum(map(len, batches))


QUOTE = Quote(0, 1_000, 1, 99, 5, 101, 6)


def test_a_feed_heard_from_its_first_event_needs_no_state() -> None:
    bench, feed = Bench(), SmallFeed("AAA")
    bench.drain(("AAA", feed.message([QUOTE])))
    assert bench.rows("AAA") == feed.truth.rows
    assert bench.ingest.feeds["AAA"].gate.ask_ns() is None


def test_after_a_gap_nothing_is_used_until_the_state_came() -> None:
    bench, feed = Bench(), SmallFeed("AAA")
    bench.drain(("AAA", feed.message([QUOTE])))
    before = bench.rows("AAA")
    feed.message([Quote(0, 2_000, 1, 98, 5, 102, 6)])
    bench.drain(("AAA", feed.message([Trade(0, 3_000, 1, 100, 1)])))
    assert bench.rows("AAA") == before
    assert bench.ingest.feeds["AAA"].gate.status(bench.now_ns) == (SourceState.DOWN, 0)
    assert bench.asks("AAA")
    first, last = feed.state(), feed.message([Trade(0, 4_000, 1, 105, 2)])
    bench.drain(*[("AAA", data) for data in first], ("AAA", last))
    assert bench.rows("AAA") == feed.truth.rows
    assert bench.ingest.feeds["AAA"].gate.status(bench.now_ns)[0] is SourceState.OK


def test_events_between_the_parts_of_a_state_follow_it() -> None:
    bench = Bench(())
    many = 600  # three messages of state
    bench.define("AAA", defined("AAA", count=many))
    feed = SmallFeed("AAA", newest=NewestValues(many), truth=ReferenceTable(many))
    for row in range(many):
        feed.message([Trade(row, 1_000 + row, 1, 100 + row, 1)])
    bench.drain(("AAA", feed.idle()))
    assert bench.asks("AAA")
    first, second, last = feed.state()
    between = feed.message([Trade(0, 9_000, 1, 500, 7), Trade(many - 1, 9_000, 1, 1, 7)])
    bench.drain(("AAA", first), ("AAA", second), ("AAA", between))
    bench.drain(("AAA", last))
    rows = [bench.registry.row_of[InstrumentKey("AAA", f"S{number}")] for number in range(many)]
    assert bench.registry.table.values.T[rows].tolist() == feed.truth.rows


def test_a_state_that_lost_a_part_is_asked_for_again() -> None:
    bench, feed = Bench(), SmallFeed("AAA")
    feed.message([QUOTE])
    bench.drain(("AAA", feed.idle()))
    assert bench.asks("AAA")
    bench.now_ns += 300 * NS_PER_MS
    assert bench.asks("AAA")
    bench.drain(*[("AAA", data) for data in feed.state()])
    assert bench.rows("AAA") == feed.truth.rows
    assert not bench.asks("AAA")


def test_an_older_epoch_is_dropped_and_counted() -> None:
    bench, old, new = Bench(), SmallFeed("AAA"), SmallFeed("AAA", epoch=6)
    bench.define("AAA", defined("AAA"), epoch=6)
    bench.drain(("AAA", old.message([QUOTE])), ("AAA", new.message([Trade(1, 1_000, 1, 7, 1)])))
    bench.drain(("AAA", old.message([Trade(0, 5_000, 1, 5, 5)])))
    assert bench.rows("AAA") == new.truth.rows
    assert bench["raw_old_epoch"] == 1


def test_what_a_replaced_feed_says_of_its_source_is_not_believed() -> None:
    bench, new = Bench(), SmallFeed("AAA", epoch=6)
    bench.define("AAA", defined("AAA"), epoch=6)
    down = encode_raw(RawBatch(RawHeader(5, 0, 1, RawFlag(0), SourceState.DOWN)))
    bench.drain(("AAA", new.idle()))
    bench.drain(("AAA", new.message([QUOTE])), ("AAA", down))
    assert bench.ingest.feeds["AAA"].gate.status(bench.now_ns)[0] is SourceState.OK


def test_a_state_that_comes_late_brings_no_old_values_back() -> None:
    bench, feed = Bench(), SmallFeed("AAA")
    bench.drain(("AAA", feed.message([QUOTE])))
    late = feed.state()
    bench.drain(("AAA", feed.message([Quote(0, 2_000, 1, 98, 5, 102, 6)])))
    bench.ingest.feeds["AAA"].gate.want_state(bench.now_ns)
    bench.drain(*[("AAA", data) for data in late])
    assert bench.rows("AAA") == feed.truth.rows
    assert bench["raw_ignored"] == len(late)


def test_more_subjects_than_are_remembered_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "SUBJECTS_MAX", 2)
    bench, feed = Bench(("AAA",)), SmallFeed("AAA")
    names = [subjects.raw(LIVE, InstrumentKey("AAA", f"S{number}")) for number in range(5)]
    messages = [feed.message([QUOTE]) for _ in names]
    bench.ingest.drain(names, messages, bench.now_ns, NOW_NS)
    assert bench.ingest.feeds["AAA"].gate.sequence == 5
    assert bench["raw_gaps"] == 0


def test_a_price_step_that_finer_increments_cannot_count_is_rejected() -> None:
    bench, key = Bench(()), InstrumentKey("AAA", "S0")
    bench.define("AAA", [Definition(0, Instrument(key, 18))])
    bench.define("AAA", [Definition(0, Instrument(key, 0, tick_counts=100))], version=2)
    assert bench["definitions_rejected"] == 1
    assert bench.registry.instruments[1] == Instrument(key, 18)


def test_an_unknown_instrument_is_counted_and_its_definition_asked_for() -> None:
    bench = Bench(())
    bench.define("AAA", defined("AAA")[:1])
    feed = SmallFeed("AAA")
    bench.drain(("AAA", feed.message([QUOTE, Trade(3, 2_000, 1, 7, 1)])))
    assert bench["unknown_instruments"] == 1
    assert bench.registry.table.column(Field.BID)[1] == 99
    assert bench.ingest.feeds["AAA"].gate.status(bench.now_ns)[0] is SourceState.OK
    assert bench.asks("AAA")
    feed.version = 2
    bench.define("AAA", defined("AAA"), version=2)
    bench.drain(*[("AAA", data) for data in feed.state()])
    assert bench.rows("AAA") == feed.truth.rows
    assert bench.ingest.feeds["AAA"].gate.ask_ns() is None


def test_events_in_coarser_increments_are_multiplied_and_impossible_ones_rejected() -> None:
    bench, feed = Bench(), SmallFeed("AAA")
    bench.drain(("AAA", feed.message([QUOTE])))
    under_way = feed.message([Trade(0, 2_000, 1, 100, 1), Trade(0, 2_000, 1, 2**62, 1)])
    bench.define("AAA", defined("AAA", price_decimals=4), version=2)
    assert bench.registry.table.column(Field.BID)[1] == 9_900
    bench.drain(("AAA", under_way))
    assert bench.registry.table.column(Field.LAST)[1] == 10_000
    assert bench["events_rejected"] == 1
    feed.version = 2
    bench.drain(("AAA", feed.message([Trade(0, 3_000, 1, 10_001, 1)])))
    assert bench.registry.table.column(Field.LAST)[1] == 10_001


def test_events_that_no_table_can_hold_are_rejected_and_counted() -> None:
    bench, feed = Bench(), SmallFeed("AAA")
    wrong = [Trade(0, 1_000, 1, NULL, 1), Trade(0, 1_000, 1, 5, -1), Trade(0, NULL, 1, 5, 1)]
    bench.drain(("AAA", feed.message([*wrong, QUOTE])))
    assert bench["events_rejected"] == 3
    assert bench.registry.table.column(Field.LAST)[1] == NULL
    assert bench.registry.table.column(Field.BID)[1] == 99


def test_damaged_and_misplaced_messages_are_counted() -> None:
    bench, feed = Bench(), SmallFeed("AAA")
    bench.drain(("AAA", b"nonsense"), ("AAA", b""), ("AAA", feed.message([QUOTE])))
    assert bench["raw_rejected"] == 2
    assert bench.rows("AAA") == feed.truth.rows
    bench.ingest.drain(["md.raw.AAA"], [feed.idle()], bench.now_ns, NOW_NS)
    bench.ingest.drain(["md.raw.AAA"] * 2, [feed.idle()] * 2, bench.now_ns, NOW_NS)
    assert bench["raw_rejected"] == 5


class TestBacklog:
    @staticmethod
    def backlog() -> tuple[Backlog, list[int], Counters]:
        woken: list[int] = []
        counters = Counters()
        return Backlog(counters, lambda: 77, lambda: woken.append(1)), woken, counters

    def test_wakes_once_for_many_messages(self) -> None:
        backlog, woken, _ = self.backlog()
        for _ in range(3):
            backlog.append("s", b"data")
        assert (len(backlog), backlog.since_ns, woken) == (3, 77, [1])

    def test_hands_out_one_turn_at_a_time(self) -> None:
        backlog, _, _ = self.backlog()
        for number in range(TURN_MESSAGES_MAX + 10):
            backlog.append(str(number), b"x")
        names, data = backlog.take()
        assert len(names) == len(data) == TURN_MESSAGES_MAX
        assert backlog.take()[0] == [str(TURN_MESSAGES_MAX + number) for number in range(10)]
        assert not backlog

    def test_a_turn_of_large_messages_is_smaller(self) -> None:
        backlog, _, _ = self.backlog()
        for _ in range(100):
            backlog.append("s", bytes(TURN_BYTES_MAX // 10))
        assert len(backlog.take()[1]) == 10

    @pytest.mark.slow
    def test_drops_and_counts_what_is_too_much(self) -> None:
        backlog, _, counters = self.backlog()
        for _ in range(BACKLOG_MESSAGES_MAX + 5):
            backlog.append("s", b"")
        assert len(backlog) == BACKLOG_MESSAGES_MAX
        assert counters.totals()["raw_dropped"] == 5


def test_rows_belong_to_one_feed_only() -> None:
    bench = Bench()
    a, b = SmallFeed("AAA"), SmallFeed("BBB")
    bench.drain(("AAA", a.message([QUOTE])), ("BBB", b.message([Quote(0, 5_000, 1, 1, 1, 2, 2)])))
    a.epoch, a.sequence = 6, 0
    bench.define("AAA", defined("AAA"), epoch=6)
    bench.drain(("AAA", a.idle()))
    assert (np.array(bench.rows("AAA")) == NULL).all()
    assert bench.rows("BBB") == b.truth.rows
