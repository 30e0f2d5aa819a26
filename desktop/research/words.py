"""Numbers and times of research as a person reads them: a real minus, a dash for what is not known."""

import math
from datetime import datetime, tzinfo

from core.clock import NS_PER_US, wall_ns
from desktop.tr import tr
from desktop.words import _MONTHS

DASH = "–"


def signed_words(value: float, decimals: int) -> str:
    """`+1.16`, `−4.66`, zero without a sign."""
    text = f"{abs(value):,.{decimals}f}"
    if not any(digit in "123456789" for digit in text):
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def number_words(value: float | None, decimals: int) -> str:
    """`1,204.50`, `−0.32`; a dash for what is not known, `∞` for a ratio without losses."""
    if value is None or math.isnan(value):
        return DASH
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{abs(value):,.{decimals}f}"
    return f"−{text}" if value < 0 and any(digit in "123456789" for digit in text) else text


def day_and_minutes(time_us: int, zone: tzinfo) -> str:
    """`23 Jan 14:25`, of another year `23 Jan 2017 14:25`; empty when there is no time."""
    if not time_us:
        return ""
    when = datetime.fromtimestamp(time_us / 1e6, zone)
    is_this_year = when.year == datetime.fromtimestamp(wall_ns() / 1e9, zone).year
    year = "" if is_this_year else f" {when.year}"
    return f"{when.day} {_MONTHS[when.month - 1]}{year} {when:%H:%M}"


def day_words(time_ns: int, zone: tzinfo) -> str:
    """`23 Jan 2017`."""
    if not time_ns:
        return ""
    when = datetime.fromtimestamp(time_ns // NS_PER_US / 1e6, zone)
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def phase_words(phase: str) -> str:
    """What a child says it is at."""
    known = {
        "import": tr("Importing"),
        "load": tr("Loading"),
        "run": tr("Running"),
        "write": tr("Writing"),
        "queue": tr("Queued"),
    }
    return known.get(phase, phase)


def size_words(size_bytes: int) -> str:
    """`4.2 MB`."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if size < 1_000:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1_000
    return f"{size:,.1f} GB"
