"""Every bar on the screen is what the trades say, at every interval, whatever happened on the way.

Real server, aggregator or session, feed and desk; the truth is an independent build from all raw trades.
"""

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.bar_reference import reference_bars
from tests.e2e.bar_tapes import COIN, FUTURE, QUOTED, SHARE, SMALL, TURNED
from tests.e2e.charts import (
    INCOMPLETE,
    OF_BARS,
    chart_of,
    flags_of,
    name_of,
    painted_bars,
    point,
    shows_bars,
)
from tests.e2e.events import Tape, Trade
from tests.e2e.processes import descendant
from tests.e2e.reference import painted
from tests.e2e.sessions import replayed
from tests.e2e.stack import Desk, Stack
from tests.e2e.tapes import futures_bars, tape_named
from tests.proxy.faults import Fault, Rule
from tests.proxy.nats_proxy import NatsProxy

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.long]

TAPE = "bars:7"
INTERVALS = ("1s", "3s", "1m", "5m", "1d", "100t", "500v")
BARS, RAW, PAGES = "md.bar.>", "md.raw.>", "_INBOX.>"
EVENT_BYTES = 220  # longer than any idle header
LOSSY = (
    Rule(Fault.DROP, BARS, probability=0.2),
    Rule(Fault.DOUBLE, BARS, probability=0.2),
    Rule(Fault.SWAP, BARS, probability=0.2),
    Rule(Fault.DELAY, BARS, probability=0.1, delay_ms=90),
    Rule(Fault.DROP, PAGES, probability=0.2, bytes_min=EVENT_BYTES),
)
LOSSY_RAW = (
    Rule(Fault.DROP, RAW, probability=0.05),
    Rule(Fault.DOUBLE, RAW, probability=0.05),
    Rule(Fault.SWAP, RAW, probability=0.05),
    Rule(Fault.DELAY, RAW, probability=0.05, delay_ms=60),
)
FUTURES = "nautilus/tests/test_data/databento/historical_bars_catalog/databento"


async def shows_all(desk: Desk, tape: Tape, listings: tuple[int, ...], intervals: tuple[str, ...]) -> None:
    for listing in listings:
        for interval in intervals:
            expected = reference_bars(tape, listing, interval)
            await shows_bars(desk, name_of(tape, listing), interval, expected)


async def test_every_interval_of_every_instrument_is_what_was_traded(stack: Stack) -> None:
    tape = tape_named(TAPE)
    await stack.supervise()
    bus = await stack.connect()
    publisher = await stack.publish(TAPE)
    desk = await stack.desk(bus, charts=True)
    half = len(tape.events) // 2
    await publisher.ask({"until": half, "pause_ms": 1})
    await shows_all(desk, tape.until(half), (TURNED, COIN), ("1m",))
    late = await stack.desk(bus, charts=True)
    await shows_all(late, tape.until(half), (COIN,), ("1m",))
    await publisher.ask({"until": None, "pause_ms": 1})
    # Charts that stood open followed every late and cancelled trade; the rest is asked for afresh.
    for each in (late, desk):
        await shows_all(each, tape, (COIN,), ("1m",))
    await shows_all(desk, tape, (FUTURE, COIN, TURNED), INTERVALS)
    await shows_all(desk, tape, (SHARE, QUOTED, SMALL), ("1m", "100t", "1d"))
    await shows_all(late, tape, (FUTURE,), ("1s", "100t"))


async def test_lost_doubled_and_reordered_updates_change_no_bar(stack: Stack) -> None:
    tape = tape_named(TAPE)
    await stack.supervise()
    bus = await stack.connect()
    publisher = await stack.publish(TAPE)
    async with NatsProxy(stack.info.url, LOSSY, seed=3) as proxy:
        desk = await stack.desk(bus, server=proxy.url, charts=True)
        await publisher.ask({"until": 40})
        await point(desk, name_of(tape, COIN), "1s")
        await publisher.ask({"until": None, "batch": 8, "pause_ms": 4})
        # With the faults still in force.
        await shows_all(desk, tape, (COIN,), ("1s", "1m", "100t"))
        await shows_all(desk, tape, (SHARE,), ("1s",))
        assert min(proxy.counts[fault] for fault in (Fault.DROP, Fault.DOUBLE, Fault.SWAP)) > 0


