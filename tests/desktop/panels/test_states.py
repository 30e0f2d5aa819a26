"""What a trader reads on a panel that is not live, word for word."""

from dataclasses import replace

import pytest

from desktop.desk import (
    ClockPhase,
    ClockReading,
    LateSource,
    Link,
    LinkReading,
    QuotePhase,
    QuoteReading,
)
from desktop.panels.grid.states import PanelKind
from desktop.panels.states import QuoteFacts, quote_panel_state

TEN_PAST_MIDNIGHT_US = 1_723_162_200_000_000  # 9 Aug 2024 00:10 UTC
CONNECTED = LinkReading(Link.CONNECTED, place="loopback")
LIVE_CLOCK = ClockReading(ClockPhase.LIVE, TEN_PAST_MIDNIGHT_US)
LIVE_QUOTES = QuoteReading(QuotePhase.LIVE, silent_ms=20, cadence_ms=33)
GOOD = QuoteFacts(CONNECTED, LIVE_CLOCK, LIVE_QUOTES, rows=100)


def said(facts: QuoteFacts) -> tuple[PanelKind, str, str]:
    state = quote_panel_state(facts)
    return state.kind, state.words, state.detail


def test_live_quotes_need_no_words() -> None:
    assert said(GOOD) == (PanelKind.LIVE, "", "")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            replace(GOOD, quotes=QuoteReading(QuotePhase.LOADING), waiting_ms=300),
            (PanelKind.LOADING, "Waiting for prices", "0.3 s"),
        ),
        (
            replace(GOOD, quotes=QuoteReading(QuotePhase.STALE, silent_ms=4_200)),
            (PanelKind.STALE, "No update for 4.2 s", "asking again"),
        ),
        (
            replace(GOOD, link=LinkReading(Link.DISCONNECTED, down_ms=12_100, attempt=4, next_try_ms=2_900)),
            (PanelKind.DISCONNECTED, "Disconnected 12 s", "try 4 in 3 s"),
        ),
        (
            replace(
                GOOD,
                quotes=replace(LIVE_QUOTES, late_sources=(LateSource("Bybit", 2_400),)),
                late_rows=12,
            ),
            (PanelKind.LATE, "Bybit late by 2.4 s", "12 rows"),
        ),
        (
            replace(
                GOOD,
                quotes=replace(LIVE_QUOTES, late_sources=(LateSource("Bybit", 0, down=True),)),
                down_rows=40,
            ),
            (PanelKind.STALE, "Bybit is down", "40 rows"),
        ),
        (
            replace(GOOD, rows=15, halted_rows=2, halted_since_us=TEN_PAST_MIDNIGHT_US),
            (PanelKind.HALTED, "2 instruments halted", "since 00:10"),
        ),
        (
            replace(GOOD, rows=15, halted_rows=15, halted_since_us=TEN_PAST_MIDNIGHT_US),
            (PanelKind.HALTED, "Halted by the venue", "since 00:10"),
        ),
    ],
)
def test_each_state_has_its_words_and_its_age(
    facts: QuoteFacts, expected: tuple[PanelKind, str, str]
) -> None:
    assert said(facts) == expected


def test_one_halted_row_in_a_hundred_is_tagged_in_its_row_and_moves_nothing() -> None:
    assert said(replace(GOOD, halted_rows=1)) == (PanelKind.LIVE, "", "")


def test_no_connection_comes_before_every_other_word() -> None:
    link = LinkReading(Link.DISCONNECTED, down_ms=1_000, attempt=1)
    late = replace(LIVE_QUOTES, late_sources=(LateSource("Bybit", 2_400),))
    assert said(replace(GOOD, link=link, quotes=late, late_rows=100)) == (
        PanelKind.DISCONNECTED,
        "Disconnected 1 s",
        "trying now",
    )


def test_a_list_without_instruments_says_that_it_is_empty() -> None:
    state = quote_panel_state(QuoteFacts(CONNECTED, LIVE_CLOCK, None))
    assert state.kind is PanelKind.EMPTY
    assert state.title == "This watchlist is empty"


def test_before_the_directory_has_come_nothing_claims_to_be_empty() -> None:
    facts = QuoteFacts(CONNECTED, LIVE_CLOCK, None, waiting_ms=1_500, directory_known=False)
    assert said(facts) == (PanelKind.LOADING, "Waiting for prices", "1.5 s")


@pytest.mark.parametrize(
    ("clock", "words", "detail"),
    [
        (ClockReading(ClockPhase.ENDED, TEN_PAST_MIDNIGHT_US), "The recording has ended", "at 00:10"),
        (
            ClockReading(ClockPhase.VANISHED, TEN_PAST_MIDNIGHT_US, silent_ms=4_000),
            "Session gone for 4 s",
            "Ctrl L",
        ),
        (
            ClockReading(ClockPhase.FAILED, 0, error="day.dbn ends in the middle of record 1,204"),
            "The session failed: day.dbn ends in the middle of record 1,204",
            "Ctrl L",
        ),
    ],
)
def test_a_session_that_is_over_keeps_its_prices_and_says_so(
    clock: ClockReading, words: str, detail: str
) -> None:
    assert said(replace(GOOD, clock=clock)) == (PanelKind.STALE, words, detail)


def test_a_paused_session_is_not_stale() -> None:
    assert (
        said(replace(GOOD, clock=ClockReading(ClockPhase.PAUSED, TEN_PAST_MIDNIGHT_US)))[0] is PanelKind.LIVE
    )


def test_a_refused_group_says_why_in_its_own_panel() -> None:
    refused = replace(LIVE_QUOTES, error="1,204 instruments in one group, 1,000 at most")
    state = quote_panel_state(replace(GOOD, quotes=refused))
    assert state.kind is PanelKind.ERROR
    assert state.sentence == "1,204 instruments in one group, 1,000 at most"
