"""The desk's warnings of itself, as a trader gets them."""

import time

from desktop.health.desk_health import DeskHealth
from desktop.health.warnings import LIMITS, Episode, Kind
from desktop.panels.health.panel import HealthPanel
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto


def hold_the_loop(seconds: float) -> None:
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        sum(range(200))


def texts(stage: Stage, words: str) -> list[str]:
    return [message.text for message in stage.app.messages.all if words in message.text]


def test_a_standstill_is_told_once_with_what_held_the_desk_and_a_way_to_its_health(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(6))
        app = stage.app
        await stage.until(lambda: stage.words()[0] == "live")
        await stage.until(lambda: app.frames.is_settled(time.monotonic_ns()))
        app.health.loop.take()
        app.health.watchman.episodes[Kind.STALL] = Episode(
            LIMITS[Kind.STALL]
        )  # a busy machine may have begun one
        before = len(texts(stage, "stood still"))
        hold_the_loop(0.6)
        await stage.until(lambda: len(texts(stage, "stood still")) > before, "the warning")
        told = texts(stage, "stood still")[-1]
        assert "in hold_the_loop" in told
        hold_the_loop(0.3)
        version = app.health.history.version
        await stage.until(lambda: app.health.history.version >= version + 2)
        assert len(texts(stage, "stood still")) == before + 1, "an episode is told once"
        message = next(message for message in app.messages.all if message.text == told)
        assert message.link is not None
        assert message.link.words == "Show health"
        message.link.run()
        assert any(isinstance(panel, HealthPanel) for panel in app.windows[0].panels)
        assert Kind.STALL in app.health.watchman.active

    play(scenario, watch=True)


def test_dropped_messages_are_told_with_their_number(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(6))
        app = stage.app
        await stage.until(lambda: stage.words()[0] == "live")
        app.groups()[0].feed.counters.buffered_dropped += 7
        await stage.until(lambda: texts(stage, "7 messages were dropped"))
        await stage.until(lambda: any(rate.dropped == 7 for rate in app.health.subscriptions))

    play(scenario, watch=True)


def test_who_does_not_want_warnings_gets_none(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(crypto(6))
        app = stage.app
        app.settings.change("own_warnings", False)
        await stage.until(lambda: stage.words()[0] == "live")
        app.groups()[0].feed.counters.buffered_dropped += 7
        await stage.until(
            lambda: app.health.history.newest("dropped") == 7, "the history has it all the same"
        )
        assert not texts(stage, "dropped")

    play(scenario, watch=True)


def test_how_soon_windows_slow_down_is_a_setting(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        app = stage.app
        assert isinstance(app.health, DeskHealth)
        assert app.frames.untended_after_ns == 60 * 10**9
        app.settings.change("untended_s", 0)
        assert app.frames.untended_after_ns == 0

    play(scenario)
