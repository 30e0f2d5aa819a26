"""What a desk shows when something is wrong, on real windows: never live when it is not, nothing blanked."""

import time
from pathlib import Path

from PySide6.QtCore import QPoint, QRect

from core.market.fields import Field, SourceState, TradingState
from tests.desktop.conftest import Play, Stage
from tests.desktop.market import crypto
from tests.nats_process import NatsServer, running_nats_server


def states(stage: Stage) -> list[str]:
    return [row["state"] for row in stage.app.windows[0].panels[0].grid.painted_states()]


async def live(stage: Stage, count: int = 12) -> None:
    await stage.until(lambda: len(stage.cells()) == count and stage.words()[0] == "live", "live prices")


def test_symbols_stand_at_once_with_dashes_for_prices_that_have_not_come(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(12), snapshots=False)
        await stage.until(lambda: len(stage.cells()) == 12)
        await stage.until(lambda: stage.words()[:2] == ("loading", "Waiting for prices"))
        assert {row["Last"] for row in stage.cells()} == {"–"}
        market.snapshots = True
        await live(stage)

    play(scenario)


def test_silence_shows_within_a_second_and_a_tick_and_keeps_the_prices(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(12))
        await live(stage)
        before = [row["Last"] for row in stage.cells()]
        market.serving = False
        silent_since_s = time.monotonic()
        await stage.until(lambda: stage.words()[0] == "stale")
        assert time.monotonic() - silent_since_s < 2.0
        # The last header may have come a while before the market fell silent.
        assert float(stage.words()[1].removeprefix("No update for ").removesuffix(" s")) >= 1.0
        assert stage.words()[2] == "asking again"
        assert [row["Last"] for row in stage.cells()] == before
        assert set(states(stage)) == {"stale"}
        words = stage.words()[1]
        await stage.until(lambda: stage.words()[1] != words, "the age to run")
        market.serving = True
        await live(stage)
        assert set(states(stage)) == {"live"}

    play(scenario)


def test_a_late_source_is_named_with_its_lag_and_its_rows(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(12, ("BINF", "BYBT")))
        await live(stage)
        market.source_states["BYBT"] = SourceState.LATE
        market.source_late_ms["BYBT"] = 2_400
        await stage.until(lambda: stage.words() == ("late", "BYBT late by 2.4 s", "6 rows"))
        assert states(stage).count("late") == 6
        market.source_states["BYBT"] = SourceState.DOWN
        await stage.until(lambda: stage.words() == ("stale", "BYBT is down", "6 rows"))
        assert states(stage).count("stale") == 6

    play(scenario)


def test_a_halted_instrument_is_tagged_in_its_row(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        market = await stage.market(crypto(12))
        await live(stage)
        keys = list(market.instruments)[:2]
        for key in keys:
            market.set_values(key, {Field.TRADING_STATE: int(TradingState.HALTED)})
        market.send(*keys)
        await stage.until(lambda: stage.words()[:2] == ("halted", "2 instruments halted"))
        assert states(stage).count("halted") == 2
        assert stage.words()[2].startswith("since ")

    play(scenario)


def test_a_lost_server_is_counted_down_and_everything_comes_back_by_itself(
    play: Play, tmp_path: Path
) -> None:
    with running_nats_server(tmp_path / "first") as server:
        port = server.port

        async def scenario(stage: Stage) -> None:
            stage.url = f"nats://127.0.0.1:{port}"
            await stage.market(crypto(12))
            await live(stage)
            before = [row["Last"] for row in stage.cells()]
            end_process(server)
            await stage.until(lambda: stage.words()[0] == "disconnected")
            await stage.until(lambda: "try" in stage.words()[2])
            assert stage.words()[1].startswith("Disconnected ")
            assert [row["Last"] for row in stage.cells()] == before
            assert stage.app.windows[0].bar.scope.word == "Offline"
            assert all(row["dim"] for row in stage.app.windows[0].panels[0].grid.painted_states())
            assert "Disconnected" in stage.app.windows[0].strip.text or await shown_in_strip(stage)
            assert outlined(stage), "round the whole panel, title bar included"
            with running_nats_server(tmp_path / "second", "-p", str(port)):
                await live(stage)
                assert [row["Last"] for row in stage.cells()] == before
                assert not outlined(stage)

        play(scenario, url=f"nats://127.0.0.1:{port}")


def outlined(stage: Stage) -> bool:
    """Whether all four edges of the panel's whole area have the colour of a lost connection."""
    window = stage.app.windows[0]
    area = window.docked[0].area
    assert area is not None
    image = window.grab().toImage()
    box = QRect(area.mapTo(window, QPoint()), area.size())
    middle = box.center()
    edges = (
        (middle.x(), box.top()), (middle.x(), box.bottom()),
        (box.left(), middle.y()), (box.right(), middle.y()),
    )  # fmt: skip
    colour = stage.app.theme.argb("state.disconnected")
    return all(image.pixel(*at) == colour for at in edges)


async def shown_in_strip(stage: Stage) -> bool:
    await stage.until(lambda: "Disconnected" in stage.app.windows[0].strip.text)
    return True


def end_process(server: NatsServer) -> None:
    import psutil

    process = psutil.Process(server.pid)
    process.kill()
    process.wait(5)


def test_a_scope_without_instruments_says_that_the_list_is_empty(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.market(())
        await stage.until(lambda: stage.words()[0] == "empty")
        assert stage.app.windows[0].panels[0].state.title == "This watchlist is empty"

    play(scenario)


def test_without_a_market_process_the_desk_waits_and_says_how_long(play: Play) -> None:
    async def scenario(stage: Stage) -> None:
        await stage.until(lambda: stage.words()[:2] == ("loading", "Waiting for prices"))
        first = stage.words()[2]
        await stage.until(lambda: stage.words()[2] != first, "the age to run")

    play(scenario)
