"""What charts are told when not everything is kept, when many want bars, and when requests make no sense."""

import numpy as np
import pytest

from aggregator.pipeline import requests
from aggregator.pipeline.bars.leases import HOLD_S
from aggregator.pipeline.bars.served import SERIES_MAX, BarsAsked, ServedBars
from aggregator.pipeline.bars.store import BarStore
from aggregator.pipeline.fold import CANCEL, Events, Trades
from aggregator.pipeline.instruments import Definition, InstrumentRows
from core.clock import NS_PER_MS, NS_PER_S
from core.market.bars import COLUMNS, BarFlag
from core.market.instruments import Instrument, InstrumentKey
from core.market.intervals import Interval, parse_interval, seconds
from core.market.trading_day import trading_day
from core.metrics import Counters
from core.scope import Scope
from core.wire.bars import BarBlock, decode_bars
from core.wire.errors import WireError
from core.wire.generated import control_pb2
from tests.core.market.plain_bars import SECOND_NS, Trade, plain_counted, plain_timed

CHUNK = 64
BEGIN_NS = 1_709_928_000 * SECOND_NS
KEYS = [InstrumentKey("X", f"S{number}") for number in range(3)]
DAY = trading_day("X")
IDLE_NS = 250 * NS_PER_MS


class Charts:
    """A store that keeps little, and what is served of it; time passes when told to."""

    def __init__(self, trades_max: int = 4 * CHUNK) -> None:
        self.counters = Counters()
        self.registry = InstrumentRows(self.counters)
        listed = [Definition(number, Instrument(key)) for number, key in enumerate(KEYS)]
        self.registry.define("X", 1, 1, listed)
        self.store = BarStore(
            self.registry, self.counters, is_live=False, trades_max=trades_max, chunk_events=CHUNK
        )
        self.sent: list[tuple[str, BarBlock]] = []
        self.market_ns = BEGIN_NS
        self.now_ns = NS_PER_S
        self.bars = ServedBars(
            Scope("s"), self.registry, self.store, self.counters, 5,
            lambda subject, data: self.sent.append((subject, decode_bars(data))),
            lambda: self.market_ns, lambda: 1,
        )  # fmt: skip
        self.trades: list[Trade] = []

    def trade(self, trades: list[Trade], row: int = 1, arrived_ns: int = 77) -> None:
        count = len(trades)
        columns = (
            np.array([getattr(each, name) for each in trades], np.int64)
            for name in ("event_ns", "price", "size")
        )
        event_ns, price, size = columns
        flags = np.array([CANCEL * each.cancel for each in trades], np.uint8)
        rows, order = np.full(count, row, np.intp), np.arange(count)
        recv_ns = np.full(count, arrived_ns, np.int64)
        self.store.on_events(Events(trades=Trades(rows, order, event_ns, recv_ns, price, size, flags)))
        self.bars.on_drained(self.now_ns, self.now_ns)
        self.trades += trades

    def page(
        self, text: str, before_key: int = 0, bars_max: int = 5_000, key: InstrumentKey = KEYS[0]
    ) -> BarBlock:
        return decode_bars(
            self.bars.page(BarsAsked(key, parse_interval(text), before_key, bars_max), self.now_ns)
        )

    def passes(self, duration_ns: int) -> None:
        """Let time pass in steps of a housekeeping, sending what is due."""
        end_ns = self.now_ns + duration_ns
        while self.now_ns < end_ns:
            self.now_ns += 5 * NS_PER_MS
            self.bars.send_due(self.now_ns, self.now_ns + NS_PER_S, lambda: self.now_ns)
            self.bars.keep_house(0, self.now_ns)


def rows(block: BarBlock) -> list[tuple[int, ...]]:
    changed = (block.bars.flags & BarFlag.CHANGED) != 0
    columns = (getattr(block.bars, name).tolist() for name in COLUMNS[:-1])
    return list(zip(*columns, changed.tolist(), strict=True))


def stream(count: int) -> list[Trade]:
    return [
        Trade(BEGIN_NS + 7 * number * SECOND_NS, 1_000 + number % 50, 1 + number % 9)
        for number in range(count)
    ]


