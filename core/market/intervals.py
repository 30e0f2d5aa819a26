"""Bar intervals: how trades are cut into bars, and how an interval is spelled.

`1s` to `1d` by time, `100t` by number of trades, `50v` by volume in whole units of size. A bare number is
minutes. Time intervals divide a day, so that every bar begins at the same times of each day.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from core.clock import NS_PER_S

DAY_S: Final = 86_400
COUNT_MAX: Final = 1_000_000_000
_TEXT: Final = re.compile(r"(\d{1,10})\s*([a-zA-Z]*)")
_SECONDS: Final = {"s": 1, "m": 60, "": 60, "min": 60, "h": 3_600, "d": DAY_S}


class IntervalError(ValueError):
    """Not an interval; one line that says what is."""


class IntervalUnit(IntEnum):
    """What an interval counts; the number on the wire."""

    SECONDS = 0
    TRADES = 1
    VOLUME = 2  # whole units of size


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """`count` seconds, trades or units of size. A day is the exchange's trading day (trading_day.py)."""

    unit: IntervalUnit
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= COUNT_MAX:
            raise IntervalError(f"interval of {self.count:,}: use 1 to {COUNT_MAX:,}")
        if self.unit is IntervalUnit.SECONDS and (self.count > DAY_S or DAY_S % self.count):
            raise IntervalError(
                f"{self.count:,} seconds do not divide a day: use 1s to 1d, such as 15s, 5m, 4h"
            )

    @property
    def is_timed(self) -> bool:
        return self.unit is IntervalUnit.SECONDS

    @property
    def is_day(self) -> bool:
        return self.is_timed and self.count == DAY_S

    @property
    def span_ns(self) -> int:
        """Length of a time interval; a trading day is only nominally as long."""
        assert self.is_timed
        return self.count * NS_PER_S

    def __str__(self) -> str:
        if self.unit is IntervalUnit.TRADES:
            return f"{self.count}t"
        if self.unit is IntervalUnit.VOLUME:
            return f"{self.count}v"
        for letter, seconds in (("d", DAY_S), ("h", 3_600), ("m", 60)):
            if self.count % seconds == 0:
                return f"{self.count // seconds}{letter}"
        return f"{self.count}s"


def seconds(count: int) -> Interval:
    """A time interval. Raises `IntervalError` when it does not divide a day."""
    return Interval(IntervalUnit.SECONDS, count)


def parse_interval(text: str) -> Interval:
    """`15s`, `5m`, `5` (minutes), `4h`, `1d`, `100t`, `50v`. Raises `IntervalError`."""
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise IntervalError(f"“{text}” is no interval: type 15s, 5m, 4h, 1d, 100t (trades) or 50v (volume)")
    count, letter = int(match[1]), match[2]
    unit = letter if letter == "M" else letter.lower()
    if unit in _SECONDS:
        return Interval(IntervalUnit.SECONDS, count * _SECONDS[unit])
    if unit in ("t", "v"):
        return Interval(IntervalUnit.TRADES if unit == "t" else IntervalUnit.VOLUME, count)
    raise IntervalError(f"“{text}”: “{letter}” is no unit; use s, m, h, d, t (trades) or v (volume)")
