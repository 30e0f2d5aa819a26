"""What is kept of many instruments' trades: all of the newest, minutes of those before, bounded."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.market.bars import BarColumns
from core.market.intervals import parse_interval
from core.market.minute_parts import MinuteParts
from core.market.row_log import RowLog, SealedChunk
from core.market.timed_bars import TimedBars
from core.market.trades import TradeColumns
from core.market.trading_day import TradingDay
from tests.core.market.plain_bars import SECOND_NS, Trade, plain_timed
from tests.core.market.test_bar_builder import as_columns, rows, traded

CHUNK = 16
DAY = TradingDay()


@st.composite
def markets(draw: st.DrawFn) -> list[tuple[int, Trade]]:
    """Trades of three instruments, interleaved."""
    waiting = [[each for each in draw(traded()) if not each.history] for _ in range(3)]
    order = draw(st.permutations([row for row, trades in enumerate(waiting) for _ in trades]))
    return [(row + 1, waiting[row].pop(0)) for row in order]


def appended(log: RowLog, market: list[tuple[int, Trade]]) -> None:
    trades = as_columns([trade for _, trade in market])
    at = np.array([row for row, _ in market], np.intp)
    log.append(at, trades.event_ns, trades.price, trades.size, trades.flags)


def logged(data: "np.ndarray[tuple[int, int], np.dtype[np.int64]]") -> TradeColumns:
    return TradeColumns(data[0], data[1], data[2], data[3].astype(np.uint8))


@given(market=markets(), cuts=st.lists(st.integers(0, 90), max_size=6), asked=st.integers(0, 90))
def test_one_instruments_trades_are_found_as_they_came(
    market: list[tuple[int, Trade]], cuts: list[int], asked: int
) -> None:
    log = RowLog(4, 100, lambda chunk: None, CHUNK)
    edges = sorted({0, len(market), *(min(cut, len(market)) for cut in cuts)})
    for begin, end in itertools.pairwise(edges):
        appended(log, market[begin:end])
        if end % 2:
            log.tidy()  # whether a chunk is sorted now or when it is read makes no difference
    assert log.position == len(log) == len(market)
    for row in range(5):
        mine = [trade.price for at, trade in market if at == row]
        assert log.events(row)[1].tolist() == mine
        later = [trade.price for at, trade in market[asked:] if at == row]
        assert log.since(row, asked)[1].tolist() == later


@given(market=markets(), text=st.sampled_from(("1m", "5m", "1h", "1d")))
def test_bars_of_minutes_reach_beyond_the_trades_that_are_kept(
    market: list[tuple[int, Trade]], text: str
) -> None:
    minutes = MinuteParts()
    log = RowLog(4, 1, minutes.add, CHUNK)
    appended(log, market)
    assert len(log) <= 2 * CHUNK
    interval = parse_interval(text)
    for row in (1, 2, 3):
        bars = TimedBars(interval, DAY)
        bars.add_parts(minutes.parts(row))
        bars.add(logged(log.events(row)))
        expected = plain_timed([trade for at, trade in market if at == row], interval.count, DAY)
        assert rows(bars.columns()) == expected


def test_the_oldest_minutes_go_first_and_are_counted() -> None:
    minutes = MinuteParts(parts_max=100)
    log = RowLog(4, 1, minutes.add, CHUNK)
    market = [(1, Trade(number * 60 * SECOND_NS, number)) for number in range(400)]
    for begin in range(0, len(market), 10):
        appended(log, market[begin : begin + 10])
    assert len(minutes) <= 100
    assert minutes.dropped > 0
    kept = minutes.parts(1)
    assert kept.shape[1] == len(minutes)
    assert kept[0, -1] == log.events(1)[0, 0] - 60 * SECOND_NS


def test_what_counts_finer_is_multiplied_wherever_it_is() -> None:
    minutes = MinuteParts()
    log = RowLog(4, 1, minutes.add, CHUNK)
    trades = [Trade(number * SECOND_NS, number, 2) for number in range(60)]
    appended(log, [(1 + number % 2, trade) for number, trade in enumerate(trades)])
    log.change(1, lambda events: events.__setitem__(1, events[1] * 100))
    minutes.rescale(1, 100, 10)
    assert log.events(1)[1].tolist() == [100 * trade.price for trade in trades[::2]][-len(log.events(1)[1]) :]
    assert log.events(2)[1].tolist() == [trade.price for trade in trades[1::2]][-len(log.events(2)[1]) :]
    bars = TimedBars(parse_interval("1m"), DAY)
    bars.add_parts(minutes.parts(1))
    made: BarColumns = bars.columns()
    evicted = 30 - len(log.events(1)[1])
    assert (made.open.tolist(), made.volume.tolist()) == ([0], [evicted * 20])
    assert made.high.tolist() == [(evicted - 1) * 200]


def test_a_chunk_finds_rows_beyond_16_bits() -> None:
    seen: list[SealedChunk] = []
    log = RowLog(1, 1, seen.append, 8)
    for number in range(20):
        log.append(np.array([70_000 + number % 2]), np.array([number]))
    assert seen[0].data[0, seen[0].span(70_001)].tolist() == [1, 3, 5, 7]
