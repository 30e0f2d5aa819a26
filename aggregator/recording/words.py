"""Figures of tapes as a person reads them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from core.clock import NS_PER_S

_UNITS: Final = ("B", "KB", "MB", "GB", "TB")
_STEP: Final = 1_000
_MINUTE_S: Final = 60


def moment(time_ns: int) -> str:
    """`2024-01-02 14:30:00`, UTC; empty for 0."""
    return f"{datetime.fromtimestamp(time_ns // NS_PER_S, UTC):%Y-%m-%d %H:%M:%S}" if time_ns else ""


def duration(begin_ns: int, end_ns: int) -> str:
    """`1:00:00`; with tenths of a second below a minute."""
    seconds = (end_ns - begin_ns) / NS_PER_S
    if seconds < _MINUTE_S:
        return f"{seconds:.1f} s"
    minutes, whole = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days}d {hours}:{minutes:02}:{whole:02}" if days else f"{hours}:{minutes:02}:{whole:02}"


def size(byte_count: int) -> str:
    """`78.1 MB`."""
    amount, unit = float(byte_count), 0
    while amount >= _STEP and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    return f"{amount:,.1f} {_UNITS[unit]}" if unit else f"{byte_count} B"


def counted(counts: Mapping[str, int]) -> str:
    """`12 quotes, 3 trades`."""
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
