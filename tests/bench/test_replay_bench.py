"""The replay bench: gaps are compared event by event, memory round by round, and every figure is measured."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from aggregator.bench import desk_child, replay
from aggregator.bench.hour_tape import hour_tape_file
from aggregator.bench.playback import Amount as PlaybackAmount
from aggregator.bench.replay_timing import errors_ms
from aggregator.cli import BAD_USAGE, execute
from core.wire.raw import QuoteEvents, RawBatch, RawFlag, RawHeader, TradeEvents, encode_raw

MS = 1_000_000


def message(
    *quotes_ms: float, trades_ms: tuple[float, ...] = (), positions: tuple[int, ...] = (), state: bool = False
) -> bytes:
    """Events at these times; `positions` of quotes, then of trades."""

    def common(times_ms: tuple[float, ...], at: int) -> dict[str, object]:
        count = len(times_ms)
        places = positions[at : at + count] or tuple(range(count))
        return {
            "instrument": np.zeros(count, np.uint32),
            "event_ns": np.array([int(ms * MS) for ms in times_ms], np.int64),
            "recv_ns": np.zeros(count, np.int64),
            "position": np.array(places, np.uint16),
        }

    zeros = np.zeros(len(quotes_ms), np.int64)
    quotes = QuoteEvents(**common(quotes_ms, 0), bid=zeros, bid_size=zeros, ask=zeros, ask_size=zeros)  # type: ignore[arg-type]
    trades = None
    if trades_ms:
        zeros = np.zeros(len(trades_ms), np.int64)
        trades = TradeEvents(
            **common(trades_ms, len(quotes_ms)),  # type: ignore[arg-type]
            price=zeros, size=zeros, flags=np.zeros(len(trades_ms), np.uint8),
        )  # fmt: skip
    header = RawHeader(1, 1, 1, RawFlag.STATE if state else RawFlag(0))
    return encode_raw(RawBatch(header, quotes if quotes_ms else None, trades))


def test_what_keeps_its_distance_has_no_error_however_late_it_is() -> None:
    heard = [(70 * MS, message(0)), (80 * MS, message(10)), (95 * MS, message(25))]
    assert errors_ms(heard).tolist() == [0, 0]


def test_events_of_one_message_come_at_once() -> None:
    assert errors_ms([(0, message(0, 3)), (10 * MS, message(8))]).tolist() == [3, 5]


def test_events_are_taken_in_their_order_and_states_are_none() -> None:
    mixed = message(0, 4, trades_ms=(1,), positions=(0, 2, 1))
    heard = [(0, mixed), (1 * MS, message(99, state=True)), (2 * MS, message()), (4 * MS, message(4))]
    assert errors_ms(heard).tolist() == [1, 3, 4]
    assert len(errors_ms([])) == 0


def test_growth_is_from_the_first_counted_round_to_the_last() -> None:
    assert replay.growth_percent([100, 130, 102]) == pytest.approx(2)
    assert replay.growth_percent([100]) is None


def test_a_figure_that_could_not_be_taken_misses_its_goal() -> None:
    missed = [result.metric for result in replay.results(replay.Measured(), 1.0) if result.ok is False]
    assert missed == [
        "replay.max_events_per_s",
        "replay.max_desk_fps",
        "replay.timing_p99_ms",
        "replay.seek_to_paint_max_ms",
        "replay.loop_rss_growth_percent.session",
        "replay.loop_rss_growth_percent.desk",
        "playback.fps",
        "playback.frame_jitter_p95_ms",
        "playback.seek_to_paint_p95_ms",
        "playback.main_cpu",
    ]


def test_without_a_desktop_it_ends_with_2_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(desk_child, "is_installed", lambda: False)
    assert execute(["bench", "replay", "--quick"]) == BAD_USAGE
    assert "desktop not installed" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.bench
def test_every_figure_is_measured(tmp_path: Path) -> None:
    tape = hour_tape_file(tmp_path, instruments=20, seconds=30, ticks_per_s=400)
    playback = PlaybackAmount(seeks=3, seconds=1.0, sessions=5)
    amount = replay.Amount(seeks=3, max_runs=1, rounds=1, timing_s=0.5, playback=playback, tape_s=60)
    measured = asyncio.run(replay.measure(amount, [], tape))
    assert len(measured.seek_ms) == 3
    assert measured.timing_events > 0
    assert len(measured.played.seek_ms) == 3
    assert len(measured.played.gaps_ms) > 10
    results = replay.results(measured, 1.0)
    assert len({result.metric for result in results}) == len(results)
    assert [result.metric for result in results if result.value is None] == []
