"""A real recording of many exchanges plays on the desk: every cell the recording's, nothing of it live."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.bus import Bus
from tests.e2e.reference import painted
from tests.e2e.stack import Cells, Stack, panels
from tests.e2e.tapes import futures_tape, recorded_tape

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.long]

SESSION = "crypto"


@asynccontextmanager
async def live_market_data(bus: Bus) -> AsyncIterator[list[str]]:
    """Subjects of everything heard in the live scope meanwhile, but for questions and leases."""
    heard: list[str] = []

    def hear(subject: str, _data: bytes, _reply: str) -> None:
        heard.append(subject)

    subscriptions = [await bus.subscribe(subject, hear) for subject in ("md.raw.>", "md.def.>", "md.agg.>")]
    await bus.flush()
    yield heard
    for subscription in subscriptions:
        subscription.unsubscribe()


async def test_a_recording_of_over_100_instruments_fills_the_grid(stack: Stack, shared_data: Path) -> None:
    file = shared_data / "normalised" / "crypto_multi_dev.parquet"
    expected = painted(recorded_tape(file))
    assert sum(row["Bid"] != "" for row in expected.values()) >= 100
    await stack.supervise()
    bus = await stack.connect()
    live = await stack.desk(bus)
    async with live_market_data(bus) as heard_live:
        desk = await stack.desk(bus, "--windows", "2", "--session", SESSION)
        replay = ("replay", str(file), "--speed", "max", "--session", SESSION, *stack.where())
        stack.start("replay", "-m", "aggregator", *replay)
        answer = await desk.shows(expected, timeout_s=60, states=("stale",))
        assert {panel["banner"]["words"] for panel in panels(answer)} == {"The recording has ended"}
        for window in answer["windows"]:
            assert window["framed"]
            assert window["band"].startswith("REPLAY  Tue 2 Jan 2024  14:30:")
            assert f"Session {SESSION}" in window["band"]
        answer = await live.inspect()
        assert [panel["cells"] for panel in panels(answer)] == [[]]
        assert not any(window["framed"] for window in answer["windows"])
        assert heard_live == []


@pytest.mark.parametrize("name", ["binance_spot_btcusdt_l2", "binance_usdm_ethusdt_l2"])
async def test_a_recording_of_a_whole_book_ends_with_its_last_quote(
    stack: Stack, shared_data: Path, name: str
) -> None:
    file = shared_data / "normalised" / f"{name}.parquet"
    await _shows_the_end(stack, painted(recorded_tape(file)), file)


async def test_futures_play_with_the_increments_of_their_definitions(stack: Stack, shared_data: Path) -> None:
    folder = shared_data / "nautilus/tests/test_data/databento/historical_bars_catalog/databento"
    definitions = folder / "futures_definition.dbn.zst"
    book = folder / "futures_mbp-1_2024-07-01T23-58_2024-07-02T00-02.dbn.zst"
    expected = painted(futures_tape(book, definitions))
    assert expected["GLBX", "ESU4"]["Bid"] == "5,529.00", "two decimals, from a step of 0.25"
    del expected["GLBX", "NQU4"]  # defined, but nothing of it was recorded
    await _shows_the_end(stack, expected, definitions, book)


async def _shows_the_end(stack: Stack, expected: Cells, *files: Path) -> None:
    """Play `files` as fast as possible: every cell of the desk is what `expected` says."""
    await stack.supervise()
    bus = await stack.connect()
    desk = await stack.desk(bus, "--session", SESSION)
    replay = ("replay", *map(str, files), "--speed", "max", "--session", SESSION, *stack.where())
    stack.start("replay", "-m", "aggregator", *replay)
    answer = await desk.shows(expected, timeout_s=60, states=("stale",))
    assert {panel["banner"]["words"] for panel in panels(answer)} == {"The recording has ended"}
