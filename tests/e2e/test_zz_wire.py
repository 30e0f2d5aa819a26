import random, statistics, time
import pytest
from core.clock import NS_PER_MS, monotonic_ns
from core.market.instruments import InstrumentKey
from core.market.intervals import parse_interval
from core.scope import Scope
from desktop.bus_desk import BusDesk
from desktop.desk import QuotePhase
from desktop.station import Station
from tests.e2e.past import Past
from tests.e2e.sessions import standing
from tests.e2e.tapes import recorded_tape
from tests.waiting import wait_for

async def test_it(stack, shared_data):
    file = shared_data / "normalised" / "crypto_multi_dev.parquet"
    past = Past(recorded_tape(file))
    await stack.supervise()
    bus = await stack.connect()
    session = await standing(stack, bus, (file,))
    own = await stack.connect("desk")
    station = Station(own)
    await station.start()
    fails = []
    desk = BusDesk(station, Scope(session.name), trader="t", name="d", on_directory=lambda: None, on_news=lambda: None,
        on_failure=lambda n, e: fails.append(e), say=print)
    await desk.start()
    holds = []
    for n in past.most_traded(4):
        l = past.tape.listings[n]
        for iv in ("1s", "1m", "100t"):
            holds.append((n, iv, desk.bars.hold(InstrumentKey(l.exchange, l.symbol), parse_interval(iv), lambda: None)))
    qh = desk.quotes.hold([h.key for _, _, h in holds], lambda: None)
    def live(h): return h.reading(monotonic_ns() // NS_PER_MS).phase is QuotePhase.LIVE
    await wait_for(lambda: all(live(h) for _, _, h in holds), 10)
    dice = random.Random(1)
    took, turned, wrong = [], [], 0
    for i in range(40):
        at = past.begin_ns + dice.randrange(past.end_ns - past.begin_ns)
        t = time.perf_counter()
        clock = await session.seek(at)
        t1 = time.perf_counter()
        await wait_for(lambda: not desk.is_turning and all(h.epoch == clock.epoch for _, _, h in holds) , 10)
        t2 = time.perf_counter()
        took.append((t1 - t) * 1e3); turned.append((t2 - t1) * 1e3)
        for n, iv, h in holds:
            ref = past.bars_at(n, iv, at)
            got = h.series.column(0).tolist()
            if got != [b.key for b in ref.bars][-5000:]:
                wrong += 1
                print("WRONG", n, iv, len(got), len(ref.bars), h.shared.inspect(0))
    print("seek ms", statistics.median(took), max(took), "then bars ms", statistics.median(turned), max(turned), "wrong", wrong)
    print(holds[0][2].shared.inspect(0))
    print(sum(h.series.count for _, _, h in holds))
    # play and follow
    await session.play(4000)
    t = time.perf_counter()
    stale = 0
    while time.perf_counter() - t < 4:
        import asyncio
        await asyncio.sleep(0.02)
        stale += sum(not live(h) for _, _, h in holds)
    clock = await session.pause()
    await asyncio.sleep(0.7)
    for n, iv, h in holds:
        ref = past.bars_at(n, iv, clock.tape_ns)
        got = h.series.column(0).tolist()
        print(iv, got == [b.key for b in ref.bars][-len(got):], len(got), len(ref.bars), h.shared.inspect(0)["counters"], h.reading(0).phase)
    print("stale samples", stale, fails)
    await desk.close()
    station.close()
    assert not fails
