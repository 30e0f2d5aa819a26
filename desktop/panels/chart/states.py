"""What a chart says about itself: one state, its words and what to do.

Facts in, a `PanelState` out. The order is by what a trader must not miss: no connection, bars that
cannot be had, nothing yet, silence, a late or halted source. Bars once shown stay and are marked.
"""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final

from core.clock import NS_PER_US
from core.market.bar_series import BarField
from core.market.fields import SourceState
from core.market.instruments import InstrumentKey
from core.market.intervals import Interval
from desktop.desk import (
    BarHold,
    BarReading,
    ClockPhase,
    ClockReading,
    Desk,
    Link,
    LinkReading,
    QuotePhase,
    SourceReading,
)
from desktop.panels.grid.states import LIVE, PanelKind, PanelState
from desktop.panels.states import run_state
from desktop.tr import mark, tr
from desktop.words import age_words, clock_minutes, clock_time, seconds_words

ICON: Final = "chart-candlestick"
CHOOSE_SYMBOL: Final = mark("Choose a symbol")


def no_instrument() -> PanelState:
    """Of a chart that has not been told what to show."""
    return PanelState(
        PanelKind.EMPTY,
        title=tr("No instrument"),
        sentence=tr("Type a symbol, or click a row of the watchlist."),
        actions=(tr(CHOOSE_SYMBOL),),
        icon=ICON,
    )


@dataclass(frozen=True, slots=True)
class ChartFacts:
    """What is known now. `bars` None: nothing is held; `count` bars are shown, the last of `last_us`."""

    link: LinkReading
    clock: ClockReading
    bars: BarReading | None
    key: InstrumentKey | None
    interval: Interval
    count: int = 0
    last_us: int = 0
    source: SourceReading | None = None
    zone: tzinfo = UTC


def chart_facts(
    desk: Desk,
    hold: BarHold | None,
    key: InstrumentKey | None,
    interval: Interval,
    zone: tzinfo,
    count: int,
    now_ms: int,
) -> ChartFacts:
    """Read off the desk and what is held of it."""
    last_ns = 0
    if count and hold is not None and hold.series.count:
        last_ns = int(hold.series.column(BarField.LAST_NS)[-1])
    exchange = key.exchange if key is not None else ""
    return ChartFacts(
        desk.link(now_ms),
        desk.clock.read(now_ms),
        hold.reading(now_ms) if hold is not None else None,
        key,
        interval,
        count,
        last_ns // NS_PER_US,
        next((one for one in desk.quotes.sources if one.exchange == exchange), None),
        zone,
    )


def chart_state(facts: ChartFacts) -> PanelState:
    """The one state a chart shows."""
    bars = facts.bars
    link = facts.link
    if link.link is Link.DISCONNECTED:
        note = (
            tr("try {attempt} in {age}", attempt=link.attempt, age=age_words(link.next_try_ms))
            if link.next_try_ms
            else tr("trying now")
        )
        return PanelState(PanelKind.DISCONNECTED, tr("Disconnected {age}", age=age_words(link.down_ms)), note)
    if link.link is Link.CONNECTING:
        return PanelState(
            PanelKind.LOADING, title=tr("Connecting to the server"), sentence=seconds_words(link.down_ms)
        )
    run = run_state(facts.clock)
    if run is not None:
        return run
    if facts.key is None:
        return no_instrument()
    if bars is None:
        return _loading(facts)
    if bars.error:
        return _failed(facts, bars.error)
    session = _session(facts.clock, facts.zone)
    if session is not None and facts.count:
        return session
    if bars.phase is QuotePhase.LOADING and not facts.count:
        return _loading(facts)
    if bars.phase is QuotePhase.LIVE and not facts.count:
        return _no_trades(facts)
    if bars.phase is not QuotePhase.LIVE:
        detail = (
            tr("last {time}", time=clock_time(facts.last_us, facts.zone))
            if facts.last_us
            else tr("asking again")
        )
        words = tr("No update for {time}", time=seconds_words(bars.silent_ms))
        return PanelState(PanelKind.STALE, words, detail)
    return _of_source(facts)


def _loading(facts: ChartFacts) -> PanelState:
    total = facts.bars.bars_total if facts.bars is not None else 0
    symbol = facts.key.symbol if facts.key is not None else ""
    counted = tr("{count:,} of {total:,}", count=facts.count, total=total) if total else tr("asking for them")
    return PanelState(
        PanelKind.LOADING, title=tr("Loading bars"), sentence=f"{symbol}, {facts.interval}: {counted}"
    )


def _failed(facts: ChartFacts, error: str) -> PanelState:
    if facts.count:
        return PanelState(
            PanelKind.ERROR, tr("Bars could not be read: {error}", error=error), tr("asking again")
        )
    return PanelState(
        PanelKind.ERROR, tr("Bars could not be read"), title=tr("Bars could not be read"), sentence=error
    )


def _no_trades(facts: ChartFacts) -> PanelState:
    symbol = facts.key.symbol if facts.key is not None else tr("The instrument")
    return PanelState(
        PanelKind.EMPTY,
        title=tr("No trades yet"),
        sentence=tr("{symbol} has not traded. Its first bar appears with its first trade.", symbol=symbol),
        icon=ICON,
    )


def _session(clock: ClockReading, zone: tzinfo) -> PanelState | None:
    """A session that is over leaves its bars on the screen, marked."""
    if clock.phase is ClockPhase.VANISHED:
        return PanelState(
            PanelKind.STALE, tr("Session gone for {age}", age=age_words(clock.silent_ms)), "Ctrl L"
        )
    if clock.phase is ClockPhase.FAILED:
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


def _of_source(facts: ChartFacts) -> PanelState:
    source = facts.source
    if source is None:
        return LIVE
    if source.state == SourceState.DOWN:
        return PanelState(
            PanelKind.STALE,
            tr("{exchange} is down", exchange=source.exchange),
            tr("last {time}", time=clock_time(facts.last_us, facts.zone)),
        )
    if source.state == SourceState.LATE:
        words = tr("{exchange} late by {time}", exchange=source.exchange, time=seconds_words(source.late_ms))
        return PanelState(PanelKind.LATE, words, tr("last bar partial"))
    if source.state == SourceState.HALTED:
        return PanelState(
            PanelKind.HALTED,
            tr("Halted by the venue"),
            tr("last {time}", time=clock_time(facts.last_us, facts.zone)) if facts.last_us else "",
        )
    return LIVE
