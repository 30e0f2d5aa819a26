"""What the player says, and how it reads what was typed. Pure: times in, text out."""

import re
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from core.clock import NS_PER_MS, NS_PER_S, NS_PER_US
from core.market.zones import UTC_ZONE, offset_s
from desktop.desk import ClockPhase, Link, LinkReading, TransportReading
from desktop.panels.grid.states import PanelKind, PanelState
from desktop.tr import tr
from desktop.words import SPEED_MILLI_MAX, age_words, clock_date, clock_time, count_words, seconds_words
from desktop.zones import zone_tag

SPEED_MILLI_MIN: Final = 10
MINUTE_S: Final = 60
HOUR_S: Final = 3_600
DAY_S: Final = 86_400
EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPEED: Final = re.compile(r"(\d{1,8}(?:[.,]\d{1,3})?|[.,]\d{1,3})\s*[x×]?", re.IGNORECASE)


class SpeedError(ValueError):
    """No speed; one line that says what is."""


def parse_speed(text: str, milli_max: int = SPEED_MILLI_MAX) -> int:
    """`4`, `0.25x`, `max` in thousandths of the recording's pace, 0 for max. Raises `SpeedError`."""
    typed = text.strip()
    if typed.lower() in ("max", "m"):
        return 0
    match = _SPEED.fullmatch(typed)
    speed_milli = round(float(match[1].replace(",", ".")) * 1_000) if match is not None else -1
    if not SPEED_MILLI_MIN <= speed_milli <= milli_max:
        most = f"{milli_max // 1_000:,}"
        raise SpeedError(tr("“{typed}” is no speed: type 0.01 to {most}, or max", typed=typed, most=most))
    return speed_milli


def clock_words(tape_ns: int, with_date: bool = False, zone: tzinfo = UTC) -> str:
    """`23:58:26.999`, with `8 Aug ` before it where a tape has more than one day."""
    when = _at(tape_ns, zone)
    day = f"{when.day} {_MONTHS[when.month - 1]} " if with_date else ""
    return f"{day}{when:%H:%M:%S}.{tape_ns // NS_PER_MS % 1_000:03}"


def second_words(tape_ns: int, with_date: bool = False, zone: tzinfo = UTC) -> str:
    """`23:58:26`."""
    return clock_words(tape_ns, with_date, zone)[:-4]


def minute_words(at_ns: int, zone: ZoneInfo) -> str:
    """`8 Aug 23:58`; made of whole numbers, for lists that grow by hundreds of rows a second."""
    at_s = at_ns // NS_PER_S
    day, of_day_s = divmod(at_s + offset_s(zone, at_s), DAY_S)
    return f"{_day_words(day)} {of_day_s // HOUR_S:02}:{of_day_s // MINUTE_S % 60:02}"


@lru_cache(maxsize=1_024)
def _day_words(days: int) -> str:
    """Of days since 1970."""
    when = date.fromordinal(EPOCH_ORDINAL + days)
    return f"{when.day} {_MONTHS[when.month - 1]}"


def span_words(span_ns: int) -> str:
    """`12.4 s`, `5 min 44 s`, `2 h 3 min`, `3 d 4 h`: the two units that matter."""
    seconds = span_ns // NS_PER_S
    for unit_s, unit, lesser_s, lesser in (
        (DAY_S, "d", HOUR_S, "h"), (HOUR_S, "h", MINUTE_S, "min"), (MINUTE_S, "min", 1, "s"),
    ):  # fmt: skip
        if seconds >= unit_s:
            rest = seconds % unit_s // lesser_s
            return f"{seconds // unit_s:,} {unit}" + (f" {rest} {lesser}" if rest else "")
    return f"{span_ns / NS_PER_S:.1f} s"


def run_clock_words(tape_ns: int, zone: tzinfo, has_seconds: bool) -> str:
    """`Mon 23 Jan 2017  15:11`, with seconds where they can be read."""
    time_us = tape_ns // NS_PER_US
    at = clock_time(time_us, zone)
    return f"{clock_date(time_us, zone)}  {at if has_seconds else at[:-3]}"


