"""Windows of a running desk: what a trader sees on them, and on all of them together."""

from core.market.fields import Field
from desktop.panels.watchlist.lists import WatchChoice
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto, quote


def test_prices_of_the_market_stand_in_the_cells(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(12))
        await stage.until(lambda: len(stage.cells()) == 12 and stage.words()[0] == "live")
        first = stage.cells()[0]
        assert (first["Symbol"], first["Venue"]) == ("S000USDT", "BINF")
        assert (first["Bid"], first["Ask"], first["Last"]) == ("100.00", "100.03", "100.01")
        key = next(iter(market.instruments))
        market.set_values(key, quote(2_500_000, 2_500_050, 2_500_025))
        market.send(key)
        await stage.until(lambda: stage.cells()[0]["Last"] == "25,000.25")

    play(scenario)


def test_windows_show_disjoint_pages_and_share_one_connection(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(250))
        await stage.until(lambda: all(stage.words(number)[0] == "live" for number in range(3)))
        held = [set(window.panels[0].inspect(0)["instruments"]) for window in stage.app.windows]
        assert [len(instruments) for instruments in held] == [100, 100, 50]
        assert len(set.union(*held)) == 250

    play(scenario, windows=3)


def test_two_windows_on_one_list_share_one_group_and_one_table(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(20))
        await stage.until(lambda: all(stage.words(number)[0] == "live" for number in range(2)))
        groups = stage.app.groups_json()
        assert [(group["rows"], group["holds"]) for group in groups] == [(20, 2)]
        stage.app.windows[1].close()
        assert [group["holds"] for group in stage.app.groups_json()] == [1]

    play(scenario, windows=2)


def test_closing_the_last_window_ends_the_desk_and_its_leases(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(20))
        await stage.until(lambda: len(market.leases) == 1)
        stage.app.windows[0].close()
        await stage.until(lambda: not market.leases)

    play(scenario)


def test_the_window_in_front_asks_for_a_frame_every_16_ms_and_the_others_for_33(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(160))
        front = stage.app.windows[1]
        front.activateWindow()
        await stage.until(lambda: sorted(market.leases.values()) == [16, 33])
        group = front.panels[0].inspect(0)["group"]
        assert market.leases[group] == 16

    play(scenario, windows=2)


def test_choosing_an_exchange_shows_only_its_instruments(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(30, ("BINF", "BYBT")))
        await stage.until(lambda: stage.words()[0] == "live")
        stage.app.windows[0].panels[0].choose(WatchChoice("BYBT", 0, 1_000))
        await stage.until(lambda: {row["Venue"] for row in stage.cells()} == {"BYBT"})
        await stage.until(lambda: len(stage.app.groups_json()) == 1, "the old group is given back")

    play(scenario)


def test_going_to_a_symbol_turns_to_its_page_and_selects_it(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(250))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        window.go_to("s249")
        await stage.until(lambda: window.panels[0].grid.current_instrument() is not None)
        instrument = window.panels[0].grid.current_instrument()
        assert instrument is not None
        assert instrument.key.symbol == "S249USDT"
        assert any(row["Symbol"] == "S249USDT" for row in stage.cells()), "it is in view"
        window.go_to("NOSUCH")
        assert window.bar.lane.text == "No symbol like “NOSUCH” in this scope"

    play(scenario)


def test_new_instruments_join_a_list_without_being_asked_for(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(10))
        await stage.until(lambda: len(stage.cells()) == 10)
        for instrument in crypto(12)[10:]:
            market.instruments[instrument.key] = instrument
            market.values[instrument.key] = market.values[crypto(1)[0].key].copy()
        market.announce()
        await stage.until(lambda: len(stage.cells()) == 12)

    play(scenario)


def test_a_hidden_window_paints_nothing_and_shows_the_newest_when_it_returns(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(5))
        await stage.until(lambda: stage.words()[0] == "live")
        window = stage.app.windows[0]
        window.hide()
        figures = stage.app.frames.figures
        before = figures.total
        key = next(iter(market.instruments))
        table = window.panels[0]._hold.table  # type: ignore[union-attr]
        for last in (10_100, 10_200, 10_300):
            market.set_values(key, quote(last, last + 3, last))
            market.send(key)
            await stage.until(lambda wanted=last: int(table.column(Field.LAST)[0]) == wanted)
        assert figures.total == before
        window.show()
        await stage.until(lambda: stage.cells()[0]["Last"] == "103.00")
        recent = figures.summary(0, 1 << 62, window.frame_number)
        assert recent.latency_p99_ms is None or recent.latency_p99_ms < 1_000, "the wait hidden is no latency"

    play(scenario)


def test_a_window_long_off_the_screen_receives_nothing_and_is_up_to_date_when_it_returns(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(5))
        await stage.until(lambda: stage.words()[0] == "live" and len(market.leases) == 1)
        app = stage.app
        window = app.windows[0]
        app.frames.asleep_after_ns = 0
        window.hide()
        await stage.until(lambda: not market.leases, "the lease to be given back")
        (group,) = app.groups_json()
        assert app.bus is not None
        before = app.frames.figures.total, app.bus.counters.messages_in, group["counters"]
        key = next(iter(market.instruments))
        market.set_values(key, quote(10_300, 10_303, 10_300))
        market.send(key)
        await market.bus.flush()
        await app.bus.flush()
        assert app.groups_json()[0]["counters"] == before[2]
        assert app.frames.figures.total == before[0]
        window.show()
        await stage.until(lambda: stage.cells()[0]["Last"] == "103.00" and stage.words()[0] == "live")
        await stage.until(lambda: len(market.leases) == 1)

    play(scenario)


def test_a_failure_in_a_slot_is_told_and_the_desk_goes_on(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(5))
        await stage.until(lambda: stage.words()[0] == "live")

        async def breaks() -> None:
            raise ValueError("no such column")

        stage.app.start_task(breaks(), "breaks")
        window = stage.app.windows[0]
        await stage.until(lambda: "no such column" in window.bar.lane.text)
        assert stage.app.failures.count == 1
        stage.app.failures.count = 0
        await stage.until(lambda: stage.words()[0] == "live")

    play(scenario)
