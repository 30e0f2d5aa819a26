"""Ages, counts and times as a trader reads them. Text at the edge, nothing else."""

from datetime import UTC, datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def seconds_words(duration_ms: int) -> str:
    """`4.2 s`, from ten seconds on as `age_words`."""
    return f"{duration_ms / 1000:.1f} s" if duration_ms < 9_950 else age_words(duration_ms)


def age_words(duration_ms: int) -> str:
    """`12 s`, `3 min`, `2 h`: whole units, the one that fits."""
    seconds = round(duration_ms / 1000)
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7_200 else f"{seconds // 3600} h"


def count_words(count: int, noun: str) -> str:
    """`1 row`, `5 rows`, `1,204 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def clock_time(time_us: int) -> str:
    """`23:58:26`, UTC."""
    return f"{_utc(time_us):%H:%M:%S}" if time_us else "--:--:--"


def clock_minutes(time_us: int) -> str:
    """`23:58`, UTC."""
    return f"{_utc(time_us):%H:%M}" if time_us else "an unknown time"


def clock_date(time_us: int) -> str:
    """`Thu 8 Aug 2024`, UTC; the same in every locale."""
    when = _utc(time_us)
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"


def speed_words(speed_milli: int) -> str:
    """`4×`, `0.5×`, `Max` for as fast as possible."""
    return "Max" if speed_milli == 0 else f"{speed_milli / 1000:g}×"


def _utc(time_us: int) -> datetime:
    return datetime.fromtimestamp(time_us / 1e6, UTC)
