"""What a panel of quotes says about itself: one state, its words and its age.

Pure: facts in, a `PanelState` out, so that every word of it is tested. The order of precedence is by what a
trader must not miss: no connection, a failed group, nothing yet, silence, a late source, a halt.
"""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final

from desktop.desk import ClockPhase, ClockReading, Link, LinkReading, QuotePhase, QuoteReading
from desktop.panels.grid.states import LIVE, PanelKind, PanelState
from desktop.tr import tr
from desktop.words import age_words, clock_minutes, count_words, seconds_words

# Single rows carry their own tag; a band over the whole panel is for what concerns much of it. Without this
# bound one halted instrument of a hundred would move the whole grid down by 24 px and up again.
BANNER_ROWS_SHARE: Final = 0.1


def empty_list() -> PanelState:
    """Of a list that no feed has named an instrument of."""
    return PanelState(
        PanelKind.EMPTY,
        title=tr("This watchlist is empty"),
        sentence=tr("No feed has named an instrument of this list yet."),
    )


@dataclass(frozen=True, slots=True)
class QuoteFacts:
    """What is known of a quote panel now. `quotes` None: no group is held. Rows are counts."""

    link: LinkReading
    clock: ClockReading
    quotes: QuoteReading | None
    waiting_ms: int = 0  # since the panel began to wait for its first prices
    rows: int = 0
    stale_rows: int = 0
    late_rows: int = 0
    down_rows: int = 0
    halted_rows: int = 0
    halted_since_us: int = 0
    zone: tzinfo = UTC
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
            tr("Not served"),
            tr("asking again"),
            title=tr("The list cannot be served"),
            sentence=quotes.error,
        )
    session = _session(facts.clock, facts.zone)
    if session is not None:
        return session
    if quotes is None:
        if facts.directory_known:
            return empty_list()
        return _loading(facts)
    if quotes.phase is QuotePhase.LOADING:
        return _loading(facts)
    if quotes.phase is QuotePhase.STALE:
        words = tr("No update for {time}", time=seconds_words(quotes.silent_ms))
        if 0 < facts.stale_rows < facts.rows:  # a long list is several groups, and one of them was lost
            rows = count_words(facts.stale_rows, "row")
            words = tr("{rows} without update for {time}", rows=rows, time=seconds_words(quotes.silent_ms))
        return PanelState(PanelKind.STALE, words, tr("asking again"))
    return _of_rows(facts, quotes)


def _disconnected(facts: QuoteFacts) -> PanelState:
    link = facts.link
    if link.link is Link.CONNECTING:
        return PanelState(PanelKind.LOADING, tr("Connecting to the server"), seconds_words(link.down_ms))
    note = (
        tr("try {attempt} in {age}", attempt=link.attempt, age=age_words(link.next_try_ms))
        if link.next_try_ms
        else tr("trying now")
    )
    return PanelState(PanelKind.DISCONNECTED, tr("Disconnected {age}", age=age_words(link.down_ms)), note)


def _loading(facts: QuoteFacts) -> PanelState:
    return PanelState(PanelKind.LOADING, tr("Waiting for prices"), seconds_words(facts.waiting_ms))


def _session(clock: ClockReading, zone: tzinfo) -> PanelState | None:
    """A session that is over leaves its last prices on the screen, marked."""
    if clock.phase is ClockPhase.VANISHED:
        return PanelState(
            PanelKind.STALE,
            tr("Session gone for {age}", age=age_words(clock.silent_ms)),
            "Ctrl L",
        )
    run = run_state(clock)
    if run is not None:
        return run
    if clock.phase is ClockPhase.FAILED:
        # Not an error page: that would take away the prices the trader acted on.
        return PanelState(
            PanelKind.STALE,
            tr("The session failed: {error}", error=clock.error or tr("no reason given")),
            "Ctrl L",
        )
    if clock.phase is ClockPhase.ENDED:
        return PanelState(
            PanelKind.STALE,
            tr("The recording has ended"),
            tr("at {time}", time=clock_minutes(clock.time_us, zone)),
        )
    return None


def run_state(clock: ClockReading) -> PanelState | None:
    """A run that is not open yet, or cannot be opened, has nothing on the screen that would have to stay."""
    if not clock.is_run:
        return None
    if clock.phase is ClockPhase.FAILED:
        return PanelState(
            PanelKind.ERROR,
            tr("The run cannot be opened"),
            "Ctrl L",
            title=tr("The run cannot be opened"),
            sentence=clock.error or tr("no reason given"),
        )
    if clock.phase is ClockPhase.LOADING:
        return PanelState(PanelKind.LOADING, tr("Opening the run"), seconds_words(clock.silent_ms))
    return None


def _of_rows(facts: QuoteFacts, quotes: QuoteReading) -> PanelState:
    enough = max(1.0, facts.rows * BANNER_ROWS_SHARE)
    down = [source.exchange for source in quotes.late_sources if source.down]
    if down and facts.down_rows >= enough:
        return PanelState(
            PanelKind.STALE,
            tr("{down} is down", down=", ".join(down)),
            count_words(facts.down_rows, "row"),
        )
    late = [source for source in quotes.late_sources if not source.down]
    if late and facts.late_rows >= enough:
        worst = max(late, key=lambda source: source.late_ms)
        text = tr(
            "{exchange} late by {time}",
            exchange=worst.exchange,
            time=seconds_words(worst.late_ms),
        )
        return PanelState(PanelKind.LATE, text, count_words(facts.late_rows, "row"))
    if facts.halted_rows and facts.halted_rows >= enough:
        since = clock_minutes(facts.halted_since_us, facts.zone)
        if facts.halted_rows == facts.rows:
            return PanelState(PanelKind.HALTED, tr("Halted by the venue"), tr("since {since}", since=since))
        halted = count_words(facts.halted_rows, "instrument")
        return PanelState(
            PanelKind.HALTED, tr("{halted} halted", halted=halted), tr("since {since}", since=since)
        )
    return LIVE
