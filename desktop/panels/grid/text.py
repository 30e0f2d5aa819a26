"""What a grid cell says, as plain text: the slow and exact twin of `digits.py`.

Used for tooltips, copies and tests. Prices carry the instrument's own decimals and are never rounded; sizes
are rounded half away from zero to two decimals of the unit that keeps them under a thousand, but what is not
zero never reads 0.00: it reads 0.01. Null is the empty string.
"""

from typing import Final

from core.market.fields import NULL
from core.market.instruments import format_counts
from desktop.tr import tr

MINUS: Final = "\u2212"
DASH: Final = "\u2013"
SUFFIXES: Final = ("", "K", "M", "B")
MS_PER_DAY: Final = 86_400_000


def price_text(value: int, decimals: int) -> str:
    """Exact price; `value` counts 10^-decimals."""
    return format_counts(value, decimals)


def change_text(last: int, reference: int, decimals: int) -> str:
    """Last minus reference, always with its sign, zero without; empty if either is null."""
    if NULL in (last, reference):
        return ""
    change = last - reference
    return ("+" if change > 0 else "") + format_counts(change, decimals)


def percent_count(last: int, reference: int, places: int = 2) -> int:
    """Change in 10^-places of a percent, rounded half away from zero; null without a reference."""
    if NULL in (last, reference) or reference == 0:
        return NULL
    change = last - reference
    size = (2 * 10 ** (2 + places) * abs(change) + abs(reference)) // (2 * abs(reference))
    return size if (change > 0) == (reference > 0) else -size


def percent_text(last: int, reference: int, places: int = 2) -> str:
    """Percent change with its sign, unless it shows as zero."""
    count = percent_count(last, reference, places)
    return ("+" if count > 0 else "") + format_counts(count, places)


def size_text(value: int, decimals: int, places: int = 2) -> str:
    """`places` decimals and K, M or B."""
    if value == NULL:
        return ""
    shown, level = 0, 0
    for level in range(len(SUFFIXES)):
        scale = 10 ** (decimals + 3 * level)
        shown = (2 * 10**places * abs(value) + scale) // (2 * scale)
        if shown < 10 ** (3 + places):
            break
    shown = max(shown, 1 if value else 0)
    return format_counts(-shown if value < 0 else shown, places) + SUFFIXES[level]


def number_text(value: float, places: int) -> str:
    """A computed number with thousands commas."""
    return f"{value:,.{places}f}".replace("-", MINUS)


def range_text(percent: float) -> str:
    """Where the last price stands, 0 % at the low and 100 % at the high; empty for NaN."""
    return "" if percent != percent else f"{percent:.0f} %"


def yes_no_text(value: float) -> str:
    """What a computed condition says; empty for NaN."""
    return "" if value != value else tr("Yes") if value else tr("No")


def time_text(event_us: int, zone_offset_us: int = 0) -> str:
    """HH:MM:SS.mmm of a time in microseconds since 1970, shifted by the zone's offset."""
    if event_us == NULL:
        return ""
    ms = (event_us + zone_offset_us) // 1_000 % MS_PER_DAY
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1_000 % 60:02d}.{ms % 1_000:03d}"


def age_text(age_ms: int, *, whole: bool = False) -> str:
    """0.4s, 12s, 3m, 2h, 5d; `whole` drops the decimal, as in a tag. Negative ages read as zero."""
    if age_ms == NULL:
        return ""
    tenths = max(0, age_ms) // 100
    if tenths < 100 and not whole:
        return f"{tenths // 10}.{tenths % 10}s"
    seconds = tenths // 10
    for limit, step, suffix in ((60, 1, "s"), (3_600, 60, "m"), (172_800, 3_600, "h")):
        if seconds < limit:
            return f"{seconds // step}{suffix}"
    return f"{min(seconds // 86_400, 999)}d"
