"""The reference of bars, against bars worked out by hand and against an exchange's own: judged first."""

import itertools
from datetime import UTC, datetime
from decimal import Decimal as D
from pathlib import Path

from tests.e2e.bar_reference import (
    SECOND_NS,
    Reference,
    bars_of,
    day_begin_ns,
    reference_bars,
)
from tests.e2e.bar_tapes import FUTURE, LISTINGS, QUOTED, SHARE, SMALL, TURNED, bar_tape
from tests.e2e.events import Event, Listing, Quote, Trade
from tests.e2e.tapes import futures_bars, futures_tape

NVDA = Listing("XNAS", "NVDA", 2, 0)
INTERVALS = ("1s", "3s", "1m", "5m", "1d", "100t", "500v")


def traded(second: float, price: str, size: int, **flags: bool) -> Trade:
    return Trade(0, int(second * SECOND_NS), D(price), D(size), **flags)


def made(interval: str, *events: Event, listing: Listing = NVDA) -> Reference:
    return bars_of(events, listing, interval)


def test_a_bar_holds_the_trades_of_its_interval_and_silence_makes_none() -> None:
    bars = made("3s", traded(3, "10", 5), traded(5.9, "12", 1), traded(4, "9", 2), traded(12, "11", 7))
    assert bars.painted == [
        (3 * SECOND_NS, 1_000, 1_200, 900, 1_200, 8),
        (12 * SECOND_NS, 1_100, 1_100, 1_100, 1_100, 7),
    ]


def test_open_and_close_go_by_time_and_of_equal_times_by_arrival() -> None:
    bars = made("1s", traded(0.5, "10", 1), traded(0.2, "20", 1), traded(0.2, "30", 1), traded(0.5, "40", 1))
    assert bars.painted == [(0, 2_000, 4_000, 1_000, 4_000, 4)]


def test_a_late_trade_amends_its_bar_and_is_said_to() -> None:
    bars = made("1s", traded(0.5, "10", 1), traded(1.5, "11", 1), traded(0.9, "12", 3)).bars
    assert [(bar.close, bar.volume, bar.amended) for bar in bars] == [(1_200, 4, True), (1_100, 1, False)]


def test_a_trade_taken_back_leaves_volume_and_count_but_no_price() -> None:
    (bar,) = made("1s", traded(0.1, "10", 5), traded(0.2, "99", 3), traded(0.2, "99", 3, cancel=True)).bars
    assert (bar.high, bar.close, bar.volume, bar.trades) == (9_900, 9_900, 5, 1)


def test_trades_of_before_count_nowhere() -> None:
    assert made("1s", traded(0, "10", 5, history=True)).painted == []


def test_bars_of_trades_and_of_volume_are_cut_by_arrival_and_never_split_a_trade() -> None:
    trades = [traded(second, str(10 + second), 4) for second in range(5)]
    assert [(bar.open, bar.close, bar.volume) for bar in made("2t", *trades).bars] == [
        (1_000, 1_100, 8), (1_200, 1_300, 8), (1_400, 1_400, 4),
    ]  # fmt: skip
    assert [bar.volume for bar in made("5v", *trades).bars] == [8, 8, 4]


def test_bars_of_trades_begin_anew_with_the_trading_day() -> None:
    days = [traded(second, "10", 1) for second in (86_399, 86_400)]
    listing = Listing("KRAKEN", "X", 2, 0)
    assert [bar.trades for bar in made("10t", *days, listing=listing).bars] == [1, 1]


def test_who_never_traded_has_bars_of_mids_at_one_more_decimal() -> None:
    quote = Quote(0, 0, D("10.01"), D(1), D("10.02"), D(1))
    bars = made("1s", quote, Quote(0, 1, None, None, D(11), D(1)), traded(0, "9", 1, history=True))
    assert (bars.is_mid, bars.price_decimals) == (True, 3)
    assert bars.painted == [(0, 10_015, 10_015, 10_015, 10_015, None)]


def test_days_are_the_exchanges_own_through_the_change_of_summer_time() -> None:
    def begin(exchange: str, *when: int) -> str:
        at_ns = int(datetime(*when, tzinfo=UTC).timestamp()) * SECOND_NS  # type: ignore[misc,arg-type]
        return f"{datetime.fromtimestamp(day_begin_ns(exchange, at_ns) / SECOND_NS, UTC):%d %H:%M}"

    assert begin("KRAKEN", 2024, 3, 10, 23, 59) == "10 00:00"
    assert begin("XNAS", 2024, 3, 8, 4, 59) == "07 05:00"
    assert begin("XNAS", 2024, 3, 12, 4, 0) == "12 04:00"
    assert begin("GLBX.MDP3", 2024, 3, 8, 22, 59) == "07 23:00"
    assert begin("GLBX", 2024, 3, 8, 23, 0) == "08 23:00"
    assert begin("GLBX", 2024, 3, 10, 22, 0) == "10 22:00", "the clocks went forward that morning"


def test_the_bars_of_real_trades_are_the_exchanges_own(shared_data: Path) -> None:
    folder = shared_data / "nautilus/tests/test_data/databento/historical_bars_catalog/databento"
    tape = futures_tape(
        folder / "futures_mbp-1_2024-07-01T23-58_2024-07-02T00-02.dbn.zst",
        folder / "futures_definition.dbn.zst",
    )
    number = next(n for n, listing in enumerate(tape.listings) if listing.symbol == "ESU4")
    theirs = futures_bars(folder / "futures_ohlcv-1m_2024-07-01T23-40_2024-07-02T00-10.dbn.zst", 118)
    ours = reference_bars(tape, number, "1m").painted
    assert len(ours) == 4
    assert ours == [bar for bar in theirs if ours[0][0] <= bar[0] <= ours[-1][0]]


def test_the_tape_has_everything_that_makes_bars_hard() -> None:
    tape = bar_tape(7)
    assert tape == bar_tape(7)
    trades = [event for event in tape.events if isinstance(event, Trade)]
    assert sum(trade.cancel for trade in trades) > 20
    assert sum(trade.history for trade in trades) == 2
    for number in (FUTURE, SHARE, SMALL):
        times = [trade.event_ns for trade in trades if trade.listing == number]
        assert any(later < earlier for earlier, later in itertools.pairwise(times))
        for interval in INTERVALS:
            bars = reference_bars(tape, number, interval)
            assert 2 <= len(bars.bars) < 600, (number, interval)
            assert sum(bar.trades for bar in bars.bars) == sum(
                -1 if trade.cancel else 1 for trade in trades if trade.listing == number and not trade.history
            )
        assert any(bar.amended for bar in reference_bars(tape, number, "1m").bars)
    assert reference_bars(tape, QUOTED, "1m").is_mid
    assert not reference_bars(tape, TURNED, "1m").is_mid
    half = tape.until(len(tape.events) // 2)
    assert reference_bars(half, TURNED, "1m").is_mid
    assert len(LISTINGS) == 6
