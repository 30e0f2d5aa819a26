"""A list in a person's order turns with its session: in one frame, without a flash, blank rather than old."""

from core.clock import NS_PER_S
from desktop.joined_quotes import JoinedHold
from desktop.panels.watchlist.lists import own_choice
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import TestMarket
from tests.desktop.test_replay_scope import EPOCH, TAPE_NS
from tests.desktop.test_seeks_on_screen import LATER_NS, at_rest, snapshots, tape_clock, turn_market


async def own_list(stage: Stage) -> tuple[TestMarket, list[str]]:
    """Two instruments in the order that no group has; what stands in the rows."""
    market = await at_rest(stage)
    keys = list(market.instruments)[:2][::-1]
    made = stage.app.watchlists.store.create("Mine", keys)
    panel = stage.app.windows[0].panels[0]
    panel.choose(own_choice(made))
    assert isinstance(panel._hold, JoinedHold)
    await stage.until(lambda: [row["Symbol"] for row in stage.cells()] == [key.symbol for key in keys])

    def is_settled() -> bool:
        market.send_session(tape_clock(EPOCH, TAPE_NS))  # a session that falls silent is gone
        return len(stage.app.groups_json()) == 1 and stage.words()[0] == "live"

    await stage.until(is_settled)
    return market, last(stage)


def last(stage: Stage) -> list[str]:
    return [row["Last"] for row in stage.cells()]


def test_it_flips_when_the_last_part_is_there_and_without_a_flash(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market, before = await own_list(stage)
        window = stage.app.windows[0]
        turn_market(market, EPOCH + 1, LATER_NS - NS_PER_S, 90_000)
        market.send_session(tape_clock(EPOCH + 1, LATER_NS))
        await stage.until(window.is_turning)
        assert last(stage) == before
        snapshots(market)
        await stage.until(lambda: last(stage) == ["900.01", "900.00"])
        assert window.bar.clock_text == "23:59:26 UTC"
        states = window.panels[0].grid.painted_states()
        assert not [ground for row in states for ground in row["grounds"].values() if "flash" in ground]

    play(scenario, session="eth-0808")


def test_a_scroll_on_the_way_shows_nothing_of_the_other_time(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market, before = await own_list(stage)
        window = stage.app.windows[0]
        turn_market(market, EPOCH + 1, TAPE_NS - 50 * NS_PER_S, 40_000)
        snapshots(market)  # ahead of the clock message
        await stage.until(window.is_turning)
        window.panels[0].grid.rows.show_rows()  # as a scroll would
        assert last(stage) == before or window.bar.clock_text == "23:57:46 UTC"
        market.send_session(tape_clock(EPOCH + 1, TAPE_NS - 40 * NS_PER_S))
        await stage.until(lambda: last(stage) == ["400.01", "400.00"])

    play(scenario, session="eth-0808")


def test_values_of_another_epoch_go_when_the_new_ones_do_not_come(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market, _before = await own_list(stage)
        market.snapshots = False
        turn_market(market, EPOCH + 1, TAPE_NS - 50 * NS_PER_S, 40_000)
        market.send_session(tape_clock(EPOCH + 1, TAPE_NS - 40 * NS_PER_S))
        await stage.until(lambda: stage.words()[:2] == ("loading", "Waiting for prices"))
        assert set(last(stage)) == {"–"}
        market.snapshots = True
        await stage.until(lambda: last(stage) == ["400.01", "400.00"])
        await stage.until(lambda: stage.words()[0] == "live")

    play(scenario, session="eth-0808")
