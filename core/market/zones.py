"""In which zone times are said: the choice, the zone of each venue, and offsets of whole columns of times.

Right on both sides of every change of the clocks: an offset belongs to a time, never to a zone alone. Pure;
the zones' rules come from the system's or the tzdata package's database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from core.market.trading_day import trading_day

I64 = NDArray[np.int64]

UTC_ZONE: Final = "UTC"
LOCAL_ZONE: Final = "local"
EXCHANGE_ZONE: Final = "exchange"
NEW_YORK_ZONE: Final = "America/New_York"
DAY_S: Final = 86_400
US_PER_S: Final = 1_000_000
# Rules are known between these; a time of another century has the offset of the nearest one.
_FIRST_S: Final = round(datetime(1900, 1, 1, tzinfo=UTC).timestamp())
_LAST_S: Final = round(datetime(2200, 1, 1, tzinfo=UTC).timestamp()) - 1


class ZoneError(ValueError):
    """Not a time zone; one line that says what is."""


@dataclass(frozen=True, slots=True)
class Zone:
    """`exchange`, `local` (then `local_name` is the machine's) or an IANA name. Raises `ZoneError`.

    `exchange` is the zone in which a venue cuts its trading days, UTC for venues that have none.
    """

    choice: str = UTC_ZONE
    local_name: str = UTC_ZONE

    def __post_init__(self) -> None:
        if self.choice not in (EXCHANGE_ZONE, LOCAL_ZONE):
            zone_info(self.choice)

    @property
    def is_of_exchange(self) -> bool:
        return self.choice == EXCHANGE_ZONE

    def of(self, exchange: str) -> ZoneInfo:
        """The zone for times of a venue."""
        if self.is_of_exchange:
            return ZoneInfo(trading_day(exchange).zone)
        return zone_info(self.local_name if self.choice == LOCAL_ZONE else self.choice)

    def common(self, exchanges: Iterable[str]) -> ZoneInfo:
        """One zone for a clock over several venues: theirs if it is the same one, else UTC."""
        zones = {self.of(exchange) for exchange in exchanges}
        return zones.pop() if len(zones) == 1 else self.of("")


def zone_info(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises `ZoneError`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ZoneError(
            f"“{name}” is no time zone: use UTC, local, exchange or a name such as America/New_York"
        ) from error


class RowZones:
    """The zone of every row of a table, by its venue."""

    def __init__(self, zone: Zone, exchanges: Sequence[str]) -> None:
        of_exchange = {exchange: zone.of(exchange) for exchange in dict.fromkeys(exchanges)}
        self.zones: tuple[ZoneInfo, ...] = tuple(dict.fromkeys(of_exchange.values()))
        places = {exchange: self.zones.index(found) for exchange, found in of_exchange.items()}
        self._place: NDArray[np.intp] = np.array([places[exchange] for exchange in exchanges], np.intp)

    def offsets_us(self, rows: NDArray[np.intp], event_us: I64) -> I64:
        """What to add to the time of each row to have it in the row's zone; shape as `event_us`."""
        at_s = event_us // US_PER_S
        if len(self.zones) == 1:
            return offsets_s(self.zones[0], at_s) * US_PER_S
        found = np.zeros(event_us.shape, np.int64)
        places = self._place[rows]
        for place, zone in enumerate(self.zones):
            here = places == place
            if here.any():
                found[here] = offsets_s(zone, at_s[here]) * US_PER_S
        return found


def offsets_s(zone: ZoneInfo, at_s: I64) -> I64:
    """Seconds east of UTC at each time (s since 1970); shape as `at_s`."""
    if not at_s.size or zone.key == UTC_ZONE:
        return np.zeros(at_s.shape, np.int64)
    # Most columns lie within a stretch without a change: those need no search.
    begin_s, end_s = _known_s(int(at_s.min())), _known_s(int(at_s.max()))
    first, last = _year(begin_s), _year(end_s)
    if first == last:
        offset, until_s = _offset_until(zone.key, first, begin_s)
        if end_s < until_s:
            return np.full(at_s.shape, offset, np.int64)
    known_s = np.clip(at_s, _FIRST_S, _LAST_S)
    if last - first > 2:  # only years that occur: one stray time costs no calendar of all between
        years = sorted({_year(int(at)) for at in np.unique(known_s // DAY_S * DAY_S)})
    else:
        years = list(range(first, last + 1))
    table = _changes_of_years(zone.key, tuple(years))
    if len(table) == 1:
        return np.full(at_s.shape, table[0, 1], np.int64)
    found: I64 = table[np.searchsorted(table[:, 0], known_s, "right") - 1, 1]
    return found


def offset_s(zone: ZoneInfo, at_s: int) -> int:
    """The same of one time."""
    if zone.key == UTC_ZONE:
        return 0
    known_s = _known_s(at_s)
    return _offset_until(zone.key, _year(known_s), known_s)[0]


def _known_s(at_s: int) -> int:
    return min(max(at_s, _FIRST_S), _LAST_S)


def _offset_until(zone_name: str, year: int, at_s: int) -> tuple[int, int]:
    """The offset at a time of that year, and when the next change or year begins."""
    changes = _changes_of_year(zone_name, year)
    offset = changes[0][1]
    for begin_s, of_stretch in changes:
        if begin_s > at_s:
            return offset, begin_s
        offset = of_stretch
    return offset, _year_begin_s(year + 1)


def _year(at_s: int) -> int:
    return datetime.fromtimestamp(at_s, UTC).year


def _year_begin_s(year: int) -> int:
    return round(datetime(year, 1, 1, tzinfo=UTC).timestamp())


@lru_cache(maxsize=256)
def _changes_of_years(zone_name: str, years: tuple[int, ...]) -> I64:
    """Rows of (second since 1970, offset from then on), ascending; one row when it is always the same."""
    changes = [change for year in years for change in _changes_of_year(zone_name, year)]
    if all(offset == changes[0][1] for _, offset in changes):
        changes = changes[:1]
    return np.array(changes, np.int64)


@lru_cache(maxsize=1_024)
def _changes_of_year(zone_name: str, year: int) -> tuple[tuple[int, int], ...]:
    """(second since 1970, offset from then on) of a year, beginning with its first second."""
    zone = ZoneInfo(zone_name)

    def offset_at(at_s: int) -> int:
        when = datetime.fromtimestamp(at_s, UTC).astimezone(zone)
        return round((when.utcoffset() or timedelta()).total_seconds())

    begin_s, end_s = _year_begin_s(year), _year_begin_s(year + 1)
    changes = [(begin_s, offset_at(begin_s))]
    # Five days: Ramadan's pause of summer time in Morocco is the shortest stretch there is, a month.
    for probe_s in [*range(begin_s + 5 * DAY_S, end_s, 5 * DAY_S), end_s - 1]:
        offset = offset_at(probe_s)
        if offset == changes[-1][1]:
            continue
        before_s, after_s = max(probe_s - 5 * DAY_S, begin_s), probe_s
        while after_s - before_s > 1:
            middle_s = (before_s + after_s) // 2
            if offset_at(middle_s) == changes[-1][1]:
                before_s = middle_s
            else:
                after_s = middle_s
        changes.append((after_s, offset))
    return tuple(changes)
