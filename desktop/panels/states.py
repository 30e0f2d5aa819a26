"""What a panel of quotes says about itself: one state, its words and its age.

Pure: facts in, a `PanelState` out, so that every word of it is tested. The order of precedence is by what a
trader must not miss: no connection, a failed group, nothing yet, silence, a late source, a halt.
"""

from dataclasses import dataclass
from typing import Final

from desktop.desk import ClockPhase, ClockReading, Link, LinkReading, QuotePhase, QuoteReading
from desktop.panels.grid.states import LIVE, PanelKind, PanelState
from desktop.words import age_words, clock_minutes, count_words, seconds_words

# Single rows carry their own tag; a band over the whole panel is for what concerns much of it. Without this
# bound one halted instrument of a hundred would move the whole grid down by 24 px and up again.
BANNER_ROWS_SHARE: Final = 0.1
EMPTY_LIST: Final = PanelState(
    PanelKind.EMPTY,
    title="This watchlist is empty",
    sentence="No feed has named an instrument of this list yet.",
)


@dataclass(frozen=True, slots=True)
class QuoteFacts:
    """What is known of a quote panel now. `quotes` None: no group is held. Rows are counts."""

    link: LinkReading
    clock: ClockReading
    quotes: QuoteReading | None
    waiting_ms: int = 0  # since the panel began to wait for its first prices
    rows: int = 0
    late_rows: int = 0
    down_rows: int = 0
    halted_rows: int = 0
    halted_since_us: int = 0
    directory_known: bool = True
    failure: PanelState | None = None  # of the panel itself: a filter that cannot be used


def quote_panel_state(facts: QuoteFacts) -> PanelState:
    """The one state a quote panel shows."""
    quotes = facts.quotes
    if facts.link.link is not Link.CONNECTED:
        return _disconnected(facts)
    if facts.failure is not None:
        return facts.failure
    if quotes is not None and quotes.error:
        return PanelState(
            PanelKind.ERROR,
            "Not served",
            "asking again",
            title="The list cannot be served",
            sentence=quotes.error,
        )
    session = _session(facts.clock)
    if session is not None:
        return session
    if quotes is None:
        if facts.directory_known:
            return EMPTY_LIST
        return _loading(facts)
    if quotes.phase is QuotePhase.LOADING:
        return _loading(facts)
    if quotes.phase is QuotePhase.STALE:
        return PanelState(PanelKind.STALE, f"No update for {seconds_words(quotes.silent_ms)}", "asking again")
    return _of_rows(facts, quotes)


def _disconnected(facts: QuoteFacts) -> PanelState:
    link = facts.link
    if link.link is Link.CONNECTING:
        return PanelState(PanelKind.LOADING, "Connecting to the server", seconds_words(link.down_ms))
    note = f"try {link.attempt} in {age_words(link.next_try_ms)}" if link.next_try_ms else "trying now"
    return PanelState(PanelKind.DISCONNECTED, f"Disconnected {age_words(link.down_ms)}", note)


def _loading(facts: QuoteFacts) -> PanelState:
    return PanelState(PanelKind.LOADING, "Waiting for prices", seconds_words(facts.waiting_ms))


def _session(clock: ClockReading) -> PanelState | None:
    """A session that is over leaves its last prices on the screen, marked."""
    if clock.phase is ClockPhase.VANISHED:
        return PanelState(PanelKind.STALE, f"Session gone for {age_words(clock.silent_ms)}", "Ctrl L")
    if clock.phase is ClockPhase.FAILED:
        # Not an error page: that would take away the prices the trader acted on.
        return PanelState(
            PanelKind.STALE, f"The session failed: {clock.error or 'no reason given'}", "Ctrl L"
        )
    if clock.phase is ClockPhase.ENDED:
        return PanelState(PanelKind.STALE, "The recording has ended", f"at {clock_minutes(clock.time_us)}")
    return None


def _of_rows(facts: QuoteFacts, quotes: QuoteReading) -> PanelState:
    enough = max(1.0, facts.rows * BANNER_ROWS_SHARE)
    down = [source.exchange for source in quotes.late_sources if source.down]
    if down and facts.down_rows >= enough:
        return PanelState(PanelKind.STALE, f"{', '.join(down)} is down", count_words(facts.down_rows, "row"))
    late = [source for source in quotes.late_sources if not source.down]
    if late and facts.late_rows >= enough:
        worst = max(late, key=lambda source: source.late_ms)
        text = f"{worst.exchange} late by {seconds_words(worst.late_ms)}"
        return PanelState(PanelKind.LATE, text, count_words(facts.late_rows, "row"))
    if facts.halted_rows and facts.halted_rows >= enough:
        since = clock_minutes(facts.halted_since_us)
        if facts.halted_rows == facts.rows:
            return PanelState(PanelKind.HALTED, "Halted by the venue", f"since {since}")
        halted = count_words(facts.halted_rows, "instrument")
        return PanelState(PanelKind.HALTED, f"{halted} halted", f"since {since}")
    return LIVE
