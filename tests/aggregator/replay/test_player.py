"""Every event of a tape, in its order, at its time."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.replay.player import BATCH_NS_MAX, GATHER_NS, Player, sorted_times
from aggregator.replay.playhead import Playhead
from core.clock import NS_PER_MS
from tests.aggregator.replay.tapes import BEGIN_NS, KEYS, Clock, Recorder, tape

rows = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 2), st.just(0)), min_size=1, max_size=60).map(
    lambda drawn: [(ms, number, price) for price, (ms, number, _) in enumerate(sorted(drawn))]
)


def _player(listed: Sequence[tuple[int, int, int]], speed_milli: int) -> tuple[Player, Clock, list[Any]]:
    recorded = tape(listed)
    clock: Clock = Clock()
    log: list[tuple[str, int, list[int]]] = []

    head = Playhead(recorded.begin_ns, recorded.end_ns, speed_milli)
    player = Player(recorded, head, sorted_times(recorded), monotonic=clock, sleep=clock.sleep)
    player.publishers = {each.exchange: Recorder(each.exchange, log, clock) for each in recorded.exchanges}
    head.play(clock.now_ns)
    return player, clock, log


async def _played(listed: Sequence[tuple[int, int, int]], speed_milli: int) -> tuple[list[Any], int]:
    player, clock, log = _player(listed, speed_milli)
    started_ns = clock.now_ns
    assert await player.play()
    assert player.events_played == player.events_total == len(listed)
    return log, started_ns


@pytest.mark.parametrize("speed_milli", [0, 250, 1_000, 8_000, 1_000_000])
async def test_order_within_an_exchange_is_that_of_the_recording(speed_milli: int) -> None:
    listed = [(at // 7, at % 3, at) for at in range(2_000)]
    log, _ = await _played(listed, speed_milli)
    for exchange in ("XAAA", "XBBB"):
        expected = [price for _, number, price in listed if KEYS[number].exchange == exchange]
        assert [price for name, _, prices in log if name == exchange for price in prices] == expected


@given(rows, st.sampled_from([500, 1_000, 4_000]))
def test_gaps_are_those_of_the_recording(listed: list[tuple[int, int, int]], speed_milli: int) -> None:
    player, clock, log = _player(listed, speed_milli)
    started_ns = clock.now_ns
    coroutine = player.play()
    while coroutine.cr_frame is not None:  # nothing in it waits for a real loop, but to let others run
        with suppress(StopIteration):
            coroutine.send(None)
    first_ms = listed[0][0]
    for _, at_ns, prices in log:
        times = [(listed[price][0] - first_ms) * NS_PER_MS * 1_000 // speed_milli for price in prices]
        assert max(times) - min(times) <= BATCH_NS_MAX
        late_ns = at_ns - started_ns - max(times)
        assert late_ns >= 0
        assert at_ns - started_ns - min(times) <= GATHER_NS + BATCH_NS_MAX


async def test_a_host_that_is_held_up_plays_slower_and_skips_nothing() -> None:
    listed = [(at, 0, at) for at in range(3_000)]
    player, clock, log = _player(listed, 1_000)
    plain_sleep = clock.sleep
    calls = 0

    async def slow_sleep(seconds: float) -> None:
        nonlocal calls
        calls += 1
        await plain_sleep(seconds + (1.0 if calls == 100 else 0.0))

    player._sleep = slow_sleep
    await player.play()
    assert [price for _, _, prices in log for price in prices] == list(range(3_000))
    assert 700 < player.held_up_ms <= 1_000


async def test_the_second_round_is_the_first_again() -> None:
    listed = [(at, at % 3, at) for at in range(100)]
    player, clock, log = _player(listed, 0)
    await player.play()
    first = [entry[2] for entry in log]
    log.clear()
    player.place([0, 0])
    player.playhead.move_to(BEGIN_NS)
    player.playhead.play(clock.now_ns)
    await player.play()
    assert [entry[2] for entry in log] == first
    assert player.playhead.tape_ns(clock.now_ns) == BEGIN_NS + 99 * NS_PER_MS
