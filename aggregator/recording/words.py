"""Figures of tapes as a person reads them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from core.clock import NS_PER_S

_UNITS: Final = ("B", "KB", "MB", "GB", "TB")
_STEP: Final = 1_000


def span(begin_ns: int, end_ns: int) -> str:
    """`2024-01-02 14:30:00 to 15:30:00 (1:00:00)`; empty without events."""
    if not begin_ns and not end_ns:
        return ""
    begin, end = (datetime.fromtimestamp(ns // NS_PER_S, UTC) for ns in (begin_ns, end_ns))
    until = f"{end:%H:%M:%S}" if begin.date() == end.date() else f"{end:%Y-%m-%d %H:%M:%S}"
    minutes, seconds = divmod((end_ns - begin_ns) // NS_PER_S, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{begin:%Y-%m-%d %H:%M:%S} to {until} ({hours}:{minutes:02}:{seconds:02})"


def size(byte_count: int) -> str:
    """`78.1 MB`."""
    amount, unit = float(byte_count), 0
    while amount >= _STEP and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    return f"{amount:,.1f} {_UNITS[unit]}" if unit else f"{byte_count} B"


def counted(counts: Mapping[str, int]) -> str:
    """`12 quotes, 3 trades`."""
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
