"""A chart's hold on bars over a real bus: it loads, follows, pages back, goes stale and recovers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from core.bus import Bus, ServerAddress
from core.clock import NS_PER_MS, monotonic_ns
from core.market.bar_series import BarField
from core.scope import LIVE, Scope
from desktop.bus_bars import BusBarHold
from desktop.bus_desk import BusDesk
from desktop.desk import QuotePhase
from desktop.station import Station
from tests.core.market.bar_publisher import KEY, MINUTE
from tests.desktop.bar_market import PAGE_BARS_MAX, BarMarket
from tests.nats_process import NatsServer
from tests.proxy.nats_proxy import NatsProxy
from tests.waiting import wait_for

SESSION = Scope("tape")


@dataclass
class Place:
    """A desk and its server of bars."""

    url: str
    desks: list[BusDesk] = field(default_factory=list)
    markets: list[BarMarket] = field(default_factory=list)
    buses: list[Bus] = field(default_factory=list)
    stations: list[Station] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    told: int = 0  # calls of on_data

    async def market(self, bars: int = 120, scope: Scope = LIVE) -> BarMarket:
        self.markets.append(BarMarket(self.url, bars, scope))
        return await self.markets[-1].start()

    async def desk(self, scope: Scope = LIVE, url: str = "") -> BusDesk:
        bus = Bus("desk", ServerAddress((url or self.url,)))
        await bus.connect()
        station = Station(bus)
        await station.start()
        desk = BusDesk(
            station,
            scope,
            trader="tim",
            name="desk-1",
            on_directory=lambda: None,
            on_news=lambda: None,
            on_failure=lambda _name, error: self.failures.append(error),
            say=lambda _words: None,
        )
        await desk.start()
        self.desks.append(desk)
        self.buses.append(bus)
        self.stations.append(station)
        return desk

    def tell(self) -> None:
        self.told += 1


@pytest.fixture
async def place(nats_server: NatsServer) -> AsyncIterator[Place]:
    place = Place(nats_server.url)
    yield place
    for desk in place.desks:
        await desk.close()
    for station in place.stations:
        station.close()
    for bus in place.buses:
        await bus.close()
    for market in place.markets:
        await market.close()
    assert place.failures == []


def phase(hold: BusBarHold) -> QuotePhase:
    return hold.reading(monotonic_ns() // NS_PER_MS).phase


def equal(market: BarMarket, hold: BusBarHold) -> bool:
    """What is held are the server's newest bars, each with every value."""
    bars, held = market.publisher.bars, list(map(tuple, hold.series.values.T.tolist()))
    return held == [(key, *bars[key]) for key in sorted(bars)][-len(held) :]


async def loaded(market: BarMarket, hold: BusBarHold) -> None:
    await wait_for(lambda: phase(hold) is QuotePhase.LIVE and market.is_leased, 5, "the first page")
    assert equal(market, hold)