def edge_words(tape_ns: int, begin_ns: int, end_ns: int, zone: tzinfo = UTC) -> str:
    """A time at an edge of a time line or under the mouse: what fits its length."""
    span_s = (end_ns - begin_ns) // NS_PER_S
    when = _at(tape_ns, zone)
    if span_s < 3 * DAY_S:
        return second_words(tape_ns, _at(begin_ns, zone).date() != _at(end_ns, zone).date(), zone)
    day = f"{when.day} {_MONTHS[when.month - 1]}"
    return f"{day} {when:%H:%M}" if span_s < 21 * DAY_S else f"{day} {when.year}"


def has_days(reading: TransportReading, zone: tzinfo = UTC) -> bool:
    """The tape goes over midnight."""
    return _at(reading.begin_ns, zone).date() != _at(reading.end_ns, zone).date()


def tape_words(reading: TransportReading, zone: ZoneInfo = ZoneInfo(UTC_ZONE)) -> str:  # noqa: B008 (frozen)
    """`of 23:59:59.880 UTC · 5 min 44 s, 103 instruments, 566,742 events`."""
    if reading.is_run:
        return _run_words(reading, zone)
    end = clock_words(reading.end_ns, has_days(reading, zone), zone)
    end += f" {zone_tag(zone, reading.end_ns // NS_PER_S)}"
    counts = f"{count_words(reading.instruments, 'instrument')}, {count_words(reading.events_total, 'event')}"
    span = span_words(reading.end_ns - reading.begin_ns)
    return tr("of {end} · {span}, {counts}", end=end, span=span, counts=counts)


def _run_words(reading: TransportReading, zone: ZoneInfo) -> str:
    """`exchange time, UTC−5 · to 31 Jan 2017, 1 instrument, 30,977 bars`."""
    end = clock_date(reading.end_ns // NS_PER_US, zone).partition(" ")[2]
    return tr(
        "{zone} · to {end}, {instruments}, {bars}",
        zone=zone_tag(zone, reading.tape_ns // NS_PER_S),
        end=end,
        instruments=count_words(reading.instruments, "instrument"),
        bars=count_words(reading.events_total, "bar"),
    )


def player_state(
    link: LinkReading,
    phase: ClockPhase,
    error: str,
    silent_ms: int,
    is_heard: bool,
    *,
    is_run: bool = False,
) -> PanelState:
    """The one state of the player; `words` stand where the tape is described otherwise."""
    if link.link is Link.CONNECTING:
        return PanelState(PanelKind.LOADING, tr("Connecting to the server"), seconds_words(link.down_ms))
    if link.link is Link.DISCONNECTED:
        note = (
            tr("try {attempt} in {age}", attempt=link.attempt, age=age_words(link.next_try_ms))
            if link.next_try_ms
            else tr("trying now")
        )
        return PanelState(PanelKind.DISCONNECTED, tr("Disconnected {age}", age=age_words(link.down_ms)), note)
    if phase is ClockPhase.FAILED and is_run:
        return PanelState(PanelKind.ERROR, tr("The run cannot be opened: {error}", error=error), "Ctrl L")
    if phase is ClockPhase.FAILED:
        return PanelState(
            PanelKind.ERROR, tr("The session failed: {error}", error=error or tr("no reason given")), "Ctrl L"
        )
    if phase is ClockPhase.VANISHED:
        return PanelState(PanelKind.STALE, tr("Session gone for {age}", age=age_words(silent_ms)), "Ctrl L")
    if is_run and not is_heard:
        return PanelState(PanelKind.LOADING, tr("Opening the run"), seconds_words(silent_ms))
    if phase is ClockPhase.LOADING or not is_heard:
        words = tr("Loading the recording") if is_heard else tr("Waiting for the session")
        return PanelState(PanelKind.LOADING, words, seconds_words(silent_ms) if not is_heard else "")
    if phase is ClockPhase.ENDED:
        return PanelState(PanelKind.LIVE, tr("The recording has ended"), tr("Space plays it again"))
    return PanelState()


def _at(time_ns: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(time_ns // NS_PER_S, zone)
