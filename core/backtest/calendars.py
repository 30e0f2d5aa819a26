"""When an exchange trades: sessions with half days, breaks and summer time, pinned to whole years.

`calendar(name, first, last)` gives every session of the years that data touches, always asked of
exchange_calendars with an explicit first and last day, so that today's date never decides a result. Two
calendars are our own: `24/7` (days of UTC) and `FX` (17:00 to 17:00 New York, Monday to Friday, no holidays).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.metadata import version
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from core.clock import NS_PER_S
from core.market.fields import NULL
from core.market.trading_day import trading_day

ALWAYS: Final = "24/7"
FX: Final = "FX"
DAY_NS: Final = 86_400 * NS_PER_S
_FX_ZONE: Final = "America/New_York"
_EPOCH: Final = date(1970, 1, 1)
# What data of an exchange goes by unless told otherwise, by the first word of the exchange's name.
_USUAL: Final = {
    "XNAS": "XNYS", "XNYS": "XNYS", "EQUS": "XNYS", "DBEQ": "XNYS", "ARCX": "XNYS", "BATS": "XNYS",
    "IEXG": "XNYS", "OPRA": "XNYS", "GLBX": "CMES", "CME": "CMES", "HISTDATA": FX, "FXCM": FX,
}  # fmt: skip

I64 = NDArray[np.int64]


class CalendarError(ValueError):
    """There is no such calendar, or not of those years; one line with the remedy."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Sessions of whole years, ascending.

    `day`: the session's date as days since 1970; `bounds`: open, close, open, close ... in ns since 1970, a
    lunch break being one more close and open; `session`: of every open in `bounds` its session's place.
    """

    name: str
    first: date
    last: date
    zone: str
    day: NDArray[np.int32]
    bounds: I64
    session: I64

    def locate(self, time_ns: I64) -> tuple[I64, NDArray[np.bool_]]:
        """(place of the last of `bounds` not after each time, whether a session is on); -1: before all."""
        place = np.searchsorted(self.bounds, time_ns, "right") - 1
        return place, (place >= 0) & (place % 2 == 0)

    def local_days(self, time_ns: I64) -> NDArray[np.int32]:
        """The session that times outside of all belong to when they are kept: of their local date, else the
        next one, at the end the last."""
        offsets = _utc_offsets(self.zone, time_ns)
        local = ((time_ns + offsets) // DAY_NS).astype(np.int32)
        place = np.minimum(np.searchsorted(self.day, local), len(self.day) - 1)
        return self.day[place]


def usual_calendar(exchange: str) -> str:
    """What an exchange's data goes by unless told: `XNYS` for XNAS, `24/7` for what is unknown."""
    return _USUAL.get(exchange.replace("-", ".").partition(".")[0], ALWAYS)


def calendar(name: str, first_ns: int, last_ns: int) -> Calendar:
    """All sessions of the years that `first_ns`..`last_ns` touch. Raises `CalendarError`.

    A week is looked around: an evening at the end of December may belong to January's first session.
    """
    first = _date(first_ns - 7 * DAY_NS).replace(month=1, day=1)
    last = _date(last_ns + 7 * DAY_NS).replace(month=12, day=31)
    if name == ALWAYS:
        return _always(first, last)
    return _fx(first, last) if name == FX else _of_exchange(name, first, last)


def calendar_version(name: str) -> str:
    """What decides a calendar's days, for the manifest."""
    if name == ALWAYS:
        return "days of UTC"
    if name == FX:
        return "17:00 New York, Monday to Friday, no holidays"
    return f"exchange-calendars {version('exchange-calendars')}"


def check_calendar(name: str) -> None:
    """Raises `CalendarError` for a name that is none."""
    if name in (ALWAYS, FX):
        return
    import exchange_calendars

    names = exchange_calendars.get_calendar_names()
    if name not in names:
        raise CalendarError(
            f"there is no calendar {name!r}: use 24/7, FX or a name of exchange-calendars, "
            "such as XNYS, XLON, XTKS, CMES"
        )


@lru_cache(maxsize=16)
def _of_exchange(name: str, first: date, last: date) -> Calendar:
    check_calendar(name)
    import exchange_calendars

    try:
        found = exchange_calendars.get_calendar(name, start=first.isoformat(), end=last.isoformat())
    except ValueError as error:
        said = str(error).splitlines()[0]
        raise CalendarError(f"calendar {name} has no sessions of these years: {said}") from error
    days = found.schedule.index.to_numpy().astype("datetime64[D]").astype(np.int32)
    opens, closes, pauses, returns = (
        np.asarray(each, np.int64)
        for each in (
            found.opens_nanos, found.closes_nanos, found.break_starts_nanos, found.break_ends_nanos,
        )
    )  # fmt: skip
    has_break = pauses != NULL  # pandas' not-a-time is the same number
    count = np.where(has_break, 4, 2)
    ends = np.cumsum(count)
    flat = np.empty(int(ends[-1]), np.int64)
    begins = ends - count
    flat[begins], flat[ends - 1] = opens, closes
    flat[begins[has_break] + 1], flat[begins[has_break] + 2] = pauses[has_break], returns[has_break]
    session = np.repeat(np.arange(len(days)), count // 2).astype(np.int64)
    return Calendar(name, first, last, str(found.tz), days, flat, session)


def _always(first: date, last: date) -> Calendar:
    days = np.arange((first - _EPOCH).days, (last - _EPOCH).days + 1, dtype=np.int32)
    opens = days.astype(np.int64) * DAY_NS
    bounds = np.stack((opens, opens + DAY_NS), axis=1).ravel()
    return Calendar(ALWAYS, first, last, "UTC", days, bounds, np.arange(len(days)))


def _fx(first: date, last: date) -> Calendar:
    """The day of FX is that of charts: from 17:00 New York on the evening before."""
    begins_min = trading_day("HISTDATA").begins_min
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    week = [day for day in days if day.weekday() < 5]
    zone = ZoneInfo(_FX_ZONE)
    ends = [_wall_ns(day, begins_min + 1_440, zone) for day in week]
    begins = [_wall_ns(day, begins_min, zone) for day in week]
    bounds = np.stack((np.array(begins, np.int64), np.array(ends, np.int64)), axis=1).ravel()
    numbers = np.array([(day - _EPOCH).days for day in week], np.int32)
    return Calendar(FX, first, last, _FX_ZONE, numbers, bounds, np.arange(len(week)))


def _wall_ns(day: date, minutes: int, zone: ZoneInfo) -> int:
    moment = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minutes)
    return int(moment.timestamp()) * NS_PER_S


def _utc_offsets(zone: str, time_ns: I64) -> I64:
    """Offset of the zone at each time, looked up once an hour that occurs."""
    hours, inverse = np.unique(time_ns // (3_600 * NS_PER_S), return_inverse=True)
    info = ZoneInfo(zone)
    offsets = [
        int((datetime.fromtimestamp(hour * 3_600, info).utcoffset() or timedelta()).total_seconds())
        for hour in hours.tolist()
    ]
    return np.array(offsets, np.int64)[inverse] * NS_PER_S


def _date(time_ns: int) -> date:
    return _EPOCH + timedelta(days=time_ns // DAY_NS)
