"""A replayed scope: framed, banded, with the recording's time, and nothing of live left on the screen."""

from core.clock import wall_ns
from core.scope import LIVE, Scope
from core.wire.generated.control_pb2 import SessionClock
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import TestMarket, crypto, quote

SESSION = Scope("eth-0808")
EPOCH = 1_000  # of clock, snapshots and bars alike: a session has one
TAPE_NS = 1_723_161_506_000_000_000  # Thu 8 Aug 2024 23:58:26 UTC


def clock(state: int, tape_ns: int = TAPE_NS, speed_milli: int = 4_000, error: str = "") -> SessionClock:
    return SessionClock(
        session="eth-0808",
        epoch=EPOCH,
        state=SessionClock.State.ValueType(state),
        speed_milli=speed_milli,
        tape_ns=tape_ns,
        sent_ns=wall_ns(),
        error=error,
    )


async def recording(stage: Stage) -> TestMarket:
    market = await stage.market(crypto(6, ("KRKN",)), SESSION, priced=False, epoch=EPOCH)
    for number, key in enumerate(market.instruments):
        values = quote(50_000 + number, 50_003 + number, 50_001 + number, TAPE_NS // 1_000 - 1_000_000)
        market.set_values(key, values)
    market.send_session(clock(SessionClock.PLAYING))
    return market


def band(stage: Stage) -> str:
    words = stage.app.windows[0].band.words
    return words.text if words is not None else ""


def test_every_window_of_a_session_is_framed_and_says_what_plays(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await recording(stage)
        await stage.until(lambda: all(stage.words(number)[0] == "live" for number in range(2)))
        for window in stage.app.windows:
            assert window.frame.framed
            assert window.band.isVisible()
            assert window.bar.scope.word == "REPLAY"
        await stage.until(lambda: "Playing" in band(stage))
        assert band(stage) == "REPLAY  Thu 8 Aug 2024  23:58:26 UTC  4×  Playing  Session eth-0808"
        assert stage.app.windows[0].bar.clock_text == "23:58:26 UTC"
        assert stage.cells()[0]["Age"] == "1.0s", "ages are the tape's, not the host's"

    play(scenario, session="eth-0808", windows=2)


def test_returning_to_live_leaves_nothing_of_the_recording(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        live = await stage.market(crypto(8, ("BINF",)))
        await recording(stage)
        await stage.until(lambda: {row["Venue"] for row in stage.cells()} == {"KRKN"})
        live.serving = False  # nothing live arrives yet: the screen must not keep the recording
        stage.app.windows[0].return_to_live()
        assert stage.app.scope == LIVE
        assert stage.cells() == []
        await stage.until(lambda: not stage.app.windows[0].frame.framed)
        assert not stage.app.windows[0].band.isVisible()
        live.serving = True
        await stage.until(lambda: {row["Venue"] for row in stage.cells()} == {"BINF"})
        await stage.until(lambda: {group["group"] for group in stage.app.groups_json()} == set(live.groups))

    play(scenario, session="eth-0808")


def test_a_running_session_is_offered_and_can_be_entered(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(8, ("BINF",)))
        await recording(stage)
        await stage.until(lambda: stage.app.sessions() == ("eth-0808",))
        await stage.until(lambda: stage.words()[0] == "live")
        stage.app.set_scope(SESSION)
        assert stage.app.windows[0].frame.framed, "framed before the first recorded price"
        assert stage.cells() == []
        await stage.until(lambda: {row["Venue"] for row in stage.cells()} == {"KRKN"})

    play(scenario)


def test_paused_ended_failed_and_vanished_are_told_apart(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await recording(stage)
        await stage.until(lambda: stage.words()[0] == "live")
        market.send_session(clock(SessionClock.PAUSED))
        await stage.until(lambda: "Paused" in band(stage))
        assert stage.words()[0] == "live"
        await stage.until(lambda: "Gone for" in band(stage), "the silence of the session to show")
        assert stage.words()[1].startswith("Session gone for")
        market.send_session(clock(SessionClock.FAILED, error="day.dbn ends in the middle of record 1,204"))
        await stage.until(lambda: stage.words()[1].startswith("The session failed: day.dbn ends"))
        market.send_session(clock(SessionClock.ENDED))
        await stage.until(lambda: stage.words()[:2] == ("stale", "The recording has ended"))
        assert "Ended" in band(stage)
        assert stage.cells()[0]["Last"] == "500.01", "the last prices stay, marked"

    play(scenario, session="eth-0808")


def test_a_session_nobody_runs_is_waited_for_in_its_frame(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.until(lambda: "Waiting for the session" in band(stage))
        assert stage.app.windows[0].frame.framed

    play(scenario, session="nobody")