async def test_a_chart_loads_follows_and_leases(place: Place) -> None:
    market, desk = await place.market(), await place.desk()
    hold = desk.bars.hold(KEY, MINUTE, place.tell)
    assert phase(hold) is QuotePhase.LOADING
    await loaded(market, hold)
    reading = hold.reading(monotonic_ns() // NS_PER_MS)
    assert (hold.series.count, reading.bars_total, reading.error) == (PAGE_BARS_MAX, 120, "")
    for _ in range(20):
        before = place.told
        market.update()
        await wait_for(lambda before=before: place.told > before, 5)
        assert equal(market, hold)
    assert hold.take_oldest_recv_ns() == 77
    assert hold.take_oldest_recv_ns() == 0
    assert len(market.asked) == 1

    (lease,) = market.leases.values()
    assert lease == [(KEY, MINUTE, 33)]
    hold.set_in_front(True)
    await wait_for(lambda: [*market.leases.values()] == [[(KEY, MINUTE, 16)]], 0.5)
    said = market.interests
    await wait_for(lambda: market.interests > said, 1.5, "the lease, again each second")
    hold.close()
    await wait_for(lambda: [*market.leases.values()] == [[]], 0.5)
    hold.close()


async def test_a_chart_that_nobody_sees_receives_nothing_and_catches_up_when_it_is_seen(place: Place) -> None:
    market = await place.market()
    desk = await place.desk()
    hold = desk.bars.hold(KEY, MINUTE, place.tell)
    await wait_for(lambda: phase(hold) is QuotePhase.LIVE and market.is_leased, 5, "the first page")
    count, told = hold.series.count, place.told
    hold.set_asleep(True)
    await wait_for(lambda: [*market.leases.values()] == [[]], 2, "the lease to be given back")
    assert hold.series.count == count, "what was there stays"
    assert phase(hold) is QuotePhase.STALE, "and is marked"
    assert place.told == told
    hold.set_asleep(False)
    await wait_for(lambda: phase(hold) is QuotePhase.LIVE and market.is_leased, 5, "the bars again")
    hold.close()


async def test_a_series_that_somebody_else_sees_does_not_sleep(place: Place) -> None:
    market = await place.market()
    desk = await place.desk()
    hidden, seen = (desk.bars.hold(KEY, MINUTE, place.tell) for _ in range(2))
    await wait_for(lambda: phase(seen) is QuotePhase.LIVE and market.is_leased, 5, "the first page")
    hidden.set_asleep(True)
    assert phase(seen) is QuotePhase.LIVE
    seen.close()
    await wait_for(lambda: [*market.leases.values()] == [[]], 2, "only the hidden one is left")
    hidden.close()


async def test_groups_and_bars_are_leased_in_one_message(place: Place) -> None:
    market, desk = await place.market(), await place.desk()
    quotes = desk.quotes.hold([KEY], lambda: None)
    hold = desk.bars.hold(KEY, MINUTE, place.tell)
    await loaded(market, hold)
    (leases,), (groups,) = market.leases.values(), market.groups.values()
    assert (len(leases), groups) == (1, [quotes.group_id])
    hold.close()
    await wait_for(lambda: [*market.leases.values()] == [[]], 0.5)
    assert [*market.groups.values()] == [[quotes.group_id]]


async def test_two_charts_share_one_series(place: Place) -> None:
    market, desk = await place.market(), await place.desk()
    one, other = (desk.bars.hold(KEY, MINUTE, place.tell) for _ in range(2))
    assert one.series is other.series
    await loaded(market, one)
    assert len(market.asked) == 1
    one.close()
    told = place.told
    market.update()
    await wait_for(lambda: place.told == told + 1, 5)
    assert equal(market, other)


async def test_a_chart_pages_back_to_the_first_bar(place: Place) -> None:
    market, desk = await place.market(), await place.desk()
    hold = desk.bars.hold(KEY, MINUTE, place.tell)
    await loaded(market, hold)
    for _ in range(2):
        market.answering, before = False, len(market.asked)
        hold.want_earlier()
        hold.want_earlier()
        assert hold.reading(0).loading_earlier
        await wait_for(lambda before=before: len(market.asked) > before, 5)
        assert market.asked[-1].before_key == hold.series.column(BarField.KEY)[0]
        market.answering = True  # the one that got no answer is asked for again
        market.update()
        await wait_for(lambda: not hold.reading(0).loading_earlier, 5, "the page before")
        assert equal(market, hold)
    assert hold.series.count == len(market.publisher.bars)
    assert hold.series.column(BarField.KEY)[0] == min(market.publisher.bars)
    hold.want_earlier()
    assert not hold.reading(0).loading_earlier


async def test_silence_makes_it_stale_and_a_header_proves_it_again(place: Place) -> None:
    market, desk = await place.market(), await place.desk()
    hold = desk.bars.hold(KEY, MINUTE, place.tell)
    await loaded(market, hold)
    market.serving = market.answering = False
    await wait_for(lambda: phase(hold) is QuotePhase.STALE, 3)
    reading = hold.reading(monotonic_ns() // NS_PER_MS)
    assert reading.reason == "silent"
    assert reading.silent_ms >= 1_000
    assert hold.series.count == PAGE_BARS_MAX
    market.serving = True
    await wait_for(lambda: phase(hold) is QuotePhase.LIVE, 3)
    assert equal(market, hold)


async def test_a_lost_update_is_noticed_and_a_page_brings_it(place: Place) -> None:
    market, desk = await place.market(), await place.desk()
    hold = desk.bars.hold(KEY, MINUTE, place.tell)
    await loaded(market, hold)
    market.update(is_heard=False)
    market.update()
    await wait_for(lambda: phase(hold) is QuotePhase.STALE, 3)
    await wait_for(lambda: phase(hold) is QuotePhase.LIVE, 3)
    assert equal(market, hold)


async def test_a_chart_whose_connection_was_cut_misses_nothing(place: Place) -> None:
    async with NatsProxy(place.url) as proxy:
        market, desk = await place.market(), await place.desk(url=proxy.url)
        hold = desk.bars.hold(KEY, MINUTE, place.tell)
        await loaded(market, hold)
        hold.want_earlier()
        await wait_for(lambda: hold.series.count > PAGE_BARS_MAX, 5)
        assert proxy.cut("desk") == 1
        await wait_for(lambda: phase(hold) is QuotePhase.STALE, 3)
        assert hold.reading(0).reason == "bus_down"
        for _ in range(30):
            market.update()
        await wait_for(lambda: phase(hold) is QuotePhase.LIVE and desk.bars.series[0].is_settled, 10)
        assert equal(market, hold)
        await desk.close()


async def test_a_restarted_publisher_and_another_series_are_read_anew(place: Place) -> None:
    market, desk = await place.market(), await place.desk()
    hold = desk.bars.hold(KEY, MINUTE, place.tell)
    series = hold.series
    await loaded(market, hold)
    for change in (market.publisher.restart, market.publisher.change_version):
        layout = series.layout
        change()
        await wait_for(lambda layout=layout: series.layout > layout, 3)
        await wait_for(lambda: phase(hold) is QuotePhase.LIVE, 3)
        assert equal(market, hold)
    assert hold.series is series
    assert hold.epoch == market.publisher.epoch


async def test_why_there_are_no_bars_is_told_until_there_are(place: Place) -> None:
    market, desk = await place.market(), await place.desk()
    market.refusal = "S1 comes as 1-minute bars: choose 1m or longer"
    hold = desk.bars.hold(KEY, MINUTE, place.tell)
    await wait_for(lambda: hold.reading(0).error == market.refusal, 3)
    assert place.told == 1
    assert phase(hold) is QuotePhase.LOADING
    market.refusal = ""
    await loaded(market, hold)
    assert hold.reading(0).error == ""


async def test_a_chart_that_opens_before_there_is_a_server_of_bars(place: Place) -> None:
    desk = await place.desk()
    hold = desk.bars.hold(KEY, MINUTE, place.tell)
    await wait_for(lambda: desk.bars.series[0].inspect(0)["phase"] == "loading", 3)
    market = await place.market()
    await loaded(market, hold)


async def test_a_seek_asks_at_once_and_bars_of_the_past_epoch_can_be_blanked(place: Place) -> None:
    market, desk = await place.market(scope=SESSION), await place.desk(SESSION)
    hold = desk.bars.hold(KEY, MINUTE, place.tell)
    await loaded(market, hold)
    (shared,) = desk.bars.series
    assert shared.newest_event_us == hold.series.column(BarField.LAST_NS)[-1] // 1_000
    market.answering = False
    market.publisher.restart()
    await wait_for(lambda: len(market.asked) > 1, 3)
    shared.set_blank(True)
    assert (hold.series.count, hold.epoch, phase(hold)) == (0, 0, QuotePhase.LOADING)
    market.answering = True
    await loaded(market, hold)
    assert hold.epoch == market.publisher.epoch


async def test_a_hold_that_is_let_go_at_once_leaves_nothing(place: Place) -> None:
    market, desk = await place.market(), await place.desk()
    desk.bars.hold(KEY, MINUTE, place.tell).close()
    hold = desk.bars.hold(KEY, MINUTE, place.tell)
    await loaded(market, hold)
    assert len(desk.bars.series) == 1
