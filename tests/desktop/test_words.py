"""Ages and times as they are read."""

import pytest

from desktop.words import age_words, clock_date, clock_time, count_words, seconds_words, speed_words


@pytest.mark.parametrize(
    ("duration_ms", "words"),
    [
        (0, "0.0 s"),
        (4_200, "4.2 s"),
        (9_949, "9.9 s"),
        (9_951, "10 s"),
        (125_000, "2 min"),
        (7_200_000, "2 h"),
    ],
)
def test_seconds_have_a_decimal_only_while_it_matters(duration_ms: int, words: str) -> None:
    assert seconds_words(duration_ms) == words


def test_whole_ages() -> None:
    assert [age_words(ms) for ms in (12_400, 119_000, 180_000)] == ["12 s", "119 s", "3 min"]


def test_counts_know_their_plural() -> None:
    assert [count_words(count, "row") for count in (0, 1, 2, 1_204)] == [
        "0 rows",
        "1 row",
        "2 rows",
        "1,204 rows",
    ]


def test_market_time_is_in_utc() -> None:
    time_us = 1_723_161_506_999_000
    assert (clock_date(time_us), clock_time(time_us)) == ("Thu 8 Aug 2024", "23:58:26")


def test_an_unknown_time_is_not_1970() -> None:
    assert clock_time(0) == "--:--:--"


def test_speeds() -> None:
    assert [speed_words(milli) for milli in (4_000, 500, 0)] == ["4×", "0.5×", "Max"]