def test_minutes_reach_further_back_than_the_trades_that_are_kept() -> None:
    charts = Charts()
    trades = stream(1_000)
    for begin in range(0, 1_000, 30):
        charts.trade(trades[begin : begin + 30])
    charts.bars.keep_house(0, charts.now_ns)
    totals = charts.counters.totals()
    assert totals["bars_trades_kept"] <= 4 * CHUNK
    assert totals["bars_trades_kept"] + totals["bars_trades_dropped"] == 1_000
    for text in ("1m", "5m", "1h", "1d"):
        assert rows(charts.page(text)) == plain_timed(trades, parse_interval(text).count, DAY), text
    short = charts.page("15s")
    every = plain_timed(trades, 15, DAY)
    assert rows(short) == every[-len(short.bars) :], "bars that are not whole are not shown"
    assert 50 < len(short.bars) < len(every)
    assert not short.has_earlier
    counted = charts.page("10t")
    assert BarFlag.INCOMPLETE in BarFlag(int(counted.bars.flags[0]))
    kept = trades[-charts.store.trades.events(1).shape[1] :]
    assert rows(counted) == plain_counted(kept, 10, DAY, is_volume=False)


@pytest.mark.parametrize("is_built_by_page", [True, False])
def test_an_update_after_a_seek_is_no_older_than_its_own_trades(is_built_by_page: bool) -> None:
    charts = Charts()
    charts.page("1s")
    charts.trade([Trade(BEGIN_NS, 1)], arrived_ns=100)
    charts.store.begin_turn({}, None)
    charts.bars.forget()
    charts.store.end_turn()
    charts.bars.begin_epoch(6, charts.now_ns)
    charts.trade([Trade(BEGIN_NS, 2)], arrived_ns=200)
    if is_built_by_page:
        assert len(charts.page("1s").bars) == 1
    charts.passes(100 * NS_PER_MS)
    charts.trade([Trade(BEGIN_NS, 3)], arrived_ns=300)
    charts.passes(100 * NS_PER_MS)
    assert [block.recv_oldest_ns for _, block in charts.sent if len(block.bars)] == [300]


def test_a_bar_says_nothing_of_a_gap_that_comes_after_the_clock() -> None:
    charts = Charts()
    gap = (BEGIN_NS + 30 * SECOND_NS, BEGIN_NS + 40 * SECOND_NS)
    charts.store.gaps.know({"X": [gap]})
    charts.trade([Trade(BEGIN_NS + SECOND_NS, 1)])
    told = []
    for at_s in (10, 29, 31, 50, 60):
        charts.market_ns = BEGIN_NS + at_s * SECOND_NS
        flags = {BarFlag(int(charts.page(text).bars.flags[0])) & BarFlag.INCOMPLETE for text in ("1m", "1d")}
        told.append(flags)
    assert told == [{BarFlag(0)}, {BarFlag(0)}, *[{BarFlag.INCOMPLETE}] * 3]


def test_a_series_goes_on_while_trades_are_given_up() -> None:
    charts = Charts()
    charts.page("15s")
    trades = stream(1_200)
    for begin in range(0, 1_200, 30):
        charts.trade(trades[begin : begin + 30])
        charts.passes(40 * NS_PER_MS)
    assert rows(charts.page("15s")) == plain_timed(trades, 15, DAY)


def test_updates_tell_what_changed_and_nothing_else() -> None:
    charts = Charts()
    charts.trade(
        [Trade(BEGIN_NS, 1), Trade(BEGIN_NS + 61 * SECOND_NS, 2), Trade(BEGIN_NS + 125 * SECOND_NS, 3)]
    )
    page = charts.page("1m")
    charts.trade([Trade(BEGIN_NS + SECOND_NS, 9), Trade(BEGIN_NS + 126 * SECOND_NS, 4)])
    charts.passes(10 * NS_PER_MS)
    (_, update), *rest = [each for each in charts.sent if len(each[1].bars)]
    assert not rest
    assert (update.epoch, update.version, update.sequence) == (5, page.version, page.sequence + 1)
    assert update.bars.key.tolist() == [page.bars.key[0], page.bars.key[2]]
    assert update.recv_oldest_ns == 77
    charts.trade([Trade(BEGIN_NS + 181 * SECOND_NS, 5)])
    charts.passes(40 * NS_PER_MS)
    last = charts.sent[-1][1]
    assert [BarFlag.CLOSED in BarFlag(each) for each in last.bars.flags.tolist()] == [True, False]


def test_the_count_closes_a_bar_of_trades() -> None:
    charts = Charts()
    charts.trade([Trade(BEGIN_NS, 1), Trade(BEGIN_NS, 2), Trade(BEGIN_NS, 3)])
    assert [bool(each & BarFlag.CLOSED) for each in charts.page("2t").bars.flags.tolist()] == [True, False]
    charts.trade([Trade(BEGIN_NS, 4)])
    assert [bool(each & BarFlag.CLOSED) for each in charts.page("2t").bars.flags.tolist()] == [True, True]


