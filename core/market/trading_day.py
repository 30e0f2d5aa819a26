"""When the trading day of an exchange begins, in its own zone: what a 1d bar, a VWAP and day marks go by.

Known venues have their own day; every other one is taken as trading round the clock by UTC. Pure; the zones'
rules come from the system's or the tzdata package's database.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from core.clock import NS_PER_S

UTC: Final = "UTC"
NEAR_DAYS: Final = 64


@dataclass(frozen=True, slots=True)
class TradingDay:
    """The day begins `begins_min` minutes after local midnight; negative: on the evening before.

    `zone` is an IANA name. `open_min`..`close_min` are the regular hours after local midnight, equal when the
    venue trades round the clock. `weekdays_only` venues trade no day that begins on a Saturday or Sunday.
    """

    zone: str = UTC
    begins_min: int = 0
    open_min: int = 0
    close_min: int = 0
    weekdays_only: bool = False


_ROUND_THE_CLOCK: Final = TradingDay()
_CME: Final = TradingDay("America/Chicago", -7 * 60, -7 * 60, 16 * 60, weekdays_only=True)
_US_EQUITIES: Final = TradingDay("America/New_York", 0, 9 * 60 + 30, 16 * 60, weekdays_only=True)
_FX: Final = TradingDay("America/New_York", -7 * 60, -7 * 60, 17 * 60, weekdays_only=True)
_DAYS: Final = {
    "GLBX": _CME,
    "CME": _CME,
    "XNAS": _US_EQUITIES,
    "XNYS": _US_EQUITIES,
    "EQUS": _US_EQUITIES,
    "FXCM": _FX,
    "HISTDATA": _FX,
}


def trading_day(exchange: str) -> TradingDay:
    """The day of an exchange, by the first word of its name: `GLBX.MDP3` is GLBX, `EQUS-95` is EQUS."""
    return _DAYS.get(exchange.replace("-", ".").partition(".")[0], _ROUND_THE_CLOCK)


@lru_cache(maxsize=4_096)
def _begin_ns(day: TradingDay, ordinal: int) -> int:
    midnight = datetime.fromordinal(ordinal).replace(tzinfo=ZoneInfo(day.zone))
    begin = midnight + timedelta(minutes=day.begins_min)  # wall time: the zone's rules apply to the result
    return int(begin.timestamp()) * NS_PER_S


def day_begins(day: TradingDay, event_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Begin of the trading day of each time, ns since 1970; shape as `event_ns`."""
    if not len(event_ns):
        return np.zeros(0, np.int64)
    first, last = (int(time_ns) // (86_400 * NS_PER_S) for time_ns in (event_ns.min(), event_ns.max()))
    if last - first < NEAR_DAYS:
        days = np.arange(first, last + 1)  # a few too many cost less than to sort millions of times
    else:
        # Only days that occur: one stray time of another century costs no calendar of all between.
        days = np.unique(event_ns // (86_400 * NS_PER_S))
    ordinals = np.unique((days[:, None] + np.arange(-2, 3)).ravel() + _ordinal(0))
    begins = np.array([_begin_ns(day, ordinal) for ordinal in ordinals.tolist()], np.int64)
    places = np.searchsorted(begins, event_ns, "right") - 1
    found: NDArray[np.int64] = begins[places]
    return found


def next_day_begin(day: TradingDay, begin_ns: int) -> int:
    """Begin of the trading day after the one that begins at `begin_ns`."""
    for ordinal in range(_ordinal(begin_ns), _ordinal(begin_ns) + 4):
        following = _begin_ns(day, ordinal)
        if following > begin_ns:
            return following
    raise AssertionError("a day has less than four days")


def _ordinal(time_ns: int) -> int:
    return 719_163 + time_ns // (86_400 * NS_PER_S)  # 1970-01-01 is day 719,163
