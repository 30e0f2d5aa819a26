"""A seek on the screen: everything flips in one frame, nothing flashes, nothing is ever after the clock."""

from core.clock import NS_PER_S, NS_PER_US
from core.market.fields import Field
from core.wire.generated.control_pb2 import SessionClock
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import TestMarket, quote
from tests.desktop.test_replay_scope import EPOCH, TAPE_NS, band, clock, recording

LATER_NS = TAPE_NS + 60 * NS_PER_S


def tape_clock(epoch: int, tape_ns: int, state: int = SessionClock.PAUSED) -> SessionClock:
    message = clock(state, tape_ns)
    message.epoch = epoch
    message.begin_ns, message.end_ns = TAPE_NS - 60 * NS_PER_S, LATER_NS + 60 * NS_PER_S
    return message


def turn_market(market: TestMarket, epoch: int, tape_ns: int, last: int) -> None:
    """The values at another time, under a new epoch; nothing is sent yet."""
    market.epoch = epoch
    for number, key in enumerate(market.instruments):
        price = last + number
        market.set_values(key, quote(price, price + 3, price, tape_ns // NS_PER_US))
    for group in market.groups.values():
        group.sequence = 0


def snapshots(market: TestMarket) -> None:
    for group in market.groups:
        market._on_snapshot(f"x.{group}", b"", "")


async def at_rest(stage: Stage) -> TestMarket:
    """A paused session on the screen."""
    market = await recording(stage)
    market.send_session(tape_clock(EPOCH, TAPE_NS))
    await stage.until(lambda: stage.words()[0] == "live" and "Paused" in band(stage))
    return market


def test_a_seek_flips_when_the_last_part_is_there_and_without_a_flash(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await at_rest(stage)
        window = stage.app.windows[0]
        before = stage.cells()[0]["Last"]
        turn_market(market, EPOCH + 1, LATER_NS - NS_PER_S, 90_000)
        market.send_session(tape_clock(EPOCH + 1, LATER_NS))
        await stage.until(window.is_turning)
        assert (stage.cells()[0]["Last"], window.bar.clock_text) == (before, "23:58:26 UTC")
        snapshots(market)
        await stage.until(lambda: stage.cells()[0]["Last"] == "900.00")
        assert window.bar.clock_text == "23:59:26 UTC"
        assert "23:59:26" in band(stage)
        assert stage.cells()[0]["Age"] == "1.0s"
        states = window.panels[0].grid.painted_states()
        assert not [ground for row in states for ground in row["grounds"].values() if "flash" in ground]

    play(scenario, session="eth-0808")


def test_back_in_time_the_old_picture_keeps_its_clock_until_the_flip(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await at_rest(stage)
        window = stage.app.windows[0]
        turn_market(market, EPOCH + 1, TAPE_NS - 50 * NS_PER_S, 40_000)
        snapshots(market)  # ahead of the clock message
        await stage.until(window.is_turning)
        shown = window.inspect(0)
        assert (shown["tape_ns"], shown["epoch"]) == (TAPE_NS, EPOCH)
        window.panels[0].grid.rows.show_rows()  # as a scroll would
        assert stage.cells()[0]["Last"] != "400.00" or window.bar.clock_text == "23:57:46 UTC"
        market.send_session(tape_clock(EPOCH + 1, TAPE_NS - 40 * NS_PER_S))
        await stage.until(lambda: stage.cells()[0]["Last"] == "400.00")
        shown = window.inspect(0)
        assert (shown["tape_ns"], shown["epoch"]) == (TAPE_NS - 40 * NS_PER_S, EPOCH + 1)
        assert shown["flipped"]["epoch"] == EPOCH + 1
        await stage.until(lambda: window.inspect(0)["flipped"]["at_ns"] > 0)

    play(scenario, session="eth-0808")


def test_values_of_another_epoch_go_when_the_new_ones_do_not_come(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await at_rest(stage)
        market.snapshots = False
        turn_market(market, EPOCH + 1, TAPE_NS - 50 * NS_PER_S, 40_000)
        market.send_session(tape_clock(EPOCH + 1, TAPE_NS - 40 * NS_PER_S))
        await stage.until(lambda: stage.words()[:2] == ("loading", "Waiting for prices"))
        assert {row["Last"] for row in stage.cells()} == {"–"}
        assert stage.app.windows[0].bar.clock_text == "23:57:46 UTC"
        market.snapshots = True
        await stage.until(lambda: stage.cells()[0]["Last"] == "400.00")
        await stage.until(lambda: stage.words()[0] == "live")

    play(scenario, session="eth-0808")


def test_the_clock_is_never_before_the_newest_event_on_the_screen(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await at_rest(stage)
        market.send_session(tape_clock(EPOCH, TAPE_NS, SessionClock.PLAYING))
        key = next(iter(market.instruments))
        market.set_values(key, {Field.EVENT_US: TAPE_NS // NS_PER_US + 7_000_000, Field.LAST: 77_777})
        market.send(key)
        await stage.until(lambda: stage.cells()[0]["Last"] == "777.77")
        assert stage.app.windows[0].bar.clock_text == "23:58:33 UTC"

    play(scenario, session="eth-0808")
