"""Ages, counts and times as a trader reads them. Text at the edge, nothing else."""

from datetime import UTC, datetime, tzinfo
from typing import Final

from desktop.tr import mark, tr

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


_COUNTED: Final = {
    "row": (mark("{count} row"), mark("{count} rows")),
    "instrument": (mark("{count} instrument"), mark("{count} instruments")),
    "window": (mark("{count} window"), mark("{count} windows")),
    "event": (mark("{count} event"), mark("{count} events")),
    "bar": (mark("{count} bar"), mark("{count} bars")),
}
SPEEDS_MILLI: Final = (100, 500, 1_000, 4_000, 16_000, 60_000, 0)  # of a session; 0: as fast as possible
SPEED_MILLI_MAX: Final = 1_000_000


def seconds_words(duration_ms: int) -> str:
    """`4.2 s`, from ten seconds on as `age_words`."""
    return (
        tr("{count} s", count=f"{duration_ms / 1000:.1f}") if duration_ms < 9_950 else age_words(duration_ms)
    )


def age_words(duration_ms: int) -> str:
    """`12 s`, `3 min`, `2 h`: whole units, the one that fits."""
    seconds = round(duration_ms / 1000)
    if seconds < 120:
        return tr("{count} s", count=seconds)
    if seconds < 7_200:
        return tr("{count} min", count=seconds // 60)
    return tr("{count} h", count=seconds // 3600)


def count_words(count: int, noun: str) -> str:
    """`1 row`, `5 rows`, `1,204 rows`; `noun` is a key of `_COUNTED`."""
    one, many = _COUNTED[noun]
    return tr(one if count == 1 else many, count=f"{count:,}")


def clock_time(time_us: int, zone: tzinfo = UTC) -> str:
    """`23:58:26`."""
    return f"{_at(time_us, zone):%H:%M:%S}" if time_us else "--:--:--"


def clock_minutes(time_us: int, zone: tzinfo = UTC) -> str:
    """`23:58`."""
    return f"{_at(time_us, zone):%H:%M}" if time_us else tr("an unknown time")


def clock_date(time_us: int, zone: tzinfo = UTC) -> str:
    """`Thu 8 Aug 2024`; the same in every locale."""
    when = _at(time_us, zone)
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"


def speed_words(speed_milli: int) -> str:
    """`4×`, `0.5×`, `Max` for as fast as possible."""
    return tr("Max") if speed_milli == 0 else f"{speed_milli / 1000:g}×"


def _at(time_us: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(time_us / 1e6, zone)