async def test_lost_doubled_and_reordered_raw_messages_lose_no_trade(stack: Stack) -> None:
    tape = tape_named(TAPE)
    async with stack.aggregator_behind_proxy(seed=4) as proxy:
        bus = await stack.connect()
        publisher = await stack.publish(TAPE)
        desk = await stack.desk(bus, charts=True)
        await publisher.ask({"until": 40})
        await point(desk, name_of(tape, FUTURE), "1m")
        proxy.rules(*LOSSY_RAW)
        await publisher.ask({"until": None, "pause_ms": 2, "batch": 8})
        await shows_all(desk, tape, (FUTURE, COIN, SHARE), ("1s", "1m", "100t"))
        assert min(proxy.counts[fault] for fault in (Fault.DROP, Fault.DOUBLE, Fault.SWAP)) > 0


async def test_a_new_aggregator_marks_what_it_may_have_missed(stack: Stack) -> None:
    tape = tape_named(TAPE)
    supervisor = await stack.supervise()
    bus = await stack.connect()
    publisher = await stack.publish(TAPE)
    desk = await stack.desk(bus, charts=True)
    await publisher.ask({"until": 1_500})
    await shows_all(desk, tape.until(1_500), (COIN,), ("1m",))
    killed = descendant(supervisor, "aggregator", "market")
    killed.send_signal(signal.SIGKILL)
    await publisher.ask({"until": 2_000})  # nobody listens, or somebody new does
    again = descendant(supervisor, "aggregator", "market")
    assert again.pid != killed.pid
    await desk.shows(painted(tape.until(2_000)))  # by the new one
    await publisher.ask({"until": None})
    for listing in (COIN, FUTURE, SHARE):
        for interval in ("1s", "1m", "1d"):
            whole = reference_bars(tape, listing, interval)
            heard = reference_bars(_heard(tape, 2_000), listing, interval)
            # Bars of before are gone with the process: what is there is right or says that it may not be.
            chart = await shows_bars(desk, name_of(tape, listing), interval, whole, required=heard)
            flags = list(flags_of(chart).values())
            if interval == "1d":  # that day's trades of before were not heard
                assert flags[0] & INCOMPLETE, listing
            else:
                assert not all(flag & INCOMPLETE for flag in flags)


def _heard(tape: Tape, begin: int) -> Tape:
    """Trades from the `begin`-th event on, whatever was taken back of them or of earlier ones."""
    later = (event for event in tape.events[begin:] if not isinstance(event, Trade) or not event.cancel)
    return Tape(tape.listings, tuple(later))


async def test_bars_of_the_futures_trades_are_the_exchanges_own(stack: Stack, shared_data: Path) -> None:
    folder = shared_data / FUTURES
    theirs = futures_bars(folder / "futures_ohlcv-1m_2024-07-01T23-40_2024-07-02T00-10.dbn.zst", 118)
    await stack.supervise()
    bus = await stack.connect()
    definitions = folder / "futures_definition.dbn.zst"
    book = folder / "futures_mbp-1_2024-07-01T23-58_2024-07-02T00-02.dbn.zst"
    await replayed(stack, bus, (definitions, book), "--speed", "max", name="trades")
    desk = await stack.desk(bus, "--session", "trades", charts=True)
    await point(desk, "GLBX:ESU4", "1m")

    def is_theirs(answer: dict[str, Any]) -> bool:
        bars = painted_bars(chart_of(answer))
        return len(bars) == 4 and bars == [bar for bar in theirs if bars[0][0] <= bar[0] <= bars[-1][0]]

    await desk.until(is_theirs, "the exchange's own four bars")
    # And a recording of the exchange's bars is shown as such.
    bars = folder / "futures_ohlcv-1m_2024-07-01T23-40_2024-07-02T00-10.dbn.zst"
    await replayed(stack, bus, (definitions, bars), "--speed", "max", name="bars")
    await desk.inspect(cells=False, do=[{"session": "bars"}])
    answer = await desk.until(lambda a: painted_bars(chart_of(a)) == theirs, "the recording's own bars")
    assert all(flags & OF_BARS for flags in flags_of(chart_of(answer)).values())
