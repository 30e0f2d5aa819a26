"""What the player says and reads."""

import pytest

from core.clock import NS_PER_MS, NS_PER_S
from desktop.desk import ClockPhase, Link, LinkReading
from desktop.panels.grid.states import PanelKind
from desktop.panels.player.words import (
    SpeedError,
    clock_words,
    parse_speed,
    player_state,
    second_words,
    span_words,
)

TAPE_NS = 1_723_161_506_999_000_000
UP = LinkReading(Link.CONNECTED)


def test_times_are_of_the_tape_to_the_millisecond() -> None:
    assert clock_words(TAPE_NS) == "23:58:26.999"
    assert clock_words(TAPE_NS, with_date=True) == "8 Aug 23:58:26.999"
    assert second_words(TAPE_NS) == "23:58:26"


@pytest.mark.parametrize(
    ("span_ms", "words"),
    [
        (12_400, "12.4 s"),
        (344_880, "5 min 44 s"),
        (300_000, "5 min"),
        (7_380_000, "2 h 3 min"),
        (86_400_000 * 3 + 4 * 3_600_000, "3 d 4 h"),
        (999, "1.0 s"),
    ],
)
def test_lengths_have_the_two_units_that_matter(span_ms: int, words: str) -> None:
    assert span_words(span_ms * NS_PER_MS) == words


@pytest.mark.parametrize(
    ("typed", "speed_milli"),
    [
        ("4", 4_000),
        ("0.25x", 250),
        ("2,5 ×", 2_500),
        ("max", 0),
        (" MAX ", 0),
        (".1", 100),
        ("1000", 1_000_000),
    ],
)
def test_speeds_are_typed_as_they_are_said(typed: str, speed_milli: int) -> None:
    assert parse_speed(typed) == speed_milli


@pytest.mark.parametrize("typed", ["", "abc", "0", "-1", "1001", "1e3", "4 bars"])
def test_what_is_no_speed_is_refused_with_what_is(typed: str) -> None:
    with pytest.raises(SpeedError, match=r"type 0\.01 to 1,000, or max"):
        parse_speed(typed)


def test_what_is_worst_is_said_first() -> None:
    down = LinkReading(Link.DISCONNECTED, down_ms=12_000, attempt=4, next_try_ms=3_000)
    failed = player_state(down, ClockPhase.FAILED, "disk gone", 0, True)
    assert (failed.kind, failed.words) == (PanelKind.DISCONNECTED, "Disconnected 12 s")
    assert player_state(UP, ClockPhase.FAILED, "disk gone", 0, True).words == "The session failed: disk gone"
    assert player_state(UP, ClockPhase.VANISHED, "", 5_000, True).words == "Session gone for 5 s"
    assert player_state(UP, ClockPhase.LOADING, "", 400, False).words == "Waiting for the session"
    assert player_state(UP, ClockPhase.LOADING, "", 0, True).words == "Loading the recording"
    assert player_state(UP, ClockPhase.PAUSED, "", 0, True).kind is PanelKind.LIVE


def test_a_second_is_a_second() -> None:
    assert second_words(TAPE_NS + NS_PER_S) == "23:58:27"