def test_a_series_that_nobody_wants_ends_and_comes_back_with_higher_numbers() -> None:
    charts = Charts()
    charts.trade([Trade(BEGIN_NS, 1)])
    before = charts.page("1m")
    charts.trade([Trade(BEGIN_NS, 2)])
    charts.passes((HOLD_S + 1) * NS_PER_S)
    assert not len(charts.bars)
    count = len(charts.sent)
    charts.passes(NS_PER_S)
    assert len(charts.sent) == count
    again = charts.page("1m")
    assert (again.version, again.sequence) > (before.version, before.sequence + 1)


def test_a_lease_holds_a_series_and_says_how_fast_it_goes() -> None:
    charts = Charts()
    interval = parse_interval("1s")
    for second in range(20):
        charts.bars.renew(
            "desk", {(KEYS[0], interval): 16, (InstrumentKey("X", "NOBODY"), interval): 33}, charts.now_ns
        )
        for part in range(50):
            charts.trade([Trade(BEGIN_NS + second * SECOND_NS + part, part)])
            charts.passes(20 * NS_PER_MS)
    assert len(charts.bars) == 1
    assert len([each for each in charts.sent if len(each[1].bars)]) == pytest.approx(1_000, rel=0.05)


def test_series_are_bounded() -> None:
    charts = Charts()
    divisors = [count for count in range(1, 86_401) if 86_400 % count == 0]
    intervals = [*(str(seconds(count)) for count in divisors), *(f"{count}t" for count in range(1, 300))]
    answers = [charts.page(text).error for text in intervals]
    assert not any(answers[:SERIES_MAX])
    assert all("close some charts" in each for each in answers[SERIES_MAX:])
    assert len(charts.bars) == SERIES_MAX


def test_more_changes_than_a_message_holds_are_another_version() -> None:
    charts = Charts(trades_max=100_000)
    version = charts.page("1s").version
    charts.trade([Trade(BEGIN_NS + number * SECOND_NS, 1) for number in range(6_000)])
    charts.passes(40 * NS_PER_MS)
    assert not any(len(block.bars) for _, block in charts.sent)
    assert charts.sent[-1][1].version == version + 1
    assert charts.page("1s").bars_total == 6_000


def test_a_start_ends_with_the_first_events_also_of_a_feed_that_defines_late() -> None:
    counters = Counters()
    registry = InstrumentRows(counters)
    store = BarStore(registry, counters, is_live=True)
    store.on_reset("X", 7, np.zeros(0, np.intp))
    assert store.gaps.of("X").shape == (1, 2)
    registry.define("X", 7, 1, [Definition(0, Instrument(KEYS[0]))])
    registry.define("Y", 7, 1, [Definition(0, Instrument(InstrumentKey("Y", "other")))])
    one = np.ones(1, np.int64)
    for row in (2, 1, 1):
        trades = Trades(np.array([row]), one, one * 500 * row, one, one, one, np.zeros(1, np.uint8))
        store.on_events(Events(trades=trades))
    assert store.gaps.of("X").tolist() == [[-(2**63), 500]]
    assert store.take_ended_gaps() == [("X", -(2**63))]
    assert store.take_ended_gaps() == []


def test_requests_are_checked() -> None:
    message = control_pb2.BarsRequest(before_key=-5, bars_max=2**32 - 1)
    message.interval.unit, message.interval.count = 0, 60
    asked = requests.read_bars(KEYS[0], message.SerializeToString())
    assert asked.interval == seconds(60)
    assert len(decode_bars(Charts().bars.page(asked, 1)).bars) == 0
    for unit, count in ((0, 7_000), (9, 1), (0, 0), (1, 2**63), (2, 2**64 - 1)):
        message.interval.unit, message.interval.count = unit, count
        with pytest.raises(WireError):
            requests.read_bars(KEYS[0], message.SerializeToString())
    with pytest.raises(WireError):
        requests.read_bars(KEYS[0], b"\xff\xff")


def test_a_lease_keeps_what_makes_sense_and_counts_the_rest() -> None:
    lease = control_pb2.Interest()
    for number, count in ((1, 60), (2, 7_000), (3, 60)):
        each = lease.bars.add(cadence_ms=16)
        each.key.exchange, each.key.symbol = "X", "" if number == 3 else f"S{number}"
        each.interval.count = count
    read = requests.read_lease(lease.SerializeToString())
    assert read.bars == {(InstrumentKey("X", "S1"), seconds(60)): 16}
    assert read.rejected == 2
    many = control_pb2.Interest()
    for number in range(500):
        each = many.bars.add()
        each.key.exchange, each.key.symbol, each.interval.count = "X", f"S{number}", 1
    read = requests.read_lease(many.SerializeToString())
    assert (len(read.bars), read.rejected) == (requests.BARS_PER_DESK_MAX, 500 - requests.BARS_PER_DESK_MAX)
    assert isinstance(next(iter(read.bars))[1], Interval)
