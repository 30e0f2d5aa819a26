"""The deck as a trader uses it: steps land exactly, loops begin again, and every desk sees the same."""

import random
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from core.bus import Bus
from tests.e2e.charts import bar_differences, chart_of, name_of, point, shows_bars
from tests.e2e.past import Past
from tests.e2e.sessions import BAR, EVENT, PAUSED, PLAYING, SECOND, Session, standing
from tests.e2e.stack import Desk, Stack, grids, painted_differences, shown
from tests.e2e.tapes import recorded_tape
from tests.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.long]

SECOND_NS = 10**9
STATES = ("live", "halted", "stale")


@pytest.fixture(scope="module")
def past(shared_data: Path) -> Past:
    return Past(recorded_tape(_file(shared_data)))


def _file(shared_data: Path) -> Path:
    return shared_data / "normalised" / "crypto_multi_dev.parquet"


async def _paused(stack: Stack, shared_data: Path) -> tuple[Bus, Session]:
    await stack.supervise()
    bus = await stack.connect()
    return bus, await standing(stack, bus, (_file(shared_data),))


async def _shows(desk: Desk, epoch: int, past: Past, tape_ns: int) -> dict[str, Any]:
    """Wait until the desk paints exactly what had been by `tape_ns`, grid and chart."""
    expected = past.cells_at([tape_ns])[tape_ns]
    wrong: list[str] = []

    def is_there(said: dict[str, Any]) -> bool:
        if shown(said) != (epoch, tape_ns // 1_000 * 1_000):
            wrong[:] = [f"shown is {shown(said)}"]
            return False
        chart = chart_of(said)
        true = past.bars_at(past.number_of(chart["symbol"]), chart["interval"], tape_ns)
        wrong[:] = painted_differences(said, expected, states=STATES) + bar_differences(chart, true)
        wrong.extend(_age_differences(said, tape_ns))
        return not wrong

    try:
        return await desk.until(is_there, f"epoch {epoch} at {tape_ns}", 5)
    except AssertionError as error:
        raise AssertionError("\n".join([*wrong[:20], str(error)])) from None


def _age_differences(said: dict[str, Any], tape_ns: int) -> list[str]:
    """Every age that is not the clock less the event's time: painted five times a second, so wait for it."""
    wrong: list[str] = []
    for grid in grids(said):
        for row in grid["cells"]:
            if not row["Time"]:
                continue
            clock_time = datetime.fromtimestamp(tape_ns // 10**9, UTC)
            event_time = datetime.combine(clock_time.date(), time.fromisoformat(row["Time"]), UTC)
            age_us = tape_ns // 1_000 - round(event_time.timestamp() * 1e6)
            # The time's cell ends at whole milliseconds, the age is of microseconds.
            if row["Age"] not in {age_text(us) for us in (age_us, age_us - 999)}:
                wrong.append(f"{row['Symbol']} of {row['Time']} shows {row['Age']}, true {age_us} us")
    return wrong


def age_text(age_us: int) -> str:
    """Tenths below ten seconds, then whole seconds; the recording is no minute long."""
    tenths = max(0, age_us) // 100_000
    return f"{tenths // 10}.{tenths % 10}s" if tenths < 100 else f"{tenths // 10}s"


async def test_two_desks_and_a_late_one_show_the_same(stack: Stack, shared_data: Path, past: Past) -> None:
    bus, session = await _paused(stack, shared_data)
    first = await stack.desk(bus, "--session", session.name, charts=True)
    second = await stack.desk(bus, "--session", session.name, charts=True)
    symbol = name_of(past.tape, past.most_traded(1)[0])
    await point(first, symbol, "1s")
    await point(second, symbol, "1s")
    middle_ns = past.begin_ns + 12 * SECOND_NS
    await session.seek(past.begin_ns)
    await session.play(10_000)
    await _until_past(session, middle_ns)
    clock = await session.pause()
    for desk in (first, second):
        await _shows(desk, clock.epoch, past, clock.tape_ns)
    late = await stack.desk(bus, "--session", session.name, charts=True)
    await shows_bars(late, symbol, "1s", past.bars_at(past.number_of(symbol), "1s", clock.tape_ns))
    seen = [await _shows(desk, clock.epoch, past, clock.tape_ns) for desk in (first, second, late)]
    bars = [chart_of(answer)["bars"] for answer in seen]
    assert bars[0] == bars[1] == bars[2]
    rows = [[grid["cells"] for grid in grids(answer)] for answer in seen]
    assert rows[0] == rows[1] == rows[2]


async def test_a_step_lands_exactly_forward_and_back(stack: Stack, shared_data: Path, past: Past) -> None:
    bus, session = await _paused(stack, shared_data)
    desk = await stack.desk(bus, "--session", session.name, charts=True)
    listing = past.most_traded(1)[0]
    await shows_bars(
        desk,
        name_of(past.tape, listing),
        "1s",
        past.bars_at(listing, "1s", (await session.status()).tape_ns),
    )
    times = session_times(past, shared_data)
    dice = random.Random(5)
    at_ns = (await session.seek(past.begin_ns + 7 * SECOND_NS + 123_456_789)).tape_ns
    for _ in range(6):
        steps = dice.choice((1, 1, 3, 40))
        clock = await session.step(EVENT, steps)
        at_ns = [each for each in times if each > at_ns][steps - 1]
        assert (clock.state, clock.tape_ns) == (PAUSED, at_ns)
        clock = await session.step(EVENT, -steps)
        at_ns = [each for each in times if each < at_ns][-steps]
        assert (clock.state, clock.tape_ns) == (PAUSED, at_ns)
        await _shows(desk, clock.epoch, past, at_ns)
    for steps in (1, 2, -1, -4, 3):
        clock = await session.step(SECOND, steps)
        at_ns += steps * SECOND_NS
        assert (clock.state, clock.tape_ns) == (PAUSED, at_ns)
        await _shows(desk, clock.epoch, past, at_ns)
    for steps in (1, 2, -1, 1, -3):
        clock = await session.step(BAR, steps, "3s")
        at_ns = bar_step(at_ns, steps, 3 * SECOND_NS)
        assert (clock.state, clock.tape_ns) == (PAUSED, at_ns)
        await _shows(desk, clock.epoch, past, at_ns)


def bar_step(at_ns: int, steps: int, span_ns: int) -> int:
    """The last nanosecond of a bar: of this one first, where it has not been reached."""
    ends = (at_ns + 1) // span_ns  # bars that have ended
    on_end = (at_ns + 1) % span_ns == 0
    if steps > 0:
        return (ends + steps) * span_ns - 1
    return (ends + steps + (0 if on_end else 1)) * span_ns - 1


def session_times(past: Past, shared_data: Path) -> list[int]:
    """Every time stamp of the recording, of depth too: what a step by an event goes by."""
    import polars

    frame = polars.read_parquet(_file(shared_data), columns=["ts_ns"])
    return sorted(set(frame["ts_ns"].to_list()))


async def test_a_loop_begins_again_with_nothing_of_the_round_before(
    stack: Stack, shared_data: Path, past: Past
) -> None:
    bus, session = await _paused(stack, shared_data)
    desk = await stack.desk(bus, "--session", session.name, charts=True)
    listing = past.most_traded(1)[0]
    await point(desk, name_of(past.tape, listing), "1s")
    await session.loop(True)
    before = await session.seek(past.end_ns - SECOND_NS // 2)
    await session.play(1_000)
    await wait_for_epoch(session, before.epoch + 1)
    clock = await session.status()
    assert clock.state == PLAYING
    assert clock.tape_ns < past.begin_ns + 5 * SECOND_NS
    clock = await session.pause()
    await _shows(desk, clock.epoch, past, clock.tape_ns)
    # And at its end without a loop it stays there, with the last picture.
    await session.loop(False)
    await session.seek(past.end_ns - SECOND_NS // 2)
    await session.play(0)
    expected = past.cells_at([past.end_ns])[past.end_ns]
    await desk.shows(expected, 10, STATES)


async def wait_for_epoch(session: Session, epoch: int) -> None:
    async with session.listen() as clocks:
        await wait_for(lambda: any(clock.epoch >= epoch for clock in clocks), 10, f"epoch {epoch}")


async def _until_past(session: Session, tape_ns: int) -> None:
    async with session.listen() as clocks:
        await wait_for(
            lambda: any(clock.tape_ns >= tape_ns for clock in clocks), 20, f"the tape at {tape_ns}"
        )


async def test_no_clock_runs_back_within_an_epoch(stack: Stack, shared_data: Path, past: Past) -> None:
    _, session = await _paused(stack, shared_data)
    dice = random.Random(3)
    async with session.listen() as clocks:
        for _ in range(12):
            await session.seek(past.begin_ns + dice.randrange(past.end_ns - past.begin_ns))
            await session.play(dice.choice((1_000, 20_000, 0)))
            await session.pause()
        last = await session.status()
        await wait_for(lambda: bool(clocks) and clocks[-1].epoch == last.epoch, 5)
    epochs = [clock.epoch for clock in clocks]
    assert epochs == sorted(epochs)
    for epoch in set(epochs):
        times = [clock.tape_ns for clock in clocks if clock.epoch == epoch]
        assert times == sorted(times)
