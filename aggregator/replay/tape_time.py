"""A time on a tape as a person types it: `2024-01-02T14:30:05`, `2024-01-02`, or `14:30` of the tape's day.

Times are UTC. Pure.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Final

from aggregator.feeds.recorded.tape import RecordedTape, TapeError
from core.clock import NS_PER_S, NS_PER_US

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WORDS: Final = "give 2024-01-02T14:30:05 or, for the tape's first day, 14:30:05 (UTC)"


class TapeTimeError(ValueError):
    """Not a time; one line."""


def tape_time(text: str) -> Callable[[RecordedTape], int]:
    """Finds that time on a tape, ns since 1970; the finder raises `TapeError` when it is not on the tape."""
    moment: datetime | time
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        try:
            moment = time.fromisoformat(text)
        except ValueError as error:
            raise TapeTimeError(f"not a time: {_WORDS}") from error

    def find(tape: RecordedTape) -> int:
        found_ns = _ns(moment) if isinstance(moment, datetime) else _first_ns(moment, tape.begin_ns)
        if not tape.begin_ns - NS_PER_S <= found_ns <= tape.end_ns + NS_PER_S:
            begin, end = (_shown(ns) for ns in (tape.begin_ns, tape.end_ns))
            raise TapeError(f"{tape.title}: {text} is not on this tape, which is from {begin} to {end} UTC")
        return min(max(found_ns, tape.begin_ns), tape.end_ns)

    return find


def _first_ns(moment: time, begin_ns: int) -> int:
    """The first such time of day that is not before the tape."""
    begin = _EPOCH + timedelta(microseconds=begin_ns // NS_PER_US)
    found = _ns(datetime.combine(begin.date(), moment.replace(tzinfo=UTC)))
    return found if found >= begin_ns - NS_PER_S else found + 86_400 * NS_PER_S


def _ns(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * NS_PER_US


def _shown(time_ns: int) -> str:
    return (_EPOCH + timedelta(microseconds=time_ns // NS_PER_US)).strftime("%Y-%m-%dT%H:%M:%S")
