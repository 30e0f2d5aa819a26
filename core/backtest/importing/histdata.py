"""In which zone a HistData file is stamped: as its own weeks say.

HistData states winter time of New York all year (UTC-5). The files at hand follow New York with its summer
time: their weeks end on Friday at 17:00 and begin on Sunday at 17:00 before and after the clocks change, and
the Fed's decision of 15 March 2017, at 14:00 in New York, is at 14:00 in the file. So New York it is, unless
weeks of a file that lie in summer time begin and end an hour earlier, as they do in UTC-5. Summer without the
end or begin of a week decides nothing: then that is said.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

HISTDATA: Final = "HISTDATA"  # the exchange's name
NEW_YORK: Final = "America/New_York"
FIXED: Final = "UTC-5"
_WEEK_ENDS_H: Final = 17  # on Friday and on Sunday, in New York
_FRIDAY, _SUNDAY = 5, 7  # as Polars counts days
SAID_NEW_YORK: Final = (
    "HistData states UTC-5, but weeks in summer time end as in New York: taken as New York's"
)
SAID_UNDECIDED: Final = (
    "HistData states UTC-5, files of whole weeks follow New York; no row of its summer time decides: taken "
    "as New York's, a dataset takes --map zone=UTC-5"
)
SAID_FIXED: Final = "HistData: weeks in summer time end as in UTC-5: taken as that"


def zone_of(blocks: Iterable[pl.Series]) -> tuple[str, str]:
    """(zone, what is to be said of it) of a file's wall times, given block by block.

    In summer time the hour from 16:00 has trades on Fridays in New York's time alone, on Sundays in UTC-5.
    """
    found = {_FRIDAY: 0, _SUNDAY: 0}
    has_summer = False
    for walls in blocks:
        has_summer = has_summer or any(map(_is_summer, walls.dt.date().drop_nulls().unique()))
        last = walls.filter(walls.dt.weekday().is_in(list(found)) & (walls.dt.hour() == _WEEK_ENDS_H - 1))
        for day, count in last.dt.date().value_counts().rows():
            if _is_summer(day):
                found[day.isoweekday()] += count
    if not any(found.values()):
        return NEW_YORK, SAID_UNDECIDED if has_summer else ""  # in winter both are the same
    return (NEW_YORK, SAID_NEW_YORK) if found[_FRIDAY] >= found[_SUNDAY] else (FIXED, SAID_FIXED)


def _is_summer(day: date) -> bool:
    noon = datetime.combine(day, time(12), ZoneInfo(NEW_YORK))
    return noon.dst() != timedelta(0)
